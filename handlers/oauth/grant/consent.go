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

// consentDialect is the dialect of families that start with a consent: it is only asked for at
// endpoints of the RFCs.
const consentDialect = "nxtsoft"

// ErrConsentNotPending says that a consent request was answered before, has expired, was shown
// to somebody else, or asks for something its app may no longer have.
var ErrConsentNotPending = errors.New("grant: the consent request is not pending")

// Session is the browser session of a signed-in person.
type Session struct {
	Person   db.Person
	ID       string
	AuthTime time.Time // when the person signed in
	Caller   db.Caller
}

// ConsentPrompt is what a person is asked.
type ConsentPrompt struct {
	ID               string // is sent back with the answer
	App              db.App
	Scopes           []string
	AuthorizedBefore bool     // the person has authorized the app before
	NewScopes        []string // of Scopes: those not yet authorized; empty unless AuthorizedBefore
	RedirectURI      string   // empty for a device authorization
	UserCode         string   // of a device authorization
	DeviceInfo       string   // the device's address and program
}

// ConsentResult is the outcome of an answered consent page.
type ConsentResult struct {
	Location string // where to send the browser; empty for a device, which polls
	AppName  string
	Allowed  bool
}

// Authorize answers a checked authorization request. If the person has already authorized all
// of it, it returns the location with a code to send the browser to; otherwise the consent to
// ask for. A redirect URI that any program could receive (redirect.Interceptable) is asked
// about every time.
func (s *Server) Authorize(ctx context.Context, req CheckedRequest, session Session) (location string, prompt *ConsentPrompt, err error) {
	prompt = &ConsentPrompt{ID: secret.ID(), App: req.App, Scopes: req.Scopes, RedirectURI: req.RedirectURI}
	authorized, err := s.compareWithAuthorization(ctx, prompt, session)
	if err != nil {
		return "", nil, err
	}
	r := db.ConsentRequest{
		ID: prompt.ID, SessionID: session.ID, PersonID: session.Person.ID, ClientID: req.App.ClientID,
		RedirectURI: req.RedirectURI, RedirectGiven: req.RedirectGiven, Scope: strings.Join(req.Scopes, " "), State: req.State,
		Challenge: req.CodeChallenge, Audience: strings.Join(req.Audiences, " "), AuthTime: session.AuthTime,
	}
	if authorized && !redirect.Interceptable(req.RedirectURI) {
		location, err = s.issueCodeWithoutPrompt(ctx, r, session)
		if !errors.Is(err, errAuthorizationRevoked) {
			return location, nil, err
		}
		prompt.AuthorizedBefore, prompt.NewScopes = false, nil
	}
	return "", prompt, s.insertConsentRequest(ctx, r)
}

// compareWithAuthorization fills in what the person has authorized before, and reports whether
// nothing in the prompt is new.
func (s *Server) compareWithAuthorization(ctx context.Context, prompt *ConsentPrompt, session Session) (authorized bool, err error) {
	before, err := s.DB.Authorization(ctx, session.Person.ID, prompt.App.ClientID)
	if errors.Is(err, db.ErrNotFound) {
		return false, nil
	} else if err != nil {
		return false, err
	}
	prompt.AuthorizedBefore = true
	prompt.NewScopes = subtract(prompt.Scopes, before.Scopes)
	return len(prompt.NewScopes) == 0, nil
}

// insertConsentRequest stores a consent request until it is answered.
func (s *Server) insertConsentRequest(ctx context.Context, r db.ConsentRequest) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		r.CreatedAt, r.ExpiresAt = tx.Now, tx.Now.Add(consentLifetime)
		return tx.InsertConsentRequest(ctx, r)
	})
}

// errAuthorizationRevoked rolls back a transaction that relied on an authorization which has
// been revoked in the meantime.
var errAuthorizationRevoked = errors.New("grant: the authorization was revoked in the meantime")

// issueCodeWithoutPrompt issues a code for an authorization that exists. It locks the
// authorization's row meanwhile: a concurrent revocation comes either before, and the person is
// asked, or after, and revokes the code.
func (s *Server) issueCodeWithoutPrompt(ctx context.Context, r db.ConsentRequest, session Session) (string, error) {
	newID := secret.ID()
	var location string
	err := s.DB.Tx(ctx, func(tx *db.Tx) error {
		authorization, err := tx.KeepAuthorization(ctx, session.Person.ID, r.ClientID, nil, newID)
		if err != nil {
			return err
		}
		if authorization.ID == newID || len(subtract(strings.Fields(r.Scope), authorization.Scopes)) > 0 {
			return errAuthorizationRevoked
		}
		location, err = s.issueCode(ctx, tx, r)
		return err
	})
	return location, err
}

// AnswerConsent takes a person's answer to a consent page, once. The answer, the authorization,
// the token family, the code and the audit event are one transaction.
func (s *Server) AnswerConsent(ctx context.Context, id string, allow bool, session Session) (ConsentResult, error) {
	var result ConsentResult
	err := s.DB.Tx(ctx, func(tx *db.Tx) error {
		r, err := tx.AnswerConsentRequest(ctx, id, session.ID)
		if err != nil {
			return notFoundAsNotPending(err)
		}
		if r.PersonID != session.Person.ID {
			return ErrConsentNotPending
		}
		app, err := tx.App(ctx, r.ClientID)
		if err != nil {
			return notFoundAsNotPending(err)
		}
		result = ConsentResult{AppName: app.Name, Allowed: allow}
		if r.DeviceHash != "" {
			return s.answerDeviceAuthorization(ctx, tx, app, r, allow, session)
		}
		if !slices.Contains(app.Grants, AuthorizationCode) || !redirect.Match(app.RedirectURIs, r.RedirectURI, app.Kind) {
			return ErrConsentNotPending
		}
		if !allow {
			denied := &RedirectError{RedirectURI: r.RedirectURI, State: r.State, Refusal: &Error{
				Code: AccessDenied, Description: "The person has refused.", Status: 400,
			}}
			result.Location = s.ErrorResponseURI(denied)
			return audit(ctx, tx, consentRecord(auditConsentDenied, app, r, session))
		}
		if err := s.recordConsent(ctx, tx, app, r, session); err != nil {
			return err
		}
		result.Location, err = s.issueCode(ctx, tx, r)
		return err
	})
	return result, err
}

func consentRecord(action auditAction, app db.App, r db.ConsentRequest, session Session) auditRecord {
	return auditRecord{action: action, actor: personActor(session.Person), target: appTarget(app), detail: r.Scope, caller: session.Caller}
}

// notFoundAsNotPending returns ErrConsentNotPending for a missing row, and any other error
// unchanged.
func notFoundAsNotPending(err error) error {
	if errors.Is(err, db.ErrNotFound) {
		return ErrConsentNotPending
	}
	return err
}

// recordConsent adds the scopes that a person allows to their authorization of the app, with
// the audit event.
func (s *Server) recordConsent(ctx context.Context, tx *db.Tx, app db.App, r db.ConsentRequest, session Session) error {
	scopes := strings.Fields(r.Scope)
	if len(subtract(scopes, app.Scopes)) > 0 {
		return ErrConsentNotPending
	}
	if _, err := tx.KeepAuthorization(ctx, session.Person.ID, app.ClientID, scopes, secret.ID()); err != nil {
		return err
	}
	return audit(ctx, tx, consentRecord(auditConsentGiven, app, r, session))
}

// issueCode stores a token family and its authorization code, and returns the location that
// carries the code to the client.
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

// insertFamily stores the token family of a consent and returns its id.
func insertFamily(ctx context.Context, tx *db.Tx, r db.ConsentRequest) (string, error) {
	f := db.Family{
		ID: secret.ID(), ClientID: r.ClientID, PersonID: r.PersonID, Scope: r.Scope, Audience: r.Audience,
		Dialect: consentDialect, AuthTime: r.AuthTime, CreatedAt: tx.Now, ExpiresAt: tx.Now.Add(RefreshAbsolute),
	}
	return f.ID, tx.InsertFamily(ctx, f)
}
