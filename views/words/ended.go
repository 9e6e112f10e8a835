package words

import "strings"

// Ended counts which of a person's credentials have ended.
type Ended struct {
	Sessions, PersonalTokens, Calendars, Apps int
	EmailChange                               bool // a change of the address was pending
}

// List names what has ended, such as "2 sessions".
func (e Ended) List() (out []string) {
	for _, x := range []struct {
		n         int
		one, many string
	}{
		{e.Sessions, "session", "sessions"},
		{e.PersonalTokens, "personal token", "personal tokens"},
		{e.Calendars, "calendar address", "calendar addresses"},
		{e.Apps, "app's access to your account", "apps' access to your account"},
	} {
		if x.n > 0 {
			out = append(out, Count(x.n, x.one, x.many))
		}
	}
	if e.EmailChange {
		out = append(out, "1 pending change of your email address")
	}
	return out
}

// Text is a sentence about what has ended.
func (e Ended) Text() string {
	list := e.List()
	switch n := len(list); n {
	case 0:
		return "There was nothing else to end."
	case 1:
		return "This ended " + list[0] + "."
	default:
		return "This ended " + strings.Join(list[:n-1], ", ") + " and " + list[n-1] + "."
	}
}
