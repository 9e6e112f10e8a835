package grant

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"gatepost/db"
	"gatepost/handlers/secret"
)

// RFC 6749 section 6, RFC 9700 section 4.14.2; REF-01.
func TestRefreshRotatesAndReuseEndsTheFamily(t *testing.T) {
	w := newFamilyWorld(t)
	first := w.redeemCode()
	second := w.mustToken(w.refreshRequest(first.RefreshToken))
	third := w.mustToken(w.refreshRequest(second.RefreshToken))
	if first.RefreshToken == second.RefreshToken || second.RefreshToken == third.RefreshToken {
		t.Error("a refresh token was given twice")
	}
	a, b := claimsOf(t, first.AccessToken), claimsOf(t, third.AccessToken)
	if a.ID == b.ID || a.AuthTime != b.AuthTime || b.Subject != "ann" {
		t.Errorf("claims = %+v after %+v, want another token of the same sign-in", b, a)
	}
	w.wantLive("the first access token", first.AccessToken, true)
	bystander := w.redeemCode()

	w.wantRefusal("an old refresh token", w.refreshRequest(second.RefreshToken), InvalidGrant)
	for name, token := range map[string]string{"first": first.AccessToken, "second": second.AccessToken, "third": third.AccessToken} {
		w.wantLive("the "+name+" access token", token, false)
	}
	w.wantRefusal("the newest refresh token", w.refreshRequest(third.RefreshToken), InvalidGrant)
	w.wantRefusal("the old one again", w.refreshRequest(second.RefreshToken), InvalidGrant)
	if n := w.auditCount("refresh.reused"); n != 1 {
		t.Errorf("audit events = %d, want 1", n)
	}
	w.wantLive("another authorization's token", bystander.AccessToken, true)
}

// REF-02.
func TestTenRefreshesAtOnce(t *testing.T) {
	w := newFamilyWorld(t)
	token := w.redeemCode().RefreshToken
	other := w.process(secret.NewHasher(2, 16))
	won, lost := w.race(10, w.refreshRequest(token), w.Server, other)
	if len(won) != 1 {
		t.Fatalf("winners = %d, want 1; the others got %v", len(won), lost)
	}
	for _, err := range lost {
		if code(err) != InvalidGrant {
			t.Errorf("loser = %v, want %s", err, InvalidGrant)
		}
	}
	w.wantLive("the winner's token", won[0].AccessToken, false)
	if n := w.auditCount("refresh.reused"); n != 1 {
		t.Errorf("audit events = %d, want 1", n)
	}
}

// REF-03, REF-04, SEE-06; RFC 6749 sections 1.5, 6 and 10.4.
func TestRefreshTokenIsBoundToItsClient(t *testing.T) {
	for name, c := range map[string]struct {
		request func(*world, *Request)
		want    string
	}{
		"as it should be":                {want: ""},
		"no token":                       {func(_ *world, r *Request) { r.RefreshToken = "" }, InvalidRequest},
		"unknown token":                  {func(_ *world, r *Request) { r.RefreshToken, _ = secret.NewChecked(secret.RefreshToken) }, InvalidGrant},
		"mistyped token":                 {func(_ *world, r *Request) { r.RefreshToken = strings.ToLower(r.RefreshToken) }, InvalidGrant},
		"an access token":                {func(w *world, r *Request) { r.RefreshToken = w.token().AccessToken }, InvalidGrant},
		"a code":                         {func(w *world, r *Request) { r.RefreshToken = w.newCode(nil, nil) }, InvalidGrant},
		"another client":                 {func(w *world, r *Request) { w.asOther(r) }, InvalidGrant},
		"no secret":                      {func(_ *world, r *Request) { r.ClientSecret = "" }, InvalidClient},
		"wrong secret":                   {func(_ *world, r *Request) { r.ClientSecret = "gps_" + strings.Repeat("a", 40) }, InvalidClient},
		"a public client, by its id":     {func(w *world, r *Request) { w.makePublic(); r.ClientSecret = "" }, ""},
		"nobody":                         {func(w *world, r *Request) { w.makePublic(); r.ClientID, r.ClientSecret = "", "" }, InvalidClient},
		"one-time access since":          {func(w *world, _ *Request) { w.app.Grants = []string{AuthorizationCode}; w.saveApp() }, UnauthorizedClient},
		"a scope that was never allowed": {func(_ *world, r *Request) { r.Scope = "read transactions/post" }, InvalidScope},
		"a malformed scope":              {func(_ *world, r *Request) { r.Scope = `re"ad` }, InvalidScope},
		"a resource never allowed":       {func(_ *world, r *Request) { r.Resources = []string{"https://api.example/"} }, InvalidTarget},
	} {
		w := newFamilyWorld(t)
		w.addOther()
		req := w.refreshRequest(w.redeemCode().RefreshToken)
		if c.request != nil {
			c.request(w, &req)
		}
		if c.want == "" {
			if _, err := w.Token(t.Context(), req); err != nil {
				t.Errorf("Token(%s) = %v, want nil", name, err)
			}
			continue
		}
		w.wantRefusal(name, req, c.want)
		if n := w.auditCount("refresh.reused"); n != 0 {
			t.Errorf("%s: audit events = %d, want 0", name, n)
		}
	}
}

func TestRefreshTokenIsNoBearerToken(t *testing.T) {
	w := newFamilyWorld(t)
	if _, err := w.Access(t.Context(), w.redeemCode().RefreshToken, db.Caller{}); !errors.Is(err, ErrInvalidToken) {
		t.Errorf("Access(refresh token) = %v, want ErrInvalidToken", err)
	}
}

// RFC 6749 section 6: a requested scope narrows this token; the next one may have all scopes.
func TestNarrowerScopeIsForOneTokenOnly(t *testing.T) {
	w := newFamilyWorld(t)
	req := w.refreshRequest(w.redeemCode().RefreshToken)
	req.Scope = "write"
	narrow := w.mustToken(req)
	if c := claimsOf(t, narrow.AccessToken); !slices.Equal(narrow.Scopes, []string{"write"}) || c.Scope != "write" {
		t.Errorf("scopes = %v and %q, want write only", narrow.Scopes, c.Scope)
	}
	if wide := w.mustToken(w.refreshRequest(narrow.RefreshToken)); !slices.Equal(wide.Scopes, []string{"read", "write"}) {
		t.Errorf("scopes = %v, want read write again", wide.Scopes)
	}
}

// Scopes that the app has lost since are left out.
func TestRefreshOmitsScopesThatTheAppHasLost(t *testing.T) {
	w := newFamilyWorld(t)
	res := w.redeemCode()
	w.app.Scopes = []string{"write", "transactions/post"}
	w.saveApp()
	if res = w.mustToken(w.refreshRequest(res.RefreshToken)); !slices.Equal(res.Scopes, []string{"write"}) {
		t.Errorf("scopes = %v, want write", res.Scopes)
	}
	w.app.Scopes = []string{"transactions/post"}
	w.saveApp()
	w.wantRefusal("no scope left", w.refreshRequest(res.RefreshToken), InvalidGrant)
}

// REF-05.
func TestRefreshTokenWaits30DaysAndTheAuthorizationEndsAfter180(t *testing.T) {
	w := newFamilyWorld(t)
	start := w.now
	res := w.redeemCode()
	w.now = start.Add(RefreshIdle)
	w.wantRefusal("after 30 days unused", w.refreshRequest(res.RefreshToken), InvalidGrant)
	for day := 29; day < 180; day += 29 {
		w.now = start.Add(time.Duration(day) * 24 * time.Hour)
		res = w.mustToken(w.refreshRequest(res.RefreshToken))
	}
	w.now = start.Add(RefreshAbsolute - 10*time.Minute)
	if res = w.mustToken(w.refreshRequest(res.RefreshToken)); res.ExpiresIn != 10*time.Minute {
		t.Errorf("ExpiresIn(10 minutes before the end) = %v, want 10m", res.ExpiresIn)
	}
	last, err := w.DB.RefreshToken(t.Context(), secret.HashToken(res.RefreshToken))
	if err != nil || !last.ExpiresAt.Equal(start.Add(RefreshAbsolute)) {
		t.Errorf("last refresh token = %+v, %v, want it to end with the authorization", last, err)
	}
	w.now = start.Add(RefreshAbsolute)
	w.wantRefusal("after 180 days", w.refreshRequest(res.RefreshToken), InvalidGrant)
}

func TestRevokedAuthorizationIsNotRefreshed(t *testing.T) {
	w := newFamilyWorld(t)
	res := w.redeemCode()
	stored, err := w.DB.RefreshToken(t.Context(), secret.HashToken(res.RefreshToken))
	if err != nil {
		t.Fatal(err)
	}
	w.write(func(tx *db.Tx) error { _, err := tx.RevokeFamily(t.Context(), stored.FamilyID); return err })
	w.wantRefusal("after the revocation", w.refreshRequest(res.RefreshToken), InvalidGrant)
	if n := w.auditCount("refresh.reused"); n != 0 {
		t.Errorf("audit events = %d, want 0: nobody used it twice", n)
	}
}

// A refused request consumes nothing.
func TestRefusedRefreshLeavesTheTokenUsable(t *testing.T) {
	w := newFamilyWorld(t)
	w.addOther()
	good := w.refreshRequest(w.redeemCode().RefreshToken)
	wide, foreign := good, good
	wide.Scope = "transactions/post"
	w.asOther(&foreign)
	w.wantRefusal("wider scope", wide, InvalidScope)
	w.wantRefusal("another client", foreign, InvalidGrant)
	w.mustToken(good)
}
