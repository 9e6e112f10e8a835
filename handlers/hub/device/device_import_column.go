package device

import (
	"slices"
	"strings"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/handlers/sheet"
	"gatepost/views/words"
)

// ImportColumns are the columns of a file of devices, in the order of the template and of exports. The first two are
// required.
var ImportColumns = []string{"unique_id", "display_name", "group", "entity", "template", "active"}

const requiredColumns = 2

// headingOf says which of ImportColumns a heading means, by sheet.Key: our names and those of the API and of its iotconnect
// dialect, however they are spelled.
var headingOf = map[string]int{
	"uniqueid": 0, "displayname": 1, "group": 2, "groupname": 2, "entity": 3, "entityname": 3,
	"template": 4, "templateguid": 4, "devicetemplateguid": 4, "active": 5, "isactive": 5,
}

// fieldColumns are the columns whose name in a file differs from the field's.
var fieldColumns = map[string]string{"group_name": "group", "entity_name": "entity", "template_guid": "template", "is_active": "active"}

// Column is a column of a file: its heading, which of ImportColumns it is (empty: it is ignored), and the first value in it.
type Column struct {
	Heading string `json:"heading"`
	Column  string `json:"column"`
	Example string `json:"example"`
}

// blank says whether a spreadsheet has written an empty column.
func (c Column) blank() bool { return c.Heading == "" && c.Example == "" && c.Column == "" }

// columnsOf returns what the columns of a file are: as their headings say or, where choice isn't nil, as it says for each.
func columnsOf(heads, choice []string) []Column {
	columns := make([]Column, len(heads))
	for i, head := range heads {
		columns[i].Heading = shown(head)
		at, known := headingOf[sheet.Key(head)]
		switch {
		case choice != nil && i < len(choice) && slices.Contains(ImportColumns, choice[i]):
			columns[i].Column = choice[i]
		case choice == nil && known:
			columns[i].Column = ImportColumns[at]
		}
	}
	return columns
}

// shown returns a text of a file as one short line without what nobody sees.
func shown(text string) string {
	return words.Clean(words.Harmless(cut(strings.ToValidUTF8(hub.OneLine(text), "\ufffd"), 200)))
}

// places returns the position of each of ImportColumns in a line, -1 for one that the file lacks.
func places(columns []Column) []int {
	at := make([]int, len(ImportColumns))
	for i, name := range ImportColumns {
		at[i] = slices.IndexFunc(columns, func(c Column) bool { return c.Column == name })
	}
	return at
}

// columnFaults say why no device can be read from a file with these columns.
func columnFaults(columns []Column) (faults []string) {
	for i, name := range ImportColumns {
		n := 0
		for _, c := range columns {
			if c.Column == name {
				n++
			}
		}
		switch {
		case n > 1:
			faults = append(faults, "The file has the column "+name+" twice.")
		case n == 0 && i < requiredColumns:
			faults = append(faults, "The file has no column "+name+". Its first line names the columns: "+strings.Join(ImportColumns, ", ")+".")
		}
	}
	return faults
}

// Ignored returns the headings of the columns that aren't imported, without those of a report.
func (f *File) Ignored() (headings []string) {
	for _, c := range f.Columns {
		if c.Column == "" && c.Heading != "" && !slices.Contains(reportColumns, sheet.Key(c.Heading)) {
			headings = append(headings, c.Heading)
		}
	}
	return headings
}

// Check returns *Invalid for a file whose columns don't say what a device is and, if strict, for one with columns that would be
// ignored.
func (f *File) Check(strict bool) error {
	if len(f.faults) > 0 {
		return badFile("%s", f.faults[0])
	}
	if ignored := f.Ignored(); strict && len(ignored) > 0 {
		for i, heading := range ignored {
			ignored[i] = words.Quoted(heading, 40)
		}
		text := "The column " + ignored[0] + " is unknown."
		if last := len(ignored) - 1; last > 0 {
			text = "The columns " + strings.Join(ignored[:last], ", ") + " and " + ignored[last] + " are unknown."
		}
		return badFile("%s The columns are %s.", text, strings.Join(ImportColumns, ", "))
	}
	return nil
}

// yes and no are the words for whether a device is active, as people and spreadsheets of several languages write them.
var (
	yes = []string{"", "yes", "true", "1", "active", "ja", "wahr", "oui", "vrai", "sì", "si", "vero", "sí", "verdadero"}
	no  = []string{"no", "false", "0", "inactive", "nein", "falsch", "non", "faux", "falso"}
)

// deviceOf returns the device with these values, by ImportColumns.
func deviceOf(bad *hub.Invalid, values []string) db.Device {
	d := db.Device{UniqueID: values[0], DisplayName: values[1], GroupName: values[2], EntityName: values[3], TemplateGUID: values[4]}
	checkDevice(bad, &d)
	active := strings.ToLower(values[5])
	if d.Active = slices.Contains(yes, active); !d.Active && !slices.Contains(no, active) {
		bad.Add("is_active", "Write yes or no.")
	}
	return d
}
