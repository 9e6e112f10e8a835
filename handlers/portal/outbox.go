package portal

import (
	"net/http"
	"time"

	"gatepost/db"
	"gatepost/handlers/web"
	"gatepost/views/pages"
	"gatepost/views/words"
)

// mailKinds are the words for the kinds of mail.
var mailKinds = map[string]string{
	"invitation": "Invitation", "reset": "Password reset", "password_changed": "Password changed", "second_factor_changed": "Two-factor sign-in changed",
	"new_browser": "New sign-in", "account_disabled": "Account disabled", "email_confirm": "Confirm email address", "email_changed": "Email address changed",
	"test": "Test email", "secret_made": "Secret added", "secret_rotated": "Secret rotated", "secret_revoked": "Secret revoked", "secret_expiring": "Secret expires soon",
	"app_deleted": "App deleted", "tokens_revoked": "Tokens revoked", "handed_over": "Secret handed over", "handover_opened": "Hand-over opened",
	"role_changed": "Role changed", "owner_changed": "Owner of the portal", "person_removed": "Person removed", "app_transferred": "App transferred",
	"reach_changed": "Access settings changed", "admin_added": "New admin", "reported": "Credential reported", "token_made": "API token created",
	"audit_anchor": "Head of the audit log",
}

// Outbox shows owners the mails that are queued and those that were sent.
func (p *Portal) Outbox(w http.ResponseWriter, r *http.Request) error {
	box, err := p.Catalogue.Outbox(r.Context(), web.Actor(r))
	if err != nil {
		return err
	}
	page := pages.Outbox{
		Page: p.base(r), On: box.On, Server: box.Server, From: box.From,
		WaitingCount: box.Counts.Waiting, GivenUpCount: box.Counts.GivenUp, SentCount: box.Counts.Sent,
	}
	for _, m := range box.Waiting {
		page.Waiting = append(page.Waiting, mailRow(m, page.Now))
	}
	for _, m := range box.Sent {
		page.Sent = append(page.Sent, mailRow(m, page.Now))
	}
	return p.show(w, r, page)
}

func mailRow(m db.Mail, now time.Time) pages.MailRow {
	kind, ok := mailKinds[m.Kind]
	if !ok {
		kind = m.Kind
	}
	return pages.MailRow{
		ID: m.ID, To: m.Recipient, Kind: kind, Tries: words.Count(m.Tries, "try", "tries"), Error: m.LastError,
		Queued: m.CreatedAt, Next: m.NextAt, Sent: m.SentAt, GivenUp: m.GivenUpAt, Sending: !m.ClaimedAt.IsZero(), Tried: m.Tries > 0,
		LinkEnded: m.LinkEnded(now),
	}
}

// SendTestMail queues a mail to the owner who asks.
func (p *Portal) SendTestMail(w http.ResponseWriter, r *http.Request) error {
	if _, err := web.PageForm(w, r); err != nil {
		return err
	}
	to, err := p.Catalogue.SendTestMail(r.Context(), web.Actor(r))
	if err != nil {
		return err
	}
	return p.done(w, r, "/owner/mail", "A test email to "+to+" is queued. Reload this page to see the mail server's answer.")
}

// RetryMail has a mail tried again immediately.
func (p *Portal) RetryMail(w http.ResponseWriter, r *http.Request) error {
	if _, err := web.PageForm(w, r); err != nil {
		return err
	}
	if err := p.Catalogue.RetryMail(r.Context(), web.Actor(r), r.PathValue("id")); err != nil {
		return err
	}
	return p.done(w, r, "/owner/mail", "The mail is being sent. Reload this page to see the mail server's answer.")
}
