package team

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/views/words"
)

// Rules limit the secrets of a team and the API tokens of its members. Secrets and tokens that break a
// rule are listed and keep working; only a new API token is refused.
type Rules = db.TeamRules

// The highest limits, in days.
const (
	maxRuleDays = 3 * 365
	maxWarnDays = 90
)

// Rules returns the rules of a team. It needs the role developer or admin.
func (ts *Teams) Rules(ctx context.Context, a hub.Actor, teamID string) (Rules, error) {
	if _, err := ts.hub.MayDevelop(ctx, a, teamID, "see the team's rules"); err != nil {
		return Rules{}, err
	}
	return ts.hub.DB.TeamRules(ctx, teamID)
}

// SaveRules stores the rules of a team, if they still are as in seen; nil: whatever they are. Zero days mean
// no limit, and no WarnDays mean no warnings.
func (ts *Teams) SaveRules(ctx context.Context, a hub.Actor, teamID string, seen *Rules, rules Rules) error {
	return ts.changeRules(ctx, a, teamID, func(r *Rules) error {
		err := hub.CheckSeen(seen, *r, hub.ErrChanged)
		*r = rules
		return err
	})
}

// ChangeRules changes some rules of a team. Concurrent changes take turns, so that none undoes a change
// of another rule.
func (ts *Teams) ChangeRules(ctx context.Context, a hub.Actor, teamID string, change func(*Rules)) error {
	return ts.changeRules(ctx, a, teamID, func(r *Rules) error {
		change(r)
		return nil
	})
}

func (ts *Teams) changeRules(ctx context.Context, a hub.Actor, teamID string, change func(*Rules) error) error {
	if err := ts.hub.MayManageTeam(ctx, a, teamID, "change the team's rules"); err != nil {
		return err
	}
	return ts.hub.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := tx.LockTeam(ctx, teamID); err != nil {
			return err
		}
		team, err := tx.Team(ctx, teamID)
		if err != nil {
			return err
		}
		rules, err := tx.TeamRules(ctx, teamID)
		if err != nil {
			return err
		}
		if err := change(&rules); err != nil {
			return err
		}
		if err := checkRules(&rules); err != nil {
			return err
		}
		if err := tx.SetTeamRules(ctx, teamID, rules); err != nil {
			return err
		}
		return a.Record(ctx, tx, hub.Event{Action: hub.ActionTeamRulesChanged, TeamID: teamID, Target: hub.OfTeam(teamID, team.Name), Detail: rulesText(rules)})
	})
}

// checkRules checks the limits, and sorts the warnings by days, the most first.
func checkRules(rules *Rules) error {
	bad := &hub.Invalid{}
	if rules.MaxSecretDays < 0 || rules.MaxSecretDays > maxRuleDays {
		bad.Add("max_secret_days", "Enter 1 to %d days, or leave it empty for no limit.", maxRuleDays)
	}
	if most := int(hub.MaxPersonalTokenLife / (24 * time.Hour)); rules.MaxTokenDays < 0 || rules.MaxTokenDays > most {
		bad.Add("max_token_days", "Enter 1 to %d days, or leave it empty for no limit.", most)
	}
	days := slices.Clone(rules.WarnDays)
	slices.SortFunc(days, func(a, b int) int { return b - a })
	if rules.WarnDays = slices.Compact(days); len(rules.WarnDays) > 8 {
		bad.Add("warn_days", "Use at most eight warnings.")
	}
	if slices.ContainsFunc(rules.WarnDays, func(d int) bool { return d < 1 || d > maxWarnDays }) {
		bad.Add("warn_days", "Enter days from 1 to %d, such as 30 14 7 1.", maxWarnDays)
	}
	return bad.OrNil()
}

func rulesText(r Rules) string {
	limit := func(days int) string {
		if days == 0 {
			return "any"
		}
		return fmt.Sprintf("%d d", days)
	}
	return fmt.Sprintf("age of a secret: %s; lifetime of an API token: %s; warnings: %s", limit(r.MaxSecretDays), limit(r.MaxTokenDays),
		strings.Trim(fmt.Sprint(r.WarnDays), "[]")+" d before")
}

// Kinds of violations.
const (
	ViolationSecretAge = "secret_age"
	ViolationTokenLife = "token_life"
)

// Violation is a secret or an API token that breaks a rule of its team. It keeps working.
type Violation struct {
	Kind       string
	App        db.App          // of a secret
	Secret     db.ClientSecret // with ViolationSecretAge
	PersonID   string          // with ViolationTokenLife
	PersonName string
	Token      db.PersonalToken
	Length     time.Duration // age of the secret, or lifetime of the token; 0: the token never expires
	MaxDays    int           // that the rule allows
}

// Sentence returns the values that the violation's sentence is made of.
func (v Violation) Sentence() words.Violation {
	out := words.Violation{Kind: v.Kind, Hint: v.Secret.Hint, Of: v.App.Name, Length: v.Length, MaxDays: v.MaxDays}
	if v.Kind == ViolationTokenLife {
		out.Hint, out.Of = v.Token.Hint, v.PersonName
	}
	return out
}

// Violations returns what breaks the rules of a team: secrets by the name of their app, then the API
// tokens of its members.
func (ts *Teams) Violations(ctx context.Context, a hub.Actor, teamID string) (list []Violation, err error) {
	if err := ts.hub.MayManageTeam(ctx, a, teamID, "see what breaks the team's rules"); err != nil {
		return nil, err
	}
	rules, err := ts.hub.DB.TeamRules(ctx, teamID)
	if err != nil {
		return nil, err
	}
	now := ts.hub.Now()
	if rules.MaxSecretDays > 0 {
		if list, err = ts.oldSecrets(ctx, teamID, rules, now); err != nil {
			return nil, err
		}
	}
	if rules.MaxTokenDays == 0 {
		return list, nil
	}
	tokens, err := ts.hub.DB.LiveTokensOfMembers(ctx, teamID, now)
	for _, t := range tokens {
		if v, ok := tooLong(t, rules); ok {
			list = append(list, v)
		}
	}
	return list, err
}

func (ts *Teams) oldSecrets(ctx context.Context, teamID string, rules Rules, now time.Time) (list []Violation, err error) {
	apps, err := ts.hub.DB.Apps(ctx, teamID)
	if err != nil {
		return nil, err
	}
	secrets, err := ts.hub.DB.SecretsOfTeam(ctx, teamID)
	for _, app := range apps {
		for _, s := range secrets {
			if v, ok := TooOld(app, s, rules, now); ok && s.ClientID == app.ClientID && s.Live(now) {
				list = append(list, v)
			}
		}
	}
	return list, err
}

// Days is a number of days as a duration.
func Days(n int) time.Duration { return time.Duration(n) * 24 * time.Hour }

// DueAt returns when a secret reaches the age limit of its team; zero: there is no limit.
func DueAt(s db.ClientSecret, r Rules) time.Time {
	if r.MaxSecretDays == 0 {
		return time.Time{}
	}
	return s.CreatedAt.Add(Days(r.MaxSecretDays))
}

// TooOld returns the violation of a secret that is older than its team's limit, and whether it is.
func TooOld(app db.App, s db.ClientSecret, r Rules, now time.Time) (Violation, bool) {
	due := DueAt(s, r)
	if due.IsZero() || now.Before(due) {
		return Violation{}, false
	}
	return Violation{Kind: ViolationSecretAge, App: app, Secret: s, Length: now.Sub(s.CreatedAt), MaxDays: r.MaxSecretDays}, true
}

func tooLong(t db.MemberToken, r Rules) (Violation, bool) {
	v := Violation{Kind: ViolationTokenLife, PersonID: t.PersonID, PersonName: t.PersonName, Token: t.PersonalToken, MaxDays: r.MaxTokenDays}
	if t.ExpiresAt.IsZero() {
		return v, true
	}
	v.Length = t.ExpiresAt.Sub(t.CreatedAt)
	return v, TokenTooLong(v.Length, r)
}

// TokenTooLong reports whether an API token would live longer than the rules allow. It adds a day, since
// a token expires at the end of the chosen day.
func TokenTooLong(life time.Duration, r Rules) bool {
	return r.MaxTokenDays > 0 && life > Days(r.MaxTokenDays+1)
}

// TokenLimit returns the longest lifetime of a new API token of a person, in days: the lowest limit of
// their teams, or 0 if none of them has one.
func (ts *Teams) TokenLimit(ctx context.Context, personID string) (int, error) {
	rules, err := ts.hub.DB.RulesOf(ctx, personID)
	limit := 0
	for _, r := range rules {
		if r.MaxTokenDays > 0 && (limit == 0 || r.MaxTokenDays < limit) {
			limit = r.MaxTokenDays
		}
	}
	return limit, err
}
