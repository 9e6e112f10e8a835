package arrows

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

const limitTable = "handlers/hub/limit/table.go"

// Every limit of the table is enforced somewhere, and no other package has numbers of its own.
func TestLimitsAreThoseOfTheTable(t *testing.T) {
	ids := regexp.MustCompile(`(?m)^\t(\w+) +ID = "`).FindAllStringSubmatch(string(text(t, limitTable)), -1)
	if len(ids) < 20 {
		t.Fatalf("%s declares %d limits, want all of them", limitTable, len(ids))
	}
	used := map[string]bool{}
	tryLimits := 0
	root := filepath.Join("..", "..")
	err := filepath.WalkDir(filepath.Join(root, "handlers"), func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.SelectorExpr:
				if pkg, ok := n.X.(*ast.Ident); ok && pkg.Name == "limit" {
					used[n.Sel.Name] = true
				}
			case *ast.CompositeLit:
				name := ""
				switch kind := n.Type.(type) {
				case *ast.Ident:
					name = kind.Name
				case *ast.SelectorExpr:
					name = kind.Sel.Name
				}
				if name == "TryLimit" {
					tryLimits++
					ast.Inspect(n, func(n ast.Node) bool {
						if number, ok := n.(*ast.BasicLit); ok && (number.Kind == token.INT || number.Kind == token.FLOAT) {
							t.Errorf("%s has a limit with the number %s, want it in %s", path, number.Value, limitTable)
						}
						return true
					})
				}
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range ids {
		if !used[id[1]] {
			t.Errorf("no rule uses limit.%s, want it enforced or gone", id[1])
		}
	}
	if tryLimits == 0 {
		t.Error("no TryLimit was found, want the one of hub.LimitTries")
	}
}
