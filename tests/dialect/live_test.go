package dialect

import (
	"strings"
	"testing"

	"gatepost/tests/testapp"
)

// The live shape, as the vendor's published client expects it.
func TestLiveIoTConnect(t *testing.T) {
	t.Parallel()
	app := testapp.New(t)
	team := app.AddTeam(t, "Acme Water")
	person := app.Member(t, team.ID, "developer")
	var id string
	if err := app.OpenDB(t).QueryRowContext(t.Context(), "SELECT id FROM people WHERE email = $1", person.Email).Scan(&id); err != nil {
		t.Fatal(err)
	}
	login{app, map[string]string{
		"host": strings.TrimPrefix(app.URL, "http://"), "issuer": app.URL, "solution_key": team.SolutionKey,
		"username": person.Email, "person": id, "password": testapp.Password,
	}}.converse(t, "testdata/iotconnect/live.txtar")
}
