package contract

import (
	"slices"
	"testing"
	"time"

	"gatepost/db"
)

var secondFactorPromises = []promise{
	{"second factor: what is put is read", secondFactorRoundTrip},
	{"second factor: a code is taken by one of several at once, and none from before it", stepsGoForward},
	{"second factor: a recovery code is used by one of several at once", recoveryCodesWorkOnce},
	{"second factor: a challenge is answered by one of several at once, within its tries and its time", challengesWorkOnce},
	{"second factor: a team or the portal asks for it", secondFactorDemanded},
	{"sessions: a proof changes the cookie's secret", proofChangesTheSecret},
	{"known browsers: by token and person", browsersAreKnown},
}

func secondFactorRoundTrip(t *testing.T, s store) {
	f, ctx := s.fixture(t), t.Context()
	_, err := s.TOTPFactor(ctx, f.person.ID)
	wantErr(t, "TOTPFactor of a person without one", err, db.ErrNotFound)
	totp := db.TOTPFactor{PersonID: f.person.ID, Secret: []byte{0, 1, 255}, CreatedAt: now(), LastStep: 57_000_000}
	key := db.Passkey{ID: fresh("key"), PersonID: f.person.ID, Name: "Laptop", Credential: `{"a":1}`, CreatedAt: now()}
	s.do(t, func(tx *db.Tx) error { return tx.PutTOTPFactor(ctx, totp) })
	s.do(t, func(tx *db.Tx) error { return tx.InsertPasskey(ctx, key) })
	s.do(t, func(tx *db.Tx) error {
		return tx.ReplaceRecoveryCodes(ctx, f.person.ID, []string{fresh("a"), fresh("b")})
	})
	got := must[db.TOTPFactor](t)(s.TOTPFactor(ctx, f.person.ID))
	if string(got.Secret) != string(totp.Secret) || got.CreatedAt != totp.CreatedAt || got.LastStep != totp.LastStep {
		t.Errorf("TOTPFactor = %+v, want %+v", got, totp)
	}
	if keys := must[[]db.Passkey](t)(s.Passkeys(ctx, f.person.ID)); len(keys) != 1 || keys[0] != key {
		t.Errorf("Passkeys = %+v, want %+v", keys, key)
	}
	want := db.SecondFactor{Has: true, HasTOTP: true, Passkeys: 1, CodesLeft: 2}
	equal(t, "SecondFactor", must[db.SecondFactor](t)(s.SecondFactor(ctx, f.person.ID)), want)
	equal(t, "SecondFactor of somebody else", must[db.SecondFactor](t)(s.SecondFactor(ctx, "nobody")), db.SecondFactor{})

	err = s.Tx(ctx, func(tx *db.Tx) error { return tx.InsertPasskey(ctx, key) })
	wantErr(t, "InsertPasskey twice", err, db.ErrConflict)
	s.do(t, func(tx *db.Tx) error { return tx.UsePasskey(ctx, key.ID, key.Credential, `{"a":2}`) })
	err = s.Tx(ctx, func(tx *db.Tx) error { return tx.UsePasskey(ctx, key.ID, key.Credential, `{"a":3}`) })
	wantErr(t, "UsePasskey from what it was before", err, db.ErrNotFound)
	err = s.Tx(ctx, func(tx *db.Tx) error { return tx.RenamePasskey(ctx, key.ID, "somebody else", "Mine") })
	wantErr(t, "RenamePasskey of somebody else's", err, db.ErrNotFound)
	err = s.Tx(ctx, func(tx *db.Tx) error { _, err := tx.DeletePasskey(ctx, key.ID, "somebody else"); return err })
	wantErr(t, "DeletePasskey of somebody else's", err, db.ErrNotFound)
	s.do(t, func(tx *db.Tx) error { return tx.RenamePasskey(ctx, key.ID, f.person.ID, "Desk") })
	s.do(t, func(tx *db.Tx) error {
		gone, err := tx.DeletePasskey(ctx, key.ID, f.person.ID)
		equal(t, "name of the passkey that was deleted", gone.Name, "Desk")
		return err
	})
	s.do(t, func(tx *db.Tx) error { return tx.DeleteTOTPFactor(ctx, f.person.ID) })
	equal(t, "SecondFactor without any", must[db.SecondFactor](t)(s.SecondFactor(ctx, f.person.ID)), db.SecondFactor{CodesLeft: 2})
}

func stepsGoForward(t *testing.T, s store) {
	f, ctx := s.fixture(t), t.Context()
	s.do(t, func(tx *db.Tx) error {
		return tx.PutTOTPFactor(ctx, db.TOTPFactor{PersonID: f.person.ID, Secret: []byte{1}, CreatedAt: now(), LastStep: 10})
	})
	equal(t, "those of eight at once who took step 11", winners(t, atOnce(8, func(int) error {
		return s.Tx(ctx, func(tx *db.Tx) error { return tx.UseTOTPStep(ctx, f.person.ID, 11) })
	}), db.ErrNotFound), 1)
	for _, step := range []int64{9, 10, 11} {
		err := s.Tx(ctx, func(tx *db.Tx) error { return tx.UseTOTPStep(ctx, f.person.ID, step) })
		wantErr(t, "UseTOTPStep of one that is over", err, db.ErrNotFound)
	}
}

func recoveryCodesWorkOnce(t *testing.T, s store) {
	f, ctx := s.fixture(t), t.Context()
	hash := fresh("code")
	s.do(t, func(tx *db.Tx) error { return tx.ReplaceRecoveryCodes(ctx, f.person.ID, []string{hash, fresh("code")}) })
	err := s.Tx(ctx, func(tx *db.Tx) error { return tx.UseRecoveryCode(ctx, "somebody else", hash) })
	wantErr(t, "UseRecoveryCode by somebody else", err, db.ErrNotFound)
	equal(t, "those of eight at once who used a recovery code", winners(t, atOnce(8, func(int) error {
		return s.Tx(ctx, func(tx *db.Tx) error { return tx.UseRecoveryCode(ctx, f.person.ID, hash) })
	}), db.ErrNotFound), 1)
	equal(t, "CountRecoveryCodes", must[int](t)(s.CountRecoveryCodes(ctx, f.person.ID)), 1)
}

func challengesWorkOnce(t *testing.T, s store) {
	ctx := t.Context()
	add := func(ends time.Time) string {
		hash := fresh("challenge")
		s.do(t, func(tx *db.Tx) error {
			return tx.InsertChallenge(ctx, db.Challenge{Hash: hash, Purpose: db.ChallengeSecondFactor, PersonID: "p", Data: "{}", ExpiresAt: ends})
		})
		return hash
	}
	hash := add(now().Add(time.Minute))
	var left []int
	for {
		var c db.Challenge
		if err := s.Tx(ctx, func(tx *db.Tx) (err error) {
			c, err = tx.TryChallenge(ctx, hash, db.ChallengeSecondFactor, 3)
			return err
		}); err != nil {
			wantErr(t, "TryChallenge after its tries", err, db.ErrNotFound)
			break
		}
		left = append(left, c.Tries)
	}
	if want := []int{1, 2, 3}; !slices.Equal(left, want) {
		t.Errorf("tries that were counted = %v, want %v", left, want)
	}
	_, err := s.Challenge(ctx, hash, db.ChallengePasskey)
	wantErr(t, "Challenge of another purpose", err, db.ErrNotFound)
	equal(t, "those of eight at once who answered a challenge", winners(t, atOnce(8, func(int) error {
		return s.Tx(ctx, func(tx *db.Tx) error { _, err := tx.ConsumeChallenge(ctx, hash, db.ChallengeSecondFactor); return err })
	}), db.ErrNotFound), 1)
	_, err = s.Challenge(ctx, hash, db.ChallengeSecondFactor)
	wantErr(t, "Challenge that was answered", err, db.ErrNotFound)
	over := add(now().Add(-time.Second))
	err = s.Tx(ctx, func(tx *db.Tx) error { _, err := tx.ConsumeChallenge(ctx, over, db.ChallengeSecondFactor); return err })
	wantErr(t, "ConsumeChallenge after its end", err, db.ErrNotFound)
	err = s.Tx(ctx, func(tx *db.Tx) error { _, err := tx.TryChallenge(ctx, over, db.ChallengeSecondFactor, 3); return err })
	wantErr(t, "TryChallenge after its end", err, db.ErrNotFound)
}

func secondFactorDemanded(t *testing.T, s store) {
	f, ctx := s.fixture(t), t.Context()
	s.do(t, func(tx *db.Tx) error { return tx.PutMember(ctx, f.team.ID, f.person.ID, "developer") })
	read := func() db.SecondFactor { return must[db.SecondFactor](t)(s.SecondFactor(ctx, f.person.ID)) }
	equal(t, "Demanded", read().Demanded(), false)
	s.do(t, func(tx *db.Tx) error { return tx.RequireSecondFactor(ctx, f.team.ID, true) })
	equal(t, "ByTeam", read().ByTeam, f.team.Name)
	equal(t, "the team asks for a second factor", must[db.Team](t)(s.Team(ctx, f.team.ID)).SecondFactor, true)
	if names := must[[]string](t)(s.WithoutSecondFactor(ctx, f.team.ID)); !slices.Equal(names, []string{f.person.Name}) {
		t.Errorf("WithoutSecondFactor = %q, want %q", names, f.person.Name)
	}
	s.do(t, func(tx *db.Tx) error { return tx.RequireSecondFactor(ctx, f.team.ID, false) })
	s.do(t, func(tx *db.Tx) error { return tx.PutSetting(ctx, "second_factor_required", "on") })
	equal(t, "SecondFactor", read(), db.SecondFactor{ByPortal: true})
	s.do(t, func(tx *db.Tx) error {
		return tx.PutTOTPFactor(ctx, db.TOTPFactor{PersonID: f.person.ID, Secret: []byte{1}, CreatedAt: now(), LastStep: 1})
	})
	if names := must[[]string](t)(s.WithoutSecondFactor(ctx, "")); slices.Contains(names, f.person.Name) {
		t.Errorf("WithoutSecondFactor of everyone = %q, want it without %q", names, f.person.Name)
	}
}

func proofChangesTheSecret(t *testing.T, s store) {
	f, ctx := s.fixture(t), t.Context()
	session := newSession(f.person.ID)
	session.Method = db.ByPasskey
	s.do(t, func(tx *db.Tx) error { return insertSession(t, tx, session) })
	equal(t, "Method", must[db.Session](t)(s.Session(ctx, session.ID)).Method, db.ByPasskey)
	s.do(t, func(tx *db.Tx) error { return tx.VerifySession(ctx, session.ID, "hash", "another") })
	got := must[db.Session](t)(s.Session(ctx, session.ID))
	if got.SecretHash != "another" || got.VerifiedAt.IsZero() {
		t.Errorf("session after a proof = %+v, want the new hash and a time", got)
	}
	err := s.Tx(ctx, func(tx *db.Tx) error { return tx.VerifySession(ctx, session.ID, "hash", "third") })
	wantErr(t, "VerifySession with the secret from before", err, db.ErrNotFound)
}

func browsersAreKnown(t *testing.T, s store) {
	f, ctx := s.fixture(t), t.Context()
	token := fresh("token")
	known := func(token, person string) [2]bool {
		this, another, err := s.KnowsBrowser(ctx, token, person)
		if err != nil {
			t.Fatal(err)
		}
		return [2]bool{this, another}
	}
	equal(t, "KnowsBrowser before the first sign-in", known(token, f.person.ID), [2]bool{false, false})
	for range 2 {
		s.do(t, func(tx *db.Tx) error { return tx.PutBrowser(ctx, token, f.person.ID) })
	}
	equal(t, "KnowsBrowser", known(token, f.person.ID), [2]bool{true, true})
	equal(t, "KnowsBrowser of another browser", known(fresh("token"), f.person.ID), [2]bool{false, true})
	equal(t, "KnowsBrowser of another person", known(token, "somebody else"), [2]bool{false, false})
}
