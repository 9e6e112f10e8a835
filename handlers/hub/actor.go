package hub

import "time"

// ActorKind says what sort of thing acts.
type ActorKind int

// A Person is signed in, a Client holds an access token, the Operator has a shell.
const (
	Person ActorKind = iota
	Client
	Operator
)

// Actor is who does something, and from where. Owner is a person's portal-wide flag, TeamID
// a client's team. Scopes are those of the token by which a client or a person acts; nil for
// a person at a page, whom no scope limits. Personal says that the token is one that the
// person made for themselves, which ends at TokenEnds (zero: never).
type Actor struct {
	Kind               ActorKind
	ID, Name           string
	Owner              bool
	TeamID             string
	Scopes             []string
	Personal           bool
	TokenEnds          time.Time
	Address, UserAgent string
}

// byToken says whether the actor acts by a token, within its scopes.
func (a Actor) ByToken() bool { return a.Kind == Client || a.Scopes != nil }

// OperatorActor is somebody at a shell of the portal's machine.
func OperatorActor() Actor { return Actor{Kind: Operator, ID: "cli", Name: "command line"} }
