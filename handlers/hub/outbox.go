package hub

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"gatepost/db"
	"gatepost/handlers/mail"
	"gatepost/handlers/secret"
	letters "gatepost/views/mail"
)

// MailLife is how long a mail is tried; a letter whose use ends before is tried until then.
const MailLife = 72 * time.Hour

// retryAfter are the waits after the first, second .. failed try; the last one repeats.
var retryAfter = []time.Duration{30 * time.Second, 2 * time.Minute, 10 * time.Minute, time.Hour, 6 * time.Hour}

// Notice fills what every notice says of its cause: who acts, when, from where. Path is the page that shows it.
func (h *Hub) Notice(a Actor, name, path string) letters.Notice {
	n := letters.Notice{Name: name, By: a.Name, From: a.Address, At: h.Now().Truncate(time.Second), Link: h.Issuer + path}
	if a.Kind == Operator {
		n.From = "the portal's machine"
	}
	return n
}

// OwnNotice is notice for the person who acts: By is left out.
func (h *Hub) OwnNotice(a Actor, path string) letters.Notice {
	n := h.Notice(a, a.Name, path)
	n.By = ""
	return n
}

// Post puts a letter into the outbox, in the transaction of its cause: it is sent if, and as soon as, the transaction
// is committed. Without a mail server it does nothing.
func (h *Hub) Post(ctx context.Context, tx *db.Tx, to string, l letters.Letter) error {
	return h.PostOnce(ctx, tx, "", to, l)
}

// PostOnce is post, but not when a letter with the same key was posted before (in the last 30 days).
func (h *Hub) PostOnce(ctx context.Context, tx *db.Tx, once, to string, l letters.Letter) error {
	if !h.Mail.Enabled() {
		return nil
	}
	plain, err := json.Marshal(h.Mail.Write(l))
	if err != nil {
		return fmt.Errorf("hub: post: %w", err)
	}
	id := secret.JTI()
	ends := tx.Now.Add(MailLife)
	if u, ok := l.(interface{ Until() time.Time }); ok && u.Until().Before(ends) {
		ends = u.Until()
	}
	return tx.InsertMail(ctx, db.Mail{ID: id, Once: once, Recipient: to, Kind: l.Kind(), Body: h.mails.Seal(plain, id), EndsAt: ends})
}

// PostAdmins posts a letter to every active admin of a team. Letter makes it for the admin with that name.
func (h *Hub) PostAdmins(ctx context.Context, tx *db.Tx, teamID string, letter func(name string) letters.Letter) error {
	return h.postAdminsOnce(ctx, tx, "", teamID, letter)
}

// postAdminsOnce is postAdmins, once for each admin and key.
func (h *Hub) postAdminsOnce(ctx context.Context, tx *db.Tx, once, teamID string, letter func(name string) letters.Letter) error {
	if !h.Mail.Enabled() {
		return nil
	}
	members, err := tx.Members(ctx, teamID)
	if err != nil {
		return err
	}
	for _, m := range members {
		if m.Role != Admin || !m.Active {
			continue
		}
		key := once
		if key != "" {
			key += " " + m.PersonID
		}
		if err := h.PostOnce(ctx, tx, key, m.Email, letter(m.Name)); err != nil {
			return err
		}
	}
	return nil
}

// DeliverMail tries the mail whose turn is next, and says whether there was one. A try that has begun is finished even
// when ctx ends: a mail that the server took, and that is not marked as sent, would go out twice.
func (h *Hub) DeliverMail(ctx context.Context) (found bool, err error) {
	if !h.Mail.Enabled() {
		return false, nil
	}
	if due, err := h.DB.MailDue(ctx, h.Now()); err != nil || !due {
		return false, err
	}
	ctx = context.WithoutCancel(ctx)
	var m db.Mail
	err = h.DB.Tx(ctx, func(tx *db.Tx) (err error) {
		m, err = tx.ClaimMail(ctx)
		if IsMissing(err) {
			m = db.Mail{}
			return nil // what was given up on the way stays so
		}
		return err
	})
	if err != nil || m.ID == "" {
		return false, err
	}
	sendErr := h.send(ctx, m)
	if sendErr != nil {
		h.Log.Warn("mail not sent", "mail", m.ID, "kind", m.Kind, "tries", m.Tries, "error", sendErr)
	}
	err = h.DB.Tx(ctx, func(tx *db.Tx) error {
		if sendErr == nil {
			return tx.MailSent(ctx, m)
		}
		return tx.MailFailed(ctx, m, sendErr.Error(), tx.Now.Add(retryAfter[min(m.Tries, len(retryAfter))-1]))
	})
	if IsMissing(err) {
		err = nil // the try took so long that another process has taken the mail over
	}
	return true, err
}

// send tries one mail. The error is fit for the owner's page.
func (h *Hub) send(ctx context.Context, m db.Mail) error {
	plain, err := h.mails.Open(m.Body, m.ID)
	if err != nil {
		return errors.New("the mail can't be decrypted with the portal's key")
	}
	var message mail.Message
	if err := json.Unmarshal(plain, &message); err != nil {
		return errors.New("the mail can't be read")
	}
	if err := h.Mail.Send(ctx, m.Recipient, message); err != nil {
		return errors.New(mailError(err))
	}
	return nil
}

var linkText = regexp.MustCompile(`(?i)\b(https?://|gp[a-z]_)\S+`)

// mailError gives an SMTP failure in words. A server may quote addresses, and could quote what it was given: links and
// tokens are cut out.
func mailError(err error) string {
	text := strings.TrimPrefix(OneLine(err.Error()), "mail: send: ")
	text = strings.ToValidUTF8(linkText.ReplaceAllString(text, "(link)"), "?")
	if cut := []rune(text); len(cut) > 300 {
		text = string(cut[:300]) + " .."
	}
	return text
}
