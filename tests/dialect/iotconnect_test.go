package dialect

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/txtar"

	"gatepost/tests/testapp"
)

// In the iotconnect dialect people sign in by password, so this conversation needs a person with a team.
func TestIoTConnect(t *testing.T) {
	t.Parallel()
	app := testapp.New(t)
	team, other := app.AddTeam(t, "Acme"), app.AddTeam(t, "Elsewhere")
	person := app.Member(t, team.ID, "developer")
	login{app, map[string]string{
		"host": strings.TrimPrefix(app.URL, "http://"), "issuer": app.URL, "solution_key": team.SolutionKey, "foreign_key": other.SolutionKey,
		"username": person.Email, "password": testapp.Password, "narrow": app.Token(t, app.AddApp(t, team.ID, "Reader", "read")),
	}}.converse(t, "testdata/iotconnect/document.txtar")
}

// converse exchanges the requests and responses of a file.
func (l login) converse(t *testing.T, file string) {
	t.Helper()
	archive, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i+1 < len(archive.Files); i += 2 {
		request, response := archive.Files[i], archive.Files[i+1]
		if !strings.HasPrefix(request.Name, "request") || !strings.HasPrefix(response.Name, "response") {
			t.Fatalf("want a request and a response, got %s and %s", request.Name, response.Name)
		}
		if strings.HasSuffix(request.Name, "after the grace") {
			l.app.Change(t, "UPDATE refresh_tokens SET used_nanos = used_nanos - 60000000000 WHERE used_nanos > 0")
		}
		l.exchange(t, request.Name, string(request.Data), string(response.Data))
	}
}

// login is a conversation in the iotconnect dialect: values from answers are sent with later requests.
type login struct {
	app    *testapp.App
	values map[string]string
}

func (l login) fill(text string) string {
	for name, value := range l.values {
		text = strings.ReplaceAll(text, "{"+name+"}", value)
	}
	return text
}

var (
	// given matches members whose values differ each time.
	given   = regexp.MustCompile(`"(data|access_token|refresh_token)":"([^"]+)"`)
	newGUID = regexp.MustCompile(`"(?:guid|newid)":"([0-9a-f-]{36})"`)
	// namedEntity is an entity in a list.
	namedEntity = regexp.MustCompile(`"guid":"([0-9a-f-]{36})","name":"([^"]+)","parentEntityGuid"`)
	// newTemplate is the answer to the import of a device template.
	newTemplate = regexp.MustCompile(`^\{"data":\[\{"deviceTemplateGuid":"([0-9a-f-]{36})"\}\]`)
	givenAs     = map[string]string{"data": "basic_token"}
)

// keep stores the values of an answer, and replaces each by its name.
func (l login) keep(body string) string {
	for _, m := range namedEntity.FindAllStringSubmatch(body, -1) {
		l.values["entity "+m[2]] = m[1]
	}
	if m := newGUID.FindStringSubmatch(body); m != nil && !namedEntity.MatchString(body) {
		l.values["guid"] = m[1]
	}
	if m := newTemplate.FindStringSubmatch(body); m != nil {
		l.values["template"], l.values["TEMPLATE"] = m[1], strings.ToUpper(m[1])
	}
	return given.ReplaceAllStringFunc(body, func(member string) string {
		m := given.FindStringSubmatch(member)
		name := m[1]
		if as, ok := givenAs[name]; ok {
			name = as
		}
		if _, again := l.values[name]; !again {
			l.values["first "+name] = m[2]
		}
		l.values[name] = l.app.Secret(m[2])
		return fmt.Sprintf(`"%s":"<%s>"`, m[1], name)
	})
}

func (l login) exchange(t *testing.T, name, request, response string) {
	t.Helper()
	conn, err := net.DialTimeout("tcp", l.values["host"], 10*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(30 * time.Second))
	if _, err := io.WriteString(conn, onTheWire(l.fill(request))); err != nil {
		t.Fatal(err)
	}
	method, _, _ := strings.Cut(request, " ")
	res, err := http.ReadResponse(bufio.NewReader(conn), &http.Request{Method: method})
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	defer res.Body.Close()
	bytes, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	body := testapp.SameID(l.keep(string(bytes)))

	wantHead, wantBody, _ := strings.Cut(l.fill(response), "\n\n")
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
	if want := strings.TrimSuffix(wantBody, "\n"); body != want {
		t.Errorf("%s: body = %s\nwant %s", name, body, want)
	}
}
