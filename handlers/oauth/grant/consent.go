package grant

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"gatepost/db"
	"gatepost/handlers/redirect"
	"gatepost/handlers/secret"
)

// consentLifetime is how long a consent page waits for its answer.
const consentLifetime = 10 * time.Minute

// familyDialect stands on what a person allows: both endpoints at which they do are the RFCs'.
const consentDialect = "nxtsoft"

// ErrConsentNotPending says that a consent page was answered before, has expired, was shown to
// somebody else, or asks for what its app may no longer have.
var ErrConsentNotPending = errors.New("grant: the consent request is not open")

// Visit is a signed-in person at the authorization server.
type Session struct {
	Person   db.Person
	ID       string
	AuthTime time.Time // when they signed in
	Caller   db.Caller
}

// Consent is what a person is asked.
type ConsentPrompt struct {
	ID               string // comes back with the answer
	App              db.App
	Scopes           []string
	AuthorizedBefore bool     // they have allowed the app something before
	NewScopes        []string // of Scopes: what they have not; empty unless Known
	RedirectURI      string   // empty for a device
	UserCode         string   // of a device
	DeviceInfo       string   // the address and the program of the device
}

// Answer is where an answered consent page leads: to the app by the person's browser, or
// back to the device, which asks for itself.
type ConsentResult struct {
	Location string // empty for a device
	AppName  string // its name
	Allowed  bool
}

// Authorize answers a checked authorization request. When the person has allowed the app
// all of it before, it gives the address with a code to send the browser to; else the
// consent to ask for. What any program could claim (redirect.Interceptable) is asked each time.
func (s *Server) Authorize(ctx context.Context, a CheckedRequest, v Session) (location string, ask *ConsentPrompt, err error) {
	ask = &ConsentPrompt{ID: secret.ID(), App: a.App, Scopes: a.Scopes, RedirectURI: a.RedirectURI}
	remembered, err := s.compareWithAuthorization(ctx, ask, v)
	if err != nil {
		return "", nil, err
	}
	r := db.ConsentRequest{
		ID: ask.ID, SessionID: v.ID, PersonID: v.Person.ID, ClientID: a.App.ClientID,
		RedirectURI: a.RedirectURI, RedirectGiven: a.RedirectGiven, Scope: strings.Join(a.Scopes, " "), State: a.State,
		Challenge: a.CodeChallenge, Audience: strings.Join(a.Audiences, " "), AuthTime: v.AuthTime,
	}
	if remembered && !redirect.Interceptable(a.RedirectURI) {
		location, err = s.issueCodeWithoutPrompt(ctx, r, v)
		if !errors.Is(err, errAuthorizationRevoked) {
			return location, nil, err
		}
		ask.AuthorizedBefore, ask.NewScopes = false, nil
	}
	return "", ask, s.insertConsentRequest(ctx, r)
}

// compare notes what of the consent is new to the person, and says whether nothing is.
func (s *Server) compareWithAuthorization(ctx context.Context, ask *ConsentPrompt, v Session) (remembered bool, err error) {
	had, err := s.DB.Authorization(ctx, v.Person.ID, ask.App.ClientID)
	if errors.Is(err, db.ErrNotFound) {
		return false, nil
	} else if err != nil {
		return false, err
	}
	ask.AuthorizedBefore = true
	ask.NewScopes = subtract(had.Scopes, ask.Scopes)
	return len(ask.NewScopes) == 0, nil
}

// missingFrom lists what of wanted is not in have.
func subtract(have, wanted []string) []string {
	return slices.DeleteFunc(slices.Clone(wanted), func(scope string) bool { return slices.Contains(have, scope) })
}

// ask stores a consent request that waits for its answer.
func (s *Server) insertConsentRequest(ctx context.Context, r db.ConsentRequest) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		r.CreatedAt, r.ExpiresAt = tx.Now, tx.Now.Add(consentLifetime)
		return tx.InsertConsentRequest(ctx, r)
	})
}

// errForgotten ends a transaction that would build on an authorization which is gone.
var errAuthorizationRevoked = errors.New("grant: the authorization was revoked meanwhile")

// again gives a code without asking. The row of the authorization is held while it does, so
// that a revocation comes before, and the person is asked, or after, and ends the code.
func (s *Server) issueCodeWithoutPrompt(ctx context.Context, r db.ConsentRequest, v Session) (string, error) {
	fresh := secret.ID()
	var location string
	err := s.DB.Tx(ctx, func(tx *db.Tx) error {
		kept, err := tx.KeepAuthorization(ctx, v.Person.ID, r.ClientID, nil, fresh)
		if err != nil {
			return err
		}
		if kept.ID == fresh || len(subtract(kept.Scopes, strings.Fields(r.Scope))) > 0 {
			return errAuthorizationRevoked
		}
		location, err = s.issueCode(ctx, tx, r)
		return err
	})
	return location, err
}

// AnswerConsent takes a person's answer to a consent page, once. The request, the memory of
// the consent, the family of its tokens, the code and the audit event are one transaction.
func (s *Server) AnswerConsent(ctx context.Context, id string, allow bool, v Session) (ConsentResult, error) {
	var out ConsentResult
	err := s.DB.Tx(ctx, func(tx *db.Tx) error {
		r, err := tx.AnswerConsentRequest(ctx, id, v.ID)
		if err != nil {
			return notFoundAsNotPending(err)
		}
		if r.PersonID != v.Person.ID {
			return ErrConsentNotPending
		}
		app, err := tx.App(ctx, r.ClientID)
		if err != nil {
			return notFoundAsNotPending(err)
		}
		out = ConsentResult{AppName: app.Name, Allowed: allow}
		if r.DeviceHash != "" {
			return s.answerDeviceAuthorization(ctx, tx, app, r, allow, v)
		}
		if !slices.Contains(app.Grants, AuthorizationCode) || !redirect.Match(app.RedirectURIs, r.RedirectURI, app.Kind) {
			return ErrConsentNotPending
		}
		if !allow {
			denied := &RedirectError{RedirectURI: r.RedirectURI, State: r.State, Refusal: &Error{
				Code: AccessDenied, Description: "The person did not allow it.", Status: 400,
			}}
			out.Location = s.ErrorResponseURI(denied)
			return tx.InsertAudit(ctx, auditEvent(app, v.Person.ID, v.Person.Name, "consent.denied", r.Scope, v.Caller))
		}
		if err := s.recordConsent(ctx, tx, app, r, v); err != nil {
			return err
		}
		out.Location, err = s.issueCode(ctx, tx, r)
		return err
	})
	return out, err
}

// answered is ErrConsentNotPending for a row that is not there.
func notFoundAsNotPending(err error) error {
	if errors.Is(err, db.ErrNotFound) {
		return ErrConsentNotPending
	}
	return err
}

// remember adds what a person allows to what they have allowed, and writes it down.
func (s *Server) recordConsent(ctx context.Context, tx *db.Tx, app db.App, r db.ConsentRequest, v Session) error {
	scopes := strings.Fields(r.Scope)
	if len(subtract(app.Scopes, scopes)) > 0 {
		return ErrConsentNotPending
	}
	if _, err := tx.KeepAuthorization(ctx, v.Person.ID, app.ClientID, scopes, secret.ID()); err != nil {
		return err
	}
	return tx.InsertAudit(ctx, auditEvent(app, v.Person.ID, v.Person.Name, "consent.given", r.Scope, v.Caller))
}

// giveCode starts a family with its code, and gives the address that carries it.
func (s *Server) issueCode(ctx context.Context, tx *db.Tx, r db.ConsentRequest) (string, error) {
	family, err := insertFamily(ctx, tx, r)
	if err != nil {
		return "", err
	}
	code, hash := secret.NewChecked(secret.AuthorizationCode)
	err = tx.InsertCode(ctx, db.AuthorizationCode{
		Hash: hash, FamilyID: family, ClientID: r.ClientID, PersonID: r.PersonID, RedirectURI: r.RedirectURI,
		RedirectGiven: r.RedirectGiven, Challenge: r.Challenge, CreatedAt: tx.Now, ExpiresAt: tx.Now.Add(CodeLifetime),
	})
	return s.ResponseURI(r.RedirectURI, "code", code, "state", r.State), err
}

// startFamily stores the family of a yes, and gives its id.
func insertFamily(ctx context.Context, tx *db.Tx, r db.ConsentRequest) (string, error) {
	f := db.Family{
		ID: secret.ID(), ClientID: r.ClientID, PersonID: r.PersonID, Scope: r.Scope, Audience: r.Audience,
		Dialect: consentDialect, AuthTime: r.AuthTime, CreatedAt: tx.Now, ExpiresAt: tx.Now.Add(RefreshAbsolute),
	}
	return f.ID, tx.InsertFamily(ctx, f)
}
