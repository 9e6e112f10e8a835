package hub

import "time"

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
// Owner says that a person is an owner of the portal. TeamID is a client's team. Scopes are those
// of the token that a client or a person uses; nil for a person on a page, whom no scope limits.
// Personal says that the token is one of the person's own personal tokens, which expires at
// TokenEnds (zero: never). Proof is when the session of a person on a page last proved itself.
type Actor struct {
	Kind               ActorKind
	ID, Name           string
	Owner              bool
	TeamID             string
	Scopes             []string
	Personal           bool
	TokenEnds          time.Time
	Proof              Proof
	Address, UserAgent string
}

// ByToken says whether the actor uses a token, and so is limited to its scopes.
func (a Actor) ByToken() bool { return a.Kind == Client || a.Scopes != nil }

// OperatorActor returns the actor for somebody with a shell on the portal's machine.
func OperatorActor() Actor { return Actor{Kind: Operator, ID: "cli", Name: "command line"} }

// PortalActor returns the actor for what the portal does by itself.
func PortalActor() Actor { return Actor{Kind: Operator, ID: "portal", Name: "the portal"} }

// HolderActor returns the actor for somebody of whom only this is known: that they hold a credential, and from where
// they sent it.
func HolderActor(address, userAgent string) Actor {
	return Actor{Name: "somebody who held it", Address: address, UserAgent: userAgent, Scopes: []string{}}
}
