package sheet

import (
	"strings"
	"time"
)

const (
	// formulas are the characters with which spreadsheets start a formula, in both widths.
	formulas = "=+-@＝＋－＠"
	// starts are the characters after which a cell starts where the separator isn't a comma.
	starts = ";\t\r\n"
)

// safe returns a cell that no spreadsheet runs as a formula: anybody can put one into a name or a User-Agent. It puts a
// quote where a formula would start, also where another separator would start a cell. Quotes that are there already
// count, so that plain can undo it.
func safe(cell string) string { return eachStart(cell, func(s string) string { return "'" + s }) }

// plain undoes safe.
func plain(cell string) string {
	return eachStart(cell, func(s string) string { return strings.TrimPrefix(s, "'") })
}

// eachStart changes every place of a cell that starts, after quotes, with a formula.
func eachStart(cell string, change func(rest string) string) string {
	if !strings.ContainsAny(cell, formulas+"\t\r\n") {
		return cell
	}
	var out strings.Builder
	for at := 0; at < len(cell); {
		next := strings.IndexAny(cell[at:], starts) + 1
		part := cell[at:]
		if next > 0 {
			part = cell[at : at+next]
		}
		at += len(part)
		first := strings.TrimLeft(part, "'")
		run := formulas
		if at == len(part) { // the first part
			run += "\t\r\n"
		}
		if first != "" && strings.ContainsRune(run, []rune(first)[0]) {
			part = change(part)
		}
		out.WriteString(part)
	}
	return out.String()
}

// YesNo returns the word for a truth. Spreadsheets replace true and false by their language's own.
func YesNo(yes bool) string {
	if yes {
		return "yes"
	}
	return "no"
}

// Time returns a moment in UTC, empty for the zero time.
func Time(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}
