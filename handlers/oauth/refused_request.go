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
	"gatepost/handlers/web"
)

// maxKept is how much of a body is kept while its request is answered, in bytes.
const maxRecorded = 16 << 10

// keptBody remembers what is read of a body, to say what came where it was not the right
// thing. It lives as long as the request.
type recordedBody struct {
	io.ReadCloser
	bytes []byte
}

func (b *recordedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.bytes = append(b.bytes, p[:min(n, maxRecorded-len(b.bytes))]...)
	return n, err
}

// refused is a failure with the body of its request.
type requestError struct {
	error
	body *recordedBody
}

func (e *requestError) Unwrap() error { return e.error }

// attempt runs a handler; its failure keeps the body.
func recordBody(w http.ResponseWriter, r *http.Request, f func(http.ResponseWriter, *http.Request) error) error {
	body := &recordedBody{ReadCloser: r.Body}
	r.Body = body
	if err := f(w, r); err != nil {
		return &requestError{err, body}
	}
	return nil
}

// arrival is what came in a request that was refused: what its body looks like, and the
// client that it names.
type requestFacts struct {
	mediaType  string // the media type; empty: none, or more than one
	json, form bool   // what the body looks like
	empty      bool
	clientID   string // as it came; may be anything
}

var looksLikeForm = regexp.MustCompile(`^[A-Za-z0-9_.%-]+=`)

// lookAt reads of a refused request what tells whom it concerns, wherever in it that stands.
func inspect(r *http.Request, err error) (a requestFacts) {
	if types := r.Header.Values("Content-Type"); len(types) == 1 {
		a.mediaType, _, _ = mime.ParseMediaType(types[0])
	}
	if id, _, ok := r.BasicAuth(); ok {
		a.clientID = id
	}
	var kept *requestError
	var body []byte
	if errors.As(err, &kept) {
		if len(kept.body.bytes) == 0 && r.ContentLength > 0 && r.ContentLength <= maxRecorded {
			_, _ = io.CopyN(io.Discard, kept.body, r.ContentLength) // it was refused unread
		}
		body = bytes.TrimSpace(kept.body.bytes)
	}
	a.json = bytes.HasPrefix(body, []byte("{")) || bytes.HasPrefix(body, []byte("["))
	a.form, a.empty = looksLikeForm.Match(body), len(body) == 0
	switch {
	case a.clientID != "":
	case a.json:
		a.clientID = clientIDInJSON(body)
	case a.form:
		form, _ := url.ParseQuery(string(body)) // what can be read of it
		a.clientID = clientIDInForm(form)
	}
	if a.clientID == "" {
		a.clientID = clientIDInForm(r.URL.Query())
	}
	return a
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

// client is the client that a refused request concerns, or empty: what can be no client id
// is not kept. reasoned is the one that the reason knows of.
func (a requestFacts) subject(r *http.Request, reasoned string) string {
	for _, id := range []string{reasoned, web.ClientOf(r), a.clientID} {
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

// inWords are media types as people call them. What is not here may be anything, and is not
// repeated.
var mediaTypeNames = map[string]string{
	formMedia: "a form", jsonMedia: "JSON", "multipart/form-data": "a multipart form", "text/plain": "plain text", "text/xml": "XML", "application/xml": "XML",
}

// mismatch says that another kind of body came than the endpoint takes; an empty kind: none
// did.
func (a requestFacts) mismatch(r *http.Request) (kind, detail string) {
	want, kind, expected := formMedia, db.ReasonBodyNotForm, "form body expected, "
	right, wrong, came := a.form, a.json, "JSON came"
	if !strings.HasPrefix(r.URL.Path, "/oauth2/") {
		want, kind, expected = jsonMedia, db.ReasonBodyNotJSON, "JSON body expected, "
		right, wrong, came = a.json, a.form, "a form came"
	}
	declared, known := mediaTypeNames[a.mediaType]
	switch {
	case r.Method != http.MethodPost:
		return "", ""
	case wrong:
		return kind, expected + came
	case a.empty && r.URL.RawQuery == "":
		return kind, expected + "an empty one came"
	case a.empty || a.mediaType == want:
		return "", ""
	case a.mediaType == "":
		return kind, expected + "one without a Content-Type came"
	case right && known:
		return kind, "the body is right, but its Content-Type says that it is " + declared
	case right:
		return kind, "the body is right, but not its Content-Type"
	case known:
		return kind, expected + declared + " came"
	}
	return kind, expected + "another content type came"
}
