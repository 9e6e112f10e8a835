package contract

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"gatepost/db"
	"gatepost/tests/testapp"
)

// promise is a sentence of the contract with its proof.
type promise struct {
	name  string
	proof func(t *testing.T, s store)
}

// store is a fresh database of one engine.
type store struct {
	*db.DB
	engine, dsn string
	pg          *testapp.Postgres
}

func TestContract(t *testing.T) {
	var pg *testapp.Postgres
	if !testing.Short() {
		pg = testapp.StartPostgres(t)
	}
	promises := slices.Concat(
		apiPromises, appPromises, assertionPromises, auditChainPromises, auditPromises, auditRetentionPromises, auditSignPromises,
		authFailureQueuePromises, authFailurePromises, authorizationPromises, browserPromises,
		calendarPromises, challengePromises, codePromises, committerPromises, consentPromises,
		deviceCodePromises, deviceFilterPromises, deviceGroupPromises, deviceImportPromises, deviceImportPreviewPromises,
		deviceQueryPromises, devicePromises, deviceTemplatePromises, deviceViewerPromises, emailChangePromises, familyPromises,
		handoverPromises, idempotencyKeyPromises, limitWindowPromises, linkPromises, liveTokenPromises, mailPromises,
		memberPromises, migrationPromises, personPromises, personalTokenPromises, portalKeyPromises, purgePromises,
		refreshTokenPromises, revokeAllPromises, scopePromises, secondFactorPromises, secretPromises,
		sessionPromises, settingPromises, signInTryPromises, signingKeyPromises, sqlitePromises, teamPromises,
		tokenPromises, transactionPromises, upgradePromises, usageQueuePromises, usagePromises,
		vendorLoginPromises,
	)
	for _, engine := range []struct {
		name string
		dsn  func(t *testing.T) string
	}{
		{"sqlite", func(t *testing.T) string { return filepath.Join(t.TempDir(), "data", "gatepost.db") }},
		{"postgres", func(t *testing.T) string { return pg.Database(t) }},
		{"postgres with one connection", func(t *testing.T) string { return pg.DatabaseOfOneConnection(t) }},
	} {
		t.Run(engine.name, func(t *testing.T) {
			if pg == nil && engine.name != "sqlite" {
				t.Skip("PostgreSQL is left out under -short")
			}
			for _, p := range promises {
				if engine.name == "postgres with one connection" && !oneAtATime(p.name) {
					continue
				}
				t.Run(p.name, func(t *testing.T) {
					t.Parallel()
					dsn := engine.dsn(t)
					p.proof(t, store{open(t, dsn), strings.Fields(engine.name)[0], dsn, pg})
				})
			}
		})
	}
}

// oneAtATime says whether a proof does one thing after another, so that it must also work on a
// server that allows one connection, where a query outside of its transaction would fail. The
// names of the others say "at once", which no other name may.
func oneAtATime(name string) bool { return !strings.Contains(name, "at once") }

func open(t *testing.T, dsn string) *db.DB {
	t.Helper()
	d, err := db.Open(t.Context(), dsn)
	if err != nil {
		t.Fatalf("Open(%s): %v", dsn, err)
	}
	d.SignAudit(auditMAC("k1"))
	t.Cleanup(func() { d.Close() })
	return d
}

// raw opens the same database without the db package. On PostgreSQL it is a session of the
// superuser, which no limit of connections concerns, in the role of the database's owner.
func (s store) raw(t *testing.T) *sql.DB {
	t.Helper()
	driver, dsn := "sqlite", "file:"+s.dsn+"?_pragma=busy_timeout(5000)"
	if s.engine == "postgres" {
		u, err := url.Parse(s.dsn)
		if err != nil {
			t.Fatal(err)
		}
		q := u.Query()
		q.Set("role", u.User.Username())
		u.User, u.RawQuery = url.User("gatepost"), q.Encode()
		driver, dsn = "pgx", u.String()
	}
	d, err := sql.Open(driver, dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d
}

// leave closes connections to the database and waits until its server has noticed.
func (s store) leave(t *testing.T, connections io.Closer) {
	t.Helper()
	if err := connections.Close(); err != nil {
		t.Fatal(err)
	}
	if s.engine == "postgres" {
		s.pg.WaitUntilLeft(t, s.dsn)
	}
}

// do runs fn in a transaction that must succeed.
func (s store) do(t *testing.T, fn func(tx *db.Tx) error) {
	t.Helper()
	if err := s.Tx(t.Context(), fn); err != nil {
		t.Fatalf("Tx: %v", err)
	}
}

// must returns v, or fails the test.
func must[T any](t *testing.T) func(v T, err error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func wantErr(t *testing.T, what string, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("%s = %v, want %v", what, err, want)
	}
}

func equal[T comparable](t *testing.T, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s = %v, want %v", what, got, want)
	}
}

func sameList(t *testing.T, what string, got, want []string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s = %v, want %v", what, got, want)
	}
}

// atOnce runs fn n times concurrently and returns the errors in no order.
func atOnce(n int, fn func(i int) error) []error {
	var start, done sync.WaitGroup
	start.Add(1)
	errs := make([]error, n)
	for i := range n {
		done.Go(func() {
			start.Wait()
			errs[i] = fn(i)
		})
	}
	start.Done()
	done.Wait()
	return errs
}

// now returns the time in whole seconds and UTC, as the database stores it.
func now() time.Time { return time.Now().UTC().Truncate(time.Second) }

var serial atomic.Int64

// fresh returns an id that no other row has; later ones sort after earlier ones.
func fresh(prefix string) string { return fmt.Sprintf("%s%08d", prefix, serial.Add(1)) }

// fixture is an app with a secret, its team and the team's admin.
type fixture struct {
	person db.Person
	team   db.Team
	app    db.App
	secret db.ClientSecret
}

func (s store) fixture(t *testing.T) fixture {
	t.Helper()
	f := fixture{person: newPerson(), team: newTeam()}
	f.app = newApp(f.team.ID)
	f.secret = newSecret(f.app.ClientID)
	s.do(t, func(tx *db.Tx) error {
		ctx := context.Background()
		return errors.Join(tx.InsertPerson(ctx, f.person), tx.InsertTeam(ctx, f.team), tx.PutMember(ctx, f.team.ID, f.person.ID, "admin"),
			tx.InsertApp(ctx, f.app), tx.InsertSecret(ctx, f.secret, 5))
	})
	return f
}

func newPerson() db.Person {
	id := fresh("person")
	return db.Person{ID: id, Email: id + "@example.com", Name: "Ana O'Neill \"Ω\" 安娜", Phone: "+39 080", City: "Bari",
		PasswordHash: "$argon2id$x", CreatedAt: now(), PasswordChangedAt: now()}
}

func newTeam() db.Team {
	id := fresh("team")
	return db.Team{ID: id, Name: "Team " + id, SolutionKey: "key-" + id, CreatedAt: now()}
}

func newApp(teamID string) db.App {
	id := fresh("client")
	return db.App{ClientID: id, TeamID: teamID, Name: "App " + id, Description: "two\nlines; -- and 'quotes'", Kind: "server",
		Grants: []string{"client_credentials"}, Scopes: []string{"read", "transactions/post"}, TokenLifetime: time.Hour, RefreshGrace: 7 * time.Second,
		RedirectURIs: []string{"https://app.example/callback?a=1"}, AuthMethod: db.AuthSecret, CreatedBy: "person1", CreatedAt: now(), UpdatedAt: now()}
}

func newSecret(clientID string) db.ClientSecret {
	return db.ClientSecret{ID: fresh("secret"), ClientID: clientID, Hint: "k3f9", Label: "production", Playground: true, Hash: "$argon2id$y",
		CreatedBy: "person1", CreatedByName: "Ana", CreatedAt: now(), ExpiresAt: now().Add(time.Hour)}
}

func newToken(s db.ClientSecret) db.AccessToken {
	return db.AccessToken{JTI: fresh("jti"), ClientID: s.ClientID, SecretID: s.ID, PersonID: "person1", Scope: "read write",
		Audience: "https://portal.example", Dialect: "nxtsoft", IssuedAt: now(), ExpiresAt: now().Add(time.Hour)}
}

// winners counts the calls that succeeded; the others must have lost.
func winners(t *testing.T, errs []error, lost error) (n int) {
	t.Helper()
	for _, err := range errs {
		if err == nil {
			n++
			continue
		}
		wantErr(t, "a call that lost", err, lost)
	}
	return n
}
