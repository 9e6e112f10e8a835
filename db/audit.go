package db

import (
	"cmp"
	"context"
	"slices"
	"time"
)

// AuditEvent says who did what to what, when and from where. ID is a version 7 UUID, so that
// ids sort by time.
type AuditEvent struct {
	ID                               string
	At                               time.Time
	Actor, ActorName                 string
	TeamID                           string
	Action                           string
	TargetType, TargetID, TargetName string
	Detail                           string
	Address, UserAgent               string
	Seq                              int64  // its place in the chain
	Hash                             string // of itself and the event before it
}

const auditColumns = `id, at, actor, actor_name, team_id, action, target_type, target_id, target_name,
	detail, address, user_agent, seq, hash`

func scanAudit(s scanner) (e AuditEvent, err error) {
	var when int64
	err = s.Scan(&e.ID, &when, &e.Actor, &e.ActorName, &e.TeamID, &e.Action,
		&e.TargetType, &e.TargetID, &e.TargetName, &e.Detail, &e.Address, &e.UserAgent, &e.Seq, &e.Hash)
	e.At = at(when)
	return e, err
}

// TargetAudit lists the newest events of one target, newest first.
func (r *Reader) TargetAudit(ctx context.Context, targetID string, limit int) ([]AuditEvent, error) {
	return all(ctx, r, "TargetAudit", scanAudit,
		`SELECT `+auditColumns+` FROM audit_events WHERE target_id = $1 ORDER BY id DESC LIMIT $2`, targetID, limit)
}

// AuditQuery asks for the events of one team (an empty TeamID means events outside of any
// team), or of all of them. Other empty fields don't narrow it.
type AuditQuery struct {
	TeamID                  string
	AllTeams                bool
	Action, Actor, TargetID string
	Actions                 []string  // any of these
	App                     string    // a client id: what was done to the app, or by it
	Since, Until            time.Time // from Since, up to but not at Until
	Before                  string    // the id of an event: only older ones
	Limit                   int
}

// AuditEvents lists events, newest first.
func (r *Reader) AuditEvents(ctx context.Context, q AuditQuery) ([]AuditEvent, error) {
	var where conditions
	if !q.AllTeams {
		where.and("team_id = ?", q.TeamID)
	}
	for _, f := range []struct{ text, value string }{
		{"action = ?", q.Action},
		{"actor = ?", q.Actor},
		{"target_id = ?", q.TargetID},
		{"(target_id = ? OR actor = ?)", q.App},
		{"id < ?", q.Before},
	} {
		if f.value != "" {
			where.and(f.text, f.value)
		}
	}
	if len(q.Actions) > 0 {
		where.in("action", q.Actions)
	}
	if !q.Since.IsZero() {
		where.and("at >= ?", unix(q.Since))
	}
	if !q.Until.IsZero() {
		where.and("at < ?", unix(q.Until))
	}
	limit := where.arg(q.Limit)
	return all(ctx, r, "AuditEvents", scanAudit,
		`SELECT `+auditColumns+`
		FROM audit_events
		WHERE `+where.String()+`
		ORDER BY id DESC LIMIT `+limit, where.args...)
}

// AuditName is an id in the log with the newest name recorded for it.
type AuditName struct{ ID, Name string }

func scanAuditName(s scanner) (n AuditName, err error) {
	err = s.Scan(&n.ID, &n.Name)
	return n, err
}

// AuditActors lists by name up to limit people, apps and commands that did something. Only the
// team of the query counts.
func (r *Reader) AuditActors(ctx context.Context, q AuditQuery, limit int) ([]AuditName, error) {
	if q.AllTeams {
		return r.auditNames(ctx, "actor", "actor_name", "", limit)
	}
	return r.auditNames(ctx, "actor", "actor_name", "team_id = $2 AND ", limit, q.TeamID)
}

// AuditApps lists by name up to limit apps that something was done to: of one team, including
// deleted apps; of all teams, only those that still exist.
func (r *Reader) AuditApps(ctx context.Context, q AuditQuery, limit int) ([]AuditName, error) {
	if q.AllTeams {
		return all(ctx, r, "AuditApps", scanAuditName, `SELECT client_id, name FROM apps ORDER BY name, client_id LIMIT $1`, limit)
	}
	return r.auditNames(ctx, "target_id", "target_name", "team_id = $2 AND target_type = 'app' AND ", limit, q.TeamID)
}

// auditNames lists by name what is in the columns id and name of the events that match the condition
// where. It steps from one id to the next by the index: the log has many events and few ids.
func (r *Reader) auditNames(ctx context.Context, id, name, where string, limit int, args ...any) ([]AuditName, error) {
	list, err := all(ctx, r, "auditNames", scanAuditName,
		`WITH RECURSIVE found (id, n) AS (
			SELECT (SELECT MIN(`+id+`) FROM audit_events WHERE `+where+id+` > ''), 1
			UNION ALL
			SELECT (SELECT MIN(`+id+`) FROM audit_events WHERE `+where+id+` > found.id), n + 1
			FROM found
			WHERE id IS NOT NULL AND n < $1)
		SELECT id, COALESCE((SELECT `+name+` FROM audit_events
			WHERE `+where+id+` = found.id
			ORDER BY audit_events.id DESC LIMIT 1), '')
		FROM found
		WHERE id IS NOT NULL`, append([]any{limit}, args...)...)
	slices.SortFunc(list, func(a, b AuditName) int { return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID)) })
	return list, err
}
