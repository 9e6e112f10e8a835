package arrows

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// conformance is the table in which every requirement id is a row.
const conformance = "tests/rfc/README.md"

var (
	requirementID = regexp.MustCompile(`\b[A-Z]{2,3}-[0-9]{2}\b`)
	tableRow      = regexp.MustCompile(`(?m)^\| ([A-Z]{2,3}-[0-9]{2}) \|`)
	provingTest   = regexp.MustCompile("`([a-z]+)\\.((?:Test|Fuzz)[A-Za-z0-9_]+)`")
	testFunc      = regexp.MustCompile(`(?m)^func ((?:Test|Fuzz)[A-Za-z0-9_]+)\(`)
	markdownLink  = regexp.MustCompile(`\]\(([^)#:\s]+)(?:#[^)]*)?\)`)

	// notRequirements look like ids and are names of encodings and checksums.
	notRequirements = []string{"UTF-16", "UTF-32", "CRC-32"}

	// elsewhere are names of notes that are not part of this repository. They are put together here
	// so that this file doesn't mention them itself.
	elsewhere = []string{"BA" + "R ", "se" + "ed 00", "PROD" + "UCT.md"}
)

// text reads a file of the repository, empty when it is deleted but not committed yet.
func text(t *testing.T, file string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(root, file))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	return b
}

func TestEveryRequirementIsInTheTable(t *testing.T) {
	rows := map[string]bool{}
	for _, m := range tableRow.FindAllSubmatch(text(t, conformance), -1) {
		if id := string(m[1]); rows[id] {
			t.Errorf("%s has two rows for %s", conformance, id)
		} else {
			rows[id] = true
		}
	}
	for _, file := range files(t) {
		if !slices.Contains([]string{".go", ".templ", ".txtar", ".md", ".js", ".mjs", ".sql", ".yaml"}, path.Ext(file)) {
			continue
		}
		for _, id := range requirementID.FindAllString(string(text(t, file)), -1) {
			if !rows[id] && !slices.Contains(notRequirements, id) {
				t.Errorf("%s mentions %s, which has no row in %s", file, id, conformance)
			}
		}
	}
}

func TestTestsOfTheTableExist(t *testing.T) {
	folders := map[string][]string{} // of each test
	for _, file := range files(t) {
		if strings.HasSuffix(file, "_test.go") {
			for _, m := range testFunc.FindAllSubmatch(text(t, file), -1) {
				folders[string(m[1])] = append(folders[string(m[1])], path.Dir(file))
			}
		}
	}
	for _, m := range provingTest.FindAllSubmatch(text(t, conformance), -1) {
		pkg, name := string(m[1]), string(m[2])
		if !slices.ContainsFunc(folders[name], func(folder string) bool { return slices.Contains(strings.Split(folder, "/"), pkg) }) {
			t.Errorf("%s names %s.%s; tests of that name are in %v", conformance, pkg, name, folders[name])
		}
	}
}

func TestReferencesLeadSomewhere(t *testing.T) {
	for _, file := range files(t) {
		content := text(t, file)
		for _, name := range elsewhere {
			if bytes.Contains(content, []byte(name)) {
				t.Errorf("%s refers to %q, which is not in the repository", file, name)
			}
		}
		if path.Ext(file) != ".md" || strings.HasPrefix(file, "assets/docs/") {
			continue // the links of the documentation are addresses of the portal
		}
		for _, m := range markdownLink.FindAllSubmatch(content, -1) {
			if _, err := os.Stat(filepath.Join(root, path.Dir(file), string(m[1]))); err != nil {
				t.Errorf("%s links to %s, which is not there", file, m[1])
			}
		}
	}
}

var (
	asvsSource = regexp.MustCompile(`ASVS ([0-9., to]+)`)
	asvsNumber = regexp.MustCompile(`\b((?:[6-9]|10)\.[0-9]+)\.([0-9]+)(?: to (?:[6-9]|10)\.[0-9]+\.([0-9]+))?`)
	rowSource  = regexp.MustCompile(`(?m)^\| ([A-Z]{2,3}-[0-9]{2}) \|.* \| ([^|]*) \| (?:MUST|SHOULD|EXTRA) \|`)
	indexLine  = regexp.MustCompile(`(?m)^\| ([0-9]+\.[0-9]+\.[0-9]+) \| L[1-3] \| (.*) \|$`)
)

// Whoever looks a requirement of ASVS up in the index finds every row that names it as its source.
func TestIndexLeadsToEveryRow(t *testing.T) {
	table := text(t, conformance)
	index := map[string]string{}
	for _, m := range indexLine.FindAllSubmatch(table, -1) {
		index[string(m[1])] = string(m[2])
	}
	if len(index) != 122 {
		t.Errorf("the index has %d requirements, want the 122 of chapters 6 to 10", len(index))
	}
	for _, row := range rowSource.FindAllSubmatch(table, -1) {
		for _, source := range asvsSource.FindAll(row[2], -1) {
			for _, m := range asvsNumber.FindAllSubmatch(source, -1) {
				first, _ := strconv.Atoi(string(m[2]))
				last, err := strconv.Atoi(string(m[3]))
				if err != nil {
					last = first
				}
				for n := first; n <= last; n++ {
					if number := string(m[1]) + "." + strconv.Itoa(n); !strings.Contains(index[number], string(row[1])) {
						t.Errorf("%s names ASVS %s, whose line of the index is %q", row[1], number, index[number])
					}
				}
			}
		}
	}
}
