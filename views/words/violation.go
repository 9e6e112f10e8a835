package words

import (
	"fmt"
	"time"
)

// Violation is something that breaks a rule of a team, and goes on working.
type Violation struct {
	Kind    string        // one of the constants below
	Hint    string        // last characters of the secret or token
	Of      string        // the app of a secret, the person of a token
	Length  time.Duration // age of a secret, life of a token; 0: the token never expires
	MaxDays int           // that the rule allows
}

// Kinds of violations.
const (
	ViolationSecretAge = "secret_age"
	ViolationTokenLife = "token_life"
)

// Text is the violation in one sentence.
func (v Violation) Text() string {
	what := fmt.Sprintf("The secret ..%s of %s is %s old", v.Hint, v.Of, Span(v.Length))
	if v.Kind == ViolationTokenLife {
		what = fmt.Sprintf("The API token ..%s of %s ", v.Hint, v.Of)
		if v.Length == 0 {
			what += "never expires"
		} else {
			what += "lives " + Span(v.Length)
		}
	}
	return what + "; the team's rule is " + Count(v.MaxDays, "day", "days") + " at most."
}
