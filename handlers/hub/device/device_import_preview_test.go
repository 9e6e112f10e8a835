package device_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/handlers/hub/device"
	"gatepost/handlers/hub/hubtest"
)

// preview uploads a file.
func (f *fixture) preview(t *testing.T, a hub.Actor, text string) device.Preview {
	t.Helper()
	held, err := device.Hold(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	p, err := f.Devices.Preview(t.Context(), a, f.OwnTeam.ID, "list.csv", held)
	if err != nil {
		t.Fatalf("Preview(%q) = %v", text, err)
	}
	return p
}

func TestAPreviewAddsNothing(t *testing.T) {
	f, ctx := newFixture(t), t.Context()
	dev, mate := f.Join(t, "Dario", hub.Developer), f.Join(t, "Mila", hub.Admin)
	f.imported(t, dev, "unique_id,display_name\nold,Old\n")
	p := f.preview(t, dev, "unique_id;Display Name;Owner;\nnew;New;x;\nold;Old;y;\ntwo words;Two;;\nnew;Again;;\n;;;\n")
	if p.Lines != 4 || p.Ready != 1 || p.Refused != 3 || p.Separator != ";" {
		t.Errorf("the preview = %+v, want one of four lines ready", p)
	}
	var reasons []string
	for _, l := range p.Lost {
		reasons = append(reasons, fmt.Sprint(l.Line, " ", l.Reason))
	}
	want := []string{"3 unique_id: The team has a device with this unique id already.",
		"4 unique_id: Write up to 128 letters, digits and . _ : - starting with a letter or digit, such as a serial number. The file has “two words”.", "5 unique_id: Line 2 has this unique id too."}
	if !slices.Equal(reasons, want) {
		t.Errorf("the refused lines = %q, want %q", reasons, want)
	}
	if got := p.Choice(); !slices.Equal(got, []string{"unique_id", "display_name", "", ""}) || !slices.Equal(p.Shown(), []int{0, 1, 2}) || p.Columns[2].Heading != "Owner" || p.Columns[2].Example != "x" {
		t.Errorf("the columns = %+v, of which %v are shown", p.Columns, p.Shown())
	}
	if list, total, err := f.Devices.Find(ctx, dev, f.OwnTeam.ID, db.DeviceQuery{Limit: 10}); err != nil || total != 1 {
		t.Errorf("%d devices after the preview (%+v, %v), want the old one", total, list, err)
	}
	if found, err := f.Devices.FindPreview(ctx, dev, f.OwnTeam.ID, p.ID); err != nil || fmt.Sprint(found) != fmt.Sprint(p) {
		t.Errorf("FindPreview = %+v, %v; want %+v", found, err, p)
	}

	// Only who uploaded the file sees it.
	if _, err := f.Devices.FindPreview(ctx, mate, f.OwnTeam.ID, p.ID); !errors.Is(err, db.ErrNotFound) {
		t.Errorf("FindPreview by a teammate = %v, want db.ErrNotFound", err)
	}
	if _, err := f.Devices.Confirm(ctx, mate, f.OwnTeam.ID, p.ID); !errors.Is(err, db.ErrNotFound) {
		t.Errorf("Confirm by a teammate = %v, want db.ErrNotFound", err)
	}
	elsewhere, err := f.Teams.Add(ctx, hub.OperatorActor(), "Elsewhere")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Devices.FindPreview(ctx, hub.OperatorActor(), elsewhere.ID, p.ID); !errors.Is(err, db.ErrNotFound) {
		t.Errorf("FindPreview in another team = %v, want db.ErrNotFound", err)
	}

	// Its devices are added once, however often it is confirmed.
	first, err := f.Devices.Confirm(ctx, dev, f.OwnTeam.ID, p.ID)
	if err != nil {
		t.Fatal(err)
	}
	f.Devices.WaitForImports()
	again, err := f.Devices.Confirm(ctx, dev, f.OwnTeam.ID, p.ID)
	if err != nil || again.ID != first.ID || again.Added != 1 || again.Refused != 3 {
		t.Errorf("Confirm again = %+v, %v; want the import of the first time, with one device", again, err)
	}
	if _, err := f.Devices.FindPreview(ctx, dev, f.OwnTeam.ID, p.ID); !errors.Is(err, db.ErrNotFound) {
		t.Errorf("FindPreview of what was added = %v, want db.ErrNotFound", err)
	}
}

func TestColumnsAreChosen(t *testing.T) {
	f, ctx := newFixture(t), t.Context()
	dev := f.Join(t, "Dario", hub.Developer)
	p := f.preview(t, dev, "Seriale;Nome;Gruppo;Stato\nsn-1;Porta;Reparto 3;falso\nsn-2;Letto;;vero\n")
	if len(p.Faults) != 2 || !strings.HasPrefix(p.Faults[0], "The file has no column unique_id.") || p.Ready != 0 || p.Lines != 2 || len(p.Lost) != 0 || p.Columns[1].Example != "Porta" {
		t.Errorf("the preview of unknown columns = %+v", p)
	}
	_, err := f.Devices.Confirm(ctx, dev, f.OwnTeam.ID, p.ID)
	hubtest.WantInvalid(t, "Confirm of unknown columns", err, "file")
	if err := f.Devices.Choose(ctx, dev, f.OwnTeam.ID, p.ID, []string{"unique_id", "unique_id", "", ""}); err != nil {
		t.Fatal(err)
	}
	if p, err = f.Devices.FindPreview(ctx, dev, f.OwnTeam.ID, p.ID); err != nil || p.Faults[0] != "The file has the column unique_id twice." {
		t.Errorf("the preview with a column twice = %+v, %v", p, err)
	}
	if err := f.Devices.Choose(ctx, dev, f.OwnTeam.ID, p.ID, []string{"unique_id", "display_name", "group", "active"}); err != nil {
		t.Fatal(err)
	}
	if p, err = f.Devices.FindPreview(ctx, dev, f.OwnTeam.ID, p.ID); err != nil || p.Ready != 2 || len(p.Faults) != 0 {
		t.Errorf("the preview with the right columns = %+v, %v", p, err)
	}
	if _, err := f.Devices.Confirm(ctx, dev, f.OwnTeam.ID, p.ID); err != nil {
		t.Fatal(err)
	}
	f.Devices.WaitForImports()
	if d := f.found(t, dev, "sn-1"); d.DisplayName != "Porta" || d.GroupName != "Reparto 3" || d.Active {
		t.Errorf("the device sn-1 = %+v, want the columns that were chosen", d)
	}
	// A heading that is known can be ignored.
	p = f.preview(t, dev, "unique_id,display_name,group\nsn-3,N,G\n")
	if err := f.Devices.Choose(ctx, dev, f.OwnTeam.ID, p.ID, []string{"unique_id", "display_name", ""}); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Devices.Confirm(ctx, dev, f.OwnTeam.ID, p.ID); err != nil {
		t.Fatal(err)
	}
	f.Devices.WaitForImports()
	if d := f.found(t, dev, "sn-3"); d.GroupName != "" {
		t.Errorf("the device sn-3 = %+v, want no group", d)
	}
}

func TestPreviewsExpire(t *testing.T) {
	f, ctx := newFixture(t), t.Context()
	dev, viewer := f.Join(t, "Dario", hub.Developer), f.Join(t, "Vito", hub.Viewer)
	const text = "unique_id,display_name\na,A\n"
	p := f.preview(t, dev, text)
	f.Clock.Add(2*time.Hour - time.Second)
	if _, err := f.Devices.FindPreview(ctx, dev, f.OwnTeam.ID, p.ID); err != nil {
		t.Errorf("FindPreview within two hours = %v", err)
	}
	f.Clock.Add(time.Second)
	for what, err := range map[string]error{
		"FindPreview": second(f.Devices.FindPreview(ctx, dev, f.OwnTeam.ID, p.ID)), "Confirm": second(f.Devices.Confirm(ctx, dev, f.OwnTeam.ID, p.ID)),
		"Choose": f.Devices.Choose(ctx, dev, f.OwnTeam.ID, p.ID, nil),
	} {
		if !errors.Is(err, device.ErrPreviewExpired) {
			t.Errorf("%s after two hours = %v, want ErrPreviewExpired", what, err)
		}
	}
	// A person has three, and the oldest goes.
	var ids []string
	for range 4 {
		f.Clock.Add(time.Second)
		ids = append(ids, f.preview(t, dev, text).ID)
	}
	for i, id := range ids {
		if _, err := f.Devices.FindPreview(ctx, dev, f.OwnTeam.ID, id); (err == nil) != (i > 0) {
			t.Errorf("FindPreview of file %d of 4 = %v", i+1, err)
		}
	}
	if err := f.Devices.Discard(ctx, dev, f.OwnTeam.ID, ids[3]); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Devices.FindPreview(ctx, dev, f.OwnTeam.ID, ids[3]); !errors.Is(err, db.ErrNotFound) {
		t.Errorf("FindPreview of a discarded file = %v, want db.ErrNotFound", err)
	}
	held, err := device.Hold(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	_, err = f.Devices.Preview(ctx, viewer, f.OwnTeam.ID, "x.csv", held)
	hubtest.WantForbidden(t, "Preview by a viewer", err)
	_, err = f.Devices.FindPreview(ctx, viewer, f.OwnTeam.ID, ids[2])
	hubtest.WantForbidden(t, "FindPreview by a viewer", err)
	// Someone who loses the role adds nothing that they uploaded before.
	if err := f.Teams.ChangeRole(ctx, hub.OperatorActor(), f.OwnTeam.ID, dev.ID, hub.Viewer); err != nil {
		t.Fatal(err)
	}
	_, err = f.Devices.Confirm(ctx, dev, f.OwnTeam.ID, ids[2])
	hubtest.WantForbidden(t, "Confirm after the role is lost", err)
}

func second[T any](_ T, err error) error { return err }
