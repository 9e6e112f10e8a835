package flow

import (
	"encoding/csv"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"gatepost/tests/testapp"
)

// downloaded fetches a list and returns its lines, after checking what every download has.
func downloaded(t *testing.T, p *testapp.Person, path, name string) [][]string {
	t.Helper()
	r := p.Get(t, path)
	testapp.WantStatus(t, "GET "+path, r, http.StatusOK)
	for header, want := range map[string]string{
		"Content-Type": "text/csv; charset=utf-8; header=present", "Content-Disposition": `attachment; filename="` + name + `"; filename*=UTF-8''` + name,
		"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff",
	} {
		if got := r.Header.Get(header); got != want {
			t.Errorf("GET %s: %s = %q, want %q", path, header, got, want)
		}
	}
	text, ok := strings.CutPrefix(r.Body, "\ufeff")
	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if !ok || err != nil || len(rows) == 0 {
		t.Fatalf("GET %s = %q, %v; want CSV with a byte order mark", path, r.Body, err)
	}
	for _, row := range rows {
		for _, cell := range row {
			if cell != "" && strings.ContainsAny(cell[:1], "=+-@\t\r") {
				t.Errorf("GET %s has the cell %q, which a spreadsheet runs", path, cell)
			}
		}
	}
	return rows
}

func column(t *testing.T, rows [][]string, name string) (values []string) {
	t.Helper()
	for i, head := range rows[0] {
		if head == name {
			for _, row := range rows[1:] {
				values = append(values, row[i])
			}
			return values
		}
	}
	t.Fatalf("no column %s in %v", name, rows[0])
	return nil
}

func TestListsAreExported(t *testing.T) {
	t.Parallel()
	app := testapp.New(t)
	owner := app.Owner(t)
	team := app.AddTeam(t, "Policlinico")
	admin, developer, viewer := app.Member(t, team.ID, "admin"), app.Member(t, team.ID, "developer"), app.Member(t, team.ID, "viewer")
	other := app.Member(t, app.AddTeam(t, "Elsewhere").ID, "admin")
	file := "unique_id,display_name,group,active\n"
	for i := range 60 {
		file += fmt.Sprintf("sn.%02d,Door %02d,%s,%s\n", i, i, []string{"North", "South"}[i%2], []string{"yes", "no"}[i%2])
	}
	ended(t, developer, developer.Import(t, "d.csv", file+"sn.99,=1+1,-2,\n").Location)

	// Devices: the list's filter on all pages, and the columns of an import.
	all := downloaded(t, developer, "/team/devices/export.csv?page=2&sort=-name", "devices.csv")
	template := developer.Get(t, "/team/device-imports/template.csv").Body
	if got := strings.Join(all[0], ","); "\ufeff"+got+"\r\n" != template || len(all) != 62 {
		t.Errorf("the devices = %d lines of %s, want 61 and the heads of the template %q", len(all)-1, got, template)
	}
	if south := downloaded(t, developer, "/team/devices/export.csv?group=South&q=door+0", "devices.csv"); strings.Join(column(t, south, "unique_id"), " ") != "sn.01 sn.03 sn.05 sn.07 sn.09" || column(t, south, "active")[0] != "no" {
		t.Errorf("the devices of a filter = %v", south)
	}
	if got := downloaded(t, viewer, "/team/devices/export.csv", "devices.csv"); len(got) != 1 {
		t.Errorf("the devices of a viewer without a grant = %v, want none", got)
	}
	// What was exported can be imported elsewhere, and is the same.
	testapp.WantWords(t, "the import elsewhere", ended(t, other, other.Import(t, "devices.csv", developer.Get(t, "/team/devices/export.csv").Body).Location), "61 devices were added", "No line was refused")
	if a, b := developer.Get(t, "/team/devices/export.csv").Body, other.Get(t, "/team/devices/export.csv").Body; a != b {
		t.Errorf("devices that were exported and imported = %.300q, want %.300q", b, a)
	}

	// Members and apps.
	if got := downloaded(t, developer, "/team/members/export.csv", "members.csv"); len(got) != 4 || !strings.Contains(strings.Join(column(t, got, "email"), " "), viewer.Email) {
		t.Errorf("the members = %v, want three", got)
	}
	client := developer.AddApp(t, "@Warehouse; =x", "read")
	app.RequestToken(t, client)
	apps := downloaded(t, developer, "/apps/export.csv", "apps.csv")
	if column(t, apps, "client_id")[0] != client.ClientID || column(t, apps, "name")[0] != "'@Warehouse; =x" || column(t, apps, "live_secrets")[0] != "1" {
		t.Errorf("the apps = %v", apps)
	}

	// Secrets: what is known about them, never the secret.
	for path, name := range map[string]string{"/apps/" + client.ClientID + "/secrets/export.csv": "secrets-" + client.ClientID + ".csv", "/team/rotation/export.csv": "secrets.csv"} {
		secrets := downloaded(t, developer, path, name)
		if len(secrets) != 2 || column(t, secrets, "hint")[0] != client.ClientSecret[len(client.ClientSecret)-4:] || column(t, secrets, "state")[0] != "live" || column(t, secrets, "created_by")[0] != developer.Name {
			t.Errorf("GET %s = %v, want the app's secret", path, secrets)
		}
		if body := developer.Get(t, path).Body; strings.Contains(body, client.ClientSecret) || strings.Contains(body, "argon2") {
			t.Errorf("GET %s has the secret or its hash", path)
		}
	}

	// Refused requests, of the team and of nobody.
	app.RequestToken(t, testapp.Credentials{ClientID: client.ClientID, ClientSecret: "gps_wrong"})
	app.RequestToken(t, testapp.Credentials{ClientID: "nobody", ClientSecret: "gps_wrong"})
	testapp.Until(t, 20*time.Second, "the refused requests are written", func() bool {
		return testapp.One[int](t, app, "SELECT COUNT(*) FROM auth_failures") == 2
	})
	if got := downloaded(t, developer, "/team/failures/export.csv?reason=secret_truncated&within=1h", "refused-requests.csv"); len(got) != 2 || column(t, got, "client_id")[0] != client.ClientID || column(t, got, "error")[0] != "invalid_client" {
		t.Errorf("the refused requests = %v, want one", got)
	}
	if got := downloaded(t, developer, "/team/failures/export.csv?reason=drill", "refused-requests.csv"); len(got) != 1 {
		t.Errorf("the refused requests of a drill = %v, want none", got)
	}
	if got := downloaded(t, owner, "/owner/failures/export.csv", "refused-requests.csv"); len(got) != 2 || column(t, got, "client_id")[0] != "" {
		t.Errorf("the refused requests of nobody = %v, want one", got)
	}
	testapp.WantStatus(t, "GET of requests from a time that is none", developer.Get(t, "/team/failures/export.csv?from=yesterday"), http.StatusBadRequest)

	// The pages lead there, with their filter.
	for page, want := range map[string]string{
		"/team/devices?group=South": "/team/devices/export.csv?group=South", "/team/members": "/team/members/export.csv", "/apps": "/apps/export.csv", "/team/rotation": "/team/rotation/export.csv",
		"/apps/" + client.ClientID + "/secrets": "/apps/" + client.ClientID + "/secrets/export.csv", "/team/failures?within=7d": "/team/failures/export.csv?within=7d",
	} {
		testapp.WantWords(t, "GET "+page, developer.Get(t, page).Body, `href="`+want+`"`)
	}

	// Who may not see a page may not download it, and every export is in the log.
	for _, path := range []string{"/team/members/export.csv", "/apps/export.csv", "/team/rotation/export.csv", "/team/failures/export.csv", "/apps/" + client.ClientID + "/secrets/export.csv"} {
		testapp.WantStatus(t, "GET by a viewer of "+path, viewer.Get(t, path), http.StatusForbidden)
	}
	testapp.WantStatus(t, "GET of another team's secrets", other.Get(t, "/apps/"+client.ClientID+"/secrets/export.csv"), http.StatusNotFound)
	testapp.WantStatus(t, "GET of the owner's list", admin.Get(t, "/owner/failures/export.csv"), http.StatusForbidden)
	log := admin.Get(t, "/team/audit?kind="+url.QueryEscape("list.exported")).Body
	testapp.WantWords(t, "the audit log", log, "exported a list of", "devices, as csv", "members, as csv", "secrets, as csv", "secrets of @Warehouse; =x, as csv", "refused requests, as csv", developer.Name)
}
