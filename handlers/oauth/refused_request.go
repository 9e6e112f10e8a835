package oauth

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"gatepost/db"
	"gatepost/handlers/oauth/grant"
	"gatepost/handlers/web"
)

// maxRecorded is how much of a body is remembered while its request is answered, in bytes.
const maxRecorded = 16 << 10

// recordedBody remembers what is read of a body, to diagnose a request that is refused. It lives
// as long as the request.
type recordedBody struct {
	io.ReadCloser
	bytes []byte
}

func (b *recordedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.bytes = append(b.bytes, p[:min(n, maxRecorded-len(b.bytes))]...)
	return n, err
}

// requestError is an error with the body of its request.
type requestError struct {
	error
	body *recordedBody
}

func (e *requestError) Unwrap() error { return e.error }

// recordBody runs a handler whose errors carry the request's body.
func recordBody(w http.ResponseWriter, r *http.Request, handler web.HandlerFunc) error {
	body := &recordedBody{ReadCloser: r.Body}
	r.Body = body
	if err := handler(w, r); err != nil {
		return &requestError{err, body}
	}
	return nil
}

// refusedRequest is what a refused request looks like: the form of its body, and the client
// that it names.
type refusedRequest struct {
	mediaType  string // empty if there is none, or more than one
	json, form bool   // what the body looks like
	empty      bool
	clientID   string // as it was sent; may be anything
}

var looksLikeForm = regexp.MustCompile(`^[A-Za-z0-9_.%-]+=`)

// inspect reads what a refused request looks like, and finds the client id wherever it is.
func inspect(r *http.Request, err error) (refused refusedRequest) {
	if types := r.Header.Values("Content-Type"); len(types) == 1 {
		refused.mediaType, _, _ = mime.ParseMediaType(types[0])
	}
	if id, _, ok := r.BasicAuth(); ok {
		refused.clientID = id
	}
	var recorded *requestError
	var body []byte
	if errors.As(err, &recorded) {
		if len(recorded.body.bytes) == 0 && r.ContentLength > 0 && r.ContentLength <= maxRecorded {
			_, _ = io.CopyN(io.Discard, recorded.body, r.ContentLength) // it was refused unread
		}
		body = bytes.TrimSpace(recorded.body.bytes)
	}
	refused.json = bytes.HasPrefix(body, []byte("{")) || bytes.HasPrefix(body, []byte("["))
	refused.form, refused.empty = looksLikeForm.Match(body), len(body) == 0
	switch {
	case refused.clientID != "":
	case refused.json:
		refused.clientID = clientIDInJSON(body)
	case refused.form:
		form, _ := url.ParseQuery(string(body)) // whatever of it is readable
		refused.clientID = clientIDInForm(form)
	}
	if refused.clientID == "" {
		refused.clientID = clientIDInForm(r.URL.Query())
	}
	return refused
}

func clientIDInForm(form url.Values) string {
	if id := form.Get("client_id"); id != "" {
		return id
	}
	return form.Get("clientId")
}

func clientIDInJSON(body []byte) string {
	var fields map[string]any
	if json.Unmarshal(body, &fields) != nil {
		return ""
	}
	for _, name := range []string{"client_id", "clientId"} {
		if id, ok := fields[name].(string); ok {
			return id
		}
	}
	return ""
}

// client returns the client that a refused request concerns: the one that the reason names,
// else the one that the request names. It is empty if neither has the form of a client id.
func (refused refusedRequest) client(r *http.Request, inReason string) string {
	for _, id := range []string{inReason, web.ClientOf(r), refused.clientID} {
		if id = strings.Trim(id, " \t\r\n\"'"); clientIDPattern.MatchString(id) {
			return id
		}
	}
	return ""
}

const (
	formMedia = "application/x-www-form-urlencoded"
	jsonMedia = "application/json"
)

// mediaTypeNames are plain names for media types. Any other media type may be anything, and is
// not repeated.
var mediaTypeNames = map[string]string{
	formMedia: "a form", jsonMedia: "JSON", "multipart/form-data": "a multipart form", "text/plain": "plain text", "text/xml": "XML", "application/xml": "XML",
}

// mismatch returns the reason if the body isn't the kind that the endpoint takes; its Kind is
// empty if it is.
func (refused refusedRequest) mismatch(r *http.Request) grant.Reason {
	wanted, kind, expected := formMedia, grant.ReasonKind(db.ReasonBodyNotForm), "form body expected, "
	right, wrong, received := refused.form, refused.json, "JSON received"
	if !strings.HasPrefix(r.URL.Path, "/oauth2/") {
		wanted, kind, expected = jsonMedia, db.ReasonBodyNotJSON, "JSON body expected, "
		right, wrong, received = refused.json, refused.form, "a form received"
	}
	because := func(detail string) grant.Reason { return grant.Reason{Kind: kind, Detail: detail} }
	name, known := mediaTypeNames[refused.mediaType]
	switch {
	case r.Method != http.MethodPost:
		return grant.Reason{}
	case wrong:
		return because(expected + received)
	case refused.empty && r.URL.RawQuery == "":
		return because(expected + "an empty one received")
	case refused.empty || refused.mediaType == wanted:
		return grant.Reason{}
	case refused.mediaType == "":
		return because(expected + "one without a Content-Type received")
	case right && known:
		return because("the body is right, but its Content-Type says that it is " + name)
	case right:
		return because("the body is right, but its Content-Type is not")
	case known:
		return because(expected + name + " received")
	}
	return because(expected + "another content type received")
}
