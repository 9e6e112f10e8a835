package apidoc

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

const empty = "The document is empty. Upload an OpenAPI document, or paste its text."

// reporter keeps a finding.
type reporter func(line int, fatal bool, format string, args ...any)

// decode returns a document as text: UTF-8 or UTF-16, with or without a byte order mark, with lines that end in \n.
func decode(b []byte) (string, error) {
	switch {
	case bytes.HasPrefix(b, []byte("\xef\xbb\xbf")):
		b = b[3:]
	case bytes.HasPrefix(b, []byte("\xff\xfe")):
		b = fromUTF16(b[2:], binary.LittleEndian)
	case bytes.HasPrefix(b, []byte("\xfe\xff")):
		b = fromUTF16(b[2:], binary.BigEndian)
	case len(b) > 3 && b[0] != 0 && b[1] == 0 && b[3] == 0:
		b = fromUTF16(b, binary.LittleEndian)
	case len(b) > 3 && b[0] == 0 && b[1] != 0 && b[2] == 0:
		b = fromUTF16(b, binary.BigEndian)
	}
	if !utf8.Valid(b) {
		at := 0
		for at < len(b) {
			r, n := utf8.DecodeRune(b[at:])
			if r == utf8.RuneError && n == 1 {
				break
			}
			at += n
		}
		return "", &broken{1 + bytes.Count(b[:at], []byte("\n")), fmt.Sprintf("The byte 0x%02X in this line isn't UTF-8 text. Save the document as UTF-8.", b[at])}
	}
	if at := bytes.IndexByte(b, 0); at >= 0 {
		return "", &broken{1 + bytes.Count(b[:at], []byte("\n")), "This line has a NUL character, so the document isn't UTF-8 text. Remove it."}
	}
	s := string(b)
	if !strings.Contains(s, "\n") {
		s = strings.ReplaceAll(s, "\r", "\n") // an old Mac's lines
	}
	if strings.TrimSpace(s) == "" {
		return "", &broken{1, empty}
	}
	return s, nil
}

func fromUTF16(b []byte, order binary.ByteOrder) []byte {
	units := make([]uint16, len(b)/2)
	for i := range units {
		units[i] = order.Uint16(b[2*i:])
	}
	return []byte(string(utf16.Decode(units)))
}

func tooMany(line int) error {
	return &broken{line, fmt.Sprintf("The document has more than %d values, with each alias counted in full. Split it into several documents.", maxValues)}
}

func tooDeep(line int) error {
	return &broken{line, fmt.Sprintf("The document nests deeper than %d levels. Move what is inside to components, and refer to it by $ref.", maxDepth)}
}

// twice reports the keys that an object has twice.
func twice(n *node, report reporter) {
	if !n.is(object) {
		return
	}
	lines := map[string]int{}
	if len(n.items) < 16 {
		lines = nil
	}
	for i := 0; i < len(n.items); i += 2 {
		key, first := n.items[i], 0
		if lines != nil {
			if first = lines[key.value]; first == 0 {
				lines[key.value] = key.at()
			}
		}
		for before := 0; lines == nil && before < i && first == 0; before += 2 {
			if n.items[before].value == key.value {
				first = n.items[before].at()
			}
		}
		if first > 0 {
			report(key.at(), true, "The key %s appears twice in one object, in lines %d and %d. Remove one of them.", truncate(key.value, 80), first, key.at())
		}
	}
}
