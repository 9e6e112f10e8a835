package static

import (
	"io/fs"
	"strings"
	"testing"
)

// What a browser loads of ours, before compression: all files that are served count, whether a page loads them or not.
var budget = map[string]int{".css": 35_000, ".js": 20_500}

func TestStylesAndScriptsStayInTheirBudget(t *testing.T) {
	for suffix, most := range budget {
		names, err := fs.Glob(FS, "*"+suffix)
		if err != nil || len(names) == 0 {
			t.Fatalf("Glob(*%s) = %v, %v, want files", suffix, names, err)
		}
		sum := 0
		for _, name := range names {
			body, err := FS.ReadFile(name)
			if err != nil {
				t.Fatalf("ReadFile(%s) = %v, want no error", name, err)
			}
			t.Logf("%6d %s", len(body), name)
			sum += len(body)
		}
		if sum > most {
			t.Errorf("bytes of all *%s = %d, want at most %d", suffix, sum, most)
		}
	}
}

// The budget is kept by saying less, not by squeezing what is said into one line.
func TestSourcesAreReadable(t *testing.T) {
	for _, pattern := range []string{"*.css", "css/*.css", "*.js"} {
		names, err := fs.Glob(sources, pattern)
		if err != nil {
			t.Fatalf("Glob(%s) = %v, want no error", pattern, err)
		}
		for _, name := range names {
			body, err := sources.ReadFile(name)
			if err != nil {
				t.Fatalf("ReadFile(%s) = %v, want no error", name, err)
			}
			for i, line := range strings.Split(string(body), "\n") {
				if len(line) > 420 {
					t.Errorf("%s:%d: length of the line = %d, want at most 420", name, i+1, len(line))
				}
			}
		}
	}
}

// What is served leaves indentation out, which only a string over several lines would notice.
func TestNoStringGoesOverLines(t *testing.T) {
	names, err := fs.Glob(sources, "*.js")
	if err != nil {
		t.Fatalf("Glob(*.js) = %v, want no error", err)
	}
	for _, name := range names {
		body, err := sources.ReadFile(name)
		if err != nil {
			t.Fatalf("ReadFile(%s) = %v, want no error", name, err)
		}
		for i, line := range strings.Split(string(body), "\n") {
			if n := strings.Count(line, "`"); n%2 != 0 {
				t.Errorf("%s:%d: backquotes in the line = %d, want an even number", name, i+1, n)
			}
		}
	}
}
