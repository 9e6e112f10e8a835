package grant

import (
	"testing"
	"time"

	"gatepost/db"
	"gatepost/handlers/secret"
)

// Two requests found the same code unused: the transaction decides. What the loser's use means
// depends on when it arrived: within 2 s it is a retry, later it revokes the winner's tokens as any
// second use does.
func TestLoserOfARace(t *testing.T) {
	for late, lives := range map[time.Duration]bool{0: true, retryWindow - time.Nanosecond: true, retryWindow: false} {
		w := newFamilyWorld(t)
		req := w.codeRequest(w.newCode(nil, nil))
		var flows [2]*flow
		for i := range flows {
			flows[i] = &flow{
				Request: req, now: w.now, arrived: w.now.Add(time.Duration(i) * late), audiences: []string{issuer},
				client: db.Credential{ClientID: w.app.ClientID, Grants: w.app.Grants, Scopes: w.app.Scopes, AuthMethod: db.AuthSecret, Secret: w.row},
			}
			var err error
			if flows[i].resolved, err = authorizationCode(t.Context(), w.Server, flows[i]); err != nil {
				t.Fatal(err)
			}
		}
		res, err := w.issue(t.Context(), flows[0], time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		w.wantLive("the winner's token", res.AccessToken, true)
		if _, err := w.issue(t.Context(), flows[1], time.Hour); code(err) != InvalidGrant {
			t.Errorf("issue(the loser after %v) = %v, want %s", late, err, InvalidGrant)
		}
		w.wantLive("the winner's token", res.AccessToken, lives)
		want := 1
		if lives {
			want = 0
		}
		if n := w.auditCount("code.reused"); n != want {
			t.Errorf("audit events after %v = %d, want %d", late, n, want)
		}
	}
}

// COD-02: one request wins, and its tokens live, since the others come from the same client at the
// same moment.
func TestFortyAtOnceWithOneCode(t *testing.T) {
	for name, public := range map[string]bool{"a confidential client": false, "a public client": true} {
		w := newFamilyWorld(t)
		w.token() // the secret is known
		if public {
			w.makePublic()
		}
		req := w.codeRequest(w.newCode(nil, nil))
		t.Log(name)
		w.checkRace(w.race(40, req, w.Server))
	}
}

// Two processes on one database don't allow a double use either.
func TestTwoProcessesWithOneCode(t *testing.T) {
	w := newFamilyWorld(t)
	other := w.process(secret.NewHasher(2, 16))
	w.checkRace(w.race(20, w.codeRequest(w.newCode(nil, nil)), w.Server, other))
}

func (w *world) checkRace(won []Response, lost []error) {
	w.t.Helper()
	if len(won) != 1 {
		w.t.Fatalf("winners = %d, want 1; the others got %v", len(won), lost)
	}
	for _, err := range lost {
		if code(err) != InvalidGrant {
			w.t.Errorf("loser = %v, want %s", err, InvalidGrant)
		}
	}
	w.wantLive("the winner's token", won[0].AccessToken, true)
	w.mustToken(w.refreshRequest(won[0].RefreshToken))
	if n := w.auditCount("code.reused"); n != 0 {
		w.t.Errorf("audit events = %d, want 0", n)
	}
}

// COD-01: within 2 s a second use is a retry, but only by the same client with the same verifier and
// redirect URI. It gets no tokens, and says so; a code that was revoked in between was not used.
func TestSecondUseWithin2SecondsIsARetry(t *testing.T) {
	for name, public := range map[string]bool{"a confidential client": false, "a public client": true} {
		w := newFamilyWorld(t)
		w.addOther()
		if public {
			w.makePublic()
		}
		req := w.codeRequest(w.newCode(nil, nil))
		res := w.mustToken(req)
		start := w.now
		w.now = start.Add(retryWindow - time.Millisecond)
		for range 3 {
			w.wantRefusal("the code again, by "+name, req, InvalidGrant)
		}
		_, err := w.Token(t.Context(), req)
		if e := refusal(t, err); e.Reason.Kind != db.ReasonCodeRepeated || e.Description != errCodeRepeated.Description {
			t.Errorf("%s: refusal = %+v, want that it is a retry", name, e)
		}
		w.wantLive("the first answer's token", res.AccessToken, true)
		next := w.mustToken(w.refreshRequest(res.RefreshToken))
		w.now = start.Add(retryWindow)
		w.wantRefusal("the code 2 s later, by "+name, req, InvalidGrant)
		w.wantLive("the first answer's token", res.AccessToken, false)
		w.wantLive("the next token", next.AccessToken, false)
		if n := w.auditCount("code.reused"); n != 1 {
			t.Errorf("%s: audit events = %d, want 1", name, n)
		}
	}
}

// Whoever holds a code can revoke it. Using it then is no retry of anything.
func TestRevokedCodeIsNotRetried(t *testing.T) {
	w := newFamilyWorld(t)
	plain := w.newCode(nil, nil)
	if ok, err := w.RevokeByBearer(t.Context(), plain, db.Caller{Address: "203.0.113.9"}); !ok || err != nil {
		t.Fatalf("RevokeByBearer = %t, %v, want true, nil", ok, err)
	}
	_, err := w.Token(t.Context(), w.codeRequest(plain))
	if e := refusal(t, err); e.Reason.Kind != db.ReasonGrantEnded {
		t.Errorf("refusal of a revoked code = %+v, want %s", e, db.ReasonGrantEnded)
	}
}
