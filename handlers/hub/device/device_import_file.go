package device

import (
	"errors"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/handlers/sheet"
	"gatepost/views/words"
)

const (
	// MaxImportLines is the largest number of devices in one file.
	MaxImportLines = 100_000
	// MaxImportColumns is the largest number of columns with a heading: a preview has a choice for each.
	MaxImportColumns = 100
	// firstRows is how many lines a preview shows.
	firstRows = 10
)

// File is the content of a CSV file: its devices, and the lines that can't be devices.
type File struct {
	Name      string
	Encoding  string // as people know it
	Separator rune
	Columns   []Column
	faults    []string // why nothing can be read
	devices   []fileDevice
	refused   []RefusedLine
	first     []firstRow
	lines     int
}

type fileDevice struct {
	db.Device
	line int
}

// firstRow is one of the first lines, with its values by ImportColumns.
type firstRow struct {
	line   int
	values []string
}

// Lines returns how many lines the file has, without the header and empty lines.
func (f *File) Lines() int { return f.lines }

// badFile returns the error of a whole file.
func badFile(format string, args ...any) error { return hub.BadField("file", format, args...) }

const workbook = "This isn't a CSV file. In Excel or LibreOffice choose Save as, then CSV UTF-8; in Numbers choose Export to, then CSV."

// Hold reads a file as it arrives, up to its end. It returns *Invalid if it isn't CSV, and an error of r unchanged.
func Hold(r io.Reader) (*sheet.Held, error) {
	held, err := sheet.Hold(r)
	if errors.Is(err, sheet.ErrWorkbook) || errors.Is(err, sheet.ErrEncoding) {
		return nil, badFile(workbook)
	}
	return held, err
}

// ReadFile reads the devices of a CSV file whose first line names its columns. choice, unless nil, says for each column
// which of ImportColumns it is, whatever its heading. A line that can't be a device doesn't affect the others.
// ReadFile returns *Invalid if the file can't be read; what it says about its columns, Check returns.
func ReadFile(name string, held *sheet.Held, choice []string) (*File, error) {
	lines, err := held.Open(func(key string) bool { _, ok := headingOf[key]; return ok })
	var broken *sheet.Broken
	switch {
	case err == io.EOF:
		return nil, badFile("The file is empty. Its first line names the columns: %s.", strings.Join(ImportColumns, ", "))
	case errors.As(err, &broken):
		return nil, badFile("The first line, which names the columns, has a quote in the wrong place.")
	case err != nil:
		return nil, err
	}
	if len(lines.Head) > MaxImportColumns {
		if !sheet.Empty(lines.Head[MaxImportColumns:]) {
			return nil, badFile("The file has more than %d columns. Remove those that aren't about devices.", MaxImportColumns)
		}
		lines.Head = lines.Head[:MaxImportColumns]
	}
	f := &File{Name: fileName(name), Encoding: held.Encoding.String(), Separator: lines.Separator, Columns: columnsOf(lines.Head, choice)}
	f.faults = columnFaults(f.Columns)
	return f, f.readLines(lines)
}

// fileName returns the last part of an uploaded file's name, as one short line.
func fileName(name string) string {
	name = strings.ToValidUTF8(hub.OneLine(name[strings.LastIndexAny(name, `/\`)+1:]), "")
	if name = words.Clean(words.Harmless(name)); !words.Visible(name) {
		return "devices.csv"
	}
	return cut(name, 80)
}

// cut shortens a text to at most so many characters.
func cut(text string, most int) string {
	if utf8.RuneCountInString(text) <= most {
		return text
	}
	return string([]rune(text)[:most-1]) + "…"
}

func (f *File) readLines(lines *sheet.Reader) error {
	seen := map[string]int{} // the line of each unique id
	at := places(f.Columns)
	for {
		row, err := lines.Next()
		var broken *sheet.Broken
		switch {
		case err == io.EOF:
			return nil
		case errors.As(err, &broken):
			f.lines++
			f.refused = append(f.refused, RefusedLine{Line: broken.Line, Reason: brokenLine(broken)})
		case err != nil:
			return err
		default:
			f.readLine(row, at, seen)
		}
		if f.lines > MaxImportLines {
			return badFile("The file has more than 100,000 lines. Split it.")
		}
	}
}

func brokenLine(b *sheet.Broken) string {
	if b.Last > b.Line {
		return "A quote on this line is never closed: lines " + strconv.Itoa(b.Line) + " to " + strconv.Itoa(b.Last) + " were not read."
	}
	return "A quote is in the wrong place: put the whole value in quotes, and double any quote inside it."
}

// line joins what a spreadsheet broke into several lines within a cell.
func line(cell string) string {
	cell = strings.TrimSpace(cell)
	if strings.Contains(cell, "\n") {
		cell = strings.Join(strings.FieldsFunc(cell, func(r rune) bool { return r == '\n' }), " ")
	}
	return cell
}

func (f *File) readLine(row sheet.Row, at []int, seen map[string]int) {
	extra := false
	for i, cell := range row.Cells {
		switch {
		case i >= len(f.Columns):
			extra = extra || strings.TrimSpace(cell) != ""
		case f.Columns[i].Example == "":
			f.Columns[i].Example = cut(shown(cell), 60)
		}
	}
	values := make([]string, len(at))
	empty := !extra
	for i, place := range at {
		if place >= 0 && place < len(row.Cells) {
			values[i] = line(row.Cells[place])
		}
		empty = empty && values[i] == ""
	}
	if empty && (len(f.faults) == 0 || sheet.Empty(row.Cells)) {
		return // a spreadsheet writes such a line for a row whose cells were cleared
	}
	if f.lines++; len(f.first) < firstRows {
		first := firstRow{row.Line, make([]string, len(values))}
		for i, v := range values {
			first.values[i] = shown(v)
		}
		f.first = append(f.first, first)
	}
	if len(f.faults) > 0 {
		return
	}
	bad := &hub.Invalid{}
	f.checkText(bad, values)
	var d db.Device
	if len(bad.Fields) == 0 {
		d = deviceOf(bad, values)
	}
	if err := bad.OrNil(); err == nil {
		if first, ok := seen[d.UniqueID]; ok {
			bad.Add("unique_id", "Line %d has this unique id too.", first)
		}
	}
	reason := reasons(bad, values)
	if extra {
		reason = "The line has more values than there are columns. Put a value that contains the separator in quotes. " + reason
	}
	if reason != "" {
		f.refused = append(f.refused, refusedLine(row.Line, values, strings.TrimSpace(reason)))
		return
	}
	seen[d.UniqueID] = row.Line
	f.devices = append(f.devices, fileDevice{d, row.Line})
}

// checkText adds errors for the values whose characters can't be read.
func (f *File) checkText(bad *hub.Invalid, values []string) {
	for i, v := range values {
		lost := f.Encoding != sheet.UTF8.String() && strings.ContainsRune(v, utf8.RuneError)
		if lost || !utf8.ValidString(v) {
			bad.Add(ImportColumns[i], "Some characters can't be read. Write them again, and save the file as CSV UTF-8.")
		}
	}
}
