package hub

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"strings"
	"sync"
	"time"

	"gatepost/db"
	"gatepost/handlers/mail"
	"gatepost/handlers/secret"
)

// Options are what a Hub needs. All but Now and KeySource are required.
type Options struct {
	DB     *db.DB
	Minter *secret.Minter
	Hasher *secret.Hasher
	Mail   *mail.Mailer
	Key    *secret.Keyring // encrypts what the database stores sealed
	// KeySource is where Key is from, to read keys that are added while the server runs. Nil: none are.
	KeySource KeySource
	Issuer    string // the portal's URL, without a trailing slash
	Brand     string
	Log       *slog.Logger
	Now       func() time.Time

	AnchorFile string // where heads of the audit log are kept; empty: in no file
	AnchorMail string // AnchorMailHourly, AnchorMailDaily or empty
}

// Hub is the core that all rooms share. It is safe for concurrent use.
type Hub struct {
	Options
	Tries   *Tries         // failed sign-ins and codes, and requested resets
	Door    *secret.Door   // of sign-ins by password, before they read from the database
	mails   *secret.Box    // seals the emails of the outbox
	sending sync.WaitGroup // background work

	process, host string // of this server, among those that hold the portal's keys
	saidMu        sync.Mutex
	said          db.KeyHolder // what this server said last; under saidMu
}

// The door of sign-ins: how many read from the database at the same time, and how many wait for it. A quarter of those
// can be from one place, as many as can wait for argon2id: most of a flood would be refused there anyway, after its reads.
const (
	doorWidth = 4
	doorQueue = 256
)

// New returns a Hub. Close it when no more calls come.
func New(o Options) *Hub {
	if o.Now == nil {
		o.Now = time.Now
	}
	host, err := os.Hostname()
	if err != nil {
		host = "unknown"
	}
	return &Hub{process: secret.ID(), host: host, Options: o, Tries: newTries(o.DB, o.Now), Door: secret.NewDoor(doorWidth, doorQueue), mails: o.Key.NewBox("mails")}
}

// Close waits for background work.
func (h *Hub) Close() { h.sending.Wait() }

// InBackground runs work that the response must not wait for, for at most 30 seconds. Close waits for it.
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
