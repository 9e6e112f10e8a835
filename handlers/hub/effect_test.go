package hub

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strings"
	"testing"
)

// An action that nobody has thought about must not pass without a proof.
func TestEveryActionSaysWhatItDemands(t *testing.T) {
	t.Parallel()
	file, err := parser.ParseFile(token.NewFileSet(), "audit.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	actions := map[string]bool{} // by their text
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || len(spec.Names) != 1 || !strings.HasPrefix(spec.Names[0].Name, "Action") || len(spec.Values) != 1 {
			return true
		}
		text := strings.Trim(spec.Values[0].(*ast.BasicLit).Value, `"`)
		actions[text] = true
		if _, ok := demands[Action(text)]; !ok {
			t.Errorf("%s has no line in the table of demands", spec.Names[0].Name)
		}
		return true
	})
	if len(actions) < 90 {
		t.Fatalf("audit.go has %d actions, want all of them", len(actions))
	}
	for effect := range demands {
		if !actions[string(effect)] && !strings.HasPrefix(string(effect), "effect.") {
			t.Errorf("the table of demands has %q, which is no action", effect)
		}
	}
}
