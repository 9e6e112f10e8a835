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

// warnStep is the smallest of a team's warning days within which a secret ends; 0: none.
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

// Ending is a live secret that ends within the warning days of its team.
type Ending struct {
	App    db.App
	Secret db.ClientSecret
	Days   int // the step of the team's warnings that it has come to
}

// Endings lists the secrets of a team's apps that end soon, the soonest first.
func (as *Apps) Endings(ctx context.Context, a hub.Actor, teamID string) ([]Ending, error) {
	if _, err := as.hub.MayDevelop(ctx, a, teamID, "see the team's secrets"); err != nil {
		return nil, err
	}
	return as.endings(ctx, teamID, as.hub.Now())
}

func (as *Apps) endings(ctx context.Context, teamID string, now time.Time) ([]Ending, error) {
	rules, err := as.hub.DB.TeamRules(ctx, teamID)
	if err != nil || len(rules.WarnDays) == 0 {
		return nil, err
	}
	secrets, err := as.hub.DB.ExpiringSecrets(ctx, teamID, now, team.Days(slices.Max(rules.WarnDays)))
	if err != nil || len(secrets) == 0 {
		return nil, err
	}
	apps, err := as.hub.DB.Apps(ctx, teamID)
	var out []Ending
	for _, s := range secrets {
		for _, app := range apps {
			if step := warnStep(rules.WarnDays, s, now); app.ClientID == s.ClientID && step > 0 {
				out = append(out, Ending{app, s, step})
			}
		}
	}
	return out, err
}

// Warn mails each team's admins about the secrets that have come to a step of the team's
// warnings, once for each step, whichever process does it. A step that was missed is not made
// up for: the next mail says how long is left.
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
		endings, endErr := as.endings(ctx, team.ID, now)
		err = errors.Join(err, endErr)
		for _, e := range endings {
			if e.Secret.WarnedDays == 0 || e.Secret.WarnedDays > e.Days {
				err = errors.Join(err, as.warn(ctx, e, now))
			}
		}
	}
	return err
}

func (as *Apps) warn(ctx context.Context, e Ending, now time.Time) error {
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

// expiring is the warning of a secret's end, as of the notice's time.
func expiring(n mail.Notice, app db.App, hint string, end time.Time) mail.Letter {
	left := int((end.Sub(n.At) + 12*time.Hour) / (24 * time.Hour))
	return mail.SecretExpiring{Notice: n, App: app.Name, Hint: hint, Ends: end, Days: left}
}

// postEnd tells the team's admins that somebody has set the end of a secret, now or later. An
// end that it had already is no news.
func (as *Apps) postEnd(ctx context.Context, tx *db.Tx, a hub.Actor, app db.App, s db.ClientSecret, end time.Time) error {
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
