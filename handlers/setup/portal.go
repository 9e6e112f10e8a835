package setup

import (
	"context"
	"errors"
	"log/slog"
	"runtime"
	"time"

	"gatepost/assets"
	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/handlers/mail"
	"gatepost/handlers/secret"
)

// Portal is an open portal without its HTTP side: what every command and the server work with.
type Portal struct {
	Settings *Settings
	DB       *db.DB
	Key      secret.Key
	Minter   *secret.Minter
	Hasher   *secret.Hasher
	Mail     *mail.Mailer
	Hub      *hub.Hub
	Log      *slog.Logger
	Now      func() time.Time
}

// argonQueue is how many password or secret checks can wait for their turn.
const argonQueue = 256

// Open opens the database and the portal's key, fills the scope catalogue and builds the rules.
// The settings must have passed Check.
func Open(ctx context.Context, s *Settings, log *slog.Logger) (*Portal, error) {
	mailer, err := mail.New(mail.Options{SMTPURL: s.SMTPURL, From: s.MailFrom, Issuer: s.issuer, Brand: s.Brand})
	if err != nil {
		return nil, err
	}
	blocklist, err := assets.Passwords()
	if err != nil {
		return nil, err
	}
	d, err := db.Open(ctx, s.DB)
	if err != nil {
		return nil, err
	}
	p := &Portal{Settings: s, DB: d, Mail: mailer, Log: log, Now: time.Now, Hasher: secret.NewHasher(runtime.NumCPU(), argonQueue)}
	if p.Key, err = loadKey(ctx, d, s.KeyFile); err == nil {
		err = fillScopes(ctx, d)
	}
	if err != nil {
		return nil, errors.Join(err, d.Close())
	}
	p.Minter = secret.NewMinter(p.Key)
	p.buildRules(blocklist)
	return p, nil
}

// buildRules makes the rooms of hub, which share one core.
func (p *Portal) buildRules(blocklist []string) {
	p.Hub = hub.New(hub.Options{
		DB: p.DB, Minter: p.Minter, Hasher: p.Hasher, Mail: p.Mail, Key: p.Key, Issuer: p.Settings.URL, Brand: p.Settings.Brand,
		Blocklist: blocklist, Log: p.Log, Now: p.Now,
	})
}

// Close waits for work that goes on after an answer and closes the database.
func (p *Portal) Close() error {
	p.Hub.Close()
	return p.DB.Close()
}
