package portal

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/handlers/hub/account"
	"gatepost/handlers/hub/app"
	"gatepost/handlers/web"
	"gatepost/views/pages"
	"gatepost/views/ui"
	"gatepost/views/words"
)

// peopleRows is how many people a page shows.
const peopleRows = 50

// OwnerPeople lists the portal's people to its owners.
func (p *Portal) OwnerPeople(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	for _, name := range []string{"q", "state", "after"} {
		if !web.IsText(q.Get(name)) || len(q.Get(name)) > 300 {
			return web.BadRequest("The address has text that can't be searched for.")
		}
	}
	ctx, actor := r.Context(), web.Actor(r)
	counts, err := p.Accounts.PeopleCounts(ctx, actor)
	if err != nil {
		return err
	}
	page := pages.OwnerPeople{Page: p.base(r), Text: words.Count(counts.All, "person", "people") + " in all", States: []ui.Option{
		{Label: fmt.Sprintf("Any state (%d)", counts.All)}, {Value: "active", Label: fmt.Sprintf("Active (%d)", counts.Active)},
		{Value: "invited", Label: fmt.Sprintf("Not active yet (%d)", counts.Invited)}, {Value: "disabled", Label: fmt.Sprintf("Disabled (%d)", counts.Disabled)},
		{Value: "owner", Label: fmt.Sprintf("Owners (%d)", counts.Owners)},
	}}
	dropUnknown(&page.Page, q, "state", "state", page.States)
	query := db.PeopleQuery{Search: strings.TrimSpace(q.Get("q")), State: q.Get("state"), After: q.Get("after"), Limit: peopleRows}
	page.Q, page.State = query.Search, query.State
	rows, more, err := p.Accounts.People(ctx, actor, query)
	if err != nil {
		return err
	}
	for _, row := range rows {
		item := personRow(row.Person, actor.ID)
		item.Teams, item.LastSeen, item.SecondFactor = row.Teams, row.LastSeen, row.HasFactor
		page.Rows = append(page.Rows, item)
	}
	filter := url.Values{}
	for name, value := range map[string]string{"q": query.Search, "state": query.State} {
		if value != "" {
			filter.Set(name, value)
		}
	}
	if query.After != "" {
		page.First = pageAddress("/owner/people", filter, "after", "")
	}
	if more {
		page.More = pageAddress("/owner/people", filter, "after", rows[len(rows)-1].Email)
	}
	return p.show(w, r, page)
}

func personRow(x db.Person, visitor string) pages.PersonRow {
	row := pages.PersonRow{ID: x.ID, Name: x.Name, Email: x.Email, Initials: web.Initials(x.Name), Owner: x.Owner, You: x.ID == visitor, State: "live", StateText: "Active"}
	switch {
	case !x.DisabledAt.IsZero():
		row.State, row.StateText = "revoked", "Disabled"
	case x.PasswordHash == "":
		row.State, row.StateText = "pending", "Not active yet"
	}
	return row
}

// OwnerPerson is one person, with what an owner may do to the account.
func (p *Portal) OwnerPerson(w http.ResponseWriter, r *http.Request) error {
	page, err := p.personPage(r)
	if err != nil {
		return err
	}
	return p.show(w, r, page)
}

func (p *Portal) personPage(r *http.Request) (pages.OwnerPerson, error) {
	actor := web.Actor(r)
	f, err := p.Accounts.PersonFacts(r.Context(), actor, r.PathValue("id"))
	if err != nil {
		return pages.OwnerPerson{}, err
	}
	page := pages.OwnerPerson{
		Page: p.base(r), Person: personRow(f.Person, actor.ID), Phone: f.Phone, City: f.City, Made: f.CreatedAt, Disabled: f.DisabledAt, PasswordSet: f.PasswordChangedAt,
		Personal: f.Reach.PersonalTokens, Authorizations: f.Reach.Authorizations, Apps: f.Reach.Apps, CanDisable: true, DisableFacts: disableFacts(f),
	}
	if page.Person.SecondFactor, err = p.Accounts.HasSecondFactor(r.Context(), f.ID); err != nil {
		return page, err
	}
	known, err := p.Apps.Exposed(r.Context(), actor, "", f.ID)
	if err != nil {
		return page, err
	}
	page.Knows = p.exposedRows(app.Lost(known))
	for _, m := range f.Memberships {
		page.Teams = append(page.Teams, pages.PersonTeam{ID: m.TeamID, Name: m.Name, Role: m.Role, Since: m.CreatedAt})
	}
	for _, s := range f.Sessions {
		if s.LastSeenAt.After(page.Person.LastSeen) {
			page.Person.LastSeen = s.LastSeenAt
		}
		page.Sessions = append(page.Sessions, pages.Session{Browser: account.Browser(s.UserAgent), Address: s.Address, SignedIn: s.CreatedAt, LastSeen: s.LastSeenAt})
	}
	switch {
	case f.LastOwner:
		page.CanDisable, page.DisableReason, page.OwnerReason = false, hub.ErrLastOwner.Error(), hub.ErrLastOwner.Error()
	case f.ID == actor.ID:
		page.CanDisable, page.DisableReason = false, "This is your own account. Another owner of the portal can do this."
	case !f.Owner && (f.PasswordHash == "" || !f.DisabledAt.IsZero()):
		page.OwnerReason = hub.ErrNotActive.Error()
	}
	return page, nil
}

func disableFacts(f account.PersonFacts) []string {
	facts := []string{"Nobody can sign in with it any more. " + words.Count(len(f.Sessions), "session ends", "sessions end") + " immediately."}
	if n := f.Reach.PersonalTokens; n > 0 {
		facts = append(facts, words.Count(n, "personal token is", "personal tokens are")+" revoked. Enabling the account doesn't bring them back.")
	}
	if n := f.Reach.Authorizations; n > 0 {
		facts = append(facts, words.Count(n, "app that acts for them loses", "apps that act for them lose")+" access for good.")
	}
	if n := f.Reach.Apps; n > 0 {
		facts = append(facts, words.Count(n, "app that they made keeps", "apps that they made keep")+" working with the team.")
	}
	for _, t := range f.OnlyAdmin {
		facts = append(facts, t+" is left without an active admin: an owner of the portal can manage it.")
	}
	return append(facts, "Secrets that they have seen keep working until someone rotates them. This page lists them once the account is disabled.")
}

// DisablePerson disables an account when the person's name was typed.
func (p *Portal) DisablePerson(w http.ResponseWriter, r *http.Request) error {
	form, err := web.PageForm(w, r)
	if err != nil {
		return err
	}
	page, err := p.personPage(r)
	if err != nil {
		return err
	}
	if faults := wrongName(form, "person", page.Person.Name); page.CanDisable && faults != nil {
		page.Errors = faults
		return p.again(w, r, page)
	}
	if err := p.Accounts.DisablePerson(r.Context(), web.Actor(r), page.Person.ID); err != nil {
		return err
	}
	return p.done(w, r, "/owner/people/"+page.Person.ID, page.Person.Name+" is disabled. Their sessions, personal tokens and calendar addresses have ended, and apps that acted for them have lost access.")
}

// EnablePerson enables an account again.
func (p *Portal) EnablePerson(w http.ResponseWriter, r *http.Request) error {
	if _, err := web.PageForm(w, r); err != nil {
		return err
	}
	id := r.PathValue("id")
	if err := p.Accounts.EnablePerson(r.Context(), web.Actor(r), id); err != nil {
		return err
	}
	return p.done(w, r, "/owner/people/"+id, "The account is enabled. They can sign in again. Sessions and tokens that ended stay ended.")
}

// SetOwner makes a person an owner of the portal, or takes that from them.
func (p *Portal) SetOwner(w http.ResponseWriter, r *http.Request) error {
	form, err := web.PageForm(w, r)
	if err != nil {
		return err
	}
	id, answer := r.PathValue("id"), form.Get("owner")
	if answer != "yes" && answer != "no" {
		return web.BadRequest("Choose yes or no.")
	}
	if err := p.Accounts.SetOwner(r.Context(), web.Actor(r), id, answer == "yes"); err != nil {
		return err
	}
	switch {
	case answer == "yes":
		return p.done(w, r, "/owner/people/"+id, "This person is an owner of the portal now.")
	case id == web.VisitorOf(r).Person.ID:
		return p.done(w, r, "/dashboard", "You are no longer an owner of the portal.")
	}
	return p.done(w, r, "/owner/people/"+id, "This person is no longer an owner of the portal.")
}
