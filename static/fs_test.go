package static

import (
	"bytes"
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// A part that is left out of the list would be missing from every page.
func TestTheSheetHasAllItsParts(t *testing.T) {
	files, err := fs.Glob(sources, "css/*")
	if err != nil {
		t.Fatalf("Glob(css/*) = %v, want no error", err)
	}
	slices.Sort(files)
	if parts := slices.Sorted(slices.Values(sheetParts)); !slices.Equal(files, parts) {
		t.Fatalf("files in css = %v, want the parts of the sheet: %v", files, parts)
	}
	sheet, err := FS.ReadFile("app.css")
	if err != nil {
		t.Fatalf("ReadFile(app.css) = %v, want no error", err)
	}
	rest := sheet
	for _, part := range sheetParts {
		var found bool
		if rest, found = bytes.CutPrefix(rest, source(part)); !found {
			t.Fatalf("app.css has no %s at its place", part)
		}
	}
	if len(rest) > 0 {
		t.Errorf("app.css ends with %q, which is of no part", rest)
	}
	if first := "@layer reset, tokens, base, layout, ui, pages, util;\n"; !bytes.HasPrefix(sheet, []byte(first)) {
		t.Errorf("app.css begins with %.60q, want the order of the layers, %q", sheet, first)
	}
	for _, layer := range []string{"tokens", "reset", "base", "layout", "ui", "pages", "util"} {
		if n := bytes.Count(sheet, []byte("@layer "+layer+" {")); n != 1 {
			t.Errorf("blocks of the layer %s = %d, want 1", layer, n)
		}
	}
	if opened, closed := bytes.Count(sheet, []byte("{")), bytes.Count(sheet, []byte("}")); opened != closed {
		t.Errorf("braces opened in app.css = %d, closed = %d, want the same", opened, closed)
	}
}

// The parts are served as the one sheet only.
func TestPartsAreNotServed(t *testing.T) {
	for name := range FS {
		if strings.Contains(name, "/") {
			t.Errorf("%s is served, want no folder", name)
		}
	}
}

// A colour is a token: changing it, or giving it a dark side, is done in one place.
func TestColoursAreTokens(t *testing.T) {
	colour := regexp.MustCompile(`\b(?:oklch|oklab|rgba?|hsla?)\(|:[^;{}]*#[0-9a-fA-F]{3,8}\b`)
	for _, pattern := range []string{"*.css", "css/*.css"} {
		names, err := fs.Glob(sources, pattern)
		if err != nil {
			t.Fatalf("Glob(%s) = %v, want no error", pattern, err)
		}
		for _, name := range names {
			if name == "css/tokens.css" {
				continue
			}
			for i, line := range strings.Split(string(source(name)), "\n") {
				if found := colour.FindString(line); found != "" {
					t.Errorf("%s, line %d as served: %q is a colour, want a token of css/tokens.css", name, i+1, found)
				}
			}
		}
	}
}
