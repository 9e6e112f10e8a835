package contract

import (
	"slices"
	"testing"

	"gatepost/db"
)

var secondFactorPromises = []promise{
	{"second factor: what is stored is read", secondFactorRoundTrip},
	{"second factor: a code is accepted once of several times at once, and no earlier one after it", stepsGoForward},
	{"second factor: a recovery code is used by one of several at once", recoveryCodesWorkOnce},
	{"second factor: a team or the portal demands it", secondFactorDemanded},
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
