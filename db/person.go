package db

import (
	"context"
	"time"
)

// Person is somebody with an account. Email is in lower case and unique. PasswordHash is
// argon2id, and empty until the account is activated.
type Person struct {
	ID, Email, Name, Phone, City string
	PasswordHash                 string
	Owner                        bool
	CreatedAt                    time.Time
	PasswordChangedAt            time.Time
	DisabledAt                   time.Time
}

const personColumns = `id, email, name, phone, city, password_hash, is_owner, created_at,
	password_changed_at, disabled_at`

func scanPerson(s scanner) (p Person, err error) {
	var created, changed, disabled int64
	err = s.Scan(&p.ID, &p.Email, &p.Name, &p.Phone, &p.City, &p.PasswordHash, &p.Owner, &created, &changed, &disabled)
	p.CreatedAt, p.PasswordChangedAt, p.DisabledAt = at(created), at(changed), at(disabled)
	return p, err
}

// Person returns the person with this id, or ErrNotFound.
func (r *Reader) Person(ctx context.Context, id string) (Person, error) {
	return one(ctx, r, "Person", scanPerson, `SELECT `+personColumns+` FROM people WHERE id = $1`, id)
}

// PersonByEmail returns the person with this address (in lower case), or ErrNotFound.
func (r *Reader) PersonByEmail(ctx context.Context, email string) (Person, error) {
	return one(ctx, r, "PersonByEmail", scanPerson, `SELECT `+personColumns+` FROM people WHERE email = $1`, email)
}

// PersonRow is a person as shown in a list.
type PersonRow struct {
	Person
	Teams     int
	LastSeen  time.Time // in any session that is still live
	HasFactor bool      // a second factor or a passkey
}

// PeopleQuery selects people: Search in name or address, State active, disabled, invited or
// owner (empty for all), after the person with this address, at most Limit.
type PeopleQuery struct {
	Search, State, After string
	Limit                int
}

// People lists people by address.
func (r *Reader) People(ctx context.Context, q PeopleQuery) ([]PersonRow, error) {
	scan := func(s scanner) (p PersonRow, err error) {
		var created, changed, disabled, seen int64
		err = s.Scan(&p.ID, &p.Email, &p.Name, &p.Phone, &p.City, &p.PasswordHash, &p.Owner, &created, &changed, &disabled,
			&p.Teams, &seen, &p.HasFactor)
		p.CreatedAt, p.PasswordChangedAt, p.DisabledAt, p.LastSeen = at(created), at(changed), at(disabled), at(seen)
		return p, err
	}
	state := map[string]string{
		"active": ` AND password_hash <> '' AND disabled_at = 0`, "disabled": ` AND disabled_at > 0`,
		"invited": ` AND password_hash = '' AND disabled_at = 0`, "owner": ` AND is_owner`,
	}[q.State]
	return all(ctx, r, "People", scan,
		`SELECT `+personColumns+`,
			(SELECT COUNT(*) FROM memberships m WHERE m.person_id = people.id),
			(SELECT COALESCE(MAX(s.last_seen_at), 0) FROM sessions s WHERE s.person_id = people.id),
			EXISTS (SELECT 1 FROM totp_factors f WHERE f.person_id = people.id)
				OR EXISTS (SELECT 1 FROM passkeys k WHERE k.person_id = people.id)
		FROM people
		WHERE email > $1 AND (search LIKE $2 ESCAPE '\' OR email LIKE $2 ESCAPE '\')`+state+`
		ORDER BY email LIMIT $3`, q.After, containing(q.Search), q.Limit)
}

// PeopleCounts counts people by state.
type PeopleCounts struct{ All, Active, Disabled, Invited, Owners int }

// CountPeople counts the portal's people.
func (r *Reader) CountPeople(ctx context.Context) (PeopleCounts, error) {
	return one(ctx, r, "CountPeople", func(s scanner) (c PeopleCounts, err error) {
		return c, s.Scan(&c.All, &c.Active, &c.Disabled, &c.Invited, &c.Owners)
	},
		`SELECT COUNT(*),
			COUNT(CASE WHEN password_hash <> '' AND disabled_at = 0 THEN 1 END),
			COUNT(CASE WHEN disabled_at > 0 THEN 1 END),
			COUNT(CASE WHEN password_hash = '' AND disabled_at = 0 THEN 1 END),
			COUNT(CASE WHEN is_owner THEN 1 END)
		FROM people`)
}

// CountOwners counts the active owners of the portal.
func (r *Reader) CountOwners(ctx context.Context) (int, error) {
	return one(ctx, r, "CountOwners", value[int],
		`SELECT COUNT(*) FROM people WHERE is_owner AND password_hash <> '' AND disabled_at = 0`)
}

// LockPerson locks a person until the transaction ends and returns them, or ErrNotFound.
func (t *Tx) LockPerson(ctx context.Context, id string) (Person, error) {
	return lock(ctx, t, "LockPerson", scanPerson, `SELECT `+personColumns+` FROM people WHERE id = $1`, id)
}

// LockOwners locks the owners until the transaction ends, so that changes of who is an owner
// take turns, and returns the ids of the active ones.
func (t *Tx) LockOwners(ctx context.Context) ([]string, error) {
	type owner struct {
		id     string
		active bool
	}
	scan := func(s scanner) (o owner, err error) { return o, s.Scan(&o.id, &o.active) }
	locked, err := lockAll(ctx, t, "LockOwners", scan,
		`SELECT id, password_hash <> '' AND disabled_at = 0
		FROM people
		WHERE is_owner
		ORDER BY id`)
	var active []string
	for _, o := range locked {
		if o.active {
			active = append(active, o.id)
		}
	}
	return active, err
}

// InsertPerson adds a person. It returns ErrConflict if the address is taken.
func (t *Tx) InsertPerson(ctx context.Context, p Person) error {
	_, err := t.exec(ctx, "InsertPerson",
		`INSERT INTO people (`+personColumns+`, search)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
		p.ID, p.Email, p.Name, p.Phone, p.City, p.PasswordHash, p.Owner,
		unix(p.CreatedAt), unix(p.PasswordChangedAt), unix(p.DisabledAt), folded(p.Name))
	return err
}

// UpdatePersonFields stores the fields that people may change themselves.
func (t *Tx) UpdatePersonFields(ctx context.Context, id, name, phone, city string) error {
	return t.mustTouch(ctx, "UpdatePersonFields",
		`UPDATE people SET name = $2, phone = $3, city = $4, search = $5 WHERE id = $1`, id, name, phone, city, folded(name))
}

// SetEmail changes a person's address from old. It returns ErrConflict if the address is taken,
// and ErrNotFound if the person has another address by now. Links to set a password, and those
// mailed to the old address, are cancelled.
func (t *Tx) SetEmail(ctx context.Context, personID, old, email string) error {
	if err := t.mustTouch(ctx, "SetEmail",
		`UPDATE people
		SET email = $3
		WHERE id = $1 AND email = $2`, personID, old, email); err != nil {
		return err
	}
	_, err := t.cancelLinks(ctx, "SetEmail", `email = $3 OR purpose = 'reset' AND person_id = $2`, personID, old)
	return err
}

// SetPassword stores a new password hash and the time of the change.
func (t *Tx) SetPassword(ctx context.Context, id, hash string) error {
	return t.mustTouch(ctx, "SetPassword",
		`UPDATE people SET password_hash = $2, password_changed_at = $3 WHERE id = $1`, id, hash, unix(t.Now))
}

// RehashPassword replaces the hash of an unchanged password after its cost was raised. It does
// nothing if the password was changed meanwhile.
func (t *Tx) RehashPassword(ctx context.Context, id, old, hash string) error {
	_, err := t.exec(ctx, "RehashPassword",
		`UPDATE people SET password_hash = $3 WHERE id = $1 AND password_hash = $2`, id, old, hash)
	return err
}

// SetOwner grants a person the portal-wide owner flag, or takes it away.
func (t *Tx) SetOwner(ctx context.Context, id string, owner bool) error {
	return t.mustTouch(ctx, "SetOwner", `UPDATE people SET is_owner = $2 WHERE id = $1`, id, owner)
}

// DisablePerson keeps a person out from now on, and ends for good what could act for them or bring
// them back: all that Expel ends; invitations for their address, and those that they sent; secrets
// being handed to them or by them.
func (t *Tx) DisablePerson(ctx context.Context, id string) (Expelled, error) {
	if err := t.mustTouch(ctx, "DisablePerson",
		`UPDATE people
		SET disabled_at = $2
		WHERE id = $1 AND disabled_at = 0`, id, unix(t.Now)); err != nil {
		return Expelled{}, err
	}
	ended, err := t.Expel(ctx, id, Expel{Sessions: true, PersonalTokens: true, Calendars: true, Apps: true})
	if err != nil {
		return ended, err
	}
	if _, err := t.cancelLinks(ctx, "DisablePerson",
		`purpose = 'invitation' AND (email = (SELECT email FROM people WHERE id = $2) OR created_by = $2)`, id); err != nil {
		return ended, err
	}
	_, err = t.exec(ctx, "DisablePerson",
		`UPDATE handovers
		SET ciphertext = '', cancelled_at = $2
		WHERE (to_id = $1 OR from_id = $1) AND opened_at = 0 AND cancelled_at = 0`, id, unix(t.Now))
	return ended, err
}

// EnablePerson lets a disabled person in again, or returns ErrNotFound.
func (t *Tx) EnablePerson(ctx context.Context, id string) error {
	return t.mustTouch(ctx, "EnablePerson", `UPDATE people SET disabled_at = 0 WHERE id = $1 AND disabled_at > 0`, id)
}
