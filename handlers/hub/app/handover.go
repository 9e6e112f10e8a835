package app

import (
	"context"
	"encoding/hex"
	"slices"
	"time"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/handlers/secret"
	"gatepost/views/mail"
)

const (
	// handoverLife is how long a handover can be opened.
	handoverLife = 24 * time.Hour

	// forHandovers is what the key that seals what browsers encrypted is derived for.
	forHandovers = "handovers"

	// The bounds of an encrypted secret in bytes. A secret with its AES-GCM tag is well within them.
	minCiphertext, maxCiphertext = 32, 256
)

// HandoverFacts is a handover with what its page shows about it.
type HandoverFacts struct {
	db.Handover
	App    db.App
	Team   db.Team
	Secret db.ClientSecret
	ForMe  bool // the actor is its recipient; otherwise its sender
}

// Teammates returns the people to whom the actor can hand over a secret of this app: the other active
// admins and developers of its team.
func (as *Apps) Teammates(ctx context.Context, a hub.Actor, clientID string) ([]db.Member, error) {
	app, err := as.hub.MayManageApp(ctx, a, clientID, "hand over a secret of this app")
	if err != nil {
		return nil, err
	}
	if err := a.Prove(ctx, &as.hub.DB.Reader, hub.EffectHandOver); err != nil {
		return nil, err
	}
	members, err := as.hub.DB.Members(ctx, app.TeamID)
	return slices.DeleteFunc(members, func(m db.Member) bool { return m.PersonID == a.ID || !mayReceive(m) }), err
}

// mayReceive reports whether a secret can be handed over to a member.
func mayReceive(m db.Member) bool { return m.Active && m.Role != hub.Viewer }

// HandOver sends a live secret to a teammate, the only one who can open it, once. ciphertext is the
// secret in hexadecimal digits as the sender's browser encrypted it, with a key that only the link
// holds. Too many emails to the teammate are *hub.Throttled.
func (as *Apps) HandOver(ctx context.Context, a hub.Actor, clientID, secretID, toID, ciphertext string) (db.Handover, error) {
	app, err := as.hub.MayManageApp(ctx, a, clientID, "hand over a secret of this app")
	if err != nil {
		return db.Handover{}, err
	}
	raw, err := hex.DecodeString(ciphertext)
	if err != nil || len(raw) < minCiphertext || len(raw) > maxCiphertext {
		return db.Handover{}, hub.BadField("ciphertext", "Send the secret encrypted, as hexadecimal digits.")
	}
	to, err := as.hub.DB.Member(ctx, app.TeamID, toID)
	if err != nil && !hub.IsMissing(err) {
		return db.Handover{}, err
	}
	if err != nil || toID == a.ID || !mayReceive(to) {
		return db.Handover{}, hub.BadField("to", "Choose a teammate who is an admin or a developer.")
	}
	out := db.Handover{ID: secret.ID(), ClientID: clientID, SecretID: secretID, FromID: a.ID, FromName: a.Name, ToID: toID, ToName: to.Name}
	err = as.hub.DB.Tx(ctx, func(tx *db.Tx) error {
		s, err := liveSecret(ctx, tx, clientID, secretID)
		if err != nil {
			return err
		}
		out.CreatedAt, out.ExpiresAt = tx.Now, tx.Now.Add(handoverLife)
		sealed := as.hub.Key.NewBox(forHandovers).Seal(raw, boundTo(out))
		if err := tx.InsertHandover(ctx, out, hex.EncodeToString(sealed)); err != nil {
			return err
		}
		if err := expose(ctx, tx, s, toID, to.Name, db.ExposureHanded); err != nil {
			return err
		}
		team, err := tx.Team(ctx, app.TeamID)
		if err != nil {
			return err
		}
		if err := as.hub.CountMail(ctx, tx, a, to.Email); err != nil {
			return err
		}
		if err := as.hub.Post(ctx, tx, to.Email, mail.HandedOver{Notice: as.hub.Notice(a, to.Name, secretsPath(clientID)), App: app.Name, Team: team.Name}); err != nil {
			return err
		}
		return a.Record(ctx, tx, hub.Event{Action: hub.ActionSecretHandedOver, TeamID: app.TeamID, Target: hub.OfApp(app), Detail: "secret .." + s.Hint + " to " + to.Name})
	})
	return out, err
}

// liveSecret returns a live secret of an app. One that has expired or was revoked is hub.ErrSecretEnded.
func liveSecret(ctx context.Context, tx *db.Tx, clientID, id string) (db.ClientSecret, error) {
	s, err := secretOf(ctx, &tx.Reader, clientID, id)
	if err == nil && !s.Live(tx.Now) {
		err = hub.ErrSecretEnded
	}
	return s, err
}

// Handover returns a handover to its sender or recipient, without opening it. Other members of the
// team get *hub.Forbidden, everyone else db.ErrNotFound.
func (as *Apps) Handover(ctx context.Context, a hub.Actor, id string) (HandoverFacts, error) {
	out := HandoverFacts{}
	var err error
	if out.Handover, err = as.hub.DB.Handover(ctx, id); err != nil {
		return out, err
	}
	if out.App, err = as.hub.DB.App(ctx, out.ClientID); err != nil {
		return out, err
	}
	if out.Team, err = as.hub.DB.Team(ctx, out.App.TeamID); err != nil {
		return out, err
	}
	if _, err := as.hub.MayDevelop(ctx, a, out.Team.ID, "open handovers in this team"); err != nil {
		return out, err
	}
	out.ForMe = a.ID == out.ToID
	if !out.ForMe && a.ID != out.FromID {
		return out, &hub.Forbidden{What: "open this", WhoCan: hub.WhoCan("It is for one other person of " + out.Team.Name + ", no matter who has the link.")}
	}
	out.Secret, err = secretOf(ctx, &as.hub.DB.Reader, out.ClientID, out.SecretID)
	return out, err
}

// Handovers returns the handovers of an app, newest first.
func (as *Apps) Handovers(ctx context.Context, a hub.Actor, clientID string) ([]db.Handover, error) {
	if _, err := as.App(ctx, a, clientID); err != nil {
		return nil, err
	}
	return as.hub.DB.Handovers(ctx, clientID)
}

// OpenHandover returns to the recipient what the sender's browser encrypted, once: of several calls at
// the same time one succeeds, and the others return hub.ErrHandoverOver.
func (as *Apps) OpenHandover(ctx context.Context, a hub.Actor, id string) (ciphertext string, err error) {
	facts, err := as.Handover(ctx, a, id)
	if err != nil {
		return "", err
	}
	if !facts.ForMe {
		return "", &hub.Forbidden{What: "open this", WhoCan: hub.WhoCan("Only " + facts.ToName + " can open it.")}
	}
	err = as.hub.DB.Tx(ctx, func(tx *db.Tx) error {
		// The recipient may have left the team, or the secret may have expired, a moment ago.
		if r, err := hub.RightsIn(ctx, &tx.Reader, a, facts.Team.ID); err != nil {
			return err
		} else if !r.Develop {
			return &hub.Forbidden{What: "open this", WhoCan: hub.DeveloperByAdmin}
		}
		s, err := liveSecret(ctx, tx, facts.ClientID, facts.SecretID)
		if err != nil {
			return err
		}
		if err := a.Prove(ctx, &tx.Reader, hub.ActionSecretHandoverOpened); err != nil {
			return err // before it is used up
		}
		stored, err := tx.OpenHandover(ctx, id, a.ID, a.Address)
		if hub.IsMissing(err) {
			return hub.ErrHandoverOver
		} else if err != nil {
			return err
		}
		if ciphertext, err = as.unseal(stored, facts.Handover); err != nil {
			return err
		}
		if err := expose(ctx, tx, s, a.ID, a.Name, db.ExposureOpened); err != nil {
			return err
		}
		if err := as.mailReceipt(ctx, tx, a, facts); err != nil {
			return err
		}
		return a.Record(ctx, tx, hub.Event{Action: hub.ActionSecretHandoverOpened, TeamID: facts.Team.ID, Target: hub.OfApp(facts.App), Detail: "secret .." + s.Hint + " from " + facts.FromName})
	})
	if err != nil {
		return "", err
	}
	return ciphertext, nil
}

// boundTo returns what a handover is sealed for. A row whose recipient or secret was swapped in the database
// doesn't open. The table of sealed places in package db says the same.
func boundTo(h db.Handover) string {
	return h.ID + " " + h.ClientID + " " + h.SecretID + " " + h.ToID
}

// unseal returns what the sender's browser encrypted, as hexadecimal digits.
func (as *Apps) unseal(stored string, h db.Handover) (string, error) {
	sealed, err := hex.DecodeString(stored)
	if err != nil {
		return "", hub.ErrHandoverChanged
	}
	raw, err := as.hub.Key.NewBox(forHandovers).Open(sealed, boundTo(h))
	if err != nil {
		return "", hub.ErrHandoverChanged
	}
	return hex.EncodeToString(raw), nil
}

// mailReceipt mails the sender of a handover that it was opened.
func (as *Apps) mailReceipt(ctx context.Context, tx *db.Tx, a hub.Actor, f HandoverFacts) error {
	from, err := tx.Person(ctx, f.FromID)
	if hub.IsMissing(err) {
		return nil // the account is gone
	}
	if err != nil {
		return err
	}
	return as.hub.Post(ctx, tx, from.Email, mail.HandoverOpened{Notice: as.hub.Notice(a, from.Name, "/handovers/"+f.ID), App: f.App.Name, Hint: f.Secret.Hint})
}

// CancelHandover cancels a handover that was not opened yet. Its sender and those who manage the app may
// do so.
func (as *Apps) CancelHandover(ctx context.Context, a hub.Actor, id string) (db.Handover, error) {
	out, err := as.hub.DB.Handover(ctx, id)
	if err != nil {
		return out, err
	}
	app, err := as.App(ctx, a, out.ClientID)
	if err == nil && out.FromID != a.ID {
		_, err = as.hub.MayManageApp(ctx, a, out.ClientID, "cancel this handover")
	}
	if err != nil {
		return out, err
	}
	return out, as.hub.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := tx.CancelHandover(ctx, id); hub.IsMissing(err) {
			return hub.ErrHandoverOver
		} else if err != nil {
			return err
		}
		return a.Record(ctx, tx, hub.Event{Action: hub.ActionSecretHandoverCancelled, TeamID: app.TeamID, Target: hub.OfApp(app), Detail: "for " + out.ToName})
	})
}
