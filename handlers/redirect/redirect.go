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

// Native is the kind of app whose redirect URIs may have a private-use scheme, or any port of
// the loopback interface.
const Native = "native"

// problem is a message to a person: what to write instead.
type problem string

func (r problem) Error() string { return string(r) }

// Check returns an error for people if a URI can't be registered for an app of this kind.
func Check(kind, uri string) error {
	if uri == "" || len(uri) > maxLength {
		return problem("Write an address of at most 2,000 characters.")
	}
	for i := range len(uri) {
		if c := uri[i]; c <= ' ' || c > '~' || strings.IndexByte("\"<>\\^`{|}", c) >= 0 {
			return problem("Use only characters that a URI allows: no spaces, and others percent-encoded.")
		}
	}
	u, err := url.Parse(uri)
	switch {
	case err != nil || !u.IsAbs():
		return problem("Write the full address, such as https://app.example/callback.")
	case strings.Contains(uri, "#"):
		return problem("Leave out the fragment: everything from # on.")
	case u.User != nil:
		return problem("Leave out the user name in front of the host.")
	case strings.Contains(uri, "*"):
		return problem("Write each address in full: * isn't a wildcard here.")
	}
	switch {
	case u.Scheme == "https" && u.Hostname() != "":
		return nil
	case u.Scheme == "http" && (isLoopback(u) || u.Hostname() == "localhost"):
		return nil
	case u.Scheme == "http":
		return problem("Use https: a code sent over http can be read in transit. Only http://127.0.0.1, http://[::1] and http://localhost are allowed without it.")
	case isPrivateUse(u.Scheme) && kind != Native:
		return problem("Use https: only a native app can have its own scheme.")
	case isPrivateUse(u.Scheme):
		return nil
	case kind == Native:
		return problem("Use https, http://127.0.0.1, or your domain reversed as a scheme, such as com.example.app:/callback.")
	}
	return problem("Use https, such as https://app.example/callback.")
}

// isPrivateUse says whether a scheme looks like a reversed domain name (RFC 8252 section 7.1).
func isPrivateUse(scheme string) bool {
	return strings.Contains(scheme, ".") && !strings.HasPrefix(scheme, ".") && !strings.HasSuffix(scheme, ".")
}

// isLoopback says whether the host is an IP literal of the loopback interface. The name
// localhost can be registered too, since development servers use it, but its port must match:
// a name may resolve to another address (RFC 8252 section 8.3).
func isLoopback(u *url.URL) bool {
	a, err := netip.ParseAddr(u.Hostname())
	return err == nil && a.IsLoopback() && a.Zone() == "" && !a.Is4In6()
}

// Match says whether a received redirect URI is registered. It compares character by character,
// except for the port of a native app's loopback address (RFC 8252 section 7.3).
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

// stripLoopbackPort returns a loopback URI without its port. It returns false for a URI that
// isn't one, that Check refuses, or that isn't in the form that Go writes.
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

// Interceptable says whether any program on the person's machine could receive what is sent to
// the URI: one on the loopback interface, or with a private-use scheme. Such a client could be
// an impostor, so the person must be asked every time (RFC 6749 section 10.2, RFC 8252 section
// 8.6).
func Interceptable(uri string) bool {
	u, err := url.Parse(uri)
	return err != nil || u.Scheme != "https"
}
