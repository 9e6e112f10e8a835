package browser

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"gatepost/tests/testapp"
)

// patience is how long a tab waits for what must come: on a machine with other work to do,
// Swagger UI alone can take half a minute for a large document.
const patience = 90 * time.Second

// chromium finds the browser.
func chromium(t *testing.T) string {
	t.Helper()
	if path := os.Getenv("CHROMIUM"); path != "" {
		return path
	}
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	t.Fatal("this test needs Chromium: type .ci/install, or set CHROMIUM to the path of its program")
	return ""
}

// start starts a browser, which ends with the test. Each of its tabs has cookies of its own.
func start(t *testing.T) context.Context {
	t.Helper()
	options := []chromedp.ExecAllocatorOption{chromedp.ExecPath(chromium(t)), chromedp.UserDataDir(t.TempDir()), chromedp.WSURLReadTimeout(time.Minute)}
	for _, flag := range []string{"headless", "no-sandbox", "disable-gpu", "disable-quic", "no-first-run", "no-default-browser-check",
		"disable-background-networking", "disable-component-update", "disable-sync", "disable-default-apps", "disable-dev-shm-usage", "hide-scrollbars"} {
		options = append(options, chromedp.Flag(flag, true))
	}
	allocator, stop := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(stop)
	browser, closeBrowser := chromedp.NewContext(allocator)
	t.Cleanup(closeBrowser)
	if err := chromedp.Do(browser); err != nil {
		t.Fatalf("Chromium does not start: %v", err)
	}
	return browser
}

// tab is a tab of somebody's browser. steps counts clicks and filled fields.
type tab struct {
	t   *testing.T
	ctx context.Context
	app *testapp.App

	steps int

	mu      sync.Mutex
	faults  []string
	dialogs []string
	leave   bool            // what to answer when the page asks before it is left
	refused map[string]bool // addresses whose refusal the browser may report
	client  string          // the origin of an app to which the portal may send the browser; else empty
	hops    []string        // the origins to which the app itself may send it on
}

// open opens a tab with an empty cookie jar, at 1440 px.
func open(t *testing.T, browser context.Context, app *testapp.App) *tab {
	t.Helper()
	ctx, closeTab := chromedp.NewContext(browser, chromedp.WithNewBrowserContext())
	t.Cleanup(closeTab)
	b := &tab{t: t, ctx: ctx, app: app, refused: map[string]bool{}}
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("open a tab: %v", err)
	}
	if err := chromedp.Listen(ctx, b.watch); err != nil {
		t.Fatal(err)
	}
	b.resize(1440, false)
	t.Cleanup(b.check)
	return b
}

// watch takes down what must not happen.
func (b *tab) watch(event any) {
	switch e := event.(type) {
	case *log.EventEntryAdded:
		address, _ := url.Parse(e.Entry.URL)
		b.mu.Lock()
		expected := e.Entry.Source == log.EntrySourceNetwork && address != nil && b.refused[address.Path]
		b.mu.Unlock()
		if (e.Entry.Level == log.EntryLevelError || e.Entry.Level == log.EntryLevelWarning) && !expected {
			b.fault("log: %s (%s)", e.Entry.Text, e.Entry.URL)
		}
	case *runtime.EventConsoleAPICalled:
		if e.Type == runtime.ConsoleAPICalledTypeError || e.Type == runtime.ConsoleAPICalledTypeWarning {
			var words []string
			for _, arg := range e.Args {
				words = append(words, string(arg.Value), arg.Description)
			}
			b.fault("console: %s", strings.Join(words, " "))
		}
	case *runtime.EventExceptionThrown:
		b.fault("exception: %s %v", e.ExceptionDetails.Text, e.ExceptionDetails.Exception)
	case *network.EventRequestWillBeSent:
		if u := e.Request.URL; strings.HasPrefix(u, "http") && !b.mayOpen(u) {
			b.fault("request to another origin: %s", u)
		}
	case *page.EventJavascriptDialogOpening:
		b.mu.Lock()
		b.dialogs = append(b.dialogs, string(e.Type))
		leave := b.leave
		b.mu.Unlock()
		go chromedp.Call(b.ctx, page.HandleJavaScriptDialog, page.HandleJavaScriptDialogParams{Accept: leave})
	}
}

// mayOpen says whether an address is one of the portal's or of an app that the test has.
func (b *tab) mayOpen(address string) bool {
	for _, origin := range append([]string{b.app.URL, b.client}, b.hops...) {
		if origin != "" && strings.HasPrefix(address, origin+"/") {
			return true
		}
	}
	return false
}

func (b *tab) fault(format string, args ...any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.faults = append(b.faults, fmt.Sprintf(format, args...))
}

// check reports what the tab saw that must not happen.
func (b *tab) check() {
	b.t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, fault := range b.faults {
		b.t.Error(fault)
	}
	b.faults = nil
}

// mayRefuse says that answers of 400 and more at these addresses are meant.
func (b *tab) mayRefuse(paths ...string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, p := range paths {
		b.refused[p] = true
	}
}

func (b *tab) do(what string, steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		b.t.Fatalf("%s: %v\n%s", what, err, b.text())
	}
}

// call sends one command of the DevTools protocol.
func call[P, R any](b *tab, command cdp.Command[P, R], params P) (R, error) {
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	return chromedp.Call(ctx, command, params)
}

// evaluate gives the value of an expression in the page.
func evaluate[T any](b *tab, expression string) (T, error) {
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	return chromedp.Run(ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
}

// text is what a person sees of the page.
func (b *tab) text() string {
	text, err := evaluate[string](b, "location.href + '\\n' + document.body.innerText")
	if err != nil {
		return "(no page)"
	}
	return text
}

// until waits for an expression to be true.
func (b *tab) until(what, expression string) {
	b.t.Helper()
	deadline := time.After(patience)
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		if ok, err := evaluate[bool](b, expression); err == nil && ok {
			return
		}
		select {
		case <-tick.C:
		case <-deadline:
			b.t.Fatalf("after %s still not: %s\n%s", patience, what, b.text())
		}
	}
}

// sees waits for words on the page.
func (b *tab) sees(words string) {
	b.t.Helper()
	quoted, _ := json.Marshal(words)
	b.until("the page says "+words, "document.body.innerText.includes("+string(quoted)+")")
}

// at waits for the page at this path.
func (b *tab) at(path string) {
	b.t.Helper()
	quoted, _ := json.Marshal(path)
	b.until("the page at "+path, "document.readyState === 'complete' && location.pathname === "+string(quoted))
}

// visit loads a page by its address.
func (b *tab) visit(path string) {
	b.t.Helper()
	if strings.HasPrefix(path, "/") {
		path = b.app.URL + path
	}
	b.do("visit "+path, chromedp.Navigate(path))
}

// resize makes the tab so wide, and dark or light.
func (b *tab) resize(width int64, dark bool) {
	b.t.Helper()
	scheme := "light"
	if dark {
		scheme = "dark"
	}
	height := int64(900)
	if width < 600 {
		height = 812
	}
	_, err := call(b, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: width, Height: height, DeviceScaleFactor: 1})
	if err == nil {
		_, err = call(b, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
			{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"},
		}})
	}
	if err != nil {
		b.t.Fatalf("resize: %v", err)
	}
}

// keepsNoSecret checks what the browser would remember of this page.
func (b *tab) keepsNoSecret(secrets ...string) {
	b.t.Helper()
	kept, err := evaluate[string](b, "JSON.stringify([location.href, Object.entries(localStorage), Object.entries(sessionStorage), document.cookie, history.state])")
	if err != nil {
		b.t.Fatal(err)
	}
	for _, secret := range append(secrets, testapp.Password, "gps_", "eyJ") {
		if secret != "" && strings.Contains(kept, secret) {
			b.t.Errorf("the browser keeps a secret (%.8s..) in its address, storage or cookies: %.400s", secret, kept)
		}
	}
}

// shot leaves a screenshot when they are asked for.
func (b *tab) shot(name string) {
	b.t.Helper()
	if os.Getenv("SHOTS") == "" {
		return
	}
	picture, err := chromedp.Run(b.ctx, chromedp.FullScreenshot(100))
	if err == nil {
		err = os.MkdirAll("shots", 0o755)
	}
	if err == nil {
		err = os.WriteFile(filepath.Join("shots", name+".png"), picture, 0o644)
	}
	if err != nil {
		b.t.Errorf("screenshot %s: %v", name, err)
	}
}
