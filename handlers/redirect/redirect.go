// Package redirect says which redirect URIs an app can register, and whether the one that a
// request names is registered (RFC 6749 section 3.1.2, RFC 8252 sections 7 and 8, RFC 9700
// sections 2.1 and 4.1.3).
package redirect

import (
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

const (
	// Max is how many redirect URIs an app can have.
	Max = 20
	// maxLength bounds one, in bytes.
	maxLength = 2000
)

// Native is the kind of app whose redirects may use a scheme of its own, or any port of the
// loopback interface.
const Native = "native"

// refusal says what to write instead.
type problem string

func (r problem) Error() string { return string(r) }

// Check says why a URI can't be registered for an app of this kind, in words for people; nil
// means that it can.
func Check(kind, uri string) error {
	if uri == "" || len(uri) > maxLength {
		return problem("Write an address of at most 2,000 characters.")
	}
	for i := range len(uri) {
		if c := uri[i]; c <= ' ' || c > '~' || strings.IndexByte("\"<>\\^`{|}", c) >= 0 {
			return problem("Write the address with the characters of a URI only: no spaces, and others percent-encoded.")
		}
	}
	u, err := url.Parse(uri)
	switch {
	case err != nil || !u.IsAbs():
		return problem("Write the whole address, such as https://app.example/callback.")
	case strings.Contains(uri, "#"):
		return problem("Leave out the fragment: what stands from # on.")
	case u.User != nil:
		return problem("Leave out the user name in front of the host.")
	case strings.Contains(uri, "*"):
		return problem("Write each address whole: a * stands for nothing.")
	}
	switch {
	case u.Scheme == "https" && u.Hostname() != "":
		return nil
	case u.Scheme == "http" && (isLoopback(u) || u.Hostname() == "localhost"):
		return nil
	case u.Scheme == "http":
		return problem("Use https: a code sent over http can be read on its way. Only http://127.0.0.1, http://[::1] and http://localhost may go without.")
	case isPrivateUse(u.Scheme) && kind != Native:
		return problem("Use https: only a native app can have a scheme of its own.")
	case isPrivateUse(u.Scheme):
		return nil
	case kind == Native:
		return problem("Use https, http://127.0.0.1, or a scheme that is a domain of yours turned round, such as com.example.app:/callback.")
	}
	return problem("Use https, such as https://app.example/callback.")
}

// privateUse says whether a scheme is a reversed domain name (RFC 8252 section 7.1).
func isPrivateUse(scheme string) bool {
	return strings.Contains(scheme, ".") && !strings.HasPrefix(scheme, ".") && !strings.HasSuffix(scheme, ".")
}

// isLoopback says whether the host is a literal address of the loopback interface. The name
// localhost can be registered too, since development servers use it, but its port never
// varies: a name may lead elsewhere (RFC 8252 section 8.3).
func isLoopback(u *url.URL) bool {
	a, err := netip.ParseAddr(u.Hostname())
	return err == nil && a.IsLoopback() && a.Zone() == "" && !a.Is4In6()
}

// Match says whether a redirect URI that came in is one of those registered: character by
// character, but for the port of a loopback address of a native app (RFC 8252 section 7.3).
func Match(registered []string, received, kind string) bool {
	if slices.Contains(registered, received) {
		return true
	}
	if kind != Native {
		return false
	}
	bare, ok := stripLoopbackPort(received)
	return ok && slices.ContainsFunc(registered, func(r string) bool {
		have, ok := stripLoopbackPort(r)
		return ok && have == bare
	})
}

// withoutPort gives a loopback address as it would stand without its port. One that has
// characters which Check refuses, or is spelled in another way than Go would, is none.
func stripLoopbackPort(uri string) (string, bool) {
	if Check(Native, uri) != nil {
		return "", false
	}
	u, err := url.Parse(uri)
	if err != nil || u.Scheme != "http" || !isLoopback(u) || u.String() != uri || strings.HasSuffix(u.Host, ":") {
		return "", false
	}
	if port := u.Port(); port != "" {
		if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
			return "", false
		}
	}
	host := u.Hostname()
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	u.Host = host
	return u.String(), true
}

// Interceptable says whether any program of a person's machine may receive what is sent to the
// URI: one at the loopback interface, or of a scheme that programs register. Who asks with
// such a URI can't be told apart, so that the person is asked each time (RFC 6749 section
// 10.2, RFC 8252 section 8.6).
func Interceptable(uri string) bool {
	u, err := url.Parse(uri)
	return err != nil || u.Scheme != "https"
}
