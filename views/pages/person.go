package pages

import (
	"context"
	"io"
	"strconv"
	"time"

	"gatepost/views/layout"
	"gatepost/views/ui"
)

// OwnerPeople is GET /owner/people: query q, state, after.
type OwnerPeople struct {
	layout.Page
	Rows        []PersonRow
	Q, State    string
	States      []ui.Option
	First, More string // addresses of the first and the next page
	Text        string
}

// PersonRow is one person of the portal. State is live, pending or revoked.
type PersonRow struct {
	ID, Name, Email, Initials string
	Owner, You, SecondFactor  bool
	State, StateText          string
	Teams                     int
	LastSeen                  time.Time
}

func (r PersonRow) href() string { return "/owner/people/" + r.ID }

func (r PersonRow) teams() string { return strconv.Itoa(r.Teams) }

func (m OwnerPeople) filtered() bool { return m.Q != "" || m.State != "" }

// Render writes the page.
func (m OwnerPeople) Render(ctx context.Context, w io.Writer) error {
	m.Page = m.Named("People", layout.NavPeople, false)
	return ownerPeople(m).Render(ctx, w)
}

// OwnerPerson is GET /owner/people/{id}; POST /owner/people/{id}/disable (field confirm_name), /enable and /owner (field
// owner: yes or no).
type OwnerPerson struct {
	layout.Page
	Person         PersonRow
	Phone, City    string
	Teams          []PersonTeam
	Sessions       []Session
	Made, Disabled time.Time
	PasswordSet    time.Time
	Personal       int // live personal tokens
	Authorizations int
	Apps           int             // that they made
	Knows          []ExposedSecret // live secrets of any team that they may no longer know
	DisableFacts   []string        // what ends
	CanDisable     bool
	DisableReason  string // why not
	OwnerReason    string // why the owner flag can't be changed now
	Errors         ui.Errors
}

// PersonTeam is a team of a person.
type PersonTeam struct {
	ID, Name, Role string
	Since          time.Time
}

// Render writes the page.
func (m OwnerPerson) Render(ctx context.Context, w io.Writer) error {
	m.Page = m.Named(m.Person.Name, layout.NavPeople, len(m.Errors) > 0)
	return ownerPerson(m).Render(ctx, w)
}

func (m OwnerPerson) exposure() PersonExposure {
	return PersonExposure{Page: m.Page, ID: m.Person.ID, Name: m.Person.Name, AllTeams: true, Lost: true, Secrets: m.Knows}
}

func (m OwnerPerson) action(what string) string { return "/owner/people/" + m.Person.ID + "/" + what }

func (m OwnerPerson) facts() []ui.KVItem {
	items := []ui.KVItem{{Key: "Account created", Body: ui.Time{At: m.Made, Now: m.Now}}}
	if !m.PasswordSet.IsZero() {
		items = append(items, ui.KVItem{Key: "Password set", Body: ui.Time{At: m.PasswordSet, Now: m.Now}})
	}
	factor := "off"
	if m.Person.SecondFactor {
		factor = "on"
	}
	items = append(items, ui.KVItem{Key: "Two-factor sign-in", Value: factor})
	if !m.Person.LastSeen.IsZero() {
		items = append(items, ui.KVItem{Key: "Last seen", Body: ui.Time{At: m.Person.LastSeen, Now: m.Now}})
	}
	for _, pair := range [][2]string{{"Phone number", m.Phone}, {"City", m.City}} {
		if pair[1] != "" {
			items = append(items, ui.KVItem{Key: pair[0], Value: pair[1]})
		}
	}
	return append(items,
		ui.KVItem{Key: "Apps created", Value: strconv.Itoa(m.Apps)},
		ui.KVItem{Key: "Live API tokens", Value: strconv.Itoa(m.Personal)},
		ui.KVItem{Key: "Authorized apps", Value: strconv.Itoa(m.Authorizations)},
		ui.KVItem{Key: "Person id", Value: m.Person.ID, Copy: true})
}
