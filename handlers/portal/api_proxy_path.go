package portal

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"gatepost/handlers/web"
)

// errOddPath refuses a path that the server behind the proxy could read as another one.
var errOddPath = web.BadRequest("The path has a dot segment, an encoded dot or backslash, or a control character. Write the path as the server's document has it.")

// hidden are characters that no client needs to encode, and those that are encoded twice, for a server that decodes twice.
var hidden = regexp.MustCompile(`(?i)%2e|%5c|\\|%(25)+(2e|2f|5c|3b|[01][0-9a-f]|7f)`)

// CheckProxyPath refuses a call of the proxy whose path may mean another one to the server behind. It is asked before the
// mux, which would redirect some of them to what it takes them for. Other requests pass.
func CheckProxyPath(r *http.Request) error {
	parts := strings.SplitN(r.URL.EscapedPath(), "/", 6)
	if len(parts) < 6 || parts[1] != "apis" || parts[3] != "proxy" {
		return nil
	}
	// A backslash that came as it is has been escaped by now.
	if isOddPath(parts[5]) {
		return errOddPath
	}
	return nil
}

// isOddPath says whether a path has a segment of dots, alone or before a path parameter as in "..;", or hides something.
// An encoded slash alone stays what it is: part of a segment.
func isOddPath(escaped string) bool {
	path, err := url.PathUnescape(escaped)
	if err != nil || hidden.MatchString(escaped) || !utf8.ValidString(path) || strings.ContainsFunc(path, unicode.IsControl) {
		return true
	}
	for segment := range strings.SplitSeq(path, "/") {
		name, _, _ := strings.Cut(segment, ";")
		if strings.Contains(name, ".") && strings.Trim(name, ". ") == "" {
			return true
		}
	}
	return false
}
