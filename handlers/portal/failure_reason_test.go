package portal

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"gatepost/assets"
	"gatepost/views/words"
)

// Every reason that can be kept has words, something to do, and an entry in the docs.
func TestEveryReasonHasWords(t *testing.T) {
	source, err := os.ReadFile("../../db/auth_failure.go")
	if err != nil {
		t.Fatal(err)
	}
	docs, err := assets.FS.ReadFile("docs/errors.md")
	if err != nil {
		t.Fatal(err)
	}
	kinds := regexp.MustCompile(`\tReason\w+\s+= "([a-z_]+)"`).FindAllStringSubmatch(string(source), -1)
	if len(kinds) != len(words.Failures()) {
		t.Errorf("db has %d reasons, words.Failures %d", len(kinds), len(words.Failures()))
	}
	for _, k := range kinds {
		f := words.FailureOf(k[1])
		if f.Kind != k[1] || f.Title == "" || f.What == "" || len(f.Do) == 0 {
			t.Errorf("FailureOf(%s) = %+v, want words for it", k[1], f)
		}
		if !strings.Contains(string(docs), "### "+k[1]+" {#reason-"+k[1]+"}") {
			t.Errorf("docs/errors.md has no entry with the anchor reason-%s", k[1])
		}
	}
}
