package browser

import (
	"encoding/json"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"gatepost/tests/testapp"
)

// wire is all that a tab sends: addresses as they go out, headers and bodies.
type wire struct {
	mu   sync.Mutex
	sent strings.Builder
	n    int
}

func (b *tab) listen() *wire {
	b.t.Helper()
	w := &wire{}
	err := chromedp.Listen(b.ctx, func(event any) {
		var part any
		switch e := event.(type) {
		case *network.EventRequestWillBeSent:
			// The fragment is the browser's own: this protocol gives it apart.
			request := *e.Request
			request.URLFragment = ""
			for _, p := range request.PostDataEntries {
				w.add(string(p.Bytes))
			}
			part = []any{request.URL, request.Headers, request.PostDataEntries}
		case *network.EventRequestWillBeSentExtraInfo:
			part = e.Headers
		default:
			return
		}
		text, _ := json.Marshal(part)
		w.add(string(text))
	})
	if err != nil {
		b.t.Fatal(err)
	}
	return w
}

func (w *wire) add(text string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.sent.WriteString(text + "\n")
	w.n++
}

// wantNever checks that the tab sent nothing of this.
func (w *wire) wantNever(t *testing.T, who string, things map[string]string) {
	t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.n < 5 {
		t.Errorf("%s's browser was heard to send %d things, want some", who, w.n)
	}
	for name, thing := range things {
		if i := strings.Index(w.sent.String(), thing); thing != "" && i >= 0 {
			t.Errorf("%s's browser sent %s: %.300s", who, name, w.sent.String()[max(0, i-150):])
		}
	}
}

// A secret goes from one browser to another, and the portal has the ciphertext alone: neither
// the key nor the secret is in any request, and the person who follows the link while signed
// out still has the key after signing in.
func TestHandoverBetweenTwoBrowsers(t *testing.T) {
	chrome := start(t)
	app := testapp.New(t)
	owner := app.Owner(t)
	ben := app.Member(t, "First team", "developer")
	sender, mate := open(t, chrome, app), open(t, chrome, app)
	sender.signIn(owner)
	c := sender.addApp("Warehouse")
	app.Secret(c.ClientSecret)
	fromSender, fromMate := sender.listen(), mate.listen()

	sender.do("open the part", chromedp.Evaluate[chromedp.Void](`document.querySelector('.reveal details summary').click()`))
	sender.shot("handover-1-reveal")
	sender.click("button", "Encrypt and create link")
	sender.sees("Send this link to your teammate")
	link, err := evaluate[string](sender, "document.getElementById('link').textContent")
	if err != nil {
		t.Fatal(err)
	}
	address, key, ok := strings.Cut(link, "#")
	if !ok || len(key) != 64 || !strings.HasPrefix(address, app.URL+"/handovers/") {
		t.Fatalf("the link = %q, want an address of the portal and a key behind #", link)
	}
	app.Secret(key)
	sender.shot("handover-2-link")
	page := strings.TrimPrefix(address, app.URL)

	// Signed out, with a wrong password at first.
	mate.mayRefuse("/login")
	mate.visit(link)
	mate.at("/login")
	mate.fill("Email", ben.Email)
	mate.fill("Password", "a wrong password")
	mate.click("button", "Sign in")
	mate.sees("Not signed in")
	mate.fill("Password", testapp.Password)
	mate.click("button", "Sign in")
	mate.at(page)
	mate.until("the key is still behind the address", "location.hash === '#"+key+"'")
	mate.sees("is handing you a secret of Warehouse")
	mate.shot("handover-3-teammate")

	// Where the link is not whole nothing is used up.
	mate.visit(address)
	mate.click("button", "Open secret")
	mate.sees("The link is not whole")
	mate.visit(link)
	mate.do("load it again", chromedp.Reload())
	mate.click("button", "Open secret")
	mate.sees("I have saved it")
	mate.shot("handover-4-opened")
	if got := mate.value("[data-secret]"); got != c.ClientSecret {
		t.Errorf("the teammate got %.8s.., want the secret that was handed over", got)
	}
	mate.until("the key is out of the address", "location.hash === ''")
	mate.keepsNoSecret(c.ClientSecret, key)
	if status := app.Me(t, app.Token(t, testapp.Credentials{ClientID: c.ClientID, ClientSecret: mate.value("[data-secret]")})); status != http.StatusOK {
		t.Errorf("GET /api/v1/me with what was handed over = %d, want 200", status)
	}
	mate.click("link", "I have saved it")
	mate.at("/apps/" + c.ClientID + "/secrets")
	mate.visit(link)
	mate.sees("You opened it, and it opens once.")
	mate.shot("handover-5-once")

	// The sender's receipt, and another hand-over from the page where the secret is pasted.
	sender.leave = true
	sender.visit(page)
	sender.sees("Opened")
	sender.sees("127.0.0.1")
	sender.shot("handover-6-receipt")
	sender.visit("/apps/" + c.ClientID + "/secrets")
	sender.click("link", "Hand over secret "+c.ClientSecret[40:])
	sender.fill("The secret", "gps_wrong")
	sender.click("button", "Encrypt and create link")
	sender.sees("This is not the secret …" + c.ClientSecret[40:])
	sender.fill("The secret", c.ClientSecret)
	sender.click("button", "Encrypt and create link")
	sender.sees("Send this link to your teammate")
	sender.shot("handover-7-pasted")
	again, err := evaluate[string](sender, "document.getElementById('link').textContent")
	if err != nil || again == link {
		t.Fatalf("the second link = %q, %v, want another", again, err)
	}
	_, secondKey, _ := strings.Cut(again, "#")
	app.Secret(secondKey)

	// A page that was led to believe that it is about another secret, by a row that was swapped, decrypts nothing.
	mate.leave = true
	mate.visit(again)
	mate.do("swap the secret", chromedp.Evaluate[chromedp.Void](`document.getElementById('hand').dataset.secretId = 'another'`))
	mate.click("button", "Open secret")
	mate.sees("This was encrypted for another person or secret")
	mate.keepsNoSecret(c.ClientSecret, key)

	fromSender.wantNever(t, "the sender", map[string]string{"the key": key, "the second key": secondKey, "the secret": c.ClientSecret})
	fromMate.wantNever(t, "the teammate", map[string]string{"the key": key, "the secret": c.ClientSecret})
	if mate.sawInSource(c.ClientSecret) {
		t.Error("a page that the server rendered has the secret")
	}
}

// sawInSource says whether the page as the server gave it has this text.
func (b *tab) sawInSource(text string) bool {
	source, err := evaluate[string](b, "fetch(location.pathname).then((r) => r.text())")
	return err != nil || strings.Contains(source, text)
}
