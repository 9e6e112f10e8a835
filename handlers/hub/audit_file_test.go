package hub

import "testing"

func TestNoFormula(t *testing.T) {
	for cell, want := range map[string]string{
		"": "", "Ana": "Ana", "=1+1": "'=1+1", "+39": "'+39", "-x": "'-x", "@sum": "'@sum", "\tx": "'\tx", "\rx": "'\rx", "a=b": "a=b", "é": "é",
	} {
		if got := noFormula(cell); got != want {
			t.Errorf("noFormula(%q) = %q, want %q", cell, got, want)
		}
	}
}
