package mail

// Letter is a mail before it is written: Kind names it in the outbox, and Mail returns its subject,
// plain text and HTML. A letter with a method Until is useless after that time, and isn't sent.
type Letter interface {
	Kind() string
	Mail(brand string) (subject, text, html string)
}
