package secret

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

func TestEveryKindOfCredentialHasAPrefixOfItsOwn(t *testing.T) {
	seen := map[string]string{}
	for _, k := range Kinds {
		if !regexp.MustCompile(`^gp[a-z]_$`).MatchString(k.Prefix) || k.Name == "" || k.Lives == "" {
			t.Errorf("kind %+v, want a prefix such as gpx_, a name and how long it lives", k)
		}
		if other, taken := seen[k.Prefix]; taken {
			t.Errorf("%s starts with %s, as does %s, want a prefix of its own", k.Name, k.Prefix, other)
		}
		seen[k.Prefix] = k.Name
	}
}

func TestKindIsToldByTheWholeForm(t *testing.T) {
	secretOf, _ := NewMinter(NewKeyring(Key{1})).New(client)
	code, _ := NewChecked(AuthorizationCode)
	feed, _ := NewToken(CalendarAddress)
	oldFeed, _ := NewToken(AuthorizationCode)
	for presented, want := range map[string]string{secretOf: Prefix, code: AuthorizationCode, feed: CalendarAddress, oldFeed: CalendarAddress} {
		k, ok := KindOf(presented)
		if !ok || k.Prefix != want || !WellFormed(want, presented) {
			t.Errorf("KindOf(%s..) = %s, %t, want %s", presented[:4], k.Prefix, ok, want)
		}
		if k.Former == "" && !regexp.MustCompile("^"+k.Pattern()+"$").MatchString(presented) {
			t.Errorf("a new %s doesn't match %s", k.Name, k.Pattern())
		}
	}
	for _, presented := range []string{"", "gpf_", feed[:46], feed + "a", feed[:46] + "-", "gpx_" + feed[4:], code[:52] + "!"} {
		if k, ok := KindOf(presented); ok {
			t.Errorf("KindOf(%q) = %s, want none", presented, k.Prefix)
		}
	}
}

// What scanners are told to look for is what the table says.
func TestPublishedPatternsAreThoseOfTheTable(t *testing.T) {
	for file, prefix := range map[string]string{"secrets": Prefix, "personal-tokens": PersonalToken} {
		text, err := os.ReadFile("../../assets/docs/" + file + ".md")
		if err != nil {
			t.Fatal(err)
		}
		for _, k := range Kinds {
			if k.Prefix == prefix && !strings.Contains(string(text), "\n"+k.Pattern()+"\n") {
				t.Errorf("docs/%s.md doesn't publish %s", file, k.Pattern())
			}
		}
	}
}

func TestCredentialsNeverReachALogWhole(t *testing.T) {
	for _, k := range Kinds {
		plain, _ := NewToken(k.Prefix)
		for _, around := range []string{"%", "https://portal.example/x/%", "https%3A%2F%2Fportal.example%2F%", `{"a":"%"}`, "x=%&y=1", "cut: %"} {
			text := Scrub(strings.ReplaceAll(around, "%", plain))
			if strings.Contains(text, plain[4:12]) || !strings.Contains(text, k.Prefix+"…") {
				t.Errorf("Scrub(%s with a %s) = %q, want the prefix alone", around, k.Name, text)
			}
		}
	}
	if got, want := Scrub("mail server said 550 no gp_ such user"), "mail server said 550 no gp_ such user"; got != want {
		t.Errorf("Scrub = %q, want %q", got, want)
	}
}
