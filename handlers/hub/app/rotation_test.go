package app_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/handlers/hub/app"
	"gatepost/handlers/hub/hubtest"
	"gatepost/views/words"
)

// used records a use of a secret some time ago.
func (f *fixture) used(clientID, secretID, address, agent string, ago time.Duration) {
	f.DB.NoteUse(clientID, secretID, db.Caller{Address: address, UserAgent: agent}, f.Clock.Now().Add(-ago))
}

func TestVerdicts(t *testing.T) {
	const old, fresh = "old", "fresh"
	type use struct {
		secret, agent string
		ago           time.Duration
	}
	for _, c := range []struct {
		name   string
		age    time.Duration // of the old secret
		window time.Duration // how long the old one stays valid; 0: there is no new one
		uses   []use
		kind   string // of the old one
		text   string
		freshs string // of the new one, a part
	}{
		{name: "two callers", age: 90 * hubtest.Day, window: 7 * hubtest.Day, uses: []use{{old, "curl/8.5", 14 * time.Second}, {old, "cron", time.Hour}},
			kind: app.VerdictInUse, text: "2 callers still use it: 203.0.113.9 (curl/8.5), last 14 s ago",
			freshs: "put it in place before"},
		{name: "one of them moved", age: 90 * hubtest.Day, window: 7 * hubtest.Day,
			uses: []use{{old, "curl/8.5", time.Minute}, {fresh, "curl/8.5", 5 * time.Second}, {old, "cron", time.Hour}},
			kind: app.VerdictInUse, text: "1 caller still uses it: 203.0.113.9 (cron), last 1 h ago; 1 has moved to a newer one"},
		{name: "a caller that uses both stays", age: 90 * hubtest.Day, window: 7 * hubtest.Day,
			uses: []use{{fresh, "curl/8.5", time.Minute}, {old, "curl/8.5", 5 * time.Second}},
			kind: app.VerdictInUse, text: "1 caller still uses it: 203.0.113.9 (curl/8.5), last 5 s ago"},
		{name: "moved with a new version of the program", age: 90 * hubtest.Day, window: 7 * hubtest.Day,
			uses: []use{{old, "sync/1.4 go/1.25", 3 * time.Hour}, {fresh, "sync/1.5 go/1.26", time.Minute}},
			kind: app.VerdictSafe, text: "safe to retire: its only caller uses a newer secret now, unused for 3 h"},
		{name: "all moved within a token's life", age: 90 * hubtest.Day, window: 7 * hubtest.Day,
			uses: []use{{old, "curl/8.5", 10 * time.Minute}, {fresh, "curl/8.5", time.Minute}},
			kind: app.VerdictMoving, text: "its only caller uses a newer secret now, last 10 min ago: wait another 50 min, a token's lifetime, to be sure"},
		{name: "quiet for days", age: 90 * hubtest.Day, window: 7 * hubtest.Day, uses: []use{{old, "weekly", 6 * hubtest.Day}},
			kind: app.VerdictQuiet, text: "unused for 6 d, by 1 caller until then: 203.0.113.9 (weekly); a drill shows whether anything still needs it"},
		{name: "unused for two weeks", age: 90 * hubtest.Day, window: 7 * hubtest.Day, uses: []use{{old, "curl/8.5", 14 * hubtest.Day}},
			kind: app.VerdictSafe, text: "safe to retire: unused for 14 d"},
		{name: "old and never used", age: 40 * hubtest.Day, window: 7 * hubtest.Day,
			kind: app.VerdictSafe, text: "safe to retire: never used since it was made 40 d ago"},
		{name: "young and never used", age: 3 * time.Minute, window: 7 * hubtest.Day,
			kind: app.VerdictNeverUsed, text: "never used yet, made 3 min ago"},
		{name: "the only one, in use", age: 90 * hubtest.Day, uses: []use{{old, "curl/8.5", 14 * time.Second}},
			kind: app.VerdictOnlyOne, text: "the app's only live secret, used by 1 caller, last 14 s ago: rotate it, don't revoke it"},
		{name: "the only one, unused", age: 90 * hubtest.Day, uses: []use{{old, "curl/8.5", 50 * hubtest.Day}},
			kind: app.VerdictOnlyOne, text: "the app's only live secret, unused for 50 d: rotate it, don't revoke it"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f, ctx := newFixture(t), context.Background()
			ana := f.Join(t, "Ana", hub.Admin)
			f.Clock.Add(-c.age)
			made := f.MakeApp(t, ana, "Sync")
			f.Clock.Add(c.age)
			ids := map[string]string{old: made.Secret.ID}
			if c.window > 0 {
				revealed, _, err := f.Apps.Rotate(ctx, ana, made.App.ClientID, c.window)
				if err != nil {
					t.Fatal(err)
				}
				ids[fresh] = revealed.ID
			}
			for _, u := range c.uses {
				f.used(made.App.ClientID, ids[u.secret], "203.0.113.9", u.agent, u.ago)
			}
			board := f.Board(t, ana, made.App.ClientID)
			if v := board[ids[old]].Verdict; v.Kind != c.kind || words.Verdict(v).Text() != c.text {
				t.Errorf("verdict = %s: %q, want %s: %q", v.Kind, words.Verdict(v).Text(), c.kind, c.text)
			}
			if v := board[ids[fresh]].Verdict; !strings.Contains(words.Verdict(v).Text(), c.freshs) {
				t.Errorf("verdict of the new one = %s: %q, want %q in it", v.Kind, words.Verdict(v).Text(), c.freshs)
			}
		})
	}
}

// An unused new secret is needed for as long as an old one is in use and will expire.
func TestNewSecretIsNeededUntilTheOldOneEnds(t *testing.T) {
	for _, c := range []struct {
		name             string
		oldUsed, newUsed time.Duration // ago; 0: never
		kind, text       string
	}{
		{"never used", time.Minute, 0, app.VerdictNeverUsed, "never used yet, made 20 d ago: put it in place before ..%s, which is in use, expires in 10 d"},
		{"never used, and the old one once a week", 6 * hubtest.Day, 0, app.VerdictNeverUsed, "never used yet, made 20 d ago: put it in place before ..%s, which was used 6 d ago, expires in 10 d"},
		{"tried once", time.Minute, 18 * hubtest.Day, app.VerdictQuiet, "unused for 18 d: put it in place before ..%s, which is in use, expires in 10 d"},
		{"never used, nor the old one lately", 15 * hubtest.Day, 0, app.VerdictSafe, "safe to retire: never used since it was made 20 d ago"},
	} {
		f, ctx := newFixture(t), context.Background()
		ana := f.Join(t, "Ana", hub.Admin)
		f.Clock.Add(-20 * hubtest.Day)
		made := f.MakeApp(t, ana, "Sync")
		id := made.App.ClientID
		out, err := f.Apps.RotateSecret(ctx, ana, id, app.RotationRequest{Until: f.Clock.Now().Add(30 * hubtest.Day)})
		if err != nil {
			t.Fatal(err)
		}
		f.Clock.Add(20 * hubtest.Day)
		f.used(id, made.Secret.ID, "203.0.113.9", "curl/8.5", c.oldUsed)
		if c.newUsed > 0 {
			f.used(id, out.New.ID, "203.0.113.9", "try/1", c.newUsed)
		}
		want := strings.ReplaceAll(c.text, "%s", made.Secret.Hint)
		if v := f.Board(t, ana, id)[out.New.ID].Verdict; v.Kind != c.kind || words.Verdict(v).Text() != want {
			t.Errorf("verdict of one %s = %s: %q, want %s: %q", c.name, v.Kind, words.Verdict(v).Text(), c.kind, want)
		}
	}
}

// A call from the playground doesn't count as a move, and neither does one of summed-up callers.
func TestWhoHasNotMoved(t *testing.T) {
	f, ctx := newFixture(t), context.Background()
	ana := f.Join(t, "Ana", hub.Admin)
	tried, crowded := f.MakeApp(t, ana, "Tried"), f.MakeApp(t, ana, "Crowded")
	playground, err := f.Apps.PlaygroundSecret(ctx, ana, tried.App.ClientID)
	if err != nil {
		t.Fatal(err)
	}
	_, fresh, err := f.Apps.AddSecret(ctx, ana, crowded.App.ClientID, app.NewSecret{})
	if err != nil {
		t.Fatal(err)
	}
	f.used(tried.App.ClientID, tried.Secret.ID, "203.0.113.9", "curl/8.5", 3*time.Hour)
	f.used(tried.App.ClientID, playground.ID, "203.0.113.9", "curl/8.5", time.Minute)
	f.used(crowded.App.ClientID, crowded.Secret.ID, "", "", 3*time.Hour)
	f.used(crowded.App.ClientID, fresh.ID, "", "", time.Minute)
	for _, c := range []struct {
		app  app.Created
		want string
	}{
		{tried, "the app's only live secret, used by 1 caller, last 3 h ago: rotate it, don't revoke it"},
		{crowded, "1 caller still uses it: several, last 3 h ago"},
	} {
		if v := f.Board(t, ana, c.app.App.ClientID)[c.app.Secret.ID].Verdict; words.Verdict(v).Text() != c.want {
			t.Errorf("verdict of the secret of %s = %q, want %q", c.app.App.Name, words.Verdict(v).Text(), c.want)
		}
	}
}

func TestEvidenceGroupsCallers(t *testing.T) {
	f, ctx := newFixture(t), context.Background()
	ana := f.Join(t, "Ana", hub.Admin)
	made := f.MakeApp(t, ana, "Sync")
	id, secretID := made.App.ClientID, made.Secret.ID
	// At noon, so that an hour ago is today.
	f.Clock.Add(f.Clock.Now().UTC().Truncate(hubtest.Day).Add(hubtest.Day + 12*time.Hour).Sub(f.Clock.Now()))
	for range 3 {
		f.used(id, secretID, "203.0.113.9", "curl/8.5", time.Hour)
	}
	f.used(id, secretID, "203.0.113.9", "curl/8.5", 2*hubtest.Day)
	f.used(id, secretID, "203.0.113.9", "cron", 29*hubtest.Day)
	f.used(id, secretID, "203.0.113.9", "cron", 31*hubtest.Day)
	now := f.Clock.Now().Truncate(time.Second)
	for i := range 2 {
		token := db.AccessToken{JTI: "token" + string(rune('a'+i)), ClientID: id, SecretID: secretID, IssuedAt: now.Add(-time.Minute), ExpiresAt: now.Add(time.Hour)}
		if err := f.DB.RecordToken(ctx, token, db.Caller{Address: "203.0.113.9", UserAgent: "curl/8.5"}); err != nil {
			t.Fatal(err)
		}
	}
	e := f.Board(t, ana, id)[secretID]
	if len(e.Callers) != 2 || e.Callers[0].UserAgent != "curl/8.5" || e.Callers[0].Uses != 4 || e.Callers[1].Uses != 1 {
		t.Fatalf("callers = %+v, want curl/8.5 with 4 uses, then cron with 1", e.Callers)
	}
	if days := e.Callers[0].Days; len(days) != app.EvidenceDays || days[29] != 3 || days[27] != 1 {
		t.Errorf("days of curl = %v, want 3 today and 1 two days ago", days)
	}
	if len(e.Days) != app.EvidenceDays || e.Days[29].Uses != 3 || e.Days[0].Uses != 1 || !e.Days[29].Day.Equal(now.UTC().Truncate(hubtest.Day)) {
		t.Errorf("days = %+v, want 3 today and 1 on the first", e.Days)
	}
	if e.LiveTokens != 2 || e.Uses24h != 2 {
		t.Errorf("live tokens, tokens in 24 h = %d, %d, want 2, 2", e.LiveTokens, e.Uses24h)
	}
	if !e.LastAt.Equal(now.Add(-time.Minute)) || e.Address != "203.0.113.9" {
		t.Errorf("last use = %v from %s, want a minute ago", e.LastAt, e.Address)
	}
}

func TestRotationBoardOfTeam(t *testing.T) {
	f, ctx := newFixture(t), context.Background()
	ana, dan, vic := f.Join(t, "Ana", hub.Admin), f.Join(t, "Dan", hub.Developer), f.Join(t, "Vic", hub.Viewer)
	mine := f.MakeApp(t, dan, "B of Dan")
	f.MakeApp(t, ana, "A of Ana")
	if _, err := f.Apps.Create(ctx, ana, app.NewApp{TeamID: f.OwnTeam.ID, Name: "Native", Kind: "native", Scopes: []string{"read"}}); err != nil {
		t.Fatal(err)
	}
	apps, err := f.Apps.TeamRotation(ctx, dan, f.OwnTeam.ID)
	if err != nil || len(apps) != 2 {
		t.Fatalf("TeamRotation = %d apps, %v, want the two that have secrets", len(apps), err)
	}
	for i, want := range []struct {
		name   string
		manage bool
	}{{"A of Ana", false}, {"B of Dan", true}} {
		if apps[i].App.Name != want.name || apps[i].Manage != want.manage || len(apps[i].Secrets) != 1 {
			t.Errorf("app %d = %s, managed %t, %d secrets, want %+v and one", i, apps[i].App.Name, apps[i].Manage, len(apps[i].Secrets), want)
		}
	}
	_, err = f.Apps.TeamRotation(ctx, vic, f.OwnTeam.ID)
	hubtest.WantForbidden(t, "TeamRotation by a viewer", err)
	_, err = f.Apps.Rotation(ctx, vic, mine.App.ClientID)
	hubtest.WantForbidden(t, "Rotation by a viewer", err)
}
