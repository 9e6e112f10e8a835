package db

import (
	"context"
	"time"
)

// CalendarFeed is a person's private address for a team's calendar. Only the SHA-256 of its
// token is stored.
type CalendarFeed struct {
	TokenHash, TeamID, PersonID string
	CreatedAt                   time.Time
}

const feedColumns = `token_hash, team_id, person_id, created_at`

func scanFeed(s scanner) (f CalendarFeed, err error) {
	var created int64
	err = s.Scan(&f.TokenHash, &f.TeamID, &f.PersonID, &created)
	f.CreatedAt = at(created)
	return f, err
}

// CalendarFeed returns a person's feed of a team, or ErrNotFound.
func (r *Reader) CalendarFeed(ctx context.Context, teamID, personID string) (CalendarFeed, error) {
	return one(ctx, r, "CalendarFeed", scanFeed,
		`SELECT `+feedColumns+`
		FROM calendar_feeds
		WHERE team_id = $1 AND person_id = $2`, teamID, personID)
}

// CalendarFeedByTokenHash returns the feed at this address, or ErrNotFound.
func (r *Reader) CalendarFeedByTokenHash(ctx context.Context, hash string) (CalendarFeed, error) {
	return one(ctx, r, "CalendarFeedByTokenHash", scanFeed,
		`SELECT `+feedColumns+`
		FROM calendar_feeds
		WHERE token_hash = $1`, hash)
}

// PutCalendarFeed stores a person's feed of a team, replacing their earlier address.
func (t *Tx) PutCalendarFeed(ctx context.Context, f CalendarFeed) error {
	_, err := t.exec(ctx, "PutCalendarFeed",
		`INSERT INTO calendar_feeds (`+feedColumns+`)
		VALUES ($1, $2, $3, $4)
		ON CONFLICT (team_id, person_id) DO UPDATE SET token_hash = excluded.token_hash, created_at = excluded.created_at`,
		f.TokenHash, f.TeamID, f.PersonID, unix(f.CreatedAt))
	return err
}

// DeleteCalendarFeed deletes a person's feed of a team, or returns ErrNotFound.
func (t *Tx) DeleteCalendarFeed(ctx context.Context, teamID, personID string) error {
	return t.mustTouch(ctx, "DeleteCalendarFeed",
		`DELETE FROM calendar_feeds
		WHERE team_id = $1 AND person_id = $2`, teamID, personID)
}
