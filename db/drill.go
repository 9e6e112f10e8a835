package db

import (
	"context"
	"time"
)

// Drill is a period during which a live secret is refused, to see who still uses it.
type Drill struct {
	ID, ClientID, SecretID string
	StartedByName          string
	StartedAt, EndsAt      time.Time // it ends automatically at EndsAt
}

// Running says whether the drill is under way at now.
func (d Drill) Running(now time.Time) bool { return now.Before(d.EndsAt) }

// DrillFailure is a caller that a drill refused.
type DrillFailure struct {
	Address, UserAgent string
	Count              int
	FirstAt, LastAt    time.Time
}

const drillColumns = `id, client_id, secret_id, started_by_name, started_at, ends_at`

func scanDrill(s scanner) (d Drill, err error) {
	var started, ends int64
	err = s.Scan(&d.ID, &d.ClientID, &d.SecretID, &d.StartedByName, &started, &ends)
	d.StartedAt, d.EndsAt = at(started), at(ends)
	return d, err
}

// Drill returns a drill of an app, or ErrNotFound.
func (r *Reader) Drill(ctx context.Context, id, clientID string) (Drill, error) {
	return one(ctx, r, "Drill", scanDrill, `SELECT `+drillColumns+` FROM drills WHERE id = $1 AND client_id = $2`, id, clientID)
}

// Drills lists an app's drills, latest first, from before the one with an id (empty: all of
// them).
func (r *Reader) Drills(ctx context.Context, clientID, before string, limit int) ([]Drill, error) {
	return all(ctx, r, "Drills", scanDrill,
		`SELECT `+drillColumns+`
		FROM drills
		WHERE client_id = $1 AND ($2 = '' OR id < $2)
		ORDER BY id DESC LIMIT $3`, clientID, before, limit)
}

// DrillsOfTeam lists the drills of a team's apps that started after since, latest first.
func (r *Reader) DrillsOfTeam(ctx context.Context, teamID string, since time.Time) ([]Drill, error) {
	return all(ctx, r, "DrillsOfTeam", scanDrill,
		`SELECT `+drillColumns+`
		FROM drills
		WHERE started_at > $2 AND client_id IN (SELECT client_id FROM apps WHERE team_id = $1)
		ORDER BY started_at DESC, id DESC`, teamID, unix(since))
}

// DrillFailures groups the requests that a drill refused by caller: up to limit callers, the
// latest first.
func (d *DB) DrillFailures(ctx context.Context, drill Drill, limit int) ([]DrillFailure, error) {
	scan := func(s scanner) (f DrillFailure, err error) {
		var first, last int64
		err = s.Scan(&f.Address, &f.UserAgent, &f.Count, &first, &last)
		f.FirstAt, f.LastAt = time.Unix(0, first).UTC(), time.Unix(0, last).UTC()
		return f, err
	}
	_ = d.FlushFailures(ctx) // if this fails a later one will write them; what is stored can still be read
	return all(ctx, &d.Reader, "DrillFailures", scan,
		`SELECT address, user_agent, COUNT(*), MIN(seq), MAX(seq)
		FROM auth_failures
		WHERE secret_id = $1 AND reason = $2 AND seq >= $3 AND seq < $4
		GROUP BY address, user_agent
		ORDER BY MAX(seq) DESC LIMIT $5`,
		drill.SecretID, ReasonDrill, nanos(drill.StartedAt), nanos(drill.EndsAt.Add(time.Second)), limit)
}

// StartDrill has a live secret refused until d ends. It returns ErrConflict if the app already
// has a drill running, and ErrNotFound if the secret isn't live.
func (t *Tx) StartDrill(ctx context.Context, d Drill) error {
	if _, err := t.LockApp(ctx, d.ClientID); err != nil { // drills of an app take turns
		return err
	}
	running, err := one(ctx, &t.Reader, "StartDrill", value[int],
		`SELECT COUNT(*)
		FROM client_secrets
		WHERE client_id = $1 AND revoked_at = 0 AND drill_until > $2`, d.ClientID, unix(t.Now))
	if err != nil {
		return err
	}
	if running > 0 {
		return t.conflict("StartDrill")
	}
	if err := t.mustTouch(ctx, "StartDrill",
		`UPDATE client_secrets
		SET drill_until = $3
		WHERE id = $1 AND client_id = $2 AND revoked_at = 0 AND (expires_at = 0 OR expires_at > $4)`,
		d.SecretID, d.ClientID, unix(d.EndsAt), unix(t.Now)); err != nil {
		return err
	}
	_, err = t.exec(ctx, "StartDrill", `INSERT INTO drills (`+drillColumns+`) VALUES ($1, $2, $3, $4, $5, $6)`,
		d.ID, d.ClientID, d.SecretID, d.StartedByName, unix(d.StartedAt), unix(d.EndsAt))
	return err
}

// EndDrill ends a drill early, so that its secret works again. It returns ErrNotFound if no
// drill is running.
func (t *Tx) EndDrill(ctx context.Context, clientID, secretID string) error {
	if err := t.mustTouch(ctx, "EndDrill",
		`UPDATE client_secrets
		SET drill_until = $3
		WHERE id = $1 AND client_id = $2 AND drill_until > $3`, secretID, clientID, unix(t.Now)); err != nil {
		return err
	}
	_, err := t.exec(ctx, "EndDrill",
		`UPDATE drills SET ends_at = $3 WHERE secret_id = $1 AND client_id = $2 AND ends_at > $3`, secretID, clientID, unix(t.Now))
	return err
}
