package grant

import (
	"slices"
	"strings"
	"testing"

	"gatepost/db"
)

const (
	meters  = "https://meters.example/api"
	cameras = "urn:example:cameras"
)

func (w *world) addAPIs() {
	w.t.Helper()
	w.write(func(tx *db.Tx) error {
		for _, audience := range []string{meters, cameras} {
			if err := tx.InsertAPI(w.t.Context(), db.API{ID: audience, Name: audience, Audience: audience, CreatedAt: w.now}); err != nil {
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
		{"", issuer + " " + meters, issuer + " " + meters},
		{meters, issuer + " " + meters, meters},
		{cameras, issuer + " " + meters, InvalidTarget},
		{"", meters + " https://gone.example/", meters},
		{"", "https://gone.example/", InvalidTarget},
		{"https://gone.example/", "https://gone.example/", InvalidTarget},
	} {
		var allowed []string
		if c.allowed != "any" {
			allowed = strings.Fields(c.allowed)
		}
		chosen, err := w.chooseAudience(t.Context(), strings.Fields(c.resources), allowed)
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
	}{{nil, true}, {[]string{meters}, false}, {[]string{meters, issuer}, true}} {
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
	req := w.codeRequest(w.newCode(func(f *db.Family) { f.Audience = issuer + " " + meters }, nil))
	beyond := req
	beyond.Resources = []string{cameras}
	w.wantRefusal("beyond what was allowed", beyond, InvalidTarget)
	req.Resources = []string{meters}
	res := w.mustToken(req)
	if aud := claimsOf(t, res.AccessToken).Audience; !slices.Equal(aud, []string{meters}) {
		t.Errorf("aud = %v, want %s", aud, meters)
	}
	res = w.mustToken(w.refreshRequest(res.RefreshToken))
	if aud := claimsOf(t, res.AccessToken).Audience; !slices.Equal(aud, []string{issuer, meters}) {
		t.Errorf("aud of the refreshed token = %v, want all that was allowed", aud)
	}
}

// TOK-01: the most frequent request costs no query for its audience.
func TestAudienceWithoutResourceCostsNoQuery(t *testing.T) {
	w := newWorld(t)
	w.DB.Close()
	if got, err := w.chooseAudience(t.Context(), nil, nil); err != nil || !slices.Equal(got, []string{issuer}) {
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
