// Package mail holds the texts of the mails that the portal sends: links that create or change an
// account, and notices of what happened. Each mail is a struct whose method Mail returns the subject,
// the plain text and a simple HTML body.
//
// Links start with GATEPOST_URL and are shown in full, so that people can read them before they follow
// them. No mail contains a secret, other than the one-time token of its own link.
package mail
