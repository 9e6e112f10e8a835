package contract

import (
	"errors"
	"reflect"
	"testing"

	"gatepost/db"
)

var scopePromises = []promise{
	{"scopes: an existing entry is kept", scopesStand},
}

func scopesStand(t *testing.T, s store) {
	want := []db.Scope{{Name: "write", Sentence: "Change.", AdminOnly: true, Position: 1}, {Name: "read", Sentence: "See.", Position: 2}}
	s.do(t, func(tx *db.Tx) error {
		return errors.Join(tx.KeepScope(t.Context(), want[1]), tx.KeepScope(t.Context(), want[0]),
			tx.KeepScope(t.Context(), db.Scope{Name: "read", Sentence: "Other.", Position: 9}))
	})
	if got := must[[]db.Scope](t)(s.Scopes(t.Context())); !reflect.DeepEqual(got, want) {
		t.Errorf("Scopes = %v, want %v", got, want)
	}
}
