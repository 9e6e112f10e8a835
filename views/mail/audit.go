package mail

import (
	"fmt"
	"time"
)

// AuditAnchor gives an owner the head of the audit log to keep, outside of what can change the log. Link leads to the
// log.
type AuditAnchor struct {
	Name             string // of the reader
	Seq              int64
	At               time.Time // of the event Seq
	Hash, KeyID, MAC string
	Link             string
}

// Kind names the letter in the outbox.
func (AuditAnchor) Kind() string { return "audit_anchor" }

// Mail returns subject, text and HTML.
func (m AuditAnchor) Mail(brand string) (subject, text, html string) {
	return letter{
		subject: fmt.Sprintf("The audit log of %s at event %d", brand, m.Seq),
		lines: []string{hello(m.Name), fmt.Sprintf("The last event of the audit log is number %d, of %s.", m.Seq, date(m.At)),
			fmt.Sprintf("Head: %d:%s", m.Seq, m.Hash), "Signature: " + m.MAC + " (key " + m.KeyID + ")"},
		link: m.Link, action: "Open audit log",
		after: []string{"Keep this email. The command gatepost audit verify --expect, with the head above, shows whether the log has been cut or rewritten since then."},
	}.mail(brand)
}
