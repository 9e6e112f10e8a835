package grant

import (
	"testing"
	"time"

	"gatepost/db"
	"gatepost/handlers/secret"
)

// Two requests found the same code unused: the transaction decides, and the loser's use revokes
// the winner's tokens as any second use does.
func TestLoserOfARaceRevokesTheWinnersTokens(t *testing.T) {
	w := newFamilyWorld(t)
	req := w.codeRequest(w.newCode(nil, nil))
	var flows [2]*flow
	for i := range flows {
		flows[i] = &flow{Request: req, now: w.now, client: db.Credential{ClientID: w.app.ClientID, Grants: w.app.Grants, Scopes: w.app.Scopes, Secret: w.row}, audiences: []string{issuer}}
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
		t.Errorf("issue(the loser) = %v, want %s", err, InvalidGrant)
	}
	w.wantLive("the winner's token", res.AccessToken, false)
	if n := w.auditCount("code.reused"); n != 1 {
		t.Errorf("audit events = %d, want 1", n)
	}
}

// COD-02: one request wins, and its tokens are revoked, since the others count as reuse.
func TestFortyAtOnceWithOneCode(t *testing.T) {
	w := newFamilyWorld(t)
	w.token() // the secret is known
	req := w.codeRequest(w.newCode(nil, nil))
	w.checkRace(w.race(40, req, w.Server))
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
	w.wantLive("the winner's token", won[0].AccessToken, false)
	w.wantRefusal("the winner's refresh token", w.refreshRequest(won[0].RefreshToken), InvalidGrant)
	if n := w.auditCount("code.reused"); n != 1 {
		w.t.Errorf("audit events = %d, want 1", n)
	}
	if n, err := w.DB.CountTokens(w.t.Context(), w.app.ClientID, w.now); err != nil || n > 1 {
		w.t.Errorf("live tokens = %d, %v, want none of the code", n, err)
	}
}
