package grant

import (
	"net/url"
	"strings"
	"time"
)

// authorizePath is the authorization endpoint.
const authorizePath = "/oauth2/auth"

// RequestIn returns the authorization request that a path of this portal is; ok says whether it is one.
func RequestIn(path string) (req AuthorizationRequest, ok bool) {
	rest, ok := strings.CutPrefix(path, authorizePath)
	if !ok {
		return req, false
	}
	query, ok := strings.CutPrefix(strings.TrimPrefix(rest, "/"), "?")
	if !ok {
		return req, false
	}
	req, err := ParseAuthorizationRequest(query)
	return req, err == nil
}

// SignInAsk is why somebody who is signed in is asked to sign in; the zero value if they aren't.
type SignInAsk struct {
	Again   bool // with a password or passkey, now
	Account bool // or as whoever they choose
}

// AsksToSignIn says whether a request asks somebody who is signed in to sign in first: their session must
// have started after they were asked, or not longer ago than max_age. Who was asked to choose an account
// and comes back has chosen.
func (s *Server) AsksToSignIn(req AuthorizationRequest, session Session) SignInAsk {
	w, err := req.wish()
	if err != nil || w.Silent {
		return SignInAsk{}
	}
	asked, mark := s.stamped(req)
	since := !asked.IsZero() && mark != sessionMark(session.ID) && !session.AuthTime.Before(asked)
	return SignInAsk{Again: !since && (w.SignIn || s.tooLongAgo(w, session)), Account: w.Account && asked.IsZero()}
}

// AsksForAccount says whether a request lets the person choose an account.
func (req AuthorizationRequest) AsksForAccount() bool {
	w, err := req.wish()
	return err == nil && w.Account
}

// tooLongAgo says whether a person signed in longer ago than max_age. Times are in whole seconds.
func (s *Server) tooLongAgo(w Wish, session Session) bool {
	switch {
	case w.MaxAge < 0:
		return false
	case w.MaxAge == 0:
		return true
	}
	return s.Now().Truncate(time.Second).Sub(session.AuthTime) > w.MaxAge
}

// SignInQuery returns the query of a request with a stamp, for the way back from the sign-in page. A request
// that asks nobody to sign in again keeps its query.
func (s *Server) SignInQuery(query string, req AuthorizationRequest, sessionID string) string {
	if w, err := req.wish(); err != nil || !w.SignIn && !w.Account && w.MaxAge < 0 {
		return query
	}
	var kept []string
	for pair := range strings.SplitSeq(query, "&") {
		if name, _, _ := strings.Cut(pair, "="); pair != "" && name != StampParameter {
			kept = append(kept, pair)
		}
	}
	return strings.Join(append(kept, StampParameter+"="+url.QueryEscape(s.stamp(req, sessionID))), "&")
}
