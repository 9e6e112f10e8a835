package portal

import (
	"net/http"
	"strings"
	"time"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/handlers/hub/app"
	"gatepost/handlers/web"
	"gatepost/views/pages"
	"gatepost/views/ui"
)

// handOver is what a page needs to hand a secret to a teammate.
func (p *Portal) handOver(r *http.Request, clientID, secretID, hint string) (pages.HandoverForm, error) {
	mates, err := p.Apps.Teammates(r.Context(), web.Actor(r), clientID)
	if err != nil {
		return pages.HandoverForm{}, err
	}
	out := pages.HandoverForm{ClientID: clientID, SecretID: secretID, Hint: hint, NoHTTPS: p.noHTTPS()}
	for _, m := range mates {
		out.Mates = append(out.Mates, ui.Option{Value: m.PersonID, Label: m.Name + ", " + m.Email})
	}
	return out, nil
}

// noHTTPS says that browsers won't encrypt on the portal's pages.
func (p *Portal) noHTTPS() bool {
	host := p.Edge.Issuer.Hostname()
	return p.Edge.Issuer.Scheme != "https" && host != "localhost" && !strings.HasPrefix(host, "127.") && host != "::1"
}

// HandOverSecretForm is the page on which a secret is pasted, encrypted and handed over, with the
// receipts of the app's.
func (p *Portal) HandOverSecretForm(w http.ResponseWriter, r *http.Request) error {
	facts, s, err := p.secretOf(r, "hand over a secret of this app")
	if err != nil {
		return err
	}
	now := p.Hub.Now()
	page := pages.HandoverSecret{Page: p.base(r), App: appHead(facts), Secret: secretRow(s, true, now)}
	if page.Hand, err = p.handOver(r, facts.ClientID, s.ID, s.Hint); err != nil {
		return err
	}
	page.Hand.Alone = true
	page.Receipts, err = p.receipts(r, facts, s.ID)
	if err != nil {
		return err
	}
	return p.show(w, r, page)
}

// secretOf returns the live secret in the address of a page, to someone who manages the app.
func (p *Portal) secretOf(r *http.Request, what string) (app.Facts, app.SecretFacts, error) {
	facts, secrets, err := p.managed(r, what)
	if err != nil {
		return facts, app.SecretFacts{}, err
	}
	for _, s := range secrets {
		if s.ID != r.PathValue("id") {
			continue
		}
		if !s.Live(p.Hub.Now()) {
			return facts, s, hub.ErrSecretEnded
		}
		return facts, s, nil
	}
	return facts, app.SecretFacts{}, web.NotFound()
}

// receipts are the app's handovers, or those of one secret.
func (p *Portal) receipts(r *http.Request, facts app.Facts, secretID string) (out []pages.Receipt, err error) {
	list, err := p.Apps.Handovers(r.Context(), web.Actor(r), facts.ClientID)
	if err != nil {
		return nil, err
	}
	hints := map[string]string{}
	secrets, err := p.DB.Secrets(r.Context(), facts.ClientID)
	for _, s := range secrets {
		hints[s.ID] = s.Hint
	}
	for _, h := range list {
		if secretID == "" || h.SecretID == secretID {
			out = append(out, receipt(h, hints[h.SecretID], facts.Manage, p.Hub.Now()))
		}
	}
	return out, err
}

func receipt(h db.Handover, hint string, manage bool, now time.Time) pages.Receipt {
	out := pages.Receipt{
		ID: h.ID, From: h.FromName, To: h.ToName, Hint: hint, State: "over", At: h.CreatedAt, Ends: h.ExpiresAt,
		Opened: h.OpenedAt, Cancelled: h.CancelledAt, Address: h.OpenedAddress, CanCancel: manage,
	}
	switch {
	case !h.OpenedAt.IsZero():
		out.State = "opened"
	case !h.CancelledAt.IsZero():
		out.State = "cancelled"
	case h.Waiting(now):
		out.State = "waiting"
	}
	return out
}

// HandOverSecret keeps what a page's script encrypted for a teammate, and returns the link without
// its key, which the script adds.
func (p *Portal) HandOverSecret(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		To         string `json:"to"`
		Ciphertext string `json:"ciphertext"`
	}
	if err := web.ReadJSON(w, r, &in); err != nil {
		return err
	}
	h, err := p.Apps.HandOver(r.Context(), web.Actor(r), r.PathValue("client_id"), r.PathValue("id"), in.To, in.Ciphertext)
	if err != nil {
		return err
	}
	return web.WriteJSON(w, http.StatusCreated, struct {
		ID        string    `json:"id"`
		Link      string    `json:"link"`
		ExpiresAt time.Time `json:"expires_at"`
	}{h.ID, p.Issuer + "/handovers/" + h.ID, h.ExpiresAt})
}

// Handover is the page behind the link: inert, since whoever follows links opens it too.
func (p *Portal) Handover(w http.ResponseWriter, r *http.Request) error {
	actor := web.Actor(r)
	h, err := p.Apps.Handover(r.Context(), actor, r.PathValue("id"))
	if err != nil {
		return err
	}
	now := p.Hub.Now()
	return p.show(w, r, pages.Handover{
		Page: p.base(r), App: pages.AppHead{Name: h.App.Name, ClientID: h.App.ClientID}, Label: h.Secret.Label, SecretID: h.SecretID, MyID: actor.ID,
		Receipt: receipt(h.Handover, h.Secret.Hint, !h.ForMe, now), ForYou: h.ForMe, Ended: !h.Secret.Live(now), NoHTTPS: p.noHTTPS(),
	})
}

// OpenHandover uses up a handover and returns to the page's script what it decrypts.
func (p *Portal) OpenHandover(w http.ResponseWriter, r *http.Request) error {
	if err := web.NoFields(w, r); err != nil {
		return err
	}
	sealed, err := p.Apps.OpenHandover(r.Context(), web.Actor(r), r.PathValue("id"))
	if err != nil {
		return err
	}
	return web.WriteJSON(w, http.StatusOK, struct {
		Ciphertext string `json:"ciphertext"`
	}{sealed})
}

// CancelHandover ends a handover that nobody has opened.
func (p *Portal) CancelHandover(w http.ResponseWriter, r *http.Request) error {
	if _, err := web.PageForm(w, r); err != nil {
		return err
	}
	h, err := p.Apps.CancelHandover(r.Context(), web.Actor(r), r.PathValue("id"))
	if err != nil {
		return err
	}
	return p.done(w, r, "/handovers/"+h.ID, "The hand-over to "+h.ToName+" is cancelled. Its link no longer opens anything.")
}
