package grant

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/alexedwards/argon2id"

	"gatepost/db"
	"gatepost/handlers/secret"
)

// TOK-04, TOK-05, ACC-17: every failure looks the same and costs neither query nor argon2.
func TestMadeUpCredentialsDieBeforeTheDatabaseAndArgon2(t *testing.T) {
	w := newWorld(t)
	otherID := "16ec4na9av8011ibj9hskf9umf"
	othersSecret, _ := w.Minter.New(otherID)
	dead := w.process(full(t))
	dead.DB.Close()
	var first *Error
	for name, c := range map[string][2]string{
		"wrong secret":            {w.app.ClientID, "gps_" + strings.Repeat("a", 40)},
		"unknown client":          {"zzzzzzzzzzzzzzzzzzzzzzzzzz", w.secret},
		"cut":                     {w.app.ClientID, w.secret[:43]},
		"trailing space":          {w.app.ClientID, w.secret + " "},
		"NUL tail":                {w.app.ClientID, w.secret + "\x00"},
		"other case":              {w.app.ClientID, strings.ToUpper(w.secret)},
		"another client's secret": {w.app.ClientID, othersSecret},
		"id in other case":        {strings.ToUpper(w.app.ClientID), w.secret},
		"100 kB":                  {w.app.ClientID, strings.Repeat("x", 100_000)},
		"no secret":               {w.app.ClientID, ""},
		"no id":                   {"", w.secret},
		"nothing":                 {"", ""},
		"SQL":                     {"' OR 1=1 --", "' OR 1=1 --"},
		"placeholders":            {"YOUR_CLIENT_ID", "YOUR_CLIENT_SECRET"},
		"the vendor's own":        {"97sv0tntua35arne6uo30614r9", "10hj5i07htnu18jitial2dhg5tn4kd6fel6gg4clp3r6a8cj6o11"},
	} {
		req := w.request()
		req.ClientID, req.ClientSecret = c[0], c[1]
		_, err := dead.Token(t.Context(), req)
		var e *Error
		if !errors.As(err, &e) || e.Code != InvalidClient || e.Status != 401 {
			t.Errorf("Token(%s) = %v, want a 401 %s", name, err, InvalidClient)
			continue
		}
		if first == nil {
			first = e
		}
		if e.Description != first.Description {
			t.Errorf("Token(%s) says %q, want %q as for all others", name, e.Description, first.Description)
		}
	}
}

func TestFirstCheckCostsOneArgon2AndTheNextNone(t *testing.T) {
	w := newWorld(t)
	busy := w.process(full(t))
	if _, err := busy.Token(t.Context(), w.request()); !errors.Is(err, secret.ErrOverloaded) {
		t.Errorf("Token(first, no place to hash) = %v, want ErrOverloaded", err)
	}
	w.token()
	w.Hasher = full(t)
	if _, err := w.Token(t.Context(), w.request()); err != nil {
		t.Errorf("Token(second, no place to hash) = %v, want nil", err)
	}
}

// REL-24: a busy client after a restart doesn't get a 503.
func TestManyFirstRequestsWithOneSecretShareOneArgon2(t *testing.T) {
	w := newWorld(t)
	s := w.process(secret.NewHasher(1, 0))
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			if _, err := s.Token(t.Context(), w.request()); err != nil {
				t.Errorf("Token(at once with 49 others) = %v, want nil", err)
			}
		})
	}
	wg.Wait()
}

// A secret that is revoked or expired stops working immediately, and the memory of verified
// secrets never outlives a revocation, whichever process made it.
func TestRevokedSecretIsRefusedThoughItIsRemembered(t *testing.T) {
	kill := map[string]func(w *world, other *Server){
		"revoked by another process": func(w *world, other *Server) {
			err := other.DB.Tx(w.t.Context(), func(tx *db.Tx) error {
				return tx.RevokeSecret(w.t.Context(), w.row.ID, w.app.ClientID, "Ann")
			})
			if err != nil {
				w.t.Fatal(err)
			}
		},
		"app deleted by another process": func(w *world, other *Server) {
			if err := other.DB.Tx(w.t.Context(), func(tx *db.Tx) error { return tx.DeleteApp(w.t.Context(), w.app.ClientID) }); err != nil {
				w.t.Fatal(err)
			}
		},
		"expired": func(w *world, _ *Server) { w.now = w.now.Add(10 * time.Minute) },
	}
	for name, kill := range kill {
		w := newWorld(t)
		w.secret, w.row = w.addSecret(w.now.Add(10 * time.Minute))
		w.token()
		w.token()
		kill(w, w.process(full(t)))
		if _, err := w.Token(t.Context(), w.request()); code(err) != InvalidClient {
			t.Errorf("Token(%s) = %v, want %s", name, err, InvalidClient)
		}
	}
}

func TestExpiryIsTheFirstSecondThatDoesNotWork(t *testing.T) {
	w := newWorld(t)
	w.secret, w.row = w.addSecret(w.now.Add(time.Minute))
	w.now = w.now.Add(time.Minute - time.Nanosecond)
	w.token()
	w.now = w.now.Add(time.Nanosecond)
	if _, err := w.Token(t.Context(), w.request()); code(err) != InvalidClient {
		t.Errorf("Token(at the expiry) = %v, want %s", err, InvalidClient)
	}
}

// A row whose hash was replaced counts as another secret in the memory of verified ones.
func TestRememberedSecretIsBoundToItsRowsHash(t *testing.T) {
	w := newWorld(t)
	w.token()
	other, err := argon2id.CreateHash("another secret", cheap)
	if err != nil {
		t.Fatal(err)
	}
	row := w.row
	row.Hash = other
	if ok, err := w.verifySecret(t.Context(), row, w.secret); ok || err != nil {
		t.Errorf("matches(row with another hash) = %v, %v, want false, nil", ok, err)
	}
}

func TestAnyOfFiveLiveSecretsWorks(t *testing.T) {
	w := newWorld(t)
	for range 4 {
		w.token()
		w.secret, w.row = w.addSecret(time.Time{})
	}
	w.token()
}
