package rfc

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"gatepost/tests/testapp"
)

// outcome is what one of several clients at once got.
type outcome struct {
	status int
	tokens testapp.Tokens
	code   string // of the error
	err    error
}

// together sends token requests at the same moment, in turn to the servers, and gives what
// each got. One that takes longer than the time limit is an error: nothing may hang.
func together(n int, servers []string, form url.Values) []outcome {
	calls := make([]call, n)
	for i := range calls {
		calls[i] = call{"/oauth2/token", form}
	}
	return atOnce(servers, calls)
}

// call is one request of a client.
type call struct {
	path string
	form url.Values
}

// atOnce is together for calls that differ.
func atOnce(servers []string, calls []call) []outcome {
	client := &http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: len(calls)}}
	defer client.CloseIdleConnections()
	outcomes := make([]outcome, len(calls))
	start := make(chan struct{})
	var wg sync.WaitGroup
	for i, c := range calls {
		wg.Go(func() {
			<-start
			outcomes[i] = send(client, servers[i%len(servers)]+c.path, c.form)
		})
	}
	close(start)
	wg.Wait()
	return outcomes
}

func send(client *http.Client, address string, form url.Values) (o outcome) {
	res, err := client.Post(address, "application/x-www-form-urlencoded", strings.NewReader(form.Encode()))
	if err != nil {
		return outcome{err: err}
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return outcome{err: err}
	}
	var answer struct {
		testapp.Tokens
		Error string `json:"error"`
	}
	err = json.Unmarshal(body, &answer)
	return outcome{res.StatusCode, answer.Tokens, answer.Error, err}
}

// winner checks that at most one, or exactly one, got tokens, and that the others read
// invalid_grant. Where busy is allowed a server may also say that it is.
func (w *world) winner(t *testing.T, what string, outcomes []outcome, busy bool) (won *testapp.Tokens) {
	t.Helper()
	for _, o := range outcomes {
		switch {
		case o.err != nil:
			t.Errorf("%s: %v", what, o.err)
		case o.status == http.StatusOK && won != nil:
			t.Errorf("%s: a second one got tokens", what)
		case o.status == http.StatusOK:
			won = &o.tokens
			w.Secret(won.AccessToken)
			w.Secret(won.RefreshToken)
		case busy && o.status == http.StatusServiceUnavailable:
		case o.status != http.StatusBadRequest || o.code != "invalid_grant":
			t.Errorf("%s: %d %s, want 200 or invalid_grant", what, o.status, o.code)
		}
	}
	if won == nil && !busy {
		t.Errorf("%s: nobody got tokens", what)
	}
	return won
}

// codeForm is the form with which a code is redeemed.
func (w *world) codeForm(t *testing.T, c testapp.Credentials) url.Values {
	t.Helper()
	verifier, challenge := testapp.Verifier()
	code := w.owner.Code(t, testapp.AuthorizePath(c, challenge))
	return c.With("grant_type", "authorization_code", "code", code, "redirect_uri", testapp.Redirect, "code_verifier", verifier)
}

func refreshForm(c testapp.Credentials, token string) url.Values {
	return c.With("grant_type", "refresh_token", "refresh_token", token)
}

// wantAllToWork checks that everybody got a pair, that each pair works, and that each refreshes.
func (w *world) wantAllToWork(t *testing.T, what string, c testapp.Credentials, outcomes []outcome) {
	t.Helper()
	for i, o := range outcomes {
		if o.err != nil || o.status != http.StatusOK {
			t.Errorf("%s: %d %s %v, want 200", what, o.status, o.code, o.err)
			continue
		}
		w.Secret(o.tokens.AccessToken)
		w.Secret(o.tokens.RefreshToken)
		if status := w.Me(t, o.tokens.AccessToken); status != http.StatusOK {
			t.Errorf("%s, pair %d: GET /api/v1/me = %d, want 200", what, i, status)
		}
		w.Tokens(t, w.refresh(t, c, o.tokens.RefreshToken))
	}
}

// wantToWork checks that a pair works.
func (w *world) wantToWork(t *testing.T, what string, c testapp.Credentials, tokens testapp.Tokens) {
	t.Helper()
	w.wantAllToWork(t, what, c, []outcome{{status: http.StatusOK, tokens: tokens}})
}

// RFC 6749 section 4.1.2: a code is used once, also by 40 clients at the same moment (COD-02).
// The other 39 come from the same client at the same moment, so the winner's tokens live (COD-01).
func TestRFC6749_4_1_2_AtOnce(t *testing.T) {
	w := shared
	for name, c := range map[string]testapp.Credentials{"a web app": w.client(t, "web"), "a native app": w.client(t, "native")} {
		won := w.winner(t, "40 with one code of "+name, together(40, []string{w.URL}, w.codeForm(t, c)), false)
		if won != nil {
			w.wantToWork(t, "after 40 with one code of "+name, c, *won)
		}
		w.wantAudit(t, c, "code.reused", "0")
	}
}

// RFC 9700 section 4.14.2: ten simultaneous refreshes within the grace sign nobody out, and every pair
// works. Without a grace at most one gets a new pair, which the others revoke (REF-02). A device code
// gets one pair too.
func TestRFC9700_4_14_2_AtOnce(t *testing.T) {
	w := shared
	c := w.client(t, "native")
	strict := w.client(t, "native")
	w.setGrace(t, strict, 0)
	for range 3 {
		w.wantAllToWork(t, "ten refreshes", c, together(10, []string{w.URL}, refreshForm(c, w.owner.Authorize(t, c).RefreshToken)))
		first := w.owner.Authorize(t, strict)
		if won := w.winner(t, "ten refreshes without a grace", together(10, []string{w.URL}, refreshForm(strict, first.RefreshToken)), false); won != nil {
			w.wantDead(t, "after ten refreshes without a grace", strict, *won)
			w.wantDead(t, "after ten refreshes without a grace", strict, first)
		}
	}
	w.wantAudit(t, c, "refresh.repeated", "27")
	w.wantAudit(t, c, "refresh.reused", "0")
	w.wantAudit(t, strict, "refresh.reused", "3")
	d := w.device(t, c)
	w.owner.Answer(t, w.owner.Post(t, "/device", testapp.Form("user_code", d.UserCode)), "allow")
	w.winner(t, "ten polls", together(10, []string{w.URL}, c.With("grant_type", deviceGrant, "device_code", d.DeviceCode)), false)
}

// RFC 6749 section 10.12: of ten simultaneous answers to a consent page one counts; and once
// consent is remembered, each of ten requests gets a code of its own.
func TestRFC6749_10_12_AtOnce(t *testing.T) {
	w := shared
	c := w.client(t, "web")
	_, challenge := testapp.Verifier()
	path := testapp.AuthorizePath(c, challenge)
	page := w.owner.Get(t, path)
	ten := func(do func() *testapp.Answer) (codes []string, others []int) {
		answers := make([]*testapp.Answer, 10)
		var wg sync.WaitGroup
		for i := range answers {
			wg.Go(func() { answers[i] = do() })
		}
		wg.Wait()
		for _, r := range answers {
			if r.Location != "" {
				codes = append(codes, w.Secret(r.Returned(t).Get("code")))
			} else {
				others = append(others, r.Status)
			}
		}
		slices.Sort(codes)
		return slices.Compact(codes), others
	}
	codes, others := ten(func() *testapp.Answer { return w.owner.Answer(t, page, "allow") })
	if len(codes) != 1 || len(others) != 9 || slices.ContainsFunc(others, func(status int) bool { return status != http.StatusConflict }) {
		t.Errorf("ten answers to one page gave %d codes and %v, want 1 and nine times 409", len(codes), others)
	}
	if codes, others := ten(func() *testapp.Answer { return w.owner.Get(t, path) }); len(codes) != 10 {
		t.Errorf("ten requests that were allowed before gave %d codes and %v, want 10", len(codes), others)
	}
}

// RFC 7523 section 3: a jti works once, also at the same moment and at two servers.
func TestRFC7523_3_AtOnce(t *testing.T) {
	w := shared
	two := testapp.New(t, testapp.Beside(w.App))
	s := w.signer(t, "ES256")
	good := 0
	for _, o := range together(10, []string{w.URL, two.URL}, w.asserted(t, s, s.claims(w), "grant_type", "client_credentials")) {
		switch {
		case o.status == http.StatusOK:
			good++
			w.Secret(o.tokens.AccessToken)
		case o.status != http.StatusUnauthorized || o.code != "invalid_client":
			t.Errorf("one of ten with one assertion: %d %s %v, want 200 or invalid_client", o.status, o.code, o.err)
		}
	}
	if good != 1 {
		t.Errorf("%d of ten with one assertion got a token, want 1", good)
	}
}

// Two processes on one database act as one server: no code works twice, and a refresh token only within
// its grace.
func TestTwoServersOnOneDatabase(t *testing.T) {
	t.Parallel()
	for name, options := range testapp.Engines(t) {
		t.Run(name, func(t *testing.T) {
			w := &world{App: testapp.New(t, options...)}
			w.owner = w.Owner(t)
			two := testapp.New(t, testapp.Beside(w.App))
			servers := []string{w.URL, two.URL}
			c, strict := w.client(t, "web"), w.client(t, "web")
			w.setGrace(t, strict, 0)
			for range 3 {
				if won := w.winner(t, "20 with one code", together(20, servers, w.codeForm(t, c)), false); won != nil {
					w.wantToWork(t, "after 20 with one code", c, *won)
				}
				w.wantAllToWork(t, "ten refreshes", c, together(10, servers, refreshForm(c, w.owner.Authorize(t, c).RefreshToken)))
				first := w.owner.Authorize(t, strict)
				if won := w.winner(t, "ten refreshes without a grace", together(10, servers, refreshForm(strict, first.RefreshToken)), false); won != nil {
					w.wantDead(t, "after ten refreshes without a grace", strict, *won)
				}
			}
			for range 3 {
				w.refreshWhileRevoking(t, c, servers)
			}
			// A revocation by one server holds at the other from the next request on.
			tokens := w.owner.Authorize(t, c)
			wantRevoked(t, "revoking at one", w.revoke(t, c, tokens.RefreshToken))
			if status := two.Me(t, tokens.AccessToken); status != http.StatusUnauthorized {
				t.Errorf("GET /api/v1/me at the other = %d, want 401", status)
			}
		})
	}
}

// refreshWhileRevoking lets refreshes and revocations of one authorization meet, the app's
// and the person's: whoever comes first, none blocks another, and at the end nothing lives.
func (w *world) refreshWhileRevoking(t *testing.T, c testapp.Credentials, servers []string) {
	t.Helper()
	tokens := w.owner.Authorize(t, c)
	_, id, _ := strings.Cut(w.owner.Get(t, "/account/authorizations").Body, "/account/authorizations/")
	id, _, _ = strings.Cut(id, "/")
	var person sync.WaitGroup
	person.Go(func() {
		if r := w.owner.Post(t, "/account/authorizations/"+id+"/revoke", nil); r.Status != http.StatusSeeOther {
			t.Errorf("the person's revocation meanwhile = %d, want 303", r.Status)
		}
	})
	var calls []call
	for i := range 12 {
		switch i % 3 {
		case 0:
			calls = append(calls, call{"/oauth2/token", refreshForm(c, tokens.RefreshToken)})
		case 1:
			calls = append(calls, call{"/oauth2/revoke", c.With("token", tokens.RefreshToken)})
		case 2:
			calls = append(calls, call{"/oauth2/revoke", testapp.Form("access_token", tokens.AccessToken)})
		}
	}
	outcomes := atOnce(servers, calls)
	person.Wait()
	for i, o := range outcomes {
		refresh := i%3 == 0
		if o.err != nil || o.status != http.StatusOK && (!refresh || o.code != "invalid_grant") {
			t.Errorf("%s among refreshes and revocations: %d %s %v", calls[i].path, o.status, o.code, o.err)
		}
		if o.tokens.AccessToken != "" {
			w.Secret(o.tokens.RefreshToken)
			w.wantDead(t, "what a refresh among revocations gave", c, o.tokens)
		}
	}
	w.wantDead(t, "after refreshes and revocations", c, tokens)
}
