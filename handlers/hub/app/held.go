package app

import (
	"context"
	"errors"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/handlers/secret"
	"gatepost/views/mail"
)

// RevokeHeldSecret revokes a client secret, with its tokens, for whoever holds it, and mails the team's admins. It says
// false if plain is no live secret of this portal.
//
// A secret doesn't name its client, and argon2 over all secrets would take hours. So it is found by its last four
// characters, which are stored in the clear: of a million secrets, none or one has them. Only one whose tag proves that
// the portal made it for that client costs an argon2.
func (as *Apps) RevokeHeldSecret(ctx context.Context, a hub.Actor, plain string) (revoked bool, err error) {
	candidates, err := as.hub.DB.LiveSecretsByHint(ctx, secret.Hint(plain), as.hub.Now())
	if err != nil {
		return false, err
	}
	for _, s := range candidates {
		if !as.hub.Minter.Genuine(s.ClientID, plain) {
			continue
		}
		ok, _, err := as.hub.Hasher.Verify(ctx, a.Hashing(), plain, s.Hash)
		if err != nil {
			return false, err
		}
		if ok {
			err := as.hub.DB.Tx(ctx, func(tx *db.Tx) error { return as.revokeHeldSecret(ctx, tx, a, s) })
			if errors.Is(err, hub.ErrSecretEnded) || hub.IsMissing(err) {
				return false, nil // somebody else was faster
			}
			return err == nil, err
		}
	}
	return false, nil
}

func (as *Apps) revokeHeldSecret(ctx context.Context, tx *db.Tx, a hub.Actor, s db.ClientSecret) error {
	app, err := tx.App(ctx, s.ClientID)
	if err != nil {
		return err
	}
	if err := endSecret(ctx, tx, a.Name, s, true); err != nil {
		return err
	}
	if err := as.hub.PostAdmins(ctx, tx, app.TeamID, func(name string) mail.Letter {
		return mail.Reported{Notice: as.hub.Notice(a, name, secretsPath(app.ClientID)), Credential: "client secret …" + s.Hint, Owner: app.Name}
	}); err != nil {
		return err
	}
	return a.Record(ctx, tx, hub.Event{Action: hub.ActionCredentialReported, TeamID: app.TeamID, Target: hub.OfApp(app), Detail: secretName(s) + ", with its tokens"})
}

// MailHeldToken mails the admins of an app's team that somebody who held one of its tokens or codes had it revoked. tx is
// the transaction that revokes it. Programs also sign people out like that, so an app causes one mail a day at most.
func (as *Apps) MailHeldToken(ctx context.Context, tx *db.Tx, a hub.Actor, app db.App) error {
	once := "held " + app.ClientID + " " + tx.Now.UTC().Format("2006-01-02")
	return as.hub.PostAdminsOnce(ctx, tx, once, app.TeamID, func(name string) mail.Letter {
		return mail.Reported{Notice: as.hub.Notice(a, name, "/apps/"+app.ClientID+"/activity"), Credential: "token", Owner: app.Name}
	})
}

// RevokeHeldCalendar deletes a calendar's address for whoever holds it, and mails its person and the team's admins. It
// says false if there is no such address.
func (as *Apps) RevokeHeldCalendar(ctx context.Context, a hub.Actor, plain string) (revoked bool, err error) {
	err = as.hub.DB.Tx(ctx, func(tx *db.Tx) error {
		f, err := tx.CalendarFeedByTokenHash(ctx, secret.HashToken(plain))
		if err != nil {
			return err
		}
		p, err := tx.Person(ctx, f.PersonID)
		if err != nil {
			return err
		}
		team, err := tx.Team(ctx, f.TeamID)
		if err != nil {
			return err
		}
		if err := tx.DeleteCalendarFeed(ctx, f.TeamID, f.PersonID); err != nil {
			return err
		}
		letter := func(name string) mail.Letter {
			return mail.Reported{Notice: as.hub.Notice(a, name, "/team/rotation"), Credential: "calendar address", Owner: p.Name}
		}
		if err := as.hub.PostToPersonAndAdmins(ctx, tx, "held "+f.TokenHash, p, []db.Team{team}, letter); err != nil {
			return err
		}
		return a.Record(ctx, tx, hub.Event{Action: hub.ActionCredentialReported, TeamID: f.TeamID, Target: hub.OfPerson(p.ID, p.Name), Detail: "calendar address"})
	})
	if hub.IsMissing(err) {
		return false, nil
	}
	return err == nil, err
}
