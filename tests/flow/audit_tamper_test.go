package flow

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"gatepost/tests/testapp"
)

// auditReport is what gatepost audit verify --json prints.
type auditReport struct {
	Whole                bool
	Events, Removed      int64
	Checkpoints, Anchors int
	Head                 struct {
		Seq  int64
		Hash string
	}
	Faults []struct {
		Kind        string
		Seq         int64
		IntactUntil string `json:"intact_until"`
	}
	Unchecked []string
}

func (r auditReport) kinds() (out []string) {
	for _, f := range r.Faults {
		out = append(out, f.Kind)
	}
	return out
}

// verifyAudit runs gatepost audit verify, whose exit status must fit its report.
func verifyAudit(t *testing.T, app *testapp.App, args ...string) (r auditReport) {
	t.Helper()
	out, err := app.Command(t, append([]string{"audit", "verify", "--json"}, args...)...).Output()
	if e := json.Unmarshal(out, &r); e != nil {
		t.Fatalf("gatepost audit verify: %v, %s", e, out)
	}
	var status *exec.ExitError
	if r.Whole != (err == nil) || err != nil && (!errors.As(err, &status) || status.ExitCode() != 1) {
		t.Errorf("gatepost audit verify of a log that is whole: %v = %v, want exit status 1 exactly if it isn't", r.Whole, err)
	}
	return r
}

func wantFaults(t *testing.T, what string, r auditReport, kinds ...string) {
	t.Helper()
	if !slices.Equal(r.kinds(), kinds) {
		t.Errorf("%s: faults %v, want %v", what, r.kinds(), kinds)
	}
}

// unlocked drops what keeps the tables of the log as they are, as their owner can.
func unlocked(t *testing.T, app *testapp.App) {
	t.Helper()
	for _, trigger := range []string{"audit_events_kept", "audit_events_not_deleted", "audit_head_forward"} {
		app.Exec(t, "DROP TRIGGER "+trigger)
	}
}

// Somebody with an old copy of the database removes what they did since, and puts the head of then back.
func TestCutTailOfTheLogIsFound(t *testing.T) {
	t.Parallel()
	app := testapp.New(t)
	team := app.AddTeam(t, "Ops")
	app.Exec(t, "CREATE TABLE old_head AS SELECT * FROM audit_head")
	app.AddApp(t, team.ID, "Backdoor", "read")
	app.Run(t, "", "audit", "anchor")
	unlocked(t, app)
	app.Exec(t, "DELETE FROM audit_events WHERE seq > (SELECT seq FROM old_head)")
	app.Exec(t, "UPDATE audit_head SET (seq, hash, at, key_id, mac) = (SELECT seq, hash, at, key_id, mac FROM old_head)")

	r := verifyAudit(t, app)
	wantFaults(t, "with the anchors next to the database", r, "cut")
	if len(r.Faults) > 0 && r.Faults[0].IntactUntil == "" {
		t.Error("the report doesn't say until when the log is intact")
	}
	anchors := app.DB + ".anchors"
	if info, err := os.Stat(anchors); err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("the anchors file: %v, %v, want mode 0600", info, err)
	}
	elsewhere := filepath.Join(t.TempDir(), "kept")
	if err := os.Rename(anchors, elsewhere); err != nil {
		t.Fatal(err)
	}
	r = verifyAudit(t, app)
	wantFaults(t, "without anchors", r)
	if !strings.Contains(strings.Join(r.Unchecked, "\n"), "the tail can't be vouched for") {
		t.Errorf("without anchors the report says %q, want that the tail can't be vouched for", r.Unchecked)
	}
	wantFaults(t, "with a copy of the anchors", verifyAudit(t, app, "--anchors", elsewhere), "cut")
	app.AddTeam(t, "Another")
	app.AddTeam(t, "And another")
	wantFaults(t, "after the portal went on", verifyAudit(t, app, "--anchors", elsewhere), "forked")
}

// Somebody without the portal's key changes an event and computes every hash again, as the docs say how.
func TestRewrittenLogIsFound(t *testing.T) {
	t.Parallel()
	app := testapp.New(t)
	team := app.AddTeam(t, "Ops")
	app.AddApp(t, team.ID, "Warehouse", "read")
	unlocked(t, app)
	app.Exec(t, "UPDATE audit_events SET actor_name = 'Somebody else' WHERE action = 'app.created'")
	wantFaults(t, "after a change", verifyAudit(t, app), "changed")

	export := app.Run(t, "", "audit", "export")
	previous := ""
	for _, line := range exported(t, export) {
		if line.ID == "" {
			continue
		}
		previous = line.hash(previous)
		app.Exec(t, "UPDATE audit_events SET hash = ? WHERE seq = ?", previous, line.Seq)
		app.Exec(t, "UPDATE audit_head SET seq = ?, hash = ?", line.Seq, previous)
	}
	if err := os.Remove(app.DB + ".anchors"); err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	wantFaults(t, "after all hashes were made to fit", verifyAudit(t, app), "head")
	app.AddTeam(t, "Another")
	wantFaults(t, "after the portal wrote more", verifyAudit(t, app), "unsigned")
	if err := app.Command(t, "audit", "anchor").Run(); err == nil {
		t.Error("gatepost audit anchor keeps a head that isn't signed")
	}
	app.Exec(t, "UPDATE audit_head SET key_id = '', mac = ''")
	app.Restart(t)
	wantFaults(t, "after a restart", verifyAudit(t, app), "unsigned")

	app.Run(t, "", "audit", "accept")
	r := verifyAudit(t, app)
	wantFaults(t, "after an operator accepted it", r)
	if !strings.Contains(strings.Join(r.Unchecked, "\n"), "signed as it was") {
		t.Errorf("the report of an accepted log says %q, want that it was accepted", r.Unchecked)
	}
}

// auditLine is a line of gatepost audit export.
type auditLine struct {
	Seq           int64
	ID            string
	At            time.Time
	TeamID        string `json:"team_id"`
	Action        string
	Actor, Target struct{ Type, ID, Name string }
	Detail        string
	Address       string
	UserAgent     string `json:"user_agent"`
	Hash          string
	Skipped       *struct {
		FromSeq int64 `json:"from_seq"`
		ToSeq   int64 `json:"to_seq"`
		Hash    string
	}
	Checkpoint *struct {
		FromSeq int64  `json:"from_seq"`
		ToSeq   int64  `json:"to_seq"`
		Before  string `json:"hash_before"`
		After   string `json:"hash_after"`
		MAC     string
	}
	Head *struct {
		Seq  int64
		Hash string
		MAC  string
	}
}

// hash is what docs/operate says that it is.
func (l auditLine) hash(previous string) string {
	h := sha256.New()
	for _, s := range []string{previous, fmt.Sprint(l.Seq), l.ID, fmt.Sprint(l.At.Unix()), l.Actor.ID, l.Actor.Name, l.TeamID, l.Action,
		l.Target.Type, l.Target.ID, l.Target.Name, l.Detail, l.Address, l.UserAgent} {
		fmt.Fprintf(h, "%d:%s,", len(s), s)
	}
	return hex.EncodeToString(h.Sum(nil))
}

func exported(t *testing.T, text string) (lines []auditLine) {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(text))
	for d.More() {
		var l auditLine
		if err := d.Decode(&l); err != nil {
			t.Fatal(err)
		}
		lines = append(lines, l)
	}
	return lines
}

// recheck follows an export from line to line without any key, and returns how many events it has.
func recheck(t *testing.T, text string) (events int) {
	t.Helper()
	previous, seq := "", int64(0)
	lines := exported(t, text)
	for i, l := range lines {
		switch {
		case l.Skipped != nil:
			if l.Skipped.FromSeq != seq+1 {
				t.Errorf("line %d begins at %d, want %d", i+1, l.Skipped.FromSeq, seq+1)
			}
			seq, previous = l.Skipped.ToSeq, l.Skipped.Hash
		case l.Checkpoint != nil:
			if c := l.Checkpoint; c.FromSeq != seq+1 || c.Before != previous || c.MAC == "" {
				t.Errorf("line %d is the checkpoint %+v, want it to go on after event %d", i+1, c, seq)
			}
			seq, previous = l.Checkpoint.ToSeq, l.Checkpoint.After
		case l.Head != nil:
			if i != len(lines)-1 || l.Head.Seq != seq || l.Head.Hash != previous || l.Head.MAC == "" {
				t.Errorf("the head = %+v at line %d, want %d:%s at the end", l.Head, i+1, seq, previous)
			}
		default:
			if events++; l.Seq != seq+1 || l.Hash != l.hash(previous) {
				t.Errorf("line %d is event %d, whose hash doesn't follow from the line before", i+1, l.Seq)
			}
			seq, previous = l.Seq, l.Hash
		}
	}
	if len(lines) == 0 || lines[len(lines)-1].Head == nil {
		t.Error("the export has no head at its end")
	}
	return events
}

// A third party follows an export from hash to hash without the portal's key, also of one team, and over what was removed.
func TestExportIsCheckedWithoutTheKey(t *testing.T) {
	t.Parallel()
	app := testapp.New(t)
	owner := app.Owner(t)
	team := app.AddTeam(t, "Ops")
	app.AddApp(t, team.ID, "=Warehouse", "read")
	other := app.AddTeam(t, "Other")
	app.AddApp(t, other.ID, "Shed", "read")
	all := recheck(t, app.Run(t, "", "audit", "export"))
	ops := recheck(t, app.Run(t, "", "audit", "export", "--team", "Ops"))
	if ops < 2 || ops >= all {
		t.Errorf("events of a team = %d, of all = %d, want fewer and at least two", ops, all)
	}
	if n := recheck(t, app.Run(t, "", "audit", "export", "--since", "2020-01-01", "--until", "2020-02-01")); n != 0 {
		t.Errorf("events of 2020 = %d, want none", n)
	}
	file := filepath.Join(t.TempDir(), "log.csv")
	app.Run(t, "", "audit", "export", "--format", "csv", "--out", file)
	text, err := os.ReadFile(file)
	if info, e := os.Stat(file); err != nil || e != nil || info.Mode().Perm() != 0o600 || !bytes.Contains(text, []byte("'=Warehouse")) {
		t.Errorf("the CSV: %v, %v, want mode 0600 and the formula made harmless", err, e)
	}
	for _, args := range [][]string{{"--out", file}, {"--since", "yesterday"}, {"--format", "xml"}, {"--team", "None"}} {
		if err := app.Command(t, append([]string{"audit", "export"}, args...)...).Run(); err == nil {
			t.Errorf("gatepost audit export %v succeeded", args)
		}
	}

	// What an owner lets go after 30 days is gone, under a signature; what is young stays.
	for _, days := range []string{"29", "x", "-1", "36501"} {
		r := owner.Post(t, "/owner/settings/audit", url.Values{"audit_keep_changes": {days}})
		testapp.WantStatus(t, "POST /owner/settings/audit of "+days+" days", r, http.StatusUnprocessableEntity)
	}
	testapp.WantRedirect(t, "POST /owner/settings/audit", owner.Post(t, "/owner/settings/audit", url.Values{"audit_keep_changes": {"30"}, "audit_keep_security": {"0"}}), "/owner/settings")
	testapp.WantWords(t, "the owner's log", owner.Get(t, "/owner/audit").Body, "changed how long audit events are kept", "changes: 30 days")
	if r := verifyAudit(t, app); !r.Whole || r.Removed != 0 {
		t.Errorf("the report = %+v, want a whole log with nothing removed", r)
	}
}

// Events that somebody else removed are found, with a checkpoint of their own making too.
func TestUnsignedRemovalIsFound(t *testing.T) {
	t.Parallel()
	app := testapp.New(t)
	team := app.AddTeam(t, "Ops")
	app.AddApp(t, team.ID, "Warehouse", "read")
	seq := testapp.One[int64](t, app, "SELECT seq FROM audit_events WHERE action = 'app.created'")
	app.AddTeam(t, "Another")
	app.Exec(t, `INSERT INTO audit_checkpoints SELECT seq, seq, 1, at, at,
		COALESCE((SELECT hash FROM audit_events p WHERE p.seq = e.seq - 1), ''), hash, at, (SELECT key_id FROM audit_head), (SELECT mac FROM audit_head)
		FROM audit_events e WHERE seq = ?`, seq)
	app.Exec(t, "DELETE FROM audit_events WHERE seq = ?", seq)
	wantFaults(t, "under a forged checkpoint", verifyAudit(t, app), "checkpoint", "missing")
	app.Exec(t, "DELETE FROM audit_checkpoints")
	wantFaults(t, "without a checkpoint", verifyAudit(t, app), "missing")
}
