package arrows

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// guide is where people read what mayImport says to this package.
const guide = "CONTRIBUTING.md"

var quotedName = regexp.MustCompile("`([^`]+)`")

// guideTable returns the cells of the rows of the table under a heading of the guide.
func guideTable(t *testing.T, heading string) (rows [][]string) {
	t.Helper()
	_, section, found := strings.Cut(string(text(t, guide)), "\n## "+heading+"\n")
	if !found {
		t.Fatalf("%s has no heading %q", guide, heading)
	}
	section, _, _ = strings.Cut(section, "\n## ")
	for line := range strings.Lines(section) {
		if cells := strings.Split(strings.Trim(line, "| \n"), " | "); strings.HasPrefix(line, "| `") && len(cells) == 2 {
			rows = append(rows, cells)
		}
	}
	return rows
}

// guideNames returns the packages that a cell names, written as in mayImport.
func guideNames(cell string) (names []string) {
	for _, m := range quotedName.FindAllStringSubmatch(cell, -1) {
		top, _, _ := strings.Cut(m[1], "/")
		switch {
		case m[1] == "main":
			names = append(names, ".")
		case slices.Contains([]string{"handlers", "views", "db", "static", "assets", "tests"}, top):
			names = append(names, m[1])
		default:
			names = append(names, "handlers/"+m[1])
		}
	}
	slices.Sort(names)
	return names
}

func TestGuideHasTheTableOfImports(t *testing.T) {
	seen := map[string]bool{}
	for _, row := range guideTable(t, "Who may import whom") {
		allowed := guideNames(row[1])
		for _, name := range guideNames(row[0]) {
			seen[name] = true
			if want := slices.Sorted(slices.Values(mayImport[name])); !slices.Equal(allowed, want) {
				t.Errorf("%s lets %s import %v; mayImport says %v", guide, name, allowed, want)
			}
		}
	}
	for name := range mayImport {
		if !seen[name] {
			t.Errorf("the table of imports in %s has no row for %s", guide, name)
		}
	}
}

func TestGuideListsAllRooms(t *testing.T) {
	var rooms []string
	for _, row := range guideTable(t, "The rooms") {
		for _, name := range guideNames(row[0]) {
			if !strings.HasPrefix(name, "tests/") {
				rooms = append(rooms, name)
			}
		}
	}
	slices.Sort(rooms)
	if want := slices.Sorted(maps.Keys(mayImport)); !slices.Equal(rooms, want) {
		t.Errorf("rooms in %s = %v, want those of mayImport: %v", guide, rooms, want)
	}
}
