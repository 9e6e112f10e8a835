package contract

import (
	"errors"
	"testing"

	"gatepost/db"
)

var teamPromises = []promise{
	{"teams: what is inserted is read", teamRoundTrip},
	{"teams: names and solution keys are unique", teamNamesAreUnique},
}

func teamRoundTrip(t *testing.T, s store) {
	f := s.fixture(t)
	empty := newTeam()
	s.do(t, func(tx *db.Tx) error { return tx.InsertTeam(t.Context(), empty) })
	equal(t, "Team", must[db.Team](t)(s.Team(t.Context(), f.team.ID)), f.team)
	equal(t, "TeamByName", must[db.Team](t)(s.TeamByName(t.Context(), f.team.Name)), f.team)
	_, err := s.Team(t.Context(), "none")
	wantErr(t, "Team(none)", err, db.ErrNotFound)
	_, err = s.TeamByName(t.Context(), "none")
	wantErr(t, "TeamByName(none)", err, db.ErrNotFound)

	mine := must[[]db.Team](t)(s.TeamsOf(t.Context(), f.person.ID))
	if len(mine) != 1 || mine[0] != f.team {
		t.Errorf("TeamsOf = %v, want only %v", mine, f.team)
	}
	sizes := must[[]db.TeamSize](t)(s.Teams(t.Context()))
	want := []db.TeamSize{{Team: f.team, Members: 1, Apps: 1}, {Team: empty}}
	if len(sizes) != 2 || sizes[0] != want[0] || sizes[1] != want[1] {
		t.Errorf("Teams = %v, want %v", sizes, want)
	}
}

func teamNamesAreUnique(t *testing.T, s store) {
	one, two := newTeam(), newTeam()
	s.do(t, func(tx *db.Tx) error {
		return errors.Join(tx.InsertTeam(t.Context(), one), tx.InsertTeam(t.Context(), two), tx.RenameTeam(t.Context(), two.ID, "Renamed"))
	})
	equal(t, "name after RenameTeam", must[db.Team](t)(s.Team(t.Context(), two.ID)).Name, "Renamed")
	sameName, sameKey := newTeam(), newTeam()
	sameName.Name, sameKey.SolutionKey = one.Name, one.SolutionKey
	for what, change := range map[string]func(tx *db.Tx) error{
		"InsertTeam with a taken name":         func(tx *db.Tx) error { return tx.InsertTeam(t.Context(), sameName) },
		"InsertTeam with a taken solution key": func(tx *db.Tx) error { return tx.InsertTeam(t.Context(), sameKey) },
		"RenameTeam to a taken name":           func(tx *db.Tx) error { return tx.RenameTeam(t.Context(), two.ID, one.Name) },
	} {
		wantErr(t, what, s.Tx(t.Context(), change), db.ErrConflict)
	}
	err := s.Tx(t.Context(), func(tx *db.Tx) error { return tx.RenameTeam(t.Context(), "none", "x") })
	wantErr(t, "RenameTeam(none)", err, db.ErrNotFound)
}
