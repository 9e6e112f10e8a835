package flow

import (
	"encoding/json"
	"fmt"
	"net/http"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"gatepost/tests/testapp"
)

// TestCommandLine runs the scenarios of testdata next to one running server, whose settings
// they have. Beside testscript's own words there are
//
//	keep VAR MEMBER           sets $VAR to that member of the JSON on the last standard output
//	token ID SECRET STATUS    asks the server for a token; the answer must have that status
//	page PATH STATUS          loads a page, signed out
func TestCommandLine(t *testing.T) {
	t.Parallel()
	app := testapp.New(t)
	testscript.Run(t, testscript.Params{
		Dir: "testdata",
		Setup: func(env *testscript.Env) error {
			for _, pair := range app.Command(t).Env {
				if strings.HasPrefix(pair, "GATEPOST_") {
					env.Vars = append(env.Vars, pair)
				}
			}
			env.Setenv("URL", app.URL)
			env.Setenv("PATH", filepath.Dir(testapp.Binary(t))+string(filepath.ListSeparator)+env.Getenv("PATH"))
			return nil
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"keep": keep,
			"token": func(ts *testscript.TestScript, _ bool, args []string) {
				r := app.RequestToken(t, testapp.Credentials{ClientID: args[0], ClientSecret: app.Secret(args[1])})
				if strconv.Itoa(r.Status) != args[2] {
					ts.Fatalf("POST /oauth2/token = %d %s, want %s", r.Status, r.Body, args[2])
				}
			},
			"page": func(ts *testscript.TestScript, _ bool, args []string) {
				r := app.Do(t, app.Request(t, http.MethodGet, strings.TrimPrefix(args[0], app.URL), ""))
				if strconv.Itoa(r.Status) != args[1] {
					ts.Fatalf("GET %s = %d, want %s", args[0], r.Status, args[1])
				}
			},
		},
	})
}

func keep(ts *testscript.TestScript, _ bool, args []string) {
	var members map[string]any
	ts.Check(json.Unmarshal([]byte(ts.ReadFile("stdout")), &members))
	value, ok := members[args[1]]
	if !ok {
		ts.Fatalf("the JSON has no member %s", args[1])
	}
	ts.Setenv(args[0], fmt.Sprint(value))
}
