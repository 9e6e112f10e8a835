package pages

import (
	"cmp"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"
)

// RedirectDiff compares a received redirect URI with a registered one, character by character.
type RedirectDiff struct {
	URI                  string // the registered one, unchanged
	Received, Registered []DiffPart
	Words                []string // what differs, in sentences: the same without seeing
	off                  int      // characters that differ
}

// DiffPart is a run of characters that both have, or that only this one has. What can't be seen, or looks like
// something else, is spelled: "⟨U+0020⟩".
type DiffPart struct {
	Text    string
	Differs bool
}

const (
	// A longer address is shown, and compared, up to here.
	longestShown = 600
	// Shorter runs that two addresses share by chance, amid what differs, count as different.
	shortestShared = 3
)

// DiffRedirects compares a received redirect URI with each registered one, the nearest first. What was received is a
// stranger's text: of any length and of any bytes.
func DiffRedirects(received string, registered []string) []RedirectDiff {
	out := make([]RedirectDiff, 0, len(registered))
	for _, r := range registered {
		out = append(out, diffRedirect(received, r))
	}
	slices.SortStableFunc(out, func(a, b RedirectDiff) int { return cmp.Compare(a.off, b.off) })
	return out
}

func diffRedirect(received, registered string) RedirectDiff {
	a, b := letters(received), letters(registered)
	inA, inB := shared(a, b)
	d := RedirectDiff{URI: registered, Words: diffWords(received, registered)}
	d.Received, d.off = parts(a, inA)
	var off int
	d.Registered, off = parts(b, inB)
	d.off += off
	return d
}

// letters are the characters of a URI, each as it is shown.
func letters(s string) []string {
	var out []string
	for i, r := range s {
		if len(out) == longestShown {
			return append(out, fmt.Sprintf("⟨%d more⟩", utf8.RuneCountInString(s[i:])))
		}
		switch {
		case r == utf8.RuneError && !strings.HasPrefix(s[i:], "\uFFFD"):
			out = append(out, fmt.Sprintf("⟨0x%02X⟩", s[i]))
		case r <= ' ' || r > '~':
			out = append(out, fmt.Sprintf("⟨U+%04X⟩", r))
		default:
			out = append(out, string(r))
		}
	}
	return out
}

func shown(s string) string { return strings.Join(letters(s), "") }

// shared tells for each letter of a and of b whether both have it: what they begin with, what they end with, and
// between the two the longest common subsequence, without the runs that they share by chance.
func shared(a, b []string) (inA, inB []bool) {
	inA, inB = make([]bool, len(a)), make([]bool, len(b))
	same := func(i, j, n int) {
		for k := range n {
			inA[i+k], inB[j+k] = true, true
		}
	}
	head := 0
	for head < len(a) && head < len(b) && a[head] == b[head] {
		head++
	}
	endA, endB := len(a), len(b)
	for endA > head && endB > head && a[endA-1] == b[endB-1] {
		endA, endB = endA-1, endB-1
	}
	same(0, 0, head)
	same(endA, endB, len(a)-endA)

	a, b = a[head:endA], b[head:endB]
	longest := make([][]int, len(a)+1)
	for i := range longest {
		longest[i] = make([]int, len(b)+1)
	}
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			if a[i] == b[j] {
				longest[i][j] = longest[i+1][j+1] + 1
			} else {
				longest[i][j] = max(longest[i+1][j], longest[i][j+1])
			}
		}
	}
	for i, j := 0, 0; i < len(a) && j < len(b); {
		n := 0
		for i+n < len(a) && j+n < len(b) && a[i+n] == b[j+n] {
			n++
		}
		if n >= shortestShared {
			same(head+i, head+j, n)
		}
		i, j = i+n, j+n
		switch {
		case i == len(a) || j == len(b):
		case longest[i+1][j] >= longest[i][j+1]:
			i++
		default:
			j++
		}
	}
	return inA, inB
}

// parts joins letters that are alike, and counts those that differ.
func parts(letters []string, same []bool) (out []DiffPart, off int) {
	for i, l := range letters {
		if !same[i] {
			off++
		}
		if n := len(out) - 1; n >= 0 && out[n].Differs == !same[i] {
			out[n].Text += l
		} else {
			out = append(out, DiffPart{Text: l, Differs: !same[i]})
		}
	}
	return out, off
}

// diffWords says what differs by the parts of an address.
func diffWords(received, registered string) (words []string) {
	a, errA := url.Parse(received)
	b, errB := url.Parse(registered)
	if errA != nil || errB != nil {
		return []string{"The received one isn't a complete address."}
	}
	differ := func(what, sent, ours string) {
		if sent != ours {
			words = append(words, what+": "+orNone(sent)+" was received, "+orNone(ours)+" is registered.")
		}
	}
	differ("Scheme", a.Scheme, b.Scheme)
	differ("User name", a.User.String(), b.User.String())
	differ("Host", a.Hostname(), b.Hostname())
	differ("Port", a.Port(), b.Port())
	switch sent, ours := a.EscapedPath()+a.Opaque, b.EscapedPath()+b.Opaque; {
	case sent == ours+"/":
		words = append(words, "The received one has a slash at the end; the registered one has none.")
	case sent+"/" == ours:
		words = append(words, "The registered one has a slash at the end; the received one has none.")
	case strings.EqualFold(sent, ours) && sent != ours:
		words = append(words, "Capital and small letters of the path differ: "+shown(sent)+" was received, "+shown(ours)+" is registered.")
	default:
		differ("Path", sent, ours)
	}
	differ("Query", a.RawQuery, b.RawQuery)
	differ("Fragment", a.EscapedFragment(), b.EscapedFragment())
	if len(words) == 0 {
		words = append(words, "They are spelled differently: capital letters of the scheme, or an empty part.")
	}
	return words
}

func orNone(s string) string {
	if s == "" {
		return "none"
	}
	return shown(s)
}
