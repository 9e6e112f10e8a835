package words

// Expiry is a moment at which a secret expires or, by Rule, reaches the maximum age that its team
// wants.
type Expiry struct {
	App, Hint, Label string
	Rule             bool
}

// Summary says in one line what happens: "Secret …k3f9, production, of Sync expires".
func (e Expiry) Summary() string {
	name := "…" + e.Hint
	if e.Label != "" {
		name += ", " + e.Label + ","
	}
	what := "expires"
	if e.Rule {
		what = "reaches the team's maximum age"
	}
	return "Secret " + name + " of " + e.App + " " + what
}

// Advice says what that means.
func (e Expiry) Advice() string {
	if e.Rule {
		return "It keeps working, and is listed as a violation until it is rotated."
	}
	return "After that, requests with it get a 401. Rotate it before then."
}
