package testapp

import (
	"bytes"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// Password is every test person's.
const Password = "seven drowsy herons 41"

// Person is a browser without scripts: an HTTP client with a cookie jar that follows no
// redirect. Name and Email are empty until somebody has signed in with it.
type Person struct {
	Name, Email string

	app    *App
	client *http.Client
}

// Visitor is somebody who is not signed in.
func (a *App) Visitor(t testing.TB) *Person {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &Person{app: a, client: &http.Client{Jar: jar, CheckRedirect: errNoRedirect, Timeout: time.Minute}}
}

// Owner signs the first owner up by the link that serve printed.
func (a *App) Owner(t testing.TB) *Person {
	t.Helper()
	p := a.Visitor(t)
	p.Name, p.Email = "Mario Rossi", "mario@example.com"
	link := strings.TrimPrefix(a.OwnerLink(t), a.URL)
	p.expect(t, p.Post(t, link, url.Values{"name": {p.Name}, "email": {p.Email}, "password": {Password}}), link)
	return p
}

// Member adds a person to a team by the command line and signs them in.
func (a *App) Member(t testing.TB, team, role string) *Person {
	t.Helper()
	p := a.Visitor(t)
	n := people.Add(1)
	p.Name, p.Email = fmt.Sprintf("Person %d", n), fmt.Sprintf("person%d@example.com", n)
	a.Run(t, Password+"\n", "user", "add", "--email", p.Email, "--name", p.Name, "--team", team, "--role", role, "--password-stdin", "--json")
	p.SignIn(t, Password)
	return p
}

var people atomic.Int64

// SignIn signs the person in with their address.
func (p *Person) SignIn(t testing.TB, password string) {
	t.Helper()
	p.expect(t, p.Post(t, "/login", url.Values{"email": {p.Email}, "password": {password}}), "/login")
}

// Again is the same person in another browser.
func (p *Person) Again(t testing.TB) *Person {
	t.Helper()
	other := p.app.Visitor(t)
	other.Name, other.Email = p.Name, p.Email
	other.SignIn(t, Password)
	return other
}

func (p *Person) expect(t testing.TB, r *Answer, path string) {
	t.Helper()
	p.app.Secret(Password)
	if r.Status != http.StatusSeeOther || r.Location != "/dashboard" {
		t.Fatalf("POST %s = %d to %q, want 303 to /dashboard\n%s", path, r.Status, r.Location, r.Body)
	}
	for _, c := range p.Cookies(t) {
		if strings.Contains(c.Name, "gatepost") {
			p.app.Secret(c.Value)
		}
	}
}

// Cookies are what the browser would send to the portal.
func (p *Person) Cookies(t testing.TB) []*http.Cookie {
	t.Helper()
	u, err := url.Parse(p.app.URL)
	if err != nil {
		t.Fatal(err)
	}
	return p.client.Jar.Cookies(u)
}

// Do sends a request with the person's cookies.
func (p *Person) Do(t testing.TB, req *http.Request) *Answer {
	t.Helper()
	answer, err := p.app.answer(p.client.Do(req))
	if err != nil {
		t.Fatalf("%s %s: %v", req.Method, req.URL.Path, err)
	}
	documentedOrFail(t, req, answer)
	return answer
}

// Get loads a page.
func (p *Person) Get(t testing.TB, path string) *Answer {
	t.Helper()
	return p.Do(t, p.app.Request(t, http.MethodGet, path, ""))
}

// Upload sends a form with a file; fields are name, value, name, value and so on.
func (p *Person) Upload(t testing.TB, path, name, content string, fields ...string) *Answer {
	t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for i := 0; i+1 < len(fields); i += 2 {
		if err := form.WriteField(fields[i], fields[i+1]); err != nil {
			t.Fatal(err)
		}
	}
	part, err := form.CreateFormFile("file", name)
	if err == nil {
		_, err = part.Write([]byte(content))
	}
	if err != nil || form.Close() != nil {
		t.Fatalf("the form: %v", err)
	}
	return p.Do(t, p.app.Request(t, http.MethodPost, path, body.String(),
		"Content-Type", form.FormDataContentType(), "Sec-Fetch-Site", "same-origin", "Origin", p.app.URL))
}

// Import uploads a file of devices and confirms its preview, which must offer that. It returns the
// answer that leads to the import.
func (p *Person) Import(t testing.TB, name, content string) *Answer {
	t.Helper()
	up := p.Upload(t, "/team/device-imports", name, content)
	WantStatus(t, "the upload of "+name, up, http.StatusSeeOther)
	WantWords(t, "the preview of "+name, p.Get(t, up.Location).Body, `name="do" value="add"`)
	return p.Post(t, up.Location, url.Values{"do": {"add"}})
}

var (
	activation = regexp.MustCompile(`/activate/gpi_[A-Za-z0-9]+`)
	onceField  = regexp.MustCompile(`name="once"[^>]*value="([^"]+)"|value="([^"]+)"[^>]*name="once"`)
	secretText = regexp.MustCompile(`gps_[A-Za-z0-9]{40}`)
	clientText = regexp.MustCompile(`/apps/([a-z0-9]{26})`)
)

// Invite invites somebody into the person's team and returns the path of the link that the
// page shows.
func (p *Person) Invite(t testing.TB, email, role string) string {
	t.Helper()
	r := p.Post(t, "/team/invitations", url.Values{"email": {email}, "role": {role}})
	link := activation.FindString(r.Body)
	if link == "" {
		t.Fatalf("POST /team/invitations = %d without a link\n%s", r.Status, r.Body)
	}
	p.app.Secret(link)
	return link
}

// Activate takes an invitation, as a new person.
func (a *App) Activate(t testing.TB, link, name, email string) *Person {
	t.Helper()
	p := a.Visitor(t)
	p.Name, p.Email = name, email
	p.expect(t, p.Post(t, link, url.Values{"name": {name}, "password": {Password}}), link)
	return p
}

// Once reads the one-time key of a page's form.
func (r *Answer) Once(t testing.TB) string {
	t.Helper()
	m := onceField.FindStringSubmatch(r.Body)
	if m == nil {
		t.Fatalf("the page (status %d) has no field once", r.Status)
	}
	return m[1] + m[2]
}

// AddApp makes an app on the pages and reads its credentials off the page that reveals them.
func (p *Person) AddApp(t testing.TB, name string, scopes ...string) Credentials {
	t.Helper()
	form := url.Values{"name": {name}, "description": {"Made by a test."}, "kind": {"server"}, "scopes": scopes,
		"secret_expires_at": {"never"}, "once": {p.Get(t, "/apps/new").Once(t)}}
	r := p.Post(t, "/apps", form)
	secret, id := secretText.FindString(r.Body), clientText.FindStringSubmatch(r.Body)
	if secret == "" || id == nil {
		t.Fatalf("POST /apps = %d, want the page with the secret\n%s", r.Status, r.Body)
	}
	return Credentials{ClientID: id[1], ClientSecret: p.app.Secret(secret)}
}
