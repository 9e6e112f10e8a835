package contract

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"gatepost/db"
)

var vendorLoginPromises = []promise{
	{"vendor logins: a team's app is found until it is deleted", loginApps},
}

func loginApps(t *testing.T, s store) {
	f := s.fixture(t)
	equal(t, "TeamBySolutionKey", must[db.Team](t)(s.TeamBySolutionKey(t.Context(), f.team.SolutionKey)), f.team)
	for _, key := range []string{"", "none", strings.ToUpper(f.team.SolutionKey), f.team.SolutionKey + " ", "a\x00b", "\xff"} {
		_, err := s.TeamBySolutionKey(t.Context(), key)
		wantErr(t, fmt.Sprintf("TeamBySolutionKey(%q)", key), err, db.ErrNotFound)
	}
	_, err := s.VendorLoginApp(t.Context(), f.team.ID)
	wantErr(t, "VendorLoginApp before there is one", err, db.ErrNotFound)
	s.do(t, func(tx *db.Tx) error {
		return errors.Join(tx.LockTeam(t.Context(), f.team.ID), tx.SetVendorLoginApp(t.Context(), f.team.ID, f.app.ClientID))
	})
	equal(t, "VendorLoginApp", must[db.App](t)(s.VendorLoginApp(t.Context(), f.team.ID)).ClientID, f.app.ClientID)
	s.do(t, func(tx *db.Tx) error { return tx.DeleteApp(t.Context(), f.app.ClientID) })
	_, err = s.VendorLoginApp(t.Context(), f.team.ID)
	wantErr(t, "VendorLoginApp that was deleted", err, db.ErrNotFound)
	err = s.Tx(t.Context(), func(tx *db.Tx) error { return tx.LockTeam(t.Context(), "none") })
	wantErr(t, "LockTeam(none)", err, db.ErrNotFound)
}
