package hub

import (
	"context"
	"fmt"

	"gatepost/db"
)

// PortalSettings are the portal's settings that need no restart.
type PortalSettings struct {
	NoEnd          bool // personal tokens may have no end
	VendorLoginOff bool // no sign-in by password over the API
	LongPasswords  bool // new passwords need LongPassword characters
	SecondFactor   bool // everyone needs a second factor
}

// PortalSettings gives the settings to an owner.
func (h *Hub) PortalSettings(ctx context.Context, a Actor) (s PortalSettings, err error) {
	if err := mayOwn(a, "see the portal's settings"); err != nil {
		return s, err
	}
	for name, is := range map[string]*bool{
		settingNoEnd: &s.NoEnd, settingVendorLoginOff: &s.VendorLoginOff, settingLongPassword: &s.LongPasswords, settingSecondFactor: &s.SecondFactor,
	} {
		if *is, err = isOn(ctx, &h.DB.Reader, name); err != nil {
			return s, err
		}
	}
	return s, nil
}

// PortalChange is what changes of the settings; nil stays as it is.
type PortalChange struct{ NoEnd, VendorLoginOff, LongPasswords, SecondFactor *bool }

// ChangePortal changes settings, all that are told or none. Personal tokens that have no end
// keep that, tokens of logins over the API live on, and passwords that stand are not touched.
func (h *Hub) ChangePortal(ctx context.Context, a Actor, c PortalChange) error {
	if err := mayOwn(a, "change the portal's settings"); err != nil {
		return err
	}
	return h.DB.Tx(ctx, func(tx *db.Tx) error {
		if c.SecondFactor != nil && *c.SecondFactor {
			if f, err := tx.SecondFactor(ctx, a.ID); err != nil {
				return err
			} else if err := hasOwn(a, f); !f.ByPortal && err != nil {
				return err
			}
		}
		for _, s := range []struct {
			to                *bool
			name, isOn, isOff string
		}{
			{c.NoEnd, settingNoEnd, "personal tokens may have no end", "personal tokens need an end"},
			{c.VendorLoginOff, settingVendorLoginOff, "the iotconnect login is off", "the iotconnect login is on"},
			{c.LongPasswords, settingLongPassword, passwordsNeed(LongPassword), passwordsNeed(MinPassword)},
			{c.SecondFactor, settingSecondFactor, "a second factor is required of everyone", "a second factor is not required of everyone"},
		} {
			if s.to == nil {
				continue
			}
			had, err := isOn(ctx, &tx.Reader, s.name)
			if err != nil {
				return err
			}
			if had == *s.to {
				continue
			}
			value, detail := "", s.isOff
			if *s.to {
				value, detail = on, s.isOn
			}
			if err := tx.PutSetting(ctx, s.name, value); err != nil {
				return err
			}
			if err := a.record(ctx, tx, Event{Action: ActionPortalChanged, Target: Target{Type: TargetPortal}, Detail: detail}); err != nil {
				return err
			}
		}
		return nil
	})
}

func passwordsNeed(n int) string { return fmt.Sprintf("new passwords need %d characters", n) }
