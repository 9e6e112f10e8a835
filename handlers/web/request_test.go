package web

import (
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
)

// RFC 9700 section 4.11.2: a sign-in never redirects to another site.
func TestLocalPath(t *testing.T) {
	for next, want := range map[string]string{
		"/apps/new?x=1#y":        "/apps/new?x=1#y",
		"":                       "/fallback",
		"apps":                   "/fallback",
		"//evil.example":         "/fallback",
		"/\\evil.example":        "/fallback",
		"\\/evil.example":        "/fallback",
		"https://evil.example":   "/fallback",
		"https:evil.example":     "/fallback",
		"javascript:alert(1)":    "/fallback",
		"/\t/evil.example":       "/fallback",
		"/a\r\nSet-Cookie: x=y":  "/fallback",
		"/%0d%0aSet-Cookie: x=y": "/%0d%0aSet-Cookie: x=y",
		"/%zz":                   "/fallback",
	} {
		if got := LocalPath(next, "/fallback"); got != want {
			t.Errorf("LocalPath(%q) = %q, want %q", next, got, want)
		}
	}
}

func TestForwardedCountsOnlyFromTrustedProxies(t *testing.T) {
	trusted := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
	for _, c := range []struct{ remote, header, want string }{
		{"203.0.113.9:1234", "198.51.100.1", "203.0.113.9"},
		{"10.0.0.1:1234", "198.51.100.1", "198.51.100.1"},
		{"10.0.0.1:1234", "6.6.6.6, 198.51.100.1, 10.0.0.2", "198.51.100.1"},
		{"10.0.0.1:1234", "not an address", "10.0.0.1"},
		{"10.0.0.1:1234", "", "10.0.0.1"},
		{"[::ffff:10.0.0.1]:1234", "2001:db8::1", "2001:db8::1"},
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.RemoteAddr = c.remote
		if c.header != "" {
			r.Header.Set("X-Forwarded-For", c.header)
		}
		if got := forwarded(r, trusted); got != c.want {
			t.Errorf("forwarded(%s, %q) = %q, want %q", c.remote, c.header, got, c.want)
		}
	}
}

func TestUserAgentIsCutAndClean(t *testing.T) {
	r := httptest.NewRequest("GET", "/", nil)
	r.Header.Set("User-Agent", "curl/8.5\x01 \xff"+strings.Repeat("é", 200))
	got := UserAgent(r)
	if len(got) > 200 || strings.ContainsAny(got, "\x01\ufffd") || !strings.HasPrefix(got, "curl/8.5 é") {
		t.Errorf("UserAgent = %q, want at most 200 bytes of clean text", got)
	}
}

func TestPageForm(t *testing.T) {
	for _, c := range []struct {
		contentType, body string
		status            int
	}{
		{"application/x-www-form-urlencoded", "scope=read&scope=write", 0},
		{"application/x-www-form-urlencoded; charset=UTF-8", "", 0},
		{"text/plain", "a=b", 415},
		{"", "a=b", 415},
		{"application/x-www-form-urlencoded", "a=%zz", 400},
		{"application/x-www-form-urlencoded", "a=%ff", 400},
		{"application/x-www-form-urlencoded", "a=%00", 400},
		{"application/x-www-form-urlencoded", "a=" + strings.Repeat("x", 64<<10), 413},
	} {
		r := httptest.NewRequest("POST", "/", strings.NewReader(c.body))
		r.Header.Set("Content-Type", c.contentType)
		_, err := PageForm(httptest.NewRecorder(), r)
		got := 0
		if err != nil {
			got = Classify(err).Status
		}
		if got != c.status {
			t.Errorf("PageForm(%s, %.20q) = status %d, want %d", c.contentType, c.body, got, c.status)
		}
	}
}

func TestInitials(t *testing.T) {
	for name, want := range map[string]string{"Mario Rossi": "MR", "Ana": "A", "Anna Maria del Sol": "AS", "élodie Ünal": "ÉÜ"} {
		if got := Initials(name); got != want {
			t.Errorf("Initials(%q) = %q, want %q", name, got, want)
		}
	}
}
