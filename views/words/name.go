package words

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// joined are the scripts in whose words a zero-width joiner or non-joiner changes how a letter is written (Unicode Standard,
// section 23.2). In all other words one can only hide.
var joined = []*unicode.RangeTable{
	unicode.Arabic, unicode.Syriac, unicode.Mandaic, unicode.Nko, unicode.Mongolian, unicode.Devanagari, unicode.Bengali, unicode.Gurmukhi,
	unicode.Gujarati, unicode.Oriya, unicode.Tamil, unicode.Telugu, unicode.Kannada, unicode.Malayalam, unicode.Sinhala, unicode.Khmer,
	unicode.Myanmar, unicode.Tibetan, unicode.Balinese, unicode.Javanese, unicode.Chakma, unicode.Newa, unicode.Grantha,
}

const (
	zwnj, zwj        = '\u200c', '\u200d'
	blackFlag        = '\U0001f3f4' // starts the flags of regions, such as Scotland's, whose name follows in tag characters
	tagFrom, tagTo   = '\U000e0020', '\U000e007e'
	tagEnd           = '\U000e007f'
	longestRegion    = 6 // tag characters in a flag
	ideographicFrom  = '\U000e0100'
	brailleBlank     = '\u2800'
	emojiStyle       = '\ufe0f'
	textStyle        = '\ufe0e'
	keycap           = '\u20e3'
	musicalNull      = '\U0001d159'
	khmerVowel       = '\u17b4'
	khmerSecondVowel = '\u17b5'
)

// Clean returns a text of one line in the form in which it is stored: in Unicode's form NFC, with one plain space for each
// run of spaces of any kind, and none around it.
func Clean(s string) string { return norm.NFC.String(strings.Join(strings.Fields(s), " ")) }

// CleanLines is Clean for a text of several lines, which keeps its line breaks and the spaces within a line.
func CleanLines(s string) string {
	s = strings.ReplaceAll(s, "\r\n", "\n")
	return norm.NFC.String(strings.TrimSpace(strings.Map(func(c rune) rune {
		if c == '\u0085' {
			return '\n'
		} else if unicode.Is(unicode.Zs, c) {
			return ' '
		}
		return c
	}, s)))
}

// Unseen describes the first character of a text that nobody sees or that reorders what they see, such as "U+202E (position
// 3)"; the position counts characters from 1. It returns an empty string if there is none. Line breaks and tabs are none.
func Unseen(s string) string {
	position := 0
	for at, c := range s {
		position++
		if _, size := utf8.DecodeRuneInString(s[at:]); isUnseen(s[:at], c, s[at+size:]) {
			return fmt.Sprintf("%U (position %d)", c, position)
		}
	}
	return ""
}

// Harmless returns a text without the characters that Unseen finds. Whatever was stored before names were checked, or is
// said by a stranger, goes through it on its way to people.
func Harmless(s string) string {
	if Unseen(s) == "" {
		return s
	}
	s = strings.ToValidUTF8(s, "\ufffd")
	kept := make([]byte, 0, len(s))
	for at, c := range s {
		_, size := utf8.DecodeRuneInString(s[at:])
		if !isUnseen(string(kept[max(0, len(kept)-4*(longestRegion+2)):]), c, s[at+size:]) {
			kept = append(kept, s[at:at+size]...)
		}
	}
	return string(kept)
}

// Bare returns an address or an id, in which no script needs them, without any character that nobody sees, without the
// spaces around it and in the form NFC.
func Bare(s string) string {
	return norm.NFC.String(strings.TrimSpace(strings.Map(func(c rune) rune {
		if isUnseen("", c, "") || unicode.Is(unicode.Variation_Selector, c) || unicode.IsControl(c) {
			return -1
		}
		return c
	}, s)))
}

// Visible says whether a text has a character that leaves ink.
func Visible(s string) bool {
	return strings.ContainsFunc(s, func(c rune) bool {
		return unicode.In(c, unicode.L, unicode.N, unicode.P, unicode.S) && !isUnseen("", c, "")
	})
}

// Quoted returns what a stranger says about itself as a quotation of at most so many characters.
func Quoted(s string, most int) string {
	s = Clean(Harmless(s))
	// Quotation marks of its own could end the quotation.
	s = strings.NewReplacer("“", "'", "”", "'", "„", "'", "«", "'", "»", "'", `"`, "'").Replace(s)
	if utf8.RuneCountInString(s) > most {
		s = strings.TrimSpace(string([]rune(s)[:most-1])) + "…"
	}
	return "“" + s + "”"
}

// isUnseen says whether a character between two texts is one that nobody sees there, or that reorders what they see.
func isUnseen(before string, c rune, after string) bool {
	if c < 0x7f {
		return c < ' ' && c != '\n' && c != '\t' && c != '\r'
	}
	switch c {
	case zwj, zwnj:
		return !joins(before, c, after)
	case emojiStyle, textStyle:
		return !hasStyles(before, after)
	case brailleBlank, musicalNull, khmerVowel, khmerSecondVowel, '\u2028', '\u2029':
		return true
	}
	switch {
	case c >= tagFrom && c <= tagEnd:
		return !inFlag(before, c, after)
	case unicode.Is(unicode.Variation_Selector, c):
		last, _ := utf8.DecodeLastRuneInString(before)
		if c >= ideographicFrom || c >= '\ufe00' {
			return !unicode.Is(unicode.Han, last) && !unicode.Is(unicode.Sm, last)
		}
		return !unicode.Is(unicode.Mongolian, last)
	}
	return unicode.In(c, unicode.Cc, unicode.Cf, unicode.Other_Default_Ignorable_Code_Point)
}

// joins says whether a joiner does something: between letters of a script that needs it, after a virama at the end of a
// word, or (the joiner only) between two emoji.
func joins(before string, c rune, after string) bool {
	last, _ := utf8.DecodeLastRuneInString(before)
	next, _ := utf8.DecodeRuneInString(after)
	if c == zwj && isEmoji(last) && isEmoji(next) && next != emojiStyle {
		return true
	}
	for letter, size := utf8.DecodeLastRuneInString(before); unicode.Is(unicode.Inherited, letter) && letter != zwj && letter != zwnj; {
		before = before[:len(before)-size] // vowel signs that several scripts share
		if letter, size = utf8.DecodeLastRuneInString(before); size == 0 {
			return false
		}
		last = letter
	}
	if !unicode.In(last, joined...) {
		return false
	}
	const virama = 9 // canonical combining class
	return unicode.In(next, joined...) && unicode.In(next, unicode.L, unicode.M) || norm.NFC.PropertiesString(string(last)).CCC() == virama
}

func isEmoji(c rune) bool {
	return c == emojiStyle || c == '↔' || c > 0x7f && c != utf8.RuneError && unicode.In(c, unicode.So, unicode.Sk)
}

// hasStyles says whether a character can be shown as text or as an emoji, which a variation selector after it chooses.
func hasStyles(before, after string) bool {
	last, _ := utf8.DecodeLastRuneInString(before)
	if last == '#' || last == '*' || last >= '0' && last <= '9' {
		next, _ := utf8.DecodeRuneInString(after)
		return next == keycap
	}
	return last > 0x7f && last != utf8.RuneError && unicode.In(last, unicode.So, unicode.Sm, unicode.Sk, unicode.Po, unicode.Pd, unicode.Han, unicode.No) && last != emojiStyle
}

// inFlag says whether a tag character is part of a region's flag: a black flag, up to six tags and the end tag.
func inFlag(before string, c rune, after string) bool {
	isTag := func(c rune) bool { return c >= tagFrom && c <= tagTo }
	n := 0 // tags up to this one, the end tag not counted
	for ; n <= longestRegion; n++ {
		last, size := utf8.DecodeLastRuneInString(before)
		if last == blackFlag {
			break
		}
		if !isTag(last) {
			return false
		}
		before = before[:len(before)-size]
	}
	if c == tagEnd {
		return n > 0 && n <= longestRegion
	}
	for n++; n <= longestRegion; n++ {
		next, size := utf8.DecodeRuneInString(after)
		if next == tagEnd {
			return true
		}
		if !isTag(next) {
			return false
		}
		after = after[size:]
	}
	return false
}
