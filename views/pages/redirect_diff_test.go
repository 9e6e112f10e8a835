package pages

import (
	"slices"
	"strings"
	"testing"
)

// marked writes what differs in brackets.
func marked(parts []DiffPart) string {
	var b strings.Builder
	for _, p := range parts {
		if p.Differs {
			b.WriteString("[" + p.Text + "]")
		} else {
			b.WriteString(p.Text)
		}
	}
	return b.String()
}

func TestRedirectsAreComparedCharacterByCharacter(t *testing.T) {
	const registered = "https://app.example.com/cb"
	for _, c := range []struct{ received, left, right, words string }{
		{"https://app.example.com/cb/", "https://app.example.com/cb[/]", registered, "The received one has a slash at the end; the registered one has none."},
		{"http://app.example.com/cb", "http://app.example.com/cb", "http[s]://app.example.com/cb", "Scheme: http was received, https is registered."},
		{"https://app.example.org/cb", "https://app.example.[org]/cb", "https://app.example.[com]/cb", "Host: app.example.org was received, app.example.com is registered."},
		{"https://app.example.com:8443/cb", "https://app.example.com[:8443]/cb", registered, "Port: 8443 was received, none is registered."},
		{"https://app.example.com/CB", "https://app.example.com/[CB]", "https://app.example.com/[cb]", "Capital and small letters of the path differ: /CB was received, /cb is registered."},
		{"https://app.example.com/cb?x=1", "https://app.example.com/cb[?x=1]", registered, "Query: x=1 was received, none is registered."},
		{"https://app.example.com/c%62", "https://app.example.com/c[%62]", "https://app.example.com/c[b]", "Path: /c%62 was received, /cb is registered."},
		{"https://a\u0440p.example.com/cb", "https://a[⟨U+0440⟩]p.example.com/cb", "https://a[p]p.example.com/cb", "Host: a⟨U+0440⟩p.example.com was received, app.example.com is registered."},
		{"https://app.example.com/cb ", "https://app.example.com/cb[⟨U+0020⟩]", registered, "Path: /cb%20 was received, /cb is registered."},
		{"HTTPS://app.example.com/cb", "[HTTPS]://app.example.com/cb", "[https]://app.example.com/cb", "They are spelled differently: capital letters of the scheme, or an empty part."},
		{"\xff", "[⟨0xFF⟩]", "[" + registered + "]", "Scheme: none was received, https is registered."},
		{"https://app.example.com/cb\r\nX: y", "https://app.example.com/cb[⟨U+000D⟩⟨U+000A⟩X:⟨U+0020⟩y]", registered, "The received one isn't a complete address."},
	} {
		d := DiffRedirects(c.received, []string{registered})[0]
		if got := marked(d.Received); got != c.left {
			t.Errorf("DiffRedirects(%q): received = %s, want %s", c.received, got, c.left)
		}
		if got := marked(d.Registered); got != c.right {
			t.Errorf("DiffRedirects(%q): registered = %s, want %s", c.received, got, c.right)
		}
		if !slices.Contains(d.Words, c.words) {
			t.Errorf("DiffRedirects(%q): words = %q, want %q among them", c.received, d.Words, c.words)
		}
	}
}

func TestNearestRegisteredRedirectComesFirst(t *testing.T) {
	list := DiffRedirects("https://app.example.com/cb/", []string{"com.example.app:/callback", "https://other.example.net/", "https://app.example.com/cb"})
	if got := list[0].URI; got != "https://app.example.com/cb" {
		t.Errorf("first = %s, want the nearest", got)
	}
}

func TestLongRedirectIsCut(t *testing.T) {
	d := DiffRedirects("https://app.example.com/"+strings.Repeat("a", 100_000), []string{"https://app.example.com/"})[0]
	if got := marked(d.Received); len(got) > 1000 || !strings.Contains(got, "99424 more") {
		t.Errorf("length shown = %d, want it cut, with the number of characters left out", len(got))
	}
}

func FuzzDiffRedirects(f *testing.F) {
	f.Add("https://a.example/cb", "https://a.example/cb/")
	f.Add("\xff\x00", "::")
	f.Fuzz(func(t *testing.T, received, registered string) {
		d := DiffRedirects(received, []string{registered})[0]
		for _, side := range []struct {
			whole string
			parts []DiffPart
		}{{received, d.Received}, {registered, d.Registered}} {
			var b strings.Builder
			for _, p := range side.parts {
				b.WriteString(p.Text)
			}
			if b.String() != shown(side.whole) {
				t.Errorf("parts of %q = %q, want all of it", side.whole, b.String())
			}
		}
		if received == registered && d.off != 0 {
			t.Errorf("characters that differ in equal addresses = %d, want 0", d.off)
		}
	})
}
