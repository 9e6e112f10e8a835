package hub

import (
	"context"
	"fmt"
	"time"

	"gatepost/db"
	"gatepost/views/words"
)

// Names of the portal's settings. A setting that is on has the value SettingOn; one that was never
// stored is off.
const (
	SettingNoExpiry       = "personal_tokens_without_end" // personal tokens don't need an expiry
	SettingVendorLoginOff = "iotconnect_off"              // the iotconnect dialect can't sign people in
	SettingLongPassword   = "password_long"               // new passwords need LongPassword characters
	SettingSecondFactor   = "second_factor_required"      // everyone needs a second factor

	// SettingOn is the value of a setting that is on.
	SettingOn = "on"
)

// Lengths of a password in characters (NIST SP 800-63B-4 section 3.1.1.2 asks that at least
// 64 be allowed).
const (
	MinPassword  = 12
	LongPassword = 15 // what owners can require; NIST asks for it if the password is the only factor
	MaxPassword  = 256
)

const (
	// DefaultTokenLifetime is how long an app's access tokens live unless its settings say otherwise.
	DefaultTokenLifetime = time.Hour
	// DefaultRefreshGrace is for how long a used refresh token of an app still answers unless its settings say otherwise.
	DefaultRefreshGrace = 10 * time.Second
	// MaxPersonalTokenLife is the longest lifetime of a personal token that expires.
	MaxPersonalTokenLife = 366 * 24 * time.Hour
)

// EndedWithoutFactor continues the audit log's sentence about a required second factor with what it
// ended for people who have none.
func EndedWithoutFactor(e db.Expelled) string {
	return fmt.Sprintf(": ended %s, %s and %s of people without one", words.Count(int(e.PersonalTokens), "personal token", "personal tokens"),
		words.Count(int(e.Calendars), "calendar address", "calendar addresses"), words.Count(int(e.Apps), "authorization", "authorizations"))
}

// IsOn says whether a setting is on.
func IsOn(ctx context.Context, r *db.Reader, name string) (bool, error) {
	v, err := r.Setting(ctx, name)
	if IsMissing(err) {
		return false, nil
	}
	return v == SettingOn, err
}
