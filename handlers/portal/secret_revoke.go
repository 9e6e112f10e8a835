package portal

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"gatepost/handlers/hub/app"
	"gatepost/handlers/web"
	"gatepost/views/pages"
	"gatepost/views/words"
)

// RevokeSecretForm says what breaks when this secret is revoked.
func (p *Portal) RevokeSecretForm(w http.ResponseWriter, r *http.Request) error {
	page, err := p.revokeSecretPage(r)
	if err != nil {
		return err
	}
	return p.show(w, r, page)
}

func (p *Portal) revokeSecretPage(r *http.Request) (pages.SecretRevoke, error) {
	facts, s, err := p.secretOf(r, "revoke a secret of this app")
	if err != nil {
		return pages.SecretRevoke{}, err
	}
	now, last := p.Hub.Now(), len(facts.Live) == 1
	page := pages.SecretRevoke{
		Page: p.base(r), App: appHead(facts), Secret: secretRow(s, true, now), Facts: revokeFacts(s, facts, last, now), TypeName: last || !s.Usage.LastAt.IsZero(),
	}
	page.LiveTokens, err = p.DB.CountLiveTokens(r.Context(), facts.ClientID, s.ID, now)
	return page, err
}

func revokeFacts(s app.SecretFacts, f app.Facts, last bool, now time.Time) []string {
	use := lastUse(s.Usage, now)
	if !s.Usage.LastAt.IsZero() {
		use += fmt.Sprintf(", %s in 24 h", words.Count(s.Usage.Tokens, "use", "uses"))
	}
	facts := []string{strings.ToUpper(use[:1]) + use[1:] + "."}
	if last {
		facts = append(facts, "It is the app's last live secret: nothing can get a token for "+f.Name+" until you add another.")
	} else {
		facts = append(facts, words.Count(len(f.Live)-1, "other secret keeps working.", "other secrets keep working."))
	}
	return facts
}

// RevokeSecret revokes the secret, which stops working immediately.
func (p *Portal) RevokeSecret(w http.ResponseWriter, r *http.Request) error {
	form, err := web.PageForm(w, r)
	if err != nil {
		return err
	}
	page, err := p.revokeSecretPage(r)
	if err != nil {
		return err
	}
	if faults := wrongName(form, "app", page.App.Name); page.TypeName && faults != nil {
		page.Tokens = form.Get("tokens")
		page.Errors = faults
		return p.again(w, r, page)
	}
	tokensToo := form.Get("tokens") == "revoke"
	if err := p.Apps.RevokeSecret(r.Context(), web.Actor(r), page.App.ClientID, page.Secret.ID, tokensToo); err != nil {
		return err
	}
	said := "The secret …" + page.Secret.Hint + " is revoked. Requests with it are refused from now on."
	if tokensToo {
		said = "The secret …" + page.Secret.Hint + " and the tokens that it issued are revoked. Requests with them are refused from now on."
	}
	return p.done(w, r, "/apps/"+page.App.ClientID+"/secrets", said)
}
