package cli

import (
	"context"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"runtime"
	"slices"
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

// Open opens the database and the portal's key, and fills its scope catalogue.
func Open(ctx context.Context, s *Settings, log *slog.Logger) (*Core, error) {
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
	c := &Core{Settings: s, DB: d, Mail: mailer, Log: log, Hasher: secret.NewHasher(runtime.NumCPU(), argonQueue)}
	if err = c.loadKey(ctx); err == nil {
		err = c.fillScopes(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, d.Close())
	}
	c.Minter = secret.NewMinter(c.Key)
	c.Hub = hub.New(hub.Options{
		DB: d, Minter: c.Minter, Hasher: c.Hasher, Mail: mailer, Key: c.Key, Issuer: s.URL, Brand: s.Brand,
		Blocklist: blocklist, Log: log, Now: time.Now,
	})
	return c, nil
}

// Close waits for work behind answers and closes the database.
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

// settingScopes names the scopes of assets/scopes.json that the database was given, by spaces.
const settingScopes = "scopes_given"

// fillScopes gives a portal each scope of assets/scopes.json once: a new one all of them, an
// older one those that it has not been given yet, at the end of its list. What an owner made
// of the catalogue since stands.
func (c *Core) fillScopes(ctx context.Context) error {
	catalogue, err := assets.Scopes()
	if err != nil {
		return err
	}
	missing := func(given string) (out []assets.Scope) {
		for _, s := range catalogue {
			if !slices.Contains(strings.Fields(given), s.Name) {
				out = append(out, s)
			}
		}
		return out
	}
	if given, err := c.DB.Setting(ctx, settingScopes); err == nil && missing(given) == nil {
		return nil
	} else if err != nil && !errors.Is(err, db.ErrNotFound) {
		return err
	}
	return c.DB.Tx(ctx, func(tx *db.Tx) error {
		given, err := tx.KeepSetting(ctx, settingScopes, "")
		if err != nil {
			return err
		}
		have, err := tx.Scopes(ctx)
		if err != nil {
			return err
		}
		next := 0
		if len(have) > 0 {
			next = have[len(have)-1].Position + 1
		}
		for i, s := range missing(given) {
			if err := tx.KeepScope(ctx, db.Scope{Name: s.Name, Sentence: s.Sentence, AdminOnly: s.AdminOnly, Position: next + i}); err != nil {
				return err
			}
			given += " " + s.Name
		}
		return tx.PutSetting(ctx, settingScopes, strings.TrimSpace(given))
	})
}
