package sheet

import (
	"bufio"
	"encoding/csv"
	"errors"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	// lookedAt is how many bytes at the start of a text show its separator and where its headings are.
	lookedAt = 64 << 10
	// titles is how many lines can come before the headings, such as the name of a table.
	titles = 10
	// headingsMade is how many known headings make a line that of the headings, where it isn't the first: one may be a value.
	headingsMade = 2
)

// Row is a line of a file with its cells. Its number counts the lines of the file from 1.
type Row struct {
	Line  int
	Cells []string
}

// Broken is the error of lines that can't be read, from Line to Last, because of a quote. Those after it can.
type Broken struct{ Line, Last int }

// Error says it.
func (b *Broken) Error() string { return "sheet: a quote is in the wrong place" }

// Reader reads the lines of a file.
type Reader struct {
	Separator rune
	Head      []string // the headings
	lines     *csv.Reader
	before    int // lines before those of the CSV reader
	rows      []Row
}

// Open starts to read a file's lines. known says whether a heading, in the form of Key, is one that the file should
// have: that shows the separator, and which line has the headings. It returns io.EOF for a file without a line, and
// *Broken if its headings can't be read.
func (h *Held) Open(known func(key string) bool) (*Reader, error) {
	in := h.text()
	r := &Reader{}
	if start, err := in.Peek(len(byteOrderMark)); err == nil && string(start) == byteOrderMark {
		if _, err := in.Discard(len(byteOrderMark)); err != nil {
			return nil, err
		}
	}
	var err error
	if r.Separator, err = declared(in); err != nil {
		return nil, err
	}
	if r.Separator != 0 {
		r.before = 1
	} else {
		start, err := in.Peek(lookedAt)
		if err != nil && err != io.EOF {
			return nil, err
		}
		r.Separator = separator(start, known)
	}
	r.lines = csv.NewReader(in)
	r.lines.Comma, r.lines.FieldsPerRecord, r.lines.ReuseRecord = r.Separator, -1, true
	r.lines.TrimLeadingSpace = r.Separator != '\t'
	return r, r.findHead(known)
}

// findHead reads up to the headings. They are the first line that isn't empty, unless only a later one has known headings.
func (r *Reader) findHead(known func(string) bool) error {
	var first []Row
	for len(first) <= titles {
		row, err := r.read()
		if err == io.EOF || len(first) > 0 && errors.As(err, new(*Broken)) {
			break
		}
		if err != nil {
			return err
		}
		if Empty(row.Cells) {
			continue
		}
		row.Cells = append([]string{}, row.Cells...)
		first = append(first, row)
		found := 0
		for _, cell := range row.Cells {
			if known(Key(cell)) {
				found++
			}
		}
		if found >= headingsMade || found > 0 && len(first) == 1 {
			r.Head = row.Cells
			return nil
		}
	}
	if len(first) == 0 {
		return io.EOF
	}
	r.Head, r.rows = first[0].Cells, first[1:]
	return nil
}

// Next returns the next line, io.EOF after the last, or *Broken. The cells are valid until the next call.
func (r *Reader) Next() (Row, error) {
	if len(r.rows) > 0 {
		row := r.rows[0]
		r.rows = r.rows[1:]
		return row, nil
	}
	return r.read()
}

func (r *Reader) read() (Row, error) {
	cells, err := r.lines.Read()
	var broken *csv.ParseError
	if errors.As(err, &broken) {
		return Row{}, &Broken{Line: r.before + broken.StartLine, Last: r.before + broken.Line}
	}
	if err != nil {
		return Row{}, err
	}
	line, _ := r.lines.FieldPos(0)
	for i, cell := range cells {
		cells[i] = plain(cell)
	}
	return Row{Line: r.before + line, Cells: cells}, nil
}

// Empty says whether no cell has text.
func Empty(cells []string) bool {
	for _, c := range cells {
		if strings.TrimSpace(c) != "" {
			return false
		}
	}
	return true
}

// Key returns what is compared of a heading: its letters and digits, in lower case. So "Unique ID", unique_id and
// uniqueId are one.
func Key(heading string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, heading)
}

// declared reads a first line such as sep=; and returns its separator, or 0 if there is none.
func declared(in *bufio.Reader) (rune, error) {
	start, err := in.Peek(16)
	if err != nil && err != io.EOF {
		return 0, err
	}
	line, _, _ := strings.Cut(string(start), "\n")
	text := strings.TrimPrefix(line, `"`)
	if len(text) < 5 || !strings.EqualFold(text[:4], "sep=") {
		return 0, nil
	}
	c, size := utf8.DecodeRuneInString(text[4:])
	if c == '"' || c == utf8.RuneError || unicode.IsLetter(c) || unicode.IsDigit(c) || strings.Trim(text[4+size:], "\"; ,\t") != "" {
		return 0, nil
	}
	if _, err := in.ReadString('\n'); err != nil && err != io.EOF {
		return 0, err
	}
	return c, nil
}

// separator returns the one of comma, semicolon and tab that makes most known headings of one of the first lines or,
// without any, that the first line has most of.
func separator(start []byte, known func(string) bool) rune {
	best, most := ',', [2]int{}
	for _, c := range ",;\t" {
		got := headings(string(start), c, known)
		if got[0] > most[0] || got[0] == most[0] && got[1] > most[1] {
			best, most = c, got
		}
	}
	return best
}

// headings returns how many known headings one of the first lines has, at most, and how often c separates cells of the
// first one.
func headings(text string, c rune, known func(string) bool) (got [2]int) {
	lines, found, cells, from, quoted := 0, 0, 0, 0, false
	for at, r := range text + "\n" {
		switch {
		case r == '"':
			quoted = !quoted
		case quoted || r != c && r != '\n':
		default:
			cell := text[from:at]
			if from = at + 1; known(Key(cell)) {
				found++
			}
			if r == c {
				cells++
				continue
			}
			if got[1] == 0 {
				got[1] = cells
			}
			if lines == 0 || found >= headingsMade {
				got[0] = max(got[0], found)
			}
			if found, cells, lines = 0, 0, lines+1; lines > titles {
				return got
			}
		}
	}
	return got
}
