package grant

import (
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/alexedwards/argon2id"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/handlers/keys"
	"gatepost/handlers/secret"
)

const issuer = "https://portal.example"

// cheap are argon2id parameters that let the tests run fast.
var cheap = &argon2id.Params{Memory: 64, Iterations: 1, Parallelism: 1, SaltLength: 16, KeyLength: 32}

// world is a portal with one app that has one secret.
type world struct {
	*Server
	t      *testing.T
	path   string // of the database
	now    time.Time
	app    db.App
	secret string
	row    db.ClientSecret
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, path: filepath.Join(t.TempDir(), "g.db"), now: time.Now().Truncate(time.Second)}
	w.Server = w.process(secret.NewHasher(2, 16))
	w.app = db.App{
		ClientID: "97sv0tntua35arne6uo30614r9", TeamID: "team", Name: "Meter reader", Kind: "server",
		Grants: []string{"client_credentials"}, Scopes: []string{"read", "write", "transactions/post"}, TokenLifetime: time.Hour,
	}
	w.write(func(tx *db.Tx) error {
		return errors.Join(
			tx.InsertTeam(t.Context(), db.Team{ID: "team", Name: "Team", SolutionKey: "k"}),
			tx.InsertApp(t.Context(), w.app),
		)
	})
	w.secret, w.row = w.addSecret(time.Time{})
	return w
}

// process returns the server of another process on the same database with the same key.
func (w *world) process(h *secret.Hasher) *Server {
	w.t.Helper()
	d, err := db.Open(w.t.Context(), w.path)
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { d.Close() })
	clock := func() time.Time { return w.now }
	ring, err := keys.Open(w.t.Context(), d, keys.Options{Algorithm: keys.EdDSA, Box: secret.NewKeyring(secret.Key{}).NewBox(keys.Purpose), Now: clock})
	if err != nil {
		w.t.Fatal(err)
	}
	return New(Options{
		DB: d, Keys: ring, Minter: secret.NewMinter(secret.NewKeyring(secret.Key{1})), Hasher: h, Verified: secret.NewVerified(100), Issuer: issuer, Now: clock,
	})
}

func (w *world) write(fn func(*db.Tx) error) {
	w.t.Helper()
	if err := w.DB.Tx(w.t.Context(), fn); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) addSecret(expires time.Time) (string, db.ClientSecret) {
	w.t.Helper()
	plain, hint := w.Minter.New(w.app.ClientID)
	hash, err := argon2id.CreateHash(plain, cheap)
	if err != nil {
		w.t.Fatal(err)
	}
	row := db.ClientSecret{ID: secret.ID(), ClientID: w.app.ClientID, Hint: hint, Hash: hash, CreatedAt: w.now, ExpiresAt: expires}
	w.write(func(tx *db.Tx) error { return tx.InsertSecret(w.t.Context(), row, 5) })
	return plain, row
}

func (w *world) request() Request {
	return Request{
		GrantType: "client_credentials", ClientID: w.app.ClientID, ClientSecret: w.secret, Dialect: "nxtsoft",
		Caller: db.Caller{Address: "203.0.113.9", UserAgent: "test"},
	}
}

func (w *world) token() Response {
	w.t.Helper()
	res, err := w.Token(w.t.Context(), w.request())
	if err != nil {
		w.t.Fatalf("Token() = %v, want nil", err)
	}
	return res
}

// full returns a Hasher without a free place: hashing gives ErrOverloaded.
func full(t *testing.T) *secret.Hasher {
	t.Helper()
	return &secret.Hasher{}
}

// code returns the code of a refusal, or the text of another error.
func code(err error) string {
	var e *Error
	switch {
	case err == nil:
		return ""
	case errors.As(err, &e):
		return e.Code
	}
	return err.Error()
}

// TOK-01, RFC 6749 section 4.4.
func TestClientCredentialsGiveATokenThatIsRecorded(t *testing.T) {
	w := newWorld(t)
	res := w.token()
	if res.TokenType != "Bearer" || res.ExpiresIn != time.Hour || !slices.Equal(res.Scopes, w.app.Scopes) {
		t.Errorf("Token() = %s, %v, %v, want Bearer, 1h, all scopes of the app", res.TokenType, res.ExpiresIn, res.Scopes)
	}
	a, err := w.Access(t.Context(), res.AccessToken, db.Caller{})
	if err != nil {
		t.Fatalf("Access(own token) = %v, want nil", err)
	}
	record, err := w.DB.AccessToken(t.Context(), a.JTI)
	want := db.AccessToken{
		JTI: a.JTI, ClientID: w.app.ClientID, SecretID: w.row.ID, Scope: "read write transactions/post", Audience: issuer,
		Dialect: "nxtsoft", IssuedAt: w.now.UTC(), ExpiresAt: w.now.UTC().Add(time.Hour),
	}
	if err != nil || record != want {
		t.Errorf("record = %+v, %v, want %+v", record, err, want)
	}
	usage, err := w.DB.UsageOfApp(t.Context(), w.app.ClientID, w.now.Add(-24*time.Hour))
	if err != nil || len(usage) != 1 || usage[0].Tokens != 1 || usage[0].SecretID != w.row.ID || usage[0].Address != "203.0.113.9" {
		t.Errorf("usage = %+v, %v, want one use of the secret from 203.0.113.9", usage, err)
	}
}

func TestGrantTypeIsChecked(t *testing.T) {
	w := newWorld(t)
	for grantType, want := range map[string]string{
		"":                    InvalidRequest,
		"password":            UnsupportedGrantType,
		"authorization_code":  UnauthorizedClient,
		"refresh_token":       UnauthorizedClient,
		"CLIENT_CREDENTIALS":  UnsupportedGrantType,
		" client_credentials": UnsupportedGrantType,
		"<script>":            UnsupportedGrantType,
	} {
		req := w.request()
		req.GrantType = grantType
		_, err := w.Token(t.Context(), req)
		if code(err) != want {
			t.Errorf("Token(grant_type %q) = %v, want %s", grantType, err, want)
		}
		var e *Error
		if errors.As(err, &e) && strings.Contains(e.Description, "script") {
			t.Errorf("Token(grant_type %q) echoes it: %q", grantType, e.Description)
		}
	}
	other := w.app
	other.ClientID, other.Name, other.Grants = "16ec4na9av8011ibj9hskf9umf", "Browser app", []string{"authorization_code"}
	w.write(func(tx *db.Tx) error { return tx.InsertApp(t.Context(), other) })
	w.app = other
	w.secret, _ = w.addSecret(time.Time{})
	if _, err := w.Token(t.Context(), w.request()); code(err) != UnauthorizedClient {
		t.Errorf("Token(app without the grant) = %v, want %s", err, UnauthorizedClient)
	}
}

func TestTokenLivesAsLongAsItsAppSaysWithinADay(t *testing.T) {
	w := newWorld(t)
	for lifetime, want := range map[time.Duration]time.Duration{
		90 * time.Second: 90 * time.Second, time.Second: time.Minute, 0: time.Minute, 24 * time.Hour: 24 * time.Hour, 48 * time.Hour: 24 * time.Hour,
	} {
		w.app.TokenLifetime = lifetime
		w.write(func(tx *db.Tx) error { return tx.UpdateApp(t.Context(), w.app) })
		if got := w.token().ExpiresIn; got != want {
			t.Errorf("ExpiresIn(app that says %v) = %v, want %v", lifetime, got, want)
		}
	}
}

// If the secret is revoked between its check and the record, there is no token.
func TestSecretRevokedMeanwhileGetsNoToken(t *testing.T) {
	w := newWorld(t)
	f := &flow{Request: w.request(), now: w.now, client: db.Credential{ClientID: w.app.ClientID, Secret: w.row}, resolved: resolvedGrant{subject: w.app.ClientID}, audiences: []string{issuer}}
	w.write(func(tx *db.Tx) error { return tx.RevokeSecret(t.Context(), w.row.ID, w.app.ClientID, "Ann") })
	res, err := w.issue(t.Context(), f, time.Hour)
	if code(err) != InvalidClient || res.AccessToken != "" {
		t.Errorf("issue(revoked meanwhile) = %q, %v, want no token, %s", res.AccessToken, err, InvalidClient)
	}
	if n, err := w.DB.CountTokens(t.Context(), w.app.ClientID, w.now); n != 0 || err != nil {
		t.Errorf("recorded tokens = %d, %v, want 0", n, err)
	}
}

func TestSignedInPersonGetsAShortTokenOfTheirApp(t *testing.T) {
	w := newWorld(t)
	w.write(func(tx *db.Tx) error {
		return errors.Join(
			tx.InsertPerson(t.Context(), db.Person{ID: "ann", Email: "ann@example.com", Name: "Ann"}),
			tx.InsertPerson(t.Context(), db.Person{ID: "bob", Email: "bob@example.com", Name: "Bob", DisabledAt: w.now}),
		)
	})
	res, err := w.ForPerson(t.Context(), w.app, hub.Actor{ID: "ann"}, []string{"read"}, "", 5*time.Minute, db.Caller{})
	if err != nil || res.ExpiresIn != 5*time.Minute {
		t.Fatalf("ForPerson() = %v, %v, want 5m, nil", res.ExpiresIn, err)
	}
	a, err := w.Access(t.Context(), res.AccessToken, db.Caller{})
	if err != nil || a.PersonID != "ann" || a.ClientID != w.app.ClientID || !slices.Equal(a.Scopes, []string{"read"}) {
		t.Errorf("Access() = %+v, %v, want ann's token of the app with the scope read", a, err)
	}
	if _, err := w.ForPerson(t.Context(), w.app, hub.Actor{ID: "ann"}, []string{"read", "events"}, "", time.Minute, db.Caller{}); code(err) != InvalidScope {
		t.Errorf("ForPerson(a scope that the app lacks) = %v, want %s", err, InvalidScope)
	}
	for _, person := range []string{"bob", "nobody"} {
		res, err := w.ForPerson(t.Context(), w.app, hub.Actor{ID: person}, nil, "", time.Minute, db.Caller{})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Access(t.Context(), res.AccessToken, db.Caller{}); !errors.Is(err, ErrInvalidToken) {
			t.Errorf("Access(token of %s, who is disabled or gone) = %v, want ErrInvalidToken", person, err)
		}
	}
}
