package catalogue

import (
	"context"
	"fmt"

	"gatepost/db"
	"gatepost/handlers/hub"
)

// PortalSettings are the portal's settings that need no restart.
type Settings struct {
	NoEnd          bool // personal tokens may have no end
	VendorLoginOff bool // no sign-in by password over the API
	LongPasswords  bool // new passwords need LongPassword characters
	SecondFactor   bool // everyone needs a second factor
}

// PortalSettings gives the settings to an owner.
func (cs *Catalogue) Settings(ctx context.Context, a hub.Actor) (s Settings, err error) {
	if err := hub.MayOwn(a, "see the portal's settings"); err != nil {
		return s, err
	}
	for name, is := range map[string]*bool{
		hub.SettingNoEnd: &s.NoEnd, hub.SettingVendorLoginOff: &s.VendorLoginOff, hub.SettingLongPassword: &s.LongPasswords, hub.SettingSecondFactor: &s.SecondFactor,
	} {
		if *is, err = hub.IsOn(ctx, &cs.hub.DB.Reader, name); err != nil {
			return s, err
		}
	}
	return s, nil
}

// PortalChange is what changes of the settings; nil stays as it is.
type SettingsChange struct{ NoEnd, VendorLoginOff, LongPasswords, SecondFactor *bool }

// ChangePortal changes settings, all that are told or none. Personal tokens that have no end
// keep that, tokens of logins over the API live on, and passwords that stand are not touched.
func (cs *Catalogue) ChangeSettings(ctx context.Context, a hub.Actor, c SettingsChange) error {
	if err := hub.MayOwn(a, "change the portal's settings"); err != nil {
		return err
	}
	return cs.hub.DB.Tx(ctx, func(tx *db.Tx) error {
		if c.SecondFactor != nil && *c.SecondFactor {
			if f, err := tx.SecondFactor(ctx, a.ID); err != nil {
				return err
			} else if err := hub.HasOwn(a, f); !f.ByPortal && err != nil {
				return err
			}
		}
		for _, s := range []struct {
			to                *bool
			name, isOn, isOff string
		}{
			{c.NoEnd, hub.SettingNoEnd, "personal tokens may have no end", "personal tokens need an end"},
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
			if err := a.Record(ctx, tx, hub.Event{Action: hub.ActionPortalChanged, Target: hub.Target{Type: hub.TargetPortal}, Detail: detail}); err != nil {
				return err
			}
		}
		return nil
	})
}

func passwordsNeed(n int) string { return fmt.Sprintf("new passwords need %d characters", n) }
