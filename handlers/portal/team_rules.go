package portal

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"gatepost/handlers/hub"
	"gatepost/handlers/hub/team"
	"gatepost/handlers/web"
	"gatepost/views/pages"
	"gatepost/views/words"
)

// TeamRules shows the team's rules for its secrets, and to admins what breaks them.
func (p *Portal) TeamRules(w http.ResponseWriter, r *http.Request) error {
	t, _, err := currentTeam(r)
	if err != nil {
		return err
	}
	rules, err := p.Teams.Rules(r.Context(), web.Actor(r), t.ID)
	if err != nil {
		return err
	}
	page, err := p.rulesPage(r, rules)
	if err != nil {
		return err
	}
	return p.show(w, r, page)
}

func (p *Portal) rulesPage(r *http.Request, rules team.Rules) (pages.TeamRules, error) {
	t, rights, err := currentTeam(r)
	if err != nil {
		return pages.TeamRules{}, err
	}
	ctx, actor := r.Context(), web.Actor(r)
	page := pages.TeamRules{Page: p.base(r), TeamID: t.ID, SecretDays: dayLimit(rules.MaxSecretDays), TokenDays: dayLimit(rules.MaxTokenDays), CanEdit: rights.Manage}
	for _, d := range rules.WarnDays {
		page.WarnDays = strings.TrimSpace(page.WarnDays + " " + strconv.Itoa(d))
	}
	if !rights.Manage {
		page.WhoCan, err = p.whoCan(ctx, t.ID, "change the rules")
		return page, err
	}
	broken, err := p.Teams.Violations(ctx, actor, t.ID)
	for _, v := range broken {
		item := pages.Violation{Text: words.Ellipsis(v.Sentence().Text())}
		switch {
		case v.Kind == team.ViolationSecretAge:
			item.Href, item.Action = "/apps/"+v.App.ClientID+"/secrets/rotate?secret="+v.Secret.ID, "Rotate secret"
		case v.PersonID == actor.ID:
			item.Href, item.Action = "/account/tokens", "See your tokens"
		default:
			item.Detail = "Ask " + v.PersonName + " to replace it: only they can revoke it."
		}
		page.Violations = append(page.Violations, item)
	}
	return page, err
}

// dayLimit is a number of days as the form has it: empty for no limit.
func dayLimit(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

// SaveTeamRules stores the rules.
func (p *Portal) SaveTeamRules(w http.ResponseWriter, r *http.Request) error {
	var seen team.Rules
	t := web.VisitorOf(r).Team
	return saveEdit(p, w, r, edit[pages.TeamRules]{
		page: func() (page pages.TeamRules, err error) {
			if _, _, err = currentTeam(r); err != nil {
				return page, err
			}
			if err = p.Hub.MayManageTeam(r.Context(), web.Actor(r), t.ID, "change the team's rules"); err != nil {
				return page, err
			}
			if seen, err = p.Teams.Rules(r.Context(), web.Actor(r), t.ID); err != nil {
				return page, err
			}
			return p.rulesPage(r, seen)
		},
		form: pages.TeamRules.Form,
		save: func(form url.Values) error {
			return p.Teams.SaveRules(r.Context(), web.Actor(r), t.ID, &seen, readRules(form))
		},
		again: func(page pages.TeamRules, back cameBack) (templ.Component, error) {
			page.SecretDays, page.TokenDays, page.WarnDays = back.Get("max_secret_days"), back.Get("max_token_days"), back.Get("warn_days")
			page.Errors, page.Version = back.faults, back.version
			return page, nil
		},
		log:  changesOf(t.ID, hub.ActionTeamRulesChanged),
		done: func() error { return p.done(w, r, "/team/rules", "The rules are saved.") },
	})
}

func readRules(form url.Values) team.Rules {
	rules := team.Rules{MaxSecretDays: number(form.Get("max_secret_days")), MaxTokenDays: number(form.Get("max_token_days"))}
	for _, word := range strings.FieldsFunc(form.Get("warn_days"), func(c rune) bool { return c == ' ' || c == ',' || c == ';' }) {
		rules.WarnDays = append(rules.WarnDays, number(word))
	}
	return rules
}

// number reads a number of days: empty is 0, and anything else that isn't a number is -1, which hub refuses.
func number(s string) int {
	if s = strings.TrimSpace(s); s == "" {
		return 0
	}
	n, err := strconv.Atoi(s)
	if err != nil || n > 1<<20 || n == 0 {
		return -1
	}
	return n
}
