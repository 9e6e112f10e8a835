package testapp

import (
	"html"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
)

// versioned are the forms that send the version that they showed, each with the page that it is on: $0 is
// the form's address, $1 the part of it in parentheses.
var versioned = []struct{ action, page string }{
	{`^/account$`, `$0`},
	{`^(/account/security)/passkeys/[^/]+/rename$`, `$1`},
	{`^/apps/[a-z0-9]{26}$`, `$0`},
	{`^/apps/[^/]+/secrets/[^/]+/retire$`, `$0`},
	{`^(/owner/apis/[^/]+)(?:/calls)?$`, `$1`},
	{`^(/owner/settings)(?:/audit|/second-factor)?$`, `$1`},
	{`^/team/devices/[0-9a-f-]{36}$`, `$0`},
	{`^(/team/members)/[^/]+/role$`, `$1`},
	{`^/team/rules$`, `$0`},
	{`^(/team/settings)(?:/second-factor)?$`, `$1`},
}

// VersionPage is the page of a form that sends the version that it showed, or empty for another address.
func VersionPage(action string) string {
	for _, f := range versioned {
		form := regexp.MustCompile(f.action)
		if m := form.FindStringSubmatchIndex(action); m != nil {
			return string(form.ExpandString(nil, f.page, action, m))
		}
	}
	return ""
}

var versionField = regexp.MustCompile(`<input type="hidden" name="seen" value="([^"]+)"`)

// Version is the version that the page's form with this address sends, or empty.
func (r *Answer) Version(action string) string {
	for _, form := range strings.Split(r.Body, "<form")[1:] {
		if form, _, _ = strings.Cut(form, "</form>"); strings.Contains(strings.SplitN(form, ">", 2)[0], `action="`+action+`"`) {
			if m := versionField.FindStringSubmatch(form); m != nil {
				return html.UnescapeString(m[1])
			}
		}
	}
	return ""
}

// Version is the version that a form of a page shows the person now, or empty: it has none, or isn't theirs.
func (p *Person) Version(t testing.TB, action string) string {
	t.Helper()
	page := VersionPage(action)
	if page == "" {
		return ""
	}
	return p.Get(t, page).Version(action)
}

// Post sends a form, as a browser does from a page of the portal: with the version that the page shows, for
// a form that has one.
func (p *Person) Post(t testing.TB, path string, form url.Values) *Answer {
	t.Helper()
	if version := p.Version(t, path); version != "" && !form.Has("seen") {
		form = maps.Clone(form)
		if form == nil {
			form = url.Values{}
		}
		form.Set("seen", version)
	}
	return p.PostAsItIs(t, path, form)
}

// PostAsItIs sends a form without looking at its page first.
func (p *Person) PostAsItIs(t testing.TB, path string, form url.Values) *Answer {
	t.Helper()
	return p.Do(t, p.app.Request(t, http.MethodPost, path, form.Encode(),
		"Content-Type", "application/x-www-form-urlencoded", "Sec-Fetch-Site", "same-origin", "Origin", p.app.URL))
}

var (
	control   = regexp.MustCompile(`(?s)<input\b([^>]*)>|<textarea\b([^>]*)>(.*?)</textarea>|<select\b([^>]*)>(.*?)</select>`)
	option    = regexp.MustCompile(`<option\b([^>]*)>`)
	attribute = regexp.MustCompile(`([a-z-]+)(?:="([^"]*)")?`)
)

func attributes(tag string) map[string]string {
	out := map[string]string{}
	for _, m := range attribute.FindAllStringSubmatch(tag, -1) {
		out[m[1]] = html.UnescapeString(m[2])
	}
	return out
}

// Fields is what a browser sends from the page's form with this address, as it is shown.
func (r *Answer) Fields(action string) url.Values {
	out := url.Values{}
	add := func(a map[string]string, value string) {
		if _, disabled := a["disabled"]; !disabled && a["name"] != "" {
			out.Add(a["name"], value)
		}
	}
	for _, form := range strings.Split(r.Body, "<form")[1:] {
		form, _, _ = strings.Cut(form, "</form>")
		head, body, _ := strings.Cut(form, ">")
		if !strings.Contains(head, `action="`+action+`"`) {
			continue
		}
		for _, m := range control.FindAllStringSubmatch(body, -1) {
			switch {
			case m[1] != "":
				a := attributes(m[1])
				if _, ticked := a["checked"]; ticked || a["type"] != "checkbox" && a["type"] != "radio" {
					add(a, a["value"])
				}
			case m[2] != "":
				add(attributes(m[2]), html.UnescapeString(m[3]))
			default:
				for _, o := range option.FindAllStringSubmatch(m[5], -1) {
					if a := attributes(o[1]); strings.Contains(o[1], " selected") {
						add(attributes(m[4]), a["value"])
					}
				}
			}
		}
	}
	return out
}
