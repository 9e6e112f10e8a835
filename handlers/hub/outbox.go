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

// MailLife is how long delivery of an email is tried. An email whose link expires earlier is tried until then.
const MailLife = 72 * time.Hour

// retryAfter are the waits after the first, second and later failed tries. The last one repeats.
var retryAfter = []time.Duration{30 * time.Second, 2 * time.Minute, 10 * time.Minute, time.Hour, 6 * time.Hour}

// Notice returns what every notice says about its cause: who did it, when and from where. name is the reader's, path
// the page to look at.
func (h *Hub) Notice(a Actor, name, path string) letters.Notice {
	n := letters.Notice{Name: name, By: a.Name, From: a.Address, At: h.Now().Truncate(time.Second), Link: h.Issuer + path}
	if a.Kind == Operator {
		n.From = "the portal's machine"
	}
	return n
}

// OwnNotice is Notice for the person who acts: By is empty.
func (h *Hub) OwnNotice(a Actor, path string) letters.Notice {
	n := h.Notice(a, a.Name, path)
	n.By = ""
	return n
}

// Post puts an email into the outbox. tx is the transaction of its cause: the email goes out as soon as it commits, and
// not at all if it doesn't. Without a mail server Post does nothing.
func (h *Hub) Post(ctx context.Context, tx *db.Tx, to string, l letters.Letter) error {
	return h.PostOnce(ctx, tx, "", to, l)
}

// PostOnce is Post, unless an email with the same key was posted within the last 30 days.
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

// PostAdmins posts an email to every active admin of a team. letter returns the one for the admin with a name.
func (h *Hub) PostAdmins(ctx context.Context, tx *db.Tx, teamID string, letter func(name string) letters.Letter) error {
	return h.PostAdminsOnce(ctx, tx, "", teamID, letter)
}

// PostAdminsOnce is PostAdmins, once for each admin and key: an admin of several teams gets one email.
func (h *Hub) PostAdminsOnce(ctx context.Context, tx *db.Tx, once, teamID string, letter func(name string) letters.Letter) error {
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

// PostToPersonAndAdmins posts an email to a person, unless their account is disabled, and to the active admins of the
// teams, to each once for the key.
func (h *Hub) PostToPersonAndAdmins(ctx context.Context, tx *db.Tx, once string, p db.Person, teams []db.Team, letter func(name string) letters.Letter) error {
	if p.DisabledAt.IsZero() {
		if err := h.PostOnce(ctx, tx, once+" "+p.ID, p.Email, letter(p.Name)); err != nil {
			return err
		}
	}
	for _, team := range teams {
		if err := h.PostAdminsOnce(ctx, tx, once, team.ID, letter); err != nil {
			return err
		}
	}
	return nil
}

// DeliverMail tries to send the next email that is due, and says whether there was one. It finishes a try even if ctx
// is cancelled: an email that the server accepted but that isn't marked as sent would go out twice.
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
			return nil // keep what the claim has given up on
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
		err = nil // the try took so long that another process has taken over
	}
	return true, err
}

// send tries to send an email. Its error is safe to show to owners.
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

var linkText = regexp.MustCompile(`(?i)\bhttps?://\S+`)

// mailError returns the text of an SMTP failure. A server can quote what it was given, so links and tokens are cut
// out.
func mailError(err error) string {
	text := strings.TrimPrefix(OneLine(err.Error()), "mail: send: ")
	text = strings.ToValidUTF8(secret.Scrub(linkText.ReplaceAllString(text, "(link)")), "?")
	if cut := []rune(text); len(cut) > 300 {
		text = string(cut[:300]) + " .."
	}
	return text
}
