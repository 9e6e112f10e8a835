package hub_test

import (
	"bytes"
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/handlers/hub/catalogue"
	"gatepost/handlers/hub/hubtest"
)

func (f *fixture) events(t *testing.T, actions ...string) []db.AuditEvent {
	t.Helper()
	events, err := f.DB.AuditEvents(t.Context(), db.AuditQuery{AllTeams: true, Actions: actions, Limit: 100})
	if err != nil {
		t.Fatal(err)
	}
	return events
}

func TestOldEventsOfAKindAreRemovedUnderASignature(t *testing.T) {
	f, ctx := newFixture(t), context.Background()
	owner := f.Join(t, "Ana", hub.Admin)
	owner.Owner = true
	keep := func(kind hub.AuditKind, days int) error {
		return f.Catalogue.ChangeSettings(ctx, owner, catalogue.SettingsChange{AuditKeep: map[hub.AuditKind]int{kind: days}})
	}
	hubtest.WantForbidden(t, "ChangeSettings by an admin", f.Catalogue.ChangeSettings(ctx, f.Join(t, "Bea", hub.Admin), catalogue.SettingsChange{AuditKeep: map[hub.AuditKind]int{hub.AuditChanges: 30}}))
	for _, days := range []int{-1, 1, 29, 36501} {
		hubtest.WantInvalid(t, "ChangeSettings", keep(hub.AuditSecurity, days), "audit_keep_security")
	}
	purge := func(want bool) {
		t.Helper()
		if n, err := f.PurgeAudit(ctx); err != nil || n > 0 != want {
			t.Errorf("PurgeAudit = %d, %v, want some: %v", n, err, want)
		}
	}
	f.Clock.Add(40 * hubtest.Day)
	purge(false) // everything is kept until an owner says otherwise
	if err := keep(hub.AuditChanges, 41); err != nil {
		t.Fatal(err)
	}
	purge(false)
	if err := keep(hub.AuditChanges, 30); err != nil {
		t.Fatal(err)
	}
	purge(true)
	if n := len(f.events(t, "team.created")); n != 0 {
		t.Errorf("events of the kind that are 40 days old = %d, want none", n)
	}
	if n := len(f.events(t, "person.added")); n == 0 {
		t.Error("events of another kind are gone too")
	}
	if n := len(f.events(t, "audit.purged")); n != 1 {
		t.Errorf("events that tell of the removal = %d, want 1", n)
	}
	if got := f.events(t, "audit.retention_changed"); len(got) != 2 || got[0].Detail != "changes: 30 days" || got[0].Actor != owner.ID {
		t.Errorf("events of the changed setting = %+v, want two by the owner", got)
	}
	if r, err := f.DB.VerifyAudit(ctx, nil); err != nil || len(r.Faults) > 0 || r.Removed == 0 {
		t.Errorf("VerifyAudit = %d removed, faults %v, %v, want some removed and no fault", r.Removed, r.Faults, err)
	}

	// Whoever writes to the database can't make the portal forget the last 30 days.
	f.Clock.Add(-20 * hubtest.Day)
	if err := f.DB.Tx(ctx, func(tx *db.Tx) error { return tx.PutSetting(ctx, hub.AuditKeepField(hub.AuditSecurity), "1") }); err != nil {
		t.Fatal(err)
	}
	purge(false)
}

func TestHeadsAreAnchoredOutsideTheDatabase(t *testing.T) {
	f, ctx := &fixture{hubtest.Mailing(t)}, context.Background()
	owner := f.Join(t, "Ana", hub.Admin)
	if err := f.DB.Tx(ctx, func(tx *db.Tx) error { return tx.SetOwner(ctx, owner.ID, true) }); err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	f.Log, f.AnchorFile, f.AnchorMail = slog.New(slog.NewTextHandler(&log, nil)), filepath.Join(t.TempDir(), "anchors"), hub.AnchorMailDaily
	anchor := func(again, want bool) db.AuditHead {
		t.Helper()
		head, done, err := f.AnchorAudit(ctx, again)
		if err != nil || done != want {
			t.Errorf("AnchorAudit = %v, %v, want %v", done, err, want)
		}
		return head
	}
	head := anchor(false, true)
	anchor(false, false) // nothing changed
	anchor(true, true)
	f.Join(t, "Bea", hub.Admin)
	anchor(false, true)
	if info, err := os.Stat(f.AnchorFile); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the anchors file: %v, %v, want mode 0600", info, err)
	}
	if lines := strings.Split(strings.TrimSpace(log.String()), "\n"); len(lines) != 3 || !strings.Contains(lines[0], "level=INFO") || !strings.Contains(lines[0], head.MAC) {
		t.Errorf("the log = %q, want a line with the MAC for each of three anchors", lines)
	}
	mails, err := f.DB.MailsWaiting(ctx, 50)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, m := range mails {
		if m.Kind == "audit_anchor" && m.Recipient == "ana@example.com" {
			n++
		}
	}
	if n != 1 {
		t.Errorf("mails of a day = %d, want 1", n)
	}

	file, err := hub.OpenAnchors(f.AnchorFile)
	if err != nil {
		t.Fatal(err)
	}
	if r, err := f.DB.VerifyAudit(ctx, file.All()); err != nil || len(r.Faults) > 0 || r.Anchors != 3 || r.Anchored.Seq != r.Head.Seq {
		t.Errorf("VerifyAudit = %d anchors up to %d, faults %v, %v, want 3 up to the head and none", r.Anchors, r.Anchored.Seq, r.Faults, err)
	}
	// A file that can't be written is an error, and the next try anchors the same head.
	f.AnchorFile = filepath.Join(f.AnchorFile, "nowhere")
	f.Join(t, "Carla", hub.Admin)
	if _, _, err := f.AnchorAudit(ctx, false); err == nil || !strings.Contains(err.Error(), "GATEPOST_AUDIT_ANCHOR") {
		t.Errorf("AnchorAudit to a file that can't be = %v, want an error that names the setting", err)
	}
	f.AnchorFile = ""
	anchor(false, true)
}
