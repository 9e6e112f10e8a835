package web

import (
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// ErrFileTooLarge is the error of reading a file beyond the limit.
var ErrFileTooLarge = errors.New("web: the file is larger than allowed")

const (
	// uploadTime is how long an upload can take.
	uploadTime = 5 * time.Minute
	// maxPartField is the maximum length of a form field next to the file, in bytes.
	maxPartField = 1 << 10
)

// Upload is a page's form of multipart/form-data: fields, then one file, which is read as it arrives.
type Upload struct {
	Form url.Values
	Name string // as sent by the browser; empty if no file was chosen
	File io.Reader

	body io.Reader
	most int64
}

// ReadUpload reads the fields of a form up to its file, which can have at most most bytes. The caller
// reads the file, then calls Drain.
func ReadUpload(w http.ResponseWriter, r *http.Request, most int64) (*Upload, error) {
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "multipart/form-data" {
		return nil, unsupported("Send the form as multipart/form-data.")
	}
	if err := moreTime(w, uploadTime); err != nil {
		return nil, err
	}
	parts, err := r.MultipartReader()
	if err != nil {
		return nil, BadRequest("The form can't be read because its encoding is wrong.")
	}
	u := &Upload{Form: url.Values{}, body: r.Body, most: most}
	for range maxFields {
		part, err := parts.NextPart()
		switch {
		case err == io.EOF:
			return u, nil
		case err != nil:
			return nil, incomplete(err)
		case part.FileName() != "" || part.FormName() == "file":
			if !IsText(part.FileName()) {
				return nil, BadRequest("The file's name must be UTF-8 text.")
			}
			u.Name, u.File = part.FileName(), &limited{part, most}
			return u, nil
		}
		value, err := io.ReadAll(io.LimitReader(part, maxPartField+1))
		if err != nil {
			return nil, incomplete(err)
		}
		if len(value) > maxPartField || !IsText(string(value)) || !IsText(part.FormName()) {
			return nil, BadRequest("A form field is too long or not UTF-8 text.")
		}
		u.Form.Add(part.FormName(), string(value))
	}
	return nil, BadRequest("There are more than %d parameters.", maxFields)
}

// ReadFile returns a body that is a file of one of these content types, to be read as it arrives. Reading
// beyond most bytes fails with ErrFileTooLarge.
func ReadFile(w http.ResponseWriter, r *http.Request, most int64, types ...string) (io.Reader, error) {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || !slices.Contains(types, kind) {
		return nil, unsupported("Send the file as %s.", strings.Join(types, " or "))
	}
	if e := r.Header.Get("Content-Encoding"); e != "" && !strings.EqualFold(e, "identity") {
		return nil, unsupported("Send the file without a content encoding.")
	}
	return &limited{r.Body, most}, moreTime(w, uploadTime)
}

// moreTime lets a request take this long, and its response a minute more, as the server's own limits are
// for forms that people type. Writers of tests may not support deadlines.
func moreTime(w http.ResponseWriter, d time.Duration) error {
	c, now := http.NewResponseController(w), time.Now()
	if err := errors.Join(c.SetReadDeadline(now.Add(d)), c.SetWriteDeadline(now.Add(d+time.Minute))); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return fmt.Errorf("web: moreTime: %w", err)
	}
	return nil
}

// Drain reads some of the rest of the body, as many browsers show no response while they still send. It
// cuts off what is far too long.
func (u *Upload) Drain() { _, _ = io.CopyN(io.Discard, u.body, 8*u.most) }

// limited fails with ErrFileTooLarge after so many bytes, and with an *Error if the body ends early.
type limited struct {
	io.Reader
	left int64
}

func (l *limited) Read(p []byte) (int, error) {
	if l.left < 0 {
		return 0, ErrFileTooLarge
	}
	if int64(len(p)) > l.left+1 {
		p = p[:l.left+1]
	}
	n, err := l.Reader.Read(p)
	if l.left -= int64(n); l.left < 0 {
		return n, ErrFileTooLarge
	}
	if err != nil && err != io.EOF {
		err = incomplete(err)
	}
	return n, err
}
