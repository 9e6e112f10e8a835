package grant

import (
	"slices"
	"strings"
	"testing"
	"time"

	"gatepost/db"
	"gatepost/handlers/secret"
)

// asker makes an app that may introspect, in a team, and gives its request.
func (k *desk) asker(team, whose string) Request {
	k.t.Helper()
	app := db.App{
		ClientID: secret.ID(), TeamID: team, Name: "Asker " + team + whose, Kind: "server", AuthMethod: db.AuthSecret,
		Grants: []string{ClientCredentials}, Introspection: whose, TokenLifetime: time.Hour,
	}
	k.write(func(tx *db.Tx) error { return tx.InsertApp(k.t.Context(), app) })
	before := k.app
	k.app = app
	plain, _ := k.addSecret(time.Time{})
	k.app = before
	return Request{ClientID: app.ClientID, ClientSecret: plain, Caller: db.Caller{Address: "198.51.100.4"}}
}

func (k *desk) otherTeam() {
	k.t.Helper()
	k.write(func(tx *db.Tx) error {
		return tx.InsertTeam(k.t.Context(), db.Team{ID: "other", Name: "Other", SolutionKey: "o"})
	})
}

// active says whether a token is active for an asker.
func (k *desk) active(asker Request, token string) bool {
	k.t.Helper()
	i, err := k.Introspect(k.t.Context(), asker, token)
	if err != nil {
		k.t.Fatalf("Introspect() = %v, want nil", err)
	}
	return i != nil
}

// INT-01, RFC 7662 section 2.2.
func TestIntrospectionSaysWhatATokenIsWorth(t *testing.T) {
	k := newDesk(t)
	k.otherTeam()
	res := k.tokens()
	team, portal, other := k.asker("team", "team"), k.asker("other", "portal"), k.asker("other", "team")
	for name, asker := range map[string]Request{"team": team, "portal": portal} {
		i, err := k.Introspect(t.Context(), asker, res.AccessToken)
		if err != nil || i == nil || i.TokenUse != "access" || i.Scope != "read" || i.ClientID != k.web.ClientID || i.Subject != "ann" ||
			!slices.Equal(i.Audience, []string{issuer}) || i.ExpiresAt.Sub(i.IssuedAt) != time.Hour || i.ID == "" {
			t.Errorf("Introspect(%s) = %+v, %v, want the facts of the token", name, i, err)
		}
	}
	if k.active(other, res.AccessToken) {
		t.Error("Introspect(another team's) = active, want not")
	}
	for name, token := range map[string]string{
		"unknown": "unknown", "tampered": res.AccessToken[:len(res.AccessToken)-4] + "AAAA", "with a space": res.AccessToken + " ",
		"refresh token of another client": res.RefreshToken, "well-formed": "gpr_" + strings.Repeat("0", 49), "100 kB": strings.Repeat("x", 100_000),
	} {
		if k.active(portal, token) {
			t.Errorf("Introspect(%s) = active, want not", name)
		}
	}
	i, err := k.Introspect(t.Context(), team, res.AccessToken)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]claims{
		"of another issuer": {Issuer: "https://other.example", ClientID: k.web.ClientID, TokenUse: "access", ID: i.ID},
		"of another use":    {Issuer: issuer, ClientID: k.web.ClientID, TokenUse: "id", ID: i.ID},
		"of another client": {Issuer: issuer, ClientID: k.native.ClientID, TokenUse: "access", ID: i.ID},
	} {
		token, err := k.Keys.Sign(c)
		if err != nil || k.active(portal, token) {
			t.Errorf("Introspect(signed, but %s) = active (%v), want not", name, err)
		}
	}
	if err := k.Revoke(t.Context(), k.client(), res.RefreshToken); err != nil {
		t.Fatal(err)
	}
	if k.active(team, res.AccessToken) {
		t.Error("Introspect(revoked) = active, want not")
	}
	again := k.tokens()
	k.now = k.now.Add(time.Hour)
	if k.active(team, again.AccessToken) {
		t.Error("Introspect(expired) = active, want not")
	}
}

func TestIntrospectionNeedsAClientThatMay(t *testing.T) {
	k := newDesk(t)
	res := k.tokens()
	wrong := k.asker("team", "team")
	wrong.ClientSecret = "gps_wrong"
	for name, c := range map[string]struct {
		req   Request
		token string
		want  string
	}{
		"nobody":             {Request{}, res.AccessToken, InvalidClient},
		"wrong secret":       {wrong, res.AccessToken, InvalidClient},
		"a public client":    {Request{ClientID: k.native.ClientID}, res.AccessToken, InvalidClient},
		"without the switch": {k.client(), res.AccessToken, UnauthorizedClient},
		"no token":           {k.asker("team", "portal"), "", InvalidRequest},
	} {
		if i, err := k.Introspect(t.Context(), c.req, c.token); code(err) != c.want || i != nil {
			t.Errorf("Introspect(%s) = %+v, %v, want %s", name, i, err, c.want)
		}
	}
}

// A refresh token is told to its own client only: to a service it is no access token (REF-04).
func TestRefreshTokenIsToldToItsClientOnly(t *testing.T) {
	k := newDesk(t)
	res := k.tokens()
	if k.active(k.asker("team", "portal"), res.RefreshToken) {
		t.Error("Introspect(another client's refresh token) = active, want not")
	}
	k.web.Introspection = "team"
	k.write(func(tx *db.Tx) error { return tx.UpdateApp(t.Context(), k.web) })
	i, err := k.Introspect(t.Context(), k.client(), res.RefreshToken)
	if err != nil || i == nil || i.TokenUse != TokenUseRefresh || i.Scope != "read" || i.Subject != "ann" || i.ExpiresAt.Sub(i.IssuedAt) != RefreshIdle {
		t.Errorf("Introspect(own refresh token) = %+v, %v, want its facts", i, err)
	}
	k.refreshable(res.RefreshToken)
	if k.active(k.client(), res.RefreshToken) {
		t.Error("Introspect(used refresh token) = active, want not")
	}
}

// Last seen is written by introspection, once a minute.
func TestIntrospectionNotesWhenATokenWasSeen(t *testing.T) {
	k := newDesk(t)
	res := k.tokens()
	asker := k.asker("team", "team")
	a, err := k.Access(t.Context(), res.AccessToken, db.Caller{})
	if err != nil {
		t.Fatal(err)
	}
	seen := func() time.Time {
		row, err := k.DB.AccessToken(t.Context(), a.JTI)
		if err != nil {
			t.Fatal(err)
		}
		return row.LastSeenAt
	}
	if !seen().IsZero() {
		t.Errorf("last seen = %v before any introspection, want never", seen())
	}
	if !k.active(asker, res.AccessToken) || seen().IsZero() {
		t.Errorf("last seen = %v after an introspection, want now", seen())
	}
	foreign := k.tokens()
	k.otherTeam()
	b, err := k.Access(t.Context(), foreign.AccessToken, db.Caller{})
	if err != nil || k.active(k.asker("other", "team"), foreign.AccessToken) {
		t.Fatalf("Introspect(another team's) = active or %v", err)
	}
	if row, _ := k.DB.AccessToken(t.Context(), b.JTI); !row.LastSeenAt.IsZero() {
		t.Errorf("last seen = %v by a client that may not ask, want never", row.LastSeenAt)
	}
}

func TestPersonalTokenIsIntrospectedForTheTeamsOfItsPerson(t *testing.T) {
	k := newDesk(t)
	k.otherTeam()
	k.write(func(tx *db.Tx) error { return tx.PutMember(t.Context(), "team", "ann", "viewer") })
	token := k.personal("ann", nil)
	team, portal, other := k.asker("team", "team"), k.asker("other", "portal"), k.asker("other", "team")
	i, err := k.Introspect(t.Context(), team, token)
	if err != nil || i == nil || i.TokenUse != "personal" || i.Scope != "read events" || i.ClientID != "" || i.Subject != "ann" || !i.ExpiresAt.IsZero() {
		t.Errorf("Introspect(personal token) = %+v, %v, want its facts", i, err)
	}
	if !k.active(portal, token) || k.active(other, token) {
		t.Error("Introspect(personal token) by portal = not active, or by another team = active; want the reverse")
	}
	if dead := k.personal("ann", func(p *db.PersonalToken) { p.ExpiresAt = k.now }); k.active(portal, dead) {
		t.Error("Introspect(expired personal token) = active, want not")
	}
}

func TestTokensOfADisabledPersonAreWorthNothing(t *testing.T) {
	k := newDesk(t)
	k.write(func(tx *db.Tx) error {
		return tx.InsertPerson(t.Context(), db.Person{ID: "carl", Email: "carl@example.com", Name: "Carl", DisabledAt: k.now})
	})
	res, err := k.ForPerson(t.Context(), k.web, "carl", []string{"read"}, "", time.Hour, db.Caller{})
	if err != nil {
		t.Fatal(err)
	}
	asker := k.asker("team", "portal")
	for name, token := range map[string]string{"access": res.AccessToken, "personal": k.personal("carl", nil)} {
		if k.active(asker, token) {
			t.Errorf("Introspect(%s token of a disabled person) = active, want not", name)
		}
		k.live(name+" token of a disabled person", token, false)
	}
}
