package dialect

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/txtar"

	"gatepost/tests/testapp"
)

func TestDialects(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no conversations in testdata: %v", err)
	}
	app := testapp.New(t)
	owner := app.Owner(t)
	team := app.AddTeam(t, "Acme")
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".txtar")
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			archive, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			talk := conversation{app: app, owner: owner, values: map[string]string{
				"host": strings.TrimPrefix(app.URL, "http://"), "issuer": app.URL, "issuer_escaped": url.QueryEscape(app.URL),
				"team_id": team.ID, "token": "", "refresh_token": "",
			}}
			if strings.HasPrefix(name, "netrex") {
				talk.addSites(t, name)
			} else {
				c := app.AddApp(t, team.ID, name, "read", "transactions/post", "transactions/mock")
				talk.values["client_id"], talk.values["client_secret"] = c.ClientID, c.ClientSecret
			}
			for i := 0; i+1 < len(archive.Files); i += 2 {
				request, response := archive.Files[i], archive.Files[i+1]
				if !strings.HasPrefix(request.Name, "request") || !strings.HasPrefix(response.Name, "response") {
					t.Fatalf("%s: want a request and a response, got %s and %s", file, request.Name, response.Name)
				}
				talk.exchange(t, request.Name, string(request.Data), string(response.Data))
			}
		})
	}
}

type conversation struct {
	app    *testapp.App
	owner  *testapp.Person
	values map[string]string
}

// addSites makes the two apps of Netrex's conversations: one with the legacy switch on,
// and a strict one.
func (c conversation) addSites(t *testing.T, name string) {
	t.Helper()
	legacy, strict := c.owner.AddClient(t, name, "web"), c.owner.AddClient(t, name+" strict", "web")
	r := c.owner.Post(t, "/apps/"+legacy.ClientID, url.Values{"name": {name}, "scopes": {"read", "write"}, "token_lifetime": {"3600"}, "redirect_uris": {testapp.Redirect},
		"access": {"unlimited"}, "auth_method": {"client_secret"}, "query_parameters": {"on"}})
	if r.Status != http.StatusSeeOther {
		t.Fatalf("turning the legacy switch on = %d\n%.600s", r.Status, r.Body)
	}
	c.values["client_id"], c.values["client_secret"] = legacy.ClientID, legacy.ClientSecret
	c.values["strict_id"], c.values["strict_secret"] = strict.ClientID, strict.ClientSecret
}

// allow has a person allow what the last answer leads to, and stores the code.
func (c conversation) allow(t *testing.T) {
	t.Helper()
	c.values["code"] = c.owner.Code(t, c.values["location"])
}

func (c conversation) fill(text string) string {
	for name, value := range c.values {
		text = strings.ReplaceAll(text, "{"+name+"}", value)
	}
	return text
}

var (
	tokenMember   = regexp.MustCompile(`"(access_token|accessToken)":"([A-Za-z0-9_.-]+)"`)
	refreshMember = regexp.MustCompile(`"refresh_token":"(gpr_[A-Za-z0-9]+)"`)
	// moving is what differs each time in other answers.
	moving = regexp.MustCompile(`(?:"request_id":")[a-z0-9]+|[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z`)
)

func (c conversation) exchange(t *testing.T, name, request, response string) {
	t.Helper()
	if strings.Contains(request, "{code}") && c.values["location"] != "" {
		c.allow(t)
	}
	delete(c.values, "location")
	conn, err := net.DialTimeout("tcp", c.values["host"], 10*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(30 * time.Second))
	if _, err := io.WriteString(conn, onTheWire(c.fill(request))); err != nil {
		t.Fatal(err)
	}
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	if m := tokenMember.FindSubmatch(body); m != nil {
		c.values["token"] = c.app.Secret(string(m[2]))
		body = bytes.Replace(body, m[2], []byte("<token>"), 1)
	}
	if m := refreshMember.FindSubmatch(body); m != nil {
		c.values["refresh_token"] = c.app.Secret(string(m[1]))
		body = bytes.Replace(body, m[1], []byte("<refresh_token>"), 1)
	}
	if location := res.Header.Get("Location"); location != "" {
		c.values["location"] = location
	}
	body = []byte(testapp.SameID(string(body)))
	body = moving.ReplaceAll(body, []byte("<moving>"))

	wantHead, wantBody, _ := strings.Cut(c.fill(response), "\n\n")
	lines := strings.Split(strings.TrimSuffix(wantHead, "\n"), "\n")
	if got := fmt.Sprintf("%s %s", res.Proto, res.Status); got != lines[0] {
		t.Errorf("%s: status line = %q, want %q; the body is %s", name, got, lines[0], body)
	}
	for _, line := range lines[1:] {
		key, value, _ := strings.Cut(line, ": ")
		if got := res.Header.Values(key); len(got) != 1 || got[0] != value {
			t.Errorf("%s: header %s = %q, want %q", name, key, got, value)
		}
	}
	if want := strings.TrimSuffix(wantBody, "\n"); string(body) != want {
		t.Errorf("%s: body = %s, want %s", name, body, want)
	}
}

// onTheWire is a request of a txtar as HTTP: lines of the head end in CR LF, and the body is
// unchanged except for the newline that ends a txtar file.
func onTheWire(text string) string {
	head, body, _ := strings.Cut(text, "\n\n")
	body = strings.TrimSuffix(body, "\n")
	head = strings.TrimSuffix(head, "\n")
	if body != "" || strings.HasPrefix(head, "POST ") {
		head += fmt.Sprintf("\nContent-Length: %d", len(body))
	}
	return strings.ReplaceAll(head, "\n", "\r\n") + "\r\n\r\n" + body
}
