package db

import (
	"context"
	"strings"
	"time"
)

// AuditEvent says who did what to what, when and from where. ID is a UUID of version 7, so
// that ids sort by time.
type AuditEvent struct {
	ID                               string
	At                               time.Time
	Actor, ActorName                 string
	TeamID                           string
	Action                           string
	TargetType, TargetID, TargetName string
	Detail                           string
	Address, UserAgent               string
}

const auditColumns = `id, at, actor, actor_name, team_id, action, target_type, target_id, target_name, detail, address, user_agent`

func scanAudit(s scanner) (e AuditEvent, err error) {
	var when int64
	err = s.Scan(&e.ID, &when, &e.Actor, &e.ActorName, &e.TeamID, &e.Action, &e.TargetType, &e.TargetID, &e.TargetName, &e.Detail, &e.Address, &e.UserAgent)
	e.At = at(when)
	return e, err
}

// TeamAudit lists up to limit events of a team before the event with the id before (empty:
// from the newest), newest first.
func (r *Reader) TeamAudit(ctx context.Context, teamID, before string, limit int) ([]AuditEvent, error) {
	return all(ctx, r, "TeamAudit", scanAudit,
		`SELECT `+auditColumns+` FROM audit_events WHERE team_id = $1 AND ($2 = '' OR id < $2) ORDER BY id DESC LIMIT $3`, teamID, before, limit)
}

// TargetAudit lists the newest events of one target, newest first.
func (r *Reader) TargetAudit(ctx context.Context, targetID string, limit int) ([]AuditEvent, error) {
	return all(ctx, r, "TargetAudit", scanAudit,
		`SELECT `+auditColumns+` FROM audit_events WHERE target_id = $1 ORDER BY id DESC LIMIT $2`, targetID, limit)
}

// AuditQuery asks for events of a team. Empty fields don't narrow.
type AuditQuery struct {
	TeamID                  string
	Action, Actor, TargetID string
	Since, Until            time.Time // from Since on, and before Until
	Before                  string    // the id of an event: older ones than that
	Limit                   int
}

// AuditEvents lists events, newest first.
func (r *Reader) AuditEvents(ctx context.Context, q AuditQuery) ([]AuditEvent, error) {
	condition, args := "team_id = $1", []any{q.TeamID}
	and := func(text string, value any) {
		args = append(args, value)
		condition += " AND " + strings.ReplaceAll(text, "?", place(len(args)))
	}
	for _, f := range []struct{ text, value string }{
		{"action = ?", q.Action}, {"actor = ?", q.Actor}, {"target_id = ?", q.TargetID}, {"id < ?", q.Before},
	} {
		if f.value != "" {
			and(f.text, f.value)
		}
	}
	if !q.Since.IsZero() {
		and("at >= ?", unix(q.Since))
	}
	if !q.Until.IsZero() {
		and("at < ?", unix(q.Until))
	}
	args = append(args, q.Limit)
	return all(ctx, r, "AuditEvents", scanAudit,
		`SELECT `+auditColumns+` FROM audit_events WHERE `+condition+` ORDER BY id DESC LIMIT `+place(len(args)), args...)
}

// InsertAudit adds an event at the transaction's now. Events are never changed.
func (t *Tx) InsertAudit(ctx context.Context, e AuditEvent) error {
	_, err := t.exec(ctx, "InsertAudit",
		`INSERT INTO audit_events (`+auditColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
		e.ID, unix(t.Now), e.Actor, e.ActorName, e.TeamID, e.Action, e.TargetType, e.TargetID, e.TargetName, e.Detail, e.Address, e.UserAgent)
	return err
}
