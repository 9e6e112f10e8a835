package account

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"encoding/hex"
	"fmt"
	"regexp"
	"strings"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/handlers/secret"
)

// RecoveryCodes is how many codes a person gets at a time. Each has 80 random bits and is stored as an
// HMAC under the portal's key, so that nobody who reads the database can search for them.
const RecoveryCodes = 10

// recoveryText is an encoding without letters that look like a digit or another letter.
var recoveryText = base32.NewEncoding("0123456789abcdefghjkmnpqrstvwxyz").WithPadding(base32.NoPadding)

var recoveryForm = regexp.MustCompile(`^[0-9a-hjkmnp-tv-z]{4}(-[0-9a-hjkmnp-tv-z]{4}){3}$`)

// IsRecoveryCode says whether a text looks like a recovery code, as it is shown.
func IsRecoveryCode(s string) bool { return recoveryForm.MatchString(s) }

// newRecoveryCodes replaces a person's recovery codes and returns the new ones.
func (as *Accounts) newRecoveryCodes(ctx context.Context, tx *db.Tx, personID string) ([]string, error) {
	var codes, hashes []string
	for range RecoveryCodes {
		var random [10]byte
		rand.Read(random[:])
		plain := recoveryText.EncodeToString(random[:])
		codes = append(codes, plain[:4]+"-"+plain[4:8]+"-"+plain[8:12]+"-"+plain[12:])
		hashes = append(hashes, recoveryHash(as.hub.Key.Derive(secret.ForRecoveryCodes), personID, plain))
	}
	return codes, tx.ReplaceRecoveryCodes(ctx, personID, hashes)
}

func recoveryHash(key []byte, personID, plain string) string {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(personID + " " + plain))
	return hex.EncodeToString(mac.Sum(nil))
}

// NewRecoveryCodes replaces the actor's recovery codes and returns the new ones, to be shown once. Without
// a second factor it returns ErrNoSecondFactor.
func (as *Accounts) NewRecoveryCodes(ctx context.Context, a hub.Actor) (codes []string, err error) {
	err = as.hub.DB.Tx(ctx, func(tx *db.Tx) error {
		p, f, err := lockFactors(ctx, tx, a.ID)
		if err != nil {
			return err
		}
		if !f.Has {
			return hub.ErrNoSecondFactor
		}
		if codes, err = as.newRecoveryCodes(ctx, tx, a.ID); err != nil {
			return err
		}
		if err := as.postFactorChanged(ctx, tx, a, p, "New recovery codes were made"); err != nil {
			return err
		}
		return a.Record(ctx, tx, hub.Event{Action: hub.ActionRecoveryCodesMade, Target: hub.OfPerson(a.ID, p.Name)})
	})
	if err != nil {
		return nil, err
	}
	return codes, nil
}

// useRecoveryCode uses a code up. It accepts any case, spaces and hyphens, and letters that look like the
// right ones. A code that isn't one of the person's unused ones is ErrWrongCode.
func (as *Accounts) useRecoveryCode(ctx context.Context, tx *db.Tx, a hub.Actor, p db.Person, code string) error {
	plain := strings.Map(func(r rune) rune {
		switch r {
		case ' ', '-', '\t':
			return -1
		case 'o':
			return '0'
		case 'i', 'l':
			return '1'
		}
		return r
	}, strings.ToLower(code))
	err := error(hub.ErrWrongCode)
	for _, d := range as.hub.Key.Derived(secret.ForRecoveryCodes) { // the code may be older than the portal's key
		if err = tx.UseRecoveryCode(ctx, p.ID, recoveryHash(d.Key, p.ID, plain)); !hub.IsMissing(err) {
			break
		}
		err = hub.ErrWrongCode
	}
	if err != nil {
		return err
	}
	left, err := tx.CountRecoveryCodes(ctx, p.ID)
	if err != nil {
		return err
	}
	if err := as.postFactorChanged(ctx, tx, a, p, "A recovery code was used"); err != nil {
		return err
	}
	return a.Record(ctx, tx, hub.Event{Action: hub.ActionRecoveryCodeUsed, Target: hub.OfPerson(p.ID, p.Name), Detail: fmt.Sprintf("%d left", left)})
}
