package ui

import "gatepost/views/words"

// Number is n as people read it: "100,000".
func Number(n int) string { return words.Number(n) }

// Verb picks the form that agrees with n: one for 1, many for the rest.
func Verb(n int, one, many string) string { return words.Choose(n, one, many) }

// Count says a number of things: "1 live token", "3 live tokens".
func Count(n int, thing string) string { return words.Count(n, thing, thing+"s") }
