package device

import (
	"encoding/csv"
	"io"
	"slices"
	"strconv"
	"strings"

	"gatepost/handlers/hub"
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

// reasons returns everything that is wrong with a line, each with the name of its column.
func reasons(bad *hub.Invalid) string {
	var out []string
	for _, f := range bad.Fields {
		column := f.Field
		if name, ok := fieldColumns[column]; ok {
			column = name
		}
		out = append(out, column+": "+f.Message)
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

// formulas are the characters with which spreadsheets start a formula.
const formulas = "=+-@\t\r"

// safeCell returns a value that no spreadsheet runs as a formula. plainCell is its inverse.
func safeCell(s string) string {
	if s != "" && strings.Contains(formulas, s[:1]) {
		return "'" + s
	}
	return s
}

func plainCell(s string) string {
	if len(s) > 1 && s[0] == '\'' && strings.Contains(formulas, s[1:2]) {
		return s[1:]
	}
	return s
}

// WriteImportTemplate writes a file with just the header line.
func WriteImportTemplate(w io.Writer) error {
	out := csv.NewWriter(w)
	out.UseCRLF = true
	return out.WriteAll([][]string{ImportColumns})
}

// WriteImportReport writes refused lines as a file that can be corrected and uploaded again. A note, if
// not empty, is its last line.
func WriteImportReport(w io.Writer, lines []RefusedLine, note string) error {
	out := csv.NewWriter(w)
	out.UseCRLF = true
	rows := [][]string{slices.Concat(reportColumns, ImportColumns)}
	for _, l := range lines {
		row := []string{strconv.Itoa(l.Line), safeCell(l.Reason)}
		for _, v := range l.Values {
			row = append(row, safeCell(v))
		}
		for len(row) < len(rows[0]) {
			row = append(row, "")
		}
		rows = append(rows, row)
	}
	if note != "" {
		rows = append(rows, append([]string{"", safeCell(note)}, make([]string, len(ImportColumns))...))
	}
	return out.WriteAll(rows)
}
