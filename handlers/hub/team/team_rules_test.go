package team_test

import (
	"context"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/handlers/hub/account"
	"gatepost/handlers/hub/catalogue"
	"gatepost/handlers/hub/hubtest"
	"gatepost/handlers/hub/team"
)

func (f *fixture) rules(t *testing.T, a hub.Actor, r team.Rules) {
	t.Helper()
	if err := f.Teams.SaveRules(context.Background(), a, f.OwnTeam.ID, nil, r); err != nil {
		t.Fatal(err)
	}
}

func TestTeamRulesAreChecked(t *testing.T) {
	f, ctx := newFixture(t), context.Background()
	ana, dan := f.Join(t, "Ana", hub.Admin), f.Join(t, "Dan", hub.Developer)
	got, err := f.Teams.Rules(ctx, dan, f.OwnTeam.ID)
	if err != nil || got.MaxSecretDays != 0 || !slices.Equal(got.WarnDays, []int{30, 14, 7, 1}) {
		t.Errorf("rules of a new team = %+v, %v, want warnings 30, 14, 7 and 1 days before and no limits", got, err)
	}
	for field, r := range map[string]team.Rules{
		"max_secret_days": {MaxSecretDays: -1}, "max_token_days": {MaxTokenDays: 400}, "warn_days": {WarnDays: []int{0}},
	} {
		hubtest.WantInvalid(t, "SaveRules", f.Teams.SaveRules(ctx, ana, f.OwnTeam.ID, nil, r), field)
	}
	hubtest.WantForbidden(t, "SaveRules by a developer", f.Teams.SaveRules(ctx, dan, f.OwnTeam.ID, nil, team.Rules{}))
	f.rules(t, ana, team.Rules{MaxSecretDays: 90, MaxTokenDays: 30, WarnDays: []int{1, 14, 7, 14}})
	got, err = f.Teams.Rules(ctx, dan, f.OwnTeam.ID)
	if err != nil || got.MaxSecretDays != 90 || got.MaxTokenDays != 30 || !slices.Equal(got.WarnDays, []int{14, 7, 1}) {
		t.Errorf("rules = %+v, %v, want what was saved, the most days first", got, err)
	}
}

// Concurrent changes of different rules, or of different fields of a person, don't undo each other.
func TestChangesOfPartsKeepTheRest(t *testing.T) {
	f, ctx := newFixture(t), context.Background()
	ana := f.Join(t, "Ana", hub.Admin)
	const last = 25
	var wg sync.WaitGroup
	for _, change := range []func(n int) error{
		func(n int) error {
			return f.Teams.ChangeRules(ctx, ana, f.OwnTeam.ID, func(r *team.Rules) { r.MaxSecretDays = n })
		},
		func(n int) error {
			return f.Teams.ChangeRules(ctx, ana, f.OwnTeam.ID, func(r *team.Rules) { r.MaxTokenDays = n })
		},
		func(n int) error {
			return f.Accounts.ChangeProfile(ctx, ana, func(p *account.Profile) { p.Phone = strconv.Itoa(n) })
		},
		func(n int) error {
			return f.Accounts.ChangeProfile(ctx, ana, func(p *account.Profile) { p.City = strconv.Itoa(n) })
		},
	} {
		wg.Go(func() {
			for n := 1; n <= last; n++ {
				if err := change(n); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if r, err := f.Teams.Rules(ctx, ana, f.OwnTeam.ID); err != nil || r.MaxSecretDays != last || r.MaxTokenDays != last || len(r.WarnDays) != 4 {
		t.Errorf("the rules = %+v, %v, want %d days both and four warnings", r, err, last)
	}
	if p, err := f.DB.Person(ctx, ana.ID); err != nil || p.Phone != "25" || p.City != "25" || p.Name != "Ana" {
		t.Errorf("the person = %s, %s, %s, %v, want the last phone and city and the name", p.Name, p.Phone, p.City, err)
	}
}

// Whatever breaks a rule is listed and keeps working; a new token must comply.
func TestViolationsAreListedNeverSprung(t *testing.T) {
	f, ctx := newFixture(t), context.Background()
	ana, dan := f.Join(t, "Ana", hub.Admin), f.Join(t, "Dan", hub.Developer)
	if err := f.Catalogue.ChangeSettings(ctx, hub.OperatorActor(), catalogue.SettingsChange{NoExpiry: new(true)}); err != nil {
		t.Fatal(err)
	}
	f.Clock.Add(-100 * hubtest.Day)
	old := f.MakeApp(t, ana, "Old")
	f.Clock.Add(100 * hubtest.Day)
	young := f.MakeApp(t, ana, "Young")
	token := func(name string, life time.Duration) error {
		in := account.NewPersonalToken{Name: name, Scopes: []string{"read"}}
		if life > 0 {
			in.ExpiresAt = f.Clock.Now().Add(life)
		}
		_, err := f.Accounts.CreatePersonalToken(ctx, dan, in)
		return err
	}
	for name, life := range map[string]time.Duration{"short": 30 * hubtest.Day, "long": 60 * hubtest.Day, "endless": 0} {
		if err := token(name, life); err != nil {
			t.Fatal(err)
		}
	}
	if list, err := f.Teams.Violations(ctx, ana, f.OwnTeam.ID); err != nil || len(list) != 0 {
		t.Errorf("violations without rules = %+v, %v, want none", list, err)
	}
	f.rules(t, ana, team.Rules{MaxSecretDays: 90, MaxTokenDays: 30})
	list, err := f.Teams.Violations(ctx, ana, f.OwnTeam.ID)
	if err != nil {
		t.Fatal(err)
	}
	var words []string
	for _, v := range list {
		words = append(words, v.Kind+" "+v.App.Name+v.Token.Name)
	}
	slices.Sort(words)
	if want := []string{"secret_age Old", "token_life endless", "token_life long"}; !slices.Equal(words, want) {
		t.Errorf("violations = %q, want %q", words, want)
	}
	if v := list[0]; v.Length != 100*24*time.Hour || v.MaxDays != 90 {
		t.Errorf("the first = %s old of %d d, want 100 d of 90", v.Length, v.MaxDays)
	}
	if e := f.Board(t, ana, old.App.ClientID)[old.Secret.ID]; !e.Secret.Live(f.Clock.Now()) || !e.DueAt.Before(f.Clock.Now()) {
		t.Errorf("the old secret = %+v, want it live and overdue", e.Secret)
	}
	if app, err := f.Apps.Rotation(ctx, ana, young.App.ClientID); err != nil || len(app.Violations) != 0 {
		t.Errorf("violations of the young app = %+v, %v, want none", app.Violations, err)
	}
	hubtest.WantInvalid(t, "a new token of 31 d and an hour", token("new", 31*hubtest.Day+time.Hour), "expires_at")
	hubtest.WantInvalid(t, "a new token without an end", token("new", 0), "expires_at")
	if err := token("new", 30*hubtest.Day+12*time.Hour); err != nil {
		t.Errorf("a new token until the end of the 30th day = %v, want nil", err)
	}
	tokens, err := f.Accounts.PersonalTokens(ctx, dan)
	if n := len(slices.DeleteFunc(tokens, func(p db.PersonalToken) bool { return !p.Live(f.Clock.Now()) })); err != nil || n != 4 {
		t.Errorf("live personal tokens = %d, %v, want 4: none was revoked", n, err)
	}
}
