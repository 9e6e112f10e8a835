package device_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/handlers/hub/device"
	"gatepost/handlers/hub/hubtest"
	"gatepost/handlers/sheet"
)

func deviceFile(t *testing.T, text string) *device.File {
	t.Helper()
	f, err := readFile("devices.csv", strings.NewReader(text))
	if err != nil {
		t.Fatalf("ReadFile(%q) = %v, want nil", text, err)
	}
	return f
}

// readFile reads a file as a program's import does.
func readFile(name string, r io.Reader) (*device.File, error) {
	held, err := device.Hold(r)
	if err != nil {
		return nil, err
	}
	f, err := device.ReadFile(name, held, nil)
	if err != nil {
		return nil, err
	}
	return f, f.Check(true)
}

// imported imports a file and returns the finished import.
func (f *fixture) imported(t *testing.T, a hub.Actor, text string) (i db.DeviceImport, refused []device.RefusedLine) {
	t.Helper()
	ctx := context.Background()
	started, err := f.Devices.Import(ctx, a, f.OwnTeam.ID, deviceFile(t, text), "")
	if err != nil {
		t.Fatalf("Import = %v", err)
	}
	f.Devices.WaitForImports()
	if i, refused, err = f.Devices.FindImport(ctx, a, f.OwnTeam.ID, started.ID); err != nil {
		t.Fatal(err)
	}
	if i.FinishedAt.IsZero() {
		t.Fatalf("the import isn't done: %+v", i)
	}
	return i, refused
}

func TestAFileOfDevices(t *testing.T) {
	f := newFixture(t)
	dev := f.Join(t, "Dario", hub.Developer)
	const heads = "unique_id,display_name,group,entity,template,active\n"
	for name, c := range map[string]struct {
		text    string
		added   int
		refused string // lines and the start of their reasons
	}{
		"commas":               {heads + "a1,One,,,\na2,Two,G,E,8C6E2F90-4D4B-4C3B-9A55-7F2B2C1D0E11\n", 2, ""},
		"semicolons":           {"\ufeffDisplay Name;UNIQUE ID\r\nThree, and more;b1\r\n", 1, ""},
		"tabs, no last line":   {"unique_id\tdisplay_name\nc1\tFour", 1, ""},
		"columns of a report":  {"line,reason,unique_id,display_name\n7,because,d1,Five\n,the note,,\n", 1, ""},
		"short lines":          {heads + "e1\ne2,Name\n", 1, "2 display_name: Write a name"},
		"faults":               {heads + "-x,N,,,\nf1,,,,\nf2,N,G\vG,,\nf3,N,,,x\nf4," + strings.Repeat("n", 101) + "\nf5,N\xff\x81\nf6,N,,,,maybe\nf7,N,G,E,,yes,more\n", 0, "2 unique_id: Write up to|3 display_name: Write|4 group: Use one line|5 template: Write a GUID|6 display_name: Use at most|7 display_name: Some characters can't be read|8 active: Write yes or no. The file has “maybe”|9 The line has more values than"},
		"twice":                {heads + "g1,N,,,\ng1,N,,,\n", 1, "3 unique_id: Line 2 has"},
		"a wrong quote":        {heads + "h1,a \"b\" c,,,\nh2,N,,,\n", 1, "2 A quote is in the wrong place"},
		"an open quote":        {heads + "i1,\"N,,,\ni2,N,,,\ni3,N,,,\n", 0, "2 A quote on this line is never closed: lines 2 to 4 were not read"},
		"a value of two lines": {heads + "j1,\"N\nM\",,,\nj2,N,,,\n", 2, ""},
	} {
		i, refused := f.imported(t, dev, c.text)
		var want []string
		if c.refused != "" {
			want = strings.Split(c.refused, "|")
		}
		if i.Added != c.added || i.Refused != len(want) || i.Done != i.Total || i.Total != i.Added+i.Refused || len(refused) != len(want) {
			t.Errorf("%s: %d added, %d refused (%v), %d of %d; want %d and %d", name, i.Added, i.Refused, refused, i.Done, i.Total, c.added, len(want))
			continue
		}
		for n, w := range want {
			if got := fmt.Sprint(refused[n].Line, " ", refused[n].Reason); !strings.HasPrefix(got, w) {
				t.Errorf("%s: refused %q, want %q", name, got, w)
			}
		}
	}
	d := f.found(t, dev, "a2")
	if d.DisplayName != "Two" || d.GroupName != "G" || d.EntityName != "E" || d.TemplateGUID == "" || !d.Active || d.Version != 1 {
		t.Errorf("the device a2 = %+v", d)
	}
	if got := f.found(t, dev, "j1").DisplayName; got != "N M" {
		t.Errorf("the name of j1 = %q, want its two lines as one", got)
	}
	if got := f.found(t, dev, "b1").DisplayName; got != "Three, and more" {
		t.Errorf("the name of b1 = %q", got)
	}

	for name, text := range map[string]string{
		"empty": "", "an unknown column": "unique_id,display_name,owner\n", "a broken head": "unique_id,\"display\n", "no unique id": "display_name\n",
		"a workbook": "PK\x03\x04", "too many": "unique_id,display_name\n" + strings.Repeat("a,b\n", device.MaxImportLines+1),
	} {
		_, err := readFile("x", strings.NewReader(text))
		hubtest.WantInvalid(t, "ReadFile of "+name, err, "file")
	}
	broken := errors.New("broken")
	for _, start := range []string{"", "unique_id,", heads + "a,b\n"} {
		if _, err := readFile("x", io.MultiReader(strings.NewReader(start), iotest.ErrReader(broken))); !errors.Is(err, broken) {
			t.Errorf("ReadFile of a reader that fails after %q = %v, want the reader's error", start, err)
		}
	}
	for name, want := range map[string]string{"": "devices.csv", `C:\a\b.csv`: "b.csv", "../../etc/passwd": "passwd", "a\nb\x00.csv": "a b .csv", strings.Repeat("x", 300): strings.Repeat("x", 79) + "…"} {
		file, err := readFile(name, strings.NewReader("unique_id,display_name\n"))
		if err != nil || file.Name != want {
			t.Errorf("the name of %q = %q, %v; want %q", name, file.Name, err, want)
		}
	}
}

func (f *fixture) found(t *testing.T, a hub.Actor, uniqueID string) db.Device {
	t.Helper()
	list, _, err := f.Devices.Find(context.Background(), a, f.OwnTeam.ID, db.DeviceQuery{UniqueID: uniqueID, Limit: 2})
	if err != nil || len(list) != 1 {
		t.Fatalf("Find(%s) = %d, %v", uniqueID, len(list), err)
	}
	return list[0]
}

// Spreadsheets don't run the name of a device, and a corrected report imports the same values.
func TestReportsAreSafeInSpreadsheets(t *testing.T) {
	values := []string{"=1+1", "+a", "-b", "@c", "", "no"}
	var out bytes.Buffer
	if err := device.WriteImportReport(sheet.NewWriter(&out), []device.RefusedLine{{Line: 3, Reason: "=bad", Values: values}, {Line: 4, Reason: "lost"}}, "+note"); err != nil {
		t.Fatal(err)
	}
	want := "\ufeffline,reason,unique_id,display_name,group,entity,template,active\r\n3,'=bad,'=1+1,'+a,'-b,'@c,,no\r\n4,lost,,,,,,\r\n,'+note,,,,,,\r\n"
	if out.String() != want {
		t.Errorf("WriteImportReport = %q, want %q", out.String(), want)
	}
	f := newFixture(t)
	dev := f.Join(t, "Dario", hub.Developer)
	f.imported(t, dev, strings.Replace(out.String(), "'=1+1", "k1", 1))
	d := f.found(t, dev, "k1")
	if d.DisplayName != "+a" || d.GroupName != "-b" || d.EntityName != "@c" || d.Active {
		t.Errorf("the device of a corrected report = %+v", d)
	}
}

func TestWhoMayImport(t *testing.T) {
	f, ctx := newFixture(t), context.Background()
	admin, dev, viewer := f.Join(t, "Ana", hub.Admin), f.Join(t, "Dario", hub.Developer), f.Join(t, "Vito", hub.Viewer)
	text := "unique_id,display_name\na,A\nb,B\n"
	_, err := f.Devices.Import(ctx, viewer, f.OwnTeam.ID, deviceFile(t, text), "")
	hubtest.WantForbidden(t, "Import by a viewer", err)
	_, err = f.Devices.Import(ctx, dev, f.OwnTeam.ID, deviceFile(t, "unique_id,display_name\n"), "")
	hubtest.WantInvalid(t, "Import of nothing", err, "file")

	// To the database, another import runs until it has made no progress for too long.
	other := db.DeviceImport{ID: "0-older", TeamID: f.OwnTeam.ID, PersonName: "Ana", Total: 9, CreatedAt: f.Clock.Now()}
	if err := f.DB.Tx(ctx, func(tx *db.Tx) error { return tx.InsertDeviceImport(ctx, other) }); err != nil {
		t.Fatal(err)
	}
	_, err = f.Devices.Import(ctx, dev, f.OwnTeam.ID, deviceFile(t, text), "")
	hubtest.WantInvalid(t, "Import next to another one", err, "file")
	f.Clock.Add(21 * time.Second)
	i, _ := f.imported(t, dev, text)
	if i.Added != 2 || i.PersonName != "Dario" {
		t.Errorf("the import = %+v, want 2 added by Dario", i)
	}
	list, _, err := f.Devices.Imports(ctx, admin, f.OwnTeam.ID, "", 10)
	if err != nil || len(list) != 2 || device.ImportState(list[0], f.Clock.Now()) != device.ImportDone || device.ImportState(list[1], f.Clock.Now()) != device.ImportInterrupted {
		t.Errorf("Imports = %+v, %v; want one done and one interrupted", list, err)
	}
	elsewhere, err := f.Teams.Add(ctx, hub.OperatorActor(), "Elsewhere")
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := f.Devices.FindImport(ctx, hub.OperatorActor(), elsewhere.ID, i.ID); !errors.Is(err, db.ErrNotFound) {
		t.Errorf("FindImport in another team = %v, want db.ErrNotFound", err)
	}
	_, _, err = f.Devices.FindImport(ctx, viewer, f.OwnTeam.ID, i.ID)
	hubtest.WantForbidden(t, "FindImport by a viewer", err)
	events, _, err := f.AuditEvents(ctx, admin, db.AuditQuery{TeamID: f.OwnTeam.ID, Limit: 50})
	if err != nil || len(events) < 2 || events[0].Action != "devices.imported" || events[0].Detail != "2 added, 0 refused" || events[1].Action != "devices.import_started" {
		t.Errorf("the audit log = %+v, %v", events, err)
	}
}

// The report is bounded, whatever the file. The numbers aren't.
func TestReportKeepsTheFirstThousand(t *testing.T) {
	f := newFixture(t)
	dev := f.Join(t, "Dario", hub.Developer)
	var lines strings.Builder
	for n := range 700 {
		fmt.Fprintf(&lines, "x%d,X\n", n)
	}
	f.imported(t, dev, "unique_id,display_name\n"+lines.String())
	i, refused := f.imported(t, dev, "unique_id,display_name\n"+strings.Repeat("two words,"+strings.Repeat("n", 5000)+"\n", 500)+lines.String())
	if i.Refused != 1200 || i.Added != 0 || len(refused) != 1000 || len(refused[0].Values[1]) > 210 {
		t.Errorf("%d refused, %d added, %d in the report; want 1200, 0, 1000", i.Refused, i.Added, len(refused))
	}
}

// A line names a template by its GUID in any case, and keeps that of another system.
func TestAFileNamesTemplates(t *testing.T) {
	f, ctx := newFixture(t), context.Background()
	dev := f.Join(t, "Dario", hub.Developer)
	pump := f.template(t, dev, "pump")
	const foreign = "8C6E2F90-4D4B-4C3B-9A55-7F2B2C1D0E11"
	f.imported(t, dev, "unique_id,display_name,template\na,One,"+strings.ToUpper(pump.GUID)+"\nb,Two,"+foreign+"\nc,Three,"+pump.GUID+"\n")
	for guid, want := range map[string]int{pump.GUID: 2, foreign: 1} {
		if _, n, err := f.Devices.Find(ctx, dev, f.OwnTeam.ID, db.DeviceQuery{TemplateGUID: guid}); n != want || err != nil {
			t.Errorf("devices of the template %s after an import = %d, %v, want %d", guid, n, err, want)
		}
	}
	if got := f.codes(t, dev, ""); len(got) != 1 || got[0] != "pump 2" {
		t.Errorf("Templates after an import = %q, want two devices", got)
	}
}
