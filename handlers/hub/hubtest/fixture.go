package hubtest

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"io"
	"log/slog"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/handlers/hub/account"
	"gatepost/handlers/hub/app"
	"gatepost/handlers/hub/catalogue"
	"gatepost/handlers/hub/device"
	"gatepost/handlers/hub/team"
	"gatepost/handlers/mail"
	"gatepost/handlers/secret"
)

// Password is that of everyone who joins.
const Password = "violet anchor teaspoon"

// Clock is a clock that tests move.
type Clock struct {
	mu  sync.Mutex
	now time.Time
}

// Now returns the clock's time.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Add moves the clock forward.
func (c *Clock) Add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// Fixture holds all rules, on a database of its own with one team.
type Fixture struct {
	*hub.Hub
	Accounts  *account.Accounts
	Teams     *team.Teams
	Apps      *app.Apps
	Devices   *device.Devices
	Catalogue *catalogue.Catalogue
	Clock     *Clock
	Path      string // of the database
	OwnTeam   db.Team
}

// New returns a fixture on SQLite that sends no email.
func New(t *testing.T) *Fixture {
	t.Helper()
	return On(t, filepath.Join(t.TempDir(), "gatepost.db"), "")
}

// On is New on any database, with email if smtpURL names a server.
func On(t *testing.T, dsn, smtpURL string) *Fixture {
	t.Helper()
	ctx := context.Background()
	d, err := db.Open(ctx, dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	d.SignAudit(auditMAC)
	issuer := &url.URL{Scheme: "https", Host: "portal.example.com"}
	mailer, err := mail.New(mail.Options{SMTPURL: smtpURL, From: "portal@example.com", Issuer: issuer, Brand: "Gatepost"})
	if err != nil {
		t.Fatal(err)
	}
	c := &Clock{now: time.Now().Truncate(time.Second)}
	ring := secret.NewKeyring(secret.Key{1})
	h := hub.New(hub.Options{
		DB: d, Minter: secret.NewMinter(ring), Key: ring, Hasher: secret.NewHasher(2, 64), Mail: mailer,
		Issuer: issuer.String(), Brand: "Gatepost",
		Log: slog.New(slog.NewTextHandler(io.Discard, nil)), Now: c.Now,
	})
	f := &Fixture{Hub: h, Teams: team.New(h), Clock: c, Path: dsn, Devices: device.New(h), Catalogue: catalogue.New(h)}
	f.Accounts, f.Apps = account.New(h, f.Teams, []string{"qwerty", "1q2w3e4r5t6y"}), app.New(h, f.Teams)
	t.Cleanup(func() { f.Devices.Close(); h.Close() })
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
	if f.OwnTeam, err = f.Teams.Add(ctx, hub.OperatorActor(), "Bari"); err != nil {
		t.Fatal(err)
	}
	return f
}

// auditMAC signs the audit log under the one key k1.
func auditMAC(id string, message []byte) (string, []byte, bool) {
	h := hmac.New(sha256.New, []byte("k1"))
	h.Write(message)
	return "k1", h.Sum(nil), id == "" || id == "k1"
}

// Join adds an active account with a role in the fixture's team, and returns it as an actor.
func (f *Fixture) Join(t *testing.T, name, role string) hub.Actor {
	t.Helper()
	password := Password
	added, err := f.Accounts.AddPerson(context.Background(), hub.OperatorActor(), account.NewPerson{
		Email: strings.ToLower(name) + "@example.com", Name: name, TeamID: f.OwnTeam.ID, Role: role, Password: &password,
	})
	if err != nil {
		t.Fatal(err)
	}
	return f.SignedIn(hub.Actor{Kind: hub.Person, ID: added.Person.ID, Name: name, Address: "203.0.113.9"})
}

// SignedIn returns the actor as if they had just signed in with a second factor.
func (f *Fixture) SignedIn(a hub.Actor) hub.Actor {
	a.Proof = hub.Proof{Now: f.Clock.Now(), At: f.Clock.Now(), FactorAt: f.Clock.Now()}
	return a
}

// MakeApp adds an app to the fixture's team, with a first secret.
func (f *Fixture) MakeApp(t *testing.T, a hub.Actor, name string) app.Created {
	t.Helper()
	made, err := f.Apps.Create(context.Background(), a, app.NewApp{TeamID: f.OwnTeam.ID, Name: name, Scopes: []string{"read"}})
	if err != nil {
		t.Fatal(err)
	}
	return made
}

// WantForbidden fails unless err is *hub.Forbidden.
func WantForbidden(t *testing.T, what string, err error) {
	t.Helper()
	var forbidden *hub.Forbidden
	if !errors.As(err, &forbidden) {
		t.Errorf("%s = %v, want *hub.Forbidden", what, err)
	}
}

// WantInvalid fails unless err is *hub.Invalid about the field.
func WantInvalid(t *testing.T, what string, err error, field string) {
	t.Helper()
	var invalid *hub.Invalid
	if !errors.As(err, &invalid) || len(invalid.Fields) == 0 || invalid.Fields[0].Field != field {
		t.Errorf("%s = %v, want *hub.Invalid about %q", what, err, field)
	}
}

// WantLacks fails unless err is the refusal of a token that lacks these scopes.
func WantLacks(t *testing.T, what string, err error, scopes ...string) {
	t.Helper()
	var narrow *hub.InsufficientScope
	if !errors.As(err, &narrow) || !slices.Equal(narrow.Missing, scopes) {
		t.Errorf("%s = %v, want *hub.InsufficientScope about %v", what, err, scopes)
	}
}

// Err returns only the error of a call.
func Err[T any](_ T, err error) error { return err }

// LinkToken returns the last part of a link.
func LinkToken(url string) string { return url[strings.LastIndex(url, "/")+1:] }

// Mailing returns a fixture whose mail server doesn't answer, so emails stay queued.
func Mailing(t *testing.T) *Fixture {
	t.Helper()
	return On(t, filepath.Join(t.TempDir(), "gatepost.db"), "smtp://127.0.0.1:1")
}

// Day is the unit of expiries.
const Day = 24 * time.Hour

// Board returns the evidence of an app's live secrets by their ids.
func (f *Fixture) Board(t *testing.T, a hub.Actor, clientID string) map[string]app.Evidence {
	t.Helper()
	client, err := f.Apps.Rotation(context.Background(), a, clientID)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]app.Evidence{}
	for _, e := range client.Secrets {
		out[e.Secret.ID] = e
	}
	return out
}

// WantEvent fails unless the team's audit log has the actor's event.
func WantEvent(t *testing.T, f *Fixture, a hub.Actor, action, detail string) {
	t.Helper()
	events, _, err := f.AuditEvents(context.Background(), a, db.AuditQuery{TeamID: f.OwnTeam.ID, Limit: 50})
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

// MakeNativeApp adds a native app, which has no secret.
func (f *Fixture) MakeNativeApp(t *testing.T, a hub.Actor) db.App {
	t.Helper()
	made, err := f.Apps.Create(context.Background(), a, app.NewApp{TeamID: f.OwnTeam.ID, Name: "Camera", Kind: "native", Scopes: []string{"read"}, RedirectURIs: []string{"http://127.0.0.1/callback"}})
	if err != nil {
		t.Fatal(err)
	}
	return made.App
}

// LiveSecrets lists an app's live secrets.
func (f *Fixture) LiveSecrets(t *testing.T, clientID string) []db.ClientSecret {
	t.Helper()
	all, err := f.DB.Secrets(context.Background(), clientID)
	if err != nil {
		t.Fatal(err)
	}
	var live []db.ClientSecret
	for _, s := range all {
		if s.Live(f.Clock.Now()) {
			live = append(live, s)
		}
	}
	return live
}

// MakeFamily adds a person's consent for an app, with a family of tokens.
func (f *Fixture) MakeFamily(t *testing.T, client db.App, person hub.Actor) db.Family {
	t.Helper()
	family := db.Family{ID: secret.ID(), ClientID: client.ClientID, PersonID: person.ID, Scope: "read", Teams: []string{f.OwnTeam.ID}, CreatedAt: f.Clock.Now(), ExpiresAt: f.Clock.Now().Add(time.Hour)}
	err := f.DB.Tx(context.Background(), func(tx *db.Tx) error {
		a, err := tx.LockAuthorization(context.Background(), person.ID, client.ClientID, secret.ID())
		if err != nil {
			return err
		}
		a.Scopes, a.Teams = []string{"read"}, family.Teams
		if err := tx.UpdateAuthorization(context.Background(), a); err != nil {
			return err
		}
		return tx.InsertFamily(context.Background(), family)
	})
	if err != nil {
		t.Fatal(err)
	}
	return family
}

// FamilyLives says whether a family of tokens is live.
func (f *Fixture) FamilyLives(t *testing.T, family db.Family) bool {
	t.Helper()
	got, err := f.DB.Family(context.Background(), family.ID)
	if err != nil {
		t.Fatal(err)
	}
	return got.RevokedAt.IsZero()
}

// Both runs fn twice at the same time.
func (f *Fixture) Both(fn func(i int) error) []error {
	errs := make([]error, 2)
	var start, done sync.WaitGroup
	start.Add(1)
	for i := range errs {
		done.Go(func() { start.Wait(); errs[i] = fn(i) })
	}
	start.Done()
	done.Wait()
	return errs
}
