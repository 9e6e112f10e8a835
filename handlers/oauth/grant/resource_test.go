package grant

import (
	"errors"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"gatepost/db"
	"gatepost/handlers/hub"
)

const (
	meters  = "https://meters.example/api"
	cameras = "urn:example:cameras"
	doors   = "https://doors.example/" // has no scope that an app of these tests has
)

// addAPIs adds three APIs, each with a scope of its own.
func (w *world) addAPIs() {
	w.t.Helper()
	w.write(func(tx *db.Tx) error {
		for audience, scope := range map[string]string{meters: "read", cameras: "write", doors: "doors:open"} {
			api := db.API{ID: audience, Name: audience, Audience: audience, CreatedAt: w.now, Scopes: []string{scope, "another"}}
			if err := tx.InsertAPI(w.t.Context(), api); err != nil {
				return err
			}
			if err := tx.UpdateAPI(w.t.Context(), api); err != nil {
				return err
			}
		}
		return nil
	})
}

// RFC 8707 sections 2 and 2.2; TOK-18.
func TestChooseAudience(t *testing.T) {
	w := newWorld(t)
	w.addAPIs()
	for _, c := range []struct{ resources, allowed, want string }{
		{"", "any", issuer},
		{issuer, "any", issuer},
		{meters, "any", meters},
		{cameras + " " + meters, "any", cameras + " " + meters},
		{meters + " " + meters, "any", meters},
		{issuer + "/", "any", InvalidTarget},
		{"https://unknown.example/", "any", InvalidTarget},
		{meters + " https://unknown.example/", "any", InvalidTarget},
		{meters + "#fragment", "any", InvalidTarget},
		{meters + "#", "any", InvalidTarget},
		{"/api", "any", InvalidTarget},
		{"meters.example", "any", InvalidTarget},
		{"https://%zz", "any", InvalidTarget},
		{"<script>", "any", InvalidTarget},
		{"", issuer, issuer},
		{"", meters, meters},
		{"", issuer + " " + meters, InvalidTarget},
		{"", cameras + " " + meters, cameras + " " + meters},
		{meters, issuer + " " + meters, meters},
		{issuer, issuer + " " + meters, issuer},
		{issuer + " " + meters, "any", InvalidTarget},
		{issuer + " " + meters, issuer + " " + meters, InvalidTarget},
		{issuer + " " + issuer, "any", issuer},
		{doors, "any", InvalidTarget},
		{meters + " " + doors, "any", InvalidTarget},
		{doors, doors, InvalidTarget},
		{"", doors, InvalidTarget},
		{"", doors + " " + meters, meters},
		{cameras, issuer + " " + meters, InvalidTarget},
		{"", meters + " https://gone.example/", meters},
		{"", "https://gone.example/", InvalidTarget},
		{"https://gone.example/", "https://gone.example/", InvalidTarget},
	} {
		var allowed []string
		if c.allowed != "any" {
			allowed = strings.Fields(c.allowed)
		}
		chosen, err := w.chooseAudience(t.Context(), credentialOf(w.app), strings.Fields(c.resources), allowed)
		got := strings.Join(chosen, " ")
		if err != nil {
			got = code(err)
		}
		if got != c.want {
			t.Errorf("chooseAudience(%q, %s) = %q, want %q", c.resources, c.allowed, got, c.want)
		}
		if err != nil && strings.Contains(err.Error(), "script") {
			t.Errorf("chooseAudience(%q) echoes it: %v", c.resources, err)
		}
	}
}

// RFC 9068 section 2.2: a token for other APIs isn't valid for the portal's own.
func TestResourceChoosesTheAudience(t *testing.T) {
	w := newFamilyWorld(t)
	w.addAPIs()
	for _, c := range []struct {
		resources []string
		own       bool
	}{{nil, true}, {[]string{meters}, false}, {[]string{meters, cameras}, false}, {[]string{issuer}, true}} {
		req := w.request()
		req.Resources = c.resources
		want := c.resources
		if want == nil {
			want = []string{issuer}
		}
		token := w.mustToken(req).AccessToken
		said := claimsOf(t, token)
		record, err := w.DB.AccessToken(t.Context(), said.ID)
		if err != nil || !slices.Equal(said.Audience, want) || record.Audience != strings.Join(want, " ") {
			t.Errorf("aud for %v = %v, and in the record %q, %v", c.resources, said.Audience, record.Audience, err)
		}
		w.wantLive("token for "+record.Audience, token, c.own)
	}
}

// No token of a family has an audience beyond what the person authorized.
func TestCodeAndRefreshNarrowTheAudience(t *testing.T) {
	w := newFamilyWorld(t)
	w.addAPIs()
	req := w.codeRequest(w.newCode(func(f *db.Family) { f.Audience = cameras + " " + meters }, nil))
	beyond := req
	beyond.Resources = []string{issuer}
	w.wantRefusal("beyond what was allowed", beyond, InvalidTarget)
	req.Resources = []string{meters}
	res := w.mustToken(req)
	if aud := claimsOf(t, res.AccessToken).Audience; !slices.Equal(aud, []string{meters}) {
		t.Errorf("aud = %v, want %s", aud, meters)
	}
	res = w.mustToken(w.refreshRequest(res.RefreshToken))
	if aud := claimsOf(t, res.AccessToken).Audience; !slices.Equal(aud, []string{cameras, meters}) {
		t.Errorf("aud of the refreshed token = %v, want all that was allowed", aud)
	}
}

// RFC 8707 section 2: what an owner lists for an API counts instead of scopes, at every endpoint, and
// also for what a person authorized before.
func TestAppOutsideAnAPIsListGetsNoTokenForIt(t *testing.T) {
	w := newFamilyWorld(t)
	w.addAPIs()
	list := func(clientIDs ...string) {
		t.Helper()
		w.write(func(tx *db.Tx) error {
			api, err := tx.API(t.Context(), meters)
			if err != nil {
				return err
			}
			api.Access = db.AccessByApps
			return errors.Join(tx.UpdateAPI(t.Context(), api), tx.SetAppsOfAPI(t.Context(), meters, clientIDs))
		})
	}
	refresh := w.mustToken(w.codeRequest(w.newCode(func(f *db.Family) { f.Audience = meters }, nil))).RefreshToken
	list()
	client := w.request()
	client.Resources = []string{meters}
	w.wantRefusal("client credentials", client, InvalidTarget)
	w.wantRefusal("a refresh of before", w.refreshRequest(refresh), InvalidTarget)
	if _, err := w.StartDeviceAuthorization(t.Context(), client); code(err) != InvalidTarget {
		t.Errorf("StartDeviceAuthorization = %v, want %s", err, InvalidTarget)
	}
	query := url.Values{"response_type": {"code"}, "client_id": {w.app.ClientID}, "resource": {meters}}
	req, err := ParseAuthorizationRequest(query.Encode())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.CheckAuthorizationRequest(t.Context(), req); code(errors.Unwrap(err)) != InvalidTarget {
		t.Errorf("CheckAuthorizationRequest = %v, want %s", err, InvalidTarget)
	}
	if _, err := w.ForPerson(t.Context(), w.app, hub.Actor{ID: "ann"}, []string{"read"}, meters, time.Minute, db.Caller{}); code(err) != InvalidTarget {
		t.Errorf("ForPerson = %v, want %s", err, InvalidTarget)
	}
	list(w.app.ClientID)
	w.mustToken(client)
	w.mustToken(w.refreshRequest(refresh))
}

// TOK-01: the most frequent request costs no query for its audience.
func TestAudienceWithoutResourceCostsNoQuery(t *testing.T) {
	w := newWorld(t)
	w.DB.Close()
	if got, err := w.chooseAudience(t.Context(), credentialOf(w.app), nil, nil); err != nil || !slices.Equal(got, []string{issuer}) {
		t.Errorf("chooseAudience(nothing, database closed) = %v, %v, want the issuer", got, err)
	}
}

func FuzzResource(f *testing.F) {
	for _, seed := range []string{issuer, cameras, "#", "\x00", "https://[::1", "//x"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, resource string) {
		if checkResource(resource) == nil && (strings.Contains(resource, "#") || !strings.Contains(resource, ":")) {
			t.Errorf("checkResource(%q) = nil, want %s", resource, InvalidTarget)
		}
	})
}
