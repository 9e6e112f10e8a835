package hub

import (
	netmail "net/mail"
	"strings"
	"unicode"
	"unicode/utf8"

	"gatepost/db"
	"gatepost/views/words"
)

// CleanName returns a name as it is stored: without surrounding space, with one plain space between words, in Unicode's form
// NFC. It adds an error for the field if the name is empty, isn't one line of text, has more than most characters, or has
// one that nobody sees or that reorders what they see. what completes "Write", such as "a name for the app".
func CleanName(e *Invalid, field, what, name string, most int) string {
	before := len(e.Fields)
	if name = CleanLine(e, field, name, most); len(e.Fields) == before && !words.Visible(name) {
		e.Add(field, "Write %s.", what)
	}
	return name
}

// CleanLine is CleanName for a field that can be empty.
func CleanLine(e *Invalid, field, line string, most int) string {
	line = strings.TrimSpace(line)
	if !utf8.ValidString(line) || OneLine(line) != line {
		e.Add(field, "Use one line of text without control characters.")
		return line
	}
	return checkText(e, field, line, words.Clean(line), most)
}

// CleanText returns a text of several lines, which can be empty, without surrounding space, with \n at the end of its lines
// and in the form NFC. It adds an error for the field as CleanName does.
func CleanText(e *Invalid, field, text string, most int) string {
	text = strings.TrimSpace(text)
	if !utf8.ValidString(text) || strings.ContainsRune(text, 0) {
		e.Add(field, "Use text without control characters.")
		return text
	}
	return checkText(e, field, text, words.CleanLines(text), most)
}

func checkText(e *Invalid, field, text, clean string, most int) string {
	if unseen := words.Unseen(text); unseen != "" {
		e.Add(field, "Remove the invisible character %s.", unseen)
	} else if utf8.RuneCountInString(clean) > most {
		e.Add(field, "Use at most %d characters.", most)
	} else if clean != "" && !words.Visible(clean) {
		e.Add(field, "Use at least one visible character.")
	}
	return clean
}

// CleanEmail returns an email address in the form in which it is stored. It adds an error for the field email if it
// isn't an address.
func CleanEmail(e *Invalid, email string) string {
	email = bareEmail(email)
	a, err := netmail.ParseAddress(email)
	if err != nil || a.Address != email || len(email) > 254 || strings.ContainsAny(email, " \t\r\n<>") {
		e.Add("email", "Write an email address such as mario@example.com.")
	}
	return email
}

// SignInName returns an email address in the form in which it is stored, without checking it. The result has at most
// 255 bytes; no stored address is longer.
func SignInName(email string) string {
	if len(email) > 1000 {
		email = email[:1000]
	}
	email = bareEmail(email)
	return email[:min(len(email), 255)]
}

// bareEmail drops what nobody sees from an address, wherever one comes in: what people see is what signs in.
func bareEmail(email string) string { return words.Bare(strings.ToLower(words.Bare(email))) }

// OneLine replaces control characters and line separators by spaces, which keeps forged lines out of logs (ASVS 16.4.1).
func OneLine(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == '\u2028' || r == '\u2029' {
			return ' '
		}
		return r
	}, s)
}

// HasAppNamed says whether one of the apps has a name, in upper or lower case.
func HasAppNamed(apps []db.App, name string) bool {
	for _, a := range apps {
		if strings.EqualFold(a.Name, name) {
			return true
		}
	}
	return false
}
