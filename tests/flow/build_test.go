package flow

import (
	"net/http"
	"strings"
	"testing"

	"gatepost/tests/testapp"
)

// The stamps of a release are shown by the command line, by /healthz, and to owners on their
// pages. No other page tells a visitor which version to attack.
func TestBuildIsShown(t *testing.T) {
	t.Parallel()
	const text = "Gatepost v0.0.0-test (commit 1f2e3d4c5b6a, 2026-11-29)"
	type build struct{ Version, Commit, Date string }
	want := build{testapp.Version, testapp.Commit, testapp.Date}
	app := testapp.New(t)

	var got build
	app.RunJSON(t, &got, "version")
	if got != want {
		t.Errorf("gatepost version --json = %+v, want %+v", got, want)
	}
	var health struct {
		Status string
		build
	}
	app.Do(t, app.Request(t, http.MethodGet, "/healthz", "")).JSON(t, &health)
	if health.Status != "ok" || health.build != want {
		t.Errorf("GET /healthz = %+v, want ok with %+v", health, want)
	}

	owner := app.Owner(t)
	member := app.Member(t, app.AddTeam(t, "Builders").Name, "admin")
	for _, path := range []string{"/owner/people", "/owner/settings", "/owner/keys", "/owner/mail"} {
		if r := owner.Get(t, path); r.Status != http.StatusOK || strings.Count(r.Body, text) != 1 {
			t.Errorf("GET %s by an owner = %d, want the footer %q", path, r.Status, text)
		}
		if r := member.Get(t, path); strings.Contains(r.Body, testapp.Version) {
			t.Errorf("GET %s by an admin = %d shows the version", path, r.Status)
		}
	}
	for _, path := range []string{"/dashboard", "/account", "/docs"} {
		if r := owner.Get(t, path); r.Status != http.StatusOK || strings.Contains(r.Body, testapp.Version) {
			t.Errorf("GET %s = %d, want a page without the version", path, r.Status)
		}
	}
}
