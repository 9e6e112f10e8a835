package grant

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"gatepost/db"
	"gatepost/handlers/hub/limit"
	"gatepost/handlers/secret"
)

const (
	// DeviceLifetime is how long a person has to enter a user code.
	DeviceLifetime = 15 * time.Minute
	// pollInterval is how long a device must wait between two polls, and what each poll that
	// comes too early adds to that (RFC 8628 section 3.5).
	pollInterval = 5 * time.Second
	// pollTolerance allows for a network that delivers one poll late and the next on time.
	pollTolerance = time.Second
	// userCodeAttempts bounds the tries to find a user code that no other device has.
	userCodeAttempts = 5
)

// DeviceAuthorization is the response of RFC 8628 section 3.2. UserCode is formatted for people.
type DeviceAuthorization struct {
	DeviceCode, UserCode string
	ExpiresIn, Interval  time.Duration // whole seconds
}

var (
	errUnknownDevice = badGrant("The device code is unknown, or was issued to another client.").
				because(Reason{Kind: db.ReasonCodeUnknown, Detail: "this portal has no such device code"})
	errDeviceOfOther = errUnknownDevice.
				because(Reason{Kind: db.ReasonCodeUnknown, Detail: "the device code was issued to another app"})

	errDevicePending = &Error{Code: AuthorizationPending, Status: 400, Description: "The person has not answered yet: poll again after the interval."}
	errDeviceDenied  = &Error{
		Code: AccessDenied, Status: 400, Description: "The person has refused.",
		Reason: Reason{Kind: db.ReasonDeviceDenied, Detail: "the person has refused the device"},
	}
	errDeviceExpired = &Error{
		Code: ExpiredToken, Status: 400, Description: "The device code expired before the person answered: start again.",
		Reason: Reason{Kind: db.ReasonDeviceExpired, Detail: "nobody entered the user code within 15 min"},
	}
)

func slowDown(interval time.Duration) *Error {
	return &Error{
		Code: SlowDown, Status: 400, Description: fmt.Sprintf("Polling too fast: wait %d seconds between two polls.", int(interval/time.Second)),
		Reason: Reason{Kind: db.ReasonThrottled, Detail: "the device polls too fast"},
	}
}

// StartDeviceAuthorization issues a device code, and the user code for its person (RFC 8628
// section 3.2). A place that has too many gets *limit.Exceeded.
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
	audiences, err := s.chooseAudience(ctx, client, req.Resources, nil)
	if err != nil {
		return DeviceAuthorization{}, withCredential(err, client)
	}
	plain, hash := secret.NewChecked(secret.DeviceCode)
	d := db.DeviceCode{
		Hash: hash, ClientID: client.ClientID, Scope: strings.Join(scopes, " "), Audience: strings.Join(audiences, " "),
		State: db.DeviceCodePending, Address: req.Caller.Address, UserAgent: req.Caller.UserAgent,
		Interval: pollInterval, CreatedAt: now, ExpiresAt: now.Add(DeviceLifetime),
	}
	for range userCodeAttempts {
		d.UserCode = newUserCode()
		err = s.DB.Tx(ctx, func(tx *db.Tx) error {
			if err := limit.Take(ctx, tx, s.Now(), limit.Use{ID: limit.DeviceCodes, Key: limit.Place(req.Caller.Address)}); err != nil {
				return err
			}
			return tx.InsertDeviceCode(ctx, d)
		})
		if !errors.Is(err, db.ErrConflict) {
			break
		}
	}
	return DeviceAuthorization{DeviceCode: plain, UserCode: FormatUserCode(d.UserCode), ExpiresIn: DeviceLifetime, Interval: pollInterval}, err
}

// deviceCode is one poll of RFC 8628 section 3.4.
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
		return resolvedGrant{}, errDeviceOfOther
	case f.provesClient() && f.retries(d.UsedAt):
		return resolvedGrant{}, errCodeRepeated
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
	g, err := s.resolveFamily(ctx, f, family)
	g.consume = func(ctx context.Context, tx *db.Tx) error {
		err := tx.ConsumeDeviceCode(ctx, d.Hash, f.arrived)
		if !errors.Is(err, db.ErrNotFound) {
			return err
		}
		current, err := tx.DeviceCode(ctx, d.Hash)
		switch {
		case err != nil:
			return err
		case current.ConsumedAt.IsZero():
			return errDeviceExpired
		case f.provesClient() && f.retries(current.UsedAt):
			return errCodeRepeated
		}
		return errReused
	}
	return g, err
}

// provesClient reports whether the client authenticated. A public client has nothing that goes with a
// device code, so that a second use of one can't be told from a thief's.
func (f *flow) provesClient() bool { return f.client.AuthMethod != db.AuthNone }

// poll records a poll that came before the person's answer, and returns authorization_pending.
// A device that polls too fast gets slow_down and must wait longer from then on.
func (s *Server) poll(ctx context.Context, f *flow, hash string) error {
	var answer *Error
	err := s.DB.Tx(ctx, func(tx *db.Tx) error {
		answer = errDevicePending // the transaction may run again
		previous, err := tx.PollDeviceCode(ctx, hash)
		if err != nil {
			return notFoundAs(err, errUnknownDevice)
		}
		if previous.LastPollAt.IsZero() || f.now.Sub(previous.LastPollAt) >= previous.Interval-pollTolerance {
			return nil
		}
		answer = slowDown(previous.Interval + pollInterval)
		return tx.SlowDownDeviceCode(ctx, hash, previous.Interval+pollInterval)
	})
	if err != nil {
		return err
	}
	return answer
}
