package web

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"
)

const formType, jsonType = "application/x-www-form-urlencoded", "application/json"

func post(contentType string, body string) *http.Request {
	r := httptest.NewRequest("POST", "/", strings.NewReader(body))
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	}
	return r
}

// status is the status that an error is to be answered with, 200 for none.
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

// BAR TOK-12, SEE-03: only the one content type, with parameters and in any case.
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

// BAR TOK-14, REL-17: too much is refused, whether its length was told or not.
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

// numbered is a form of n parameters with different names.
func numbered(n int) string {
	pairs := url.Values{}
	for i := range n {
		pairs.Set(string(rune('a'+i%26))+strings.Repeat("b", i/26%26)+strings.Repeat("c", i/676), "1")
	}
	return pairs.Encode()
}

type example struct {
	ID     string     `json:"clientId"`
	Count  int        `json:"count"`
	On     bool       `json:"on"`
	Scopes []string   `json:"scopes"`
	Maybe  *string    `json:"maybe"`
	End    *time.Time `json:"end"`
}

func TestJSONFillsTheExactKeysOnly(t *testing.T) {
	var got example
	err := ReadJSON(httptest.NewRecorder(), post(jsonType,
		` {"clientId":"a\u0301\ud83d\ude00","count":3,"on":true,"scopes":["x","y"],"maybe":null,"CLIENTID":"no","unknown":{"a":[1]}} `), &got)
	if err != nil || got.ID != "a\u0301\U0001f600" || got.Count != 3 || !got.On || strings.Join(got.Scopes, " ") != "x y" || got.Maybe != nil {
		t.Errorf("ReadJSON = %+v, %v, want the fields of the exact keys", got, err)
	}
	got = example{}
	if err := ReadJSON(httptest.NewRecorder(), post(jsonType, `{"clientid":"x","ClientId":"y"}`), &got); err != nil || got.ID != "" {
		t.Errorf("ReadJSON(other letter case) = %+v, %v, want nothing filled", got, err)
	}
}

// BAR SEE-02, REL-20.
func TestMalformedJSONIsRefused(t *testing.T) {
	for _, body := range []string{
		"", " ", "null", "true", "1", `"a"`, "[]", `[{"clientId":"a"}]`,
		"{", "}", "{]", `{"a"}`, `{"a":}`, `{"a":1,}`, `{a:1}`, `{'a':1}`, `{"a":01}`, `{"a":NaN}`, `{"a":1}{"a":2}`, `{"a":1} x`, `{"a":1}//`,
		`{"clientId":null}`, `{"clientId":1}`, `{"clientId":["a"]}`, `{"clientId":{}}`, `{"clientId":true}`,
		`{"count":"1"}`, `{"count":1.5}`, `{"count":1e400}`, `{"count":null}`, `{"on":"true"}`, `{"scopes":"x"}`, `{"scopes":[1]}`, `{"scopes":["x",null]}`, `{"end":"tomorrow"}`, `{"maybe":1}`,
		`{"clientId":"a","clientId":"b"}`, `{"clientId":"a","client\u0049d":"b"}`, `{"x":{"y":1,"y":2}}`, `{"x":[{"y":1,"y":2}]}`,
		`{"clientId":"\ud83d"}`, `{"clientId":"\ude00"}`, `{"clientId":"\ud83dx"}`, `{"clientId":"\ud83d\n"}`, `{"clientId":"\ud83d\u0041"}`, `{"\ud800":1}`,
		`{"clientId":"\u0000"}`, "{\"clientId\":\"a\x00\"}", "{\"clientId\":\"a\nb\"}", "{\"clientId\":\"\xff\"}", "{\"clientId\":\"\xed\xa0\x80\"}",
		"\xef\xbb\xbf{}", "\xff\xfe{\x00}\x00", "\xfe\xff\x00{\x00}", "\x1f\x8b\x08\x00",
		`{"x":` + strings.Repeat("[", 17) + strings.Repeat("]", 17) + `}`,
		`{"x":` + strings.Repeat(`{"x":`, 30) + "1" + strings.Repeat("}", 31),
		strings.Repeat("[", 60000), strings.Repeat(`{"a":`, 12000),
		`{"clientId":"a"`, `{"clientId":"a`, `{"clientId`,
	} {
		var v example
		err := ReadJSON(httptest.NewRecorder(), post(jsonType, body), &v)
		if got := status(t, err); got != 400 {
			t.Errorf("ReadJSON(%.60q) = %d, want 400", body, got)
		}
	}
	for body, want := range map[string]string{
		`{"clientId":1}`:   "clientId must be a string.",
		`{"clientId":""}`:  "",
		`{"count":"1"}`:    "count must be a whole number.",
		`{"on":null}`:      "on must be true or false.",
		`{"scopes":{}}`:    "scopes must be a list of strings.",
		`{"end":1}`:        "end must be a time like 2026-01-31T12:00:00Z.",
		`{"maybe":[]}`:     "maybe must be a string.",
		`{"evil<b>":1`:     "The body is not well-formed JSON.",
		`{"clientId": 1 }`: "clientId must be a string.",
	} {
		var v example
		got := ""
		var e *Error
		if errors.As(ReadJSON(httptest.NewRecorder(), post(jsonType, body), &v), &e) {
			got = e.Message
		}
		if got != want {
			t.Errorf("ReadJSON(%s) says %q, want %q", body, got, want)
		}
	}
}

// A time that may be null is told from one that is left out.
func TestNullTimeTellsNullFromLeftOut(t *testing.T) {
	at := time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)
	for body, want := range map[string]NullTime{
		`{"x": 1}`:                            {},
		`{"at": null}`:                        {Given: true},
		`{"at": "2026-01-31T12:00:00Z"}`:      {Given: true, At: at},
		`{"at": "2026-01-31T13:00:00+01:00"}`: {Given: true, At: at},
	} {
		var v struct {
			At NullTime `json:"at"`
		}
		if err := ReadJSON(httptest.NewRecorder(), post(jsonType, body), &v); err != nil || v.At.Given != want.Given || !v.At.At.Equal(want.At) {
			t.Errorf("ReadJSON(%s) = %+v, %v, want %+v", body, v.At, err, want)
		}
	}
	for _, value := range []string{`""`, `"null"`, `"2026-01-31"`, `"2026-02-30T12:00:00Z"`, `0`, `false`, `{}`, `[]`, `[null]`} {
		var v struct {
			At NullTime `json:"at"`
		}
		err := ReadJSON(httptest.NewRecorder(), post(jsonType, `{"at": `+value+`}`), &v)
		var e *Error
		if !errors.As(err, &e) || e.Status != http.StatusBadRequest || e.Field != "at" || !strings.Contains(e.Message, "or null") {
			t.Errorf("ReadJSON of the time %s = %v, want a 400 for the field at that says what it may be", value, err)
		}
	}
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

func FuzzReadJSON(f *testing.F) {
	for _, seed := range []string{`{"clientId":"a","clientSecret":"b"}`, `{"clientId":"\ud83d\ude00"}`, `{"a":[{"b":null}]}`, "{", `{"a":1,"a":2}`, `{"x":"\\u"}`, `{"x":"\u`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		var v example
		if err := ReadJSON(httptest.NewRecorder(), post(jsonType, string(body)), &v); err != nil {
			status(t, err)
			return
		}
		if !IsText(v.ID) || strings.ContainsRune(v.ID, '\uFFFD') && !bytes.ContainsRune(body, '\uFFFD') && !bytes.Contains(bytes.ToLower(body), []byte(`\ufffd`)) {
			t.Errorf("ReadJSON(%q) filled %q, want what was sent, not mended", body, v.ID)
		}
	})
}
