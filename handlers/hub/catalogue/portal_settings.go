package catalogue

import (
	"context"
	"fmt"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/views/words"
)

// Settings are the portal's settings that change without a restart.
type Settings struct {
	NoExpiry       bool // personal tokens don't need an expiry
	VendorLoginOff bool // no sign-in by password over the API
	LongPasswords  bool // new passwords need LongPassword characters
	SecondFactor   bool // everyone needs a second factor
	AuditKeep      hub.AuditKeep
}

// Settings returns the settings to an owner.
func (cs *Catalogue) Settings(ctx context.Context, a hub.Actor) (Settings, error) {
	if err := cs.hub.MayOwn(ctx, a, "see the portal's settings"); err != nil {
		return Settings{}, err
	}
	return settingsIn(ctx, &cs.hub.DB.Reader)
}

func settingsIn(ctx context.Context, r *db.Reader) (s Settings, err error) {
	for name, is := range map[string]*bool{
		hub.SettingNoExpiry: &s.NoExpiry, hub.SettingVendorLoginOff: &s.VendorLoginOff, hub.SettingLongPassword: &s.LongPasswords, hub.SettingSecondFactor: &s.SecondFactor,
	} {
		if *is, err = hub.IsOn(ctx, r, name); err != nil {
			return s, err
		}
	}
	s.AuditKeep, err = hub.AuditKeepOf(ctx, r)
	return s, err
}

// SettingsChange is a change of settings. Fields that are nil stay unchanged.
type SettingsChange struct {
	NoExpiry, VendorLoginOff, LongPasswords, SecondFactor *bool
	AuditKeep                                             map[hub.AuditKind]int // days; 0 is forever
	Seen                                                  *Settings             // as the caller read them; nil: change them whatever they are now
}

// ChangeSettings changes settings: either all of the change or none of it. If they are no longer as in
// c.Seen, it returns *hub.Changed. What the change forbids
// ends with it: the tokens of vendor logins, and what acts for people without a second factor. It
// doesn't affect existing personal tokens without an expiry, or existing passwords.
func (cs *Catalogue) ChangeSettings(ctx context.Context, a hub.Actor, c SettingsChange) error {
	if err := cs.hub.MayOwn(ctx, a, "change the portal's settings"); err != nil {
		return err
	}
	return cs.hub.DB.Tx(ctx, func(tx *db.Tx) error {
		if c.Seen != nil {
			if _, err := tx.LockOwners(ctx); err != nil { // two that saw the same take turns
				return err
			}
			now, err := settingsIn(ctx, &tx.Reader)
			if err == nil {
				err = hub.CheckSeen(c.Seen, now, hub.ErrChanged)
			}
			if err != nil {
				return err
			}
		}
		if c.SecondFactor != nil && *c.SecondFactor {
			if f, err := tx.SecondFactor(ctx, a.ID); err != nil {
				return err
			} else if err := hub.CheckOwnSecondFactor(a, f); !f.ByPortal && err != nil {
				return err
			}
		}
		for _, s := range []struct {
			to                *bool
			name, isOn, isOff string
		}{
			{c.NoExpiry, hub.SettingNoExpiry, "personal tokens can be without an expiry", "personal tokens need an expiry"},
			{c.VendorLoginOff, hub.SettingVendorLoginOff, "the iotconnect login is off", "the iotconnect login is on"},
			{c.LongPasswords, hub.SettingLongPassword, passwordsNeed(hub.LongPassword), passwordsNeed(hub.MinPassword)},
			{c.SecondFactor, hub.SettingSecondFactor, "a second factor is required of everyone", "a second factor is not required of everyone"},
		} {
			if s.to == nil {
				continue
			}
			had, err := hub.IsOn(ctx, &tx.Reader, s.name)
			if err != nil {
				return err
			}
			if had == *s.to {
				continue
			}
			value, detail := "", s.isOff
			if *s.to {
				value, detail = hub.SettingOn, s.isOn
			}
			if err := tx.PutSetting(ctx, s.name, value); err != nil {
				return err
			}
			if *s.to {
				ended, err := endForbidden(ctx, tx, s.name)
				if err != nil {
					return err
				}
				detail += ended
			}
			if err := a.Record(ctx, tx, hub.Event{Action: hub.ActionPortalChanged, Target: hub.Target{Type: hub.TargetPortal}, Detail: detail}); err != nil {
				return err
			}
		}
		for _, kind := range hub.AuditKinds {
			if days, ok := c.AuditKeep[kind]; ok {
				if err := hub.PutAuditKeep(ctx, tx, a, kind, days); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// endForbidden ends what a setting forbids that was just switched on, and says what.
func endForbidden(ctx context.Context, tx *db.Tx, setting string) (string, error) {
	switch setting {
	case hub.SettingVendorLoginOff:
		n, err := tx.RevokeVendorLogins(ctx)
		return ": revoked the tokens of " + words.Count(int(n), "login", "logins"), err
	case hub.SettingSecondFactor:
		ended, err := tx.ExpelWithoutFactor(ctx, "")
		return hub.EndedWithoutFactor(ended), err
	}
	return "", nil
}

func passwordsNeed(n int) string { return fmt.Sprintf("new passwords need %d characters", n) }
