package app

import (
	"context"
	"time"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/views/mail"
)

// MaxKeepOld is how long the old secret can stay valid after a rotation.
const MaxKeepOld = 90 * 24 * time.Hour

// RotationRequest describes a new secret, and when an old one expires.
type RotationRequest struct {
	NewSecret
	Keep  time.Duration // how long the old one stays valid; 0: it is revoked
	Until time.Time     // instead of Keep: when the old one expires
	OldID string        // id of the old one; empty: the newest live one
}

// Rotated is the result of a rotation. Old is zero if there was no live secret.
type Rotated struct {
	App       db.App
	New       Revealed
	Old       db.ClientSecret
	OldEndsAt time.Time
}

// RotateSecret adds a secret and sets when the old one expires, never later than it would anyway. The
// app's other secrets keep their expiry, so that rotating twice doesn't cut short what the first
// rotation promised. The old secret is chosen before the new one is stored: if two admins rotate at
// the same time, neither retires the secret that the other was just shown. RotateSecret returns
// hub.ErrSecretLimit if the app would then have more than MaxLiveSecrets.
func (as *Apps) RotateSecret(ctx context.Context, a hub.Actor, clientID string, in RotationRequest) (Rotated, error) {
	app, err := as.hub.MayManageApp(ctx, a, clientID, "rotate a secret of this app")
	if err != nil {
		return Rotated{App: app}, err
	}
	out := Rotated{App: app}
	if err := as.hub.CheckOnce(ctx, a, in.Once); err != nil {
		return out, err
	}
	label, err := as.checkNewSecret(in.NewSecret)
	if err != nil {
		return out, err
	}
	keep, err := as.checkKeep(in)
	if err != nil {
		return out, err
	}
	if out.Old, err = as.secretToRetire(ctx, clientID, in.OldID); err != nil {
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
			return mail.SecretRotated{Notice: as.hub.Notice(a, name, secretsPath(clientID)), App: app.Name, Hint: row.Hint, OldHint: out.Old.Hint, OldExpires: out.OldEndsAt, Expires: row.ExpiresAt}
		})
	})
	return out, as.hub.ResolveOnce(ctx, a, in.Once, err)
}

func (as *Apps) checkKeep(in RotationRequest) (time.Duration, error) {
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

// secretToRetire returns the secret that a rotation retires: the one with the id, live or not, or the
// newest live one. It returns the zero value if there is none.
func (as *Apps) secretToRetire(ctx context.Context, clientID, id string) (db.ClientSecret, error) {
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

// retire sets when a secret expires, unless it expires earlier anyway, and returns when it does. A time
// that isn't in the future revokes it.
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
	if s.WarnedDays, err = warningsDone(ctx, tx, app, s, end); err != nil {
		return time.Time{}, err
	}
	if err := tx.ExpireSecret(ctx, s.ID, app.ClientID, end, s.WarnedDays); err != nil {
		return time.Time{}, err
	}
	return end, a.Record(ctx, tx, hub.Event{
		Action: hub.ActionSecretRetiring, TeamID: app.TeamID, Target: hub.OfApp(app),
		Detail: secretName(s) + " expires " + end.UTC().Format(time.RFC3339) + ", " + why,
	})
}

// warningsDone returns which of the team's warnings, in days, a secret has reached if it expires at end.
// It needs no mail about that one, since the admins get a mail about the change; 0: it has reached none.
func warningsDone(ctx context.Context, tx *db.Tx, app db.App, s db.ClientSecret, end time.Time) (int, error) {
	rules, err := tx.TeamRules(ctx, app.TeamID)
	s.ExpiresAt = end
	return warnStep(rules.WarnDays, s, tx.Now), err
}

// Rotate is RotateSecret for the newest secret, without a label. oldEndsAt is zero if there was no
// live secret.
func (as *Apps) Rotate(ctx context.Context, a hub.Actor, clientID string, keepOld time.Duration) (revealed Revealed, oldEndsAt time.Time, err error) {
	out, err := as.RotateSecret(ctx, a, clientID, RotationRequest{Keep: keepOld})
	return out.New, out.OldEndsAt, err
}

// RetireAt changes when a live secret expires: earlier, later (deploying a new one takes time), or
// never with the zero time. To stop it immediately, use RevokeSecret. If the new expiry is within the
// team's warnings, the admins get a mail now in place of the warnings that are past. seen is as in SecretChange.
func (as *Apps) RetireAt(ctx context.Context, a hub.Actor, clientID, secretID string, seen *SeenSecret, end time.Time) error {
	return as.ChangeSecret(ctx, a, clientID, secretID, SecretChange{ExpiresAt: &end, Seen: seen})
}

// setExpiry changes when a live secret of an app expires, and mails the admins if that is soon. A token that makes it
// expire later needs the app's scopes, as for a new secret.
func (as *Apps) setExpiry(ctx context.Context, tx *db.Tx, a hub.Actor, app db.App, s db.ClientSecret, end time.Time) error {
	if !s.ExpiresAt.IsZero() && (end.IsZero() || end.After(s.ExpiresAt)) {
		if err := hub.WithinToken(a, app.Scopes); err != nil {
			return err
		}
	}
	warned, err := warningsDone(ctx, tx, app, s, end)
	if err != nil {
		return err
	}
	if warned > 0 {
		if err := as.mailExpiry(ctx, tx, a, app, s, end); err != nil {
			return err
		}
	}
	if err := tx.SetSecretExpiry(ctx, s.ID, app.ClientID, end, warned); hub.IsMissing(err) {
		return hub.ErrSecretEnded
	} else if err != nil {
		return err
	}
	return a.Record(ctx, tx, hub.Event{Action: hub.ActionSecretEndChanged, TeamID: app.TeamID, Target: hub.OfApp(app), Detail: secretName(s) + " " + expiryText(s.ExpiresAt, end)})
}

func expiryText(was, end time.Time) string {
	text := func(t time.Time) string {
		if t.IsZero() {
			return "never"
		}
		return t.UTC().Format(time.RFC3339)
	}
	return "expires " + text(end) + ", was " + text(was)
}
