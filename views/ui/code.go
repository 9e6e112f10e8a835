package ui

import (
	"context"
	"io"
	"strings"

	"github.com/a-h/templ"
)

// Tab is one panel of Tabs.
type Tab struct {
	ID, Label string
	Body      templ.Component
}

// Tabs shows one panel at a time; without script all are shown, one under the other, each under its label. ID must be
// unique on the page; a panel's id is ID, "-" and the tab's ID.
type Tabs struct {
	ID, Label string
	Items     []Tab
}

// Render writes the tabs.
func (t Tabs) Render(ctx context.Context, w io.Writer) error { return tabs(t).Render(ctx, w) }

func (t Tabs) panel(i int) string { return t.ID + "-" + t.Items[i].ID }

// labels tell tabs that follow each other.
func (t Tabs) labels() string {
	out := make([]string, len(t.Items))
	for i, item := range t.Items {
		out[i] = item.Label
	}
	return strings.Join(out, ",")
}

// TabLink is one tab of a row of pages.
type TabLink struct {
	Label, Href, Count string
	Current            bool
}

// TabLinks are tabs that are pages of their own.
type TabLinks struct {
	Label string
	Items []TabLink
}

// Render writes the links.
func (t TabLinks) Render(ctx context.Context, w io.Writer) error { return tabLinks(t).Render(ctx, w) }

// Code is a block of code with Copy; what is copied is what is shown. ID names the <code> element, so that a script
// can fill it. SecretText is a part of Text that is masked together with the page's Secret.
type Code struct{ ID, Label, Text, SecretText string }

// Render writes the block.
func (c Code) Render(ctx context.Context, w io.Writer) error { return code(c).Render(ctx, w) }

// CodeTab is one language or form of the same code.
type CodeTab struct{ ID, Label, Text, SecretText string }

// CodeTabs is a code block with tabs.
type CodeTabs struct {
	ID, Label string
	Items     []CodeTab
}

// Render writes the tabs.
func (c CodeTabs) Render(ctx context.Context, w io.Writer) error {
	t := Tabs{ID: c.ID, Label: c.Label}
	for _, i := range c.Items {
		t.Items = append(t.Items, Tab{ID: i.ID, Label: i.Label, Body: Code{
			ID: c.ID + "-" + i.ID + "-code", Label: i.Label, Text: i.Text, SecretText: i.SecretText,
		}})
	}
	return t.Render(ctx, w)
}

// Header is one line of a request's or response's head.
type Header struct{ Name, Value string }

// Pane shows a request or a response. Every part can be filled by script: the element is found by its data-slot
// (status, time, size, meaning, line, headers, body) inside the section with this ID; data-tone on the section is "",
// ok, warn or bad; data-state is "empty", "busy" or "full", and the pane keeps its place in all three.
type Pane struct {
	ID, Title        string
	Line             string // "POST https://api.example.com/apps/auth"
	Status           string // "200 OK"
	Time, Size       string // "38 ms", "1.2 KB"
	Meaning          string // what the answer means, in words
	Headers          []Header
	Body             string
	Tone             string
	Empty            string // what is shown before there is anything: sets data-state to "empty"
	Busy             string // said while the answer is awaited
	Live             bool   // status and meaning are announced when they change
	Response         bool
	After, BeforeBox templ.Component // After comes under the body, BeforeBox above the line
}

// Render writes the pane.
func (p Pane) Render(ctx context.Context, w io.Writer) error { return pane(p).Render(ctx, w) }

func (p Pane) state() string {
	if p.Empty != "" && p.Line == "" && p.Body == "" && p.Status == "" {
		return "empty"
	}
	return "full"
}
