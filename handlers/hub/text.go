package hub

import (
	netmail "net/mail"
	"strings"
	"unicode/utf8"

	"gatepost/db"
)

// CleanName checks a name that people give to themselves or to things.
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

// CleanText checks a text of several lines, which may be empty.
func CleanText(e *Invalid, field, text string, most int) string {
	text = strings.TrimSpace(strings.ReplaceAll(text, "\r\n", "\n"))
	if !utf8.ValidString(text) || strings.ContainsRune(text, 0) {
		e.Add(field, "Use text without control characters.")
	} else if utf8.RuneCountInString(text) > most {
		e.Add(field, "Use at most %d characters.", most)
	}
	return text
}

// CleanEmail gives the form in which an e-mail address is stored, and says what is wrong with
// one that is none.
func CleanEmail(e *Invalid, email string) string {
	email = strings.ToLower(strings.TrimSpace(email))
	a, err := netmail.ParseAddress(email)
	if err != nil || a.Address != email || len(email) > 254 || strings.ContainsAny(email, " \t\r\n<>") {
		e.Add("email", "Write an e-mail address such as mario@example.com.")
	}
	return email
}

// SignInName is an e-mail as it stands in the database, if it does: none there is longer.
func SignInName(email string) string {
	email = strings.ToLower(strings.TrimSpace(email))
	return email[:min(len(email), 255)]
}

// OneLine keeps forged lines out of what is logged (ASVS 16.4.1).
func OneLine(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == '\u2028' || r == '\u2029' {
			return ' '
		}
		return r
	}, s)
}

// HasName says whether one of the apps has a name, in capitals or not.
func HasName(apps []db.App, name string) bool {
	for _, a := range apps {
		if strings.EqualFold(a.Name, name) {
			return true
		}
	}
	return false
}
