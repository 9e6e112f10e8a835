package web

import (
	"net/http"
	"time"
)

// Tickets: cookies next to the session's, each a random token that opens nothing on its own.
const (
	TicketSecondFactor = "second"  // a sign-in that waits for its second factor
	TicketPasskey      = "passkey" // the challenge of a passkey
	TicketBrowser      = "browser" // the browser, which people know by having signed in with it
)

// browserLife is how long browsers keep a cookie at the most.
const browserLife = 400 * 24 * time.Hour

func (e *Edge) ticketName(kind string) string {
	return e.store.cookieName() + "-" + kind
}

// Ticket gives the token that the browser holds for something, or "".
func (e *Edge) Ticket(r *http.Request, kind string) string {
	c, err := r.Cookie(e.ticketName(kind))
	if err != nil {
		return ""
	}
	return c.Value
}

// SetTicket has the browser hold a token for something; an empty one takes it back. It ends
// with the browser, but for TicketBrowser: the server knows how long it is good for.
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
