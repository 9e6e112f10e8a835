package web

import (
	"bytes"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

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

// SEE-02, REL-20.
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

// Null for a time differs from a missing key.
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
			t.Errorf("ReadJSON of the time %s = %v, want a 400 for the field at that says what to write", value, err)
		}
	}
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
			t.Errorf("ReadJSON(%q) filled %q, want what was sent, unrepaired", body, v.ID)
		}
	})
}
