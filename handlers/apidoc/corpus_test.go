package apidoc

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// corpus are the documents of tests/openapi that match a pattern.
func corpus(t *testing.T, pattern string) map[string]string {
	t.Helper()
	files, err := filepath.Glob("../../tests/openapi/testdata/" + pattern)
	if err != nil || len(files) == 0 {
		t.Fatalf("no documents match %s", pattern)
	}
	out := map[string]string{}
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		out[filepath.Base(f)] = string(text)
	}
	return out
}

func toUTF16(s string, order binary.AppendByteOrder, mark bool) string {
	var b []byte
	if mark {
		b = order.AppendUint16(b, 0xfeff)
	}
	for _, unit := range utf16.Encode([]rune(s)) {
		b = order.AppendUint16(b, unit)
	}
	return string(b)
}

// A document is the same whatever editor wrote it.
func TestReadTakesWhatEditorsWrite(t *testing.T) {
	for name, text := range corpus(t, "good/*[nl]") {
		want := read(t, text, "")
		if want.JSON == nil || len(want.Findings) > 1 {
			t.Errorf("Read(%s) = %+v, want a document", name, want.Findings)
		}
		for how, written := range map[string]string{
			"a byte order mark": "\xef\xbb\xbf" + text, "CRLF": strings.ReplaceAll(text, "\n", "\r\n"), "CR": strings.ReplaceAll(text, "\n", "\r"),
			"UTF-16LE": toUTF16(text, binary.LittleEndian, true), "UTF-16BE": toUTF16(text, binary.BigEndian, true),
			"UTF-16LE without a mark": toUTF16(text, binary.LittleEndian, false), "UTF-16BE without a mark": toUTF16(text, binary.BigEndian, false),
		} {
			if got := read(t, written, ""); !bytes.Equal(got.JSON, want.JSON) || len(got.Findings) != len(want.Findings) {
				t.Errorf("Read(%s with %s) = %s, %+v, want %s", name, how, got.JSON, got.Findings, want.JSON)
			}
		}
	}
}

// quotedText is what a finding quotes from the document.
var quotedText = regexp.MustCompile(`"(\\\\.|[^"\\\\])*"`)

// foreign are words of libraries.
var foreign = regexp.MustCompile(`(?i)unmarshal|kin-openapi|libyaml|(json|yaml): |interface ?\{|map\[|invalid character|did not find|<nil>|%!`)

// Wherever a document breaks off or is damaged, each finding has a line of it and none of a library's words.
func TestFindingsOfDamagedDocuments(t *testing.T) {
	for name, text := range corpus(t, "*/*[nl]") {
		for i := 1; i < 60; i++ {
			at := i * len(text) / 60
			for _, damaged := range []string{text[:at], text[:at] + "\t" + text[at:], text[:at] + "{" + text[at:], text[:at] + "'" + text[at:], text[:at] + ": 7\n" + text[at:], text[:at] + "\x80" + text[at:]} {
				d := read(t, damaged, "")
				for _, f := range d.Findings {
					if word := foreign.FindString(quotedText.ReplaceAllString(f.Text, "")); word != "" || f.Line < 1 || f.Line > 1+strings.Count(damaged, "\n") || len(f.Text) > maxText {
						t.Fatalf("Read(%s, damaged at %d) has the finding %+v with %q in it", name, at, f, word)
					}
				}
				if d.JSON != nil && !json.Valid(d.JSON) {
					t.Fatalf("Read(%s, damaged at %d) = %s, which isn't JSON", name, at, d.JSON)
				}
			}
		}
	}
}

// What the published schema of the whole document accepts has no findings about its fields, although Read checks a path and
// a component at a time; what it refuses has some.
func TestReadAgreesWithThePublishedSchemas(t *testing.T) {
	versions := map[string]*jsonschema.Schema{}
	for version, file := range map[string]string{"3.0": "schemas/openapi-3.0.json", "3.1": "schemas/openapi-3.1.json"} {
		text, err := schemas.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		raw, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		c := jsonschema.NewCompiler()
		if err := c.AddResource("spec:whole", withoutFormats(raw)); err != nil {
			t.Fatal(err)
		}
		versions[version] = c.MustCompile("spec:whole")
	}
	for pattern, valid := range map[string]bool{"good/*[nl]": true, "listed/violations*l": false} {
		for name, text := range corpus(t, pattern) {
			d := read(t, text, "")
			var whole any
			if err := json.Unmarshal(d.JSON, &whole); err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			version, _ := whole.(map[string]any)["openapi"].(string)
			if err := versions[version[:3]].Validate(whole); (err == nil) != valid {
				t.Errorf("the published schema says of %s: %v", name, err)
			}
		}
	}
}
