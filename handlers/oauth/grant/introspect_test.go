package grant

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/handlers/secret"
)

// inspector creates an app that may introspect, in a team, and returns its request.
func (w *consentWorld) inspector(team, whose string) Request {
	w.t.Helper()
	app := db.App{
		ClientID: secret.ID(), TeamID: team, Name: "Asker " + team + whose, Kind: "server", AuthMethod: db.AuthSecret,
		Grants: []string{ClientCredentials}, Introspection: whose, TokenLifetime: time.Hour,
	}
	w.write(func(tx *db.Tx) error { return tx.InsertApp(w.t.Context(), app) })
	before := w.app
	w.app = app
	plain, _ := w.addSecret(time.Time{})
	w.app = before
	return Request{ClientID: app.ClientID, ClientSecret: plain, Caller: db.Caller{Address: "198.51.100.4"}}
}

func (w *consentWorld) otherTeam() {
	w.t.Helper()
	w.write(func(tx *db.Tx) error {
		return tx.InsertTeam(w.t.Context(), db.Team{ID: "other", Name: "Other", SolutionKey: "o"})
	})
}

// isActive says whether a token is active for an inspector.
func (w *consentWorld) isActive(asker Request, token string) bool {
	w.t.Helper()
	i, err := w.Introspect(w.t.Context(), asker, token)
	if err != nil {
		w.t.Fatalf("Introspect() = %v, want nil", err)
	}
	return i != nil
}

// INT-01, RFC 7662 section 2.2.
func TestIntrospectionSaysWhatATokenIsWorth(t *testing.T) {
	w := newConsentWorld(t)
	w.otherTeam()
	res := w.webTokens()
	team, portal, other := w.inspector("team", "team"), w.inspector("other", "portal"), w.inspector("other", "team")
	for name, asker := range map[string]Request{"team": team, "portal": portal} {
		i, err := w.Introspect(t.Context(), asker, res.AccessToken)
		if err != nil || i == nil || i.TokenUse != "access" || i.Scope != "read" || i.ClientID != w.web.ClientID || i.Subject != "ann" ||
			!slices.Equal(i.Audience, []string{issuer}) || i.ExpiresAt.Sub(i.IssuedAt) != time.Hour || i.ID == "" {
			t.Errorf("Introspect(%s) = %+v, %v, want the facts of the token", name, i, err)
		}
	}
	if w.isActive(other, res.AccessToken) {
		t.Error("Introspect(another team's) = active, want not")
	}
	for name, token := range map[string]string{
		"unknown": "unknown", "tampered": res.AccessToken[:len(res.AccessToken)-4] + "AAAA", "with a space": res.AccessToken + " ",
		"refresh token of another client": res.RefreshToken, "well-formed": "gpr_" + strings.Repeat("0", 49), "100 kB": strings.Repeat("x", 100_000),
	} {
		if w.isActive(portal, token) {
			t.Errorf("Introspect(%s) = active, want not", name)
		}
	}
	i, err := w.Introspect(t.Context(), team, res.AccessToken)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]claims{
		"of another issuer": {Issuer: "https://other.example", ClientID: w.web.ClientID, TokenUse: "access", ID: i.ID},
		"of another use":    {Issuer: issuer, ClientID: w.web.ClientID, TokenUse: "id", ID: i.ID},
		"of another client": {Issuer: issuer, ClientID: w.native.ClientID, TokenUse: "access", ID: i.ID},
	} {
		token, err := w.Keys.Sign(c)
		if err != nil || w.isActive(portal, token) {
			t.Errorf("Introspect(signed, but %s) = active (%v), want not", name, err)
		}
	}
	if err := w.Revoke(t.Context(), w.webRequest(), res.RefreshToken); err != nil {
		t.Fatal(err)
	}
	if w.isActive(team, res.AccessToken) {
		t.Error("Introspect(revoked) = active, want not")
	}
	again := w.webTokens()
	w.now = w.now.Add(time.Hour)
	if w.isActive(team, again.AccessToken) {
		t.Error("Introspect(expired) = active, want not")
	}
}

func TestIntrospectionNeedsAClientThatMay(t *testing.T) {
	w := newConsentWorld(t)
	res := w.webTokens()
	wrong := w.inspector("team", "team")
	wrong.ClientSecret = "gps_wrong"
	for name, c := range map[string]struct {
		req   Request
		token string
		want  string
	}{
		"nobody":             {Request{}, res.AccessToken, InvalidClient},
		"wrong secret":       {wrong, res.AccessToken, InvalidClient},
		"a public client":    {Request{ClientID: w.native.ClientID}, res.AccessToken, InvalidClient},
		"without the switch": {w.webRequest(), res.AccessToken, UnauthorizedClient},
		"no token":           {w.inspector("team", "portal"), "", InvalidRequest},
	} {
		if i, err := w.Introspect(t.Context(), c.req, c.token); code(err) != c.want || i != nil {
			t.Errorf("Introspect(%s) = %+v, %v, want %s", name, i, err, c.want)
		}
	}
}

// A refresh token is active for its own client only: a service must not take it for an access
// token (REF-04).
func TestRefreshTokenIsActiveForItsClientOnly(t *testing.T) {
	w := newConsentWorld(t)
	res := w.webTokens()
	if w.isActive(w.inspector("team", "portal"), res.RefreshToken) {
		t.Error("Introspect(another client's refresh token) = active, want not")
	}
	w.web.Introspection = "team"
	w.write(func(tx *db.Tx) error { return tx.UpdateApp(t.Context(), w.web) })
	i, err := w.Introspect(t.Context(), w.webRequest(), res.RefreshToken)
	if err != nil || i == nil || i.TokenUse != TokenUseRefresh || i.Scope != "read" || i.Subject != "ann" || i.ExpiresAt.Sub(i.IssuedAt) != RefreshIdle {
		t.Errorf("Introspect(own refresh token) = %+v, %v, want its facts", i, err)
	}
	w.canRefresh(res.RefreshToken)
	if w.isActive(w.webRequest(), res.RefreshToken) {
		t.Error("Introspect(used refresh token) = active, want not")
	}
}

// Introspection records when a token was last seen, once a minute.
func TestIntrospectionRecordsWhenATokenWasSeen(t *testing.T) {
	w := newConsentWorld(t)
	res := w.webTokens()
	asker := w.inspector("team", "team")
	a, err := w.Access(t.Context(), res.AccessToken, db.Caller{})
	if err != nil {
		t.Fatal(err)
	}
	seen := func() time.Time {
		row, err := w.DB.AccessToken(t.Context(), a.JTI)
		if err != nil {
			t.Fatal(err)
		}
		return row.LastSeenAt
	}
	if !seen().IsZero() {
		t.Errorf("last seen = %v before any introspection, want never", seen())
	}
	if !w.isActive(asker, res.AccessToken) || seen().IsZero() {
		t.Errorf("last seen = %v after an introspection, want now", seen())
	}
	foreign := w.webTokens()
	w.otherTeam()
	b, err := w.Access(t.Context(), foreign.AccessToken, db.Caller{})
	if err != nil || w.isActive(w.inspector("other", "team"), foreign.AccessToken) {
		t.Fatalf("Introspect(another team's) = active or %v", err)
	}
	if row, _ := w.DB.AccessToken(t.Context(), b.JTI); !row.LastSeenAt.IsZero() {
		t.Errorf("last seen = %v by a client that may not ask, want never", row.LastSeenAt)
	}
}

func TestPersonalTokenIsIntrospectedForTheTeamsOfItsPerson(t *testing.T) {
	w := newConsentWorld(t)
	w.otherTeam()
	w.write(func(tx *db.Tx) error { return tx.PutMember(t.Context(), "team", "ann", "viewer") })
	token := w.personalToken("ann", nil)
	team, portal, other := w.inspector("team", "team"), w.inspector("other", "portal"), w.inspector("other", "team")
	i, err := w.Introspect(t.Context(), team, token)
	if err != nil || i == nil || i.TokenUse != "personal" || i.Scope != "read events" || i.ClientID != "" || i.Subject != "ann" || !i.ExpiresAt.IsZero() {
		t.Errorf("Introspect(personal token) = %+v, %v, want its facts", i, err)
	}
	if !w.isActive(portal, token) || w.isActive(other, token) {
		t.Error("Introspect(personal token) by portal = not active, or by another team = active; want the reverse")
	}
	if dead := w.personalToken("ann", func(p *db.PersonalToken) { p.ExpiresAt = w.now }); w.isActive(portal, dead) {
		t.Error("Introspect(expired personal token) = active, want not")
	}
}

func TestTokensOfADisabledPersonAreInactive(t *testing.T) {
	w := newConsentWorld(t)
	w.write(func(tx *db.Tx) error {
		return tx.InsertPerson(t.Context(), db.Person{ID: "carl", Email: "carl@example.com", Name: "Carl", DisabledAt: w.now})
	})
	res, err := w.ForPerson(t.Context(), w.web, hub.Actor{ID: "carl"}, []string{"read"}, "", time.Hour, db.Caller{})
	if err != nil {
		t.Fatal(err)
	}
	asker := w.inspector("team", "portal")
	for name, token := range map[string]string{"access": res.AccessToken, "personal": w.personalToken("carl", nil)} {
		if w.isActive(asker, token) {
			t.Errorf("Introspect(%s token of a disabled person) = active, want not", name)
		}
		w.wantLive(name+" token of a disabled person", token, false)
	}
}

// JWT-07, RFC 7662 section 2.2: what introspection says of a token is what it is worth at the portal's own API.
func TestIntrospectionNarrowsAsTheAPIDoes(t *testing.T) {
	w := newFamilyWorld(t)
	ctx := t.Context()
	w.app.Introspection = "team"
	w.app.Scopes = []string{"read", "write", "team:read", "account:read"}
	w.saveApp()
	put := func(role string) {
		t.Helper()
		w.write(func(tx *db.Tx) error { return tx.PutMember(ctx, "team", "ann", role) })
	}
	w.write(func(tx *db.Tx) error {
		return errors.Join(tx.KeepScope(ctx, db.Scope{Name: "team:read", AdminOnly: true}), tx.KeepScope(ctx, db.Scope{Name: "account:read", AdminOnly: true}))
	})
	put("admin")
	tokens := w.mustToken(w.codeRequest(w.newCode(func(f *db.Family) { f.Scope, f.Teams = "read write team:read account:read", []string{"team", "left"} }, nil)))
	want := func(when, scope string, teams ...string) {
		t.Helper()
		for name, token := range map[string]string{"the access token": tokens.AccessToken, "the refresh token": tokens.RefreshToken} {
			got, err := w.Introspect(ctx, w.request(), token)
			if err != nil || got == nil {
				t.Fatalf("%s: Introspect(%s) = %v, %v, want it active", when, name, got, err)
			}
			var ids []string
			for _, team := range got.Teams {
				ids = append(ids, team.ID)
			}
			if got.Scope != scope || !slices.Equal(ids, teams) {
				t.Errorf("%s: Introspect(%s) = %q in %v, want %q in %v", when, name, got.Scope, ids, scope, teams)
			}
		}
		a, err := w.Access(ctx, tokens.AccessToken, db.Caller{})
		if err != nil || strings.Join(a.Scopes, " ") != scope || a.Teams == nil || !slices.Equal(a.Teams, append([]string{}, teams...)) {
			t.Errorf("%s: Access = %v in %v, %v, want %q in %v", when, a.Scopes, a.Teams, err, scope, teams)
		}
	}
	want("as an admin", "read write team:read account:read", "team")
	put("developer") // the person's own account is theirs in any role
	want("after the demotion", "read write account:read", "team")
	w.app.Scopes = []string{"write", "team:read", "account:read"}
	w.saveApp()
	want("after the app lost a scope", "write account:read", "team")
	w.write(func(tx *db.Tx) error { _, err := tx.RemoveMember(ctx, "team", "ann"); return err })
	if a, err := w.Access(ctx, tokens.AccessToken, db.Caller{}); err == nil {
		t.Errorf("Access after the person left the app's team = %v, want it revoked", a.Teams)
	}
	own := w.token()
	w.app.Scopes = []string{"write"}
	w.saveApp()
	if a, err := w.Access(ctx, own.AccessToken, db.Caller{}); err != nil || !slices.Equal(a.Scopes, []string{"write"}) || a.Teams != nil {
		t.Errorf("Access(the app's own token) = %v in %v, %v, want the scope that is left, and no binding", a.Scopes, a.Teams, err)
	}
}
