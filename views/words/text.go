package words

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Capital writes the first letter of a text as a capital.
func Capital(text string) string {
	first, size := utf8.DecodeRuneInString(text)
	if size == 0 {
		return text
	}
	return string(unicode.ToUpper(first)) + text[size:]
}

// Ellipsis writes the hints of secrets in a text as pages do: …k3f9 for ..k3f9.
func Ellipsis(text string) string { return strings.ReplaceAll(text, " ..", " …") }
