package portal

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"

	"gatepost/views/words"
)

// recorded finds the actions that the rule packages write down.
var recorded = regexp.MustCompile(`(?:Action = |action :?= (?:[^\n]*, )?|Action: +|auditEvent\([^"\n]*)"([a-z_]+(?:\.[a-z_]+)*)"`)

// Every kind of audit event has words: the log and its filter show no bare names.
func TestEveryActionHasWords(t *testing.T) {
	found := 0
	for _, folder := range []string{"../hub", "../oauth/grant"} {
		files, err := filepath.Glob(filepath.Join(folder, "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			if matched, _ := filepath.Match("*_test.go", filepath.Base(file)); matched {
				continue
			}
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range recorded.FindAllStringSubmatch(string(text), -1) {
				found++
				if !slices.Contains(words.Actions(), m[1]) {
					t.Errorf("%s records %q, which has no words", file, m[1])
				}
			}
		}
	}
	if found < 60 {
		t.Errorf("%d actions were found, want all of them: is the pattern still right?", found)
	}
}

func TestEveryKindIsInOneGroup(t *testing.T) {
	seen := map[string]int{}
	for i := range auditGroups {
		for _, action := range actionsOf(i) {
			seen[action]++
		}
	}
	for _, action := range words.Actions() {
		if seen[action] != 1 {
			t.Errorf("%q is in %d groups, want one", action, seen[action])
		}
	}
	if got := auditGroups[actionGroup("secret.rotated")].slug; got != "secrets" {
		t.Errorf("actionGroup(secret.rotated) = %s, want secrets", got)
	}
}

func TestAgentName(t *testing.T) {
	for agent, want := range map[string]string{
		"": "", "curl/8.5.0": "curl/8.5.0", "Apache-HttpClient/4.5 (Java/17)": "Apache-HttpClient/4.5", "Go http package": "Go http package",
		"Ward dashboard (ward 3)": "Ward dashboard", "a program with quite a long name that tells much": "a program with quite a long name that te…",
		"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36": "Chrome on Linux",
	} {
		if got := agentName(agent); got != want {
			t.Errorf("agentName(%q) = %q, want %q", agent, got, want)
		}
	}
}
