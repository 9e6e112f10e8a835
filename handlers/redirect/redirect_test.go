package redirect

import (
	"strings"
	"testing"
)

// AUT-03, RFC 6749 section 3.1.2, RFC 9700 section 2.6, RFC 8252 section 7.
func TestWhatCanBeRegistered(t *testing.T) {
	for _, c := range []struct {
		uri         string
		web, native bool
	}{
		{"https://app.example/callback", true, true},
		{"https://app.example:8443/callback?tenant=1", true, true},
		{"https://app.example", true, true},
		{"http://127.0.0.1/callback", true, true},
		{"http://127.0.0.1:8000/callback", true, true},
		{"http://[::1]:8000/callback", true, true},
		{"com.example.app:/callback", false, true},
		{"com.example.app://callback", false, true},
		{"http://localhost:8000/callback", true, true},
		{"http://localhost.evil.example/callback", false, false},
		{"http://xlocalhost/", false, false},
		{"http://app.example/callback", false, false},
		{"http://127.0.0.1.evil.example/", false, false},
		{"http://[::ffff:127.0.0.1]/", false, false},
		{"https://app.example/callback#top", false, false},
		{"https://app.example/callback#", false, false},
		{"https://user@app.example/callback", false, false},
		{"https://*.app.example/callback", false, false},
		{"https:///callback", false, false},
		{"https:callback", false, false},
		{"//app.example/callback", false, false},
		{"/callback", false, false},
		{"javascript:alert(1)", false, false},
		{"data:text/html,x", false, false},
		{"myapp:/callback", false, false},
		{"https://app.example/a b", false, false},
		{"https://app.example/\r\nx", false, false},
		{"https://app.example\\@evil.example/", false, false},
		{"https://app.example/é", false, false},
		{"", false, false},
		{"https://app.example/" + strings.Repeat("a", 2000), false, false},
	} {
		if got := Check("web", c.uri) == nil; got != c.web {
			t.Errorf("Check(web, %.60q) takes it = %t, want %t", c.uri, got, c.web)
		}
		if got := Check(Native, c.uri) == nil; got != c.native {
			t.Errorf("Check(native, %.60q) takes it = %t, want %t", c.uri, got, c.native)
		}
	}
}

// AUT-02, RFC 9700 sections 2.1 and 4.1.3.
func TestNearMissesDoNotMatch(t *testing.T) {
	registered := []string{"https://app.example/callback", "com.example.app:/callback", "https://app.example/q?a=1"}
	for _, good := range registered {
		if !Match(registered, good, "web") {
			t.Errorf("Match(%q) = false, want true", good)
		}
	}
	for _, near := range []string{
		"", "https://app.example/callback/", "https://app.example/callbac", "https://app.example/callback?", "https://app.example/callback?x=1",
		"https://app.example/callback#", "https://app.example/./callback", "https://app.example/x/../callback", "https://app.example/%63allback",
		"https://app.example/callback%2e", "https://app.example%2fcallback", "https://u@app.example/callback", "https://app.example@evil.example/callback",
		"https://app.example.evil.example/callback", "https://evil.app.example/callback", "https://app.example:443/callback", "https://app.example:8443/callback",
		"https://APP.example/callback", "HTTPS://app.example/callback", "http://app.example/callback", "//app.example/callback", "/callback",
		"https:\\\\app.example\\callback", "https://app.example/callback\r\nX: y", "https://app.example/callback\x00", " https://app.example/callback",
		"javascript:alert(1)//https://app.example/callback", "com.example.app:/callback2", "com.example.app://callback", "https://app.example/q?a=1&b=2",
	} {
		for _, kind := range []string{"web", Native} {
			if Match(registered, near, kind) {
				t.Errorf("Match(%q, %s) = true, want false", near, kind)
			}
		}
	}
}

// RFC 8252 section 7.3: the port of a loopback address may vary, and nothing else.
func TestOnlyThePortOfALoopbackAddressVaries(t *testing.T) {
	registered := []string{"http://127.0.0.1/callback", "http://[::1]:9/callback", "http://localhost:8000/callback"}
	for _, good := range []string{"http://127.0.0.1:51004/callback", "http://127.0.0.1/callback", "http://[::1]:1/callback", "http://[::1]/callback"} {
		if !Match(registered, good, Native) {
			t.Errorf("Match(%q) = false, want true", good)
		}
	}
	if Match(registered, "http://127.0.0.1:51004/callback", "web") {
		t.Error("Match(another port, web) = true, want false")
	}
	for _, near := range []string{
		"http://127.0.0.2:51004/callback", "http://127.1:51004/callback", "http://0x7f000001:1/callback", "http://localhost:51004/callback",
		"http://127.0.0.1:51004/callback/", "http://127.0.0.1:51004/callback?x", "http://127.0.0.1:51004/callback#x", "https://127.0.0.1:51004/callback",
		"http://u@127.0.0.1:1/callback", "http://127.0.0.1:1@evil.example/callback", "http://127.0.0.1:/%63allback", "http://[0:0:0:0:0:0:0:1]:1/callback",
		"http://127.0.0.1:evil/callback", "http://127.0.0.1:/callback", "http://127.0.0.1:65536/callback", "http://127.0.0.1:0/callback", "HTTP://127.0.0.1:1/callback", "http://[::ffff:127.0.0.1]:1/callback",
	} {
		if Match(registered, near, Native) {
			t.Errorf("Match(%q) = true, want false", near)
		}
	}
}

func TestClaimable(t *testing.T) {
	for uri, want := range map[string]bool{
		"https://app.example/callback": false, "http://127.0.0.1/callback": true, "com.example.app:/callback": true, "%": true,
	} {
		if got := Interceptable(uri); got != want {
			t.Errorf("Interceptable(%q) = %t, want %t", uri, got, want)
		}
	}
}

func FuzzMatch(f *testing.F) {
	for _, seed := range []string{"http://127.0.0.1:1/callback", "https://app.example/callback", "http://[::1]/callback", "//", "%zz", "\x00"} {
		f.Add(seed)
	}
	registered := []string{"https://app.example/callback", "http://127.0.0.1/callback"}
	f.Fuzz(func(t *testing.T, uri string) {
		if !Match(registered, uri, Native) {
			return
		}
		if Check(Native, uri) != nil || uri != registered[0] && !strings.HasPrefix(uri, "http://127.0.0.1") {
			t.Errorf("Match(%q) = true", uri)
		}
	})
}
