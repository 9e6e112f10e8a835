package handlers

import (
	"context"
	"errors"
	"sync"
	"time"
)

const (
	// purgeLimit is how many rows one statement removes: a longer one would keep writers waiting.
	purgeLimit = 5000
	purgeEvery = 10 * time.Minute
	keysEvery  = time.Minute
	warnEvery  = time.Hour
	// portalKeyEvery is how soon a server notices that the portal's key is being replaced.
	portalKeyEvery = 5 * time.Second
	leaveWithin    = 2 * time.Second
	// anchorEvery is how long an event of the audit log can be without an anchor.
	anchorEvery = time.Hour
	// retainEvery is how often audit events that are too old are removed: that reads them all.
	retainEvery = 24 * time.Hour
	// mailSenders is how many mails a process sends at the same time, so that one slow mail server
	// delays few others.
	mailSenders = 4
	// mailEvery is how often each sender looks for mails that are due again or that another process
	// queued. Mails of this process wake a sender immediately.
	mailEvery = 2 * time.Second
)

// Tend does the recurring work of a running server until ctx is done: it loads signing keys that
// another process created, takes part in replacing the portal's key, deletes expired rows, writes what was counted into
// the audit log, warns of secrets that expire soon, keeps the head of the audit log outside of the database, removes its
// old events, and sends the mails of the outbox. It returns after the mails that are being sent.
func (s *Server) Tend(ctx context.Context) {
	var senders sync.WaitGroup
	for range mailSenders {
		senders.Go(func() { s.sendMails(ctx) })
	}
	senders.Go(func() { s.tendAudit(ctx) })
	defer senders.Wait()
	refresh, purge := time.NewTicker(keysEvery), time.NewTicker(purgeEvery)
	defer refresh.Stop()
	defer purge.Stop()
	warn := time.NewTimer(0) // immediately, as a server that restarts often must warn too
	defer warn.Stop()
	var key sync.WaitGroup // on its own, as encrypting everything again takes a while
	key.Go(func() { s.tendKey(ctx) })
	defer key.Wait()
	for {
		var err error
		select {
		case <-ctx.Done():
			return
		case <-refresh.C:
			err = s.keys.Refresh(ctx)
		case <-purge.C:
			err = errors.Join(s.purge(ctx), s.hub.CloseRefusals(ctx))
		case <-warn.C:
			err = s.apps.Warn(ctx)
			warn.Reset(warnEvery)
		}
		if err != nil && !errors.Is(err, context.Canceled) {
			s.log.Error("recurring work failed", "error", err)
		}
	}
}

// tendKey does this server's share in replacing the portal's key.
func (s *Server) tendKey(ctx context.Context) {
	every := time.NewTicker(portalKeyEvery)
	defer every.Stop()
	said := ""
	for {
		err := s.hub.TendKeys(ctx)
		switch {
		case err == nil:
			said = ""
		case ctx.Err() == nil && err.Error() != said: // once, not every five seconds
			said = err.Error()
			s.log.Error("tending the portal's key failed", "error", err)
		}
		select {
		case <-ctx.Done():
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), leaveWithin)
			defer cancel()
			if err := s.hub.LeaveKeys(last); err != nil {
				s.log.Error("leaving the holders of the portal's key failed", "error", err)
			}
			return
		case <-every.C:
		}
	}
}

// tendAudit looks after the audit log, which may be long, apart from the other work. Both begin immediately, as a server
// that restarts often must do them too.
func (s *Server) tendAudit(ctx context.Context) {
	anchor, retain := time.NewTimer(0), time.NewTimer(0)
	defer anchor.Stop()
	defer retain.Stop()
	for {
		var err error
		select {
		case <-ctx.Done():
			return
		case <-anchor.C:
			_, _, err = s.hub.AnchorAudit(ctx, false)
			anchor.Reset(anchorEvery)
		case <-retain.C:
			_, err = s.hub.PurgeAudit(ctx)
			retain.Reset(retainEvery)
		}
		if err != nil && !errors.Is(err, context.Canceled) {
			s.log.Error("looking after the audit log failed", "error", err)
		}
	}
}

// sendMails runs one sender: it sends what is due, then waits for more.
func (s *Server) sendMails(ctx context.Context) {
	look := time.NewTicker(mailEvery)
	defer look.Stop()
	for {
		for found := true; found && ctx.Err() == nil; {
			var err error
			if found, err = s.hub.DeliverMail(ctx); err != nil && !errors.Is(err, context.Canceled) {
				s.log.Error("sending mails failed", "error", err)
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-look.C:
		case <-s.db.MailQueued():
		}
	}
}

func (s *Server) purge(ctx context.Context) error {
	for {
		n, err := s.db.Purge(ctx, purgeLimit)
		if err != nil || n < purgeLimit {
			return err
		}
	}
}
