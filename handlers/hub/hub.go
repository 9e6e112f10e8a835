package hub

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"time"

	"gatepost/db"
	"gatepost/handlers/mail"
	"gatepost/handlers/secret"
)

// Options are what a Hub works with; all but Now are required.
type Options struct {
	DB     *db.DB
	Minter *secret.Minter
	Hasher *secret.Hasher
	Mail   *mail.Mailer
	Key    secret.Key // for what the database keeps encrypted
	Issuer string     // the portal's URL, without a slash at the end
	Brand  string
	Log    *slog.Logger
	Now    func() time.Time
}

// Hub is safe for concurrent use.
type Hub struct {
	Options
	Tries     *Tries // failed sign-ins, codes and asked resets
	userCodes *Throttle
	mails     *secret.Box    // seals the bodies of the outbox
	sending   sync.WaitGroup // work behind an answer
}

// New makes a Hub.
func New(o Options) *Hub {
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Hub{Options: o, Tries: newTries(o.DB, o.Now), userCodes: NewThrottle(o.Now), mails: o.Key.NewBox("mails")}
}

// Close waits for work that goes on behind answers.
func (h *Hub) Close() { h.sending.Wait() }

// inBackground does what the answer must not wait for; Close waits for it.
func (h *Hub) InBackground(work func(context.Context) error) {
	h.sending.Add(1)
	go func() {
		defer h.sending.Done()
		ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
		defer cancel()
		if err := work(ctx); err != nil && !errors.Is(err, context.Canceled) {
			h.Log.Error("background work failed", "error", strings.ToValidUTF8(err.Error(), "?"))
		}
	}()
}
