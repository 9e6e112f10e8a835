package app

import (
	"context"
	"time"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/views/mail"
)

// MaxKeepOld is how long a rotation can keep the old secret.
const MaxKeepOld = 90 * 24 * time.Hour

// Rotating is what a rotation does: a new secret, and the end of an old one.
type Rotating struct {
	NewSecret
	Keep  time.Duration // the old one works so long; 0: it ends at once
	Until time.Time     // instead of Keep: when the old one ends
	OldID string        // id of the old one; empty: the newest live one when the call comes
}

// Rotated is what a rotation did. Old is zero when there was no live secret.
type Rotated struct {
	App       db.App
	New       Revealed
	Old       db.ClientSecret
	OldEndsAt time.Time
}

// RotateSecret adds a new secret, and ends one old secret, never a third: all others keep the
// end that they have, so that rotating again inside a window cuts no promise short. An end
// that the old one has already is never put off. Which one is old is settled before anything
// is made: of two admins who rotate at once none ends the secret that the other has just been
// shown.
func (as *Apps) RotateSecret(ctx context.Context, a hub.Actor, clientID string, in Rotating) (Rotated, error) {
	app, err := as.hub.MayManageApp(ctx, a, clientID, "rotate a secret of this app")
	if err != nil {
		return Rotated{App: app}, err
	}
	out := Rotated{App: app}
	if err := as.hub.FirstTime(ctx, a, in.Once); err != nil {
		return out, err
	}
	label, err := as.checkSecret(in.NewSecret)
	if err != nil {
		return out, err
	}
	keep, err := as.checkKeep(in)
	if err != nil {
		return out, err
	}
	if out.Old, err = as.oldOne(ctx, clientID, in.OldID); err != nil {
		return out, err
	}
	row, revealed, err := as.mint(ctx, a, app, label, in.ExpiresAt)
	if err != nil {
		return out, err
	}
	out.New = revealed
	err = as.hub.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := hub.UseOnce(ctx, tx, a, in.Once, clientID); err != nil {
			return err
		}
		if _, err := tx.LockApp(ctx, clientID); err != nil { // rotations of an app take turns
			return err
		}
		end := in.Until.Truncate(time.Second)
		if in.Until.IsZero() {
			end = tx.Now.Add(keep)
		}
		if out.Old.ID != "" {
			if out.OldEndsAt, err = as.retire(ctx, tx, a, app, out.Old, end, "rotated"); err != nil {
				return err
			}
		}
		if err := insertSecret(ctx, tx, a, app, row, hub.ActionSecretRotated); err != nil {
			return err
		}
		return as.hub.PostAdmins(ctx, tx, app.TeamID, func(name string) mail.Letter {
			return mail.SecretRotated{Notice: as.hub.Notice(a, name, secretsPath(clientID)), App: app.Name, Hint: row.Hint, OldHint: out.Old.Hint, OldEnds: out.OldEndsAt, Ends: row.ExpiresAt}
		})
	})
	return out, as.hub.DoneBefore(ctx, a, in.Once, err)
}

func (as *Apps) checkKeep(in Rotating) (time.Duration, error) {
	if in.Until.IsZero() {
		return in.Keep, checkKeepOld(in.Keep)
	}
	keep := in.Until.Sub(as.hub.Now())
	if keep <= 0 || keep > MaxKeepOld {
		return 0, hub.BadField("keep_until", keepOldRange)
	}
	return keep, nil
}

const keepOldRange = "Choose an expiry between now and 90 days from now."

// checkKeepOld checks how long an old secret stays valid.
func checkKeepOld(keep time.Duration) error {
	if keep < 0 || keep > MaxKeepOld {
		return hub.BadField("keep_old", keepOldRange)
	}
	return nil
}

// oldOne is the secret that a rotation ends: the one with the id, in whatever state it is, or
// the newest live one. The zero value: there is none.
func (as *Apps) oldOne(ctx context.Context, clientID, id string) (db.ClientSecret, error) {
	secrets, err := as.hub.DB.Secrets(ctx, clientID) // newest first
	if err != nil {
		return db.ClientSecret{}, err
	}
	now := as.hub.Now()
	for _, s := range secrets {
		if s.ID == id || id == "" && s.Live(now) && !s.Playground {
			return s, nil
		}
	}
	if id != "" {
		return db.ClientSecret{}, hub.BadField("old", "Choose one of the app's secrets.")
	}
	return db.ClientSecret{}, nil
}

// retire ends a secret at end, or leaves it the earlier end that it has, and gives what holds.
// At once is a revocation.
func (as *Apps) retire(ctx context.Context, tx *db.Tx, a hub.Actor, app db.App, s db.ClientSecret, end time.Time, why string) (time.Time, error) {
	s, err := secretOf(ctx, &tx.Reader, app.ClientID, s.ID) // as it is by now
	switch {
	case err != nil:
		return time.Time{}, err
	case !s.RevokedAt.IsZero():
		return s.RevokedAt, nil
	case s.Expired(tx.Now):
		return s.ExpiresAt, nil
	case !end.After(tx.Now):
		return tx.Now, revoke(ctx, tx, a, app, s, false)
	case !s.ExpiresAt.IsZero() && !end.Before(s.ExpiresAt):
		return s.ExpiresAt, nil
	}
	if s.WarnedDays, err = warnedAt(ctx, tx, app, s, end); err != nil {
		return time.Time{}, err
	}
	if err := tx.ExpireSecret(ctx, s.ID, app.ClientID, end, s.WarnedDays); err != nil {
		return time.Time{}, err
	}
	return end, a.Record(ctx, tx, hub.Event{
		Action: hub.ActionSecretRetiring, TeamID: app.TeamID, Target: hub.OfApp(app),
		Detail: secretName(s) + " ends " + end.UTC().Format(time.RFC3339) + ", " + why,
	})
}

// warnedAt is the last warning that a secret does not need when its end is moved, since the
// admins are told of that; 0: it needs all.
func warnedAt(ctx context.Context, tx *db.Tx, app db.App, s db.ClientSecret, end time.Time) (int, error) {
	rules, err := tx.TeamRules(ctx, app.TeamID)
	s.ExpiresAt = end
	return warnStep(rules.WarnDays, s, tx.Now), err
}

// Rotate is RotateSecret for the newest secret, with no label. The time is zero when there was
// no live secret.
func (as *Apps) Rotate(ctx context.Context, a hub.Actor, clientID string, keepOld time.Duration) (revealed Revealed, oldEndsAt time.Time, err error) {
	out, err := as.RotateSecret(ctx, a, clientID, Rotating{Keep: keepOld})
	return out.New, out.OldEndsAt, err
}

// RetireAt gives a live secret another end: sooner, later (a roll-out takes its time), or none
// with the zero time. At once is RevokeSecret's. An end within the team's warnings is told to
// its admins now: the warnings so far are not made up for.
func (as *Apps) RetireAt(ctx context.Context, a hub.Actor, clientID, secretID string, end time.Time) error {
	return as.ChangeSecret(ctx, a, clientID, secretID, SecretChange{ExpiresAt: &end})
}

// moveEnd gives a live secret of an app another end, and tells the admins of one that is near.
func (as *Apps) moveEnd(ctx context.Context, tx *db.Tx, a hub.Actor, app db.App, s db.ClientSecret, end time.Time) error {
	warned, err := warnedAt(ctx, tx, app, s, end)
	if err != nil {
		return err
	}
	if warned > 0 {
		if err := as.postEnd(ctx, tx, a, app, s, end); err != nil {
			return err
		}
	}
	if err := tx.SetSecretExpiry(ctx, s.ID, app.ClientID, end, warned); hub.IsMissing(err) {
		return hub.ErrSecretEnded
	} else if err != nil {
		return err
	}
	return a.Record(ctx, tx, hub.Event{Action: hub.ActionSecretEndChanged, TeamID: app.TeamID, Target: hub.OfApp(app), Detail: secretName(s) + " " + endWords(s.ExpiresAt, end)})
}

func endWords(was, end time.Time) string {
	word := func(t time.Time) string {
		if t.IsZero() {
			return "never"
		}
		return t.UTC().Format(time.RFC3339)
	}
	return "ends " + word(end) + ", was " + word(was)
}
