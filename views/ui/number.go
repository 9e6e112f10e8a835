package ui

import "strconv"

// Number is n as people read it: "100,000".
func Number(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// Verb picks the form that agrees with n: one for 1, many for the rest.
func Verb(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

// Count says a number of things: "1 live token", "3 live tokens".
func Count(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return strconv.Itoa(n) + " " + thing + "s"
}
