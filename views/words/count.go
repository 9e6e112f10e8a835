package words

import "strconv"

// Number is n with separators: "100,000".
func Number(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// Count is a number of things, each called one, or many of them: "1 token", "2 tokens".
func Count(n int, one, many string) string { return Number(n) + " " + Choose(n, one, many) }

// Choose is the word for n things: one or many of them.
func Choose(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}
