package account

import (
	"context"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/views/words"
)

// Sessions lists the actor's own sessions.
func (as *Accounts) Sessions(ctx context.Context, a hub.Actor) ([]db.Session, error) {
	return as.hub.DB.SessionsOf(ctx, a.ID, as.hub.Now())
}

// EndSession ends one of the actor's own sessions.
func (as *Accounts) EndSession(ctx context.Context, a hub.Actor, id string) error {
	return as.hub.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := tx.DeleteSession(ctx, id, a.ID); err != nil {
			return err
		}
		return a.Record(ctx, tx, hub.Event{Action: hub.ActionSessionEnded, Target: hub.OfPerson(a.ID, a.Name)})
	})
}

// EndOtherSessions ends all the actor's sessions but the one with the id keep. With appsToo it also
// revokes the tokens of every app that acts for them.
func (as *Accounts) EndOtherSessions(ctx context.Context, a hub.Actor, keep string, appsToo bool) error {
	return as.hub.DB.Tx(ctx, func(tx *db.Tx) error {
		if _, err := tx.DeleteSessionsOf(ctx, a.ID, keep); err != nil {
			return err
		}
		detail := ""
		if appsToo {
			n, err := tx.RevokeFamiliesOf(ctx, a.ID)
			if err != nil {
				return err
			}
			detail = "and the tokens of " + words.Count(int(n), "authorization", "authorizations")
		}
		return a.Record(ctx, tx, hub.Event{Action: hub.ActionSessionEndedOthers, Target: hub.OfPerson(a.ID, a.Name), Detail: detail})
	})
}
