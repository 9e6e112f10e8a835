package grant

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"gatepost/db"
	"gatepost/handlers/secret"
)

const (
	// DeviceLifetime is how long a person has to type a user code in.
	DeviceLifetime = 15 * time.Minute
	// pollInterval is how long a device waits between two polls, and what each poll that
	// comes too early adds to that (RFC 8628 section 3.5).
	pollInterval = 5 * time.Second
	// pollSlack makes up for a network that delivers one poll late and the next in time.
	pollTolerance = time.Second

	// A user code has 8 letters without vowels, so that it spells no word, and without Y
	// (RFC 8628 section 6.1): 34 bits.
	userCodeAlphabet = "BCDFGHJKLMNPQRSTVWXZ"
	userCodeLength   = 8
)

// DeviceAuthorization is RFC 8628 section 3.2. UserCode is written as people read it.
type DeviceAuthorization struct {
	DeviceCode, UserCode string
	ExpiresIn, Interval  time.Duration // whole seconds
}

var (
	errUnknownDevice = badGrant("The device code is unknown here, or was given to another client.").because(db.ReasonCodeUnknown, "no device code that this portal keeps")

	errDevicePending = &Error{Code: AuthorizationPending, Status: 400, Description: "The person has not answered yet: poll again after the interval."}
	errDeviceDenied  = &Error{Code: AccessDenied, Status: 400, Description: "The person has refused.", Reason: Reason{Kind: db.ReasonDeviceDenied, Detail: "the person has refused the device"}}
	errDeviceExpired = &Error{Code: ExpiredToken, Status: 400, Description: "The device code has expired before the person answered: start again.", Reason: Reason{Kind: db.ReasonDeviceExpired, Detail: "nobody has answered the device in 15 min"}}
)

func slowDown(interval time.Duration) *Error {
	return &Error{Code: SlowDown, Status: 400, Description: fmt.Sprintf("The polls come too fast: wait %d seconds between two of them.", int(interval/time.Second)),
		Reason: Reason{Kind: db.ReasonThrottled, Detail: "the device polls too fast"}}
}

// StartDevice gives a device its code, and the code for its person (RFC 8628 section 3.2).
func (s *Server) StartDeviceAuthorization(ctx context.Context, req Request) (DeviceAuthorization, error) {
	now := s.Now().Truncate(time.Second)
	client, err := s.authenticateClient(ctx, req, now, true)
	if err != nil {
		return DeviceAuthorization{}, err
	}
	if !slices.Contains(client.Grants, DeviceCode) {
		return DeviceAuthorization{}, withCredential(notForClient(DeviceCode), client)
	}
	scopes, err := s.resolveScopes(ctx, req.Scope, client.Scopes)
	if err != nil {
		return DeviceAuthorization{}, withCredential(err, client)
	}
	audiences, err := s.chooseAudience(ctx, req.Resources, nil)
	if err != nil {
		return DeviceAuthorization{}, withCredential(err, client)
	}
	plain, hash := secret.NewChecked(secret.DeviceCode)
	d := db.DeviceCode{
		Hash: hash, ClientID: client.ClientID, Scope: strings.Join(scopes, " "), Audience: strings.Join(audiences, " "),
		State: db.DeviceCodePending, Address: req.Caller.Address, UserAgent: req.Caller.UserAgent,
		Interval: pollInterval, CreatedAt: now, ExpiresAt: now.Add(DeviceLifetime),
	}
	const attempts = 5 // another device may have the user code
	for range attempts {
		d.UserCode = newUserCode()
		err = s.DB.Tx(ctx, func(tx *db.Tx) error { return tx.InsertDeviceCode(ctx, d) })
		if !errors.Is(err, db.ErrConflict) {
			break
		}
	}
	return DeviceAuthorization{DeviceCode: plain, UserCode: FormatUserCode(d.UserCode), ExpiresIn: DeviceLifetime, Interval: pollInterval}, err
}

// newUserCode gives a random user code. Bytes that would make some letters likelier are
// thrown away.
func newUserCode() string {
	const limit = 256 - 256%len(userCodeAlphabet)
	code := make([]byte, 0, userCodeLength)
	var pool [32]byte
	for {
		rand.Read(pool[:])
		for _, b := range pool {
			if int(b) >= limit {
				continue
			}
			code = append(code, userCodeAlphabet[int(b)%len(userCodeAlphabet)])
			if len(code) == userCodeLength {
				return string(code)
			}
		}
	}
}

// FormatUserCode writes a user code with a dash in the middle.
func FormatUserCode(code string) string {
	if len(code) != userCodeLength {
		return code
	}
	return code[:userCodeLength/2] + "-" + code[userCodeLength/2:]
}

// ParseUserCode reads a user code as people type it: case, spaces and dashes do not count.
// What can't be one gives an empty string.
func ParseUserCode(typed string) string {
	code := make([]byte, 0, userCodeLength)
	for _, c := range typed {
		if c >= 'a' && c <= 'z' {
			c -= 'a' - 'A'
		}
		switch {
		case c == ' ' || c == '-' || c == '\u2010' || c == '\u2011' || c == '\u2013':
		case c < 0x80 && strings.IndexByte(userCodeAlphabet, byte(c)) >= 0 && len(code) < userCodeLength:
			code = append(code, byte(c))
		default:
			return ""
		}
	}
	if len(code) != userCodeLength {
		return ""
	}
	return string(code)
}

// deviceCode is a poll of RFC 8628 section 3.4.
func deviceCode(ctx context.Context, s *Server, f *flow) (resolvedGrant, error) {
	if f.Request.DeviceCode == "" {
		return resolvedGrant{}, Invalid("The parameter device_code is missing.")
	}
	if !secret.WellFormed(secret.DeviceCode, f.Request.DeviceCode) {
		return resolvedGrant{}, errUnknownDevice
	}
	d, err := s.DB.DeviceCode(ctx, secret.HashToken(f.Request.DeviceCode))
	switch {
	case err != nil:
		return resolvedGrant{}, notFoundAs(err, errUnknownDevice)
	case d.ClientID != f.client.ClientID:
		return resolvedGrant{}, errUnknownDevice.because(db.ReasonCodeUnknown, "the device code was given to another app")
	case !d.ConsumedAt.IsZero():
		return resolvedGrant{}, s.refuseReused(ctx, f, d.FamilyID)
	case d.State == db.DeviceCodeDenied:
		return resolvedGrant{}, errDeviceDenied
	case !f.now.Before(d.ExpiresAt):
		return resolvedGrant{}, errDeviceExpired
	case d.State != db.DeviceCodeApproved:
		return resolvedGrant{}, s.poll(ctx, f, d.Hash)
	}
	family, err := s.DB.Family(ctx, d.FamilyID)
	if err != nil {
		return resolvedGrant{}, notFoundAs(err, errUnknownDevice)
	}
	g, err := f.resolveFamily(family)
	g.consume = func(ctx context.Context, tx *db.Tx) error {
		err := tx.ConsumeDeviceCode(ctx, d.Hash)
		if !errors.Is(err, db.ErrNotFound) {
			return err
		}
		now, err := tx.DeviceCode(ctx, d.Hash)
		switch {
		case err != nil:
			return err
		case now.ConsumedAt.IsZero():
			return errDeviceExpired
		}
		return errReused
	}
	return g, err
}

// poll notes that a device asked before its person has answered, and says so. A device that
// asks too fast has to wait longer from then on.
func (s *Server) poll(ctx context.Context, f *flow, hash string) error {
	var answer *Error
	err := s.DB.Tx(ctx, func(tx *db.Tx) error {
		answer = errDevicePending // the transaction may run again
		before, err := tx.PollDeviceCode(ctx, hash)
		if err != nil {
			return notFoundAs(err, errUnknownDevice)
		}
		if before.LastPollAt.IsZero() || f.now.Sub(before.LastPollAt) >= before.Interval-pollTolerance {
			return nil
		}
		answer = slowDown(before.Interval + pollInterval)
		return tx.SlowDownDeviceCode(ctx, hash, before.Interval+pollInterval)
	})
	if err != nil {
		return err
	}
	return answer
}
