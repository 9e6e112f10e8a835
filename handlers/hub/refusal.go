package hub

import (
	"context"
	"fmt"
	"time"

	"gatepost/db"
)

// closeRows is how many refusals one transaction turns into audit events.
const closeRows = 200

// CountRefusal counts a refused sign-in or reset of a person; an empty id means an account that doesn't
// exist. Strangers can cause as many as they like, so that they are counted by place, account and hour
// in a table of their own, and the audit log gets one event when the hour is over. Until then the
// owners' audit page shows the count.
//
// Decision: the log gets no event for the first one. Whether it is the first for an account depends on
// whether the account exists, and the time of the answer would tell.
func (h *Hub) CountRefusal(ctx context.Context, tx *db.Tx, a Actor, kind, personID string) error {
	return tx.CountRefusal(ctx, kind, Place(a.Address), personID, h.Now())
}

// CloseRefusals writes an audit event for each count of an hour that is over, and removes the count. It
// is called again and again by a running server.
func (h *Hub) CloseRefusals(ctx context.Context) error {
	for {
		n := 0
		err := h.DB.Tx(ctx, func(tx *db.Tx) error {
			over, err := tx.CloseRefusals(ctx, h.Now().UTC().Truncate(time.Hour), closeRows)
			if err != nil {
				return err
			}
			n = len(over)
			for _, r := range over {
				p, err := tx.Person(ctx, r.PersonID)
				if err != nil && !IsMissing(err) {
					return err
				}
				r.Name = p.Name
				e := refusalEvent(r, r.Hour.Add(time.Hour))
				portal := PortalActor()
				portal.Address = r.Place
				if err := portal.Record(ctx, tx, e); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil || n < closeRows {
			return err
		}
	}
}

// refusalEvent returns the audit event of what was counted until a time.
func refusalEvent(r db.Refusals, until time.Time) Event {
	e := Event{Action: ActionSignInsRefused, Target: OfPerson(r.PersonID, r.Name)}
	if r.Kind == db.RefusedReset {
		e.Action = ActionPasswordResetsRefused
	}
	if r.PersonID == "" {
		e.Target.Name = "unknown accounts"
	}
	times := "once"
	if r.Count > 1 {
		times = fmt.Sprintf("%d times", r.Count)
	}
	e.Detail = fmt.Sprintf("%s from %s on %s between %s and %s UTC", times, r.Place, r.Hour.Format("2 January 2006"), r.Hour.Format("15:04"), until.UTC().Format("15:04"))
	return e
}

// openRefusals is how many counts of the present hour the audit page shows.
const openRefusals = 20

// OpenRefusals returns what CloseRefusals will write when the hour is over, as events of up to now, latest
// first, for owners.
func (h *Hub) OpenRefusals(ctx context.Context, a Actor) ([]db.AuditEvent, error) {
	if err := h.MayOwn(ctx, a, "see the portal's audit log"); err != nil {
		return nil, err
	}
	rows, err := h.DB.OpenRefusals(ctx, openRefusals)
	var out []db.AuditEvent
	for _, r := range rows {
		e := refusalEvent(r, r.LastAt.Add(time.Minute).Truncate(time.Minute))
		out = append(out, db.AuditEvent{
			At: r.LastAt, ActorName: PortalActor().Name, Action: string(e.Action), TargetType: string(e.Target.Type), TargetID: e.Target.ID,
			TargetName: e.Target.Name, Detail: e.Detail, Address: r.Place,
		})
	}
	return out, err
}
