package web

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

const formType, jsonType = "application/x-www-form-urlencoded", "application/json"

func post(contentType string, body string) *http.Request {
	r := httptest.NewRequest("POST", "/", strings.NewReader(body))
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	}
	return r
}

// status returns the status of an error's response, 200 for none.
func status(t *testing.T, err error) int {
	t.Helper()
	if err == nil {
		return http.StatusOK
	}
	var e *Error
	if !errors.As(err, &e) {
		t.Fatalf("error = %T %v, want a *web.Error", err, err)
	}
	if e.Code != "invalid_request" || e.Message == "" {
		t.Errorf("error = %v, want code invalid_request and a message", e)
	}
	return e.Status
}

// TOK-12, SEE-03: only one content type is accepted, with parameters and in any letter case.
func TestBodyIsReadOnlyWithItsContentType(t *testing.T) {
	for contentType, want := range map[string]int{
		"":                         415,
		"nonsense":                 415,
		"text/plain":               415,
		"multipart/form-data":      415,
		"application/jsonx":        415,
		"application/problem+json": 415,
		";":                        415,
	} {
		var v struct{}
		if got := status(t, ReadJSON(httptest.NewRecorder(), post(contentType, "{}"), &v)); got != want {
			t.Errorf("ReadJSON(%q) = %d, want %d", contentType, got, want)
		}
		if _, err := ReadForm(httptest.NewRecorder(), post(contentType, "a=b")); status(t, err) != want {
			t.Errorf("ReadForm(%q) = %d, want %d", contentType, status(t, err), want)
		}
	}
	for _, parameters := range []string{"", ";charset=utf-8", "; charset=UTF-8", " ; Charset=\"utf-8\"", "; charset=ISO-8859-1", ";"} {
		var v struct{}
		for _, form := range []string{formType, strings.ToUpper(formType)} {
			if _, err := ReadForm(httptest.NewRecorder(), post(form+parameters, "a=b")); err != nil {
				t.Errorf("ReadForm(%q) = %v, want nil", form+parameters, err)
			}
		}
		if err := ReadJSON(httptest.NewRecorder(), post("Application/JSON"+parameters, "{}"), &v); err != nil {
			t.Errorf("ReadJSON(Application/JSON%s) = %v, want nil", parameters, err)
		}
	}
	twice := post(formType, "a=b")
	twice.Header.Add("Content-Type", "text/plain")
	if _, err := ReadForm(httptest.NewRecorder(), twice); status(t, err) != 415 {
		t.Errorf("ReadForm(two content types) = %d, want 415", status(t, err))
	}
	zipped := post(formType, "a=b")
	zipped.Header.Set("Content-Encoding", "gzip")
	if _, err := ReadForm(httptest.NewRecorder(), zipped); status(t, err) != 415 {
		t.Errorf("ReadForm(gzip) = %d, want 415", status(t, err))
	}
}

// TOK-14, REL-17: a body that is too long is refused, with or without a Content-Length.
func TestBodyOver64KiBIsRefused(t *testing.T) {
	fits := "a=" + strings.Repeat("x", maxBody-2)
	if _, err := ReadForm(httptest.NewRecorder(), post(formType, fits)); err != nil {
		t.Errorf("ReadForm(64 KiB) = %v, want nil", err)
	}
	for _, size := range []int{maxBody + 1, 3 << 20} {
		body := strings.Repeat("x", size)
		chunked := httptest.NewRequest("POST", "/", io.MultiReader(strings.NewReader(body)))
		chunked.ContentLength = -1
		chunked.Header.Set("Content-Type", formType)
		for name, r := range map[string]*http.Request{"told": post(formType, body), "chunked": chunked} {
			if _, err := ReadForm(httptest.NewRecorder(), r); status(t, err) != 413 {
				t.Errorf("ReadForm(%d bytes, %s) = %d, want 413", size, name, status(t, err))
			}
		}
		var v struct{}
		if got := status(t, ReadJSON(httptest.NewRecorder(), post(jsonType, body), &v)); got != 413 {
			t.Errorf("ReadJSON(%d bytes) = %d, want 413", size, got)
		}
	}
}

func TestFormIsReadStrictly(t *testing.T) {
	for body, want := range map[string]int{
		"":                                     200,
		"a=1&b=2":                              200,
		"a=1&&b=2&":                            200,
		"a":                                    200,
		"a=&b":                                 200,
		"a=x;y":                                200,
		"a=%C3%A9":                             200,
		"a=1&a=1":                              400,
		"a=1&a=2":                              400,
		"a=&a=2":                               400,
		"a=1&%61=2":                            400,
		"a=%":                                  400,
		"a=%zz":                                400,
		"a=%4":                                 400,
		"%=a":                                  400,
		"a=%FF":                                400,
		"a=\xff":                               400,
		"%C3=1":                                400,
		"a=%00":                                400,
		"a%00=1":                               400,
		"a=x\x00":                              400,
		strings.Repeat("&", 1000):              200,
		strings.Repeat("a&", 300):              400,
		numbered(maxFields):                    200,
		numbered(maxFields + 1):                400,
		numbered(20000):                        413,
		"a=%E2%80%AE&b=%3Cscript%3E&c=%0D%0Ax": 200,
	} {
		if _, err := ReadForm(httptest.NewRecorder(), post(formType, body)); status(t, err) != want {
			t.Errorf("ReadForm(%.40q) = %d, want %d", body, status(t, err), want)
		}
	}
	form, err := ReadForm(httptest.NewRecorder(), post(formType, "scope=read+write%2Cx&state=a%2Bb&empty="))
	if err != nil || form.Get("scope") != "read write,x" || form.Get("state") != "a+b" || form.Get("empty") != "" {
		t.Errorf("ReadForm = %v, %v, want the decoded values", form, err)
	}
	r := post(formType, "a=1")
	r.URL.RawQuery = "b=2"
	if form, _ := ReadForm(httptest.NewRecorder(), r); form.Has("b") {
		t.Errorf("ReadForm = %v, want nothing of the query string", form)
	}
}

// numbered returns a form of n parameters with different names.
func numbered(n int) string {
	pairs := url.Values{}
	for i := range n {
		pairs.Set(string(rune('a'+i%26))+strings.Repeat("b", i/26%26)+strings.Repeat("c", i/676), "1")
	}
	return pairs.Encode()
}

func FuzzReadForm(f *testing.F) {
	for _, seed := range []string{"grant_type=client_credentials&client_id=a&client_secret=b", "a=1&a=2", "%", "a=%00", "=&=", ";"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body string) {
		form, err := ReadForm(httptest.NewRecorder(), post(formType, body))
		if err != nil {
			status(t, err)
			return
		}
		for name, values := range form {
			if len(values) != 1 || !IsText(name) || !IsText(values[0]) {
				t.Errorf("ReadForm(%q) = %q, want one text for each name", body, form)
			}
		}
	})
}
