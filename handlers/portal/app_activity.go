package portal

import (
	"net/http"

	"gatepost/handlers/web"
	"gatepost/views/pages"
	"gatepost/views/ui"
	"gatepost/views/words"
)

// AppActivity lists what was done to the app, and who uses it.
func (p *Portal) AppActivity(w http.ResponseWriter, r *http.Request) error {
	actor := web.Actor(r)
	facts, secrets, err := p.Apps.Facts(r.Context(), actor, r.PathValue("client_id"))
	if err != nil {
		return err
	}
	events, err := p.Apps.Activity(r.Context(), actor, facts.ClientID)
	if err != nil {
		return err
	}
	hours, err := p.Apps.TokensByHour(r.Context(), actor, facts.TeamID, facts.ClientID)
	if err != nil {
		return err
	}
	failing, err := p.Apps.FailingCallers(r.Context(), actor, facts.TeamID, facts.ClientID)
	if err != nil {
		return err
	}
	page := pages.AppActivity{Page: p.base(r), App: appHead(facts), Failing: failingCallers(failing, facts.ClientID)}
	page.Tokens, page.Tokens24h, page.TokensText = bars(hours)
	for _, s := range secrets {
		if !s.Usage.LastAt.IsZero() {
			page.Callers = append(page.Callers, pages.Caller{
				Address: s.Usage.Address, Agent: agentName(s.Usage.UserAgent), SecretHint: s.Hint, Last: s.Usage.LastAt, Uses24h: s.Usage.Tokens,
			})
		}
	}
	for _, e := range events {
		did, tone := words.Action(e.Action)
		page.Events = append(page.Events, ui.Event{At: e.At, Actor: e.ActorName, Action: did, Target: joinWords(e.TargetName, words.Ellipsis(e.Detail)), From: e.Address, Tone: tone})
	}
	return p.show(w, r, page)
}

func joinWords(a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + ": " + b
}
