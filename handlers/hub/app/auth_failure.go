package app

import (
	"context"
	"fmt"
	"time"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/views/words"
)

const (
	// FailurePage is how many refused requests a page of the list shows.
	FailurePage = 50
	// failingSince is how far back the dashboard looks for callers whose requests are refused.
	failingSince = time.Hour

	maxFailedSecrets = 200
	seeFailures      = "see refused requests"
)

// TeamFailures returns up to q.Limit refused token requests of q.TeamID that match q, newest first,
// and whether there are older ones. It needs the role developer or admin in the team.
func (as *Apps) TeamFailures(ctx context.Context, a hub.Actor, q db.AuthFailureQuery) (list []db.AuthFailure, more bool, err error) {
	if q.TeamID == "" {
		return nil, false, db.ErrNotFound // requests that name no app are for owners
	}
	if _, err := as.hub.MayDevelop(ctx, a, q.TeamID, seeFailures); err != nil {
		return nil, false, err
	}
	return as.failures(ctx, q)
}

func (as *Apps) failures(ctx context.Context, q db.AuthFailureQuery) (list []db.AuthFailure, more bool, err error) {
	limit := q.Limit
	q.Limit++
	list, err = as.hub.DB.AuthFailures(ctx, q)
	if len(list) > limit {
		return list[:limit], true, err
	}
	return list, false, err
}

// OwnerFailures is TeamFailures for requests that named none of the portal's apps. dropped counts the
// refusals that this process didn't store because too many came in a short time.
func (as *Apps) OwnerFailures(ctx context.Context, a hub.Actor, q db.AuthFailureQuery) (list []db.AuthFailure, more bool, dropped int64, err error) {
	if err := as.hub.MayOwn(ctx, a, seeFailures+" that name no app"); err != nil {
		return nil, false, 0, err
	}
	q.TeamID, q.ClientID, q.SecretID = "", "", ""
	list, more, err = as.failures(ctx, q)
	return list, more, as.hub.DB.DroppedFailures(), err
}

// Failure returns a refused request by its error_id. A request of another team, or one that named no
// app if the actor isn't an owner, is db.ErrNotFound, as if it didn't exist.
func (as *Apps) Failure(ctx context.Context, a hub.Actor, id string) (db.AuthFailure, error) {
	f, err := as.hub.DB.AuthFailure(ctx, id)
	if err != nil {
		return db.AuthFailure{}, err
	}
	if f.TeamID == "" {
		if a.Kind != hub.Operator && !a.Owns() {
			return db.AuthFailure{}, fmt.Errorf("hub: Failure: %w", db.ErrNotFound)
		}
		return f, as.hub.MayOwn(ctx, a, seeFailures)
	}
	if _, err := as.hub.MayDevelop(ctx, a, f.TeamID, seeFailures); err != nil {
		return db.AuthFailure{}, err
	}
	return f, nil
}

// FailedSecrets returns the secrets that a team's refused requests presented.
func (as *Apps) FailedSecrets(ctx context.Context, a hub.Actor, teamID string) ([]db.FailedSecret, error) {
	if _, err := as.hub.MayDevelop(ctx, a, teamID, seeFailures); err != nil {
		return nil, err
	}
	return as.hub.DB.FailedSecrets(ctx, teamID, maxFailedSecrets)
}

// FailingCallers counts the callers of a team, or of one of its apps, that were refused in the last hour.
func (as *Apps) FailingCallers(ctx context.Context, a hub.Actor, teamID, clientID string) (db.FailingCallers, error) {
	if _, err := as.hub.MayDevelop(ctx, a, teamID, seeFailures); err != nil {
		return db.FailingCallers{}, err
	}
	_ = as.hub.DB.FlushFailures(ctx)
	return as.hub.DB.FailingCallers(ctx, teamID, clientID, as.hub.Now().Add(-failingSince))
}

// FailureSentence returns what words needs to say why a request was refused.
func FailureSentence(f db.AuthFailure) words.Refused {
	return words.Refused{Reason: f.Reason, Detail: f.Detail, Hint: f.Hint, Revoked: f.SecretRevoked, RevokedBy: f.SecretRevokedBy, Expires: f.SecretExpires}
}
