package browser

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// sight is a page to be looked at. Words wait for what a script fills in.
type sight struct {
	name, path string
	words      string
	phone      bool         // only at the narrow width
	act        func(b *tab) // what is done on the page first
}

// parts are the table of sights: every page in every state that matters, by the part of the portal that it
// belongs to. Each part has a server, which it brings from one state to the next.
var parts = []struct {
	name string
	of   func(t *testing.T, chrome context.Context)
}{
	{"apps", partOfApps}, {"people", partOfPeople}, {"mail", partOfMail}, {"rotation", partOfRotation}, {"grants", partOfGrants},
	{"devices", partOfDevices}, {"device templates", partOfTemplates}, {"conflicts", partOfConflicts}, {"second factors", partOfSecondFactors}, {"playground", partOfPlayground},
}

// UI-01 and UI-02: no violation of WCAG 2.2 A or AA that axe-core knows, in both themes,
// on a phone and on a desk; nothing wider than the screen.
func TestEveryPageIsAccessible(t *testing.T) {
	chrome := start(t)
	for _, p := range parts {
		t.Run(p.name, func(t *testing.T) { p.of(t, chrome) })
	}
	t.Logf("%d sights, looked at %d times", len(sights.names), sights.looks)
}

// sights are those that were looked at, each by a name of its own.
var sights struct {
	mu    sync.Mutex
	names map[string]bool
	looks int
}

func (b *tab) count(s sight, looks int) {
	b.t.Helper()
	sights.mu.Lock()
	defer sights.mu.Unlock()
	if sights.names[s.name] {
		b.t.Errorf("two sights have the name %s", s.name)
	}
	if sights.names == nil {
		sights.names = map[string]bool{}
	}
	sights.names[s.name] = true
	sights.looks += looks
}

// look loads each page and examines it at both widths and in both themes.
func (b *tab) look(sights []sight) {
	b.t.Helper()
	axe, err := os.ReadFile("node_modules/axe-core/axe.min.js")
	if err != nil {
		b.t.Fatalf("this test needs axe-core: type .ci/install (%v)", err)
	}
	for _, s := range sights {
		widths := []int64{1440, 375}
		if s.phone {
			widths = widths[1:]
		}
		b.count(s, 2*len(widths))
		b.resize(widths[0], false)
		b.visit(s.path)
		b.until("the page of "+s.name, "document.readyState === 'complete' && document.querySelector('h1') !== null")
		if s.act != nil {
			s.act(b)
		}
		if s.words != "" {
			b.sees(s.words)
		}
		if _, err := evaluate[bool](b, "(() => {"+string(axe)+"; return true })()"); err != nil {
			b.t.Fatalf("%s: axe-core: %v", s.name, err)
		}
		for _, width := range widths {
			for _, dark := range []bool{false, true} {
				b.resize(width, dark)
				b.examine(fmt.Sprintf("%s-%d-%s", s.name, width, map[bool]string{false: "light", true: "dark"}[dark]))
			}
		}
		if !strings.Contains(s.path, "/activate/") {
			b.keepsNoSecret()
		}
		if s.act == nil {
			b.tabsThrough(s.name)
		}
		b.mu.Lock()
		for _, fault := range b.faults {
			b.t.Errorf("%s: %s", s.name, fault)
		}
		b.faults = nil
		b.mu.Unlock()
	}
}

// examine is one look at the page as it is.
func (b *tab) examine(name string) {
	b.t.Helper()
	b.shot(name)
	type finding struct {
		ID, Impact, Help string
		Nodes            []struct{ HTML, FailureSummary string }
	}
	var report struct {
		Violations []finding
		Overflow   int
		Wide       string
	}
	text, err := evaluate[string](b, `(async () => {
		// axe-core does not know that what pops over lies above the page.
		document.querySelectorAll(':popover-open').forEach((e) => { e.style.zIndex = 1; });
		// The change of theme may still fade in.
		const fades = document.getAnimations().filter((a) => a.effect.getComputedTiming().iterations !== Infinity);
		await Promise.all(fades.map((a) => a.finished.catch(() => {})));
		const found = await axe.run(document, {runOnly: {type: 'tag', values: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']}, resultTypes: ['violations']});
		const root = document.documentElement;
		const wide = [...document.querySelectorAll('main *')].find((e) => e.getBoundingClientRect().right > root.clientWidth + 1);
		return JSON.stringify({Violations: found.violations, Overflow: root.scrollWidth - root.clientWidth, Wide: wide ? wide.outerHTML.slice(0, 120) : ''});
	})()`)
	if err == nil {
		err = json.Unmarshal([]byte(text), &report)
	}
	if err != nil {
		b.t.Fatalf("%s: axe-core: %v", name, err)
	}
	for _, v := range report.Violations {
		b.t.Errorf("%s: %s (%s): %s: %d times, first at %.200s: %.300s", name, v.ID, v.Impact, v.Help, len(v.Nodes), v.Nodes[0].HTML,
			strings.ReplaceAll(v.Nodes[0].FailureSummary, "\n", " "))
	}
	if report.Overflow > 0 {
		b.t.Errorf("%s: %d px wider than the screen, by %s", name, report.Overflow, report.Wide)
	}
}

// tabsThrough walks over the page by the Tab key: first comes the way past the navigation,
// and whatever has the focus shows it.
func (b *tab) tabsThrough(name string) {
	b.t.Helper()
	b.resize(1440, false)
	b.do("begin at the top", chromedp.Evaluate[chromedp.Void]("document.activeElement.blur(); scrollTo(0, 0)"))
	for i := range 20 {
		b.do("press Tab", chromedp.KeyEvent(kb.Tab))
		focus, err := evaluate[struct {
			Name             string
			Shown, Autofocus bool
		}](b, `(() => {
			const e = document.activeElement, s = getComputedStyle(e), r = e.getBoundingClientRect();
			const ring = (x) => { const s = getComputedStyle(x); return s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) > 0 || s.boxShadow !== 'none' };
			return {Autofocus: !!document.querySelector('[autofocus]'), Name: e === document.body ? '' : (e.outerHTML.slice(0, 100)), Shown: (ring(e) || [...(e.labels ?? [])].some(ring) || e.parentElement && ring(e.parentElement)) && r.width > 0 && r.height > 0};
		})()`)
		if err != nil {
			b.t.Fatal(err)
		}
		if focus.Name == "" {
			return // past the last one
		}
		if !focus.Shown {
			b.t.Errorf("%s: the focus does not show on %s", name, focus.Name)
		}
		if i == 0 && !focus.Autofocus && !strings.Contains(focus.Name, "#main") {
			b.t.Errorf("%s: Tab comes first to %s, want the link to the content", name, focus.Name)
		}
	}
}
