package testapp

import (
	"encoding/base32"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"
)

// Authenticator is the app on somebody's phone, with the recovery codes that they saved.
type Authenticator struct {
	Key   string // base32
	Codes []string
	Next  string // where the page of the codes leads on to
	last  int64  // time step of the code that was used last
}

const totpStep = 30

var (
	totpKey   = regexp.MustCompile(`<code>([A-Z2-7 ]{32,})</code>`)
	setupText = regexp.MustCompile(`name="setup" value="([^"]+)"`)
	savedText = regexp.MustCompile(`href="([^"]+)" data-saved`)
	codeText  = regexp.MustCompile(`[0-9a-z]{4}(?:-[0-9a-z]{4}){3}`)
)

// stepCode is the code of a time step.
func (a *Authenticator) stepCode(t testing.TB, step int64) string {
	t.Helper()
	code, err := hotp.GenerateCodeCustom(a.Key, uint64(step), hotp.ValidateOpts{Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1})
	if err != nil {
		t.Fatal(err)
	}
	return code
}

// Code is a code that has not been used: of the earliest time step that the server still
// takes. Three are available immediately; the next must wait.
func (a *Authenticator) Code(t testing.TB) string {
	t.Helper()
	Until(t, time.Minute, "a code that was not used", func() bool { return a.last <= time.Now().Unix()/totpStep })
	a.last = max(a.last+1, time.Now().Unix()/totpStep-1)
	return a.stepCode(t, a.last)
}

// Confirm is what a form carries that asks for a second factor: the password, and one of the recovery
// codes, which are used up.
func (a *Authenticator) Confirm(t testing.TB) url.Values {
	t.Helper()
	if len(a.Codes) == 0 {
		t.Fatal("no recovery code is left")
	}
	code := a.Codes[len(a.Codes)-1]
	a.Codes = a.Codes[:len(a.Codes)-1]
	return url.Values{"confirm_password": {Password}, "confirm_code": {code}}
}

// AddTOTP sets up an authenticator app on the person's pages.
func (p *Person) AddTOTP(t testing.TB) *Authenticator {
	t.Helper()
	return p.setUpTOTP(t, url.Values{"confirm_password": {Password}})
}

// ReplaceTOTP sets up another authenticator app in place of the old one.
func (p *Person) ReplaceTOTP(t testing.TB, old *Authenticator) *Authenticator {
	t.Helper()
	return p.setUpTOTP(t, old.Confirm(t))
}

func (p *Person) setUpTOTP(t testing.TB, proof url.Values) *Authenticator {
	t.Helper()
	page := p.Post(t, "/account/security/totp", proof)
	key, setup := totpKey.FindStringSubmatch(page.Body), setupText.FindStringSubmatch(page.Body)
	if page.Status != http.StatusOK || key == nil || setup == nil {
		t.Fatalf("POST /account/security/totp = %d, want the page with the key\n%s", page.Status, page.Body)
	}
	a := &Authenticator{Key: strings.ReplaceAll(key[1], " ", "")}
	if _, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(a.Key); err != nil {
		t.Fatalf("the key isn't base32: %v", err)
	}
	p.app.Secret(a.Key)
	done := p.Post(t, "/account/security/totp/confirm", url.Values{"setup": {setup[1]}, "code": {a.Code(t)}})
	for _, code := range codeText.FindAllString(done.Body, -1) {
		if len(a.Codes) < 10 && done.Status == http.StatusOK {
			a.Codes = append(a.Codes, p.app.Secret(code))
		}
	}
	if next := savedText.FindStringSubmatch(done.Body); next != nil {
		a.Next = html.UnescapeString(next[1])
	}
	if len(a.Codes) != 10 && (done.Status != http.StatusSeeOther || done.Location != "/account/security") {
		t.Fatalf("POST /account/security/totp/confirm = %d to %q with %d recovery codes, want 200 with ten\n%s", done.Status, done.Location, len(a.Codes), done.Body)
	}
	return a
}

// SignInWith signs the person in by password and a code of the app.
func (p *Person) SignInWith(t testing.TB, password string, a *Authenticator) {
	t.Helper()
	p.FirstStep(t, password)
	p.expect(t, p.Post(t, "/login/second", url.Values{"code": {a.Code(t)}}), "/login/second")
}

// FirstStep shows the password of a person with a second factor, and no more.
func (p *Person) FirstStep(t testing.TB, password string) {
	t.Helper()
	if r := p.Post(t, "/login", url.Values{"email": {p.Email}, "password": {password}}); r.Status != http.StatusSeeOther || r.Location != "/login/second" {
		t.Fatalf("POST /login = %d to %q, want 303 to /login/second\n%s", r.Status, r.Location, r.Body)
	}
	p.app.Secret(Password)
}

// OtherBrowser is the person in a browser that nobody has signed in with.
func (p *Person) OtherBrowser(t testing.TB) *Person {
	t.Helper()
	other := p.app.Visitor(t)
	other.Name, other.Email = p.Name, p.Email
	return other
}

// Stale makes the proof of every session of the portal older than two hours, after which it no
// longer counts.
func (a *App) Stale(t testing.TB) {
	t.Helper()
	a.Exec(t, "UPDATE sessions SET verified_at = verified_at - 7201, factor_at = factor_at - 7201")
}
