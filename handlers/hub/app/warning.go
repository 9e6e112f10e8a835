package app

import (
	"context"
	"errors"
	"slices"
	"time"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/handlers/hub/team"
	"gatepost/views/mail"
)

// warnStep returns the smallest of a team's warning days within which a secret expires; 0: none.
func warnStep(warnDays []int, s db.ClientSecret, now time.Time) (step int) {
	if s.ExpiresAt.IsZero() || s.Playground || !s.Live(now) {
		return 0
	}
	for _, d := range warnDays {
		if s.ExpiresAt.Sub(now) <= team.Days(d) && (step == 0 || d < step) {
			step = d
		}
	}
	return step
}

// ExpiringSecret is a live secret that expires within the warning days of its team.
type ExpiringSecret struct {
	App    db.App
	Secret db.ClientSecret
	Days   int // the warning that it has reached, in days before its expiry
}

// ExpiringSecrets returns the secrets of a team's apps that expire within its warning days, the soonest
// first.
func (as *Apps) ExpiringSecrets(ctx context.Context, a hub.Actor, teamID string) ([]ExpiringSecret, error) {
	if _, err := as.hub.MayDevelop(ctx, a, teamID, "see the team's secrets"); err != nil {
		return nil, err
	}
	return as.expiringSecrets(ctx, teamID, as.hub.Now())
}

func (as *Apps) expiringSecrets(ctx context.Context, teamID string, now time.Time) ([]ExpiringSecret, error) {
	rules, err := as.hub.DB.TeamRules(ctx, teamID)
	if err != nil || len(rules.WarnDays) == 0 {
		return nil, err
	}
	secrets, err := as.hub.DB.ExpiringSecrets(ctx, teamID, now, team.Days(slices.Max(rules.WarnDays)))
	if err != nil || len(secrets) == 0 {
		return nil, err
	}
	apps, err := as.hub.DB.Apps(ctx, teamID)
	var out []ExpiringSecret
	for _, s := range secrets {
		for _, app := range apps {
			if step := warnStep(rules.WarnDays, s, now); app.ClientID == s.ClientID && step > 0 {
				out = append(out, ExpiringSecret{app, s, step})
			}
		}
	}
	return out, err
}

// Warn mails the admins of each team about the secrets that have reached one of the team's warnings,
// once per warning, even if several processes call it. A missed warning isn't sent later, since the
// next one says how long is left. Warn does nothing without a mail server.
func (as *Apps) Warn(ctx context.Context) error {
	if !as.hub.Mail.Enabled() {
		return nil
	}
	teams, err := as.hub.DB.Teams(ctx)
	if err != nil {
		return err
	}
	now := as.hub.Now()
	for _, team := range teams {
		list, listErr := as.expiringSecrets(ctx, team.ID, now)
		err = errors.Join(err, listErr)
		for _, e := range list {
			if e.Secret.WarnedDays == 0 || e.Secret.WarnedDays > e.Days {
				err = errors.Join(err, as.warn(ctx, e, now))
			}
		}
	}
	return err
}

func (as *Apps) warn(ctx context.Context, e ExpiringSecret, now time.Time) error {
	return as.hub.DB.Tx(ctx, func(tx *db.Tx) error {
		first, err := tx.MarkWarned(ctx, e.Secret, e.Days)
		if err != nil || !first {
			return err
		}
		return as.hub.PostAdmins(ctx, tx, e.App.TeamID, func(name string) mail.Letter {
			return expiring(mail.Notice{Name: name, At: now, Link: as.hub.Issuer + secretsPath(e.App.ClientID)}, e.App, e.Secret.Hint, e.Secret.ExpiresAt)
		})
	})
}

// expiring is the warning that a secret expires at end, as of the notice's time.
func expiring(n mail.Notice, app db.App, hint string, end time.Time) mail.Letter {
	left := int((end.Sub(n.At) + 12*time.Hour) / (24 * time.Hour))
	return mail.SecretExpiring{Notice: n, App: app.Name, Hint: hint, Expires: end, Days: left}
}

// mailExpiry mails the team's admins that somebody has revoked a secret or set when it expires. It
// mails nothing if the expiry is unchanged.
func (as *Apps) mailExpiry(ctx context.Context, tx *db.Tx, a hub.Actor, app db.App, s db.ClientSecret, end time.Time) error {
	if end.Equal(s.ExpiresAt) {
		return nil
	}
	return as.hub.PostAdmins(ctx, tx, app.TeamID, func(name string) mail.Letter {
		n := as.hub.Notice(a, name, secretsPath(app.ClientID))
		if !end.After(tx.Now) {
			return mail.SecretRevoked{Notice: n, App: app.Name, Hint: s.Hint}
		}
		return expiring(n, app, s.Hint, end)
	})
}
