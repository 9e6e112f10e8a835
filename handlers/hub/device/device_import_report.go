package device

import (
	"slices"
	"strconv"
	"strings"

	"gatepost/handlers/hub"
	"gatepost/handlers/sheet"
	"gatepost/views/words"
)

// reportColumns are the columns that a report has before ImportColumns. A corrected report can be uploaded again.
var reportColumns = []string{"line", "reason"}

// RefusedLine is a line of a file that added no device, with the reason and the values of its
// columns.
type RefusedLine struct {
	Line   int      `json:"line"`
	Reason string   `json:"reason"`
	Values []string `json:"values"` // by ImportColumns; nil if the line couldn't be parsed
}

// UniqueID returns the unique id on the line.
func (l RefusedLine) UniqueID() string {
	if len(l.Values) == 0 {
		return ""
	}
	return l.Values[0]
}

// reasons returns everything that is wrong with a line, each with the name of its column and what the file has there.
func reasons(bad *hub.Invalid, values []string) string {
	var out []string
	for _, f := range bad.Fields {
		column := f.Field
		if name, ok := fieldColumns[column]; ok {
			column = name
		}
		text := column + ": " + f.Message
		if value := values[slices.Index(ImportColumns, column)]; value != "" && !strings.HasPrefix(f.Message, "Line ") {
			text += " The file has " + words.Quoted(shown(value), 40) + "."
		}
		out = append(out, text)
	}
	return strings.Join(out, " ")
}

func refusedLine(line int, values []string, reason string) RefusedLine {
	kept := make([]string, len(values))
	for i, v := range values {
		kept[i] = cut(strings.ToValidUTF8(hub.OneLine(v), "?"), 200)
	}
	return RefusedLine{line, reason, kept}
}

// WriteImportTemplate writes a file with just the header line.
func WriteImportTemplate(w *sheet.Writer) error {
	if err := w.Write(ImportColumns...); err != nil {
		return err
	}
	return w.Flush()
}

// WriteImportReport writes refused lines as a file that can be corrected and uploaded again. A note, if
// not empty, is its last line.
func WriteImportReport(w *sheet.Writer, lines []RefusedLine, note string) error {
	heads := slices.Concat(reportColumns, ImportColumns)
	if err := w.Write(heads...); err != nil {
		return err
	}
	row := make([]string, len(heads))
	for _, l := range lines {
		clear(row)
		row[0], row[1] = strconv.Itoa(l.Line), l.Reason
		copy(row[2:], l.Values)
		if err := w.Write(row...); err != nil {
			return err
		}
	}
	if note != "" {
		clear(row)
		row[1] = note
		if err := w.Write(row...); err != nil {
			return err
		}
	}
	return w.Flush()
}
