package grant

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"slices"
	"strconv"
	"strings"
	"time"

	"gatepost/handlers/secret"
)

const (
	// StampParameter is the parameter of our own in a request whose person was sent to sign in: when
	// that was, and with which session. It proves on the way back that they have signed in since, so
	// that prompt=login and max_age=0 ask once, and no more.
	StampParameter = "gatepost_asked"
	// stampLife is how long a person may take to sign in. Later they are asked once more.
	stampLife = time.Hour
	forStamps = "sign-in stamps"
)

// stamp returns the value of StampParameter for a request whose person is asked now; sessionID is that of
// who is signed in, or empty.
func (s *Server) stamp(req AuthorizationRequest, sessionID string) string {
	body := strconv.FormatInt(s.Now().Unix(), 36) + "." + sessionMark(sessionID)
	return body + "." + stampMAC(s.Ring.Derive(forStamps), body, req)
}

// stamped returns when the person was asked to sign in for this request, and with which session. The time
// is zero if they weren't, or too long ago.
func (s *Server) stamped(req AuthorizationRequest) (asked time.Time, mark string) {
	at, rest, ok1 := strings.Cut(req.Stamp, ".")
	mark, mac, ok2 := strings.Cut(rest, ".")
	seconds, err := strconv.ParseInt(at, 36, 64)
	if !ok1 || !ok2 || err != nil {
		return time.Time{}, ""
	}
	genuine := slices.ContainsFunc(s.Ring.Derived(forStamps), func(d secret.Derived) bool {
		return hmac.Equal([]byte(mac), []byte(stampMAC(d.Key, at+"."+mark, req)))
	})
	asked = time.Unix(seconds, 0)
	if !genuine || s.Now().Sub(asked) > stampLife {
		return time.Time{}, ""
	}
	return asked, mark
}

// sessionMark tells sessions apart in an address without naming one.
func sessionMark(sessionID string) string {
	sum := sha256.Sum256([]byte("session\x00" + sessionID))
	return base64.RawURLEncoding.EncodeToString(sum[:9])
}

// stampMAC binds a stamp to the request that it was made for.
func stampMAC(key []byte, body string, req AuthorizationRequest) string {
	mac := hmac.New(sha256.New, key)
	parts := append([]string{body, req.ClientID, req.RedirectURI, req.Scope, req.State, req.CodeChallenge, req.Prompt, req.MaxAge}, req.Resources...)
	mac.Write([]byte(strings.Join(parts, "\x00"))) // no parameter has a NUL
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil)[:24])
}
