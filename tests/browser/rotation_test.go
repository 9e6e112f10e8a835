package browser

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"gatepost/tests/testapp"
)

// caller is a program of the customer's that asks for one token after another.
type caller struct {
	agent   string
	now     atomic.Pointer[testapp.Credentials] // with what it asks
	granted atomic.Int64

	mu      sync.Mutex
	refused []refusal
}

// refusal is a request that got no token: when it began, and what came.
type refusal struct {
	at     time.Time
	status int
	body   string
}

// run asks until stop is closed.
func (c *caller) run(app *testapp.App, stop <-chan struct{}) {
	pace := time.NewTicker(40 * time.Millisecond)
	defer pace.Stop()
	client := &http.Client{Timeout: time.Minute}
	for {
		select {
		case <-stop:
			return
		case <-pace.C:
		}
		began := time.Now()
		status, body := c.ask(client, app)
		if status == http.StatusOK {
			c.granted.Add(1)
			continue
		}
		c.mu.Lock()
		c.refused = append(c.refused, refusal{began, status, body})
		c.mu.Unlock()
	}
}

func (c *caller) ask(client *http.Client, app *testapp.App) (status int, body string) {
	req, err := http.NewRequest(http.MethodPost, app.URL+"/oauth2/token", strings.NewReader(c.now.Load().Form()))
	if err != nil {
		return 0, err.Error()
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("User-Agent", c.agent)
	res, err := client.Do(req)
	if err != nil {
		return 0, err.Error()
	}
	defer res.Body.Close()
	text, _ := io.ReadAll(res.Body)
	return res.StatusCode, string(text)
}

// more waits until the caller has got some more tokens.
func (c *caller) more(t *testing.T) {
	t.Helper()
	want := c.granted.Load() + 10
	testapp.Until(t, patience, c.agent+" gets ten more tokens", func() bool { return c.granted.Load() >= want })
}

// failures are the requests that were refused outside of a time.
func (c *caller) failures(from, till time.Time) (outside []refusal, inside int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, r := range c.refused {
		if r.at.After(from) && r.at.Before(till) && r.status == http.StatusUnauthorized {
			inside++
		} else {
			outside = append(outside, r)
		}
	}
	return outside, inside
}

// verdict waits until the row of a secret on the board says so.
func (b *tab) verdict(board, hint, words string) {
	b.t.Helper()
	said := ""
	testapp.Until(b.t, patience, fmt.Sprintf("the verdict on %s is %q", hint, words), func() bool {
		b.visit(board)
		text, err := evaluate[string](b, `document.querySelector('#s-`+hint+` .verdict')?.innerText ?? ''`)
		if text != "" && text != said {
			said = text
			b.t.Logf("verdict on %s: %s", hint, text)
		}
		return err == nil && strings.Contains(text, words)
	})
}

// value is what a field holds.
func (b *tab) value(selector string) string {
	b.t.Helper()
	v, err := evaluate[string](b, "document.querySelector('"+selector+"').value")
	if err != nil || v == "" {
		b.t.Fatalf("the value of %s = %q, %v", selector, v, err)
	}
	return v
}

// Rotation day: two callers ask all the time with the old secret. Whatever the admin does on
// the pages, the one thing that fails is what the drill refuses.
func TestRotationDay(t *testing.T) {
	chrome := start(t)
	app := testapp.New(t)
	owner := app.Owner(t)
	old := owner.AddApp(t, "Warehouse", "read")
	hint := old.ClientSecret[len(old.ClientSecret)-4:]
	board := "/apps/" + old.ClientID + "/secrets"

	billing, depot := &caller{agent: "billing/1.0"}, &caller{agent: "depot/2.0"}
	stop := make(chan struct{})
	var running waitGroup
	for _, c := range []*caller{billing, depot} {
		c.now.Store(&old)
		running.Go(func() { c.run(app, stop) })
	}
	t.Cleanup(func() { running.end(stop) })
	billing.more(t)
	depot.more(t)

	b := open(t, chrome, app)
	b.leave = true
	b.signIn(owner)
	b.verdict(board, hint, "used by 2 callers")
	b.sees("billing/1.0")
	b.shot("rotation-day-1-before")

	b.click("link", "Rotate secret "+hint)
	b.at(board + "/rotate")
	b.sees("used by 2 callers")
	b.fill("Label of the new secret", "production")
	b.click("button", "Rotate secret")
	b.sees("Secret rotated")
	next := testapp.Credentials{ClientID: old.ClientID, ClientSecret: b.value("[data-secret]")}
	app.Secret(next.ClientSecret)
	b.click("link", "I have saved it")
	b.at(board)

	b.visit(board + "/prove")
	b.fill("The secret", next.ClientSecret)
	b.click("button", "Check secret")
	b.sees("It is the right one")
	b.verdict(board, hint, "2 callers still use it: 127.0.0.1 (")
	b.shot("rotation-day-2-rotated")

	// The drill: both are refused, and named; then the secret works again.
	b.do("open the drill", chromedp.Evaluate[chromedp.Void](`[...document.querySelectorAll('#s-`+hint+` summary')].at(-1).click()`))
	drillBegins := time.Now()
	b.click("button", "Start drill of "+hint)
	b.sees("The drill runs for another")
	testapp.Until(t, patience, "the drill has refused both", func() bool {
		_, a := billing.failures(drillBegins, time.Now())
		_, c := depot.failures(drillBegins, time.Now())
		return a > 0 && c > 0
	})
	b.until("the page lists both without being asked", `document.body.innerText.includes('billing/1.0') && document.body.innerText.includes('depot/2.0')`)
	b.shot("rotation-day-3-drill")
	b.click("button", "End drill now")
	b.sees("2 callers failed")
	drillEnded := time.Now()
	b.shot("rotation-day-4-drilled")
	billing.more(t)
	depot.more(t)

	// One moves, then the other; the verdict follows.
	billing.now.Store(&next)
	billing.more(t)
	b.verdict(board, hint, "1 caller still uses it: 127.0.0.1 (depot/2.0)")
	b.sees("Moved on")
	b.shot("rotation-day-5-one-moved")
	depot.now.Store(&next)
	depot.more(t)
	b.verdict(board, hint, "2 callers use a newer secret now")
	b.shot("rotation-day-6-both-moved")

	b.click("link", "Revoke now secret "+hint)
	b.fill("Type the app's name, Warehouse, to revoke the secret", "Warehouse")
	b.click("button", "Revoke secret")
	b.sees("is revoked. Requests with it are refused from now on.")
	b.shot("rotation-day-7-retired")
	if got := app.RequestToken(t, old); got.Status != http.StatusUnauthorized {
		t.Errorf("token with the revoked secret = %d, want 401", got.Status)
	}
	billing.more(t)
	depot.more(t)
	running.end(stop)
	for _, c := range []*caller{billing, depot} {
		outside, inside := c.failures(drillBegins, drillEnded)
		for _, r := range outside {
			t.Errorf("%s failed outside of the drill: %d %s at %s, drill from %s to %s", c.agent, r.status, r.body, r.at, drillBegins, drillEnded)
		}
		t.Logf("%s: %d tokens, %d refused in the drill", c.agent, c.granted.Load(), inside)
		if inside == 0 || c.granted.Load() < 60 {
			t.Errorf("%s got %d tokens and was refused %d times in the drill, want many and some", c.agent, c.granted.Load(), inside)
		}
	}
}

// waitGroup ends what runs once, whoever asks for it.
type waitGroup struct {
	sync.WaitGroup
	once sync.Once
}

func (w *waitGroup) end(stop chan struct{}) {
	w.once.Do(func() { close(stop) })
	w.Wait()
}
