package mail

// Letter is a mail before it is written: Kind names it in the outbox, Mail returns its subject,
// plain text and HTML. A letter with a method Until is useless after that time.
type Letter interface {
	Kind() string
	Mail(brand string) (subject, text, html string)
}
