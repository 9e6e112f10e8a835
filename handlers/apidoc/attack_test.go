package apidoc

import (
	"context"
	"errors"
	"strings"
	"testing"
)

func TestReadTakesWhatAttacksAreMadeOf(t *testing.T) {
	for name, make := range attacks {
		if d := read(t, make(20_000), ""); d.JSON == nil {
			t.Errorf("Read(%s) = %+v, want a document", name, d.Findings)
		}
	}
}

func TestReadWritesOutAliases(t *testing.T) {
	d := read(t, headOfBench+`
x-p: &p [{name: q, in: query, schema: {type: string}}, {name: X-Trace, in: header, schema: {type: string}}]
paths:
  /a: {get: {parameters: *p, responses: {'200': {description: ok}}}}
`, "")
	if !strings.Contains(string(d.JSON), `"parameters":[{"name":"q","in":"query"`) || len(d.Findings) != 0 {
		t.Errorf("Read(an alias) = %s, %+v, want its list in the operation", d.JSON, d.Findings)
	}
}

// 30 lists of two, each of the one before: a billion values.
func TestReadRefusesAnAliasBomb(t *testing.T) {
	bomb := headOfBench + "paths: {}\nx-0: &a0 [1, 2]\n" + lines(30, "x-%[1]d1: &b%[1]d [*a%[1]d, *a%[1]d]\nx-%[1]d2: &a%[2]d [*b%[1]d]\n")
	d := read(t, bomb, "")
	if d.JSON != nil || len(d.Findings) != 1 || !strings.Contains(d.Findings[0].Text, "more than 2000000 values") {
		t.Errorf("Read(an alias bomb) = %+v, want a finding that it has too many values", d.Findings)
	}
}

func TestReadRefusesMoreValuesThanItCanHold(t *testing.T) {
	for name, text := range map[string]string{
		"YAML": headOfBench + "paths: {}\nx-a: [" + strings.Repeat("1,", maxValues) + "1]\n",
		"JSON": `{"openapi": "3.0.3", "x-a": [` + strings.Repeat("1,", maxValues) + `1]}`,
	} {
		if d := read(t, text, ""); d.JSON != nil || !strings.Contains(d.Findings[0].Text, "more than") {
			t.Errorf("Read(%s with too many values) = %+v, want it refused", name, d.Findings)
		}
	}
}

func TestReadCutsVariablesThatContainVariables(t *testing.T) {
	laughs := "https://{v0}"
	text := strings.Replace(headOfBench, "{url: https://a.example}", "{url: '"+laughs+"', variables: {"+
		lines(20, "v%d: {default: '{v%[2]d}{v%[2]d}{v%[2]d}{v%[2]d}'}, ")+"}}", 1) + "paths: {}\n"
	if d := read(t, text, ""); len(d.Servers) != 0 {
		t.Errorf("servers = %.200q, want none", d.Servers)
	}
}

// leaving is the context of a caller that leaves after it was asked for a number of times.
type leaving struct {
	context.Context
	after, asked int
}

func (l *leaving) Err() error {
	if l.asked++; l.asked > l.after {
		return context.Canceled
	}
	return nil
}

func TestReadStopsWhenTheCallerLeaves(t *testing.T) {
	text := []byte(attacks["operations whose schemas form one circle"](2_000))
	whole := &leaving{t.Context(), 1 << 30, 0}
	if _, err := Read(whole, text, ""); err != nil {
		t.Fatalf("Read = %v", err)
	}
	asked := whole.asked
	if asked < 10_000 {
		t.Fatalf("Read asked %d times whether the caller waits, want once a value", asked)
	}
	for after := 0; after < asked; after += asked / 20 {
		gone := &leaving{t.Context(), after, 0}
		if d, err := Read(gone, text, ""); !errors.Is(err, context.Canceled) || d.JSON != nil {
			t.Errorf("Read(left after %d of %d) = %d bytes, %v, want none and canceled", after, asked, len(d.JSON), err)
		}
		if more := gone.asked - after; more > asked/2 {
			t.Errorf("Read went on for %d steps after the caller left", more)
		}
	}
}
