package app

import (
	"context"
	"fmt"
	"time"

	"gatepost/db"
	"gatepost/handlers/hub"
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
func (as *Apps) TeamFailures(ctx context.Context, a hub.Actor, q db.AuthFailureQuery) (list []db.AuthFailure, more bool, err error) {
	if q.TeamID == "" {
		return nil, false, db.ErrNotFound // those of no app are the owner's
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

// OwnerFailures is TeamFailures for requests that named no app of the portal. dropped is how
// many refusals this process did not keep, since too many came at once.
func (as *Apps) OwnerFailures(ctx context.Context, a hub.Actor, q db.AuthFailureQuery) (list []db.AuthFailure, more bool, dropped int64, err error) {
	if err := hub.MayOwn(a, seeFailures+" of no app"); err != nil {
		return nil, false, 0, err
	}
	q.TeamID, q.ClientID, q.SecretID = "", "", ""
	list, more, err = as.failures(ctx, q)
	return list, more, as.hub.DB.DroppedFailures(), err
}

// Failure gives one refused request by its error_id. One of another team, or of none where
// the actor is no owner, gives db.ErrNotFound as one that there is not.
func (as *Apps) Failure(ctx context.Context, a hub.Actor, id string) (db.AuthFailure, error) {
	f, err := as.hub.DB.AuthFailure(ctx, id)
	if err != nil {
		return db.AuthFailure{}, err
	}
	if f.TeamID == "" {
		if hub.MayOwn(a, seeFailures) != nil {
			return db.AuthFailure{}, fmt.Errorf("hub: Failure: %w", db.ErrNotFound)
		}
		return f, nil
	}
	if _, err := as.hub.MayDevelop(ctx, a, f.TeamID, seeFailures); err != nil {
		return db.AuthFailure{}, err
	}
	return f, nil
}

// FailedSecrets lists the secrets that were shown in a team's refused requests.
func (as *Apps) FailedSecrets(ctx context.Context, a hub.Actor, teamID string) ([]db.FailedSecret, error) {
	if _, err := as.hub.MayDevelop(ctx, a, teamID, seeFailures); err != nil {
		return nil, err
	}
	return as.hub.DB.FailedSecrets(ctx, teamID, maxFailedSecrets)
}

// FailingCallers counts who was refused in the last hour, of a team or of one of its apps.
func (as *Apps) FailingCallers(ctx context.Context, a hub.Actor, teamID, clientID string) (db.FailingCallers, error) {
	if _, err := as.hub.MayDevelop(ctx, a, teamID, seeFailures); err != nil {
		return db.FailingCallers{}, err
	}
	_ = as.hub.DB.FlushFailures(ctx)
	return as.hub.DB.FailingCallers(ctx, teamID, clientID, as.hub.Now().Add(-failingFor))
}
