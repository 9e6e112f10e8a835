package words_test

import (
	"slices"
	"testing"
	"time"

	"gatepost/views/words"
)

const day = 24 * time.Hour

func TestSpan(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0 s", 400 * time.Millisecond: "0 s", 14 * time.Second: "14 s", -14 * time.Second: "14 s",
		59*time.Second + 400*time.Millisecond: "59 s", 59*time.Second + 600*time.Millisecond: "1 min",
		89 * time.Second: "1 min", 90 * time.Second: "2 min", 59*time.Minute + 40*time.Second: "1 h",
		23*time.Hour + 59*time.Minute + 58*time.Second: "24 h", 47*time.Hour + 20*time.Minute: "47 h", 47*time.Hour + 40*time.Minute: "2 d",
		60 * time.Hour: "3 d", 71 * time.Hour: "3 d", 14*day - time.Minute: "14 d", 729 * day: "729 d", 800 * day: "2 y",
	} {
		if got := words.Span(d); got != want {
			t.Errorf("Span(%s) = %q, want %q", d, got, want)
		}
	}
}

func TestRelative(t *testing.T) {
	now := time.Unix(1_000_000_000, 0)
	for d, want := range map[time.Duration]string{
		0: "now", 900 * time.Millisecond: "now", -900 * time.Millisecond: "now", -14 * time.Second: "14 s ago",
		day - time.Second: "in 24 h", -5 * time.Hour: "5 h ago", 3 * day: "in 3 d", -41 * day: "41 d ago",
		3 * time.Minute: "in 3 min", 71 * time.Hour: "in 3 d", -800 * day: "2 y ago",
	} {
		if got := words.Relative(now.Add(d), now); got != want {
			t.Errorf("Relative(%s) = %q, want %q", d, got, want)
		}
	}
	for d, want := range map[time.Duration]string{0: "just now", -time.Minute: "just now", time.Minute: "1 min ago"} {
		if got := words.Ago(d); got != want {
			t.Errorf("Ago(%s) = %q, want %q", d, got, want)
		}
	}
	for d, want := range map[time.Duration]string{0: "now", -time.Minute: "now", time.Hour: "in 1 h"} {
		if got := words.In(d); got != want {
			t.Errorf("In(%s) = %q, want %q", d, got, want)
		}
	}
	if got, want := words.Exact(now), "9 Sep 2001 01:46:40 UTC"; got != want {
		t.Errorf("Exact() = %q, want %q", got, want)
	}
}

func TestLifetime(t *testing.T) {
	for d, want := range map[time.Duration]string{
		time.Second: "1 second", 30 * time.Second: "30 seconds", time.Minute: "1 minute", 90 * time.Second: "90 seconds",
		61 * time.Second: "61 seconds", 90 * time.Minute: "90 minutes", time.Hour: "1 hour", 2 * time.Hour: "2 hours", day: "24 hours", 2 * day: "2 days", 36 * time.Hour: "36 hours", 90 * day: "90 days",
	} {
		if got := words.Lifetime(d); got != want {
			t.Errorf("Lifetime(%s) = %q, want %q", d, got, want)
		}
	}
}

// Whoever comes back after the wait is not too early.
func TestWaitIsRoundedUp(t *testing.T) {
	for d, want := range map[time.Duration]string{
		time.Millisecond: "1 second", 30 * time.Second: "30 seconds", 90 * time.Second: "90 seconds", 91 * time.Second: "2 minutes",
		15 * time.Minute: "15 minutes", 90 * time.Minute: "90 minutes", 90*time.Minute + time.Second: "2 hours",
	} {
		if got := words.Wait(d); got != want {
			t.Errorf("Wait(%s) = %q, want %q", d, got, want)
		}
	}
}

func TestCount(t *testing.T) {
	for n, want := range map[int]string{0: "0 tokens", 1: "1 token", 2: "2 tokens", 1234: "1,234 tokens"} {
		if got := words.Count(n, "token", "tokens"); got != want {
			t.Errorf("Count(%d) = %q, want %q", n, got, want)
		}
	}
	for n, want := range map[int]string{0: "0", 999: "999", 1000: "1,000", -1000: "-1,000", -100: "-100", 1_234_567: "1,234,567"} {
		if got := words.Number(n); got != want {
			t.Errorf("Number(%d) = %q, want %q", n, got, want)
		}
	}
}

func TestVerdictText(t *testing.T) {
	for want, v := range map[string]words.Verdict{
		"refused by a drill for another 3 min":                                                                          {Kind: words.VerdictDrilling, Left: 3 * time.Minute},
		"made for the playground, expires automatically in 1 h":                                                         {Kind: words.VerdictPlayground, Left: time.Hour},
		"safe to retire: the app authenticates with its keys, and no secret of it is accepted":                          {Kind: words.VerdictSafe, ByKeys: true},
		"safe to retire: never used since it was made 20 d ago":                                                         {Kind: words.VerdictSafe, Age: 20 * day},
		"safe to retire: unused for 14 d":                                                                               {Kind: words.VerdictSafe, Used: true, Unused: 14 * day},
		"safe to retire: its 2 callers use a newer secret now, unused for 3 h":                                          {Kind: words.VerdictSafe, Used: true, Unused: 3 * time.Hour, Moved: 2},
		"its only caller uses a newer secret now, last 10 min ago: wait another 50 min, a token's lifetime, to be sure": {Kind: words.VerdictMoving, Unused: 10 * time.Minute, Left: 50 * time.Minute, Moved: 1},
		"never used yet, made 3 min ago":                                                                                {Kind: words.VerdictNeverUsed, Age: 3 * time.Minute},
		"never used yet, made 20 d ago: put it in place before ..k3f9, which is in use, expires in 10 d":                {Kind: words.VerdictNeverUsed, Age: 20 * day, OlderHint: "k3f9", OlderUnused: time.Minute, OlderLeft: 10 * day},
		"unused for 18 d: put it in place before ..k3f9, which was used 6 d ago, expires in 10 d":                       {Kind: words.VerdictQuiet, Unused: 18 * day, OlderHint: "k3f9", OlderUnused: 6 * day, OlderLeft: 10 * day},
		"unused for 6 d, by 1 caller until then: several; a drill shows whether anything still needs it":                {Kind: words.VerdictQuiet, Unused: 6 * day, Callers: 1},
		"the app's only live secret, never used yet: rotate it, don't revoke it":                                        {Kind: words.VerdictOnlyOne},
		"the app's only live secret, unused for 2 d: rotate it, don't revoke it":                                        {Kind: words.VerdictOnlyOne, Used: true, Unused: 48 * time.Hour, Callers: 1},
		"the app's only live secret, used by 2 callers, last 14 s ago: rotate it, don't revoke it":                      {Kind: words.VerdictOnlyOne, Used: true, Unused: 14 * time.Second, Callers: 2, CallerIdle: 14 * time.Second},
		"1 caller still uses it: 203.0.113.9 (cron), last 1 h ago; 1 has moved to a newer one":                          {Kind: words.VerdictInUse, Callers: 1, CallerAddress: "203.0.113.9", CallerAgent: "cron", CallerIdle: time.Hour, Moved: 1},
		"2 callers still use it: 203.0.113.9, last 14 s ago; 2 have moved to a newer one":                               {Kind: words.VerdictInUse, Callers: 2, CallerAddress: "203.0.113.9", CallerIdle: 14 * time.Second, Moved: 2},
	} {
		if got := v.Text(); got != want {
			t.Errorf("%+v.Text() = %q, want %q", v, got, want)
		}
	}
}

func TestViolationText(t *testing.T) {
	for want, v := range map[string]words.Violation{
		"The secret ..k3f9 of Sync is 100 d old; the team's rule is 90 days at most.":   {Kind: words.ViolationSecretAge, Hint: "k3f9", Of: "Sync", Length: 100 * day, MaxDays: 90},
		"The API token ..p2q1 of Ana lives 30 d; the team's rule is 1 day at most.":     {Kind: words.ViolationTokenLife, Hint: "p2q1", Of: "Ana", Length: 30 * day, MaxDays: 1},
		"The API token ..p2q1 of Ana never expires; the team's rule is 7 days at most.": {Kind: words.ViolationTokenLife, Hint: "p2q1", Of: "Ana", MaxDays: 7},
	} {
		if got := v.Text(); got != want {
			t.Errorf("%+v.Text() = %q, want %q", v, got, want)
		}
	}
}

func TestRefusedText(t *testing.T) {
	now := time.Unix(1_000_000_000, 0)
	for want, r := range map[string]words.Refused{
		"revoked secret ..k3f9, retired 3 d ago by Ana": {Reason: "secret_revoked", Hint: "k3f9", Revoked: now.Add(-3 * day), RevokedBy: "Ana"},
		"secret ..k3f9 expired 24 h ago":                {Reason: "secret_expired", Hint: "k3f9", Expires: now.Add(-day)},
		"The secret has expired.":                       {Reason: "secret_expired", Hint: "k3f9", Expires: now.Add(day), Detail: "The secret has expired."},
		"secret ..k3f9 was refused by a brownout drill": {Reason: "drill", Hint: "k3f9"},
		"A trailing newline in the secret":              {Reason: "secret_whitespace", Hint: "k3f9", Detail: "A trailing newline in the secret"},
		"Revoked, and nobody knows which.":              {Reason: "secret_revoked", Detail: "Revoked, and nobody knows which."},
	} {
		if got := r.Text(now); got != want {
			t.Errorf("%+v.Text() = %q, want %q", r, got, want)
		}
	}
}

func TestAction(t *testing.T) {
	for action, want := range map[string][2]string{
		"secret.rotated": {"rotated the secret of", ""}, "profile.changed": {"changed their profile", ""}, "app.deleted": {"deleted the app", "bad"}, "new.kind": {"new.kind", ""},
	} {
		if did, tone := words.Action(action); did != want[0] || tone != want[1] {
			t.Errorf("Action(%s) = %q, %q, want %q", action, did, tone, want)
		}
	}
	if list := words.Actions(); !slices.IsSorted(list) || !slices.Contains(list, "sign_in") {
		t.Errorf("Actions() = %v, want all in order", list)
	}
}

func TestFailureOf(t *testing.T) {
	if got := words.FailureOf("secret_revoked"); got.Title != "Revoked secret" || got.At != words.AtSecrets || len(got.Do) == 0 {
		t.Errorf("FailureOf(secret_revoked) = %+v, want a revoked secret", got)
	}
	if got := words.FailureOf("new_kind"); got.Kind != "other" {
		t.Errorf("FailureOf of an unknown kind = %s, want other", got.Kind)
	}
}

func TestLastUse(t *testing.T) {
	now := time.Unix(1_000_000_000, 0)
	for want, got := range map[string]string{
		"never used":         words.LastUse(time.Time{}, "203.0.113.9", "curl/8.5", now),
		"last used 14 s ago": words.LastUse(now.Add(-14*time.Second), "", "", now),
		"last used 14 s ago from 203.0.113.9 (curl/8.5)": words.LastUse(now.Add(-14*time.Second), "203.0.113.9", "curl/8.5", now),
	} {
		if got != want {
			t.Errorf("LastUse() = %q, want %q", got, want)
		}
	}
}

func TestExpiry(t *testing.T) {
	for want, e := range map[string]words.Expiry{
		"Secret …k3f9 of Sync expires":                                     {App: "Sync", Hint: "k3f9"},
		"Secret …k3f9, production, of Sync reaches the team's maximum age": {App: "Sync", Hint: "k3f9", Label: "production", Rule: true},
	} {
		if got := e.Summary(); got != want || e.Advice() == "" {
			t.Errorf("%+v.Summary() = %q, want %q", e, got, want)
		}
	}
}

func TestEllipsis(t *testing.T) {
	if got, want := words.Ellipsis("revoked secret ..k3f9, retired 3 d ago"), "revoked secret …k3f9, retired 3 d ago"; got != want {
		t.Errorf("Ellipsis() = %q, want %q", got, want)
	}
}

func TestCapital(t *testing.T) {
	for text, want := range map[string]string{"": "", "unused for 3 d": "Unused for 3 d", "PKCE": "PKCE", "à la carte": "À la carte", "3 d": "3 d"} {
		if got := words.Capital(text); got != want {
			t.Errorf("Capital(%q) = %q, want %q", text, got, want)
		}
	}
}

func TestAdminsCan(t *testing.T) {
	for want, names := range map[string][]string{
		"An owner of the portal can invite people.":                 nil,
		"Ana, admin of the team, can invite people.":                {"Ana"},
		"Ana or Bea, admins of the team, can invite people.":        {"Ana", "Bea"},
		"Ana, Bea or Carlo, admins of the team, can invite people.": {"Ana", "Bea", "Carlo"},
	} {
		if got := words.AdminsCan(names, "invite people"); got != want {
			t.Errorf("AdminsCan(%q) = %q, want %q", names, got, want)
		}
	}
}
