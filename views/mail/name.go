package mail

import (
	"regexp"
	"strings"
	"unicode"
)

// maxName is how many characters of a name a letter shows.
const maxName = 60

var (
	// scheme is what starts a link, whatever follows it.
	scheme = regexp.MustCompile(`(?i)\b[a-z][a-z0-9+.-]*:/+|\b(mailto|tel|sms|javascript|data):`)
	// dot is one inside of what mail programs take for a host: "evil.example", but not "J.R.R." or "2.0".
	dot = regexp.MustCompile(`([\pL\pN_-])\.([\pL\pN-]*\pL[\pL\pN-]+)`)
	// ipv4 is a host in digits.
	ipv4 = regexp.MustCompile(`\b(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\b`)
)

// hostDots are the characters that browsers read as a dot in a host (RFC 3490 section 3.1).
var hostDots = strings.NewReplacer("\u3002", ".", "\uff0e", ".", "\uff61", ".", "\u2024", ".")

// clean returns a name that somebody typed, in a form in which a letter can repeat it: on one line,
// without characters that nobody sees or that turn the text around, and without anything that a mail
// program makes a link of.
func clean(name string) string {
	name = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r), unicode.IsControl(r), unicode.In(r, unicode.Zl, unicode.Zp):
			return ' '
		case unicode.In(r, unicode.Cf, unicode.Co, unicode.Variation_Selector), r == unicode.ReplacementChar:
			return -1
		}
		return r
	}, hostDots.Replace(name))
	for was := ""; was != name; {
		was = name
		name = scheme.ReplaceAllString(name, " ")
	}
	name = strings.ReplaceAll(name, "@", " at ")
	name = ipv4.ReplaceAllString(name, "$1 $2 $3 $4")
	for was := ""; was != name; {
		was = name
		name = dot.ReplaceAllString(name, "$1. $2")
	}
	name = oneLine(name)
	if cut := []rune(name); len(cut) > maxName {
		name = string(cut[:maxName-1]) + "…"
	}
	return name
}
