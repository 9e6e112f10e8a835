package contract

import (
	"slices"
	"testing"
	"time"

	"gatepost/db"
)

var deviceImportPreviewPromises = []promise{
	{"device imports: a file that waits is read by its person only, and once", importPreview},
}

func importPreview(t *testing.T, s store) {
	f, other := s.fixture(t), s.fixture(t)
	file := []byte{'w', 0, 0xff, '\n'}
	add := func(id string, expires time.Time) db.DeviceImportPreview {
		p := db.DeviceImportPreview{ID: id, TeamID: f.team.ID, PersonID: f.person.ID, FileName: "list.csv", Report: `{"lines": 1}`, ExpiresAt: expires}
		s.do(t, func(tx *db.Tx) error { return tx.InsertDeviceImportPreview(t.Context(), p, file, 2) })
		return p
	}
	first := add(fresh("preview"), now().Add(time.Hour))
	find := func(team, person string) (db.DeviceImportPreview, error) {
		return s.DeviceImportPreview(t.Context(), team, person, first.ID)
	}
	equal(t, "a new preview", must[db.DeviceImportPreview](t)(find(f.team.ID, f.person.ID)), first)
	equal(t, "its file", string(must[[]byte](t)(s.DeviceImportPreviewFile(t.Context(), first.ID))), string(file))
	_, err := find(other.team.ID, f.person.ID)
	wantErr(t, "DeviceImportPreview of another team", err, db.ErrNotFound)
	_, err = find(f.team.ID, other.person.ID)
	wantErr(t, "DeviceImportPreview of another person", err, db.ErrNotFound)
	s.do(t, func(tx *db.Tx) error { return tx.SetDeviceImportPreview(t.Context(), first.ID, "{}") })
	equal(t, "a changed report", must[db.DeviceImportPreview](t)(find(f.team.ID, f.person.ID)).Report, "{}")

	second, third := add(fresh("preview"), now().Add(2*time.Hour)), add(fresh("preview"), now().Add(-time.Hour))
	_, err = s.DeviceImportPreview(t.Context(), f.team.ID, f.person.ID, third.ID)
	wantErr(t, "the one of three that expires first", err, db.ErrNotFound)
	gone := func() error {
		return s.Tx(t.Context(), func(tx *db.Tx) error { return tx.DeleteDeviceImportPreview(t.Context(), second.ID) })
	}
	wantErr(t, "DeleteDeviceImportPreview", gone(), nil)
	wantErr(t, "DeleteDeviceImportPreview again", gone(), db.ErrNotFound)

	third = add(fresh("preview"), now().Add(-time.Hour))
	if _, err := s.Purge(t.Context(), 100); err != nil {
		t.Fatal(err)
	}
	equal(t, "the report of one that has expired", must[db.DeviceImportPreview](t)(s.DeviceImportPreview(t.Context(), f.team.ID, f.person.ID, third.ID)).Report, "")
	equal(t, "its file", len(must[[]byte](t)(s.DeviceImportPreviewFile(t.Context(), third.ID))), 0)
	equal(t, "the file of one that hasn't", string(must[[]byte](t)(s.DeviceImportPreviewFile(t.Context(), first.ID))), string(file))

	d := db.Device{GUID: fresh("device"), TeamID: f.team.ID, UniqueID: "sn-1", DisplayName: "x", CreatedAt: now(), UpdatedAt: now()}
	s.do(t, func(tx *db.Tx) error { return tx.InsertDevice(t.Context(), d) })
	taken := must[[]string](t)(s.UniqueIDsTaken(t.Context(), f.team.ID, []string{"sn-0", "sn-1", "SN-1"}))
	if !slices.Equal(taken, []string{"sn-1"}) {
		t.Errorf("UniqueIDsTaken = %v, want sn-1", taken)
	}
	equal(t, "unique ids taken in another team", len(must[[]string](t)(s.UniqueIDsTaken(t.Context(), other.team.ID, []string{"sn-1"}))), 0)
}
