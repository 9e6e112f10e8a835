package web

import (
	"bufio"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"
)

const (
	// maxBody is the maximum length of a body, in bytes.
	maxBody = 64 << 10
	// maxFields is the maximum number of parameters of a form.
	maxFields = 256
	// maxDepth is the maximum nesting of a JSON body.
	maxDepth = 16
)

// ReadForm reads a body of application/x-www-form-urlencoded, of at most 64 KiB. It refuses a repeated
// parameter (RFC 6749 section 3.2) that isn't in repeatable, wrong percent-encoding, bytes that are not
// UTF-8, and NUL. It ignores the query string.
func ReadForm(w http.ResponseWriter, r *http.Request, repeatable ...string) (url.Values, error) {
	body, err := readBody(w, r, "application/x-www-form-urlencoded")
	if err != nil {
		return nil, err
	}
	return parseForm(string(body), repeatable)
}

// ReadQuery reads the parameters in the query string, by the rules of ReadForm.
func ReadQuery(r *http.Request, repeatable ...string) (url.Values, error) {
	if len(r.URL.RawQuery) > maxBody {
		return nil, tooLarge()
	}
	return parseForm(r.URL.RawQuery, repeatable)
}

// ReadQueryAndForm reads the parameters in the query string and in the body. The body and its content
// type can be missing. A parameter must not be in both. inQuery reports whether the query string had
// any.
func ReadQueryAndForm(w http.ResponseWriter, r *http.Request, repeatable ...string) (form url.Values, inQuery bool, err error) {
	if form, err = ReadQuery(r, repeatable...); err != nil {
		return nil, false, err
	}
	inQuery = r.URL.RawQuery != ""
	if empty, err := EmptyBody(r); empty || err != nil {
		return form, inQuery, err
	}
	body, err := ReadForm(w, r, repeatable...)
	if err != nil {
		return nil, false, err
	}
	for name, values := range body {
		if form.Has(name) {
			return nil, false, twice("A parameter is in both the query string and the body: send it once.")
		}
		form[name] = values
	}
	return form, inQuery, nil
}

// EmptyBody reports whether a request has no body. A byte that it reads to find out is still there for
// the next reader.
func EmptyBody(r *http.Request) (bool, error) {
	if r.ContentLength >= 0 {
		return r.ContentLength == 0, nil
	}
	body := bufio.NewReaderSize(r.Body, 16)
	_, err := body.Peek(1)
	switch {
	case err == io.EOF:
		return true, nil
	case err != nil:
		return false, incomplete(err)
	}
	r.Body = struct {
		io.Reader
		io.Closer
	}{body, r.Body}
	return false, nil
}

// parseForm reads application/x-www-form-urlencoded text.
func parseForm(text string, repeatable []string) (url.Values, error) {
	form := url.Values{}
	fields := 0
	for pair := range strings.SplitSeq(text, "&") {
		if pair == "" {
			continue
		}
		if fields++; fields > maxFields {
			return nil, BadRequest("There are more than %d parameters.", maxFields)
		}
		rawName, rawValue, _ := strings.Cut(pair, "=")
		name, err1 := url.QueryUnescape(rawName)
		value, err2 := url.QueryUnescape(rawValue)
		if err1 != nil || err2 != nil {
			return nil, BadRequest("The form's encoding is wrong: a percent sign must be followed by two hexadecimal digits.")
		}
		if !IsText(name) || !IsText(value) {
			return nil, BadRequest("The form must be UTF-8 text without NUL.")
		}
		if form.Has(name) && !slices.Contains(repeatable, name) {
			return nil, twice("A parameter came more than once.")
		}
		form.Add(name, value)
	}
	return form, nil
}

// readBody returns the body of a request with the content type; for any other the error says what to
// send.
func readBody(w http.ResponseWriter, r *http.Request, contentType string) ([]byte, error) {
	types := r.Header.Values("Content-Type")
	got := ""
	if len(types) == 1 {
		var err error
		if got, _, err = mime.ParseMediaType(types[0]); err != nil && !errors.Is(err, mime.ErrInvalidMediaParameter) {
			got = ""
		}
	}
	if got != contentType {
		return nil, unsupported("Send the body as %s.", contentType)
	}
	if e := r.Header.Get("Content-Encoding"); e != "" && !strings.EqualFold(e, "identity") {
		return nil, unsupported("Send the body without a content encoding.")
	}
	if r.ContentLength > maxBody {
		return nil, tooLarge()
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	var limit *http.MaxBytesError
	switch {
	case errors.As(err, &limit):
		return nil, tooLarge()
	case err != nil:
		return nil, incomplete(err)
	}
	return body, nil
}

// incomplete returns the error of a body that ended early.
func incomplete(cause error) *Error {
	e := BadRequest("The body is incomplete.")
	e.Cause, e.incomplete = cause, true
	return e
}

// Incomplete returns the error of a body that couldn't be read to its end.
func Incomplete(cause error) error { return incomplete(cause) }

// unsupported returns a 415.
func unsupported(format string, args ...any) *Error {
	e := BadRequest(format, args...)
	e.Status = http.StatusUnsupportedMediaType
	return e
}

// tooLarge returns a 413.
func tooLarge() *Error {
	e := BadRequest("The body is larger than %d KiB.", maxBody>>10)
	e.Status = http.StatusRequestEntityTooLarge
	return e
}

// IsText reports whether s is UTF-8 without NUL, which every database accepts as text.
func IsText(s string) bool { return utf8.ValidString(s) && !strings.Contains(s, "\x00") }
