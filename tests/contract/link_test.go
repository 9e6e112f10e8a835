package contract

import (
	"errors"
	"slices"
	"testing"
	"time"

	"gatepost/db"
)

var linkPromises = []promise{
	{"links: what is inserted is read", linkRoundTrip},
	{"links: of forty uses at once one wins", linkHasOneWinner},
	{"links: one that is unknown, expired, cancelled or for another purpose isn't used", deadLinksStayDead},
	{"links: pending ones are listed and cancelled", pendingLinks},
	{"links: a queued mail that carries one is dropped with it", linksTakeMailsAlong},
}

func newLink(team string) db.Link {
	return db.Link{ID: fresh("link"), TokenHash: fresh("hash"), Purpose: db.LinkInvitation, Email: "new@example.com", PersonID: "p",
		TeamID: team, Role: "developer", MakesOwner: true, CreatedBy: "person1", CreatedAt: now(), ExpiresAt: now().Add(72 * time.Hour)}
}

func linkRoundTrip(t *testing.T, s store) {
	want := newLink("t")
	s.do(t, func(tx *db.Tx) error { return tx.InsertLink(t.Context(), want) })
	equal(t, "Link", must[db.Link](t)(s.Link(t.Context(), want.ID)), want)
	equal(t, "LinkByTokenHash", must[db.Link](t)(s.LinkByTokenHash(t.Context(), want.TokenHash)), want)
	s.do(t, func(tx *db.Tx) error {
		got, err := tx.ConsumeLink(t.Context(), want.TokenHash, want.Purpose)
		want.ConsumedAt = tx.Now.UTC()
		equal(t, "ConsumeLink", got, want)
		return err
	})
	equal(t, "Link after its use", must[db.Link](t)(s.Link(t.Context(), want.ID)), want)
	_, err := s.LinkByTokenHash(t.Context(), "none")
	wantErr(t, "LinkByTokenHash(none)", err, db.ErrNotFound)
	_, err = s.Link(t.Context(), "none")
	wantErr(t, "Link(none)", err, db.ErrNotFound)
}

func linkHasOneWinner(t *testing.T, s store) {
	link := newLink("t")
	s.do(t, func(tx *db.Tx) error { return tx.InsertLink(t.Context(), link) })
	won := 0
	for _, err := range atOnce(40, func(int) error {
		return s.Tx(t.Context(), func(tx *db.Tx) error {
			_, err := tx.ConsumeLink(t.Context(), link.TokenHash, link.Purpose)
			return err
		})
	}) {
		switch {
		case err == nil:
			won++
		case !errors.Is(err, db.ErrNotFound):
			t.Errorf("ConsumeLink of a loser = %v, want %v", err, db.ErrNotFound)
		}
	}
	equal(t, "winners", won, 1)
}

func deadLinksStayDead(t *testing.T, s store) {
	expired, cancelled, used := newLink("t"), newLink("t"), newLink("t")
	expired.ExpiresAt, cancelled.CancelledAt, used.ConsumedAt = now(), now(), now()
	reset := newLink("t")
	reset.Purpose = db.LinkReset
	s.do(t, func(tx *db.Tx) error {
		return errors.Join(tx.InsertLink(t.Context(), expired), tx.InsertLink(t.Context(), cancelled), tx.InsertLink(t.Context(), used),
			tx.InsertLink(t.Context(), reset))
	})
	for what, link := range map[string]db.Link{"expired": expired, "cancelled": cancelled, "used": used, "reset": reset, "unknown": {TokenHash: "none"}} {
		err := s.Tx(t.Context(), func(tx *db.Tx) error {
			_, err := tx.ConsumeLink(t.Context(), link.TokenHash, db.LinkInvitation)
			return err
		})
		wantErr(t, "ConsumeLink of the "+what+" link", err, db.ErrNotFound)
	}
}

func pendingLinks(t *testing.T, s store) {
	first, second, other, elsewhere := newLink("a"), newLink("a"), newLink("a"), newLink("b")
	first.CreatedAt, other.Email = now().Add(-time.Minute), "other@example.com"
	expired, reset, owner := newLink("a"), newLink(""), newLink("")
	expired.Email, expired.CreatedAt, expired.ExpiresAt = "late@example.com", now().Add(-time.Hour), now().Add(-time.Minute)
	reset.Purpose = db.LinkReset
	owner.Purpose, owner.Email = db.LinkOwner, ""
	s.do(t, func(tx *db.Tx) error {
		for _, l := range []db.Link{first, second, other, elsewhere, expired, reset, owner} {
			if err := tx.InsertLink(t.Context(), l); err != nil {
				return err
			}
		}
		return nil
	})
	pending := func() (ids []string) {
		for _, l := range must[[]db.Link](t)(s.PendingInvitations(t.Context(), "a")) {
			ids = append(ids, l.ID)
		}
		return ids
	}
	sameList(t, "PendingInvitations", pending(), []string{second.ID, other.ID, first.ID, expired.ID})
	s.do(t, func(tx *db.Tx) error {
		return tx.CancelLinksFor(t.Context(), db.LinkInvitation, "new@example.com", "a")
	})
	sameList(t, "PendingInvitations after CancelLinksFor", pending(), []string{other.ID, expired.ID})
	s.do(t, func(tx *db.Tx) error { return tx.CancelLink(t.Context(), other.ID, "a") })
	sameList(t, "PendingInvitations after CancelLink", pending(), []string{expired.ID})
	for what, change := range map[string]func(tx *db.Tx) error{
		"a second time":       func(tx *db.Tx) error { return tx.CancelLink(t.Context(), other.ID, "a") },
		"by another team":     func(tx *db.Tx) error { return tx.CancelLink(t.Context(), elsewhere.ID, "a") },
		"that does not exist": func(tx *db.Tx) error { return tx.CancelLink(t.Context(), "none", "a") },
	} {
		wantErr(t, "CancelLink "+what, s.Tx(t.Context(), change), db.ErrNotFound)
	}
	s.do(t, func(tx *db.Tx) error { return tx.CancelOwnerLinks(t.Context()) })
	if must[db.Link](t)(s.Link(t.Context(), owner.ID)).CancelledAt.IsZero() {
		t.Error("CancelOwnerLinks left the owner link")
	}
	for what, l := range map[string]db.Link{"the other team's": elsewhere, "the reset": reset} {
		if !must[db.Link](t)(s.Link(t.Context(), l.ID)).CancelledAt.IsZero() {
			t.Errorf("%s link was cancelled too", what)
		}
	}
}

func linksTakeMailsAlong(t *testing.T, s store) {
	mails := func() (ids []string) {
		for _, m := range must[[]db.Mail](t)(s.MailsWaiting(t.Context(), 20)) {
			ids = append(ids, m.ID)
		}
		slices.Sort(ids)
		return ids
	}
	mailed := func(tokenHash string) db.Mail {
		m := newMail()
		m.Once = db.OfLink(tokenHash)
		return m
	}
	kept, cancelled, sent := newLink("a"), newLink("a"), newLink("b")
	person := s.person(t, false, "")
	change := newEmailChange(person)
	gone := mailed(sent.TokenHash)
	s.do(t, func(tx *db.Tx) error { return tx.InsertMail(t.Context(), gone) })
	gone = s.claim(t, now())
	s.do(t, func(tx *db.Tx) error { return tx.MailSent(t.Context(), gone) })
	of, plain := mailed(kept.TokenHash), newMail()
	s.do(t, func(tx *db.Tx) error {
		return errors.Join(tx.InsertLink(t.Context(), kept), tx.InsertLink(t.Context(), cancelled), tx.InsertLink(t.Context(), sent), tx.PutEmailChange(t.Context(), change),
			tx.InsertMail(t.Context(), of), tx.InsertMail(t.Context(), plain), tx.InsertMail(t.Context(), mailed(cancelled.TokenHash)),
			tx.InsertMail(t.Context(), mailed(change.OldHash)), tx.InsertMail(t.Context(), mailed(change.NewHash)))
	})
	equal(t, "mails waiting before", len(mails()), 5)
	s.do(t, func(tx *db.Tx) error {
		return errors.Join(tx.CancelLink(t.Context(), cancelled.ID, "a"), tx.CancelLink(t.Context(), sent.ID, "b"), tx.EndEmailChange(t.Context(), person.ID))
	})
	want := []string{of.ID, plain.ID}
	slices.Sort(want)
	sameList(t, "mails waiting after", mails(), want)
	equal(t, "mails sent after", len(must[[]db.Mail](t)(s.MailsSent(t.Context(), 9))), 1)
}
