package account_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/handlers/hub/account"
	"gatepost/handlers/hub/catalogue"
	"gatepost/handlers/hub/hubtest"
	"gatepost/handlers/hub/team"
	"gatepost/handlers/secret"
	"gatepost/tests/testapp"
)

// code returns what an authenticator app with this key shows, so many time steps from now.
func (f *fixture) code(t *testing.T, key string, steps int64) string {
	t.Helper()
	code, err := hotp.GenerateCodeCustom(key, uint64(f.Clock.Now().Unix()/30+steps), hotp.ValidateOpts{Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1})
	if err != nil {
		t.Fatal(err)
	}
	return code
}

// phone sets up an authenticator app for a person.
func (f *fixture) phone(t *testing.T, a hub.Actor) (key string, codes []string) {
	t.Helper()
	ctx := context.Background()
	setup, err := f.Accounts.StartTOTP(ctx, a, "session")
	if err != nil {
		t.Fatal(err)
	}
	if codes, err = f.Accounts.FinishTOTP(ctx, a, "session", setup.State, f.code(t, setup.Key, 0)); err != nil {
		t.Fatal(err)
	}
	return setup.Key, codes
}

// half returns the token of a sign-in that waits for its second factor.
func (f *fixture) half(t *testing.T, a hub.Actor) string {
	t.Helper()
	ctx := context.Background()
	p, err := f.DB.Person(ctx, a.ID)
	if err != nil {
		t.Fatal(err)
	}
	token, err := f.Accounts.BeginSecondFactor(ctx, p, "/apps")
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// ACC-12 and RFC 6238 section 5.2: codes of one step before and after are accepted, each code once, and none
// that is older than the last one.
func TestCodesOfTheTimeAreTakenOnce(t *testing.T) {
	f, ctx := newFixture(t), context.Background()
	dev := f.Join(t, "dev", hub.Developer)
	key, _ := f.phone(t, dev)
	try := func(steps int64) error {
		_, err := f.Accounts.SecondFactorByCode(ctx, dev, f.half(t, dev), f.code(t, key, steps))
		return err
	}
	if err := try(0); !errors.Is(err, hub.ErrWrongCode) {
		t.Errorf("the code that the app was set up with = %v, want ErrWrongCode", err)
	}
	for _, steps := range []int64{-2, 2} {
		if err := try(steps); !errors.Is(err, hub.ErrWrongCode) {
			t.Errorf("a code %d steps away = %v, want ErrWrongCode", steps, err)
		}
	}
	if err := try(1); err != nil {
		t.Errorf("the code of the next step = %v, want it accepted", err)
	}
	f.Clock.Add(30 * time.Second)
	if err := try(0); !errors.Is(err, hub.ErrWrongCode) {
		t.Errorf("the same code in its own step = %v, want ErrWrongCode", err)
	}
	if err := try(-1); !errors.Is(err, hub.ErrWrongCode) {
		t.Errorf("a code from before the last one = %v, want ErrWrongCode", err)
	}
	f.Clock.Add(60 * time.Second)
	if err := try(-1); err != nil {
		t.Errorf("the code of the step before = %v, want it accepted", err)
	}
	for _, odd := range []string{"", "12345", "1234567", "abcdef", "１２３４５６", strings.Repeat("1", 10_000)} {
		if _, err := f.Accounts.SecondFactorByCode(ctx, dev, f.half(t, dev), odd); err == nil {
			t.Errorf("SecondFactorByCode(%.10q) = nil, want an error", odd)
		}
	}
}

// Whoever knows the password can use up the wrong codes of the account, and of their own place. The owner's
// known browser has codes of its own, and recovery codes work everywhere.
func TestWrongCodesOfAnotherLeaveTheOwnerTheirs(t *testing.T) {
	f, ctx := newFixture(t), context.Background()
	dev := f.Join(t, "dev", hub.Developer)
	key, codes := f.phone(t, dev)
	p, err := f.DB.Person(ctx, dev.ID)
	if err != nil {
		t.Fatal(err)
	}
	token, err := f.Accounts.RememberBrowser(ctx, dev, p, "")
	if err != nil {
		t.Fatal(err)
	}
	type way func(context.Context, hub.Actor, string, string) (account.PendingSignIn, error)
	totp, recovery := way(f.Accounts.SecondFactorByCode), way(f.Accounts.SecondFactorByRecoveryCode)
	thief, owner := dev, dev
	owner.Browser = secret.HashToken(token)
	try := func(by way, a hub.Actor, code string) error {
		_, err := by(ctx, a, f.half(t, dev), code)
		return err
	}
	useUp := func(by way, a hub.Actor, code string, want int) {
		t.Helper()
		for n := range want {
			if err := try(by, a, code); !errors.Is(err, hub.ErrWrongCode) {
				t.Fatalf("wrong code %d = %v, want ErrWrongCode", n+1, err)
			}
		}
		if err := try(by, a, code); wait(t, err) == 0 {
			t.Fatalf("wrong code %d = %v, want *Throttled", want+1, err)
		}
	}
	useUp(totp, thief, "000000", 10)
	thief.Address = "192.0.2.66"
	if err := try(totp, thief, f.code(t, key, 1)); wait(t, err) == 0 {
		t.Errorf("a code from another new place = %v, want *Throttled: six digits are counted for the account", err)
	}
	if err := try(totp, owner, f.code(t, key, 1)); err != nil {
		t.Errorf("the code with the known browser = %v, want it accepted", err)
	}
	elsewhere := hub.Actor{ID: dev.ID, Address: "198.51.100.7"}
	if err := try(recovery, elsewhere, codes[0]); err != nil {
		t.Errorf("a recovery code from a new place = %v, want it accepted", err)
	}
	useUp(recovery, thief, "0000-0000-0000-0000", 20)
	elsewhere.Address = "198.51.100.8"
	if err := try(recovery, elsewhere, codes[1]); err != nil {
		t.Errorf("a recovery code from another place after 20 wrong ones = %v, want it accepted", err)
	}
	owner.Address = thief.Address
	if err := try(recovery, owner, codes[2]); err != nil {
		t.Errorf("a recovery code with the known browser, at the place of the wrong ones = %v, want it accepted", err)
	}
	useUp(totp, owner, "000000", 10)
}

// A stolen database reveals neither the key of an authenticator app nor a recovery code.
func TestSecondFactorsAreStoredSealed(t *testing.T) {
	f, ctx := newFixture(t), context.Background()
	dev := f.Join(t, "dev", hub.Developer)
	_, codes := f.phone(t, dev)
	row, err := f.DB.TOTPFactor(ctx, dev.ID)
	if err != nil {
		t.Fatal(err)
	}
	if len(row.Secret) < 20+16 {
		t.Errorf("the stored key has %d bytes, want it encrypted", len(row.Secret))
	}
	if len(codes) != account.RecoveryCodes {
		t.Fatalf("recovery codes = %d, want %d", len(codes), account.RecoveryCodes)
	}
	for _, code := range codes {
		if !account.IsRecoveryCode(code) {
			t.Errorf("IsRecoveryCode(%q) = false, want true", code)
		}
	}
	events, err := f.DB.TargetAudit(ctx, dev.ID, 50)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range events {
		for _, code := range codes {
			if strings.Contains(e.Detail+e.TargetName, code) {
				t.Errorf("event %s has a recovery code", e.Action)
			}
		}
	}
}

// Where a team or the portal requires a second factor, people can't remove their last one. And nobody
// requires one without having one.
func TestDemandedFactorStays(t *testing.T) {
	f, ctx := newFixture(t), context.Background()
	admin, dev := f.Join(t, "ana", hub.Admin), f.Join(t, "dev", hub.Developer)
	hubtest.WantForbidden(t, "Change of the team by a developer", f.Teams.Change(ctx, dev, f.OwnTeam.ID, team.Change{SecondFactor: new(true)}))
	hubtest.WantForbidden(t, "ChangeSettings by an admin", f.Catalogue.ChangeSettings(ctx, admin, catalogue.SettingsChange{SecondFactor: new(true)}))
	hubtest.WantInvalid(t, "Change of the team without a second factor of one's own", f.Teams.Change(ctx, admin, f.OwnTeam.ID, team.Change{SecondFactor: new(true)}), "requires_second_factor")
	f.phone(t, admin)
	if err := f.Teams.Change(ctx, admin, f.OwnTeam.ID, team.Change{SecondFactor: new(true)}); err != nil {
		t.Fatal(err)
	}
	if err := f.Accounts.RemoveTOTP(ctx, admin); !errors.Is(err, hub.ErrSecondFactorRequired) {
		t.Errorf("RemoveTOTP of the last factor = %v, want ErrSecondFactorRequired", err)
	}
	if _, err := f.DB.TOTPFactor(ctx, admin.ID); err != nil {
		t.Errorf("the app after that = %v, want it kept", err)
	}
	hubtest.WantForbidden(t, "ResetSecondFactor by an admin", f.Accounts.ResetSecondFactor(ctx, admin, dev.ID))
	if err := f.Accounts.ResetSecondFactor(ctx, hub.OperatorActor(), dev.ID); !errors.Is(err, hub.ErrNoSecondFactor) {
		t.Errorf("ResetSecondFactor of a person without one = %v, want ErrNoSecondFactor", err)
	}
	if err := f.Accounts.ResetSecondFactor(ctx, hub.OperatorActor(), admin.ID); err != nil {
		t.Errorf("ResetSecondFactor = %v, want nil", err)
	}
	if _, err := f.DB.TOTPFactor(ctx, admin.ID); !errors.Is(err, db.ErrNotFound) {
		t.Errorf("the app after a reset = %v, want ErrNotFound", err)
	}
}

// Someone who removes both factors at the same time, in two browsers, keeps one if one is required.
func TestLastFactorsGoInTurn(t *testing.T) {
	for engine, dsn := range map[string]func(t *testing.T) string{
		"sqlite":   func(t *testing.T) string { return filepath.Join(t.TempDir(), "gatepost.db") },
		"postgres": func(t *testing.T) string { return testapp.StartPostgres(t).Database(t) },
	} {
		t.Run(engine, func(t *testing.T) {
			f, ctx := newFixtureOn(t, dsn(t), ""), context.Background()
			ana := f.Join(t, "ana", hub.Admin)
			f.phone(t, ana)
			if err := f.Teams.Change(ctx, ana, f.OwnTeam.ID, team.Change{SecondFactor: new(true)}); err != nil {
				t.Fatal(err)
			}
			for round := range 20 {
				err := f.DB.Tx(ctx, func(tx *db.Tx) error {
					return errors.Join(
						tx.PutTOTPFactor(ctx, db.TOTPFactor{PersonID: ana.ID, Secret: []byte{1}, CreatedAt: tx.Now}),
						tx.InsertPasskey(ctx, db.Passkey{ID: fmt.Sprint("key", round), PersonID: ana.ID, Name: "key", Credential: "{}", CreatedAt: tx.Now}))
				})
				if err != nil {
					t.Fatal(err)
				}
				errs := f.Both(func(i int) error {
					if i == 0 {
						return f.Accounts.RemoveTOTP(ctx, ana)
					}
					return f.Accounts.RemovePasskey(ctx, ana, fmt.Sprint("key", round))
				})
				if (errs[0] == nil) == (errs[1] == nil) || !errors.Is(errors.Join(errs...), hub.ErrSecondFactorRequired) {
					t.Errorf("round %d: RemoveTOTP = %v, RemovePasskey = %v, want one of them refused", round, errs[0], errs[1])
				}
				if err := f.DB.Tx(ctx, func(tx *db.Tx) error { _, err := tx.DeletePasskeysOf(ctx, ana.ID); return err }); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

// Passkeys need an address that browsers accept.
func TestPasskeysNeedAName(t *testing.T) {
	for issuer, want := range map[string]bool{
		"https://portal.example.com": true, "https://portal.example.com:8443": true, "http://localhost:8080": true,
		"http://portal.example.com": false, "https://203.0.113.9": false, "http://127.0.0.1:8080": false, "https://[2001:db8::1]": false,
	} {
		h := hub.New(hub.Options{Issuer: issuer, Brand: "Gatepost"})
		if got := account.New(h, team.New(h), nil).PasskeysOn(); got != want {
			t.Errorf("PasskeysOn at %s = %v, want %v", issuer, got, want)
		}
	}
}
