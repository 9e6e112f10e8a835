package portal

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"gatepost/assets"
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
	if len(kinds) != len(failureKinds) {
		t.Errorf("db has %d reasons, failureKinds %d", len(kinds), len(failureKinds))
	}
	for _, k := range kinds {
		words := wordsOf(k[1])
		if words.kind != k[1] || words.title == "" || words.what == "" || len(words.do) == 0 {
			t.Errorf("wordsOf(%s) = %+v, want words for it", k[1], words)
		}
		if !strings.Contains(string(docs), "### "+k[1]+" {#reason-"+k[1]+"}") {
			t.Errorf("docs/errors.md has no entry with the anchor reason-%s", k[1])
		}
	}
}
