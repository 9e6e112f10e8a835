package web

import (
	"io"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

// RFC 8707 section 2: resource can repeat, but only where the caller allows it.
func TestRepeatableParametersMayBeRepeated(t *testing.T) {
	r := httptest.NewRequest("POST", "/", strings.NewReader("resource=a&x=1&resource=b"))
	r.Header.Set("Content-Type", formType)
	form, err := ReadForm(httptest.NewRecorder(), r, "resource")
	if err != nil || strings.Join(form["resource"], " ") != "a b" || form.Get("x") != "1" {
		t.Errorf("ReadForm(repeatable resource) = %v, %v, want a b", form, err)
	}
	for _, query := range []string{"resource=a&resource=b", "x=1&x=1"} {
		if form, err := ReadQuery(httptest.NewRequest("POST", "/?"+query, nil)); err == nil {
			t.Errorf("ReadQuery(%s) = %v, want an error", query, form)
		}
	}
}

// SEE-06: parameters in the query string, the body, or both.
func TestQueryAndForm(t *testing.T) {
	for name, c := range map[string]struct {
		query, contentType, body string
		chunked                  bool
		want                     string // the parameters, or empty for an error
		inQuery                  bool
	}{
		"query only":                    {query: "a=1&b=2", want: "a=1&b=2", inQuery: true},
		"form only":                     {contentType: formType, body: "a=1", want: "a=1"},
		"both":                          {query: "a=1", contentType: formType, body: "b=2", want: "a=1&b=2", inQuery: true},
		"an empty form":                 {query: "a=1", contentType: formType, want: "a=1", inQuery: true},
		"an empty body of another type": {query: "a=1", contentType: "application/json", want: "a=1", inQuery: true},
		"an empty body in chunks":       {query: "a=1", chunked: true, want: "a=1", inQuery: true},
		"a form in chunks":              {query: "a=1", contentType: formType, body: "b=2", chunked: true, want: "a=1&b=2", inQuery: true},
		"repeated resource":             {query: "resource=a&resource=b", want: "resource=a&resource=b", inQuery: true},
		"plus is a space":               {query: "a=x+y", want: "a=x+y", inQuery: true},
		"in both":                       {query: "a=1", contentType: formType, body: "a=1"},
		"resource in both":              {query: "resource=a", contentType: formType, body: "resource=b"},
		"twice in the query":            {query: "a=1&a=2"},
		"twice in the form":             {query: "b=1", contentType: formType, body: "a=1&a=2"},
		"a body of another type":        {query: "a=1", contentType: "application/json", body: "{}"},
		"a body without a type":         {query: "a=1", body: "b=2", chunked: true},
		"bad percent":                   {query: "a=%zz"},
		"not UTF-8":                     {query: "a=%ff"},
		"NUL":                           {query: "a=%00"},
		"257 parameters":                {query: strings.Repeat("a&", 257)},
		"70 kB":                         {query: "a=" + strings.Repeat("x", 70_000)},
		"70 kB of form":                 {query: "a=1", contentType: formType, body: strings.Repeat("x", 70_000), chunked: true},
	} {
		var body io.Reader = strings.NewReader(c.body)
		r := httptest.NewRequest("POST", "/?"+c.query, body)
		if c.chunked {
			r.ContentLength = -1
		}
		if c.contentType != "" {
			r.Header.Set("Content-Type", c.contentType)
		}
		form, inQuery, err := ReadQueryAndForm(httptest.NewRecorder(), r, "resource")
		if c.want == "" {
			if e := Classify(err); err == nil || e.Status < 400 || e.Status >= 500 {
				t.Errorf("ReadQueryAndForm(%s) = %v, %v, want a 4xx", name, form, err)
			}
			continue
		}
		if err != nil || form.Encode() != c.want || inQuery != c.inQuery {
			t.Errorf("ReadQueryAndForm(%s) = %s, %v, %v, want %s, %v", name, form.Encode(), inQuery, err, c.want, c.inQuery)
		}
	}
}

func FuzzParseForm(f *testing.F) {
	for _, seed := range []string{"a=1&b=2", "resource=a&resource=b", "a=%zz", "%00=1", "&&&", "a", "=", "a=+%2B"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		form, err := parseForm(text, []string{"resource"})
		if err != nil {
			if Classify(err).Status != 400 {
				t.Errorf("parseForm(%q) = %v, want a 400", text, err)
			}
			return
		}
		for name, values := range form {
			if len(values) > 1 && name != "resource" {
				t.Errorf("parseForm(%q): %q = %q, want one value", text, name, values)
			}
		}
		if want, err := url.ParseQuery(strings.ReplaceAll(text, ";", "%3B")); err != nil || want.Encode() != form.Encode() {
			t.Errorf("parseForm(%q) = %v, want %v as the standard library, %v", text, form, want, err)
		}
	})
}
