package flow

import (
	"bytes"
	"context"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gatepost/tests/testapp"
)

// keyStatus is what gatepost key status prints with --json.
type keyStatus struct {
	Keys []struct {
		ID, State string
		Position  int
	}
	Left    map[string]int
	Servers []struct {
		Has     bool `json:"has_newest_key"`
		Follows bool `json:"uses_current_key"`
	}
}

func (s keyStatus) states() string {
	var out []string
	for _, k := range s.Keys {
		out = append(out, k.State)
	}
	return strings.Join(out, " ")
}

// keyLines are the keys in the portal's key file, which its log must never hold.
func keyLines(t *testing.T, app *testapp.App) (path string, keys []string) {
	t.Helper()
	path = filepath.Join(app.Dir, "data", "gatepost.key")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode of the key file = %v, %v, want 0600", info.Mode(), err)
	}
	for _, line := range strings.Fields(string(text)) {
		keys = append(keys, app.Secret(line))
	}
	return path, keys
}

// An operator replaces the portal's key while clients get tokens. Nobody notices: not the clients with secrets from before,
// nor people with authenticators and recovery codes; and at last the old key can be thrown away.
func TestPortalKeyIsReplacedWhileServing(t *testing.T) {
	t.Parallel()
	app := testapp.New(t, testapp.WithEnv("GATEPOST_SIGNING_ALG", "EdDSA"))
	owner := app.Owner(t)
	ben := app.Member(t, "First team", "developer")
	before := owner.AddApp(t, "Warehouse", "read")
	app.Run(t, "", "app", "limit", before.ClientID, "--burst", "1000000", "--rate", "1000000") // it gets them as fast as it can
	phone := ben.AddTOTP(t)
	secretID := owner.SecretIDs(t, before.ClientID)[0]
	var made struct{ ID string }
	handOver(t, app, owner, before.ClientID, secretID, optionValue(t, owner.Get(t, "/apps/"+before.ClientID+"/secrets/"+secretID+"/handover").Body, ben.Name)).JSON(t, &made)
	token := app.Token(t, before)
	path, old := keyLines(t, app)

	// The server, which runs, takes the new key from the file, while a client goes on getting tokens.
	ctx, stop := context.WithCancel(t.Context())
	served := make(chan int)
	go func() {
		n := 0
		for ctx.Err() == nil {
			if r := app.RequestToken(t, before); r.Status != http.StatusOK {
				t.Errorf("a token during the rotation = %d %s, want 200", r.Status, r.Body)
			}
			n++
		}
		served <- n
	}()
	said := app.Run(t, "", "key", "rotate")
	_, both := keyLines(t, app)
	if len(both) != 2 || both[1] != old[0] || strings.Contains(said, both[0]) {
		t.Errorf("the key file has %d keys, want the new one in front of the old one, and the command to print neither: %s", len(both), said)
	}
	var s keyStatus
	status := func() keyStatus { s = keyStatus{}; app.RunJSON(t, &s, "key", "status"); return s }
	testapp.Until(t, time.Minute, "everything is encrypted with the new key", func() bool {
		s := status()
		return s.states() == "old current" && len(s.Left) == 0 && len(s.Servers) == 1 && s.Servers[0].Has && s.Servers[0].Follows
	})
	stop()
	if n := <-served; n == 0 {
		t.Error("no token was asked for during the rotation")
	}
	works := func(when string, code string) {
		t.Helper()
		if status := app.Me(t, token); status != http.StatusOK {
			t.Errorf("%s: a token from before = %d, want 200", when, status)
		}
		app.Token(t, before)
		app.Token(t, owner.AddApp(t, "App "+when, "read"))
		ben.OtherBrowser(t).SignInWith(t, testapp.Password, phone)
		other := ben.OtherBrowser(t)
		other.FirstStep(t, testapp.Password)
		testapp.WantRedirect(t, when+": signing in with a recovery code from before", other.Post(t, "/login/second", testapp.Form("recovery_code", code)), "/dashboard")
	}
	works("with both keys", phone.Codes[0])
	for what, args := range map[string][]string{"retiring it too early": {"key", "retire"}, "a second rotation": {"key", "rotate"}} {
		var stderr bytes.Buffer
		cmd := app.Command(t, args...)
		cmd.Stderr = &stderr
		if err := cmd.Run(); err == nil || !strings.Contains(stderr.String(), "gatepost key status") {
			t.Errorf("%s = %v %q, want a refusal that names gatepost key status", what, err, &stderr)
		}
	}

	// A quarter of an hour later.
	app.Change(t, "UPDATE portal_keys SET current_from = current_from - 3600")
	testapp.Until(t, time.Minute, "the old key is retired", func() bool { return status().states() == "retired current" })
	app.Run(t, "", "key", "retire")
	_, left := keyLines(t, app)
	if len(left) != 1 || left[0] != both[0] {
		t.Errorf("the key file has %d keys, want the new one alone", len(left))
	}
	app.Restart(t)
	works("without the old key", phone.Codes[1])
	if r := postJSON(t, app, ben, "/handovers/"+made.ID+"/open", "{}"); r.Status != http.StatusOK || !strings.Contains(r.Body, sealed) {
		t.Errorf("opening a hand-over from before = %d %s, want what was handed over", r.Status, r.Body)
	}

	// The old key alone opens nothing any more.
	if err := os.WriteFile(path, []byte(old[0]+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	var stderr bytes.Buffer
	cmd := app.Command(t, "key", "status")
	cmd.Stderr = &stderr
	if err := cmd.Run(); err == nil || !strings.Contains(stderr.String(), "the current key "+s.Keys[1].ID+" is missing") || strings.Count(stderr.String(), "\n") != 1 {
		t.Errorf("a start with the old key = %v %q, want one line that names the missing key", err, &stderr)
	}
	if err := os.WriteFile(path, []byte(left[0]+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
}
