package flow

import (
	"encoding/json"
	"os"
	"os/exec"
	"strings"
	"testing"

	"gatepost/tests/testapp"
)

// README's lines work as they are typed, for an app made as README says, and the one about
// introspection once its setting is as README says.
func TestReadmeIntrospectsAToken(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("curl"); err != nil {
		t.Fatal("this test needs curl, as README's commands do")
	}
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	line := func(part string) string {
		for l := range strings.Lines(string(readme)) {
			if strings.HasPrefix(l, "curl ") && strings.Contains(l, part) {
				return l
			}
		}
		t.Fatalf("README has no line with curl and %s", part)
		return ""
	}
	app := testapp.New(t)
	owner := app.Owner(t)
	c := owner.AddApp(t, "Warehouse", "read")
	env := append(os.Environ(), "ISSUER="+app.URL, "CLIENT_ID="+c.ClientID, "CLIENT_SECRET="+c.ClientSecret)
	typed := func(command string, into any) {
		t.Helper()
		cmd := exec.Command("sh", "-c", command)
		cmd.Env, cmd.Dir = env, t.TempDir()
		out, err := cmd.Output()
		if err == nil {
			err = json.Unmarshal(out, into)
		}
		if err != nil {
			t.Fatalf("%s: %v\n%s", command, err, out)
		}
	}
	var got struct {
		AccessToken string `json:"access_token"`
		Active      bool
		ClientID    string `json:"client_id"`
		Error       string
		Description string `json:"error_description"`
	}
	typed(line("grant_type=client_credentials"), &got)
	env = append(env, "TOKEN="+app.Secret(got.AccessToken))
	typed(line("/oauth2/introspect"), &got)
	if got.Error != "unauthorized_client" || !strings.Contains(got.Description, "The app's settings can allow it.") {
		t.Errorf("introspection by an app that may not = %+v, want that its settings can allow it", got)
	}
	if !strings.Contains(string(readme), "set *Introspection* to *Tokens of this team*") {
		t.Error("README doesn't say what to set for introspection")
	}
	testapp.WantRedirect(t, "POST of the settings", owner.Post(t, "/apps/"+c.ClientID,
		testapp.Form("name", "Warehouse", "scopes", "read", "token_lifetime", "3600", "auth_method", "client_secret", "introspection", "team")), "/apps/"+c.ClientID)
	typed(line("/oauth2/introspect"), &got)
	if !got.Active || got.ClientID != c.ClientID {
		t.Errorf("introspection = %+v, want the token active", got)
	}
	typed(line("/oauth2/revoke\" -u"), &struct{}{})
	if typed(line("/oauth2/introspect"), &got); got.Active {
		t.Error("the token is active after README's revocation")
	}
}
