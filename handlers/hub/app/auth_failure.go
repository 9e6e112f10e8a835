package hub

import (
	"context"
	"fmt"
	"time"

	"gatepost/db"
)

const (
	// FailurePage is how many refused requests a page of the list shows.
	FailurePage = 50
	// failingFor is how far back the dashboard looks for callers that fail.
	failingFor = time.Hour

	maxFailedSecrets = 200
	seeFailures      = "see refused requests"
)

// TeamFailures gives up to q.Limit of the refused token requests of q.TeamID that fit, newest
// first, and whether there are older ones. It is for people with full access in the team.
func (h *Hub) TeamFailures(ctx context.Context, a Actor, q db.AuthFailureQuery) (list []db.AuthFailure, more bool, err error) {
	if q.TeamID == "" {
		return nil, false, db.ErrNotFound // those of no app are the owner's
	}
	if _, err := h.mayDevelop(ctx, a, q.TeamID, seeFailures); err != nil {
		return nil, false, err
	}
	return h.failures(ctx, q)
}

func (h *Hub) failures(ctx context.Context, q db.AuthFailureQuery) (list []db.AuthFailure, more bool, err error) {
	limit := q.Limit
	q.Limit++
	list, err = h.DB.AuthFailures(ctx, q)
	if len(list) > limit {
		return list[:limit], true, err
	}
	return list, false, err
}

// OwnerFailures is TeamFailures for requests that named no app of the portal. dropped is how
// many refusals this process did not keep, since too many came at once.
func (h *Hub) OwnerFailures(ctx context.Context, a Actor, q db.AuthFailureQuery) (list []db.AuthFailure, more bool, dropped int64, err error) {
	if err := mayOwn(a, seeFailures+" of no app"); err != nil {
		return nil, false, 0, err
	}
	q.TeamID, q.ClientID, q.SecretID = "", "", ""
	list, more, err = h.failures(ctx, q)
	return list, more, h.DB.DroppedFailures(), err
}

// Failure gives one refused request by its error_id. One of another team, or of none where
// the actor is no owner, gives db.ErrNotFound as one that there is not.
func (h *Hub) Failure(ctx context.Context, a Actor, id string) (db.AuthFailure, error) {
	f, err := h.DB.AuthFailure(ctx, id)
	if err != nil {
		return db.AuthFailure{}, err
	}
	if f.TeamID == "" {
		if mayOwn(a, seeFailures) != nil {
			return db.AuthFailure{}, fmt.Errorf("hub: Failure: %w", db.ErrNotFound)
		}
		return f, nil
	}
	if _, err := h.mayDevelop(ctx, a, f.TeamID, seeFailures); err != nil {
		return db.AuthFailure{}, err
	}
	return f, nil
}

// FailedSecrets lists the secrets that were shown in a team's refused requests.
func (h *Hub) FailedSecrets(ctx context.Context, a Actor, teamID string) ([]db.FailedSecret, error) {
	if _, err := h.mayDevelop(ctx, a, teamID, seeFailures); err != nil {
		return nil, err
	}
	return h.DB.FailedSecrets(ctx, teamID, maxFailedSecrets)
}

// FailingCallers counts who was refused in the last hour, of a team or of one of its apps.
func (h *Hub) FailingCallers(ctx context.Context, a Actor, teamID, clientID string) (db.FailingCallers, error) {
	if _, err := h.mayDevelop(ctx, a, teamID, seeFailures); err != nil {
		return db.FailingCallers{}, err
	}
	_ = h.DB.FlushFailures(ctx)
	return h.DB.FailingCallers(ctx, teamID, clientID, h.Now().Add(-failingFor))
}

// FailureText is the true reason of a refused request in words, as seen from now: "revoked
// secret ..k3f9, retired 3 d ago by Ana".
func FailureText(f db.AuthFailure, now time.Time) string {
	secret := "secret .." + f.Hint
	switch {
	case f.Reason == db.ReasonSecretRevoked && f.Hint != "" && !f.SecretRevoked.IsZero():
		text := "revoked " + secret + ", retired " + when(f.SecretRevoked, now)
		if f.SecretRevokedBy != "" {
			text += " by " + f.SecretRevokedBy
		}
		return text
	case f.Reason == db.ReasonSecretExpired && f.Hint != "" && !f.SecretExpires.IsZero() && !f.SecretExpires.After(now):
		return secret + " expired " + when(f.SecretExpires, now)
	case f.Reason == db.ReasonDrill && f.Hint != "":
		return secret + " was refused by a brownout drill"
	}
	return f.Detail
}

// when is a past time as people say it: "14 s ago", "yesterday", "3 d ago".
func when(t, now time.Time) string {
	t, now = t.UTC(), now.UTC()
	day := func(t time.Time) time.Time { return t.Truncate(24 * time.Hour) }
	switch age, days := now.Sub(t), int(day(now).Sub(day(t))/(24*time.Hour)); {
	case age < time.Second:
		return "just now"
	case age < time.Minute:
		return fmt.Sprintf("%d s ago", int(age/time.Second))
	case age < time.Hour:
		return fmt.Sprintf("%d min ago", int(age/time.Minute))
	case days == 0 || age < 12*time.Hour:
		return fmt.Sprintf("%d h ago", int(age/time.Hour))
	case days == 1:
		return "yesterday"
	default:
		return fmt.Sprintf("%d d ago", days)
	}
}
