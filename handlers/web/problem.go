package web

import (
	"errors"
	"net/http"

	"gatepost/handlers/hub"
)

// problemDocs is the page that explains each code at an anchor of that name.
const problemDocs = "/docs/errors#"

// problem is an RFC 9457 document.
type problem struct {
	Type      string         `json:"type"`
	Title     string         `json:"title"`
	Status    int            `json:"status"`
	Detail    string         `json:"detail"`
	RequestID string         `json:"request_id"`
	Errors    []problemField `json:"errors,omitempty"`
}

type problemField struct {
	Field   string `json:"field"`
	Message string `json:"message"`
}

// WriteProblem is the ErrorWriter of JSON routes other than OAuth's: problem+json, with the fields that
// are wrong, if any.
func WriteProblem(w http.ResponseWriter, r *http.Request, err error) {
	e := Classify(err)
	p := problem{Type: problemDocs + e.Code, Title: http.StatusText(e.Status), Status: e.Status, Detail: e.Message, RequestID: RequestID(r)}
	var invalid *hub.Invalid
	if errors.As(err, &invalid) {
		for _, f := range invalid.Fields {
			p.Errors = append(p.Errors, problemField(f))
		}
	}
	SetErrorHeaders(w.Header(), e)
	w.Header().Set("Content-Type", "application/problem+json")
	w.Header().Set("Cache-Control", "no-store")
	_ = WriteJSON(w, e.Status, p) // a problem always marshals
}
