package apidoc

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// servers collects the servers of the document, its paths and its operations. It resolves
// relative ones if base is known.
func (r *reader) servers(base string) {
	top := r.root.child("servers")
	if len(top.list()) == 0 && base != "" {
		own := &node{kind: object, items: []*node{newText("url", 1), newText("/", 1)}}
		if top = (&node{kind: list, items: []*node{own}}); r.root.child("servers") == nil {
			r.root.items = append(r.root.items, newText("servers", 1), top)
		} else {
			r.root.child("servers").kind, r.root.child("servers").items = list, top.items
		}
	}
	r.serverList(top, base)
	for _, items := range []*node{r.root.child("paths"), r.root.child("components").child("pathItems")} {
		items.each(func(_, item *node) {
			r.serverList(item.child("servers"), base)
			item.each(func(_, operation *node) { r.serverList(operation.child("servers"), base) })
		})
	}
	if len(r.out.Servers) == 0 && r.root.child("paths") != nil {
		line := 1
		if r.root.child("servers") != nil {
			line = r.root.key("servers").at()
		}
		r.warn(line, "The document has no server with an absolute address, so nothing in it can be executed here. Write one such as servers: [{url: https://api.example.com}].")
	}
}

func (r *reader) serverList(servers *node, base string) {
	for _, server := range servers.list() {
		address := server.child("url")
		if !address.is(text) {
			continue
		}
		address.value = absolute(address.value, base)
		if len(address.value) > maxServer || len(r.out.Servers) == maxServers {
			r.warn(address.at(), "The server %s isn't offered here: addresses can have %d characters, and a document %d servers.", address.quote(), maxServer, maxServers)
			continue
		}
		for _, one := range expand(address.value, server.child("variables")) {
			one = strings.TrimRight(one, "/")
			if !ValidServer(one) {
				r.warn(address.at(), "The server %q isn't an absolute http or https address, so it can't be called from here. Write one such as https://api.example.com.", truncate(one, 100))
			} else if !r.seen["server "+one] && len(r.out.Servers) < maxServers {
				r.seen["server "+one] = true
				r.out.Servers = append(r.out.Servers, one)
			}
		}
	}
}

const (
	// maxServers is how many servers a document may have, and maxServer how long the address of each can be, in bytes.
	maxServers, maxServer = 30, 500
	// maxVariables is how many variables an address can have.
	maxVariables = 20
)

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
// by the default if it lists none. Values can contain variables: what gets too long is left out.
func expand(address string, variables *node) []string {
	out := []string{address}
	done := 0
	variables.each(func(name, variable *node) {
		if done++; done > maxVariables {
			return
		}
		values := []string{variable.child("default").text()}
		allowed := variable.child("enum").list()
		for _, v := range allowed[:min(len(allowed), maxServers)] {
			if !slices.Contains(values, v.text()) {
				values = append(values, v.text())
			}
		}
		var next []string
		for _, one := range out {
			for _, v := range values {
				if long := len(one) + strings.Count(one, "{"+name.value+"}")*len(v); long <= 2*maxServer && len(next) < maxServers {
					next = append(next, strings.ReplaceAll(one, "{"+name.value+"}", v))
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
	if err != nil || len(s) > maxServer || !serverShape.MatchString(s) || strings.HasSuffix(s, "/") {
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
	r.root.child("components").child("securitySchemes").each(func(name, scheme *node) {
		if scheme = r.follow(scheme); scheme == nil {
			return
		}
		if r.out.Bearer == "" && scheme.child("type").text() == "http" && strings.EqualFold(scheme.child("scheme").text(), "bearer") {
			r.out.Bearer = name.value
		}
		scheme.child("flows").each(func(_, flow *node) {
			flow.child("scopes").each(func(scope, sentence *node) {
				if !r.seen["scope "+scope.value] && len(scope.value) <= 100 && len(r.out.Scopes) < 200 {
					r.seen["scope "+scope.value] = true
					r.out.Scopes = append(r.out.Scopes, Scope{scope.value, truncate(sentence.text(), maxText)})
				}
			})
		})
	})
}

var headerName = regexp.MustCompile("^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}$")

// header collects the name of a header parameter, or of a security scheme in a header.
func (r *reader) header(name string) {
	if lower := strings.ToLower(name); headerName.MatchString(name) && !r.seen["header "+lower] && len(r.out.Headers) < 100 {
		r.seen["header "+lower] = true
		r.out.Headers = append(r.out.Headers, lower)
	}
}
