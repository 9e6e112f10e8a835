package portal

import (
	"fmt"
	"net/http"
	"strconv"
	"time"

	"gatepost/handlers/hub/app"
	"gatepost/handlers/web"
	"gatepost/views/pages"
)

// drillRefresh is how often the page of a running drill loads itself again, in seconds.
const drillRefresh = "5"

// StartDrill has a secret refused for minutes and leads to the page that follows it.
func (p *Portal) StartDrill(w http.ResponseWriter, r *http.Request) error {
	form, err := web.PageForm(w, r)
	if err != nil {
		return err
	}
	minutes, err := strconv.Atoi(form.Get("minutes"))
	if err != nil {
		minutes = 0 // which hub refuses
	}
	clientID := r.PathValue("client_id")
	d, err := p.Apps.StartDrill(r.Context(), web.Actor(r), clientID, r.PathValue("id"), time.Duration(min(max(minutes, 0), 1000))*time.Minute)
	if err != nil {
		return err
	}
	return web.SeeOther(w, r, "/apps/"+clientID+"/drills/"+d.ID)
}

// EndDrill ends a drill early: the secret works again.
func (p *Portal) EndDrill(w http.ResponseWriter, r *http.Request) error {
	if _, err := web.PageForm(w, r); err != nil {
		return err
	}
	ctx, actor, clientID := r.Context(), web.Actor(r), r.PathValue("client_id")
	app, err := p.Apps.Rotation(ctx, actor, clientID)
	if err != nil {
		return err
	}
	if err := p.Apps.EndDrill(ctx, actor, clientID, r.PathValue("id")); err != nil {
		return err
	}
	for _, d := range app.Drills {
		if d.SecretID == r.PathValue("id") { // the latest first
			return p.done(w, r, "/apps/"+clientID+"/drills/"+d.ID, "The drill is over. The secret works again.")
		}
	}
	return p.done(w, r, "/apps/"+clientID+"/secrets", "The drill is over. The secret works again.")
}

// Drill is the page of a drill: how long it still runs, and who failed.
func (p *Portal) Drill(w http.ResponseWriter, r *http.Request) error {
	facts, _, err := p.Apps.Facts(r.Context(), web.Actor(r), r.PathValue("client_id"))
	if err != nil {
		return err
	}
	report, err := p.Apps.DrillFailures(r.Context(), web.Actor(r), facts.ClientID, r.PathValue("id"))
	if err != nil {
		return err
	}
	now := p.Hub.Now()
	page := pages.Drill{
		Page: p.base(r), App: appHead(facts), Secret: secretRow(app.SecretFacts{ClientSecret: report.Secret}, facts.Manage, now),
		Drill: drillRow(report.Drill, report.Secret.Hint, now), Manage: facts.Manage, Retires: report.Secret.Live(now),
	}
	for _, s := range facts.Live {
		if s.ID == report.Secret.ID {
			page.Secret = secretRow(s, facts.Manage, now)
		}
	}
	for _, f := range report.Failed {
		page.Failed = append(page.Failed, pages.DrillFailure{Address: f.Address, Agent: agentName(f.UserAgent), Times: f.Count, First: f.FirstAt, Last: f.LastAt})
	}
	if page.Drill.Running {
		page.Secret.State = "pending"
		w.Header().Set("Refresh", drillRefresh)
		left := report.Drill.EndsAt.Sub(now)
		page.Left = fmt.Sprintf("%d:%02d", int(left.Minutes()), int(left.Seconds())%60)
	}
	return p.show(w, r, page)
}
