package hub

import (
	"slices"
	"time"

	"gatepost/handlers/secret"
)

// ActorKind is the kind of an Actor.
type ActorKind int

// A Person is signed in or has a token, a Client has an access token of its own, the Operator has a shell.
const (
	Person ActorKind = iota
	Client
	Operator
)

// Actor is who does something, and from where: authority as one value.
//
// Owner says that a person is an owner of the portal; whether that counts, Owns says. Teams, unless it is
// nil, are the ids of the only teams that the actor reaches, as far as they are a member: those that a
// person let an app reach. TeamID is a client's team. Scopes are those
// of the token that a client or a person uses; nil for a person on a page, whom no scope limits.
// Personal says that the token is one of the person's own personal tokens, which expires at
// TokenEnds (zero: never). Session and Token are the ids of the session or of the token itself, of
// which an actor has one, if any. Proof is when the session of a person on a page last proved itself. Browser is the
// SHA-256 of the cookie with which a browser is recognized, empty if there is none.
type Actor struct {
	Kind               ActorKind
	ID, Name           string
	Owner              bool
	TeamID             string
	Teams              []string
	Scopes             []string
	Personal           bool
	TokenEnds          time.Time
	Session, Token     string
	Proof              Proof
	Address, UserAgent string
	Browser            string
}

// Hashing returns from where the actor's passwords and secrets are hashed. Whoever is signed in or has
// a token is known.
func (a Actor) Hashing() secret.From { return secret.From{Place: a.Address, Known: a.ID != ""} }

// ByLink is Hashing for somebody who has opened a link that the portal made.
func (a Actor) ByLink() secret.From { return secret.From{Place: a.Address, Known: true} }

// ByToken says whether the actor uses a token, and so is limited to its scopes.
func (a Actor) ByToken() bool { return a.Kind == Client || a.Scopes != nil }

// Owns says whether the actor has the rights of an owner. An app that acts for an owner never has them:
// only the owner's own session and personal tokens do.
func (a Actor) Owns() bool {
	return a.Kind == Person && a.Owner && a.Teams == nil && (!a.ByToken() || a.Personal)
}

// Reaches says whether a team is within what the actor is bound to.
func (a Actor) Reaches(teamID string) bool { return a.Teams == nil || slices.Contains(a.Teams, teamID) }

// OperatorActor returns the actor for somebody with a shell on the portal's machine.
func OperatorActor() Actor { return Actor{Kind: Operator, ID: "cli", Name: "command line"} }

// PortalActor returns the actor for what the portal does on its own.
func PortalActor() Actor { return Actor{Kind: Operator, ID: "portal", Name: "the portal"} }

// HolderActor returns the actor for somebody of whom only this is known: that they hold a credential, and from where
// they sent it.
func HolderActor(address, userAgent string) Actor {
	return Actor{Name: "somebody who held it", Address: address, UserAgent: userAgent, Scopes: []string{}}
}
