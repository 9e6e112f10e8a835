package hub

import (
	"context"
	"time"

	"gatepost/db"
)

// Names of the portal's settings. One that is on has the value of the constant on; one that was
// never stored is off.
const (
	SettingNoEnd          = "personal_tokens_without_end"
	SettingVendorLoginOff = "iotconnect_off"         // the owner has switched the iotconnect dialect off
	SettingLongPassword   = "password_long"          // new passwords need LongPassword characters
	SettingSecondFactor   = "second_factor_required" // everyone of the portal needs a second factor

	SettingOn = "on"
)

// Lengths of a password in characters (NIST SP 800-63B-4 section 3.1.1.2 asks that at least
// 64 be allowed).
const (
	MinPassword  = 12
	LongPassword = 15 // what the owner may ask for: NIST wants it of a password that is the only factor
	MaxPassword  = 256
)

const (
	// DefaultTokenLifetime is how long an app's access tokens live unless its settings say otherwise.
	DefaultTokenLifetime = time.Hour
	// MaxPersonalLife is how far ahead the end of a personal token may lie.
	MaxPersonalLife = 366 * 24 * time.Hour
)

// IsOn says whether a setting is on; one that was never stored is off.
func IsOn(ctx context.Context, r *db.Reader, name string) (bool, error) {
	v, err := r.Setting(ctx, name)
	if IsMissing(err) {
		return false, nil
	}
	return v == SettingOn, err
}
