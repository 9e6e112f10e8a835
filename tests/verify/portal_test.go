package verify

import (
	"encoding/json"
	"html"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gatepost/db"
	"gatepost/handlers/keys"
	"gatepost/handlers/secret"
	"gatepost/tests/testapp"
)

const metersAPI = "https://meters.example/"

// TestServicesOfAPortal runs the samples next to a whole server: they take the tokens that it
// signs, before and after it changed its key, and no others.
func TestServicesOfAPortal(t *testing.T) {
	for _, algorithm := range []string{"RS256", "ES256"} {
		t.Run(algorithm, func(t *testing.T) {
			t.Parallel()
			p := newPortal(t, algorithm)
			page := html.UnescapeString(p.owner.Get(t, "/docs/verify").Body)
			first := p.Token(t, p.client)
			meters := p.Tokens(t, p.TokenRequest(t, p.client, "grant_type", "client_credentials", "resource", metersAPI)).AccessToken
			bad := changed(t, first)
			bad["for another API"] = meters
			bad["that has expired"] = p.sign(t, first, "exp", time.Now().Add(-time.Minute).Unix())
			bad["of another issuer"] = p.sign(t, first, "iss", "https://other.example")
			again := p.sign(t, first) // the last two are bad for no other reason

			var running []*service
			for _, s := range samples {
				if !strings.Contains(page, strings.TrimSuffix(s.text(t, algorithm), "\n")) {
					t.Errorf("GET /docs/verify does not show testdata/%s", s.file)
				}
				if missing := s.without(t); missing != "" {
					t.Logf("%s is not run: it needs %s", s.name, missing)
					continue
				}
				v := s.start(t, algorithm, p.URL)
				running = append(running, v)
				v.want(t, "of the portal", first, hello(p.client.ClientID))
				v.want(t, "of the portal's key", again, hello(p.client.ClientID))
				v.want(t, "without the scope", p.Token(t, p.writer), insufficient)
				for what, token := range bad {
					v.want(t, what, token, invalid)
				}
			}

			second := p.rotate(t)
			for _, v := range running {
				testapp.Until(t, rotatesWithin, v.name+" takes the new key", func() bool { return v.call(t, "Bearer "+second) == hello(p.client.ClientID) })
				v.want(t, "from before the rotation", first, hello(p.client.ClientID))
				for what, token := range changed(t, second) {
					v.want(t, "of the new key, "+what, token, invalid)
				}
			}
		})
	}
}

// portal is a server with two apps and an API of its owner's.
type portal struct {
	*testapp.App
	owner          *testapp.Person
	client, writer testapp.Credentials
}

func newPortal(t *testing.T, algorithm string) *portal {
	t.Helper()
	p := &portal{App: testapp.New(t, testapp.WithEnv("GATEPOST_SIGNING_ALG", algorithm))}
	p.owner = p.Owner(t)
	p.client = p.owner.AddApp(t, "Meters", "read")
	p.writer = p.owner.AddApp(t, "Writer", "write")
	p.owner.AddAPI(t, "Meters", metersAPI, "read")
	return p
}

// sign gives a token with some claims of another one changed, signed by the portal's own key.
func (p *portal) sign(t *testing.T, like string, more ...any) string {
	t.Helper()
	d, err := db.Open(t.Context(), p.DB)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	portalKeys, err := (&secret.Source{File: filepath.Join(p.Dir, "data", "gatepost.key")}).Load()
	if err != nil {
		t.Fatal(err)
	}
	ring, err := keys.Attach(t.Context(), d, keys.Options{Box: secret.NewKeyring(portalKeys[0]).NewBox(keys.Purpose)})
	if err != nil {
		t.Fatal(err)
	}
	var claims map[string]any
	if err := json.Unmarshal(decode(t, strings.Split(like, ".")[1]), &claims); err != nil {
		t.Fatal(err)
	}
	token, err := ring.Sign(but(claims, more...))
	if err != nil {
		t.Fatal(err)
	}
	return p.Secret(token)
}

// rotate changes the signing key and gives a token of the new one. A moved row stands for the
// time between publishing a key and signing with it, a restart for the server's next look.
func (p *portal) rotate(t *testing.T) (token string) {
	t.Helper()
	var next struct {
		KID string `json:"kid"`
	}
	p.RunJSON(t, &next, "keys", "rotate")
	moment := time.Now().Unix() - 10
	p.Exec(t, "UPDATE signing_keys SET signs_until = $1 WHERE kid <> $2", moment, next.KID)
	p.Exec(t, "UPDATE signing_keys SET signs_from = $1 WHERE kid = $2", moment, next.KID)
	p.Restart(t)
	token = p.Token(t, p.client)
	var header struct {
		KID string `json:"kid"`
	}
	if err := json.Unmarshal(decode(t, strings.Split(token, ".")[0]), &header); err != nil || header.KID != next.KID || next.KID == "" {
		t.Fatalf("after the rotation to %q the key %q signs, %v", next.KID, header.KID, err)
	}
	if status := p.Me(t, token); status != http.StatusOK {
		t.Errorf("GET /api/v1/me with a token of the new key = %d, want 200", status)
	}
	return token
}
