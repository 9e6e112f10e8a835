package apidoc

import (
	"regexp"
	"slices"
)

var (
	componentName = regexp.MustCompile(`^[A-Za-z0-9._-]+$`)
	pathVariable  = regexp.MustCompile(`\{([^{}]*)\}`)
)

// pathParameters checks that the variables in a path are the path parameters of each of its operations.
func (r *reader) pathParameters() {
	r.root.child("paths").each(func(path, item *node) {
		if r.ended() || len(path.value) > 0 && path.value[0] != '/' {
			return
		}
		variables := map[string]bool{}
		for _, m := range pathVariable.FindAllStringSubmatch(path.value, -1) {
			variables[m[1]] = true
		}
		shared := r.inPath(item.child("parameters"))
		item.each(func(key, operation *node) {
			if !slices.Contains(methods, key.value) || !operation.is(object) {
				return
			}
			at := place{"paths", path.value, key.value}
			own := r.inPath(operation.child("parameters"))
			for _, name := range sorted(variables) {
				if !own[name] && !shared[name] {
					r.warn(key.at(), "%s the path has {%s}, and no parameter describes it. Add one with in: path and required: true.", at, truncate(name, 60))
				}
			}
			for _, name := range sorted(own) {
				if !variables[name] {
					r.warn(key.at(), "%s the parameter %q isn't in the path. Write {%[2]s} in the path, or remove the parameter.", at, truncate(name, 60))
				}
			}
		})
	})
}

// inPath returns the names of the path parameters in a list.
func (r *reader) inPath(parameters *node) map[string]bool {
	names := map[string]bool{}
	for _, p := range parameters.list() {
		if p = r.follow(p); p.child("in").text() == "path" {
			names[p.child("name").text()] = true
		}
	}
	return names
}

func sorted(set map[string]bool) []string {
	out := make([]string, 0, len(set))
	for one := range set {
		out = append(out, one)
	}
	slices.Sort(out)
	return out
}
