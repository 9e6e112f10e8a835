package words

import "testing"

func TestEndedText(t *testing.T) {
	for want, e := range map[string]Ended{
		"There was nothing else to end.": {},
		"This ended 1 session.":          {Sessions: 1},
		"This ended 2 sessions, 1 personal token, 1 calendar address, 3 apps' access to your account and 1 pending change of your email address.": {
			Sessions: 2, PersonalTokens: 1, Calendars: 1, Apps: 3, EmailChange: true,
		},
	} {
		if got := e.Text(); got != want {
			t.Errorf("Text(%+v) = %q, want %q", e, got, want)
		}
	}
}
