package db

import (
	"context"
	"errors"
	"time"
)

// Expel says which of a person's credentials end. Calendars are the private addresses of a team's
// calendar; Apps is all that they allowed apps, vendor logins included. KeepSession is the id of a
// session that stays.
type Expel struct {
	Sessions, PersonalTokens, Calendars, Apps bool
	KeepSession                               string
}

// Expelled counts what has ended. Apps counts apps, not their tokens.
type Expelled struct {
	Sessions, PersonalTokens, Calendars, Apps int64
	EmailChange                               bool // a change of the address was pending
}

// Expel ends credentials of a person. Whatever was pending ends in any case: sign-ins and other
// challenges, a change of the address, and links that set a new password.
func (t *Tx) Expel(ctx context.Context, personID string, what Expel) (e Expelled, err error) {
	if err := t.CancelResetLinks(ctx, personID); err != nil {
		return e, err
	}
	if err := t.EndEmailChange(ctx, personID); err == nil {
		e.EmailChange = true
	} else if !errors.Is(err, ErrNotFound) {
		return e, err
	}
	if err := t.DeleteChallengesOf(ctx, personID); err != nil {
		return e, err
	}
	if what.Sessions {
		if e.Sessions, err = t.DeleteSessionsOf(ctx, personID, what.KeepSession); err != nil {
			return e, err
		}
	}
	if what.PersonalTokens {
		if e.PersonalTokens, err = t.RevokePersonalTokensOf(ctx, personID); err != nil {
			return e, err
		}
	}
	if what.Calendars {
		if e.Calendars, err = t.exec(ctx, "Expel", `DELETE FROM calendar_feeds WHERE person_id = $1`, personID); err != nil {
			return e, err
		}
	}
	if what.Apps {
		e.Apps, err = t.expelApps(ctx, personID)
	}
	return e, err
}

// expelApps ends everything that a person allowed apps: what is remembered, what waits for an
// answer, codes and tokens. It returns how many apps lose something.
func (t *Tx) expelApps(ctx context.Context, personID string) (int64, error) {
	apps, err := one(ctx, &t.Reader, "Expel", value[int64],
		`SELECT COUNT(*)
		FROM (SELECT client_id FROM authorizations WHERE person_id = $1
			UNION SELECT client_id FROM families WHERE person_id = $1 AND revoked_at = 0 AND expires_at > $2) x`, personID, unix(t.Now))
	if err != nil {
		return 0, err
	}
	if _, err := t.RevokeFamiliesOf(ctx, personID); err != nil {
		return 0, err
	}
	for _, query := range []string{
		`DELETE FROM authorizations WHERE person_id = $1`,
		`DELETE FROM consent_requests WHERE person_id = $1 AND answered_at = 0`,
		`UPDATE device_codes SET state = 'denied' WHERE person_id = $1 AND consumed_at = 0`,
	} {
		if _, err := t.exec(ctx, "Expel", query, personID); err != nil {
			return 0, err
		}
	}
	return apps, t.revokeOwnTokens(ctx, `person_id = $2`, personID)
}

// revokeOwnTokens revokes the access tokens without a family that match a condition, whose
// arguments start at $2: those that people got for themselves on the pages of an app.
func (t *Tx) revokeOwnTokens(ctx context.Context, where string, args ...any) error {
	_, err := t.exec(ctx, "revokeOwnTokens",
		`UPDATE access_tokens
		SET revoked_at = $1
		WHERE revoked_at = 0 AND expires_at > $1 AND family_id = '' AND person_id <> '' AND `+where, append([]any{unix(t.Now)}, args...)...)
	return err
}

// PasswordReset is the last reset of a person's password by a link, with what it ended.
type PasswordReset struct {
	PersonID string
	At       time.Time
	Address  string // from where
	Ended    Expelled
}

// PasswordReset returns the last reset of a person's password, or ErrNotFound.
func (r *Reader) PasswordReset(ctx context.Context, personID string) (PasswordReset, error) {
	scan := func(s scanner) (x PasswordReset, err error) {
		var when int64
		err = s.Scan(&x.PersonID, &when, &x.Address, &x.Ended.Sessions, &x.Ended.PersonalTokens, &x.Ended.Calendars, &x.Ended.Apps, &x.Ended.EmailChange)
		x.At = at(when)
		return x, err
	}
	return one(ctx, r, "PasswordReset", scan,
		`SELECT person_id, at, address, sessions, personal_tokens, calendars, apps, email_change
		FROM password_resets
		WHERE person_id = $1`, personID)
}

// PutPasswordReset stores the last reset of a person's password.
func (t *Tx) PutPasswordReset(ctx context.Context, x PasswordReset) error {
	_, err := t.exec(ctx, "PutPasswordReset",
		`INSERT INTO password_resets (person_id, at, address, sessions, personal_tokens, calendars, apps, email_change)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
		ON CONFLICT (person_id) DO UPDATE SET at = excluded.at, address = excluded.address, sessions = excluded.sessions,
			personal_tokens = excluded.personal_tokens, calendars = excluded.calendars, apps = excluded.apps, email_change = excluded.email_change`,
		x.PersonID, unix(x.At), x.Address, x.Ended.Sessions, x.Ended.PersonalTokens, x.Ended.Calendars, x.Ended.Apps, x.Ended.EmailChange)
	return err
}
