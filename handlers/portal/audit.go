package portal

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/handlers/web"
	"gatepost/views/pages"
	"gatepost/views/ui"
	"gatepost/views/words"
)

// auditGroups are the kinds of event that the filter offers as one, by the first words of their actions. The last
// takes what no other has.
var auditGroups = []struct {
	slug, label string
	prefixes    []string
}{
	{"secrets", "Secrets", []string{"secret", "handover", "drill", "exposure"}},
	{"apps", "Apps", []string{"app"}},
	{"people", "People and roles", []string{"person", "people", "invitation", "member", "role", "team"}},
	{"accounts", "Sign-in and accounts", []string{"sign_in", "profile", "password", "session", "account", "email", "second_factor", "totp", "passkey", "recovery_code", "recovery_codes", "identity", "step_up", "browser"}},
	{"tokens", "Tokens and consent", []string{"token", "tokens", "personal_token", "consent", "authorization", "code", "refresh"}},
	{"devices", "Devices", []string{"device", "devices"}},
	{"portal", "Portal", nil},
}

// actionGroup is the place in auditGroups of an action.
func actionGroup(action string) int {
	prefix, _, _ := strings.Cut(action, ".")
	for i, g := range auditGroups {
		if slices.Contains(g.prefixes, prefix) {
			return i
		}
	}
	return len(auditGroups) - 1
}

// auditKinds are the lines of the filter by kind: each group, and under it what it is made of.
func auditKinds() []ui.Option {
	inGroup := make([][]ui.Option, len(auditGroups))
	for _, action := range words.Actions() {
		i := actionGroup(action)
		did, _ := words.Action(action)
		inGroup[i] = append(inGroup[i], ui.Option{Value: action, Label: auditGroups[i].label + ": " + did})
	}
	out := []ui.Option{{Label: "Any kind"}}
	for i, g := range auditGroups {
		slices.SortFunc(inGroup[i], func(a, b ui.Option) int { return cmp.Or(cmp.Compare(a.Label, b.Label), cmp.Compare(a.Value, b.Value)) })
		out = append(append(out, ui.Option{Value: g.slug, Label: g.label}), inGroup[i]...)
	}
	return out
}

// auditQuery reads the filter from the address, and returns those parts of it that mean something.
func auditQuery(r *http.Request) (q db.AuditQuery, kept url.Values, faults ui.Errors, err error) {
	kept = url.Values{}
	for _, name := range []string{"person", "app", "kind", "from", "to", "team", "before"} {
		v := r.URL.Query().Get(name)
		if !web.IsText(v) || len(v) > 200 {
			return q, kept, nil, web.BadRequest("The filter in the address is too long, or isn't UTF-8 text.")
		}
		if v != "" {
			kept.Set(name, v)
		}
	}
	q.Actor, q.App, q.Before, q.Limit = kept.Get("person"), kept.Get("app"), kept.Get("before"), hub.AuditPage
	kept.Del("before")
	if kind := kept.Get("kind"); kind != "" {
		q.Action = kind
		for i, g := range auditGroups {
			if g.slug == kind {
				q.Action, q.Actions = "", actionsOf(i)
			}
		}
		if q.Action != "" && !slices.Contains(words.Actions(), kind) {
			q.Action = ""
			faults = append(faults, ui.FieldError{Field: "kind", Text: "There is no such kind of event."})
		}
	}
	day := func(name string) time.Time {
		text := kept.Get(name)
		if text == "" {
			return time.Time{}
		}
		at, err := time.Parse(time.DateOnly, text)
		if err != nil || at.Year() < 1970 {
			faults = append(faults, ui.FieldError{Field: name, Text: "Enter a date such as 2026-03-29."})
		}
		return at
	}
	q.Since = day("from")
	if q.Until = day("to"); !q.Until.IsZero() {
		q.Until = q.Until.AddDate(0, 0, 1) // the day itself counts
	}
	return q, kept, faults, nil
}

func actionsOf(group int) (out []string) {
	for _, action := range words.Actions() {
		if actionGroup(action) == group {
			out = append(out, action)
		}
	}
	return out
}

// teamAuditQuery is auditQuery of the visitor's team.
func (p *Portal) teamAuditQuery(r *http.Request) (db.AuditQuery, url.Values, ui.Errors, error) {
	t, _, err := currentTeam(r)
	if err != nil {
		return db.AuditQuery{}, nil, nil, err
	}
	q, kept, faults, err := auditQuery(r)
	q.TeamID = t.ID
	kept.Del("team")
	return q, kept, faults, err
}

// noTeam is the value of the owner's filter by team for events of no team.
const noTeam = "none"

// ownerAuditQuery is auditQuery over all teams, those of no team, or one.
func ownerAuditQuery(r *http.Request) (db.AuditQuery, url.Values, ui.Errors, error) {
	q, kept, faults, err := auditQuery(r)
	switch id := kept.Get("team"); id {
	case "":
		q.AllTeams = true
	case noTeam:
	default:
		q.TeamID = id
	}
	return q, kept, faults, err
}

// Audit lists the team's audit events.
func (p *Portal) Audit(w http.ResponseWriter, r *http.Request) error {
	q, kept, faults, err := p.teamAuditQuery(r)
	if err != nil {
		return err
	}
	return p.showAudit(w, r, pages.Audit{Page: p.base(r), Path: "/team/audit"}, q, kept, faults, nil)
}

// OwnerAudit lists the audit events of all teams, and of none.
func (p *Portal) OwnerAudit(w http.ResponseWriter, r *http.Request) error {
	q, kept, faults, err := ownerAuditQuery(r)
	if err != nil {
		return err
	}
	teams, err := p.Teams.All(r.Context(), web.Actor(r))
	if err != nil {
		return err
	}
	page := pages.Audit{Page: p.base(r), Path: "/owner/audit", Owner: true, Teams: []ui.Option{{Label: "All teams and none"}, {Value: noTeam, Label: "No team"}}}
	names := map[string]string{}
	for _, t := range teams {
		page.Teams = append(page.Teams, ui.Option{Value: t.ID, Label: t.Name})
		names[t.ID] = t.Name
	}
	return p.showAudit(w, r, page, q, kept, faults, names)
}

func (p *Portal) showAudit(w http.ResponseWriter, r *http.Request, page pages.Audit, q db.AuditQuery, kept url.Values, faults ui.Errors, teams map[string]string) error {
	page.Kinds = auditKinds()
	dropUnknown(&page.Page, kept, "kind", "kind of event", page.Kinds)
	faults = slices.DeleteFunc(faults, func(f ui.FieldError) bool { return f.Field == "kind" }) // which was left out
	page.Query, page.Errors = kept, faults
	if err := p.auditNames(r.Context(), web.Actor(r), &page, q); err != nil {
		return err
	}
	if len(faults) > 0 {
		return p.again(w, r, page)
	}
	events, more, err := p.Hub.AuditEvents(r.Context(), web.Actor(r), q)
	if err != nil {
		return err
	}
	if q.Before == "" && len(kept) == 0 && page.Owner {
		open, err := p.Hub.OpenRefusals(r.Context(), web.Actor(r))
		if err != nil {
			return err
		}
		for _, e := range open {
			page.Events = append(page.Events, auditRow(e, teams))
		}
	}
	for _, e := range events {
		page.Events = append(page.Events, auditRow(e, teams))
	}
	if q.Before != "" {
		page.Pager.Newer = pageAddress(page.Path, kept, "before", "")
	}
	if more {
		page.Pager.Older = pageAddress(page.Path, kept, "before", events[len(events)-1].ID)
	}
	return p.show(w, r, page)
}

func auditRow(e db.AuditEvent, teams map[string]string) pages.AuditRow {
	did, tone := words.Action(e.Action)
	row := pages.AuditRow{
		At: e.At, ActorID: e.Actor, Actor: e.ActorName, Action: did, Target: e.TargetName, Detail: words.Ellipsis(e.Detail), Team: teams[e.TeamID],
		Address: e.Address, Agent: agentName(e.UserAgent), Tone: tone,
	}
	if row.Team == "" && e.TeamID != "" {
		row.Team = "deleted team"
	}
	if e.TargetType == "app" {
		row.App = e.TargetID
	}
	return row
}

// auditNames fills the lists of who acted and on which apps. What the address names and no list has, is added to it:
// the filter shows what it does.
func (p *Portal) auditNames(ctx context.Context, a hub.Actor, page *pages.Audit, q db.AuditQuery) error {
	names, err := p.Hub.AuditNames(ctx, a, q)
	if err != nil {
		return err
	}
	page.Actors = auditOptions("Anyone", names.Actors, q.Actor)
	page.Apps = auditOptions("Any app", names.Apps, q.App)
	return nil
}

func auditOptions(all string, names []db.AuditName, chosen string) []ui.Option {
	out := []ui.Option{{Label: all}}
	for _, n := range names {
		out = append(out, ui.Option{Value: n.ID, Label: cmp.Or(n.Name, n.ID)})
	}
	if chosen != "" && !slices.ContainsFunc(out, func(o ui.Option) bool { return o.Value == chosen }) {
		out = append(out, ui.Option{Value: chosen, Label: chosen})
	}
	return out
}
