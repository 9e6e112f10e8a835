package hub

import (
	netmail "net/mail"
	"strings"
	"unicode/utf8"

	"gatepost/db"
)

// CleanName returns a name without surrounding space. It adds an error for the field if the name is empty, isn't one
// line of text or has more than most characters. what completes "Write", such as "a name for the app".
func CleanName(e *Invalid, field, what, name string, most int) string {
	name = strings.TrimSpace(name)
	switch {
	case name == "":
		e.Add(field, "Write %s.", what)
	case !utf8.ValidString(name) || OneLine(name) != name:
		e.Add(field, "Use one line of text without control characters.")
	case utf8.RuneCountInString(name) > most:
		e.Add(field, "Use at most %d characters.", most)
	}
	return name
}

// CleanText returns a text, which can be empty, without surrounding space and with \n at the end of its lines. It adds
// an error for the field if the text has more than most characters or isn't text.
func CleanText(e *Invalid, field, text string, most int) string {
	text = strings.TrimSpace(strings.ReplaceAll(text, "\r\n", "\n"))
	if !utf8.ValidString(text) || strings.ContainsRune(text, 0) {
		e.Add(field, "Use text without control characters.")
	} else if utf8.RuneCountInString(text) > most {
		e.Add(field, "Use at most %d characters.", most)
	}
	return text
}

// CleanEmail returns an e-mail address in the form in which it is stored. It adds an error for the field email if it
// isn't an address.
func CleanEmail(e *Invalid, email string) string {
	email = strings.ToLower(strings.TrimSpace(email))
	a, err := netmail.ParseAddress(email)
	if err != nil || a.Address != email || len(email) > 254 || strings.ContainsAny(email, " \t\r\n<>") {
		e.Add("email", "Write an e-mail address such as mario@example.com.")
	}
	return email
}

// SignInName returns an e-mail address in the form in which it is stored, without checking it. The result has at most
// 255 bytes; no stored address is longer.
func SignInName(email string) string {
	email = strings.ToLower(strings.TrimSpace(email))
	return email[:min(len(email), 255)]
}

// OneLine replaces control characters and line separators by spaces, which keeps forged lines out of logs (ASVS 16.4.1).
func OneLine(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == '\u2028' || r == '\u2029' {
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
