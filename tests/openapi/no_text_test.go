package openapi

import (
	"net/http"
	"testing"

	"gatepost/tests/testapp"
)

// A header can hold bytes that are no text, which PostgreSQL refuses to look for.
func TestHeadersThatAreNoText(t *testing.T) {
	t.Parallel()
	app := testapp.New(t, testapp.WithDatabase(testapp.StartPostgres(t).Database(t)))
	w := newWalker(t, app)
	team := app.AddTeam(t, "Acme")
	person := app.Member(t, team.ID, "developer")
	token := testapp.Bearer(app.Token(t, app.AddApp(t, team.ID, "Tool", "read", "write")))
	_, basic := w.vendor(200, http.MethodGet, "/api/v2/Auth/basic-token", "")
	login := `{"username": "` + person.Email + `", "password": "` + testapp.Password + `"}`
	for _, odd := range []string{"\xff", "a\xc3", "\xed\xa0\x80"} {
		w.vendor(401, http.MethodPost, "/api/v2/Auth/login", login, "Authorization", "Basic "+string(basic.Data[1:len(basic.Data)-1]), "solution-key", odd)
		w.vendor(400, http.MethodGet, "/api/v2/Device", "", append(token, "solution-key", odd)...)
		w.vendor(400, http.MethodPost, "/api/v2/Device", `{"uniqueId": "a", "displayName": "b"}`, append(token, "Idempotency-Key", odd)...)
		w.send(400, http.MethodPost, "/api/v1/devices", `{"unique_id": "a", "display_name": "b"}`, append(token, "Content-Type", "application/json", "Idempotency-Key", odd)...)
		w.send(404, http.MethodGet, "/api/v1/devices/"+"%FF", "", token...)
		w.send(400, http.MethodGet, "/api/v1/devices?q=%FF", "", token...)
	}
}
