package apidoc

import (
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"
)

// dataFields are fields whose values are the API's data, not parts of the document.
var dataFields = []string{"example", "default", "enum", "const", "value"}

// references checks that each $ref points to something in the document.
func (r *reader) references(n *yaml.Node) {
	each(n, func(key, value *yaml.Node) {
		switch {
		case slices.Contains(dataFields, key.Value) || strings.HasPrefix(key.Value, "x-"):
		case key.Value == "$ref" && value.ShortTag() == "!!str":
			pointer, local := strings.CutPrefix(value.Value, "#")
			if !local {
				r.fatal(value.Line, "The $ref %s points outside the document. Bundle everything into one file first.", value.Value)
			} else if r.lookup(pointer) == nil {
				r.fatal(value.Line, "The $ref %s points to nothing in the document.", value.Value)
			}
		default:
			r.references(value)
		}
	})
	if n.Kind == yaml.SequenceNode {
		for _, c := range n.Content {
			r.references(c)
		}
	}
}

// lookup returns what a JSON pointer (RFC 6901) in a fragment points to, or nil.
func (r *reader) lookup(pointer string) *yaml.Node {
	pointer, err := url.PathUnescape(pointer)
	if err != nil || pointer != "" && pointer[0] != '/' {
		return nil
	}
	n := r.root
	for i, key := range strings.Split(pointer, "/") {
		if i == 0 {
			continue
		}
		key = strings.NewReplacer("~1", "/", "~0", "~").Replace(key)
		if n.Kind == yaml.SequenceNode {
			at, err := strconv.Atoi(key)
			if err != nil || at < 0 || at >= len(n.Content) {
				return nil
			}
			n = n.Content[at]
		} else if n = child(n, key); n == nil {
			return nil
		}
	}
	return n
}

// servers collects the servers of the document, its paths and its operations. It resolves
// relative ones if base is known.
func (r *reader) servers(base string) {
	list := child(r.root, "servers")
	if (list == nil || len(list.Content) == 0) && base != "" {
		own := &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map", Content: []*yaml.Node{scalar("!!str", "url", 0), scalar("!!str", "/", 0)}}
		list = &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq", Content: []*yaml.Node{own}}
		r.root.Content = append(r.root.Content, scalar("!!str", "servers", 0), list)
	}
	r.serverList(list, base)
	each(child(r.root, "paths"), func(_, item *yaml.Node) {
		r.serverList(child(item, "servers"), base)
		each(item, func(_, operation *yaml.Node) { r.serverList(child(operation, "servers"), base) })
	})
	if len(r.out.Servers) == 0 {
		r.warn(0, "The document has no server with an absolute address, so nothing in it can be executed here.")
	}
}

func (r *reader) serverList(list *yaml.Node, base string) {
	if list == nil || list.Kind != yaml.SequenceNode {
		return
	}
	for _, server := range list.Content {
		address := child(server, "url")
		if address == nil || address.Kind != yaml.ScalarNode {
			continue
		}
		if absolute(address.Value, base) != address.Value {
			address.Value, address.Tag = absolute(address.Value, base), "!!str"
		}
		for _, one := range expand(address.Value, child(server, "variables")) {
			one = strings.TrimRight(one, "/")
			if !ValidServer(one) {
				r.warn(address.Line, "The server %s isn't an absolute http or https address.", one)
			} else if !r.seen["server "+one] && len(r.out.Servers) < maxServers {
				r.seen["server "+one] = true
				r.out.Servers = append(r.out.Servers, one)
			}
		}
	}
}

// maxServers is how many servers a document may have.
const maxServers = 30

func absolute(address, base string) string {
	if base == "" || strings.Contains(address, "{") || strings.Contains(address, "://") {
		return address
	}
	at, err := url.Parse(base)
	if err != nil {
		return address
	}
	to, err := at.Parse(address)
	if err != nil {
		return address
	}
	return to.String()
}

// expand replaces the variables in a server's address by each value that the document lists, or
// by the default if it lists none.
func expand(address string, variables *yaml.Node) []string {
	out := []string{address}
	each(variables, func(name, variable *yaml.Node) {
		values := []string{text(child(variable, "default"))}
		if list := child(variable, "enum"); list != nil && list.Kind == yaml.SequenceNode {
			for _, v := range list.Content {
				if !slices.Contains(values, text(v)) {
					values = append(values, text(v))
				}
			}
		}
		var next []string
		for _, one := range out {
			for _, v := range values {
				if len(next) < maxServers {
					next = append(next, strings.ReplaceAll(one, "{"+name.Value+"}", v))
				}
			}
		}
		out = next
	})
	return out
}

var serverShape = regexp.MustCompile(`^https?://[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:[0-9]{1,5})?(/[A-Za-z0-9._~!$&'()*+,;=:@%/-]*)?$`)

// ValidServer says whether s is an absolute http or https address of a host name or IPv4
// address, without user name, query, fragment, dot segments or a trailing slash.
func ValidServer(s string) bool {
	u, err := url.Parse(s)
	if err != nil || len(s) > 500 || !serverShape.MatchString(s) || strings.HasSuffix(s, "/") {
		return false
	}
	for segment := range strings.SplitSeq(u.Path, "/") {
		if segment == "." || segment == ".." {
			return false
		}
	}
	return true
}

// security collects the scheme that takes a bearer token, and the scopes that the schemes name.
func (r *reader) security() {
	each(child(child(r.root, "components"), "securitySchemes"), func(name, scheme *yaml.Node) {
		if r.out.Bearer == "" && text(child(scheme, "type")) == "http" && strings.EqualFold(text(child(scheme, "scheme")), "bearer") {
			r.out.Bearer = name.Value
		}
		each(child(scheme, "flows"), func(_, flow *yaml.Node) {
			each(child(flow, "scopes"), func(scope, sentence *yaml.Node) {
				if !r.seen["scope "+scope.Value] && len(scope.Value) <= 100 && len(r.out.Scopes) < 200 {
					r.seen["scope "+scope.Value] = true
					r.out.Scopes = append(r.out.Scopes, Scope{scope.Value, truncate(text(sentence), maxText)})
				}
			})
		})
	})
}

var headerName = regexp.MustCompile("^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}$")

// headers collects the header parameters and the security schemes in headers.
func (r *reader) headers(n *yaml.Node) {
	if name := text(child(n, "name")); text(child(n, "in")) == "header" && headerName.MatchString(name) {
		if lower := strings.ToLower(name); !r.seen["header "+lower] && len(r.out.Headers) < 100 {
			r.seen["header "+lower] = true
			r.out.Headers = append(r.out.Headers, lower)
		}
	}
	if n.Kind != yaml.ScalarNode {
		for _, c := range n.Content {
			r.headers(c)
		}
	}
}
