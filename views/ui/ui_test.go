package ui

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/a-h/templ"
)

func render(t *testing.T, c templ.Component) string {
	t.Helper()
	var b strings.Builder
	if err := c.Render(context.Background(), &b); err != nil {
		t.Fatalf("Render() = %v, want no error", err)
	}
	return b.String()
}

func wants(t *testing.T, html string, parts ...string) {
	t.Helper()
	for _, p := range parts {
		if !strings.Contains(html, p) {
			t.Errorf("got %s\nwant in it %s", html, p)
		}
	}
}

func TestFieldTiesLabelHintAndErrorToItsInput(t *testing.T) {
	html := render(t, Field{Name: "email", Label: "Email", Hint: "Yours.", Error: "Too short.", Type: "email", Required: true})
	wants(t, html,
		`<label for="f-email">`, `id="f-email-hint"`, `id="f-email-error"`,
		`aria-describedby="f-email-hint f-email-error"`, `aria-invalid="true"`, ` required`)
	label, hint := strings.Index(html, "<label"), strings.Index(html, "Yours.")
	fault, input := strings.Index(html, "Too short."), strings.Index(html, "<input")
	if label > hint || hint > fault || fault > input {
		t.Errorf("order of label, hint, error, input = %d %d %d %d, want rising", label, hint, fault, input)
	}
}

func TestFieldWithoutHintOrErrorDescribesNothing(t *testing.T) {
	html := render(t, Field{Name: "city", Label: "City"})
	for _, s := range []string{"aria-describedby", "aria-invalid", "required", "disabled", "readonly"} {
		if strings.Contains(html, s) {
			t.Errorf("got %s\nwant no %s in it", html, s)
		}
	}
}

func TestErrorSummaryLinksToTheFirstBoxOfEachField(t *testing.T) {
	html := render(t, ErrorSummary{Errors: Errors{{Field: "name", Text: "Empty."}, {Field: "scope", Text: "Tick one."}, {Text: "Too many apps."}}})
	wants(t, html, `role="alert"`, `href="#f-name"`, `href="#f-scope"`, "<li>Too many apps.</li>")
	picker := render(t, ScopePicker{Legend: "Scopes", Groups: []ScopeGroup{
		{Title: "A", Scopes: []Scope{{Name: "read"}, {Name: "write"}}},
		{Title: "B", Scopes: []Scope{{Name: "transactions/post"}}},
	}})
	wants(t, picker, `id="f-scope"`, `id="f-scope-write"`, `id="f-scope-transactions-post"`)
	if got := render(t, ErrorSummary{}); got != "" {
		t.Errorf("ErrorSummary{} = %q, want nothing", got)
	}
}

func TestScopeSaysWhyItIsNotGiven(t *testing.T) {
	html := render(t, ScopePicker{Legend: "Scopes", Groups: []ScopeGroup{{Scopes: []Scope{
		{Name: "apps:write", Text: "Change apps.", Off: true, Reason: "Only an admin can give this."},
	}}}})
	wants(t, html, "<fieldset", "<legend>Scopes", ` disabled`, "Only an admin can give this.")
}

func TestButtonOffNamesItsReason(t *testing.T) {
	html := render(t, Button{Label: "Add new secret", Off: true, Reason: "Five are the most."})
	wants(t, html, ` disabled`, `aria-describedby="why-add-new-secret"`, `id="why-add-new-secret">Five are the most.`)
	link := render(t, Button{Label: "Open", Href: "javascript:alert(1)"})
	if strings.Contains(link, "javascript:") {
		t.Errorf("got %s\nwant no script address in it", link)
	}
}

func TestValuesAreEscaped(t *testing.T) {
	evil := `"><script>alert(1)</script>`
	for _, c := range []templ.Component{
		Copyable{Label: evil, Value: evil}, Code{Label: evil, Text: evil, SecretText: "alert"},
		Secret{ID: "s", Label: evil, Value: evil}, Field{Name: "n", Label: evil, Value: evil, Hint: evil, Error: evil},
		Badge{State: "live", Text: evil}, Notice{Title: evil, Text: evil}, Timeline{Events: []Event{{Actor: evil, Target: evil}}},
		Bars{Label: evil, Items: []Bar{{Label: evil, Value: 1}}}, KV{Items: []KVItem{{Key: evil, Value: evil, Mono: true}}},
		Pane{ID: "p", Title: evil, Line: evil, Body: evil, Headers: []Header{{evil, evil}}},
	} {
		if html := render(t, c); strings.Contains(html, "<script") {
			t.Errorf("%T: got %s\nwant no script element", c, html)
		}
	}
}

func TestNoInlineStyleOrScript(t *testing.T) {
	now := time.Unix(1e9, 0)
	for _, c := range []templ.Component{
		Lifetime{Issued: now.Add(-time.Hour), End: now.Add(time.Hour), Now: now}, Bars{Items: []Bar{{"a", 3}}}, Spark{Values: []int{1, 2}},
		CodeTabs{ID: "c", Items: []CodeTab{{ID: "a", Label: "A", Text: "x"}}}, Steps{Items: []Step{{Title: "a", Done: true}}},
	} {
		html := render(t, c)
		for _, s := range []string{" style=", " onclick=", "<script", "<style"} {
			if strings.Contains(html, s) {
				t.Errorf("%T: got %s\nwant no %s", c, html, s)
			}
		}
	}
}

func TestSecretStandsReadableInAReadOnlyField(t *testing.T) {
	html := render(t, Secret{ID: "secret", Label: "Client secret", Value: "gps_x"})
	wants(t, html, `<label for="secret">`, `type="text" readonly`, `value="gps_x"`, "data-secret", `data-copy-from="secret"`)
}

func TestCodeCopiesWhatItShows(t *testing.T) {
	html := render(t, Code{ID: "c", Label: "JSON", Text: "{\n  \"s\": \"abc\"\n}", SecretText: "abc"})
	wants(t, html, `<code id="c">{`+"\n  &#34;s&#34;: &#34;<span data-secret-text>abc</span>&#34;\n}</code></pre>", `data-copy-from="c"`)
}

func TestBadgeHasWordAndShape(t *testing.T) {
	shapes := map[string]bool{}
	for _, s := range []string{"live", "retiring", "expired", "revoked", "pending", "info"} {
		html := render(t, Badge{State: s})
		wants(t, html, s+"</span>")
		shapes[Badge{State: s}.shape()] = true
	}
	if len(shapes) != 6 {
		t.Errorf("shapes of six states = %d, want 6", len(shapes))
	}
}

func TestTimeHasTheExactMomentOnHover(t *testing.T) {
	now := time.Unix(1e9, 0)
	wants(t, render(t, Time{At: now.Add(-time.Minute), Now: now}), `datetime="2001-09-09T01:45:40Z"`, `title="9 Sep 2001 01:45:40 UTC"`, ">1 min ago<")
	wants(t, render(t, Time{Now: now}), "never")
}

func TestLifetimeTone(t *testing.T) {
	now := time.Unix(1e9, 0)
	day := 24 * time.Hour
	for _, c := range []struct {
		since, until time.Duration
		want         string
	}{{time.Minute, 59 * time.Minute, "ok"}, {58 * time.Minute, 2 * time.Minute, "warn"}, {87 * day, 3 * day, "warn"}, {90 * day, -day, "bad"}} {
		if got := (Lifetime{Issued: now.Add(-c.since), End: now.Add(c.until), Now: now}).tone(); got != c.want {
			t.Errorf("tone(%s gone, %s left) = %q, want %q", c.since, c.until, got, c.want)
		}
	}
}

func TestTableCellsCarryTheirHeads(t *testing.T) {
	html := render(t, Cell("Client ID"))
	wants(t, html, `role="cell"`, `data-head="Client ID"`)
	wants(t, render(t, Table{Caption: "Apps", Heads: []string{"App", "-Action"}}.With()), `<caption class="vh">Apps</caption>`, `scope="col"`, `<span class="vh">Action</span>`)
}

func TestTabsShowTheFirstPanelAndTieEachToItsTab(t *testing.T) {
	html := render(t, CodeTabs{ID: "way", Label: "Ways", Items: []CodeTab{{ID: "a", Label: "JSON", Text: "1"}, {ID: "b", Label: ".env", Text: "2"}}})
	wants(t, html,
		`data-tabs="JSON,.env"`, `role="tablist" aria-label="Ways"`, `id="way-a-tab" aria-controls="way-a" aria-selected="true"`,
		`aria-controls="way-b" aria-selected="false" tabindex="-1"`, `class="panel open" id="way-a" role="tabpanel" aria-labelledby="way-a-tab"`)
}
