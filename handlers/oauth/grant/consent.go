package grant

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/handlers/hub/limit"
	"gatepost/handlers/redirect"
	"gatepost/handlers/secret"
)

// consentLifetime is how long a consent page waits for its answer.
const consentLifetime = 10 * time.Minute

// consentDialect is the dialect of families that start with a consent: it is only asked for at
// endpoints of the RFCs.
const consentDialect = "nxtsoft"

// Session is the browser session of a signed-in person.
type Session struct {
	Person   db.Person
	ID       string
	AuthTime time.Time // when the person signed in
	Proof    hub.Proof
	// OwesFactor says that the person has to set up a second factor before anything else.
	OwesFactor bool
	// Framed says that the request comes from a frame in a page of the portal's own site.
	Framed bool
	Caller db.Caller
}

// actor returns the person of the session, as the rules know them.
func (s Session) actor() hub.Actor {
	return hub.Actor{Kind: hub.Person, ID: s.Person.ID, Name: s.Person.Name, Session: s.ID, Proof: s.Proof, Address: s.Caller.Address, UserAgent: s.Caller.UserAgent}
}

// ConsentPrompt is what a person is asked.
type ConsentPrompt struct {
	ID               string // is sent back with the answer
	App              db.App
	Scopes           []string
	AuthorizedBefore bool          // the person has authorized the app before
	NewScopes        []string      // of Scopes: those not yet authorized; empty unless AuthorizedBefore
	Again            Again         // why what was authorized before doesn't count; empty if it does, or wasn't
	Teams            []ConsentTeam // the person's teams by name, of which they choose at least one; empty if no scope reaches a team
	RedirectURI      string        // empty for a device authorization
	UserCode         string        // of a device authorization
	DeviceAddress    string        // of the device
	DeviceAgent      string        // what the device says it is
}

// ConsentTeam is a team that a person can let an app reach. Chosen says that it is preselected: it
// was chosen before, or is their only one.
type ConsentTeam struct {
	ID, Name string
	Chosen   bool
}

// Again is why a person who has authorized an app is asked once more.
type Again string

// What changed about the app, as in db.Authorization.Ended, or about the request or the person.
const (
	AgainTeam         Again = db.EndedTeam
	AgainRedirectURIs Again = db.EndedRedirectURIs
	AgainScopes       Again = db.EndedScopes
	AgainReturn       Again = "return"  // the person hasn't agreed to this redirect URI yet
	AgainNoTeam       Again = "no_team" // the person is in none of the teams that they chose
)

// Authorize answers a checked authorization request. If the person has already authorized all
// of it, it returns the location with a code to send the browser to; otherwise the consent to
// ask for. A redirect URI that any program could receive (redirect.Interceptable) is asked
// about every time. A request that must not show a page is refused with *RedirectError where one would be
// needed. With a scope for admins it returns *hub.StepUpRequired instead of a prompt to a
// session that has to prove itself first.
func (s *Server) Authorize(ctx context.Context, req CheckedRequest, session Session) (location string, prompt *ConsentPrompt, err error) {
	if req.Wish.Silent {
		switch {
		case session.Person.ID == "" || s.tooLongAgo(req.Wish, session):
			return "", nil, req.refuse(LoginRequired, "The person must sign in: send the request again without prompt=none.")
		case session.OwesFactor:
			return "", nil, req.refuse(InteractionRequired, "The person must set up a second factor: send the request again without prompt=none.")
		}
	}
	r := db.ConsentRequest{
		ID: secret.ID(), SessionID: session.ID, PersonID: session.Person.ID, ClientID: req.App.ClientID,
		RedirectURI: req.RedirectURI, RedirectGiven: req.RedirectGiven, Scope: strings.Join(req.Scopes, " "), State: req.State,
		Challenge: req.CodeChallenge, Audience: strings.Join(req.Audiences, " "), AuthTime: session.AuthTime,
	}
	if prompt, err = s.promptFor(ctx, req.App, r); err != nil {
		return "", nil, err
	}
	if prompt.AuthorizedBefore && len(prompt.NewScopes) == 0 && prompt.Again == "" && !req.Wish.Consent && (session.Framed && req.Wish.Silent || !redirect.Interceptable(req.RedirectURI)) {
		location, err = s.issueCodeWithoutPrompt(ctx, r, session)
		if !errors.Is(err, errAuthorizationRevoked) {
			return location, nil, err
		}
		if prompt, err = s.promptFor(ctx, req.App, r); err != nil {
			return "", nil, err
		}
	}
	if req.Wish.Silent {
		return "", nil, req.refuse(ConsentRequired, "The person must be asked for consent: send the request again without prompt=none.")
	}
	if err := proveAdminScopes(ctx, &s.DB.Reader, session.actor(), prompt.Scopes, hub.EffectAdminConsent); err != nil {
		return "", nil, err // before the page asks, rather than after the answer
	}
	return "", prompt, s.insertConsentRequest(ctx, r)
}

// promptFor returns what a consent request asks of its person, compared with what they have
// authorized before.
func (s *Server) promptFor(ctx context.Context, app db.App, r db.ConsentRequest) (*ConsentPrompt, error) {
	p := &ConsentPrompt{ID: r.ID, App: app, Scopes: strings.Fields(r.Scope), RedirectURI: r.RedirectURI}
	var members []db.Member
	var err error
	if reachesTeams(p.Scopes) {
		if members, err = s.DB.MembershipsOf(ctx, r.PersonID); err != nil {
			return nil, err
		}
	}
	before, err := s.DB.Authorization(ctx, r.PersonID, r.ClientID)
	switch {
	case err == nil:
		p.AuthorizedBefore, p.NewScopes, p.Again = true, subtract(p.Scopes, before.Scopes), whyAgain(before, r, members)
	case !errors.Is(err, db.ErrNotFound):
		return nil, err
	}
	for _, m := range members {
		p.Teams = append(p.Teams, ConsentTeam{ID: m.TeamID, Name: m.Name, Chosen: len(members) == 1 || slices.Contains(before.Teams, m.TeamID)})
	}
	return p, nil
}

// whyAgain says why an authorization doesn't count for a request; empty if it does, as far as its
// scopes go. members are the person's memberships if the scopes reach teams.
func whyAgain(a db.Authorization, r db.ConsentRequest, members []db.Member) Again {
	switch {
	case a.Ended != "":
		return Again(a.Ended)
	case r.RedirectURI != "" && !redirect.Interceptable(r.RedirectURI) && !slices.Contains(a.RedirectURIs, r.RedirectURI):
		return AgainReturn
	case len(members) > 0 && !slices.ContainsFunc(members, func(m db.Member) bool { return slices.Contains(a.Teams, m.TeamID) }):
		return AgainNoTeam
	}
	return ""
}

// PendingConsent returns the prompt of a consent request again that this session can still answer.
func (s *Server) PendingConsent(ctx context.Context, id string, session Session) (*ConsentPrompt, error) {
	r, err := s.DB.PendingConsentRequest(ctx, id, session.ID, s.Now())
	if err != nil {
		return nil, notFoundAsNotPending(err)
	}
	app, err := s.DB.App(ctx, r.ClientID)
	if err != nil {
		return nil, notFoundAsNotPending(err)
	}
	prompt, err := s.promptFor(ctx, app, r)
	if err != nil || r.DeviceHash == "" {
		return prompt, err
	}
	d, err := s.DB.DeviceCode(ctx, r.DeviceHash)
	if err != nil {
		return nil, notFoundAsNotPending(err)
	}
	prompt.UserCode, prompt.DeviceAddress, prompt.DeviceAgent = FormatUserCode(d.UserCode), d.Address, d.UserAgent
	return prompt, nil
}

// insertConsentRequest stores a consent request until it is answered. A person who has too many gets
// *limit.Exceeded: any page can send their browser here.
func (s *Server) insertConsentRequest(ctx context.Context, r db.ConsentRequest) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := limit.Take(ctx, tx, s.Now(), limit.Use{ID: limit.ConsentRequests, Key: r.PersonID}); err != nil {
			return err
		}
		r.CreatedAt, r.ExpiresAt = tx.Now, tx.Now.Add(consentLifetime)
		return tx.InsertConsentRequest(ctx, r)
	})
}

// errAuthorizationRevoked rolls back a transaction that relied on an authorization which has
// been revoked or ended in the meantime.
var errAuthorizationRevoked = errors.New("grant: the authorization was revoked in the meantime")

// issueCodeWithoutPrompt issues a code for an authorization that exists. It locks the
// authorization's row meanwhile: a concurrent revocation comes either before, and the person is
// asked, or after, and revokes the code.
func (s *Server) issueCodeWithoutPrompt(ctx context.Context, r db.ConsentRequest, session Session) (string, error) {
	newID := secret.ID()
	var location string
	err := s.DB.Tx(ctx, func(tx *db.Tx) error {
		authorization, err := tx.LockAuthorization(ctx, session.Person.ID, r.ClientID, newID)
		if err != nil {
			return err
		}
		scopes := strings.Fields(r.Scope)
		if authorization.ID == newID || len(subtract(scopes, authorization.Scopes)) > 0 || whyAgain(authorization, r, nil) != "" {
			return errAuthorizationRevoked
		}
		var teams []string
		if reachesTeams(scopes) {
			teams = authorization.Teams
		}
		location, err = s.issueCode(ctx, tx, r, teams)
		return err
	})
	return location, err
}
