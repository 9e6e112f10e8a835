package hub

import (
	"context"
	"encoding/hex"
	"slices"
	"time"

	"gatepost/db"
	"gatepost/handlers/secret"
	"gatepost/views/mail"
)

const (
	// handoverLife is how long a secret on its way to a teammate waits for them.
	handoverLife = 24 * time.Hour

	// A secret and the tag of AES-GCM behind it are far longer than the first and far shorter
	// than the second, in bytes.
	minSealed, maxSealed = 32, 256
)

// HandoverFacts is a handover with what its page says of it.
type HandoverFacts struct {
	db.Handover
	App    db.App
	Team   db.Team
	Secret db.ClientSecret
	ForMe  bool // the actor is who may open it; otherwise they sent it
}

// Teammates lists whom the actor can hand a secret of this app: active members of its team
// with full access, without the actor.
func (h *Hub) Teammates(ctx context.Context, a Actor, clientID string) ([]db.Member, error) {
	app, err := h.mayManageApp(ctx, a, clientID, "hand over a secret of this app")
	if err != nil {
		return nil, err
	}
	members, err := h.DB.Members(ctx, app.TeamID)
	return slices.DeleteFunc(members, func(m db.Member) bool { return m.PersonID == a.ID || !mayTake(m) }), err
}

// mayTake says whether a member can be handed a secret.
func mayTake(m db.Member) bool { return m.Active && m.Role != Viewer }

// HandOver sends a live secret to a teammate: sealed is what the sender's browser encrypted,
// with a key that only the link has. Nobody but that teammate can open it, once.
func (h *Hub) HandOver(ctx context.Context, a Actor, clientID, secretID, toID, sealed string) (db.Handover, error) {
	app, err := h.mayManageApp(ctx, a, clientID, "hand over a secret of this app")
	if err != nil {
		return db.Handover{}, err
	}
	if raw, err := hex.DecodeString(sealed); err != nil || len(raw) < minSealed || len(raw) > maxSealed {
		return db.Handover{}, badField("ciphertext", "Send the secret encrypted, as hexadecimal digits.")
	}
	to, err := h.DB.Member(ctx, app.TeamID, toID)
	if err != nil && !isMissing(err) {
		return db.Handover{}, err
	}
	if err != nil || toID == a.ID || !mayTake(to) {
		return db.Handover{}, badField("to", "Choose a teammate who is admin or developer.")
	}
	out := db.Handover{ID: secret.ID(), ClientID: clientID, SecretID: secretID, FromID: a.ID, FromName: a.Name, ToID: toID, ToName: to.Name}
	err = h.DB.Tx(ctx, func(tx *db.Tx) error {
		s, err := liveSecret(ctx, tx, clientID, secretID)
		if err != nil {
			return err
		}
		out.CreatedAt, out.ExpiresAt = tx.Now, tx.Now.Add(handoverLife)
		if err := tx.InsertHandover(ctx, out, sealed); err != nil {
			return err
		}
		if err := expose(ctx, tx, s, toID, to.Name, db.ExposureHanded); err != nil {
			return err
		}
		team, err := tx.Team(ctx, app.TeamID)
		if err != nil {
			return err
		}
		if err := h.post(ctx, tx, to.Email, mail.HandedOver{Notice: h.notice(a, to.Name, secretsPath(clientID)), App: app.Name, Team: team.Name}); err != nil {
			return err
		}
		return a.record(ctx, tx, Event{Action: ActionSecretHandedOver, TeamID: app.TeamID, Target: ofApp(app), Detail: "secret .." + s.Hint + " to " + to.Name})
	})
	return out, err
}

// liveSecret gives a secret of an app that works now; one that has ended gives ErrSecretEnded.
func liveSecret(ctx context.Context, tx *db.Tx, clientID, id string) (db.ClientSecret, error) {
	s, err := secretOf(ctx, &tx.Reader, clientID, id)
	if err == nil && !s.Live(tx.Now) {
		err = ErrSecretEnded
	}
	return s, err
}

// Handover gives a handover to the two whom it is between. Another member of the team is told
// that it is not for them, everybody else db.ErrNotFound. It uses nothing up.
func (h *Hub) Handover(ctx context.Context, a Actor, id string) (HandoverFacts, error) {
	out := HandoverFacts{}
	var err error
	if out.Handover, err = h.DB.Handover(ctx, id); err != nil {
		return out, err
	}
	if out.App, err = h.DB.App(ctx, out.ClientID); err != nil {
		return out, err
	}
	if out.Team, err = h.DB.Team(ctx, out.App.TeamID); err != nil {
		return out, err
	}
	if _, err := h.mayDevelop(ctx, a, out.Team.ID, "open what is handed over in this team"); err != nil {
		return out, err
	}
	out.ForMe = a.ID == out.ToID
	if !out.ForMe && a.ID != out.FromID {
		return out, &Forbidden{What: "open this", WhoCan: WhoCan("It is for one other person of " + out.Team.Name + ", whoever has its link.")}
	}
	out.Secret, err = secretOf(ctx, &h.DB.Reader, out.ClientID, out.SecretID)
	return out, err
}

// Handovers lists what was handed over of an app, newest first: the receipts.
func (h *Hub) Handovers(ctx context.Context, a Actor, clientID string) ([]db.Handover, error) {
	if _, err := h.App(ctx, a, clientID); err != nil {
		return nil, err
	}
	return h.DB.Handovers(ctx, clientID)
}

// OpenHandover gives the one person for whom it is what the sender's browser encrypted, once:
// of several tries at once one gets it, the others ErrHandoverOver.
func (h *Hub) OpenHandover(ctx context.Context, a Actor, id string) (sealed string, err error) {
	facts, err := h.Handover(ctx, a, id)
	if err != nil {
		return "", err
	}
	if !facts.ForMe {
		return "", &Forbidden{What: "open this", WhoCan: WhoCan("It is for " + facts.ToName + " alone.")}
	}
	err = h.DB.Tx(ctx, func(tx *db.Tx) error {
		// They may have left the team, or the secret may have ended, a moment ago.
		if r, err := rightsIn(ctx, &tx.Reader, a, facts.Team.ID); err != nil {
			return err
		} else if !r.Develop {
			return &Forbidden{What: "open this", WhoCan: DeveloperByAdmin}
		}
		s, err := liveSecret(ctx, tx, facts.ClientID, facts.SecretID)
		if err != nil {
			return err
		}
		if sealed, err = tx.OpenHandover(ctx, id, a.ID, a.Address); isMissing(err) {
			return ErrHandoverOver
		} else if err != nil {
			return err
		}
		if err := expose(ctx, tx, s, a.ID, a.Name, db.ExposureOpened); err != nil {
			return err
		}
		if err := h.receipt(ctx, tx, a, facts); err != nil {
			return err
		}
		return a.record(ctx, tx, Event{Action: ActionSecretHandoverOpened, TeamID: facts.Team.ID, Target: ofApp(facts.App), Detail: "secret .." + s.Hint + " from " + facts.FromName})
	})
	if err != nil {
		return "", err
	}
	return sealed, nil
}

// receipt tells the sender that it was opened.
func (h *Hub) receipt(ctx context.Context, tx *db.Tx, a Actor, f HandoverFacts) error {
	from, err := tx.Person(ctx, f.FromID)
	if isMissing(err) {
		return nil // the account is gone
	}
	if err != nil {
		return err
	}
	return h.post(ctx, tx, from.Email, mail.HandoverOpened{Notice: h.notice(a, from.Name, "/handovers/"+f.ID), App: f.App.Name, Hint: f.Secret.Hint})
}

// CancelHandover ends a handover that waits. Its sender may, and who manages the app.
func (h *Hub) CancelHandover(ctx context.Context, a Actor, id string) (db.Handover, error) {
	out, err := h.DB.Handover(ctx, id)
	if err != nil {
		return out, err
	}
	app, err := h.App(ctx, a, out.ClientID)
	if err == nil && out.FromID != a.ID {
		_, err = h.mayManageApp(ctx, a, out.ClientID, "cancel what was handed over")
	}
	if err != nil {
		return out, err
	}
	return out, h.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := tx.CancelHandover(ctx, id); isMissing(err) {
			return ErrHandoverOver
		} else if err != nil {
			return err
		}
		return a.record(ctx, tx, Event{Action: ActionSecretHandoverCancelled, TeamID: app.TeamID, Target: ofApp(app), Detail: "for " + out.ToName})
	})
}
