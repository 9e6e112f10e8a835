package hub

import (
	"context"
	"errors"
	"slices"
	"time"

	"gatepost/db"
	"gatepost/views/mail"
)

// warnStep is the smallest of a team's warning days within which a secret ends; 0: none.
func warnStep(warnDays []int, s db.ClientSecret, now time.Time) (step int) {
	if s.ExpiresAt.IsZero() || s.Playground || !s.Live(now) {
		return 0
	}
	for _, d := range warnDays {
		if s.ExpiresAt.Sub(now) <= days(d) && (step == 0 || d < step) {
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
func (h *Hub) Endings(ctx context.Context, a Actor, teamID string) ([]Ending, error) {
	if _, err := h.mayDevelop(ctx, a, teamID, "see the team's secrets"); err != nil {
		return nil, err
	}
	return h.endings(ctx, teamID, h.Now())
}

func (h *Hub) endings(ctx context.Context, teamID string, now time.Time) ([]Ending, error) {
	rules, err := h.DB.TeamRules(ctx, teamID)
	if err != nil || len(rules.WarnDays) == 0 {
		return nil, err
	}
	secrets, err := h.DB.ExpiringSecrets(ctx, teamID, now, days(slices.Max(rules.WarnDays)))
	if err != nil || len(secrets) == 0 {
		return nil, err
	}
	apps, err := h.DB.Apps(ctx, teamID)
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
func (h *Hub) Warn(ctx context.Context) error {
	if !h.Mail.Enabled() {
		return nil
	}
	teams, err := h.DB.Teams(ctx)
	if err != nil {
		return err
	}
	now := h.Now()
	for _, team := range teams {
		endings, endErr := h.endings(ctx, team.ID, now)
		err = errors.Join(err, endErr)
		for _, e := range endings {
			if e.Secret.WarnedDays == 0 || e.Secret.WarnedDays > e.Days {
				err = errors.Join(err, h.warn(ctx, e, now))
			}
		}
	}
	return err
}

func (h *Hub) warn(ctx context.Context, e Ending, now time.Time) error {
	return h.DB.Tx(ctx, func(tx *db.Tx) error {
		first, err := tx.MarkWarned(ctx, e.Secret, e.Days)
		if err != nil || !first {
			return err
		}
		return h.postAdmins(ctx, tx, e.App.TeamID, func(name string) mail.Letter {
			return expiring(mail.Notice{Name: name, At: now, Link: h.Issuer + secretsPath(e.App.ClientID)}, e.App, e.Secret.Hint, e.Secret.ExpiresAt)
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
func (h *Hub) postEnd(ctx context.Context, tx *db.Tx, a Actor, app db.App, s db.ClientSecret, end time.Time) error {
	if end.Equal(s.ExpiresAt) {
		return nil
	}
	return h.postAdmins(ctx, tx, app.TeamID, func(name string) mail.Letter {
		n := h.notice(a, name, secretsPath(app.ClientID))
		if !end.After(tx.Now) {
			return mail.SecretRevoked{Notice: n, App: app.Name, Hint: s.Hint}
		}
		return expiring(n, app, s.Hint, end)
	})
}
