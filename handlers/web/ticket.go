package web

import (
	"net/http"
	"time"
)

// Tickets are cookies besides the session's, each a random token that grants no access on its own.
const (
	TicketSecondFactor = "second"  // a sign-in that waits for the second factor
	TicketPasskey      = "passkey" // the challenge of a passkey
	TicketBrowser      = "browser" // a browser that somebody has signed in with
)

// browserLife is the longest time that browsers keep a cookie.
const browserLife = 400 * 24 * time.Hour

func (e *Edge) ticketName(kind string) string {
	return e.store.cookieName() + "-" + kind
}

// Ticket returns the browser's token of a kind, or "".
func (e *Edge) Ticket(r *http.Request, kind string) string {
	c, err := r.Cookie(e.ticketName(kind))
	if err != nil {
		return ""
	}
	return c.Value
}

// SetTicket stores a token in the browser; an empty one deletes it. Except for TicketBrowser the cookie
// lasts until the browser closes; the server knows how long the token is valid.
func (e *Edge) SetTicket(w http.ResponseWriter, kind, token string) {
	c := &http.Cookie{Name: e.ticketName(kind), Value: token, Path: "/", HttpOnly: true, Secure: e.secure, SameSite: http.SameSiteLaxMode}
	switch {
	case token == "":
		c.MaxAge = -1
	case kind == TicketBrowser:
		c.MaxAge = int(browserLife / time.Second)
	}
	http.SetCookie(w, c)
}
