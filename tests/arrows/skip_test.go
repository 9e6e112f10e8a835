package arrows

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// maySkip are the files whose tests can be skipped: under -short, which only make check uses, or
// (tests/verify) on a machine without a JDK or PyJWT, which fails where the environment has CI.
var maySkip = []string{"tests/contract/contract_test.go", "tests/testapp/postgres.go", "tests/verify/issuer_test.go"}

var skips = regexp.MustCompile(`\b[tb]\.Skip(f|Now)?\(`)

// A test that skips itself looks like one that passed. CI's full run skips none.
func TestNoTestSkipsItself(t *testing.T) {
	var found []string
	for _, file := range files(t) {
		if !strings.HasSuffix(file, ".go") {
			continue
		}
		text, err := os.ReadFile(filepath.Join(root, file))
		if err == nil && skips.Match(text) {
			found = append(found, file)
		}
	}
	slices.Sort(found)
	if !slices.Equal(found, maySkip) {
		t.Errorf("files that skip tests = %v, want %v", found, maySkip)
	}
}
