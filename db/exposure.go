package db

import (
	"context"
	"time"
)

// How somebody came to know a secret.
const (
	ExposureMade   = "made"   // and so saw it
	ExposureProved = "proved" // showed that they have it
	ExposureHanded = "handed" // a link to it was made for them
	ExposureOpened = "opened" // and they opened it
)

// Exposure says that somebody knows a secret, or could. PersonID is a person's id, a
// client's or "cli".
type Exposure struct {
	SecretID, ClientID   string
	PersonID, PersonName string
	How                  string
	At                   time.Time
}

const exposureColumns = `secret_id, client_id, person_id, person_name, how, at`

func scanExposure(s scanner) (e Exposure, err error) {
	var when int64
	err = s.Scan(&e.SecretID, &e.ClientID, &e.PersonID, &e.PersonName, &e.How, &when)
	e.At = at(when)
	return e, err
}

// ExposuresOfApp lists who knows the secrets of an app, the first first.
func (r *Reader) ExposuresOfApp(ctx context.Context, clientID string) ([]Exposure, error) {
	return all(ctx, r, "ExposuresOfApp", scanExposure,
		`SELECT `+exposureColumns+`
		FROM secret_exposures
		WHERE client_id = $1
		ORDER BY at, person_id, how`, clientID)
}

// ExposuresOfTeam lists who knows the secrets of a team's apps that are live at now; an empty
// teamID stands for all teams.
func (r *Reader) ExposuresOfTeam(ctx context.Context, teamID string, now time.Time) ([]Exposure, error) {
	return all(ctx, r, "ExposuresOfTeam", scanExposure,
		`SELECT `+exposureColumns+`
		FROM secret_exposures e
		WHERE ($1 = '' OR client_id IN (SELECT client_id FROM apps WHERE team_id = $1))
			AND EXISTS (SELECT 1 FROM client_secrets s
				WHERE s.id = e.secret_id AND s.revoked_at = 0 AND (s.expires_at = 0 OR s.expires_at > $2))
		ORDER BY at, person_id, how`, teamID, unix(now))
}

// Expose notes that somebody knows a secret; the first time of each way stays.
func (t *Tx) Expose(ctx context.Context, e Exposure) error {
	_, err := t.exec(ctx, "Expose",
		`INSERT INTO secret_exposures (`+exposureColumns+`)
		VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (secret_id, person_id, how) DO NOTHING`,
		e.SecretID, e.ClientID, e.PersonID, e.PersonName, e.How, unix(t.Now))
	return err
}
