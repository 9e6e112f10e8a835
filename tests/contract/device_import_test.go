package contract

import (
	"errors"
	"testing"
	"time"

	"gatepost/db"
)

var deviceImportPromises = []promise{
	{"device imports: the progress is read by its team only", importProgress},
}

func importProgress(t *testing.T, s store) {
	f, other := s.fixture(t), s.fixture(t)
	i := db.DeviceImport{ID: fresh("import"), TeamID: f.team.ID, PersonID: f.person.ID, PersonName: "Ana", FileName: "list.csv", Total: 3, CreatedAt: now()}
	s.do(t, func(tx *db.Tx) error { return tx.InsertDeviceImport(t.Context(), i) })
	i.SeenAt = i.CreatedAt
	read := func() db.DeviceImport { return must[db.DeviceImport](t)(s.DeviceImport(t.Context(), f.team.ID, i.ID)) }
	equal(t, "a new import", read(), i)
	advance := func(report string) error {
		return s.Tx(t.Context(), func(tx *db.Tx) error { return tx.AdvanceDeviceImport(t.Context(), i, report) })
	}
	i.Done, i.Added, i.Refused, i.SeenAt = 2, 1, 1, now().Add(time.Minute)
	if err := errors.Join(advance("one\n"), advance("two\n")); err != nil {
		t.Fatal(err)
	}
	equal(t, "an import under way", read(), i)
	i.Done, i.Added, i.FinishedAt = 3, 2, now().Add(time.Hour)
	if err := advance(""); err != nil {
		t.Fatal(err)
	}
	equal(t, "a finished import", read(), i)
	equal(t, "its report", must[string](t)(s.DeviceImportReport(t.Context(), i.ID)), "one\ntwo\n")
	wantErr(t, "AdvanceDeviceImport of a finished one", advance("three\n"), db.ErrNotFound)
	_, err := s.DeviceImport(t.Context(), other.team.ID, i.ID)
	wantErr(t, "DeviceImport of another team", err, db.ErrNotFound)
	later := i
	later.ID, later.CreatedAt = fresh("import"), i.CreatedAt.Add(time.Second)
	s.do(t, func(tx *db.Tx) error { return tx.InsertDeviceImport(t.Context(), later) })
	imports := func(team, before string, limit int) []db.DeviceImport {
		return must[[]db.DeviceImport](t)(s.DeviceImports(t.Context(), team, before, limit))
	}
	if list := imports(f.team.ID, "", 10); len(list) != 2 || list[0].ID != later.ID || list[1] != i {
		t.Errorf("DeviceImports = %+v, want the later one first", list)
	}
	equal(t, "the first of two imports", imports(f.team.ID, "", 1)[0].ID, later.ID)
	equal(t, "the import before the later one", imports(f.team.ID, later.ID, 10)[0], i)
	equal(t, "imports before the first", len(imports(f.team.ID, i.ID, 10)), 0)
	equal(t, "imports of the other team", len(imports(other.team.ID, "", 10)), 0)
}
