package secret

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// What /docs/security tells scanners to look for is the table of kinds, no more and no less.
func TestSecurityPageListsEveryKindOfCredential(t *testing.T) {
	text, err := os.ReadFile("../../assets/docs/security.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range Kinds {
		if row := fmt.Sprintf("| `%s` | %s | `%s` | %s |\n", k.Prefix, k.Name, k.Pattern(), k.Lives); !strings.Contains(string(text), row) {
			t.Errorf("docs/security.md lacks the row %s", row)
		}
	}
	if got := strings.Count(string(text), "\n| `gp"); got != len(Kinds) {
		t.Errorf("docs/security.md lists %d prefixes, want %d", got, len(Kinds))
	}
}
