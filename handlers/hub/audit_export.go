package hub

import (
	"context"

	"gatepost/db"
)

// exportRows is how many events an export reads at a time.
const exportRows = 500

// ExportAudit writes every audit event that matches the query, newest first. It first records the export, with the
// format of the file. It keeps at most exportRows events in memory, and holds no connection while it writes. The query's
// limit is ignored.
func (h *Hub) ExportAudit(ctx context.Context, a Actor, q db.AuditQuery, format string, file AuditFile) error {
	if err := h.recordExport(ctx, a, q, format); err != nil {
		return err
	}
	if err := file.Begin(); err != nil {
		return err
	}
	for q.Limit = exportRows; ; {
		events, more, err := h.FindAudit(ctx, q)
		if err != nil || len(events) == 0 {
			return err
		}
		if err := file.Write(events); err != nil || !more {
			return err
		}
		q.Before = events[len(events)-1].ID
	}
}

func (h *Hub) recordExport(ctx context.Context, a Actor, q db.AuditQuery, format string) error {
	if err := h.mayFindAudit(ctx, a, q); err != nil {
		return err
	}
	return h.DB.Tx(ctx, func(tx *db.Tx) error {
		return a.Record(ctx, tx, Event{Action: ActionAuditExported, TeamID: q.TeamID, Target: Target{Type: TargetAudit}, Detail: "as " + format})
	})
}

// RecordExport records that the actor exports a list of a team, such as its devices, or of the portal. The caller has
// checked that the actor can see it.
func (h *Hub) RecordExport(ctx context.Context, a Actor, teamID, list string) error {
	target := thePortal
	if teamID != "" {
		t, err := h.DB.Team(ctx, teamID)
		if err != nil {
			return err
		}
		target = OfTeam(teamID, t.Name)
	}
	return h.DB.Tx(ctx, func(tx *db.Tx) error {
		return a.Record(ctx, tx, Event{Action: ActionListExported, TeamID: teamID, Target: target, Detail: list + ", as csv"})
	})
}

// ExportAuditChain writes the events of a team, or all, since and until the times of the query, in the order of the
// chain, and between them what makes every hash computable: checkpoints of removed events, the last hash of those
// that the query leaves out, and the head. It first records the export, which so is its last event. Other fields of
// the query are ignored. It keeps at most exportRows events in memory.
func (h *Hub) ExportAuditChain(ctx context.Context, a Actor, q db.AuditQuery, format string, file AuditFile) error {
	if err := h.recordExport(ctx, a, q, format); err != nil {
		return err
	}
	head, err := h.DB.AuditHead(ctx)
	if err != nil {
		return err
	}
	if err := file.Begin(); err != nil {
		return err
	}
	x := chainExport{hub: h, file: file}
	for {
		events, err := h.DB.AuditChain(ctx, x.last, head.Seq, exportRows)
		if err != nil {
			return err
		}
		for _, e := range events {
			if err := x.fill(ctx, e.Seq-1); err != nil {
				return err
			}
			if err := x.event(e, q); err != nil {
				return err
			}
		}
		if len(events) < exportRows {
			break
		}
	}
	if err := x.fill(ctx, head.Seq); err != nil {
		return err
	}
	if err := x.flush(); err != nil {
		return err
	}
	return file.Link(AuditLink{Head: &head})
}

// chainExport is one export. last is the event that it has come to, skip what it has left out since the last line.
type chainExport struct {
	hub  *Hub
	file AuditFile
	last int64
	skip AuditSkip
}

func (x *chainExport) event(e db.AuditEvent, q db.AuditQuery) error {
	x.last = e.Seq
	wanted := (q.AllTeams || e.TeamID == q.TeamID) && (q.Since.IsZero() || !e.At.Before(q.Since)) && (q.Until.IsZero() || e.At.Before(q.Until))
	if !wanted {
		if x.skip.FromSeq == 0 {
			x.skip.FromSeq = e.Seq
		}
		x.skip.ToSeq, x.skip.Hash = e.Seq, e.Hash
		return nil
	}
	if err := x.flush(); err != nil {
		return err
	}
	return x.file.Write([]db.AuditEvent{e})
}

func (x *chainExport) flush() error {
	if x.skip.FromSeq == 0 {
		return nil
	}
	skip := x.skip
	x.skip = AuditSkip{}
	return x.file.Link(AuditLink{Skipped: &skip})
}

// fill writes the checkpoints up to an event. Where events are missing without one, the export has a gap.
func (x *chainExport) fill(ctx context.Context, upTo int64) error {
	for x.last < upTo {
		c, err := x.hub.DB.AuditCheckpoint(ctx, x.last+1)
		if err != nil || c == nil {
			return err
		}
		if err := x.flush(); err != nil {
			return err
		}
		if err := x.file.Link(AuditLink{Checkpoint: c}); err != nil {
			return err
		}
		x.last = c.ToSeq
	}
	return nil
}
