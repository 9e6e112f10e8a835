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
	// maxBody is the longest body that is read at all, in bytes.
	maxBody = 64 << 10
	// maxFields is how many parameters a form may have.
	maxFields = 256
	// maxDepth is how deep a JSON body may nest.
	maxDepth = 16
)

// ReadForm reads a body of application/x-www-form-urlencoded, of at most 64 KiB. A
// parameter that comes twice is refused (RFC 6749 section 3.2), unless it is one of
// repeatable; so are bad percent-encoding, bytes that are not UTF-8, and NUL. A query string
// is not looked at.
func ReadForm(w http.ResponseWriter, r *http.Request, repeatable ...string) (url.Values, error) {
	body, err := readBody(w, r, "application/x-www-form-urlencoded")
	if err != nil {
		return nil, err
	}
	return parseForm(string(body), repeatable)
}

// ReadQuery reads the parameters in the address, by the rules of ReadForm.
func ReadQuery(r *http.Request, repeatable ...string) (url.Values, error) {
	if len(r.URL.RawQuery) > maxBody {
		return nil, tooLarge()
	}
	return parseForm(r.URL.RawQuery, repeatable)
}

// ReadQueryAndForm reads the parameters in the address and those in the body, which may be
// missing, with its content type too. A parameter must not be in both. inQuery says whether
// the address had any.
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
			return nil, false, twice("A parameter came in the address and in the body: send it once.")
		}
		form[name] = values
	}
	return form, inQuery, nil
}

// EmptyBody says whether a request has no body. It puts back the byte that it has to read
// to know.
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
			return nil, BadRequest("The form is not well encoded: a percent sign must be followed by two hexadecimal digits.")
		}
		if !IsText(name) || !IsText(value) {
			return nil, BadRequest("The form is not UTF-8 text without NUL.")
		}
		if form.Has(name) && !slices.Contains(repeatable, name) {
			return nil, twice("A parameter came more than once.")
		}
		form.Add(name, value)
	}
	return form, nil
}

// readBody gives the body of a request that has the content type, and says what is wrong
// with any other.
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

func incomplete(cause error) *Error {
	e := BadRequest("The body did not arrive whole.")
	e.Cause = cause
	return e
}

func unsupported(format string, args ...any) *Error {
	e := BadRequest(format, args...)
	e.Status = http.StatusUnsupportedMediaType
	return e
}

func tooLarge() *Error {
	e := BadRequest("The body is larger than %d KiB.", maxBody>>10)
	e.Status = http.StatusRequestEntityTooLarge
	return e
}

// IsText says whether s is UTF-8 without NUL, which every database takes for text.
func IsText(s string) bool { return utf8.ValidString(s) && !strings.Contains(s, "\x00") }
