// Package mail hands mails to a mail server, one attempt at a time; hub keeps the outbox and
// decides when to try again. The texts come from views/mail. Links in them carry one-time tokens,
// so neither bodies nor links are ever logged.
package mail
