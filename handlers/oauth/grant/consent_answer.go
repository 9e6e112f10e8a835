package grant

import (
	"context"
	"errors"
	"slices"
	"strings"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/handlers/redirect"
	"gatepost/handlers/secret"
)

var (
	// ErrConsentNotPending says that a consent request was answered before, has expired, was shown
	// to somebody else, or asks for something its app may no longer have.
	ErrConsentNotPending = errors.New("grant: the consent request is not pending")
	// ErrChooseTeam says that a person allowed an app without choosing a team that it may reach, or
	// chose one that they aren't in.
	ErrChooseTeam = errors.New("grant: no team of the person was chosen")
)

// ConsentAnswer is a person's answer to a consent page. Teams are the ids of the teams that they
// let the app reach.
type ConsentAnswer struct {
	Allow bool
	Teams []string
}

// ConsentResult is the outcome of an answered consent page.
type ConsentResult struct {
	Location string // where to send the browser; empty for a device, which polls
	AppName  string
	Allowed  bool
}

// AnswerConsent takes a person's answer to a consent page, once. The answer, the authorization,
// the token family, the code and the audit event are one transaction. After ErrChooseTeam the
// request can still be answered.
func (s *Server) AnswerConsent(ctx context.Context, id string, answer ConsentAnswer, session Session) (ConsentResult, error) {
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
		result = ConsentResult{AppName: app.Name, Allowed: answer.Allow}
		if r.DeviceHash != "" {
			return s.answerDeviceAuthorization(ctx, tx, app, r, answer, session)
		}
		if !slices.Contains(app.Grants, AuthorizationCode) || !redirect.Match(app.RedirectURIs, r.RedirectURI, app.Kind) {
			return ErrConsentNotPending
		}
		if !answer.Allow {
			denied := &RedirectError{RedirectURI: r.RedirectURI, State: r.State, Refusal: &Error{
				Code: AccessDenied, Description: "The person has refused.", Status: 400,
			}}
			result.Location = s.ErrorResponseURI(denied)
			return audit(ctx, tx, consentRecord(auditConsentDenied, app, r.Scope, session))
		}
		teams, err := s.recordConsent(ctx, tx, app, r, answer, session)
		if err != nil {
			return err
		}
		result.Location, err = s.issueCode(ctx, tx, r, teams)
		return err
	})
	return result, err
}

func consentRecord(action auditAction, app db.App, detail string, session Session) auditRecord {
	return auditRecord{action: action, actor: personActor(session.Person), target: appTarget(app), detail: detail, caller: session.Caller}
}

// notFoundAsNotPending returns ErrConsentNotPending for a missing row, and any other error
// unchanged.
func notFoundAsNotPending(err error) error {
	if errors.Is(err, db.ErrNotFound) {
		return ErrConsentNotPending
	}
	return err
}

// recordConsent adds the scopes that a person allows to their authorization of the app, binds it to
// the teams that they chose, and writes the audit event. It returns the ids of these teams, or
// *hub.StepUpRequired if a scope is for admins and the session has to prove itself first.
func (s *Server) recordConsent(ctx context.Context, tx *db.Tx, app db.App, r db.ConsentRequest, answer ConsentAnswer, session Session) (teams []string, err error) {
	scopes := strings.Fields(r.Scope)
	if len(subtract(scopes, app.Scopes)) > 0 {
		return nil, ErrConsentNotPending
	}
	if err := proveAdminScopes(ctx, &tx.Reader, session.actor(), scopes, hub.EffectAdminConsent); err != nil {
		return nil, err
	}
	a, err := tx.LockAuthorization(ctx, session.Person.ID, app.ClientID, secret.ID())
	if err != nil {
		return nil, err
	}
	detail := r.Scope
	if reachesTeams(scopes) {
		var names []string
		if teams, names, err = chooseTeams(ctx, tx, session.Person.ID, answer.Teams); err != nil {
			return nil, err
		}
		if len(names) > 0 {
			detail += " in " + strings.Join(names, ", ")
		}
		if len(subtract(teams, a.Teams)) > 0 {
			a.Scopes = nil // those of before were not allowed for this team
		}
		a.Teams = teams
		// Tokens of earlier consents lose a team that is no longer chosen.
		if err := tx.KeepTeamsOfFamilies(ctx, session.Person.ID, app.ClientID, teams); err != nil {
			return nil, err
		}
	}
	if a.Ended != "" {
		a.Scopes, a.RedirectURIs, a.Ended = nil, nil, ""
	}
	a.Scopes = append(a.Scopes, subtract(scopes, a.Scopes)...)
	if r.RedirectURI != "" && !redirect.Interceptable(r.RedirectURI) && !slices.Contains(a.RedirectURIs, r.RedirectURI) {
		a.RedirectURIs = append(a.RedirectURIs, r.RedirectURI)
	}
	if err := tx.UpdateAuthorization(ctx, a); err != nil {
		return nil, err
	}
	return teams, audit(ctx, tx, consentRecord(auditConsentGiven, app, detail, session))
}

// chooseTeams returns the ids and names of the teams that a person ticked. Each must be a team that
// they are in, and there must be one unless they are in none.
func chooseTeams(ctx context.Context, tx *db.Tx, personID string, ticked []string) (ids, names []string, err error) {
	members, err := tx.MembershipsOf(ctx, personID)
	if err != nil {
		return nil, nil, err
	}
	for _, m := range members {
		if slices.Contains(ticked, m.TeamID) {
			ids, names = append(ids, m.TeamID), append(names, m.Name)
		}
	}
	if len(subtract(ticked, ids)) > 0 || len(ids) == 0 && len(members) > 0 {
		return nil, nil, ErrChooseTeam
	}
	return ids, names, nil
}

// issueCode stores a token family and its authorization code, and returns the location that
// carries the code to the client.
func (s *Server) issueCode(ctx context.Context, tx *db.Tx, r db.ConsentRequest, teams []string) (string, error) {
	family, err := insertFamily(ctx, tx, r, teams)
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
func insertFamily(ctx context.Context, tx *db.Tx, r db.ConsentRequest, teams []string) (string, error) {
	f := db.Family{
		ID: secret.ID(), ClientID: r.ClientID, PersonID: r.PersonID, Scope: r.Scope, Audience: r.Audience,
		Dialect: consentDialect, Teams: teams, AuthTime: r.AuthTime, CreatedAt: tx.Now, ExpiresAt: tx.Now.Add(RefreshAbsolute),
	}
	return f.ID, tx.InsertFamily(ctx, f)
}
