package grant

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"gatepost/db"
	"gatepost/handlers/secret"
)

const (
	redirectURI = "https://app.example/callback"
	verifier    = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk" // RFC 7636 appendix B
	challenge   = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
)

// newFamilyWorld returns a world whose app is a web app with every grant, and with Ann, who can
// authorize it.
func newFamilyWorld(t *testing.T) *world {
	t.Helper()
	w := newWorld(t)
	w.app.Kind, w.app.Grants, w.app.RedirectURIs = "web", []string{ClientCredentials, AuthorizationCode, RefreshToken, DeviceCode}, []string{redirectURI}
	w.saveApp()
	w.write(func(tx *db.Tx) error {
		return tx.InsertPerson(t.Context(), db.Person{ID: "ann", Email: "ann@example.com", Name: "Ann"})
	})
	return w
}

func (w *world) saveApp() {
	w.t.Helper()
	w.write(func(tx *db.Tx) error { return tx.UpdateApp(w.t.Context(), w.app) })
}

// makePublic turns the app into a public client.
func (w *world) makePublic() {
	w.t.Helper()
	w.app.Kind, w.app.AuthMethod, w.secret = "native", db.AuthNone, ""
	w.app.Grants = []string{AuthorizationCode, RefreshToken, DeviceCode}
	w.saveApp()
}

// newFamily stores the token family of Ann's authorization of the app.
func (w *world) newFamily(change func(*db.Family)) db.Family {
	w.t.Helper()
	f := db.Family{
		ID: secret.ID(), ClientID: w.app.ClientID, PersonID: "ann", Scope: "read write", Audience: issuer, Dialect: "nxtsoft",
		AuthTime: w.now.Add(-time.Hour), CreatedAt: w.now, ExpiresAt: w.now.Add(RefreshAbsolute),
	}
	if change != nil {
		change(&f)
	}
	w.write(func(tx *db.Tx) error { return tx.InsertFamily(w.t.Context(), f) })
	return f
}

// newCode stores a code of a new family.
func (w *world) newCode(changeFamily func(*db.Family), change func(*db.AuthorizationCode)) string {
	w.t.Helper()
	plain, hash := secret.NewChecked(secret.AuthorizationCode)
	c := db.AuthorizationCode{
		Hash: hash, FamilyID: w.newFamily(changeFamily).ID, ClientID: w.app.ClientID, PersonID: "ann", RedirectURI: redirectURI, RedirectGiven: true,
		Challenge: challenge, CreatedAt: w.now, ExpiresAt: w.now.Add(CodeLifetime),
	}
	if change != nil {
		change(&c)
	}
	w.write(func(tx *db.Tx) error { return tx.InsertCode(w.t.Context(), c) })
	return plain
}

func (w *world) codeRequest(code string) Request {
	req := w.request()
	req.GrantType, req.Code, req.RedirectURI, req.CodeVerifier = AuthorizationCode, code, redirectURI, verifier
	return req
}

func (w *world) refreshRequest(token string) Request {
	req := w.request()
	req.GrantType, req.RefreshToken = RefreshToken, token
	return req
}

// redeemCode redeems a new code of Ann's.
func (w *world) redeemCode() Response {
	w.t.Helper()
	return w.mustToken(w.codeRequest(w.newCode(nil, nil)))
}

// mustToken returns the response to a request that must succeed.
func (w *world) mustToken(req Request) Response {
	w.t.Helper()
	res, err := w.Token(w.t.Context(), req)
	if err != nil {
		w.t.Fatalf("Token(%s) = %v, want nil", req.GrantType, err)
	}
	return res
}

// wantRefusal checks that a request is refused with a code, and without a token.
func (w *world) wantRefusal(name string, req Request, want string) {
	w.t.Helper()
	res, err := w.Token(w.t.Context(), req)
	if code(err) != want || res.AccessToken != "" || res.RefreshToken != "" {
		w.t.Errorf("Token(%s) = %v, want %s and no token", name, err, want)
	}
	var e *Error
	if errors.As(err, &e) && want == InvalidGrant && e.Status != 400 {
		w.t.Errorf("Token(%s): status = %d, want 400 (RFC 6749 section 5.2)", name, e.Status)
	}
	w.wantReason(name, req, e)
}

// wantReason checks that a refusal has a true reason, which repeats nothing from the request.
// For a missing parameter the description is enough.
func (w *world) wantReason(name string, req Request, e *Error) {
	w.t.Helper()
	if e == nil || e.Code == AuthorizationPending {
		return
	}
	if e.Reason.Kind == "" && e.Code != InvalidRequest || e.Reason.Kind != "" && e.Reason.Detail == "" {
		w.t.Errorf("Token(%s): reason = %+v, want one", name, e.Reason)
	}
	for _, came := range []string{req.ClientSecret, req.Assertion, req.Code, req.CodeVerifier, req.RefreshToken, req.DeviceCode, req.RedirectURI} {
		if len(came) > 3 && strings.Contains(e.Reason.Detail+e.Error(), came) {
			w.t.Errorf("Token(%s): reason = %q, which repeats the request", name, e.Reason.Detail)
		}
	}
}

func (w *world) wantLive(name, token string, want bool) {
	w.t.Helper()
	if _, err := w.Access(w.t.Context(), token, db.Caller{}); (err == nil) != want {
		w.t.Errorf("Access(%s) = %v, want it good: %v", name, err, want)
	}
}

// auditCount counts the app's audit events with an action.
func (w *world) auditCount(action string) int {
	w.t.Helper()
	events, err := w.DB.TargetAudit(w.t.Context(), w.app.ClientID, 100)
	if err != nil {
		w.t.Fatal(err)
	}
	n := 0
	for _, e := range events {
		if e.Action == action {
			n++
			if e.TeamID != "team" || e.Actor != w.app.ClientID || e.Address == "" || strings.Contains(e.Detail, "gp") {
				w.t.Errorf("audit event = %+v, want the app's, from its address, with no token in it", e)
			}
		}
	}
	return n
}

// race sends a request from n goroutines at the same time, spread over all servers.
func (w *world) race(n int, req Request, servers ...*Server) (won []Response, lost []error) {
	w.t.Helper()
	var mu sync.Mutex
	var wg sync.WaitGroup
	start := make(chan struct{})
	for i := range n {
		wg.Go(func() {
			<-start
			res, err := servers[i%len(servers)].Token(w.t.Context(), req)
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				lost = append(lost, err)
			} else {
				won = append(won, res)
			}
		})
	}
	close(start)
	wg.Wait()
	return won, lost
}

func claimsOf(t *testing.T, token string) (c claims) {
	t.Helper()
	raw, err := base64.RawURLEncoding.DecodeString(strings.Split(token, ".")[1])
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(raw, &c); err != nil {
		t.Fatal(err)
	}
	return c
}

func s256(verifier string) string {
	sum := sha256.Sum256([]byte(verifier))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}
