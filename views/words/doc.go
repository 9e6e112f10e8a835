// Package words turns values into the words that people read: lengths of time, counts, and the
// sentences about audit events, refused requests, verdicts on secrets and broken rules. Pages,
// mails, texts of the API and the command line all take them from here, so that one thing has
// one phrase.
//
// It also has the one cleaner of what one person types and another reads (name.go): Unseen finds
// the characters that deceive (Unicode Technical Report 36), the rules refuse them when a name is
// stored, and Harmless drops them where older names or the words of strangers are shown.
//
// Functions take plain values, and lengths of time are rounded to the nearest unit. A page shows
// the exact time on hover.
package words
