package device_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gatepost/db"
	"gatepost/handlers/hub/device"
	"gatepost/handlers/sheet"
)

// Whatever program wrote the file, it says the same.
func TestFilesOfPrograms(t *testing.T) {
	files, err := filepath.Glob("testdata/*.?sv")
	if err != nil || len(files) < 12 {
		t.Fatalf("the files of programs = %v, %v", files, err)
	}
	encodings := map[string]string{"excel-german.csv": "Windows-1252", "excel-french.csv": "Windows-1252", "excel-us.csv": "Windows-1252", "excel-sep.csv": "Windows-1252"}
	for _, path := range append(files, "testdata/excel-unicode-text.txt") {
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		name := filepath.Base(path)
		f := newFixture(t)
		dev := f.Join(t, "Dario", "developer")
		held, err := device.Hold(bytes.NewReader(content))
		if err != nil {
			t.Errorf("%s: Hold = %v", name, err)
			continue
		}
		p, err := f.Devices.Preview(t.Context(), dev, f.OwnTeam.ID, name, held)
		if err != nil || p.Ready != 3 || p.Refused != 0 || len(p.Faults) != 0 || p.Lines != 3 || len(p.Rows) != 3 || len(p.Shown()) != 5 {
			t.Errorf("%s: the preview = %+v, %v; want three devices", name, p, err)
			continue
		}
		want := "UTF-8"
		if encodings[name] != "" {
			want = encodings[name]
		} else if strings.Contains(name, "utf16") || strings.Contains(name, "unicode") {
			want = "UTF-16"
		}
		if p.Encoding != want {
			t.Errorf("%s: read as %s, want %s", name, p.Encoding, want)
		}
		if _, err := f.Devices.Confirm(t.Context(), dev, f.OwnTeam.ID, p.ID); err != nil {
			t.Errorf("%s: Confirm = %v", name, err)
			continue
		}
		f.Devices.WaitForImports()
		for id, want := range map[string]db.Device{
			"SN-1": {DisplayName: "Tür Süd – 5 €", GroupName: "Türen", EntityName: "Klinik"},
			"SN-2": {DisplayName: "Café de l’entrée; 2e étage", GroupName: "Œuvre", EntityName: "Hôpital", TemplateGUID: "8C6E2F90-4D4B-4C3B-9A55-7F2B2C1D0E11"},
			"SN-3": {DisplayName: `Ward 3 north, "old" door`},
		} {
			d := f.found(t, dev, id)
			if d.DisplayName != want.DisplayName || d.GroupName != want.GroupName || d.EntityName != want.EntityName || d.TemplateGUID != want.TemplateGUID || !d.Active {
				t.Errorf("%s: the device %s = %+v, want %+v", name, id, d, want)
			}
		}
	}
}

// FuzzExportedFiles: whatever device there is, its line of an export is read as the same device.
func FuzzExportedFiles(f *testing.F) {
	for _, seed := range [][3]string{
		{"=1+1", "+a", "-b"}, {"a;=1", "'=x", "@"}, {"Tür, „Süd“", "a\"b", "\t"}, {"'", "''=", "1,2;3\t4"}, {"＝1", "sep=;", "\ufffd"},
		{"unique_id", "display_name", "group"}, {"\ufeff", "ja", "x"}, {"á;\u00a0=b", "c", "d"},
	} {
		f.Add(seed[0], seed[1], seed[2], true)
		f.Add(seed[2], seed[0], seed[1], false)
	}
	f.Fuzz(func(t *testing.T, name, group, entity string, active bool) {
		d, ok := device.Cleaned(db.Device{UniqueID: "SN-1", DisplayName: name, GroupName: group, EntityName: entity, Active: active})
		if !ok {
			return // not what a device can be called
		}
		var file bytes.Buffer
		w := sheet.NewWriter(&file)
		if err := errors.Join(w.Write(device.ImportColumns...), w.Write(device.Row(d)...), w.Flush()); err != nil {
			t.Fatal(err)
		}
		read, err := readFile("x.csv", bytes.NewReader(file.Bytes()))
		if err != nil {
			t.Fatalf("ReadFile of the export %q = %v", file.String(), err)
		}
		if got := read.Devices(); read.Lines() != 1 || len(got) != 1 || got[0] != d {
			t.Errorf("%+v came back as %+v by %q", d, got, file.String())
		}
	})
}
