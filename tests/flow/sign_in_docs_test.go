package flow

import (
	"net/http"
	"testing"

	"gatepost/tests/testapp"
)

// ACC-30. ASVS 6.1.1 to 6.1.3, 7.1.1 to 7.1.3, 8.1.1, 8.1.3 and 8.1.4 ask that the rules are written down: the
// ways to sign in, what slows guesses down, how long sessions last, and who may what.
func TestDocsStateTheRulesOfSignInAndRoles(t *testing.T) {
	t.Parallel()
	app := testapp.New(t)
	stranger := app.Visitor(t)
	for path, words := range map[string][]string{
		"/docs/sign-in": {"Ways in", "password login over the API", "wasn't used for 7 days", "30 days after the sign-in", "any number of them", "SP 800-63B", "signing out doesn't end their tokens",
			"two hours"},
		"/docs/teams": {"portal settings, signing keys, scopes, all teams and people", "A change of role takes effect with the next request", "After ten wrong passwords for one account from one place",
			"Nobody can lock you out", "those made of your name or the", "A place is an IPv4 address or an IPv6 /64 network"},
		"/docs/limits": {"Emails to one address, per hour"},
	} {
		page := stranger.Get(t, path)
		testapp.WantStatus(t, "GET "+path, page, http.StatusOK)
		testapp.WantWords(t, path, page.Body, words...)
	}
}
