package browser

import (
	"encoding/json"
	"strings"
	"time"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/dom"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// find waits for the one thing with this role and accessible name. A name that ends in * is
// the start of it.
func (b *tab) find(role, name string) cdp.BackendNodeID {
	b.t.Helper()
	deadline := time.After(patience)
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		found, names := b.lookFor(role, name)
		if found != 0 {
			return found
		}
		select {
		case <-tick.C:
		case <-deadline:
			b.t.Fatalf("the page has no %s %q, but %q\n%s", role, name, names, b.text())
		}
	}
}

func (b *tab) lookFor(role, name string) (found cdp.BackendNodeID, names []string) {
	root, err := call(b, dom.GetDocument, dom.GetDocumentParams{})
	if err != nil {
		return 0, nil
	}
	result, err := call(b, accessibility.QueryAXTree, accessibility.QueryAXTreeParams{NodeID: root.Root.NodeID, Role: role})
	if err != nil {
		return 0, nil
	}
	for _, node := range result.Nodes {
		var have string
		if node.Ignored || node.Name == nil || json.Unmarshal(node.Name.Value, &have) != nil {
			continue
		}
		have = strings.Join(strings.Fields(have), " ")
		start, open := strings.CutSuffix(name, "*")
		if have == name || open && strings.HasPrefix(have, start) {
			return node.BackendDOMNodeID, nil
		}
		names = append(names, have)
	}
	return 0, names
}

// click presses the mouse on something, when it doesn't move and nothing is before it: one
// step.
func (b *tab) click(role, name string) {
	b.t.Helper()
	b.steps++
	what := "click " + role + " " + name
	deadline := time.After(patience)
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for last := (place{}); ; {
		now := b.place(b.find(role, name))
		if now.Hit && now == last {
			b.do(what, chromedp.MouseClickXY(now.X, now.Y))
			return
		}
		last = now
		select {
		case <-tick.C:
		case <-deadline:
			b.t.Fatalf("%s: something else is before it\n%s", what, b.text())
		}
	}
}

// place is the middle of something on the screen; Hit says whether a click there reaches it, now and two
// frames later: a page that is still scrolling or laying itself out shows that it moves. What a click does
// not reach is brought into view for the next look.
type place struct {
	X, Y float64
	Hit  bool
}

func (b *tab) place(node cdp.BackendNodeID) (at place) {
	object, err := call(b, dom.ResolveNode, dom.ResolveNodeParams{BackendNodeID: node})
	if err != nil {
		return place{} // the page has changed; it is looked for again
	}
	result, err := call(b, runtime.CallFunctionOn, runtime.CallFunctionOnParams{
		ObjectID: object.Object.ObjectID, ReturnByValue: new(true), AwaitPromise: new(true),
		FunctionDeclaration: `async function () {
			const look = () => {
				const r = this.getBoundingClientRect(), x = r.x + r.width / 2, y = r.y + r.height / 2;
				const e = document.elementFromPoint(x, y);
				return {X: x, Y: y, Hit: !!e && (this.contains(e) || !!this.labels && [...this.labels].some((l) => l.contains(e)))};
			};
			const frame = () => new Promise((done) => { requestAnimationFrame(done); setTimeout(done, 500); }); // a tab in the background gets no frames
			const first = look();
			await frame();
			await frame();
			const last = look();
			if (!last.Hit) this.scrollIntoView({block: 'center', inline: 'center', behavior: 'instant'});
			last.Hit &&= first.Hit && first.X === last.X && first.Y === last.Y;
			return last;
		}`,
	})
	if err != nil || result.Result == nil || json.Unmarshal(result.Result.Value, &at) != nil {
		return place{}
	}
	return at
}

// fill puts text into a field, in place of what it holds: one step.
func (b *tab) fill(name, text string) {
	b.t.Helper()
	b.fillBox("textbox", name, text)
}

// fillBox is fill for a field of another role.
func (b *tab) fillBox(role, name, text string) {
	b.t.Helper()
	node := b.find(role, name)
	b.steps++
	if _, err := call(b, dom.Focus, dom.FocusParams{BackendNodeID: node}); err != nil {
		b.t.Fatalf("fill %s: %v", name, err)
	}
	b.do("fill "+name, chromedp.Evaluate[chromedp.Void]("document.activeElement.select()"))
	if _, err := call(b, input.InsertText, input.InsertTextParams{Text: text}); err != nil {
		b.t.Fatalf("fill %s: %v", name, err)
	}
}
