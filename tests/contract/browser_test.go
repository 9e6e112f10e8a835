package contract

import (
	"testing"

	"gatepost/db"
)

var browserPromises = []promise{
	{"browsers: they are known by token and person", browsersAreKnown},
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
	equal(t, "HasBrowser before the first sign-in", must[bool](t)(s.HasBrowser(ctx, token)), false)
	for range 2 {
		s.do(t, func(tx *db.Tx) error { return tx.PutBrowser(ctx, token, f.person.ID) })
	}
	equal(t, "KnowsBrowser", known(token, f.person.ID), [2]bool{true, true})
	equal(t, "HasBrowser", must[bool](t)(s.HasBrowser(ctx, token)), true)
	equal(t, "KnowsBrowser of another browser", known(fresh("token"), f.person.ID), [2]bool{false, true})
	equal(t, "KnowsBrowser of another person", known(token, "somebody else"), [2]bool{false, false})
}
