package cli

import (
	"context"
	"crypto/subtle"
	"encoding/hex"
	"fmt"
	"log/slog"
	"os"
	"runtime"
	"strings"
	"time"

	"gatepost/assets"
	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/handlers/mail"
	"gatepost/handlers/secret"
)

// Core is an open portal without its HTTP side: what every command and the server work with.
type Core struct {
	Settings *Settings
	DB       *db.DB
	Key      secret.Key
	Minter   *secret.Minter
	Hasher   *secret.Hasher
	Mail     *mail.Mailer
	Hub      *hub.Hub
	Log      *slog.Logger
}

// argonQueue is how many password or secret checks may wait for their turn.
const argonQueue = 256

// Open opens the database and the portal's key, and fills the scope catalogue of a new one.
func Open(ctx context.Context, s *Settings, log *slog.Logger) (*Core, error) {
	mailer, err := mail.New(mail.Options{SMTPURL: s.SMTPURL, From: s.MailFrom, Issuer: s.issuer, Brand: s.Brand})
	if err != nil {
		return nil, err
	}
	d, err := db.Open(ctx, s.DB)
	if err != nil {
		return nil, err
	}
	c := &Core{Settings: s, DB: d, Mail: mailer, Log: log, Hasher: secret.NewHasher(runtime.NumCPU(), argonQueue)}
	if err := c.loadKey(ctx); err != nil {
		d.Close()
		return nil, err
	}
	if err := c.fillScopes(ctx); err != nil {
		d.Close()
		return nil, err
	}
	blocklist, err := assets.FS.ReadFile("passwords.txt")
	if err != nil {
		d.Close()
		return nil, fmt.Errorf("passwords.txt: %w", err)
	}
	c.Minter = secret.NewMinter(c.Key)
	c.Hub = hub.New(hub.Options{
		DB: d, Minter: c.Minter, Hasher: c.Hasher, Mail: mailer, Issuer: s.URL, Brand: s.Brand,
		Blocklist: strings.Fields(string(blocklist)), Log: log, Now: time.Now,
	})
	return c, nil
}

// Close waits for mails on their way and closes the database.
func (c *Core) Close() error {
	c.Hub.Close()
	return c.DB.Close()
}

// loadKey reads the portal's key, or makes one for a new database. A key that is not this
// database's is refused before anything is done with it: every secret would look forged.
func (c *Core) loadKey(ctx context.Context) error {
	key, created, err := secret.LoadKey(c.Settings.KeyFile)
	if err != nil {
		return err
	}
	check := hex.EncodeToString(key.Derive("key check"))
	var stands string
	err = c.DB.Tx(ctx, func(tx *db.Tx) (err error) {
		stands, err = tx.KeepSetting(ctx, "key_check", check)
		return err
	})
	if err != nil {
		return err
	}
	if subtle.ConstantTimeCompare([]byte(stands), []byte(check)) == 1 {
		c.Key = key
		return nil
	}
	if created {
		_ = os.Remove(c.Settings.KeyFile) // it would be taken for the real one at the next start
		return fmt.Errorf("the key file %s is missing: put back the one that this database was made with (GATEPOST_KEY_FILE says where)", c.Settings.KeyFile)
	}
	return fmt.Errorf("the key file %s does not belong to this database: set GATEPOST_KEY_FILE to the one that it was made with", c.Settings.KeyFile)
}

// fillScopes gives a new portal the catalogue of assets/scopes.json; what an owner made of
// it later stands.
func (c *Core) fillScopes(ctx context.Context) error {
	have, err := c.DB.Scopes(ctx)
	if err != nil || len(have) > 0 {
		return err
	}
	catalogue, err := assets.Scopes()
	if err != nil {
		return err
	}
	return c.DB.Tx(ctx, func(tx *db.Tx) error {
		for i, s := range catalogue {
			if err := tx.KeepScope(ctx, db.Scope{Name: s.Name, Sentence: s.Sentence, AdminOnly: s.AdminOnly, Position: i}); err != nil {
				return err
			}
		}
		return nil
	})
}
