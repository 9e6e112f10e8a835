package flow

import (
	"encoding/csv"
	"encoding/json"
	"html"
	"net/http"
	"net/url"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"gatepost/tests/testapp"
)

// The team's log: filters, links, exports, and what is not in them.
func TestAuditPagesAndExports(t *testing.T) {
	t.Parallel()
	app := testapp.New(t)
	owner := app.Owner(t)
	admin := app.Member(t, "First team", "admin")
	c := owner.AddApp(t, "=SUM(1;2)", "read")
	d := admin.AddApp(t, "Shed", "read")
	admin.Post(t, "/apps/"+d.ClientID+"/delete", url.Values{"confirm_name": {"Shed"}})
	app.Run(t, "", "app", "rotate", c.ClientID, "--keep-old", "1h")

	page := admin.Get(t, "/team/audit")
	testapp.WantWords(t, "the log", page.Body, "rotated the secret of", "made the app", "Shed", "command line", "Export CSV")
	narrow := func(query string, with, without []string) {
		t.Helper()
		r := admin.Get(t, "/team/audit?"+query)
		testapp.WantStatus(t, "GET /team/audit?"+query, r, http.StatusOK)
		_, filter, _ := strings.Cut(r.Body, `role="search"`)
		_, table, _ := strings.Cut(filter, "</form>") // what is under the filter, which names everything
		for _, s := range with {
			if !strings.Contains(table, s) {
				t.Errorf("GET /team/audit?%s does not show %q", query, s)
			}
		}
		for _, s := range without {
			if strings.Contains(table, s) {
				t.Errorf("GET /team/audit?%s shows %q", query, s)
			}
		}
	}
	narrow("kind=secret.rotated", []string{"rotated the secret of"}, []string{"made the app", "deleted the app"})
	narrow("kind=apps", []string{"made the app", "deleted the app"}, []string{"rotated the secret of"})
	narrow("app="+d.ClientID, []string{"Shed"}, []string{"SUM"})
	narrow("person=cli", []string{"rotated the secret of"}, []string{"made the app"})
	narrow("person=cli&kind=apps", []string{"No events match"}, nil)
	narrow("to=2020-01-01", []string{"No events match"}, nil)
	narrow("from=2020-01-01&to=2099-01-01", []string{"made the app"}, nil)
	narrow("team=none", []string{"made the app"}, []string{"No events match"}) // the owner's filter does not count here
	testapp.WantStatus(t, "GET with a day that is none", admin.Get(t, "/team/audit?from=yesterday"), http.StatusUnprocessableEntity)
	testapp.WantStatus(t, "GET of an export with a day that is none", admin.Get(t, "/team/audit/export.csv?from=yesterday"), http.StatusBadRequest)

	// The exports have what the filter leaves, in their formats.
	r := admin.Get(t, "/team/audit/export.csv?app="+c.ClientID)
	if kind := r.Header.Get("Content-Type"); !strings.HasPrefix(kind, "text/csv") || r.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("the CSV is %q with Cache-Control %q, want text/csv and no-store", kind, r.Header.Get("Cache-Control"))
	}
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(r.Body, "\ufeff"))).ReadAll()
	if err != nil || len(rows) < 3 {
		t.Fatalf("the CSV has %d rows, %v, want the head and at least two events", len(rows), err)
	}
	for _, row := range rows[1:] {
		if row[10] != "'=SUM(1;2)" {
			t.Errorf("target = %q, want the formula made harmless", row[10])
		}
	}
	r = admin.Get(t, "/team/audit/export.jsonl?kind=secret.rotated")
	lines := strings.Split(strings.TrimSpace(r.Body), "\n")
	var event struct {
		Action string
		Hash   string
		Seq    int
		Actor  struct{ ID string }
		Target struct{ Name string }
	}
	if err := json.Unmarshal([]byte(lines[0]), &event); err != nil || len(lines) != 1 || event.Action != "secret.rotated" || len(event.Hash) != 64 || event.Seq == 0 || event.Actor.ID != "cli" || event.Target.Name != "=SUM(1;2)" {
		t.Errorf("the JSON Lines = %s, %v, want the one event with its place in the chain", r.Body, err)
	}
	whole := admin.Get(t, "/team/audit/export.jsonl").Body
	if strings.Contains(whole, c.ClientSecret) || strings.Contains(whole, "argon2") {
		t.Error("the export has a secret in it")
	}

	// Who took the log away is in the log.
	narrow("kind=audit.exported", []string{"exported the audit log", admin.Name}, []string{"No events match"})
	narrow("kind=audit.exported&person=cli", []string{"No events match"}, nil)

	// Owners see all teams, and what belongs to none.
	app.AddTeam(t, "Elsewhere")
	testapp.WantWords(t, "the owner's log", owner.Get(t, "/owner/audit").Body, "First team", "made the team", "signed in", "made the app")
	r = owner.Get(t, "/owner/audit?team=none")
	if _, filter, _ := strings.Cut(r.Body, `role="search"`); strings.Contains(filter[strings.Index(filter, "</form>"):], "made the app") || !strings.Contains(r.Body, "signed in") {
		t.Error("GET /owner/audit?team=none shows events of a team, or no sign-in")
	}
	for _, path := range []string{"/owner/audit", "/owner/audit/export.csv", "/owner/audit/export.jsonl"} {
		testapp.WantStatus(t, "GET "+path+" by an admin", admin.Get(t, path), http.StatusForbidden)
	}
	dev := app.Member(t, "First team", "developer")
	for _, path := range []string{"/team/audit", "/team/audit/export.csv", "/team/audit/export.jsonl"} {
		testapp.WantStatus(t, "GET "+path+" by a developer", dev.Get(t, path), http.StatusForbidden)
	}
	if got := strings.Count(owner.Get(t, "/owner/audit/export.jsonl").Body, "\n"); got <= strings.Count(whole, "\n") {
		t.Errorf("the owner's export has %d events, want more than the team's", got)
	}
}

// A long log is read page by page to its end, and exported whole.
func TestLongAuditLog(t *testing.T) {
	t.Parallel()
	app := testapp.New(t)
	owner := app.Owner(t)
	for i := range 130 {
		owner.Post(t, "/account", url.Values{"name": {owner.Name}, "phone": {strings.Repeat("1", 1+i%9)}})
	}
	older := regexp.MustCompile(`href="(/owner/audit\?[^"]*before=[^"]*)"`)
	path, rows, pages := "/owner/audit?kind=profile.changed", 0, 0
	for path != "" {
		r := owner.Get(t, path)
		rows += strings.Count(r.Body, "changed their profile</span>") + strings.Count(r.Body, "changed their profile </span>")
		pages++
		if pages > 5 {
			t.Fatal("the pages have no end")
		}
		m := older.FindStringSubmatch(r.Body)
		path = ""
		if m != nil {
			path = html.UnescapeString(m[1])
		}
	}
	if pages != 3 {
		t.Errorf("130 events are on %d pages, want 3 (%d rows seen)", pages, rows)
	}
	if got := strings.Count(owner.Get(t, "/owner/audit/export.jsonl?kind=profile.changed").Body, "\n"); got != 130 {
		t.Errorf("the export has %d events, want 130", got)
	}
}

// Tampering is found from the command line, by its exit status.
func TestAuditVerifyFindsTampering(t *testing.T) {
	t.Parallel()
	app := testapp.New(t)
	owner := app.Owner(t)
	owner.AddApp(t, "Warehouse", "read")
	app.Exec(t, "DROP TRIGGER audit_events_kept")
	app.Exec(t, "UPDATE audit_events SET actor_name = 'Somebody else' WHERE action = 'app.created'")
	cmd := app.Command(t, "audit", "verify", "--json")
	out, err := cmd.Output()
	if status, ok := err.(*exec.ExitError); !ok || status.ExitCode() != 1 {
		t.Errorf("gatepost audit verify = %v, want exit status 1", err)
	}
	var report struct {
		Whole  bool
		Faults []struct{ Kind, Action string }
	}
	if err := json.Unmarshal(out, &report); err != nil || report.Whole || len(report.Faults) != 1 || report.Faults[0].Kind != "changed" || report.Faults[0].Action != "app.created" {
		t.Errorf("the report = %s, %v, want the one changed event", out, err)
	}
}
