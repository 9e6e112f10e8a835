package db

import (
	"context"
	"time"
)

// States of a device code.
const (
	DeviceCodePending  = "pending"
	DeviceCodeApproved = "approved"
	DeviceCodeDenied   = "denied"
)

// DeviceCode is the device code of RFC 8628. Hash is its SHA-256; UserCode has eight letters
// without a dash. Interval is how long the device waits between two polls. FamilyID and PersonID
// are set once a person has approved it. Address and UserAgent are the device's. UsedAt is when it was
// redeemed, to the nanosecond; it is zero if the code was revoked instead.
type DeviceCode struct {
	Hash, UserCode, ClientID string
	Scope, Audience, State   string
	FamilyID, PersonID       string
	Address, UserAgent       string
	Interval                 time.Duration
	LastPollAt               time.Time
	CreatedAt, ExpiresAt     time.Time
	ConsumedAt, UsedAt       time.Time
}

const deviceCodeColumns = `hash, user_code, client_id, scope, audience, state, family_id, person_id,
	address, user_agent, interval_s, last_poll_at, created_at, expires_at, consumed_at, used_nanos`

func scanDeviceCode(s scanner) (d DeviceCode, err error) {
	var interval, poll, created, expires, consumed, used int64
	err = s.Scan(&d.Hash, &d.UserCode, &d.ClientID, &d.Scope, &d.Audience, &d.State, &d.FamilyID, &d.PersonID, &d.Address, &d.UserAgent,
		&interval, &poll, &created, &expires, &consumed, &used)
	d.Interval = time.Duration(interval) * time.Second
	d.LastPollAt, d.CreatedAt, d.ExpiresAt, d.ConsumedAt, d.UsedAt = at(poll), at(created), at(expires), at(consumed), atNanos(used)
	return d, err
}

// DeviceCode returns the code with this hash, whatever its state, or ErrNotFound.
func (r *Reader) DeviceCode(ctx context.Context, hash string) (DeviceCode, error) {
	return one(ctx, r, "DeviceCode", scanDeviceCode, `SELECT `+deviceCodeColumns+` FROM device_codes WHERE hash = $1`, hash)
}

// DeviceCodeByUserCode returns the code that a person types, whatever its state, or ErrNotFound.
func (r *Reader) DeviceCodeByUserCode(ctx context.Context, userCode string) (DeviceCode, error) {
	return one(ctx, r, "DeviceCodeByUserCode", scanDeviceCode,
		`SELECT `+deviceCodeColumns+`
		FROM device_codes
		WHERE user_code = $1`, userCode)
}

// InsertDeviceCode adds a code. It returns ErrConflict if the user code is taken.
func (t *Tx) InsertDeviceCode(ctx context.Context, d DeviceCode) error {
	_, err := t.exec(ctx, "InsertDeviceCode",
		`INSERT INTO device_codes (`+deviceCodeColumns+`)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)`,
		d.Hash, d.UserCode, d.ClientID, d.Scope, d.Audience, d.State, d.FamilyID, d.PersonID, d.Address, d.UserAgent,
		int64(d.Interval/time.Second), unix(d.LastPollAt), unix(d.CreatedAt), unix(d.ExpiresAt), unix(d.ConsumedAt), nanos(d.UsedAt))
	return err
}

// PollDeviceCode records a poll, and returns the code as it was before. Polls of one code take
// turns.
func (t *Tx) PollDeviceCode(ctx context.Context, hash string) (DeviceCode, error) {
	d, err := lock(ctx, t, "PollDeviceCode", scanDeviceCode, `SELECT `+deviceCodeColumns+` FROM device_codes WHERE hash = $1`, hash)
	if err != nil {
		return d, err
	}
	return d, t.mustTouch(ctx, "PollDeviceCode", `UPDATE device_codes SET last_poll_at = $2 WHERE hash = $1`, hash, unix(t.Now))
}

// SlowDownDeviceCode sets how long the device must wait between two polls.
func (t *Tx) SlowDownDeviceCode(ctx context.Context, hash string, interval time.Duration) error {
	return t.mustTouch(ctx, "SlowDownDeviceCode",
		`UPDATE device_codes
		SET interval_s = $2
		WHERE hash = $1`, hash, int64(interval/time.Second))
}

// AnswerDeviceCode stores a person's answer, DeviceCodeApproved or DeviceCodeDenied. It returns
// ErrNotFound if the code was answered before or has expired.
func (t *Tx) AnswerDeviceCode(ctx context.Context, hash, state, personID, familyID string) error {
	return t.mustTouch(ctx, "AnswerDeviceCode",
		`UPDATE device_codes
		SET state = $2, person_id = $3, family_id = $4
		WHERE hash = $1 AND state = 'pending' AND expires_at > $5`,
		hash, state, personID, familyID, unix(t.Now))
}

// ConsumeDeviceCode uses an approved code up: one of several concurrent callers gets it, the
// others get ErrNotFound. usedAt is zero for who revokes it.
func (t *Tx) ConsumeDeviceCode(ctx context.Context, hash string, usedAt time.Time) error {
	return t.mustTouch(ctx, "ConsumeDeviceCode",
		`UPDATE device_codes
		SET consumed_at = $2, used_nanos = $3
		WHERE hash = $1 AND state = 'approved' AND consumed_at = 0 AND expires_at > $2`, hash, unix(t.Now), nanos(usedAt))
}
