package portal

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/handlers/hub/app"
	"gatepost/handlers/web"
	"gatepost/views/pages"
	"gatepost/views/ui"
	"gatepost/views/words"
)

// Dashboard is the first page after sign-in: what to do next, what needs attention, the apps.
func (p *Portal) Dashboard(w http.ResponseWriter, r *http.Request) error {
	v := web.VisitorOf(r)
	page := pages.Dashboard{Page: p.base(r), CanCreate: v.Rights.Develop}
	ctx, actor := r.Context(), web.Actor(r)
	if !v.Rights.Develop {
		var err error
		if page.WhoCan, err = p.whoCan(ctx, v.Team.ID, hub.GiveDeveloper); err != nil {
			return err
		}
		return p.show(w, r, page)
	}
	apps, err := p.Apps.ListFacts(ctx, actor, v.Team.ID)
	if err != nil {
		return err
	}
	members, err := p.DB.Members(ctx, v.Team.ID)
	if err != nil {
		return err
	}
	var pending []db.Link
	if v.Rights.Manage {
		if pending, err = p.Teams.Invitations(ctx, actor, v.Team.ID); err != nil {
			return err
		}
	}
	hours, err := p.Apps.TokensByHour(ctx, actor, v.Team.ID, "")
	if err != nil {
		return err
	}
	page.Apps = appCards(apps, memberNames(members))
	page.Steps, page.StepsDone = startSteps(apps, v.Rights.Manage, len(members)+len(pending) > 1)
	expiring, err := p.Apps.ExpiringSecrets(ctx, actor, v.Team.ID)
	if err != nil {
		return err
	}
	page.Attention = p.attention(apps, expiring, pending)
	failing, err := p.Apps.FailingCallers(ctx, actor, v.Team.ID, "")
	if err != nil {
		return err
	}
	page.Attention = append(failingCallers(failing, ""), page.Attention...)
	page.Tokens, page.Tokens24h, page.TokensText = bars(hours)
	return p.show(w, r, page)
}

// startSteps are the four steps from nothing to the first call and beyond; they tick
// themselves from what is recorded.
func startSteps(apps []app.Facts, manage, company bool) (steps []ui.Step, done bool) {
	play := "/playground/client-credentials"
	var used, called, fromCode bool
	for _, f := range apps {
		used = used || !f.LastUse.LastAt.IsZero()
		called = called || !f.FirstCallAt.IsZero()
		for _, s := range f.Live {
			fromCode = fromCode || !s.Playground && s.Usage.UserAgent != "" && !strings.HasPrefix(s.Usage.UserAgent, "Mozilla/")
		}
	}
	if len(apps) > 0 {
		play += "?app=" + apps[0].ClientID
	}
	steps = []ui.Step{
		{Title: "Add an API app", Text: "Its client secret is shown once.", Done: len(apps) > 0, Href: "/apps/new", Action: "ADD API APP"},
		{Title: "Get a token", Text: "In the playground, with your own secret.", Done: used, Href: play, Action: "Open the playground"},
		{Title: "Make the first call", Text: "GET /api/v1/me, or any other in the API reference.", Done: called, Href: "/swagger-ui/index.html", Action: "Open API reference"},
	}
	if manage {
		steps = append(steps, ui.Step{Title: "Invite a teammate", Text: "They get a link and choose their own password.", Done: company, Href: "/team/members", Action: "Invite a person"})
	} else {
		steps = append(steps, ui.Step{Title: "Call it from your code", Text: "The quick start has the code for both dialects.", Done: fromCode, Href: "/docs/quickstart", Action: "Open the quick start"})
	}
	done = true
	for i := range steps {
		if !steps[i].Done && done {
			steps[i].Current, done = true, false
		}
	}
	return steps, done
}

func (p *Portal) attention(apps []app.Facts, expiring []app.ExpiringSecret, pending []db.Link) (list []pages.Attention) {
	now := p.Hub.Now()
	for _, f := range apps {
		base := "/apps/" + f.ClientID + "/secrets"
		if len(f.Live) == 0 {
			list = append(list, pages.Attention{Tone: "bad", State: "Stopped", Text: f.Name + " has no live secret.", Detail: "Nothing can get a token for it.", Href: base, Action: "Add a secret"})
		}
	}
	for _, e := range expiring {
		list = append(list, expiringSecret(e, apps, now))
	}
	for _, l := range pending {
		a := pages.Attention{Tone: "info", State: "Pending", Text: l.Email + " has not accepted the invitation.", Detail: "The link expires " + words.Relative(l.ExpiresAt, now) + ".", Href: "/team/members", Action: "See invitations"}
		if !now.Before(l.ExpiresAt) {
			a.Tone, a.State, a.Detail = "warn", "Expired", "The link expired "+words.Relative(l.ExpiresAt, now)+"."
		}
		list = append(list, a)
	}
	return list
}

// expiringSecret is about a secret within the team's warning days. One whose app has a newer live secret is
// on its way out: what is left to do is to see that nobody needs it.
func expiringSecret(e app.ExpiringSecret, apps []app.Facts, now time.Time) pages.Attention {
	out := pages.Attention{
		Tone: "warn", State: "Expires soon", Text: fmt.Sprintf("The secret …%s of %s expires %s.", e.Secret.Hint, e.App.Name, words.Relative(e.Secret.ExpiresAt, now)),
		Href: "/apps/" + e.App.ClientID + "/secrets/rotate?secret=" + e.Secret.ID, Action: "Rotate secret",
	}
	for _, f := range apps {
		for _, s := range f.Live {
			if f.ClientID != e.App.ClientID || s.Playground {
				continue
			}
			if s.ID == e.Secret.ID {
				out.Detail = lastUse(s.Usage, now)
				if !f.Manage {
					out.Href, out.Action = "/apps/"+f.ClientID+"/secrets", "See secrets"
				}
			} else if s.CreatedAt.After(e.Secret.CreatedAt) && (s.ExpiresAt.IsZero() || s.ExpiresAt.After(e.Secret.ExpiresAt)) {
				out.Href, out.Action = "/apps/"+f.ClientID+"/secrets", "See who uses it"
			}
		}
	}
	return out
}
