package sheet

import (
	"encoding/csv"
	"io"
)

// byteOrderMark at the start tells spreadsheets that a file is UTF-8.
const byteOrderMark = "\ufeff"

// Writer writes a file. Errors stay: the last call returns the first.
type Writer struct {
	w     io.Writer
	lines *csv.Writer
	begun bool
}

// NewWriter returns a writer of a file. Nothing is written before the first line.
func NewWriter(w io.Writer) *Writer {
	lines := csv.NewWriter(w)
	lines.UseCRLF = true // RFC 4180
	return &Writer{w: w, lines: lines}
}

// Write adds a line. None of its cells runs as a formula.
func (w *Writer) Write(cells ...string) error {
	if !w.begun {
		if _, err := io.WriteString(w.w, byteOrderMark); err != nil {
			return err
		}
		w.begun = true
	}
	line := make([]string, len(cells))
	for i, c := range cells {
		line[i] = safe(c)
	}
	return w.lines.Write(line)
}

// Flush writes what is buffered.
func (w *Writer) Flush() error {
	w.lines.Flush()
	return w.lines.Error()
}
