package hub_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/handlers/mail"
	"gatepost/handlers/secret"
)

const goodPassword = "violet anchor teaspoon"

// clock is a time that a test moves.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

type fixture struct {
	*hub.Hub
	db    *db.DB
	clock *clock
	team  db.Team
}

func newFixture(t *testing.T) *fixture {
	t.Helper()
	return newFixtureOn(t, filepath.Join(t.TempDir(), "gatepost.db"), "")
}

// newFixtureOn is newFixture on any database, with mail when smtpURL names a server.
func newFixtureOn(t *testing.T, dsn, smtpURL string) *fixture {
	t.Helper()
	ctx := context.Background()
	d, err := db.Open(ctx, dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	issuer := &url.URL{Scheme: "https", Host: "portal.example.com"}
	mailer, err := mail.New(mail.Options{SMTPURL: smtpURL, From: "portal@example.com", Issuer: issuer, Brand: "Gatepost"})
	if err != nil {
		t.Fatal(err)
	}
	c := &clock{now: time.Now().Truncate(time.Second)}
	h := hub.New(hub.Options{
		DB: d, Minter: secret.NewMinter(secret.Key{1}), Hasher: secret.NewHasher(2, 64), Mail: mailer,
		Issuer: issuer.String(), Brand: "Gatepost", Blocklist: []string{"qwerty", "1q2w3e4r5t6y"},
		Log: slog.New(slog.NewTextHandler(io.Discard, nil)), Now: c.Now,
	})
	t.Cleanup(h.Close)
	err = d.Tx(ctx, func(tx *db.Tx) error {
		for i, s := range []db.Scope{{Name: "read"}, {Name: "write"}, {Name: "apps:write", AdminOnly: true}} {
			s.Position = i
			if err := tx.KeepScope(ctx, s); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	team, err := h.AddTeam(ctx, hub.OperatorActor(), "Bari")
	if err != nil {
		t.Fatal(err)
	}
	return &fixture{h, d, c, team}
}

// person adds an active account with a role in the fixture's team, and gives it as actor.
func (f *fixture) person(t *testing.T, name, role string) hub.Actor {
	t.Helper()
	password := goodPassword
	added, err := f.AddPerson(context.Background(), hub.OperatorActor(), hub.NewPerson{
		Email: strings.ToLower(name) + "@example.com", Name: name, TeamID: f.team.ID, Role: role, Password: &password,
	})
	if err != nil {
		t.Fatal(err)
	}
	return hub.Actor{Kind: hub.Person, ID: added.Person.ID, Name: name, Address: "203.0.113.9"}
}

func (f *fixture) app(t *testing.T, a hub.Actor, name string) hub.CreatedApp {
	t.Helper()
	made, err := f.CreateApp(context.Background(), a, hub.NewApp{TeamID: f.team.ID, Name: name, Scopes: []string{"read"}})
	if err != nil {
		t.Fatal(err)
	}
	return made
}

func wantForbidden(t *testing.T, what string, err error) {
	t.Helper()
	var forbidden *hub.Forbidden
	if !errors.As(err, &forbidden) {
		t.Errorf("%s = %v, want *hub.Forbidden", what, err)
	}
}

func wantInvalid(t *testing.T, what string, err error, field string) {
	t.Helper()
	var invalid *hub.Invalid
	if !errors.As(err, &invalid) || len(invalid.Fields) == 0 || invalid.Fields[0].Field != field {
		t.Errorf("%s = %v, want *hub.Invalid about %q", what, err, field)
	}
}

func second[T any](_ T, err error) error { return err }

// token is the last part of a link.
func token(url string) string { return url[strings.LastIndex(url, "/")+1:] }

// mailFixture has a mail server that is not there: mails wait.
func mailFixture(t *testing.T) *fixture {
	t.Helper()
	return newFixtureOn(t, filepath.Join(t.TempDir(), "gatepost.db"), "smtp://127.0.0.1:1")
}

const day = 24 * time.Hour

// board gives the evidence of an app's live secrets by their ids.
func (f *fixture) board(t *testing.T, a hub.Actor, clientID string) map[string]hub.Evidence {
	t.Helper()
	app, err := f.Rotation(context.Background(), a, clientID)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]hub.Evidence{}
	for _, e := range app.Secrets {
		out[e.Secret.ID] = e
	}
	return out
}

func wantEvent(t *testing.T, f *fixture, a hub.Actor, action, detail string) {
	t.Helper()
	events, _, err := f.AuditEvents(context.Background(), a, db.AuditQuery{TeamID: f.team.ID, Limit: 50})
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range events {
		if e.Action == action {
			if e.Detail != detail || e.Actor != a.ID || e.TargetID == "" {
				t.Errorf("the event %s has the detail %q by %s, want %q by %s", action, e.Detail, e.Actor, detail, a.ID)
			}
			return
		}
	}
	t.Errorf("the team's audit log has no %s", action)
}

func (f *fixture) nativeApp(t *testing.T, a hub.Actor) db.App {
	t.Helper()
	made, err := f.CreateApp(context.Background(), a, hub.NewApp{TeamID: f.team.ID, Name: "Camera", Kind: "native", Scopes: []string{"read"}, RedirectURIs: []string{"http://127.0.0.1/callback"}})
	if err != nil {
		t.Fatal(err)
	}
	return made.App
}

func (f *fixture) live(t *testing.T, clientID string) []db.ClientSecret {
	t.Helper()
	all, err := f.db.Secrets(context.Background(), clientID)
	if err != nil {
		t.Fatal(err)
	}
	var live []db.ClientSecret
	for _, s := range all {
		if s.Live(f.clock.Now()) {
			live = append(live, s)
		}
	}
	return live
}

// family gives an app a yes of a person.
func (f *fixture) family(t *testing.T, app db.App, person hub.Actor) db.Family {
	t.Helper()
	family := db.Family{ID: secret.ID(), ClientID: app.ClientID, PersonID: person.ID, Scope: "read", CreatedAt: f.clock.Now(), ExpiresAt: f.clock.Now().Add(time.Hour)}
	err := f.db.Tx(context.Background(), func(tx *db.Tx) error {
		if _, err := tx.KeepAuthorization(context.Background(), person.ID, app.ClientID, []string{"read"}, secret.ID()); err != nil {
			return err
		}
		return tx.InsertFamily(context.Background(), family)
	})
	if err != nil {
		t.Fatal(err)
	}
	return family
}

func (f *fixture) alive(t *testing.T, family db.Family) bool {
	t.Helper()
	got, err := f.db.Family(context.Background(), family.ID)
	if err != nil {
		t.Fatal(err)
	}
	return got.RevokedAt.IsZero()
}
