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
	"gatepost/handlers/hub/account"
	"gatepost/handlers/hub/app"
	"gatepost/handlers/hub/catalogue"
	"gatepost/handlers/hub/device"
	"gatepost/handlers/hub/team"
	"gatepost/handlers/mail"
	"gatepost/handlers/secret"
)

// Portal is an open portal without its HTTP side: what every command and the server work with.
type Portal struct {
	Settings *Settings
	DB       *db.DB
	Key      *secret.Keyring
	Source   *secret.Source // of Key
	Minter   *secret.Minter
	Hasher   *secret.Hasher
	Mail     *mail.Mailer
	Rules
	Log *slog.Logger
	Now func() time.Time
}

// Rules are the rooms of hub, which share one core.
type Rules struct {
	Hub       *hub.Hub
	Accounts  *account.Accounts
	Teams     *team.Teams
	Apps      *app.Apps
	Devices   *device.Devices
	Catalogue *catalogue.Catalogue
}

// argonQueue is how many password or secret checks can wait for their turn.
const argonQueue = 256

// newHasher leaves one processor, if there are several, to everything else: on a machine whose processors all hash, a
// token waits behind passwords.
func newHasher() *secret.Hasher { return secret.NewHasher(max(1, runtime.NumCPU()-1), argonQueue) }

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
	p := &Portal{Settings: s, DB: d, Source: s.KeySource(), Mail: mailer, Log: log, Now: time.Now, Hasher: newHasher()}
	if p.Key, err = openKeys(ctx, d, p.Source); err == nil {
		err = fillScopes(ctx, d)
	}
	if err != nil {
		return nil, errors.Join(err, d.Close())
	}
	d.SignAudit(auditMAC(p.Key))
	p.Minter = secret.NewMinter(p.Key)
	p.Rules = newRules(hub.Options{
		DB: d, Minter: p.Minter, Hasher: p.Hasher, Mail: mailer, Key: p.Key, KeySource: p.Source, Issuer: s.URL, Brand: s.Brand, Log: log, Now: p.Now,
		AnchorFile: s.AuditAnchor, AnchorMail: s.AnchorMail,
	}, blocklist)
	if d.OldAudit() {
		if err := p.Hub.SignOldAudit(ctx); err != nil {
			return nil, errors.Join(err, p.Close())
		}
	}
	return p, nil
}

func newRules(o hub.Options, blocklist []string) Rules {
	core := hub.New(o)
	teams := team.New(core)
	return Rules{
		Hub: core, Teams: teams, Accounts: account.New(core, teams, blocklist), Apps: app.New(core, teams),
		Devices: device.New(core), Catalogue: catalogue.New(core),
	}
}

// Close waits for work that goes on after an answer and closes the database.
func (p *Portal) Close() error {
	p.Devices.Close()
	p.Hub.Close()
	return p.DB.Close()
}
