package pages

import (
	"context"
	"io"

	"gatepost/views/layout"
)

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
		return "Only the app's team can change this. Send them the details below."
	}
	return m.WhoCan
}

func (m RedirectProblem) reason() string {
	if m.Reason != "" {
		return m.Reason
	}
	return m.App + " asked to send you back to an address that it hasn't registered. You weren't redirected, and nothing was allowed."
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
