package contract

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"gatepost/db"
)

var mailPromises = []promise{
	{"outbox: a mail is queued until it is sent, and then keeps no body", mailIsSent},
	{"outbox: a failed mail is tried again, and given up past its end", mailFails},
	{"outbox: a dead process's mail is taken over after minutes, and the process no longer has a say", mailIsTakenOver},
	{"outbox: there is one mail per key", mailsOnce},
	{"outbox: processes that ask at once never get the same mail", mailsAreClaimedAtOnce},
	{"outbox: a retry makes a mail due, even one that was given up", mailIsRetried},
	{"outbox: a page lists mails of one state, latest first", mailsAreListed},
	{"outbox: the sender is woken after a commit, but not by a failed transaction", mailWakes},
}

func newMail() db.Mail {
	return db.Mail{ID: fresh("mail"), Recipient: "ana@example.com", Kind: "reset", Body: []byte{0, 1, 255}, EndsAt: now().Add(time.Hour)}
}

// claim returns the next due mail, or a zero one.
func (s store) claim(t *testing.T, at time.Time) (m db.Mail) {
	t.Helper()
	s.do(t, func(tx *db.Tx) (err error) {
		tx.Now = at
		if m, err = tx.ClaimMail(context.Background()); errors.Is(err, db.ErrNotFound) {
			m, err = db.Mail{}, nil
		}
		return err
	})
	return m
}

func mailIsSent(t *testing.T, s store) {
	m := newMail()
	s.do(t, func(tx *db.Tx) error { return tx.InsertMail(t.Context(), m) })
	equal(t, "MailDue", must[bool](t)(s.MailDue(t.Context(), now())), true)
	got := s.claim(t, now())
	if got.ID != m.ID || got.Recipient != m.Recipient || !slices.Equal(got.Body, m.Body) || got.Tries != 1 || !got.EndsAt.Equal(m.EndsAt) {
		t.Fatalf("ClaimMail = %+v, want %+v on its first try", got, m)
	}
	equal(t, "MailDue while it is sent", must[bool](t)(s.MailDue(t.Context(), now())), false)
	equal(t, "a second claim", s.claim(t, now()).ID, "")
	s.do(t, func(tx *db.Tx) error { return tx.MailSent(t.Context(), got) })
	sent := must[[]db.Mail](t)(s.MailsSent(t.Context(), 9))
	if len(sent) != 1 || len(sent[0].Body) != 0 || sent[0].SentAt.IsZero() {
		t.Errorf("MailsSent = %+v, want the mail without its body", sent)
	}
	equal(t, "mails waiting", len(must[[]db.Mail](t)(s.MailsWaiting(t.Context(), 9))), 0)
	equal(t, "counts", must[db.MailCounts](t)(s.CountMails(t.Context())), db.MailCounts{Sent: 1})
	equal(t, "a claim of a sent mail", s.claim(t, now().Add(time.Hour)).ID, "")
}

func mailFails(t *testing.T, s store) {
	m := newMail()
	s.do(t, func(tx *db.Tx) error { return tx.InsertMail(t.Context(), m) })
	got := s.claim(t, now())
	s.do(t, func(tx *db.Tx) error {
		return tx.MailFailed(t.Context(), got, "connection refused", now().Add(30*time.Second))
	})
	equal(t, "a claim before the next try", s.claim(t, now().Add(20*time.Second)).ID, "")
	again := s.claim(t, now().Add(31*time.Second))
	if again.ID != m.ID || again.Tries != 2 || again.LastError != "connection refused" {
		t.Fatalf("ClaimMail at the next try = %+v, want the mail on its second try, with the error", again)
	}
	s.do(t, func(tx *db.Tx) error {
		return tx.MailFailed(t.Context(), again, "still refused", m.EndsAt.Add(time.Second))
	})
	equal(t, "counts", must[db.MailCounts](t)(s.CountMails(t.Context())), db.MailCounts{GivenUp: 1})
	equal(t, "a claim of a mail that was given up", s.claim(t, now().Add(50*time.Minute)).ID, "")
	// A mail that no process tried in time is given up too.
	late := newMail()
	s.do(t, func(tx *db.Tx) error { return tx.InsertMail(t.Context(), late) })
	equal(t, "a claim past the end", s.claim(t, late.EndsAt.Add(time.Second)).ID, "")
	equal(t, "counts", must[db.MailCounts](t)(s.CountMails(t.Context())), db.MailCounts{GivenUp: 2})
}

func mailIsTakenOver(t *testing.T, s store) {
	m := newMail()
	s.do(t, func(tx *db.Tx) error { return tx.InsertMail(t.Context(), m) })
	dead := s.claim(t, now())
	equal(t, "a claim a minute later", s.claim(t, now().Add(time.Minute)).ID, "")
	alive := s.claim(t, now().Add(6*time.Minute))
	if alive.ID != m.ID || alive.Tries != 2 {
		t.Fatalf("ClaimMail after six minutes = %+v, want the mail on its second try", alive)
	}
	wantErr(t, "MailSent by who lost the mail", s.Tx(t.Context(), func(tx *db.Tx) error { return tx.MailSent(t.Context(), dead) }), db.ErrNotFound)
	wantErr(t, "MailFailed by the process that lost the mail", s.Tx(t.Context(), func(tx *db.Tx) error { return tx.MailFailed(t.Context(), dead, "x", now()) }), db.ErrNotFound)
	s.do(t, func(tx *db.Tx) error { return tx.MailSent(t.Context(), alive) })
}

func mailsOnce(t *testing.T, s store) {
	for range 3 {
		m, free := newMail(), newMail()
		m.Once = "warn s1 30"
		s.do(t, func(tx *db.Tx) error {
			return errors.Join(tx.InsertMail(t.Context(), m), tx.InsertMail(t.Context(), free))
		})
	}
	equal(t, "mails of one key and three without", must[db.MailCounts](t)(s.CountMails(t.Context())).Waiting, 4)
}

func mailsAreListed(t *testing.T, s store) {
	waits, sent, givenUp := newMail(), newMail(), newMail() // in the order of their ids
	givenUp.EndsAt = now().Add(time.Minute)                 // before its next try
	s.do(t, func(tx *db.Tx) error {
		return errors.Join(tx.InsertMail(t.Context(), sent), tx.InsertMail(t.Context(), givenUp))
	})
	for range 2 {
		m := s.claim(t, now())
		s.do(t, func(tx *db.Tx) error {
			if m.ID == sent.ID {
				return tx.MailSent(t.Context(), m)
			}
			return tx.MailFailed(t.Context(), m, "refused", now().Add(time.Hour))
		})
	}
	s.do(t, func(tx *db.Tx) error { return tx.InsertMail(t.Context(), waits) })
	ids := func(q db.MailQuery) (ids []string) {
		for _, m := range must[[]db.Mail](t)(s.Mails(t.Context(), q)) {
			ids = append(ids, m.ID)
			if q.State != "" && m.State() != q.State {
				t.Errorf("Mails(%+v) has one that is %s", q, m.State())
			}
		}
		return ids
	}
	for _, c := range []struct {
		q    db.MailQuery
		want []string
	}{
		{db.MailQuery{Limit: 9}, []string{givenUp.ID, sent.ID, waits.ID}},
		{db.MailQuery{Limit: 2}, []string{givenUp.ID, sent.ID}},
		{db.MailQuery{Limit: 2, Before: sent.ID}, []string{waits.ID}},
		{db.MailQuery{Limit: 9, State: db.MailWaits}, []string{waits.ID}},
		{db.MailQuery{Limit: 9, State: db.MailIsSent}, []string{sent.ID}},
		{db.MailQuery{Limit: 9, State: db.MailIsGivenUp}, []string{givenUp.ID}},
		{db.MailQuery{Limit: 9, State: "odd"}, nil},
	} {
		if got := ids(c.q); !slices.Equal(got, c.want) {
			t.Errorf("Mails(%+v) = %v, want %v", c.q, got, c.want)
		}
	}
}

func mailsAreClaimedAtOnce(t *testing.T, s store) {
	const mails = 40
	s.do(t, func(tx *db.Tx) error {
		for range mails {
			if err := tx.InsertMail(context.Background(), newMail()); err != nil {
				return err
			}
		}
		return nil
	})
	processes := []*db.DB{s.DB, open(t, s.dsn)}
	var mu sync.Mutex
	times := map[string]int{}
	for _, err := range atOnce(8, func(i int) error {
		for misses := 0; misses < mails; { // a claim that lost a race may come back empty
			var m db.Mail
			err := processes[i%2].Tx(context.Background(), func(tx *db.Tx) (err error) {
				if m, err = tx.ClaimMail(context.Background()); errors.Is(err, db.ErrNotFound) {
					m, err = db.Mail{}, nil
				}
				return err
			})
			if err != nil {
				return err
			}
			if m.ID == "" {
				misses++
				continue
			}
			mu.Lock()
			times[m.ID]++
			mu.Unlock()
		}
		return nil
	}) {
		if err != nil {
			t.Errorf("ClaimMail with others: %v", err)
		}
	}
	equal(t, "mails that were claimed", len(times), mails)
	for id, n := range times {
		if n != 1 {
			t.Errorf("%s was claimed %d times, want once", id, n)
		}
	}
}

func mailIsRetried(t *testing.T, s store) {
	m := newMail()
	s.do(t, func(tx *db.Tx) error { return tx.InsertMail(t.Context(), m) })
	got := s.claim(t, now())
	retry := func(at time.Time) error {
		return s.Tx(t.Context(), func(tx *db.Tx) error {
			tx.Now = at
			return tx.RetryMail(t.Context(), m.ID, at.Add(time.Hour))
		})
	}
	wantErr(t, "RetryMail while it is sent", retry(now()), db.ErrNotFound)
	s.do(t, func(tx *db.Tx) error { return tx.MailFailed(t.Context(), got, "x", now().Add(30*time.Minute)) })
	if err := retry(now()); err != nil {
		t.Fatal(err)
	}
	got = s.claim(t, now().Add(time.Second))
	equal(t, "a mail that was brought forward", got.ID, m.ID)
	s.do(t, func(tx *db.Tx) error { return tx.MailFailed(t.Context(), got, "x", now().Add(2*time.Hour)) })
	later := now().Add(3 * time.Hour)
	equal(t, "a claim of a mail that was given up", s.claim(t, later).ID, "")
	if err := retry(later); err != nil {
		t.Fatal(err)
	}
	got = s.claim(t, later)
	equal(t, "a mail that was given up and retried", got.ID, m.ID)
	s.do(t, func(tx *db.Tx) error { return tx.MailSent(t.Context(), got) })
	wantErr(t, "RetryMail of a sent mail", retry(later), db.ErrNotFound)
}

func mailWakes(t *testing.T, s store) {
	woken := func() bool {
		select {
		case <-s.MailQueued():
			return true
		default:
			return false
		}
	}
	failure := fmt.Errorf("no")
	_ = s.Tx(t.Context(), func(tx *db.Tx) error { return errors.Join(tx.InsertMail(t.Context(), newMail()), failure) })
	equal(t, "woken by a failed transaction", woken(), false)
	s.do(t, func(tx *db.Tx) error { return tx.InsertMail(t.Context(), newMail()) })
	equal(t, "woken by a commit", woken(), true)
	equal(t, "woken twice", woken(), false)
}
