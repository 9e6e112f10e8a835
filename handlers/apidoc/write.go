package apidoc

import (
	"bytes"
	"encoding/json"
	"math/big"
	"regexp"
	"strings"
)

// limitedBuffer is a buffer that doesn't grow beyond a limit.
type limitedBuffer struct {
	bytes.Buffer
	most int
	full bool
}

func (l *limitedBuffer) add(text string) {
	if l.full = l.full || l.Len()+len(text) > l.most; !l.full {
		l.WriteString(text)
	}
}

// write writes a tree as JSON, in its order, until the buffer is full.
func write(out *limitedBuffer, n *node) {
	if out.full {
		return
	}
	switch n.kind {
	case object, list:
		open, end := "[", "]"
		if n.kind == object {
			open, end = "{", "}"
		}
		out.add(open)
		for i, item := range n.items {
			switch {
			case i == 0:
			case n.kind == object && i%2 == 1:
				out.add(":")
			default:
				out.add(",")
			}
			write(out, item)
		}
		out.add(end)
	case number:
		out.add(asJSON(n.value))
	case boolean:
		out.add(strings.ToLower(n.value))
	case null:
		out.add("null")
	default:
		out.add(quoted(n.value))
	}
}

// quoted writes a text as JSON does, which takes a while for long ones, so plain ones go their own way.
func quoted(s string) string {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || strings.IndexByte(`"\<>&`, c) >= 0 {
			text, _ := json.Marshal(s) // a string can always be written
			return string(text)
		}
	}
	return `"` + s + `"`
}

var (
	octal       = regexp.MustCompile(`^0o[0-7]+$`)
	hexadecimal = regexp.MustCompile(`^0x[0-9a-fA-F]+$`)
)

// asJSON returns a number of YAML's core schema as JSON writes it.
func asJSON(s string) string {
	if jsonNumber.MatchString(s) {
		return s
	}
	if octal.MatchString(s) || hexadecimal.MatchString(s) {
		if n, ok := new(big.Int).SetString(s, 0); ok && len(s) < 100 {
			return n.String()
		}
		return "0"
	}
	sign := ""
	if strings.HasPrefix(s, "-") {
		sign = "-"
	}
	s = strings.TrimLeft(s, "+-")
	mantissa, exponent := s, ""
	if at := strings.IndexAny(s, "eE"); at >= 0 {
		mantissa, exponent = s[:at], s[at:]
	}
	whole, fraction, _ := strings.Cut(mantissa, ".")
	if whole = strings.TrimLeft(whole, "0"); whole == "" {
		whole = "0"
	}
	if fraction != "" {
		fraction = "." + fraction
	}
	return sign + whole + fraction + exponent
}
