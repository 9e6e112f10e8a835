package db

import (
	"context"
	"time"
)

// The true reasons why a token request is refused. They are stored in rows, and used in the
// addresses of filters and as anchors in the docs.
const (
	ReasonSecretRevoked    = "secret_revoked"
	ReasonSecretExpired    = "secret_expired"
	ReasonDrill            = "drill"
	ReasonSecretUnknown    = "secret_unknown"
	ReasonSecretWhitespace = "secret_whitespace"
	ReasonSecretQuoted     = "secret_quoted"
	ReasonSecretTruncated  = "secret_truncated"
	ReasonSecretOfOtherApp = "secret_of_other_app"
	ReasonUnknownClient    = "unknown_client"
	ReasonNoCredentials    = "no_credentials"
	ReasonAuthMethod       = "auth_method"
	ReasonAssertionClock   = "assertion_clock"
	ReasonAssertionBad     = "assertion_bad"
	ReasonBodyNotForm      = "body_not_form"
	ReasonBodyNotJSON      = "body_not_json"
	ReasonDuplicate        = "duplicate_parameter"
	ReasonQueryNotAllowed  = "query_not_allowed"
	ReasonGrantNotAllowed  = "grant_not_allowed"
	ReasonScopeNotGranted  = "scope_not_granted"
	ReasonResourceUnknown  = "resource_unknown"
	ReasonCodeUnknown      = "code_unknown"
	ReasonCodeUsed         = "code_used"
	ReasonCodeRepeated     = "code_repeated"
	ReasonCodeExpired      = "code_expired"
	ReasonRedirectMismatch = "redirect_mismatch"
	ReasonPKCE             = "pkce_mismatch"
	ReasonRefreshUnknown   = "refresh_unknown"
	ReasonRefreshReused    = "refresh_reused"
	ReasonRefreshExpired   = "refresh_expired"
	ReasonGrantEnded       = "grant_ended"
	ReasonDeviceDenied     = "device_denied"
	ReasonDeviceExpired    = "device_expired"
	ReasonWrongLogin       = "wrong_login"
	ReasonSecondFactor     = "second_factor"
	ReasonThrottled        = "throttled"
	ReasonOther            = "other"
)

// AuthFailure is a refused token request. ID is the error_id that the client saw, and Status,
// Code and Description are the rest of what it saw. Reason and Detail are the true reason, for
// the app's team only; Detail holds nothing that came with the request. Proven says that the
// caller had something of the app's that nobody can guess, such as a revoked secret.
//
// TeamID is empty when the request named no app of the portal; NoteFailure fills it in.
type AuthFailure struct {
	ID                           string
	At                           time.Time // to the nanosecond
	TeamID, ClientID             string
	Proven                       bool
	SecretID, Hint               string // of the secret that was sent, if there is such a secret
	Status                       int
	Code, Description            string
	Reason, Detail               string
	Endpoint, Dialect            string
	Address, UserAgent           string
	AppName                      string // as of now, like all below; empty if the app is gone
	SecretLabel                  string
	SecretExpires, SecretRevoked time.Time
	SecretRevokedBy              string
}

const failureColumns = `id, seq, team_id, client_id, proven, secret_id, hint, status, code,
	description, reason, detail, endpoint, dialect, address, user_agent`

const failureQuery = `SELECT f.id, f.seq, f.team_id, f.client_id, f.proven, f.secret_id, f.hint,
		f.status, f.code, f.description, f.reason, f.detail, f.endpoint, f.dialect, f.address, f.user_agent,
		COALESCE(a.name, ''), COALESCE(s.label, ''), COALESCE(s.expires_at, 0), COALESCE(s.revoked_at, 0), COALESCE(s.revoked_by_name, '')
	FROM auth_failures f
	LEFT JOIN apps a ON a.client_id = f.client_id
	LEFT JOIN client_secrets s ON s.id = f.secret_id`

func scanFailure(s scanner) (f AuthFailure, err error) {
	var seq, ends, revoked int64
	err = s.Scan(&f.ID, &seq, &f.TeamID, &f.ClientID, &f.Proven, &f.SecretID, &f.Hint, &f.Status, &f.Code, &f.Description, &f.Reason, &f.Detail,
		&f.Endpoint, &f.Dialect, &f.Address, &f.UserAgent, &f.AppName, &f.SecretLabel, &ends, &revoked, &f.SecretRevokedBy)
	f.At, f.SecretExpires, f.SecretRevoked = time.Unix(0, seq).UTC(), at(ends), at(revoked)
	return f, err
}

// AuthFailureQuery asks for the failures of a team, or with an empty TeamID for those that
// belong to no app. Other empty fields don't narrow it.
type AuthFailureQuery struct {
	TeamID, ClientID string
	Reason, SecretID string
	Address          string
	Since, Until     time.Time // from Since, up to but not at Until
	// Before is the ID of a failure: only older ones. If that failure is gone, or isn't the
	// team's, nothing matches.
	Before string
	Limit  int
}

// AuthFailures lists the failures that match, newest first.
func (r *Reader) AuthFailures(ctx context.Context, q AuthFailureQuery) ([]AuthFailure, error) {
	return all(ctx, r, "AuthFailures", scanFailure, failureQuery+`
		WHERE f.team_id = $1 AND ($2 = '' OR f.client_id = $2) AND ($3 = '' OR f.reason = $3) AND ($4 = '' OR f.secret_id = $4)
			AND ($5 = '' OR f.address = $5) AND f.seq >= $6 AND (CAST($7 AS BIGINT) = 0 OR f.seq < CAST($7 AS BIGINT))
			AND ($8 = '' OR f.seq < (SELECT b.seq FROM auth_failures b WHERE b.id = $8 AND b.team_id = $1))
		ORDER BY f.seq DESC LIMIT $9`,
		q.TeamID, q.ClientID, q.Reason, q.SecretID, q.Address, nanos(q.Since), nanos(q.Until), q.Before, q.Limit)
}

// AuthFailure returns the failure with this error_id, or ErrNotFound. The caller checks its team.
func (r *Reader) AuthFailure(ctx context.Context, id string) (AuthFailure, error) {
	return one(ctx, r, "AuthFailure", scanFailure, failureQuery+` WHERE f.id = $1`, id)
}

// FailedSecret is a secret that was sent in a refused request.
type FailedSecret struct{ SecretID, Hint, Label, AppName string }

// FailedSecrets lists up to limit of the secrets in a team's failures, by app and hint.
func (r *Reader) FailedSecrets(ctx context.Context, teamID string, limit int) ([]FailedSecret, error) {
	scan := func(s scanner) (f FailedSecret, err error) {
		return f, s.Scan(&f.SecretID, &f.Hint, &f.Label, &f.AppName)
	}
	return all(ctx, r, "FailedSecrets", scan,
		`SELECT f.secret_id, f.hint, COALESCE(s.label, ''), COALESCE(a.name, '')
		FROM (SELECT DISTINCT secret_id, hint, client_id FROM auth_failures WHERE team_id = $1 AND secret_id <> '') f
		LEFT JOIN apps a ON a.client_id = f.client_id
		LEFT JOIN client_secrets s ON s.id = f.secret_id
		ORDER BY COALESCE(a.name, ''), f.hint, f.secret_id LIMIT $2`, teamID, limit)
}

// FailingCallers says how many callers were refused, how often, and for which reason most
// often. A caller is one address and program calling as one app.
type FailingCallers struct {
	Callers, Failures int
	Reason            string
}

// FailingCallers counts the refused callers of a team, or of one of its apps, since a time.
func (r *Reader) FailingCallers(ctx context.Context, teamID, clientID string, since time.Time) (FailingCallers, error) {
	scan := func(s scanner) (f FailingCallers, err error) { return f, s.Scan(&f.Callers, &f.Failures, &f.Reason) }
	return one(ctx, r, "FailingCallers", scan,
		`WITH recent AS (SELECT client_id, address, user_agent, reason FROM auth_failures
			WHERE team_id = $1 AND ($2 = '' OR client_id = $2) AND seq >= $3)
		SELECT (SELECT COUNT(*) FROM (SELECT DISTINCT client_id, address, user_agent FROM recent) c), (SELECT COUNT(*) FROM recent),
			COALESCE((SELECT reason FROM recent GROUP BY reason ORDER BY COUNT(*) DESC, reason LIMIT 1), '')`,
		teamID, clientID, nanos(since))
}

// MoveAuthFailures moves an app's failures to another team, along with the app.
func (t *Tx) MoveAuthFailures(ctx context.Context, clientID, teamID string) error {
	_, err := t.exec(ctx, "MoveAuthFailures", `UPDATE auth_failures SET team_id = $2 WHERE client_id = $1`, clientID, teamID)
	return err
}

// insertFailure stores one failure.
func (t *Tx) insertFailure(ctx context.Context, f AuthFailure) error {
	_, err := t.exec(ctx, "insertFailure",
		`INSERT INTO auth_failures (`+failureColumns+`)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
		ON CONFLICT DO NOTHING`,
		f.ID, f.At.UnixNano(), f.TeamID, f.ClientID, f.Proven, f.SecretID, f.Hint, f.Status, f.Code, f.Description, f.Reason, f.Detail,
		f.Endpoint, f.Dialect, f.Address, f.UserAgent)
	return err
}

// How many failures are kept: the newest of each app, counting separately those that anybody
// can cause, so that they can't push out the others; of requests that name no app; and in all.
const (
	maxProvenFailures = 5_000
	maxFailures       = 2_000
	minFailures       = 20
	maxStrayFailures  = 5_000
	maxAllFailures    = 200_000
	// trimStep is how many rows one statement deletes.
	trimStep = 1_000
)

// shareOf returns how many failures each of so many apps keeps, at most most: all apps have the
// same share of the whole, so that a flood of requests for some takes nothing from the others.
func shareOf(most, apps int) int { return max(minFailures, min(most, maxAllFailures/2/max(apps, 1))) }

// failureKind is a group of failures with one bound: an app's failures, where those that anybody
// can cause are apart from the proven ones; those of a team that name none of its apps; or those
// of no team.
type failureKind struct {
	proven           bool
	teamID, clientID string
}

func (f AuthFailure) kind() failureKind {
	if f.TeamID == "" {
		return failureKind{}
	}
	return failureKind{f.Proven, f.TeamID, f.ClientID}
}

// trimKind deletes what is beyond the bound of a kind, in a portal of so many apps.
func (t *Tx) trimKind(ctx context.Context, k failureKind, apps int) error {
	switch {
	case k.teamID == "":
		return t.trimFailures(ctx, maxStrayFailures, `team_id = ''`)
	case k.proven:
		return t.trimFailures(ctx, shareOf(maxProvenFailures, apps),
			`client_id = $3 AND proven = TRUE AND team_id = $4`, k.clientID, k.teamID)
	}
	return t.trimFailures(ctx, shareOf(maxFailures, apps),
		`client_id = $3 AND proven = FALSE AND team_id = $4`, k.clientID, k.teamID)
}

// trimFailures deletes all but the newest keep of the failures that match a condition, whose
// arguments start at $3.
func (t *Tx) trimFailures(ctx context.Context, keep int, where string, args ...any) error {
	for {
		n, err := t.exec(ctx, "trimFailures",
			`DELETE FROM auth_failures
			WHERE id IN (SELECT id FROM auth_failures WHERE `+where+` ORDER BY seq DESC LIMIT $1 OFFSET $2)`,
			append([]any{trimStep, keep}, args...)...)
		if err != nil || n < trimStep {
			return err
		}
	}
}
