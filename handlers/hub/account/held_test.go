package account_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/handlers/hub/account"
)

// What a request under way creates after its session or token has ended, nobody would end: the
// reset that did so has come and gone.
func TestRequestUnderWayLeavesNothingBehindWhenItsCredentialEnds(t *testing.T) {
	f, ctx := newFixture(t), context.Background()
	dev := f.Join(t, "Dev", hub.Developer)
	person, err := f.DB.Person(ctx, dev.ID)
	if err != nil {
		t.Fatal(err)
	}
	err = f.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := tx.InsertSession(ctx, db.Session{ID: "session", PersonID: dev.ID, Data: []byte{}, CreatedAt: tx.Now, LastSeenAt: tx.Now, ExpiresAt: tx.Now.Add(time.Hour)}, person.PasswordChangedAt); err != nil {
			return err
		}
		return tx.InsertPersonalToken(ctx, db.PersonalToken{ID: "token", PersonID: dev.ID, Name: "laptop", Hash: "hash", Hint: "hint", Scopes: []string{"read", "account:write"}, CreatedAt: tx.Now})
	})
	if err != nil {
		t.Fatal(err)
	}
	bySession, byToken := dev, dev
	bySession.Session = "session"
	byToken.Token, byToken.Personal, byToken.Scopes = "token", true, []string{"read", "account:write"}
	create := func(a hub.Actor, name string) error {
		_, err := f.Accounts.CreatePersonalToken(ctx, a, account.NewPersonalToken{Name: name, Scopes: []string{"read"}, ExpiresAt: f.Clock.Now().Add(24 * time.Hour)})
		return err
	}
	for name, a := range map[string]hub.Actor{"by session": bySession, "by token": byToken} {
		if err := create(a, name); err != nil {
			t.Errorf("CreatePersonalToken %s = %v, want nil", name, err)
		}
	}
	err = f.DB.Tx(ctx, func(tx *db.Tx) error {
		_, err := tx.Expel(ctx, dev.ID, db.Expel{Sessions: true, PersonalTokens: true})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for name, a := range map[string]hub.Actor{"by session": bySession, "by token": byToken} {
		if err := create(a, name+", ended"); !errors.Is(err, hub.ErrCredentialEnded) {
			t.Errorf("CreatePersonalToken %s that has ended = %v, want ErrCredentialEnded", name, err)
		}
	}
	tokens, err := f.DB.PersonalTokens(ctx, dev.ID)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range tokens {
		if p.Live(f.Clock.Now()) {
			t.Errorf("the personal token %q is live after everything was ended", p.Name)
		}
	}
}
