package device

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/views/words"
)

// MaxImportLines is the largest number of devices in one file.
const MaxImportLines = 100_000

// ImportColumns are the columns of a file of devices, in the order of the template. The first two are
// required.
var ImportColumns = []string{"unique_id", "display_name", "group", "entity", "template"}

// fieldColumns are the columns whose name in a file differs from the field's.
var fieldColumns = map[string]string{"group_name": "group", "entity_name": "entity", "template_guid": "template"}

// File is the content of a CSV file: its devices, and the lines that can't be devices.
type File struct {
	Name    string
	devices []fileDevice
	refused []RefusedLine
}

type fileDevice struct {
	db.Device
	line int
}

// Lines returns how many lines the file has, without the header and empty lines.
func (f *File) Lines() int { return len(f.devices) + len(f.refused) }

// badFile returns the error of a whole file.
func badFile(format string, args ...any) error { return hub.BadField("file", format, args...) }

// ReadFile reads a CSV file (RFC 4180) in UTF-8 whose first line names its columns. Commas, semicolons
// and tabs can separate them: the first line shows which. A line that can't be a device doesn't affect
// the others. ReadFile returns *Invalid if the file can't be read, and an error of r unchanged.
func ReadFile(name string, r io.Reader) (*File, error) {
	f := &File{Name: fileName(name)}
	in := bufio.NewReaderSize(r, 64<<10)
	start, err := in.Peek(4 << 10)
	if err != nil && err != io.EOF {
		return nil, err
	}
	if bytes.HasPrefix(start, []byte("\xff\xfe")) || bytes.HasPrefix(start, []byte("\xfe\xff")) || bytes.HasPrefix(start, []byte("PK\x03\x04")) {
		return nil, badFile("This is not a CSV file in UTF-8. In a spreadsheet choose Save as, then CSV UTF-8.")
	}
	if bom := []byte("\xef\xbb\xbf"); bytes.HasPrefix(start, bom) {
		if _, err := in.Discard(len(bom)); err != nil {
			return nil, err
		}
		start = start[len(bom):]
	}
	lines := csv.NewReader(in)
	lines.Comma, lines.FieldsPerRecord, lines.ReuseRecord = separator(start), -1, true
	heads, err := lines.Read()
	var broken *csv.ParseError
	switch {
	case err == io.EOF:
		return nil, badFile("The file is empty. Its first line names the columns: %s.", strings.Join(ImportColumns, ", "))
	case errors.As(err, &broken):
		return nil, badFile("The first line, which names the columns, has a quote in the wrong place.")
	case err != nil:
		return nil, err
	}
	columns, err := readHeads(heads)
	if err != nil {
		return nil, err
	}
	return f, f.readLines(lines, columns)
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

// separator returns the one of comma, semicolon and tab that the first line has most of.
func separator(start []byte) rune {
	first, _, _ := bytes.Cut(start, []byte("\n"))
	best, most := ',', 0
	for _, c := range ",;\t" {
		if n := bytes.Count(first, []byte(string(c))); n > most {
			best, most = c, n
		}
	}
	return best
}

// readHeads returns the position of each of ImportColumns in a line, -1 for a missing one.
func readHeads(heads []string) ([]int, error) {
	columns := make([]int, len(ImportColumns))
	for i := range columns {
		columns[i] = -1
	}
	for i, head := range heads {
		if !utf8.ValidString(head) {
			return nil, badFile("The file is not text in UTF-8. In a spreadsheet choose Save as, then CSV UTF-8.")
		}
		head = strings.ReplaceAll(strings.ToLower(strings.TrimSpace(head)), " ", "_")
		at := slices.Index(ImportColumns, head)
		switch {
		case head == "", slices.Contains(reportColumns, head):
			continue
		case at < 0:
			return nil, badFile("The column %q is unknown. The columns are %s.", cut(hub.OneLine(head), 40), strings.Join(ImportColumns, ", "))
		case columns[at] >= 0:
			return nil, badFile("The file has the column %s twice.", head)
		}
		columns[at] = i
	}
	for i, name := range ImportColumns[:2] {
		if columns[i] < 0 {
			return nil, badFile("The file has no column %s. Its first line names the columns: %s.", name, strings.Join(ImportColumns, ", "))
		}
	}
	return columns, nil
}

func (f *File) readLines(lines *csv.Reader, columns []int) error {
	seen := map[string]int{} // the line of each unique id
	for {
		record, err := lines.Read()
		var broken *csv.ParseError
		switch {
		case err == io.EOF:
			return nil
		case errors.As(err, &broken):
			f.refused = append(f.refused, RefusedLine{Line: broken.StartLine, Reason: brokenLine(broken)})
		case err != nil:
			return err
		default:
			line, _ := lines.FieldPos(0)
			f.readLine(line, record, columns, seen)
		}
		if f.Lines() > MaxImportLines {
			return badFile("The file has more than 100,000 lines. Split it.")
		}
	}
}

func brokenLine(e *csv.ParseError) string {
	if e.Line > e.StartLine {
		return "A quote on this line is never closed: lines " + strconv.Itoa(e.StartLine) + " to " + strconv.Itoa(e.Line) + " were not read."
	}
	return "A quote is in the wrong place: put the whole value in quotes, and double any quote inside it."
}

func (f *File) readLine(line int, record []string, columns []int, seen map[string]int) {
	values := make([]string, len(columns))
	empty := true
	for i, at := range columns {
		if at >= 0 && at < len(record) {
			values[i] = plainCell(strings.TrimSpace(record[at]))
		}
		empty = empty && values[i] == ""
	}
	if empty {
		return // a spreadsheet writes such a line for a row whose cells were cleared
	}
	bad := &hub.Invalid{}
	d := db.Device{UniqueID: values[0], DisplayName: values[1], GroupName: values[2], EntityName: values[3], TemplateGUID: values[4]} // by ImportColumns
	checkDevice(bad, &d)
	if err := bad.OrNil(); err == nil {
		if first, ok := seen[d.UniqueID]; ok {
			bad.Add("unique_id", "Line %d has this unique id too.", first)
		}
	}
	if err := bad.OrNil(); err != nil {
		f.refused = append(f.refused, refusedLine(line, values, reasons(bad)))
		return
	}
	seen[d.UniqueID] = line
	f.devices = append(f.devices, fileDevice{d, line})
}
