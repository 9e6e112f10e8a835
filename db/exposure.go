package db

import (
	"context"
	"time"
)

// How somebody learned a secret.
const (
	ExposureMade   = "made"   // created it and so saw it
	ExposureProved = "proved" // proved that they have it
	ExposureHanded = "handed" // got a link to it
	ExposureOpened = "opened" // opened that link
)

// Exposure says that somebody knows a secret, or might. PersonID is the id of a person or a
// client, or "cli".
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

// ExposuresOfApp lists who knows the secrets of an app, earliest first.
func (r *Reader) ExposuresOfApp(ctx context.Context, clientID string) ([]Exposure, error) {
	return all(ctx, r, "ExposuresOfApp", scanExposure,
		`SELECT `+exposureColumns+`
		FROM secret_exposures
		WHERE client_id = $1
		ORDER BY at, person_id, how`, clientID)
}

// ExposuresOfTeam lists who knows the secrets of a team's apps that are live at now; an empty
// teamID means all teams.
func (r *Reader) ExposuresOfTeam(ctx context.Context, teamID string, now time.Time) ([]Exposure, error) {
	return all(ctx, r, "ExposuresOfTeam", scanExposure,
		`SELECT `+exposureColumns+`
		FROM secret_exposures e
		WHERE ($1 = '' OR client_id IN (SELECT client_id FROM apps WHERE team_id = $1))
			AND EXISTS (SELECT 1 FROM client_secrets s
				WHERE s.id = e.secret_id AND s.revoked_at = 0 AND (s.expires_at = 0 OR s.expires_at > $2))
		ORDER BY at, person_id, how`, teamID, unix(now))
}

// Expose records that somebody knows a secret. The first time of each way is kept.
func (t *Tx) Expose(ctx context.Context, e Exposure) error {
	_, err := t.exec(ctx, "Expose",
		`INSERT INTO secret_exposures (`+exposureColumns+`)
		VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (secret_id, person_id, how) DO NOTHING`,
		e.SecretID, e.ClientID, e.PersonID, e.PersonName, e.How, unix(t.Now))
	return err
}
