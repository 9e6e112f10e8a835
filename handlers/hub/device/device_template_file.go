package device

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/views/words"
)

const (
	// MaxTemplateSize is the largest document of a device template, in bytes. The vendor's own have 1 to 30 KB.
	MaxTemplateSize = 256 << 10
	// maxTemplateParts is how many attributes and commands a template can have: its page lists all of them.
	maxTemplateParts = 1000
	// maxAttributeDepth is how deep attributes can be in each other. The vendor's have two levels.
	maxAttributeDepth = 8
	// maxTemplateFindings is how many problems are listed.
	maxTemplateFindings = 20
)

// TemplateFacts are what a device template's document says. Its other keys stay in the document.
type TemplateFacts struct {
	db.DeviceTemplate
	Parts TemplateParts
}

// TemplateParts are the attributes and commands of a device template.
type TemplateParts struct {
	Attributes []TemplateAttribute
	Commands   []TemplateCommand
}

// TemplateAttribute is something that a device reports. One within another has the names of both, such
// as location.altitude.
type TemplateAttribute struct{ Name, Type, Unit, Description string }

// TemplateCommand is something that a device can be told to do.
type TemplateCommand struct {
	Name, Command        string
	Param, Ack, Firmware bool // takes a parameter; is acknowledged; updates the device's software
}

// of returns a template with what the document says. It keeps its guid, team and times.
func (f TemplateFacts) of(t db.DeviceTemplate) db.DeviceTemplate {
	out := f.DeviceTemplate
	out.GUID, out.TeamID, out.CreatedAt, out.UpdatedAt, out.Version = t.GUID, t.TeamID, t.CreatedAt, t.UpdatedAt, t.Version
	return out
}

// ReadTemplate reads the document of a device template: the JSON that the vendor's portal exports. It
// returns *Invalid, which names the keys to change. The field of an error that isn't about one key is
// document.
func ReadTemplate(document []byte) (TemplateFacts, error) {
	f := TemplateFacts{}
	bad := &hub.Invalid{}
	f.Document = bytes.TrimSpace(bytes.TrimPrefix(document, []byte("\xef\xbb\xbf")))
	keys, err := readObject(f.Document)
	if err != nil {
		return f, err
	}
	r := templateReader{bad: bad}
	if f.Code = r.text(keys["code"], "code"); bad.OrNil() == nil && !CodeForm.MatchString(f.Code) {
		bad.Add("code", "Write 1 to 10 letters and digits, such as \"code\": \"pump2\".")
	}
	f.Name = hub.CleanName(bad, "name", "a name for the template, such as \"name\": \"Pump 2\"", r.text(keys["name"], "name"), 100)
	f.Tag = hub.CleanLine(bad, "tag", r.text(keys["tag"], "tag"), 100)
	f.MessageVersion = hub.CleanLine(bad, "messageVersion", r.scalar(keys["messageVersion"], "messageVersion"), 20)
	f.AuthType = r.number(keys["authType"], "authType")
	f.EdgeSupport = r.flag(keys["isEdgeSupport"], "isEdgeSupport")
	f.IotEdge = r.flag(keys["isIotEdgeEnable"], "isIotEdgeEnable")
	f.GreenGrass = r.flag(keys["greenGrass"], "greenGrass")
	r.attributes(&f.Parts, keys["attributes"], "attributes", "", 1)
	r.commands(&f.Parts, keys["commands"])
	f.Attributes, f.Commands = len(f.Parts.Attributes), len(f.Parts.Commands)
	if f.Attributes+f.Commands > maxTemplateParts {
		bad.Add("attributes", "A template can have up to %s attributes and commands. This one has %s.", words.Number(maxTemplateParts), words.Number(f.Attributes+f.Commands))
	}
	if more := len(bad.Fields) - maxTemplateFindings; more > 0 {
		bad.Fields = bad.Fields[:maxTemplateFindings]
		bad.Add("document", "%s. Fix these first.", words.Count(more, "problem isn't listed here", "problems aren't listed here"))
	}
	return f, bad.OrNil()
}

// PartsOf returns what a stored document lists. It passes over whatever the rules of today would refuse.
func PartsOf(document []byte) TemplateParts {
	f, _ := ReadTemplate(document)
	return f.Parts
}

// readObject returns the values of a JSON object by their keys.
func readObject(document []byte) (keys map[string]json.RawMessage, err error) {
	switch {
	case len(document) == 0:
		return nil, badTemplate("There is no JSON. Choose the file of a device template, or paste its content.")
	case len(document) > MaxTemplateSize:
		return nil, badTemplate("The JSON is larger than %d KB. Remove what isn't part of the template.", MaxTemplateSize>>10)
	case !utf8.Valid(document):
		return nil, badTemplate("The file isn't text in UTF-8. Save it as UTF-8 and try again.")
	}
	in := json.NewDecoder(bytes.NewReader(document))
	var broken *json.SyntaxError
	switch err := in.Decode(&keys); {
	case errors.As(err, &broken):
		return nil, badTemplate("%s isn't valid JSON. Look there for a missing or extra comma, quote or bracket.", place(document, broken.Offset-1))
	case errors.Is(err, io.ErrUnexpectedEOF):
		return nil, badTemplate("The JSON stops before its last bracket is closed. Copy all of it.")
	case err != nil, keys == nil:
		return nil, badTemplate("The JSON isn't a device template. A template is one object in braces with at least \"code\" and \"name\".")
	}
	if rest := bytes.TrimSpace(document[in.InputOffset():]); len(rest) > 0 {
		return nil, badTemplate("%s follows the end of the template. Import one template at a time.", place(document, int64(len(document)-len(rest))))
	}
	return keys, nil
}

func badTemplate(format string, args ...any) error { return hub.BadField("document", format, args...) }

// place says where in a document something is.
func place(document []byte, offset int64) string {
	before := document[:min(max(0, offset), int64(len(document)))]
	line := bytes.Count(before, []byte("\n")) + 1
	column := utf8.RuneCount(before[bytes.LastIndexByte(before, '\n')+1:]) + 1
	return fmt.Sprintf("Line %d, column %d", line, column)
}

// templateReader reads values of a document, and collects what is wrong with them.
type templateReader struct{ bad *hub.Invalid }

func missing(v json.RawMessage) bool { return len(v) == 0 || string(v) == "null" }

func (r templateReader) text(v json.RawMessage, key string) (s string) {
	if !missing(v) && json.Unmarshal(v, &s) != nil {
		r.bad.Add(key, "Write a text in quotes.")
	}
	return s
}

// scalar is text for what can be a number too.
func (r templateReader) scalar(v json.RawMessage, key string) string {
	if !missing(v) && strings.IndexByte("-0123456789", v[0]) >= 0 {
		return string(v)
	}
	return r.text(v, key)
}

func (r templateReader) number(v json.RawMessage, key string) int64 {
	text := r.scalar(v, key)
	n, err := strconv.ParseInt(text, 10, 64)
	if text != "" && (err != nil || n < 0 || n > 99) {
		r.bad.Add(key, "Write a whole number from 0 to 99.")
	}
	return n
}

// flag reads a boolean as the vendor writes it: true, "true", 1 or "1".
func (r templateReader) flag(v json.RawMessage, key string) bool {
	text := strings.ToLower(strings.Trim(string(v), `"`))
	switch text {
	case "true", "1":
		return true
	case "false", "0", "null", "":
		return false
	}
	r.bad.Add(key, "Write true or false.")
	return false
}

// list reads a list of objects.
func (r templateReader) list(v json.RawMessage, key string) (list []map[string]json.RawMessage) {
	if !missing(v) && json.Unmarshal(v, &list) != nil {
		r.bad.Add(key, "Write a list of objects, or leave it out.")
		return nil
	}
	return list
}

// label reads a text that people see and nobody searches for.
func (r templateReader) label(v json.RawMessage, key string) string {
	return words.Clean(words.Harmless(hub.OneLine(r.text(v, key))))
}

func (r templateReader) attributes(out *TemplateParts, v json.RawMessage, key, within string, depth int) {
	if depth > maxAttributeDepth {
		r.bad.Add(key, "Attributes can be up to %d levels deep.", maxAttributeDepth)
		return
	}
	for i, a := range r.list(v, key) {
		key := fmt.Sprintf("%s[%d]", key, i)
		name := r.label(a["name"], key+".name")
		if !words.Visible(name) {
			r.bad.Add(key+".name", "Write the attribute's name.")
			continue
		}
		out.Attributes = append(out.Attributes, TemplateAttribute{
			Name: within + name, Type: r.label(a["type"], key+".type"), Unit: r.label(a["unit"], key+".unit"), Description: r.label(a["description"], key+".description"),
		})
		r.attributes(out, a["childs"], key+".childs", within+name+".", depth+1)
	}
}

func (r templateReader) commands(out *TemplateParts, v json.RawMessage) {
	for i, c := range r.list(v, "commands") {
		key := fmt.Sprintf("commands[%d]", i)
		cmd := TemplateCommand{Name: r.label(c["name"], key+".name"), Command: r.label(c["command"], key+".command"),
			Param: r.flag(c["requiredParam"], key+".requiredParam"), Ack: r.flag(c["requiredAck"], key+".requiredAck"), Firmware: r.flag(c["isOTACommand"], key+".isOTACommand")}
		if !words.Visible(cmd.Name) {
			r.bad.Add(key+".name", "Write the command's name.")
			continue
		}
		out.Commands = append(out.Commands, cmd)
	}
}
