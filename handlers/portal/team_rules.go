package portal

import (
	"net/http"
	"strconv"
	"strings"

	"gatepost/handlers/hub/team"
	"gatepost/handlers/web"
	"gatepost/views/pages"
	"gatepost/views/words"
)

// TeamRules shows the team's rules for its secrets, and to admins what breaks them.
func (p *Portal) TeamRules(w http.ResponseWriter, r *http.Request) error {
	page, err := p.rulesPage(r)
	if err != nil {
		return err
	}
	return p.show(w, r, page)
}

func (p *Portal) rulesPage(r *http.Request) (pages.TeamRules, error) {
	t, rights, err := currentTeam(r)
	if err != nil {
		return pages.TeamRules{}, err
	}
	ctx, actor := r.Context(), web.Actor(r)
	rules, err := p.Teams.Rules(ctx, actor, t.ID)
	if err != nil {
		return pages.TeamRules{}, err
	}
	page := pages.TeamRules{Page: p.base(r), SecretDays: dayLimit(rules.MaxSecretDays), TokenDays: dayLimit(rules.MaxTokenDays), CanEdit: rights.Manage}
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
	t, _, err := currentTeam(r)
	if err != nil {
		return err
	}
	form, err := web.PageForm(w, r)
	if err != nil {
		return err
	}
	rules := team.Rules{MaxSecretDays: number(form.Get("max_secret_days")), MaxTokenDays: number(form.Get("max_token_days"))}
	for _, word := range strings.FieldsFunc(form.Get("warn_days"), func(c rune) bool { return c == ' ' || c == ',' || c == ';' }) {
		rules.WarnDays = append(rules.WarnDays, number(word))
	}
	err = p.Teams.SaveRules(r.Context(), web.Actor(r), t.ID, rules)
	if faults, ok := fieldErrors(err); ok {
		page, err := p.rulesPage(r)
		if err != nil {
			return err
		}
		page.SecretDays, page.TokenDays, page.WarnDays, page.Errors = form.Get("max_secret_days"), form.Get("max_token_days"), form.Get("warn_days"), faults
		return p.again(w, r, page)
	}
	if err != nil {
		return err
	}
	return p.done(w, r, "/team/rules", "The rules are saved.")
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
