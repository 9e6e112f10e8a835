// Package words turns values into the words that people read: lengths of time, counts, and the
// sentences about audit events, refused requests, verdicts on secrets and broken rules. Pages,
// mails, texts of the API and the command line all take them from here, so that one thing has
// one phrase.
//
// Functions take plain values, and lengths of time are rounded to the nearest unit. A page shows
// the exact time on hover.
package words
