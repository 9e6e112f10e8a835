package sheet

import (
	"bytes"
	"errors"
	"io"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// Encoding is how the text of a file is encoded.
type Encoding byte

// Encodings that files come in.
const (
	UTF8        Encoding = '8'
	UTF16LE     Encoding = 'l'
	UTF16BE     Encoding = 'b'
	Windows1252 Encoding = 'w'
)

// String returns the name that people know it by.
func (e Encoding) String() string {
	switch e {
	case UTF16LE, UTF16BE:
		return "UTF-16"
	case Windows1252:
		return "Windows-1252"
	}
	return "UTF-8"
}

// Errors of files that aren't CSV.
var (
	// ErrWorkbook is a file of a spreadsheet program, such as .xlsx, .xls, .ods or .numbers.
	ErrWorkbook = errors.New("sheet: a workbook")
	// ErrEncoding is a text in an encoding that no spreadsheet writes.
	ErrEncoding = errors.New("sheet: an unknown encoding")
)

// reader returns the text of a file in this encoding as UTF-8, without a byte order mark.
func (e Encoding) reader(r io.Reader) io.Reader {
	switch e {
	case UTF16LE:
		r = transform.NewReader(r, unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM).NewDecoder())
	case UTF16BE:
		r = transform.NewReader(r, unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM).NewDecoder())
	case Windows1252:
		r = charmap.Windows1252.NewDecoder().Reader(r)
	}
	return r
}

// sniffed is how many bytes at the start of a file show what it is.
const sniffed = 64

// sniff returns the encoding that the first bytes of a file show. Without a sign it is UTF-8, which the rest may refute:
// then sure is false.
func sniff(start []byte) (e Encoding, sure bool, err error) {
	for _, workbook := range []string{"PK\x03\x04", "\xd0\xcf\x11\xe0"} {
		if bytes.HasPrefix(start, []byte(workbook)) {
			return UTF8, false, ErrWorkbook
		}
	}
	for _, m := range []struct {
		mark string
		e    Encoding
	}{{"\xff\xfe\x00\x00", 0}, {"\x00\x00\xfe\xff", 0}, {"\xef\xbb\xbf", UTF8}, {"\xff\xfe", UTF16LE}, {"\xfe\xff", UTF16BE}} {
		if bytes.HasPrefix(start, []byte(m.mark)) {
			if m.e == 0 {
				return UTF8, false, ErrEncoding
			}
			return m.e, true, nil
		}
	}
	// Names of columns, separators and line ends are ASCII, of which every other byte is NUL in UTF-16. Other headings may
	// come between them.
	var even, odd int
	for i, b := range start {
		if b == 0 && i%2 == 0 {
			even++
		} else if b == 0 {
			odd++
		}
	}
	switch half := len(start) / 2; {
	case odd > 0 && 4*odd >= half && 4*even <= odd:
		return UTF16LE, true, nil
	case even > 0 && 4*even >= half && 4*odd <= even:
		return UTF16BE, true, nil
	}
	return UTF8, false, nil
}

// checker counts the characters of a text beyond ASCII that are UTF-8, and the bytes that aren't.
type checker struct {
	rest      []byte // the start of a character
	good, bad int
}

// Write checks the next bytes.
func (c *checker) Write(p []byte) (int, error) {
	text := p
	if len(c.rest) > 0 {
		text = append(c.rest, p...)
	}
	c.rest = nil
	for len(text) > 0 {
		if text[0] < utf8.RuneSelf {
			text = text[1:]
			continue
		}
		if !utf8.FullRune(text) {
			c.rest = bytes.Clone(text)
			break
		}
		r, size := utf8.DecodeRune(text)
		if r == utf8.RuneError && size == 1 {
			c.bad++
		} else {
			c.good++
		}
		text = text[size:]
	}
	return len(p), nil
}

// utf8 says whether the text is UTF-8. Damage to a few characters of many isn't another encoding: as Windows-1252, the
// good ones would be lost too.
func (c *checker) utf8() bool {
	bad := c.bad
	if len(c.rest) > 0 {
		bad++
	}
	return bad == 0 || c.good > bad
}
