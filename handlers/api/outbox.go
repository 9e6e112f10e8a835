package api

import (
	"net/http"
	"time"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/handlers/web"
)

// queuedMail is a mail of the outbox, without its text.
type queuedMail struct {
	ID         string     `json:"id"`
	Recipient  string     `json:"recipient"`
	Kind       string     `json:"kind"`
	State      string     `json:"state"` // waiting, sent or given_up
	Tries      int        `json:"tries"`
	LastError  string     `json:"last_error"`
	CreatedAt  time.Time  `json:"created_at"`
	NextTryAt  *time.Time `json:"next_try_at"` // only of a waiting mail
	TriedUntil time.Time  `json:"tried_until"`
	SentAt     *time.Time `json:"sent_at"`
}

func mailOf(m db.Mail) queuedMail {
	out := queuedMail{
		ID: m.ID, Recipient: m.Recipient, Kind: m.Kind, State: m.State(), Tries: m.Tries, LastError: m.LastError,
		CreatedAt: m.CreatedAt.UTC(), TriedUntil: m.EndsAt.UTC(), SentAt: moment(m.SentAt),
	}
	if out.State == db.MailWaits {
		out.NextTryAt = moment(m.NextAt)
	}
	return out
}

// Mails answers GET /api/v1/mails with a page of the outbox, newest first.
func (h *Handlers) Mails(w http.ResponseWriter, r *http.Request) error {
	by, err := h.caller(w, r, readPortal)
	if err != nil {
		return err
	}
	var q db.MailQuery
	if q.State, err = query(r, "state"); err != nil {
		return err
	}
	if q.Before, q.Limit, err = pageBefore(r); err != nil {
		return err
	}
	rows, more, err := h.Catalogue.Mails(r.Context(), by, q)
	if err != nil {
		return err
	}
	out := struct {
		Mails []queuedMail `json:"mails"`
		Next  *string      `json:"next_cursor"`
	}{Mails: make([]queuedMail, len(rows))}
	for i, m := range rows {
		out.Mails[i] = mailOf(m)
	}
	if more {
		out.Next = cursorOf(rows[len(rows)-1].ID)
	}
	return web.WriteJSON(w, http.StatusOK, out)
}

// Mail answers GET /api/v1/mails/{id}.
func (h *Handlers) Mail(w http.ResponseWriter, r *http.Request) error {
	by, id, err := h.callerAt(w, r, readPortal, "id")
	if err != nil {
		return err
	}
	return h.writeMail(w, r, by, id, http.StatusOK)
}

func (h *Handlers) writeMail(w http.ResponseWriter, r *http.Request, by hub.Actor, id string, status int) error {
	m, err := h.Catalogue.FindMail(r.Context(), by, id)
	if err != nil {
		return err
	}
	return web.WriteJSON(w, status, mailOf(m))
}

// SendTestMail answers POST /api/v1/mails/test with the owner's address, which gets the mail.
func (h *Handlers) SendTestMail(w http.ResponseWriter, r *http.Request) error {
	by, err := h.caller(w, r, writePortal)
	if err != nil {
		return err
	}
	if err := web.NoFields(w, r); err != nil {
		return err
	}
	to, err := h.Catalogue.SendTestMail(r.Context(), by)
	if err != nil {
		return err
	}
	return web.WriteJSON(w, http.StatusAccepted, map[string]string{"recipient": to})
}

// RetryMail answers POST /api/v1/mails/{id}/retry with the mail, which is due now.
func (h *Handlers) RetryMail(w http.ResponseWriter, r *http.Request) error {
	by, id, err := h.callerAt(w, r, writePortal, "id")
	if err != nil {
		return err
	}
	if err := web.NoFields(w, r); err != nil {
		return err
	}
	if err := h.Catalogue.RetryMail(r.Context(), by, id); err != nil {
		return err
	}
	return h.writeMail(w, r, by, id, http.StatusAccepted)
}
