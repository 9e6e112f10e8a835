package portal

import (
	"net/http"
	"strconv"
	"strings"

	"gatepost/db"
	"gatepost/handlers/hub/app"
	"gatepost/handlers/web"
	"gatepost/views/pages"
)

// maxPage bounds the number of a page in an address.
const maxPage = 100_000

// Tokens is the tab with an app's live tokens.
func (p *Portal) Tokens(w http.ResponseWriter, r *http.Request) error {
	facts, _, err := p.Apps.Facts(r.Context(), web.Actor(r), r.PathValue("client_id"))
	if err != nil {
		return err
	}
	n, _ := strconv.Atoi(r.URL.Query().Get("page")) // 0: the first
	n = min(max(n, 0), maxPage)
	tokens, more, err := p.Apps.LiveTokens(r.Context(), web.Actor(r), facts.ClientID, n)
	if err != nil {
		return err
	}
	page := pages.Tokens{Page: p.base(r), App: appHead(facts), CanRevoke: facts.Manage}
	if !facts.Manage {
		page.Reason = whoCan(facts, "revoke its tokens")
	}
	for _, t := range tokens {
		page.Rows = append(page.Rows, tokenRow(t, facts))
	}
	address := func(n int) string { return "/apps/" + facts.ClientID + "/tokens?page=" + strconv.Itoa(n) }
	if n > 0 {
		page.Newer = address(n - 1)
	}
	if more {
		page.More = address(n + 1)
	}
	return p.show(w, r, page)
}

func tokenRow(t db.LiveToken, f app.Facts) pages.TokenRow {
	row := pages.TokenRow{
		JTI: t.JTI, Who: t.PersonName, Kind: "access token", Scopes: strings.Fields(t.Scope), Issued: t.IssuedAt, Expires: t.ExpiresAt,
		LastSeen: t.LastSeenAt, SecretHint: t.SecretHint, Dialect: t.Dialect, CanRevoke: f.Manage,
	}
	if t.Refresh {
		row.Kind, row.Refreshable = "refresh token", true
	}
	return row
}

// RevokeTokenForm says what stops when this token is revoked.
func (p *Portal) RevokeTokenForm(w http.ResponseWriter, r *http.Request) error {
	facts, _, err := p.managed(r, revokeTokens)
	if err != nil {
		return err
	}
	t, err := p.Apps.LiveToken(r.Context(), web.Actor(r), facts.ClientID, r.PathValue("jti"))
	if err != nil {
		return err
	}
	page := pages.TokenRevoke{Page: p.base(r), App: appHead(facts), Row: tokenRow(t, facts), Facts: []string{verifiedElsewhere}}
	if t.FamilyID != "" {
		page.Facts = append([]string{"It revokes all tokens from the same consent of " + t.PersonName + ", the refresh token included."}, page.Facts...)
	}
	return p.show(w, r, page)
}

const revokeTokens = "revoke tokens of this app"

// verifiedElsewhere says where a revoked token still works.
const verifiedElsewhere = "This portal and services that introspect refuse revoked tokens immediately. Services that only check the signature accept an access token until it expires."

// RevokeToken revokes one token.
func (p *Portal) RevokeToken(w http.ResponseWriter, r *http.Request) error {
	if _, err := web.PageForm(w, r); err != nil {
		return err
	}
	clientID := r.PathValue("client_id")
	if err := p.Apps.RevokeToken(r.Context(), web.Actor(r), clientID, r.PathValue("jti")); err != nil {
		return err
	}
	return p.done(w, r, "/apps/"+clientID+"/tokens", "The token is revoked.")
}

// RevokeTokensForm asks for the app's name before all its tokens are revoked.
func (p *Portal) RevokeTokensForm(w http.ResponseWriter, r *http.Request) error {
	page, err := p.revokeTokensPage(r)
	if err != nil {
		return err
	}
	return p.show(w, r, page)
}

func (p *Portal) revokeTokensPage(r *http.Request) (pages.TokensRevoke, error) {
	facts, _, err := p.managed(r, revokeTokens)
	if err != nil {
		return pages.TokensRevoke{}, err
	}
	page := pages.TokensRevoke{Page: p.base(r), App: appHead(facts), Count: facts.LiveTokens}
	page.Facts = []string{verifiedElsewhere, "The app's secrets keep working: anyone who has one can get new tokens."}
	if facts.Kind != "server" {
		page.Facts = append(page.Facts, "People the app acts for are asked to sign in to it again; what they allowed is remembered.")
	}
	return page, nil
}

// RevokeTokens revokes all tokens of an app.
func (p *Portal) RevokeTokens(w http.ResponseWriter, r *http.Request) error {
	form, err := web.PageForm(w, r)
	if err != nil {
		return err
	}
	page, err := p.revokeTokensPage(r)
	if err != nil {
		return err
	}
	if faults := wrongName(form, "app", page.App.Name); faults != nil {
		page.Errors = faults
		return p.again(w, r, page)
	}
	if err := p.Apps.RevokeTokens(r.Context(), web.Actor(r), page.App.ClientID); err != nil {
		return err
	}
	return p.done(w, r, "/apps/"+page.App.ClientID+"/tokens", "All tokens of "+page.App.Name+" are revoked.")
}
