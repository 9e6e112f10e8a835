package apidoc

import (
	"net/url"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

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
		if len(address.Value) > maxServer || len(r.out.Servers) == maxServers {
			r.warn(address.Line, "The server isn't offered here: addresses can have %d characters, and a document %d servers.", maxServer, maxServers)
			continue
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
func expand(address string, variables *yaml.Node) []string {
	out := []string{address}
	done := 0
	each(variables, func(name, variable *yaml.Node) {
		if done++; done > maxVariables {
			return
		}
		values := []string{text(child(variable, "default"))}
		if list := child(variable, "enum"); list != nil && list.Kind == yaml.SequenceNode {
			for _, v := range list.Content[:min(len(list.Content), maxServers)] {
				if !slices.Contains(values, text(v)) {
					values = append(values, text(v))
				}
			}
		}
		var next []string
		for _, one := range out {
			for _, v := range values {
				if long := len(one) + strings.Count(one, "{"+name.Value+"}")*len(v); long <= 2*maxServer && len(next) < maxServers {
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
