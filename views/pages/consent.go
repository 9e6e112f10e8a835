package pages

import (
	"context"
	"io"
	"strings"

	"gatepost/views/layout"
	"gatepost/views/ui"
)

// Consent answers GET /oauth2/auth and POST /device: an app asks to act for the person. It posts to /oauth2/consent:
// fields request, answer (allow or deny). There is no way off the page but these two.
type Consent struct {
	layout.Page
	App, Team, Description, ClientID string
	PersonName, PersonEmail          string // as whom
	Scopes                           []ConsentScope
	RedirectHost                     string // "app.example.com", or words; "" for a device
	Lifetime                         string // a sentence: "Until you end it, at the most 180 days."
	RequestID                        string
	UserCode                         string // "BCDF-GHJK", for a device
	DeviceFrom                       string // "203.0.113.9, curl/8.5": who asked for the device's code
	Known                            bool   // the person has allowed this app something before
	Claimable                        bool   // any program on the device could claim the redirect, so that it is asked each time
}

// ConsentScope is one right that the app asks for. Text is its sentence, Reach what the person's own access makes of
// it ("3 of 12 devices"; "" leaves it out). New marks one that was not allowed before, where Known is set.
type ConsentScope struct {
	Name, Text, Reach string
	New               bool
}

// Render writes the page.
func (m Consent) Render(ctx context.Context, w io.Writer) error {
	m.Page = m.Named("Allow "+m.App, "", false)
	return consent(m).Render(ctx, w)
}

// grows says that the app asks for more than it was allowed.
func (m Consent) grows() bool {
	if !m.Known {
		return false
	}
	for _, s := range m.Scopes {
		if s.New {
			return true
		}
	}
	return false
}

// says is what the app says of itself, in quotes: it is not the portal that says so.
func (m Consent) says() string {
	if m.Description == "" {
		return "."
	}
	return ". It says: “" + m.Description + "”"
}

// reach is what every scope reaches, where that is the same.
func (m Consent) reach() string {
	for _, s := range m.Scopes {
		if s.Reach != m.Scopes[0].Reach {
			return ""
		}
	}
	if len(m.Scopes) == 0 {
		return ""
	}
	return m.Scopes[0].Reach
}

func (m Consent) facts() []ui.KVItem {
	var out []ui.KVItem
	if reach := m.reach(); reach != "" {
		out = append(out, ui.KVItem{Key: "It reaches", Value: reach})
	}
	out = append(out, ui.KVItem{Key: "It acts as", Body: consentPerson(m)})
	if m.RedirectHost != "" {
		out = append(out, ui.KVItem{Key: "You return to", Value: m.RedirectHost, Mono: !strings.Contains(m.RedirectHost, " ")})
	}
	if m.DeviceFrom != "" {
		out = append(out, ui.KVItem{Key: "Asked from", Value: m.DeviceFrom, Mono: true})
	}
	if m.Lifetime != "" {
		out = append(out, ui.KVItem{Key: "How long", Value: m.Lifetime})
	}
	return out
}

// RedirectProblem answers GET /oauth2/auth whose redirect URI is not the app's: nobody is redirected. Who may edit the
// app adds the URI from here: POST /apps/{client_id}/redirect-uris, fields redirect_uri and next.
type RedirectProblem struct {
	layout.Page
	Reason        string // a sentence on what is wrong; "" says that the URI is not registered
	App, ClientID string
	Received      string         // "" when the request named none
	Registered    []RedirectDiff // from DiffRedirects; none when the app has no redirect URI
	CanAdd        bool
	Next          string // the request's address, to go on with after adding
	AddRefused    string // why it can't be added: an http address and the like
	WhoCan        string // who could add it, where CanAdd is false
}

// Render writes the page.
func (m RedirectProblem) Render(ctx context.Context, w io.Writer) error {
	m.Page = m.Named(m.heading(), "", false)
	return redirectProblem(m).Render(ctx, w)
}

func (m RedirectProblem) heading() string {
	if m.Received == "" {
		return "No redirect URI was sent"
	}
	return "This redirect URI is not registered"
}

func (m RedirectProblem) whoCan() string {
	if m.WhoCan == "" {
		return "Only the app's team can change this. Tell them what stands here."
	}
	return m.WhoCan
}

func (m RedirectProblem) reason() string {
	if m.Reason != "" {
		return m.Reason
	}
	return m.App + " asked to send you back to an address that it has not registered. Nobody was redirected, and nothing was allowed."
}

// AuthorizeProblem answers GET /oauth2/auth that names no known app, and whatever else can't be told to the app by a
// redirect.
type AuthorizeProblem struct {
	layout.Page
	What, Fix string
}

// Render writes the page.
func (m AuthorizeProblem) Render(ctx context.Context, w io.Writer) error {
	m.Page = m.Named("This request can't be answered", "", false)
	return authorizeProblem(m).Render(ctx, w)
}

// Device is GET and POST /device: field user_code, the code that a device shows.
type Device struct {
	layout.Page
	UserCode string
	Errors   ui.Errors
}

// Render writes the page.
func (m Device) Render(ctx context.Context, w io.Writer) error {
	m.Page = m.Named("Connect a device", "", len(m.Errors) > 0)
	return device(m).Render(ctx, w)
}

// DeviceDone answers the consent of a device: the person goes back to it.
type DeviceDone struct {
	layout.Page
	App     string
	Allowed bool
}

// Render writes the page.
func (m DeviceDone) Render(ctx context.Context, w io.Writer) error {
	m.Page = m.Named(m.heading(), "", false)
	return deviceDone(m).Render(ctx, w)
}

func (m DeviceDone) heading() string {
	if m.Allowed {
		return "The device is connected"
	}
	return "The device was turned away"
}
