package db

import (
	"context"
	"errors"
	"time"
)

// PersonRow is a person as a list shows them.
type PersonRow struct {
	Person
	Teams     int
	LastSeen  time.Time // of any session that still lives
	HasFactor bool      // a second factor or a passkey
}

// PeopleQuery picks people: Search in name or address, State active, disabled,
// invited or owner (empty: all), after the person with this address, at most Limit.
type PeopleQuery struct {
	Search, State, After string
	Limit                int
}

// People lists people by address.
func (r *Reader) People(ctx context.Context, q PeopleQuery) ([]PersonRow, error) {
	scan := func(s scanner) (p PersonRow, err error) {
		var created, changed, disabled, seen int64
		err = s.Scan(&p.ID, &p.Email, &p.Name, &p.Phone, &p.City, &p.PasswordHash, &p.Owner, &created, &changed, &disabled, &p.Teams, &seen, &p.HasFactor)
		p.CreatedAt, p.PasswordChangedAt, p.DisabledAt, p.LastSeen = at(created), at(changed), at(disabled), at(seen)
		return p, err
	}
	state := map[string]string{
		"active": ` AND password_hash <> '' AND disabled_at = 0`, "disabled": ` AND disabled_at > 0`,
		"invited": ` AND password_hash = '' AND disabled_at = 0`, "owner": ` AND is_owner`,
	}[q.State]
	return all(ctx, r, "People", scan, `SELECT `+personColumns+`,
			(SELECT COUNT(*) FROM memberships m WHERE m.person_id = people.id),
			(SELECT COALESCE(MAX(s.last_seen_at), 0) FROM sessions s WHERE s.person_id = people.id),
			EXISTS (SELECT 1 FROM totp_factors f WHERE f.person_id = people.id) OR EXISTS (SELECT 1 FROM passkeys k WHERE k.person_id = people.id)
		FROM people WHERE email > $1 AND (search LIKE $2 ESCAPE '\' OR email LIKE $2 ESCAPE '\')`+state+`
		ORDER BY email LIMIT $3`, q.After, containing(q.Search), q.Limit)
}

// PeopleCounts counts people by state.
type PeopleCounts struct{ All, Active, Disabled, Invited, Owners int }

// CountPeople counts the portal's people.
func (r *Reader) CountPeople(ctx context.Context) (PeopleCounts, error) {
	return one(ctx, r, "CountPeople", func(s scanner) (c PeopleCounts, err error) {
		return c, s.Scan(&c.All, &c.Active, &c.Disabled, &c.Invited, &c.Owners)
	}, `SELECT COUNT(*), COUNT(CASE WHEN password_hash <> '' AND disabled_at = 0 THEN 1 END), COUNT(CASE WHEN disabled_at > 0 THEN 1 END),
		COUNT(CASE WHEN password_hash = '' AND disabled_at = 0 THEN 1 END), COUNT(CASE WHEN is_owner THEN 1 END) FROM people`)
}

// LockOwners keeps others from changing who is owner until the transaction ends, so that they
// take turns, and gives the ids of the active owners.
func (t *Tx) LockOwners(ctx context.Context) ([]string, error) {
	type owner struct {
		id     string
		active bool
	}
	held, err := all(ctx, &t.Reader, "LockOwners", func(s scanner) (o owner, err error) { return o, s.Scan(&o.id, &o.active) },
		`SELECT id, password_hash <> '' AND disabled_at = 0 FROM people WHERE is_owner ORDER BY id`+t.eng.holdAlone())
	var active []string
	for _, o := range held {
		if o.active {
			active = append(active, o.id)
		}
	}
	return active, err
}

// LockPerson gives a person and keeps others from changing them until the transaction ends.
func (t *Tx) LockPerson(ctx context.Context, id string) (Person, error) {
	return one(ctx, &t.Reader, "LockPerson", scanPerson, `SELECT `+personColumns+` FROM people WHERE id = $1`+t.eng.holdAlone(), id)
}

// SetOwner gives a person the portal-wide owner flag, or takes it.
func (t *Tx) SetOwner(ctx context.Context, id string, owner bool) error {
	return t.mustTouch(ctx, "SetOwner", `UPDATE people SET is_owner = $2 WHERE id = $1`, id, owner)
}

// DisablePerson keeps a person out from now on, and ends what would act for them: sessions,
// what they allowed apps (codes and tokens; the permission itself stays for the case that they
// come back), links to set a password or an address, secrets on their way to them, and private
// addresses of calendars. Personal tokens stay, and are refused while the account is disabled.
func (t *Tx) DisablePerson(ctx context.Context, id string) (sessions, families int64, err error) {
	if err := t.mustTouch(ctx, "DisablePerson", `UPDATE people SET disabled_at = $2 WHERE id = $1 AND disabled_at = 0`, id, unix(t.Now)); err != nil {
		return 0, 0, err
	}
	if sessions, err = t.DeleteSessionsOf(ctx, id, ""); err != nil {
		return 0, 0, err
	}
	if families, err = t.RevokeFamiliesOf(ctx, id); err != nil {
		return 0, 0, err
	}
	if err := t.EndEmailChange(ctx, id); err != nil && !errors.Is(err, ErrNotFound) {
		return 0, 0, err
	}
	if _, err := t.cancelLinks(ctx, "DisablePerson",
		`purpose = 'reset' AND person_id = $2 OR purpose = 'invitation' AND email = (SELECT email FROM people WHERE id = $2)`, id); err != nil {
		return 0, 0, err
	}
	for _, query := range []string{
		`DELETE FROM calendar_feeds WHERE person_id = $1`,
		`DELETE FROM sign_in_challenges WHERE person_id = $1`,
	} {
		if _, err := t.exec(ctx, "DisablePerson", query, id); err != nil {
			return 0, 0, err
		}
	}
	_, err = t.exec(ctx, "DisablePerson",
		`UPDATE handovers SET ciphertext = '', cancelled_at = $2 WHERE to_id = $1 AND opened_at = 0 AND cancelled_at = 0`, id, unix(t.Now))
	return sessions, families, err
}

// EnablePerson lets a disabled person in again.
func (t *Tx) EnablePerson(ctx context.Context, id string) error {
	return t.mustTouch(ctx, "EnablePerson", `UPDATE people SET disabled_at = 0 WHERE id = $1 AND disabled_at > 0`, id)
}
