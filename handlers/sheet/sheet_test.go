package sheet_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"

	"gatepost/handlers/sheet"
)

func known(key string) bool {
	return slices.Contains([]string{"uniqueid", "displayname", "group"}, key)
}

// read returns a file as text: its facts, the headings, and every line with its number.
func read(t *testing.T, file string) string {
	t.Helper()
	held, err := sheet.Hold(strings.NewReader(file))
	if err != nil {
		return "Hold: " + err.Error()
	}
	if held, err = sheet.Unpack(held.Bytes()); err != nil {
		t.Fatal(err)
	}
	r, err := held.Open(known)
	if err != nil {
		return "Open: " + err.Error()
	}
	var out strings.Builder
	fmt.Fprintf(&out, "%v %q %s", held.Encoding, r.Separator, strings.Join(r.Head, "|"))
	for {
		row, err := r.Next()
		var broken *sheet.Broken
		switch {
		case err == io.EOF:
			return out.String()
		case errors.As(err, &broken):
			fmt.Fprintf(&out, " / %d-%d broken", broken.Line, broken.Last)
		case err != nil:
			t.Fatal(err)
		default:
			fmt.Fprintf(&out, " / %d %s", row.Line, strings.Join(row.Cells, "|"))
		}
	}
}

func utf16Of(text string, order binary.AppendByteOrder, mark bool) string {
	if mark {
		text = "\ufeff" + text
	}
	var out []byte
	for _, u := range utf16.Encode([]rune(text)) {
		out = order.AppendUint16(out, u)
	}
	return string(out)
}

func TestFilesAreReadWhateverWroteThem(t *testing.T) {
	windows := func(text string) string {
		out, err := charmap.Windows1252.NewEncoder().String(text)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	const german = "unique_id;display_name\r\nSN-1;Tür „Süd“ 5 €\r\n"
	const lines = " unique_id|display_name / 2 SN-1|Tür „Süd“ 5 €"
	for name, c := range map[string]struct{ file, want string }{
		"UTF-8":                             {german, "UTF-8 ';'" + lines},
		"UTF-8 with BOM":                    {"\ufeff" + german, "UTF-8 ';'" + lines},
		"UTF-16 LE with BOM":                {utf16Of(german, binary.LittleEndian, true), "UTF-16 ';'" + lines},
		"UTF-16 BE with BOM":                {utf16Of(german, binary.BigEndian, true), "UTF-16 ';'" + lines},
		"UTF-16 LE":                         {utf16Of(german, binary.LittleEndian, false), "UTF-16 ';'" + lines},
		"UTF-16 BE":                         {utf16Of(german, binary.BigEndian, false), "UTF-16 ';'" + lines},
		"UTF-16 of Cyrillic":                {utf16Of("unique_id\tПримечание о двери\nа\tб\n", binary.LittleEndian, false), "UTF-16 '\\t' unique_id|Примечание о двери / 2 а|б"},
		"UTF-16 beyond the plane":           {utf16Of("group\n🚪\n", binary.BigEndian, true), "UTF-16 ',' group / 2 🚪"},
		"UTF-16 and half a character":       {utf16Of("group\nab\n", binary.LittleEndian, true) + "x", "UTF-16 ',' group / 2 ab / 3 \ufffd"},
		"Windows-1252":                      {windows(german), "Windows-1252 ';'" + lines},
		"Windows-1252, late":                {"group\n" + strings.Repeat("x\n", 1<<16) + "\xfc\n", "Windows-1252 ',' group" + numbered(1<<16) + " / 65538 ü"},
		"one broken character":              {"group\nTür\nSüd\nT\xfcr\n", "UTF-8 ',' group / 2 Tür / 3 Süd / 4 T\xfcr"},
		"UTF-8 that is cut off":             {"group\nTür\nS\xc3", "Windows-1252 ',' group / 2 TÃ¼r / 3 SÃ"},
		"CR":                                {"unique_id,group\ra,1\rb,2", "UTF-8 ',' unique_id|group / 2 a|1 / 3 b|2"},
		"LF":                                {"unique_id,group\na,1\nb,2\n", "UTF-8 ',' unique_id|group / 2 a|1 / 3 b|2"},
		"all endings":                       {"unique_id,group\r\na,1\rb,2\nc,3", "UTF-8 ',' unique_id|group / 2 a|1 / 3 b|2 / 4 c|3"},
		"tabs":                              {"unique_id\tgroup\na\t\nb\t2\n", "UTF-8 '\\t' unique_id|group / 2 a| / 3 b|2"},
		"sep":                               {"sep=;\r\nunique_id;group, too\r\na;1,5\r\n", "UTF-8 ';' unique_id|group, too / 3 a|1,5"},
		"sep with BOM":                      {"\ufeffsep=,\r\ngroup;x\r\n", "UTF-8 ',' group;x"},
		"sep in capitals, quoted":           {"\"SEP=|\"\ngroup|x\n1|2\n", "UTF-8 '|' group|x / 3 1|2"},
		"sep, tab":                          {"sep=\t\ngroup\tx\n", "UTF-8 '\\t' group|x"},
		"sep in UTF-16":                     {utf16Of("sep=;\r\ngroup;x\r\na;b\r\n", binary.LittleEndian, true), "UTF-16 ';' group|x / 3 a|b"},
		"sep alone":                         {"sep=;", "Open: EOF"},
		"no sep":                            {"sep=a\n1\n", "UTF-8 ',' sep=a / 2 1"},
		"commas in headings":                {"unique_id;\"notes, of a, b, c, d\"\n", "UTF-8 ';' unique_id|notes, of a, b, c, d"},
		"commas in unquoted headings":       {"unique_id;notes, of a, b;display name\n", "UTF-8 ';' unique_id|notes, of a, b|display name"},
		"quoted":                            {"\"unique_id\",\"group\"\n\"a, \"\"b\"\"\",\"two\r\nlines\"\n\"c\",d\n", "UTF-8 ',' unique_id|group / 2 a, \"b\"|two\nlines / 4 c|d"},
		"a heading of two lines":            {"\"unique\nid\";group\na;1\n", "UTF-8 ';' unique\nid|group / 3 a|1"},
		"spaces before quotes":              {"unique_id, \"group\"\na, \"b, c\"\n", "UTF-8 ',' unique_id|group / 2 a|b, c"},
		"empty lines first":                 {"\r\n;;\r\nunique_id;group;\r\na;1;\r\n;;\r\n", "UTF-8 ';' unique_id|group| / 4 a|1| / 5 ||"},
		"the name of a table":               {"Table 1\n\nUnique id;Group\na;1\n", "UTF-8 ';' Unique id|Group / 4 a|1"},
		"a value that is one word":          {"Seriale;Stato\na;group\n", "UTF-8 ';' Seriale|Stato / 2 a|group"},
		"a broken quote":                    {"unique_id,group\na,\"b\" c\nd,2\n", "UTF-8 ',' unique_id|group / 2-2 broken / 3 d|2"},
		"an open quote after sep":           {"sep=,\nunique_id,group\na,\"b\nc\n", "UTF-8 ',' unique_id|group / 3-4 broken"},
		"broken headings":                   {"unique_id,\"gr\n", "Open: sheet: a quote is in the wrong place"},
		"a formula that was made safe":      {"group\n'=1\n''=1\n'x\n", "UTF-8 ',' group / 2 =1 / 3 '=1 / 4 'x"},
		"nothing":                           {"", "Open: EOF"},
		"only a BOM":                        {"\ufeff", "Open: EOF"},
		"only empty lines":                  {"\n;;\n\n", "Open: EOF"},
		"a workbook":                        {"PK\x03\x04...", "Hold: sheet: a workbook"},
		"an old workbook":                   {"\xd0\xcf\x11\xe0\xa1", "Hold: sheet: a workbook"},
		"UTF-32":                            {"\xff\xfe\x00\x00u\x00\x00\x00", "Hold: sheet: an unknown encoding"},
		"NUL":                               {"unique_id,group\n\x00,\x00\n", "UTF-8 ',' unique_id|group / 2 \x00|\x00"},
		"a quote that is open for 64 KB":    {"unique_id,\"" + strings.Repeat("x", 70_000), "Open: sheet: a quote is in the wrong place"},
		"what isn't in Windows-1252 at all": {"group\n\x81\xfc\n", "Windows-1252 ',' group / 2 \ufffdü"},
	} {
		if got := read(t, c.file); got != c.want {
			t.Errorf("%s: read %.300q, want %.300q", name, got, c.want)
		}
	}
}

func numbered(n int) string {
	var out strings.Builder
	for i := range n {
		fmt.Fprintf(&out, " / %d x", i+2)
	}
	return out.String()
}

func TestAnErrorOfTheReaderComesBack(t *testing.T) {
	broken := errors.New("broken")
	for _, start := range []string{"", "group\n", strings.Repeat("group\n", 1<<16)} {
		if _, err := sheet.Hold(io.MultiReader(strings.NewReader(start), iotest.ErrReader(broken))); !errors.Is(err, broken) {
			t.Errorf("Hold of a reader that fails after %d bytes = %v, want the reader's error", len(start), err)
		}
	}
	if _, err := sheet.Unpack(nil); err == nil {
		t.Error("Unpack of nothing = nil, want an error")
	}
}

func TestKey(t *testing.T) {
	for _, heading := range []string{"unique_id", "UNIQUE ID", "uniqueId", " Unique-Id *", "unique\u00a0id", "Unique\nID:"} {
		if got := sheet.Key(heading); got != "uniqueid" {
			t.Errorf("Key(%q) = %q, want uniqueid", heading, got)
		}
	}
}

// writes returns a file with the heading group and these cells, one a line.
func writes(t *testing.T, cells ...string) string {
	t.Helper()
	var out bytes.Buffer
	w := sheet.NewWriter(&out)
	for _, c := range append([]string{"group"}, cells...) {
		if err := w.Write(c, "x"); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestNoCellRunsAsAFormula(t *testing.T) {
	for cell, want := range map[string]string{
		"=1+1": "'=1+1", "+1": "'+1", "-1": "'-1", "@x": "'@x", "\t=1": "'\t'=1", "＝1": "'＝1", "'=1": "''=1", "''": "''", "a=1": "a=1",
		"a;=1": "a;'=1", "a;b": "a;b", "a\n=1": "\"a\r\n'=1\"", "\n=1": "\"'\r\n'=1\"", "a,=1": `"a,=1"`, `"=1`: `"""=1"`, "": "", "O'Neil": "O'Neil",
	} {
		if got := writes(t, cell); got != "\ufeffgroup,x\r\n"+want+",x\r\n" {
			t.Errorf("written %q as %q, want %q", cell, got, want)
		}
	}
}

// Whatever text is written comes back, apart from line ends, which spreadsheets change too.
func FuzzRoundTrip(f *testing.F) {
	for _, seed := range []string{"=1", "'=1", ";=1", "\n\n=", "\t\t=", "'';''=", "a,b;c\td\"e", "＝", "\ufeff", "sep=;", "ü\U0001f6aa", "'\n'="} {
		f.Add(seed, "x")
		f.Add("x", seed)
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		if !utf8.ValidString(a) || !utf8.ValidString(b) || strings.Contains(a+b, "\r") {
			return
		}
		held, err := sheet.Hold(strings.NewReader(writes(t, a, b)))
		if err != nil {
			t.Fatal(err)
		}
		r, err := held.Open(known)
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{a, b} {
			row, err := r.Next()
			if err != nil {
				t.Fatal(err)
			}
			// Space before a value is no part of it: see Reader.
			if got := row.Cells[0]; strings.TrimSpace(got) != strings.TrimSpace(want) {
				t.Errorf("%q came back as %q", want, got)
			}
		}
	})
}
