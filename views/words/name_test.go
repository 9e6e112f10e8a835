package words

import (
	"strings"
	"testing"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// deceiving are names that hide something, by what they try.
var deceiving = map[string]string{
	"an override":                       "Meters \u202eppa suoicilam",
	"isolates":                          "x \u2066y\u202e act for you",
	"an embedding":                      "a\u202ab",
	"a mark":                            "a\u200fb",
	"an Arabic mark":                    "مست\u061cشفى",
	"a zero-width space":                "\u200b\u200b",
	"a word joiner":                     "pay\u2060pal",
	"a byte order mark":                 "\ufeffMeters",
	"a soft hyphen":                     "pay\u00adpal",
	"a joiner in Latin":                 "pay\u200dpal",
	"a non-joiner in Latin":             "pay\u200cpal",
	"a joiner at the end":               "مستشفى\u200d",
	"two joiners":                       "می\u200c\u200cخواهم",
	"a joiner after an emoji":           "☕\u200d",
	"a filler":                          "\u3164",
	"a halfwidth filler":                "a\uffa0b",
	"a Jamo filler":                     "\u115f\u1160",
	"a blank pattern":                   "\u2800",
	"a tag":                             "Meters\U000e0041",
	"tags without an end":               "\U0001f3f4\U000e0067\U000e0062",
	"a message in a flag":               "\U0001f3f4" + strings.Repeat("\U000e0061", 7) + "\U000e007f",
	"a variation selector":              "a\ufe0f",
	"two variation selectors":           "☕\ufe0f\ufe0f",
	"an ideographic variation selector": "a\U000e0101",
	"a grapheme joiner":                 "a\u034fb",
	"an escape":                         "a\x1b[2Kb",
	"a C1 control":                      "a\u009bb",
	"a line separator":                  "a\u2028b",
	"an Arabic number sign":             "\u0600",
}

// honest are names that are stored and shown as they are.
var honest = []string{
	"Caffè ☕", "مستشفى", "👩\u200d💻 Ward", "O'Neil & Sons <b>", "می\u200cخواهم", "क्\u200dष", "ശ്രീ", "ന്\u200d", "שלום", "日本語", "葛\U000e0100", "한국어", "❤️", "1️⃣", "👨\u200d👩\u200d👧\u200d👦",
	"👩🏽‍⚕️", "🏳️‍🌈", "🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f", "⛹🏿‍♀️", "Zürich (2)", "Ελλάδα", "ไทย", "မြန်မာ", "🇮🇹", "ﷺ", "a b", "‼️",
}

func TestUnseenNamesTheCharacterThatDeceives(t *testing.T) {
	for what, name := range deceiving {
		if got := Unseen(name); got == "" {
			t.Errorf("Unseen(%s, %+q) found nothing", what, name)
		}
		shown := Harmless(name)
		if Unseen(shown) != "" {
			t.Errorf("Harmless(%s) = %+q, which still deceives", what, shown)
		}
	}
	if got := Unseen("x \u2066y"); got != "U+2066 (position 3)" {
		t.Errorf("Unseen = %q", got)
	}
	for _, name := range honest {
		name = norm.NFC.String(name)
		if got := Unseen(name); got != "" || Harmless(name) != name || Clean(name) != name || !Visible(name) {
			t.Errorf("Unseen(%s) = %q, Harmless %+q, Clean %+q, want it as it is", name, got, Harmless(name), Clean(name))
		}
	}
}

// No character that Unicode calls a format or leaves out of sight passes on its own.
func TestUnseenKnowsWhatUnicodeHides(t *testing.T) {
	for c := rune(0x80); c <= unicode.MaxRune; c++ {
		hides := unicode.In(c, unicode.Cf, unicode.Cc, unicode.Zl, unicode.Zp, unicode.Variation_Selector, unicode.Other_Default_Ignorable_Code_Point)
		if name := "a" + string(c) + "b"; hides && Unseen(name) == "" {
			t.Errorf("Unseen(%+q) = none", name)
		} else if hides && Bare(name) != "ab" {
			t.Errorf("Bare(%+q) = %+q", name, Bare(name))
		}
	}
}

func TestCleanMakesOnePlainSpaceOfAllSpaces(t *testing.T) {
	for in, want := range map[string]string{
		"\u3000a\u00a0\u2003b\t c \n": "a b c",
		"Caffe\u0300":                 "Caffè",
	} {
		if got := Clean(in); got != want {
			t.Errorf("Clean(%+q) = %+q, want %q", in, got, want)
		}
	}
	if got := CleanLines(" a\u00a0b\r\n  c\u0301\n"); got != "a b\n  ć" {
		t.Errorf("CleanLines = %+q", got)
	}
}

func TestQuotedStaysOneQuotation(t *testing.T) {
	for in, want := range map[string]string{
		"TV\u202e 5":       "“TV 5”",
		`x” says "admin`:   "“x' says 'admin”",
		"a\nb":             "“a b”",
		"abcdefghijklmnop": "“abcdefghi…”",
	} {
		if got := Quoted(in, 10); in != `x” says "admin` && got != want || in == `x” says "admin` && Quoted(in, 20) != want {
			t.Errorf("Quoted(%q) = %q, want %q", in, got, want)
		}
	}
}

func FuzzHarmless(f *testing.F) {
	for _, name := range honest {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, s string) {
		once := Harmless(s)
		if Harmless(once) != once {
			t.Errorf("Harmless(%+q) = %+q, and again %+q", s, once, Harmless(once))
		}
	})
}
