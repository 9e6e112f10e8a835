package account_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"gatepost/handlers/hub"
	"gatepost/handlers/hub/hubtest"
	"gatepost/handlers/secret"
)

// Strangers can use up an account's tries from as many places as they like. Its person still signs in from
// where they did before and with a browser that is known, whoever else is there; a place that is new can try
// once a minute.
func TestStrangersCannotLockSomeoneOut(t *testing.T) {
	f, ctx := newFixture(t), context.Background()
	ana := f.Join(t, "Ana", hub.Admin)
	signIn := func(a hub.Actor, password string) error {
		_, err := f.Accounts.SignIn(ctx, a, "ana@example.com", password)
		return err
	}
	const wrong = "wrong wrong wrong"
	home := hub.Actor{Address: "198.51.100.7"}
	if err := signIn(home, hubtest.Password); err != nil {
		t.Fatal(err)
	}
	p, err := f.DB.Person(ctx, ana.ID)
	if err != nil {
		t.Fatal(err)
	}
	token, err := f.Accounts.RememberBrowser(ctx, home, p, "")
	if err != nil {
		t.Fatal(err)
	}
	browser := secret.HashToken(token)

	stranger := func(n int) hub.Actor { return hub.Actor{Address: fmt.Sprintf("203.0.%d.%d", n/200, n%200)} }
	for n := range 400 {
		if w := wait(t, signIn(stranger(n), wrong)); w > time.Second {
			t.Fatalf("the first try of place %d demands a wait of %v, want at most a second", n, w)
		}
		f.Clock.Add(time.Second)
	}
	// A place of the attack is slowed, for at most a minute.
	attacker := stranger(399)
	if w := wait(t, signIn(attacker, wrong)); w <= 30*time.Second || w > time.Minute {
		t.Errorf("the second try of a place within a minute demands a wait of %v, want up to a minute", w)
	}
	f.Clock.Add(time.Minute)
	if err := signIn(attacker, wrong); !errors.Is(err, hub.ErrWrongPassword) {
		t.Errorf("the second try of a place after a minute = %v, want ErrWrongPassword", err)
	}
	// Ana is at the attacker's own place, where all tries are used up: only a known browser helps there.
	for range 12 {
		f.Clock.Add(wait(t, signIn(attacker, wrong)))
	}
	if wait(t, signIn(attacker, hubtest.Password)) == 0 {
		t.Error("SignIn from a place whose tries are used up = nil, want *Throttled")
	}
	if wait(t, signIn(hub.Actor{Address: attacker.Address, Browser: secret.HashToken("made up")}, hubtest.Password)) == 0 {
		t.Error("SignIn with a browser that nobody knows = nil, want *Throttled")
	}
	mine := hub.Actor{Address: attacker.Address, Browser: browser}
	if first, then := signIn(mine, wrong), signIn(mine, hubtest.Password); !errors.Is(first, hub.ErrWrongPassword) || then != nil {
		t.Errorf("a wrong and a right SignIn with a known browser = %v and %v, want ErrWrongPassword and nil", first, then)
	}
	for _, a := range []hub.Actor{home, {Address: "192.0.2.1"}} {
		if err := signIn(a, hubtest.Password); err != nil {
			t.Errorf("SignIn from %s under attack = %v, want nil", a.Address, err)
		}
	}
	// A known browser has tries of its own, but no more than a place.
	n := 0
	for ; n < 30 && wait(t, signIn(mine, wrong)) == 0; n++ {
	}
	if n != 10 {
		t.Errorf("a known browser had %d tries, want 10", n)
	}
}

// However many places take part, a second has one try of an account once the free ones are used up.
func TestManyPlacesTryOneAccountOnceASecond(t *testing.T) {
	f, ctx := newFixture(t), context.Background()
	f.Join(t, "Ana", hub.Admin)
	checked := 0
	for n := range 1000 {
		_, err := f.Accounts.SignIn(ctx, hub.Actor{Address: fmt.Sprintf("2001:db8:%x::1", n)}, "ana@example.com", "wrong wrong wrong")
		if wait(t, err) == 0 {
			checked++
		}
		if n%50 == 49 {
			f.Clock.Add(time.Second)
		}
	}
	if checked > 100+1000/50 {
		t.Errorf("%d of 1000 tries in 20 seconds were checked, want at most 120", checked)
	}
}

// A password alone doesn't make a place known where a second factor is asked for.
func TestPlaceIsKnownAfterBothFactors(t *testing.T) {
	f, ctx := newFixture(t), context.Background()
	dev := f.Join(t, "dev", hub.Developer)
	key, _ := f.phone(t, dev)
	known := func() bool {
		rows, err := f.DB.SignInTries(ctx, hub.TryKey("known", "dev@example.com 203.0.113.9"))
		if err != nil {
			t.Fatal(err)
		}
		return len(rows) > 0
	}
	if _, err := f.Accounts.SignIn(ctx, hub.Actor{Address: "203.0.113.9"}, "dev@example.com", hubtest.Password); err != nil || known() {
		t.Errorf("after the password the place is known: %v (%v), want it unknown", known(), err)
	}
	if _, err := f.Accounts.SecondFactorByCode(ctx, dev, f.half(t, dev), f.code(t, key, 1)); err != nil || !known() {
		t.Errorf("after the code the place is known: %v (%v), want it known", known(), err)
	}
}

// Others at the same place can't use up the passkey sign-ins of a known browser.
func TestKnownBrowserHasPasskeySignInsOfItsOwn(t *testing.T) {
	f, ctx := newFixture(t), context.Background()
	ana := f.Join(t, "Ana", hub.Admin)
	p, err := f.DB.Person(ctx, ana.ID)
	if err != nil {
		t.Fatal(err)
	}
	token, err := f.Accounts.RememberBrowser(ctx, ana, p, "")
	if err != nil {
		t.Fatal(err)
	}
	begin := func(browser string) error {
		_, _, err := f.Accounts.BeginPasskeySignIn(ctx, hub.Actor{Address: "203.0.113.9", Browser: browser}, "")
		return err
	}
	n := 0
	for ; n < 100 && wait(t, begin("")) == 0; n++ {
	}
	if n != 60 || wait(t, begin(secret.HashToken("made up"))) == 0 {
		t.Errorf("a place has %d passkey sign-ins, or more with a browser that nobody knows, want 60", n)
	}
	if err := begin(secret.HashToken(token)); err != nil {
		t.Errorf("BeginPasskeySignIn with a known browser = %v, want nil", err)
	}
}
