package account

import (
	"context"
	"errors"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/handlers/secret"
)

// NewPerson is a person whom the operator adds. With a password the account is active immediately,
// without one it is activated by a link.
type NewPerson struct {
	Email, Name  string
	TeamID, Role string // TeamID empty: no team
	Owner        bool
	Password     *string
}

// AddedPerson is a person whom the operator added. ActivationURL is empty if there was a password.
type AddedPerson struct {
	Person        db.Person
	ActivationURL string
}

// AddPerson adds an account. Only the operator can, on the command line.
func (as *Accounts) AddPerson(ctx context.Context, a hub.Actor, in NewPerson) (AddedPerson, error) {
	if a.Kind != hub.Operator {
		return AddedPerson{}, &hub.Forbidden{What: "add accounts", WhoCan: "Invite people by email instead."}
	}
	bad := &hub.Invalid{}
	p := db.Person{ID: secret.ID(), Owner: in.Owner, CreatedAt: as.hub.Now()}
	p.Name = hub.CleanName(bad, "name", "a name", in.Name, 100)
	p.Email = hub.CleanEmail(bad, in.Email)
	if in.TeamID != "" {
		hub.CheckRole(bad, in.Role)
	}
	if in.Password != nil {
		if err := bad.Take(as.checkPassword(ctx, "password", *in.Password, p.Name, p.Email)); err != nil {
			return AddedPerson{}, err
		}
	}
	if err := bad.OrNil(); err != nil {
		return AddedPerson{}, err
	}
	var err error
	if in.Password != nil {
		if p.PasswordHash, err = as.hub.Hasher.Hash(ctx, a.Hashing(), normalPassword(*in.Password)); err != nil {
			return AddedPerson{}, err
		}
		p.PasswordChangedAt = p.CreatedAt
	}
	out := AddedPerson{Person: p}
	err = as.hub.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := tx.InsertPerson(ctx, p); errors.Is(err, db.ErrConflict) {
			return hub.BadField("email", "There is already an account with this email address.")
		} else if err != nil {
			return err
		}
		if in.TeamID != "" {
			if err := as.mailAdmin(ctx, tx, a, in); err != nil {
				return err
			}
			if err := tx.PutMember(ctx, in.TeamID, p.ID, in.Role); err != nil {
				return err
			}
		}
		if in.Password == nil {
			if out.ActivationURL, err = as.teams.ActivationLink(ctx, tx, a, p, in.TeamID, in.Role); err != nil {
				return err
			}
		}
		return a.Record(ctx, tx, hub.Event{Action: hub.ActionPersonAdded, TeamID: in.TeamID, Target: hub.OfPerson(p.ID, p.Name), Detail: p.Email})
	})
	return out, err
}

// mailAdmin mails the team's admins if the operator adds another one.
func (as *Accounts) mailAdmin(ctx context.Context, tx *db.Tx, a hub.Actor, in NewPerson) error {
	if in.Role != hub.Admin {
		return nil
	}
	team, err := tx.Team(ctx, in.TeamID)
	if err != nil {
		return err
	}
	return as.teams.MailAdminAdded(ctx, tx, a, team, in.Email, "")
}
