package crash

import (
	"fmt"
	"net/http"
	"net/url"
	"sync"
	"testing"
	"time"

	"gatepost/tests/testapp"
)

// chain is what came of one code, up to the kill.
type chain struct {
	code    string
	tokens  []testapp.Tokens // as they were answered, the newest last
	revoked bool             // and the answer came
	doubt   bool             // a request got no answer: either it counted or it did not
	failed  string           // an answer that is neither right nor cut off
}

func (c chain) last() testapp.Tokens { return c.tokens[len(c.tokens)-1] }

// REL-01 for the grants of people: a kill -9 while codes are redeemed and refresh tokens
// rotate. Each token that was answered holds, what was revoked stays so, and nothing that
// was used counts again.
func TestKillWhileCodesAreRedeemed(t *testing.T) {
	t.Parallel()
	const cycles, codes, workers, enough = 3, 60, 6, 50
	app := testapp.New(t)
	owner := app.Owner(t)
	c := owner.AddClient(t, "Site", "web")
	for range cycles {
		work := make(chan string, codes)
		for range codes {
			work <- owner.Code(t, testapp.AuthorizePath(c, ""))
		}
		close(work)
		answered := make(chan struct{}, 10*codes)
		results := make([][]chain, workers)
		var load sync.WaitGroup
		for i := range workers {
			load.Go(func() {
				for code := range work {
					results[i] = append(results[i], redeem(app, c, code, answered))
				}
			})
		}
		for range enough {
			select {
			case <-answered:
			case <-time.After(time.Minute):
				t.Fatalf("fewer than %d answers in a minute", enough)
			}
		}
		app.Kill(t)
		load.Wait()
		app.Start(t)
		checkDatabase(t, app.DB)
		// Later than the grace of a refresh token and the retry of a code.
		app.Exec(t, "UPDATE refresh_tokens SET used_nanos = used_nanos - 60000000000 WHERE used_nanos > 0")
		app.Exec(t, "UPDATE authorization_codes SET used_nanos = used_nanos - 60000000000 WHERE used_nanos > 0")
		whole, doubtful := 0, 0
		for _, chains := range results {
			for _, one := range chains {
				if one.doubt {
					doubtful++
				} else {
					whole++
				}
				checkChain(t, app, c, one)
			}
		}
		if whole == 0 || doubtful == 0 {
			t.Errorf("the kill came when %d codes were done with and %d were not: it proves nothing", whole, doubtful)
		}
	}
}

// redeem redeems a code, refreshes three times, and revokes every other time, until the
// server is gone.
func redeem(app *testapp.App, c testapp.Credentials, code string, answered chan<- struct{}) (out chain) {
	out.code = code
	client := testapp.Client{URL: app.URL}
	step := func(path string, form url.Values, v any) bool {
		status, err := client.Form(path, form, v)
		switch {
		case err != nil:
			out.doubt = true
			return false
		case status != http.StatusOK:
			out.failed = fmt.Sprintf("POST %s under load = %d, want 200", path, status)
			return false
		}
		select {
		case answered <- struct{}{}:
		default:
		}
		return true
	}
	var tokens testapp.Tokens
	if !step("/oauth2/token", codeForm(c, code), &tokens) {
		return out
	}
	out.tokens = append(out.tokens, tokens)
	for range 3 {
		var next testapp.Tokens
		if !step("/oauth2/token", refreshForm(c, out.last().RefreshToken), &next) {
			return out
		}
		out.tokens = append(out.tokens, next)
	}
	if code[len(code)-1]%2 == 0 { // the codes' last characters are as good as dice
		out.revoked = step("/oauth2/revoke", withSecret(c, "token", out.last().RefreshToken), &struct{}{})
	}
	return out
}

func withSecret(c testapp.Credentials, values ...string) url.Values {
	form := url.Values{"client_id": {c.ClientID}, "client_secret": {c.ClientSecret}}
	for i := 0; i+1 < len(values); i += 2 {
		form.Set(values[i], values[i+1])
	}
	return form
}

func codeForm(c testapp.Credentials, code string) url.Values {
	return withSecret(c, "grant_type", "authorization_code", "code", code, "redirect_uri", testapp.Redirect)
}

func refreshForm(c testapp.Credentials, token string) url.Values {
	return withSecret(c, "grant_type", "refresh_token", "refresh_token", token)
}

// checkChain checks after the restart what a chain left.
func checkChain(t *testing.T, app *testapp.App, c testapp.Credentials, one chain) {
	t.Helper()
	if one.failed != "" {
		t.Error(one.failed)
	}
	ask := func(form url.Values) int { return app.PostForm(t, "/oauth2/token", form).Status }
	if len(one.tokens) == 0 {
		// Redeemed without an answer, or not at all: twice it is not.
		first, second := ask(codeForm(c, one.code)), ask(codeForm(c, one.code))
		if first != http.StatusOK && first != http.StatusBadRequest || second != http.StatusBadRequest {
			t.Errorf("a code whose answer was lost, after the restart: %d, then %d; want 200 or 400, then 400", first, second)
		}
		return
	}
	last := one.last()
	app.Secret(last.RefreshToken)
	want := http.StatusOK
	if one.revoked {
		want = http.StatusUnauthorized
	}
	// A revocation without an answer may count or not.
	doubtfulEnd := one.doubt && len(one.tokens) == 4
	for _, tokens := range one.tokens {
		if status := app.Me(t, tokens.AccessToken); status != want && !doubtfulEnd {
			t.Errorf("a token that was answered before the kill (revoked: %t): GET /api/v1/me = %d, want %d", one.revoked, status, want)
		}
	}
	switch status := ask(refreshForm(c, last.RefreshToken)); {
	case one.revoked && status != http.StatusBadRequest:
		t.Errorf("a refresh of what was revoked before the kill = %d, want 400", status)
	case !one.revoked && !one.doubt && status != http.StatusOK:
		t.Errorf("the newest refresh token from before the kill = %d, want 200", status)
	case one.doubt && status != http.StatusOK && status != http.StatusBadRequest:
		t.Errorf("a refresh token whose answer was lost = %d, want 200 or 400", status)
	}
	if status := ask(refreshForm(c, one.tokens[0].RefreshToken)); len(one.tokens) > 1 && status != http.StatusBadRequest {
		t.Errorf("a refresh token that was used before the kill = %d, want 400", status)
	}
	if status := ask(codeForm(c, one.code)); status != http.StatusBadRequest {
		t.Errorf("a code that was used before the kill = %d, want 400", status)
	}
	if status := app.Me(t, last.AccessToken); status != http.StatusUnauthorized {
		t.Errorf("after the second use of a code: GET /api/v1/me = %d, want 401", status)
	}
}
