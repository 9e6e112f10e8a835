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

// ErrFileTooLarge is what an Upload's file gives when it goes on beyond the limit.
var ErrFileTooLarge = errors.New("web: the file is larger than allowed")

const (
	// uploadTime is how long a file may take to arrive.
	uploadTime = 5 * time.Minute
	// maxPartField is the longest value of a field beside the file, in bytes.
	maxPartField = 1 << 10
)

// Upload is a page's form of multipart/form-data: fields, and after them one file, which
// is read as it arrives.
type Upload struct {
	Form url.Values
	Name string // as the browser gave it; empty when no file was chosen
	File io.Reader

	body io.Reader
	most int64
}

// ReadUpload reads the fields of a form up to its file, which may have up to most bytes. The
// caller reads the file, then calls Drain.
func ReadUpload(w http.ResponseWriter, r *http.Request, most int64) (*Upload, error) {
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "multipart/form-data" {
		return nil, unsupported("Send the form as multipart/form-data.")
	}
	if err := moreTime(w, uploadTime); err != nil {
		return nil, err
	}
	parts, err := r.MultipartReader()
	if err != nil {
		return nil, BadRequest("The form could not be read: its encoding is broken.")
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
				return nil, BadRequest("The file's name is not text in UTF-8.")
			}
			u.Name, u.File = part.FileName(), &limited{part, most}
			return u, nil
		}
		value, err := io.ReadAll(io.LimitReader(part, maxPartField+1))
		if err != nil {
			return nil, incomplete(err)
		}
		if len(value) > maxPartField || !IsText(string(value)) || !IsText(part.FormName()) {
			return nil, BadRequest("A field beside the file is too long, or not text in UTF-8.")
		}
		u.Form.Add(part.FormName(), string(value))
	}
	return nil, BadRequest("There are more than %d parameters.", maxFields)
}

// ReadFile gives a body that is a file of one of these content types, to be read as it arrives;
// after most bytes it gives ErrFileTooLarge.
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

// moreTime lets a request take this long to arrive, and its answer a minute more: the server's
// own limits are for forms that people typed. A writer that knows no deadlines is a test's.
func moreTime(w http.ResponseWriter, d time.Duration) error {
	c, now := http.NewResponseController(w), time.Now()
	if err := errors.Join(c.SetReadDeadline(now.Add(d)), c.SetWriteDeadline(now.Add(d+time.Minute))); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return fmt.Errorf("web: moreTime: %w", err)
	}
	return nil
}

// Drain reads some of what was not looked at: many a browser shows no answer while it still
// sends. What is far too long is cut off.
func (u *Upload) Drain() { _, _ = io.CopyN(io.Discard, u.body, 8*u.most) }

// limited gives ErrFileTooLarge after so many bytes, and an *Error when they don't arrive.
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
