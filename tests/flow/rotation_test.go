package flow

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"gatepost/tests/testapp"
)

func TestRotateOnThePages(t *testing.T) {
	t.Parallel()
	app := testapp.New(t)
	owner := app.Owner(t)
	old := owner.AddApp(t, "Warehouse", "read")
	base := "/apps/" + old.ClientID
	first := owner.SecretIDs(t, old.ClientID)[0]
	page := owner.Get(t, base+"/secrets/rotate?secret="+first)
	testapp.WantStatus(t, "GET rotate", page, http.StatusOK)
	once := page.Once(t)

	for what, bad := range map[string]url.Values{
		"an end in the past":         testapp.Form("old", first, "keep_old", "time", "keep_until", "2001-01-01T00:00", "once", once),
		"no time at all":             testapp.Form("old", first, "keep_old", "time", "keep_until", "soon", "once", once),
		"an end not on the list":     testapp.Form("old", first, "keep_old", "30y", "once", once),
		"no end":                     testapp.Form("old", first, "keep_old", "never", "once", once),
		"another secret":             testapp.Form("old", "00000000-0000-7000-8000-000000000000", "keep_old", "1h", "once", once),
		"an expiry not on the list":  testapp.Form("old", first, "keep_old", "1h", "expires_at", "9d", "once", once),
		"a label of several lines":   testapp.Form("old", first, "keep_old", "1h", "label", "a\nb", "once", once),
		"an end later than possible": testapp.Form("old", first, "keep_old", "time", "keep_until", "2999-01-01T00:00", "once", once),
	} {
		r := owner.Post(t, base+"/secrets/rotate", bad)
		if r.Status != http.StatusUnprocessableEntity && r.Status != http.StatusConflict {
			t.Errorf("rotate with %s = %d, want a refusal\n%.500s", what, r.Status, r.Body)
		}
		if plainSecret.MatchString(r.Body) {
			t.Errorf("rotate with %s shows a secret", what)
		}
	}
	if n := len(owner.SecretIDs(t, old.ClientID)); n != 1 {
		t.Fatalf("secrets after refused rotations = %d, want 1", n)
	}

	good := testapp.Form("old", first, "keep_old", "24h", "label", "production", "expires_at", "90d", "once", once)
	r := owner.Post(t, base+"/secrets/rotate", good)
	next := testapp.Credentials{ClientID: old.ClientID, ClientSecret: app.Secret(plainSecret.FindString(r.Body))}
	if r.Status != http.StatusOK || next.ClientSecret == "" || next.ClientSecret == old.ClientSecret {
		t.Fatalf("rotate = %d, want the page with the new secret\n%.2000s", r.Status, r.Body)
	}
	testapp.WantWords(t, "the page that reveals", r.Body, "Secret rotated", "in 24 h", "Check that you saved it", "…"+old.ClientSecret[len(old.ClientSecret)-4:])
	if again := owner.Post(t, base+"/secrets/rotate", good); again.Status != http.StatusSeeOther || plainSecret.MatchString(again.Body) {
		t.Errorf("the same form again = %d, want a redirect without a secret", again.Status)
	}
	for _, c := range []testapp.Credentials{old, next} {
		app.Token(t, c)
	}
	board := owner.Get(t, base+"/secrets")
	if plainSecret.MatchString(board.Body) {
		t.Error("the board shows a secret")
	}
	testapp.WantWords(t, "the board", board.Body, "production", "expires ", "1 caller")

	// Immediately means immediately, also for the second server.
	ids := owner.SecretIDs(t, old.ClientID)
	if len(ids) != 2 || ids[1] != first {
		t.Fatalf("secrets after a rotation = %v, want the new one before %s", ids, first)
	}
	r = owner.Post(t, base+"/secrets/rotate", testapp.Form("old", ids[0], "keep_old", "0", "once", "second"))
	third := testapp.Credentials{ClientID: old.ClientID, ClientSecret: app.Secret(plainSecret.FindString(r.Body))}
	testapp.WantWords(t, "the page after a rotation that ends the old one", r.Body, "has expired")
	if got := app.RequestToken(t, next); got.Status != http.StatusUnauthorized {
		t.Errorf("token with the secret that ended immediately = %d, want 401", got.Status)
	}
	for what, c := range map[string]testapp.Credentials{"the first, which was promised a day": old, "the newest": third} {
		if got := app.RequestToken(t, c); got.Status != http.StatusOK {
			t.Errorf("token with %s = %d, want 200", what, got.Status)
		}
	}

	// Another end: sooner, later, none.
	retire := base + "/secrets/" + first + "/retire"
	testapp.WantWords(t, "GET retire", owner.Get(t, retire).Body, "Revoke now", `value="time" checked`)
	tomorrow := time.Now().UTC().Add(26 * time.Hour).Format("2006-01-02T15:04")
	testapp.WantStatus(t, "POST retire", owner.Post(t, retire, testapp.Form("expires_at", "time", "until", tomorrow)), http.StatusSeeOther)
	testapp.WantWords(t, "the board after another end", owner.Get(t, base+"/secrets").Body, "It works until then.", "in 26 h")
	testapp.WantStatus(t, "POST retire without an end", owner.Post(t, retire, testapp.Form("expires_at", "never")), http.StatusSeeOther)
	testapp.WantStatus(t, "POST retire in the past", owner.Post(t, retire, testapp.Form("expires_at", "time", "until", "2001-01-01T00:00")), http.StatusUnprocessableEntity)

	// Not by who may not.
	dev, viewer := app.Member(t, "First team", "developer"), app.Member(t, "First team", "viewer")
	for _, path := range []string{base + "/secrets/rotate", base + "/secrets/prove", retire, base + "/secrets/" + first + "/handover", "/team/exposure"} {
		testapp.WantStatus(t, "GET "+path+" by another developer", dev.Get(t, path), http.StatusForbidden)
	}
	for _, path := range []string{"/team/rotation", "/team/rules", base + "/secrets"} {
		testapp.WantStatus(t, "GET "+path+" by another developer", dev.Get(t, path), http.StatusOK)
		testapp.WantStatus(t, "GET "+path+" by a viewer", viewer.Get(t, path), http.StatusForbidden)
	}
	for _, path := range []string{"/secrets/rotate", "/secrets/" + first + "/retire", "/secrets/" + first + "/drill", "/secrets/prove"} {
		testapp.WantStatus(t, "POST "+path+" by another developer", dev.Post(t, base+path, testapp.Form("keep_old", "0", "expires_at", "1h", "minutes", "1", "old", first)), http.StatusForbidden)
	}
}

func TestProofOfSave(t *testing.T) {
	t.Parallel()
	app := testapp.New(t)
	owner := app.Owner(t)
	c := owner.AddApp(t, "Warehouse", "read")
	other := owner.AddApp(t, "Other", "read")
	path := "/apps/" + c.ClientID + "/secrets/prove"
	for what, secret := range map[string]string{"nothing": "", "another app's": other.ClientSecret, "a cut one": c.ClientSecret[:40], "a made up one": "gps_" + strings.Repeat("A", 40)} {
		r := owner.Post(t, path, testapp.Form("client_secret", secret))
		testapp.WantStatus(t, "prove "+what, r, http.StatusUnprocessableEntity)
		if secret != "" && strings.Contains(r.Body, secret) {
			t.Errorf("the answer to %s shows it", what)
		}
	}
	testapp.WantWords(t, "prove one with a line break", owner.Post(t, path, testapp.Form("client_secret", c.ClientSecret+"\n")).Body, "line break")
	r := owner.Post(t, path, testapp.Form("client_secret", c.ClientSecret))
	if r.Status != http.StatusOK {
		t.Fatalf("prove the right one = %d, want 200\n%.2000s", r.Status, r.Body)
	}
	testapp.WantWords(t, "the answer", r.Body, "It is the right one", "…"+c.ClientSecret[40:])
	if strings.Contains(r.Body, c.ClientSecret) {
		t.Error("the answer shows the secret")
	}
	testapp.WantWords(t, "the board", owner.Get(t, "/apps/"+c.ClientID+"/secrets").Body, "saved, checked by "+owner.Name)
}

func TestDrillOnThePages(t *testing.T) {
	t.Parallel()
	app := testapp.New(t)
	owner := app.Owner(t)
	old := owner.AddApp(t, "Warehouse", "read")
	base := "/apps/" + old.ClientID
	id := owner.SecretIDs(t, old.ClientID)[0]
	drill := base + "/secrets/" + id + "/drill"
	testapp.WantStatus(t, "drill of the only secret", owner.Post(t, drill, testapp.Form("minutes", "1")), http.StatusConflict)
	r := owner.Post(t, base+"/secrets", testapp.Form("label", "new", "expires_at", "never", "once", "x"))
	next := testapp.Credentials{ClientID: old.ClientID, ClientSecret: app.Secret(plainSecret.FindString(r.Body))}
	for _, minutes := range []string{"", "0", "6", "-1", "99999999999999999999"} {
		testapp.WantStatus(t, "drill of "+minutes+" minutes", owner.Post(t, drill, testapp.Form("minutes", minutes)), http.StatusUnprocessableEntity)
	}
	r = owner.Post(t, drill, testapp.Form("minutes", "5"))
	if r.Status != http.StatusSeeOther || !strings.HasPrefix(r.Location, base+"/drills/") {
		t.Fatalf("POST drill = %d to %s, want the drill's page\n%.500s", r.Status, r.Location, r.Body)
	}
	page := r.Location
	running := owner.Get(t, page)
	if running.Header.Get("Refresh") == "" {
		t.Error("the page of a running drill does not load itself again")
	}
	testapp.WantWords(t, "the page of a running drill", running.Body, "runs for another 4:", "End drill now", "Nobody has failed so far")
	if got := app.RequestToken(t, old); got.Status != http.StatusUnauthorized {
		t.Errorf("token with the drilled secret = %d, want 401", got.Status)
	}
	app.Token(t, next)
	testapp.WantWords(t, "the board in a drill", owner.Get(t, base+"/secrets").Body, "Refused by a drill", "See the drill")
	testapp.Until(t, 10*time.Second, "the drill's page lists who failed", func() bool {
		return !strings.Contains(owner.Get(t, page).Body, "Nobody has failed so far")
	})
	if owner.Post(t, drill, testapp.Form("minutes", "1")).Status != http.StatusConflict {
		t.Error("a second drill of the app was started")
	}
	r = owner.Post(t, drill+"/end", testapp.Form())
	if r.Status != http.StatusSeeOther || r.Location != page {
		t.Errorf("POST drill/end = %d to %s, want the drill's page", r.Status, r.Location)
	}
	app.Token(t, old)
	over := owner.Get(t, page)
	if over.Header.Get("Refresh") != "" {
		t.Error("the page of a drill that is over loads itself again")
	}
	testapp.WantWords(t, "the page of a drill that is over", over.Body, "1 caller failed", "127.0.0.1")
	testapp.WantStatus(t, "ending it again", owner.Post(t, drill+"/end", testapp.Form()), http.StatusConflict)
	testapp.WantStatus(t, "the page of a drill that is none", owner.Get(t, base+"/drills/none"), http.StatusNotFound)
}

func TestTeamRulesAndExposure(t *testing.T) {
	t.Parallel()
	app := testapp.New(t)
	owner := app.Owner(t)
	dev := app.Member(t, "First team", "developer")
	c := dev.AddApp(t, "Warehouse", "read")
	for field, value := range map[string]string{"max_secret_days": "ten", "max_token_days": "-1", "warn_days": "30 0"} {
		r := owner.Post(t, "/team/rules", testapp.Form(field, value))
		testapp.WantStatus(t, field+" "+value, r, http.StatusUnprocessableEntity)
		testapp.WantWords(t, field+" "+value, r.Body, `value="`+value+`"`, `href="#f-`+field+`"`)
	}
	testapp.WantStatus(t, "rules by a developer", dev.Post(t, "/team/rules", testapp.Form("max_secret_days", "1")), http.StatusForbidden)
	testapp.WantStatus(t, "good rules", owner.Post(t, "/team/rules", testapp.Form("max_secret_days", "30", "max_token_days", "", "warn_days", "14, 3")), http.StatusSeeOther)
	rules := owner.Get(t, "/team/rules")
	testapp.WantWords(t, "the rules", rules.Body, `value="30"`, `value="14 3"`, "No violations")

	// A secret of 31 days breaks the rule, and goes on working.
	app.Exec(t, `UPDATE client_secrets SET created_at = created_at - 31 * 86400`)
	testapp.WantWords(t, "the rules", owner.Get(t, "/team/rules").Body, "is 31 d old", "Rotate secret")
	testapp.WantWords(t, "the board", owner.Get(t, "/team/rotation").Body, "older than the team", "1 live secret in 1 app")
	app.Token(t, c)

	testapp.WantWords(t, "the ledger", owner.Get(t, "/team/exposure").Body, dev.Name)
	id := regexp.MustCompile(`/team/exposure/([a-z0-9]{26})`).FindStringSubmatch(owner.Get(t, "/team/exposure").Body)
	if id == nil {
		t.Fatal("the ledger names nobody")
	}
	page := "/team/exposure/" + id[1]
	testapp.WantWords(t, "what a person knows", owner.Get(t, page).Body, dev.Name+" made it", "only live secret", "Start rotation of 1 secret")
	testapp.WantWords(t, "what a person knows in all teams", owner.Get(t, page+"?all=on").Body, dev.Name+" made it", "First team")
	testapp.WantStatus(t, "a person whom nobody knows", owner.Get(t, "/team/exposure/none"), http.StatusNotFound)
	testapp.WantStatus(t, "the ledger for a developer", dev.Get(t, page), http.StatusForbidden)
	testapp.WantStatus(t, "an end that is none", owner.Post(t, page+"/rotate", testapp.Form("keep_old", "never")), http.StatusUnprocessableEntity)
	testapp.WantStatus(t, "rotation by a developer", dev.Post(t, page+"/rotate", testapp.Form("keep_old", "0")), http.StatusForbidden)
	r := owner.Post(t, page+"/rotate", testapp.Form("keep_old", "24h"))
	testapp.WantStatus(t, "the start of a rotation", r, http.StatusSeeOther)
	testapp.WantWords(t, "the page after it", owner.Get(t, r.Location).Body, "1 secret expires in 24 h", "/secrets/rotate?secret=")
	app.Token(t, c)
	dashboard := owner.Get(t, "/dashboard")
	testapp.WantWords(t, "the dashboard", dashboard.Body, "Expires soon", "/secrets/rotate?secret=")
	r = owner.Post(t, page+"/rotate", testapp.Form("keep_old", "0"))
	testapp.WantStatus(t, "the end of a rotation", r, http.StatusSeeOther)
	if got := app.RequestToken(t, c); got.Status != http.StatusUnauthorized {
		t.Errorf("token with a secret that ended immediately = %d, want 401", got.Status)
	}
	testapp.WantWords(t, "the page at its end", owner.Get(t, page).Body, "knows no live secret")
}
