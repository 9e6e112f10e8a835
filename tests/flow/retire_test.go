package flow

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"gatepost/tests/testapp"
)

const secretExpires = "Gatepost-Secret-Expires"

// engines are the databases that two servers can share.
var engines = map[string]func(t *testing.T) []testapp.Option{
	"sqlite": func(*testing.T) []testapp.Option { return nil },
	"postgres": func(t *testing.T) []testapp.Option {
		return []testapp.Option{testapp.WithDatabase(testapp.StartPostgres(t).Database(t))}
	},
}

// What one server does to a secret holds on the other from its answer on: there is nothing in
// between, although both remember that the secret was right.
func TestRetiringHoldsOnEveryServer(t *testing.T) {
	t.Parallel()
	for engine, options := range engines {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			one := testapp.New(t, options(t)...)
			owner := one.Owner(t)
			two := testapp.New(t, testapp.Beside(one))
			old := owner.AddApp(t, "Warehouse", "read")
			want := func(what string, c testapp.Credentials, status int) {
				t.Helper()
				for name, server := range map[string]*testapp.App{"the server": one, "the other server": two} {
					if got := server.RequestToken(t, c); got.Status != status {
						t.Errorf("token from %s %s = %d, want %d", name, what, got.Status, status)
					}
				}
			}
			rotate := func(keep string) testapp.Credentials {
				t.Helper()
				var out struct {
					ClientSecret string `json:"client_secret"`
				}
				one.RunJSON(t, &out, "app", "rotate", old.ClientID, "--keep-old", keep, "--json")
				return testapp.Credentials{ClientID: old.ClientID, ClientSecret: one.Secret(out.ClientSecret)}
			}
			want("before the rotation", old, http.StatusOK)
			next := rotate("24h")
			want("in the window", old, http.StatusOK)
			want("with the new secret", next, http.StatusOK)

			path := "/apps/" + old.ClientID + "/secrets/"
			ids := owner.SecretIDs(t, old.ClientID)
			testapp.WantStatus(t, "start of a drill", owner.Post(t, path+ids[1]+"/drill", testapp.Form("minutes", "5")), http.StatusSeeOther)
			want("in the drill", old, http.StatusUnauthorized)
			want("in the drill of the old secret", next, http.StatusOK)
			// Its end comes by the clock alone, which is moved here in place of waiting.
			one.Exec(t, `UPDATE client_secrets SET drill_until = drill_until - 300 WHERE id = $1`, ids[1])
			want("after the drill", old, http.StatusOK)
			testapp.WantStatus(t, "start of a second drill", owner.Post(t, path+ids[1]+"/drill", testapp.Form("minutes", "1")), http.StatusSeeOther)
			want("in the second drill", old, http.StatusUnauthorized)
			testapp.WantStatus(t, "end of the drill", owner.Post(t, path+ids[1]+"/drill/end", testapp.Form()), http.StatusSeeOther)
			want("after the drill was ended", old, http.StatusOK)

			last := rotate("0")
			want("after a rotation that ends the old one", next, http.StatusUnauthorized)
			want("that was promised a day", old, http.StatusOK)
			want("that is the newest", last, http.StatusOK)
			one.Exec(t, `UPDATE client_secrets SET expires_at = expires_at - 86400 WHERE id = $1`, ids[1])
			want("after its window", old, http.StatusUnauthorized)
		})
	}
}

// The answers to a retiring secret say when it ends; no other answer does.
func TestRetiringSecretIsAnnounced(t *testing.T) {
	t.Parallel()
	app := testapp.New(t)
	owner := app.Owner(t)
	c := owner.AddApp(t, "Warehouse", "read")
	id := owner.SecretIDs(t, c.ClientID)[0]
	app.Exec(t, `UPDATE apps SET query_parameters = TRUE WHERE client_id = $1`, c.ClientID) // for netrex
	answers := func() map[string]*testapp.Answer {
		return map[string]*testapp.Answer{
			"nxtsoft": app.RequestToken(t, c),
			"netrex":  app.Do(t, app.Request(t, http.MethodPost, "/oauth2/token?"+c.Form(), "", "Origin", "https://spa.example")),
			"nextome": app.Do(t, app.Request(t, http.MethodPost, "/apps/auth",
				`{"clientId":"`+c.ClientID+`","clientSecret":"`+c.ClientSecret+`"}`, "Content-Type", "application/json", "Origin", "https://spa.example")),
		}
	}
	for _, step := range []struct {
		name string
		end  time.Time
		told bool
	}{
		{"without an end", time.Time{}, false},
		{"that ends in a week", time.Now().UTC().Add(7 * 24 * time.Hour).Truncate(time.Second), true},
		{"that ends in 100 days", time.Now().UTC().Add(100 * 24 * time.Hour).Truncate(time.Second), false},
	} {
		if !step.end.IsZero() {
			app.Exec(t, `UPDATE client_secrets SET expires_at = $1 WHERE id = $2`, step.end.Unix(), id)
		}
		want := ""
		if step.told {
			want = step.end.Format(http.TimeFormat)
		}
		for dialect, r := range answers() {
			testapp.WantStatus(t, dialect, r, http.StatusOK)
			if got := r.Header.Get(secretExpires); got != want {
				t.Errorf("%s of a secret %s by %s = %q, want %q", secretExpires, step.name, dialect, got, want)
			}
			if dialect != "nxtsoft" && !strings.Contains(r.Header.Get("Access-Control-Expose-Headers"), secretExpires) {
				t.Errorf("exposed headers = %q, want %s among them", r.Header.Get("Access-Control-Expose-Headers"), secretExpires)
			}
		}
	}
	app.Exec(t, `UPDATE client_secrets SET expires_at = $1 WHERE id = $2`, time.Now().Unix()-1, id)
	for dialect, r := range answers() {
		if r.Status != http.StatusUnauthorized || r.Header.Get(secretExpires) != "" {
			t.Errorf("%s of an expired secret = %d with %q, want 401 that tells strangers nothing", dialect, r.Status, r.Header.Get(secretExpires))
		}
	}
}
