package arrows

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const module = "gatepost"

// mayImport is the table of the house. An entry that ends in /... means a folder and all
// below it. A package that is not here has no room in the house yet.
var mayImport = map[string][]string{
	".":                      {"handlers", "handlers/setup", "handlers/cli", "static"},
	"handlers":               {"handlers/...", "views/...", "db", "static", "assets"},
	"handlers/web":           {"handlers/hub", "handlers/hub/limit", "handlers/hub/account", "handlers/hub/team", "handlers/secret", "db", "views/..."},
	"handlers/portal":        append([]string{"handlers/apidoc"}, audience...),
	"handlers/oauth":         append([]string{"handlers/oauth/dialect"}, audience...),
	"handlers/api":           append([]string{"handlers/apidoc"}, audience...),
	"handlers/setup":         {"handlers/hub", "handlers/hub/...", "handlers/secret", "handlers/mail", "db", "assets"},
	"handlers/cli":           append([]string{"handlers/setup"}, audience...),
	"handlers/oauth/dialect": {"handlers/oauth/grant"},
	"handlers/oauth/grant":   {"handlers/hub", "handlers/hub/limit", "handlers/keys", "handlers/redirect", "handlers/secret", "db"},
	"handlers/hub":           {"handlers/hub/limit", "handlers/mail", "handlers/secret", "handlers/sheet", "db", "views/mail", "views/words"},
	"handlers/hub/account":   append([]string{"handlers/hub/team"}, room...),
	"handlers/hub/team":      room,
	"handlers/hub/app":       append([]string{"handlers/hub/team", "handlers/keys", "handlers/redirect"}, room...),
	"handlers/hub/device":    room,
	"handlers/hub/catalogue": append([]string{"handlers/keys"}, room...),
	"handlers/hub/limit":     {"db"},
	"handlers/hub/hubtest":   append([]string{"handlers/hub/...", "handlers/mail"}, room...),
	"handlers/keys":          {"handlers/secret", "db"},
	"handlers/redirect":      {},
	"handlers/secret":        {},
	"handlers/sheet":         {},
	"handlers/fetch":         {},
	"handlers/apidoc":        {},
	"handlers/mail":          {"views/mail"},
	"views/layout":           {"views/..."},
	"views/ui":               {"views/..."},
	"views/pages":            {"views/..."},
	"views/playground":       {"views/..."},
	"views/mail":             {"views/..."},
	"views/words":            {},
	"db":                     {},
	"static":                 {},
	"assets":                 {},
}

var (
	// audience: who answers people, clients, programs and shells; never each other.
	audience = []string{"handlers/web", "handlers/hub", "handlers/hub/...", "handlers/oauth/grant", "handlers/keys", "handlers/redirect",
		"handlers/secret", "handlers/sheet", "handlers/mail", "views/...", "db", "assets"}
	// room: every room of hub builds on the core; which rooms use others is in the table.
	room = []string{"handlers/hub", "handlers/hub/limit", "handlers/secret", "handlers/sheet", "db", "views/mail", "views/words"}
)

// mayNotImport is what a folder keeps out, of any module.
var mayNotImport = map[string][]string{
	"handlers/hub":           {"net/http", "database/sql"},
	"handlers/hub/account":   {"net/http", "database/sql"},
	"handlers/hub/team":      {"net/http", "database/sql"},
	"handlers/hub/app":       {"net/http", "database/sql"},
	"handlers/hub/device":    {"net/http", "database/sql"},
	"handlers/hub/catalogue": {"net/http", "database/sql"},
	"handlers/hub/limit":     {"net/http", "database/sql"},
	"handlers/oauth/grant":   {"net/http", "database/sql"},
	"handlers/keys":          {"net/http", "database/sql"},
	"handlers/secret":        {"net/http", "database/sql"},
	"handlers/web":           {"database/sql"},
	"handlers/portal":        {"database/sql"},
	"handlers/api":           {"database/sql"},
	"handlers/cli":           {"database/sql"},
	"views/pages":            {"net/http", "database/sql"},
	"views/ui":               {"net/http", "database/sql"},
	"db":                     {"net/http"},
}

// joseOnly is the one package that may use the JOSE library.
const joseOnly = "handlers/keys"

type goPackage struct {
	ImportPath string
	Doc        string
	Imports    []string
}

func TestImportsFollowTheArrows(t *testing.T) {
	for _, p := range goPackages(t) {
		name := local(p.ImportPath)
		if strings.HasPrefix(name, "tests/") {
			continue // a test may import what it tests
		}
		allowed, known := mayImport[name]
		if !known {
			t.Errorf("package %s has no line in the table of the house", name)
		}
		for _, imported := range p.Imports {
			if ours := local(imported); ours != imported && !allows(allowed, ours) {
				t.Errorf("%s imports %s; it may import only %v", name, ours, allowed)
			}
			if slices.Contains(mayNotImport[name], imported) {
				t.Errorf("%s imports %s, which it keeps out", name, imported)
			}
			if strings.HasPrefix(imported, "github.com/go-jose/") && name != joseOnly {
				t.Errorf("%s imports %s; only %s may", name, imported, joseOnly)
			}
		}
	}
}

func TestEveryPackageSaysWhatItOwns(t *testing.T) {
	for _, p := range goPackages(t) {
		if p.Doc == "" {
			t.Errorf("package %s has no doc comment", p.ImportPath)
		}
	}
}

func TestTopLevelIsFixed(t *testing.T) {
	fixed := []string{"go.mod", "go.sum", "main.go", "handlers", "views", "static", "db", "assets", "tests", "Makefile",
		"README.md", "CONTRIBUTING.md", "SECURITY.md", "LICENSE", "CHANGELOG.md", "Dockerfile", ".dockerignore", ".gitignore", ".gitattributes", ".editorconfig", ".ci"}
	for _, file := range files(t) {
		if top, _, _ := strings.Cut(file, "/"); !slices.Contains(fixed, top) {
			t.Errorf("%s is at the top level, where only %v may", top, fixed)
		}
	}
}

func TestNoFileIsLong(t *testing.T) {
	const limit = 300
	tables := []string{"handlers/routes.go"} // data, and better to read whole
	for _, file := range files(t) {
		if !slices.Contains([]string{".go", ".templ", ".js", ".css"}, path.Ext(file)) || strings.HasSuffix(file, "_templ.go") || slices.Contains(tables, file) {
			continue
		}
		text, err := os.ReadFile(filepath.Join(root, file))
		if errors.Is(err, os.ErrNotExist) {
			continue // deleted, and not committed yet
		}
		if err != nil {
			t.Fatal(err)
		}
		if n := bytes.Count(text, []byte("\n")); n > limit {
			t.Errorf("%s has %d lines, more than %d: is it two nouns in one?", file, n, limit)
		}
	}
}

// root is the repository's root, seen from this package.
const root = "../.."

func goPackages(t *testing.T) []goPackage {
	t.Helper()
	cmd := exec.Command("go", "list", "-e", "-json=ImportPath,Doc,Imports", "./...")
	cmd.Dir, cmd.Stderr = root, os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var list []goPackage
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var p goPackage
		switch err := dec.Decode(&p); {
		case errors.Is(err, io.EOF):
			return list
		case err != nil:
			t.Fatalf("go list: %v", err)
		}
		list = append(list, p)
	}
}

// files lists what git knows or would add; outside of a git repository, everything.
func files(t *testing.T) []string {
	t.Helper()
	cmd := exec.Command("git", "ls-files", "-co", "--exclude-standard")
	cmd.Dir = root
	if out, err := cmd.Output(); err == nil {
		return strings.Fields(string(out))
	}
	var list []string
	err := filepath.WalkDir(root, func(file string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() && !strings.Contains(file, "node_modules") {
			name, _ := filepath.Rel(root, file)
			list = append(list, filepath.ToSlash(name))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// local is an import path without our module's name ("." for the root), or unchanged when
// it is not ours.
func local(importPath string) string {
	if importPath == module {
		return "."
	}
	return strings.TrimPrefix(importPath, module+"/")
}

func allows(list []string, name string) bool {
	return slices.ContainsFunc(list, func(entry string) bool {
		folder, all := strings.CutSuffix(entry, "/...")
		return entry == name || all && strings.HasPrefix(name, folder+"/")
	})
}
