package web

import (
	"errors"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"gatepost/handlers/hub"
)

type inner struct {
	Name string `json:"name" null:"clear"`
}

type strict struct {
	inner
	Count  *int          `json:"count"`
	Text   *string       `json:"text" null:"clear"`
	List   *[]string     `json:"list" null:"clear"`
	End    NullTime      `json:"end"`
	At     *time.Time    `json:"at"`
	Filter *strictFilter `json:"filter"`
}

type strictFilter struct {
	Text string `json:"q"`
}

func TestReadFieldsRefusesWhatItHasNoFieldFor(t *testing.T) {
	for body, want := range map[string]string{
		`{}`:                             "",
		`{"name":"a","count":1}`:         "",
		`{"name":null,"text":null}`:      "",
		`{"list":null,"end":null}`:       "",
		`{"at":"2026-01-31T12:00:00Z"}`:  "",
		`{"filter":{"q":"x"}}`:           "",
		`{"Name":"a"}`:                   "Name",
		`{"nmae":"a","b":1}`:             "b nmae",
		`{"inner":{"name":"a"}}`:         "inner",
		`{"count":null,"at":null,"c":1}`: "at c count",
		`{"filter":{"p":"x"},"z":1}`:     "filter.p z",
		`{"filter":{"q":null}}`:          "filter.q",
		`{"filter":null}`:                "filter",
		`{"":1}`:                         "",
	} {
		var v strict
		err := ReadFields(httptest.NewRecorder(), post(jsonType, body), &v)
		var names []string
		if bad := (*hub.Invalid)(nil); errors.As(err, &bad) {
			for _, f := range bad.Fields {
				names = append(names, f.Field)
			}
		} else if err != nil {
			t.Errorf("ReadFields(%s) = %v, want an error of its fields", body, err)
		}
		if got := strings.Join(names, " "); got != want || body == `{"":1}` && err == nil {
			t.Errorf("ReadFields(%s) refuses %q, want %q", body, got, want)
		}
	}
}

// A null that clears differs from a missing field.
func TestNullClears(t *testing.T) {
	var v strict
	if err := ReadFields(httptest.NewRecorder(), post(jsonType, `{"text":null,"list":null}`), &v); err != nil || v.Text == nil || *v.Text != "" || v.List == nil || len(*v.List) != 0 {
		t.Errorf("ReadFields of nulls = %+v, %v, want empty values", v, err)
	}
	v = strict{}
	if err := ReadFields(httptest.NewRecorder(), post(jsonType, `{"name":"a"}`), &v); err != nil || v.Text != nil || v.List != nil || v.Name != "a" {
		t.Errorf("ReadFields of a name = %+v, %v, want the name alone", v, err)
	}
}

func TestUnknownSaysWhatIsMeant(t *testing.T) {
	known := []string{"display_name", "group_name", "team", "state"}
	for name, want := range map[string]string{
		"displayName": "Did you mean display_name?", "Display-Name": "Did you mean display_name?", "group": "Did you mean group_name?", "stat": "Did you mean state?",
		"teams": "Did you mean team?", "zzz": "It takes display_name, group_name, state, team.", "t": "It takes",
	} {
		if got := Unknown("field", name, known); !strings.Contains(got, want) {
			t.Errorf("Unknown(%q) = %q, want %q in it", name, got, want)
		}
	}
	if got := NameOf("a\u202e\x00" + strings.Repeat("x", 200)); len(got) > 110 || strings.ContainsAny(got, "\u202e\x00") {
		t.Errorf("NameOf(an odd name) = %q, want it short and visible", got)
	}
}
