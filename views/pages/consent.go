package pages

import (
	"context"
	"io"
	"strings"

	"gatepost/views/layout"
	"gatepost/views/ui"
	"gatepost/views/words"
)

// Consent answers GET /oauth2/auth and POST /device: an app asks to act for the person. It posts to /oauth2/consent:
// fields request, from, answer (allow or deny), and team once for each team that is ticked. Allow and Deny are the only ways
// off the page.
type Consent struct {
	layout.Page
	Errors                           ui.Errors
	App, Team, Description, ClientID string
	PersonName, PersonEmail          string // as whom
	Scopes                           []ConsentScope
	Teams                            []ConsentTeam // that the person can let it reach; none if the scopes reach no team
	RedirectHost                     string        // "app.example.com", or words; "" for a device
	Lifetime                         string        // a sentence: "Until you revoke it, 180 days at most."
	RequestID                        string
	From                             string // the path that asks again
	UserCode                         string // "BCDF-GHJK", for a device
	DeviceFrom                       string // "203.0.113.9": where the device's code was asked for
	DeviceSays                       string // "curl/8.5": what the device says it is; anybody can say anything
	Known                            bool   // the person has allowed this app something before
	Again                            string // a sentence: why that doesn't count any more; "" if it does
	Claimable                        bool   // any program on the device could claim the redirect, so that it is asked each time
}

// ConsentScope is one right that the app asks for. Text is its sentence. New marks one that was not allowed before,
// where Known is set.
type ConsentScope struct {
	Name, Text string
	New        bool
}

// ConsentTeam is a team of the person. Reach is what their own access there makes of the scopes ("3 of 12 devices"; ""
// leaves it out).
type ConsentTeam struct {
	ID, Name, Reach string
	Checked         bool
}

// Render writes the page.
func (m Consent) Render(ctx context.Context, w io.Writer) error {
	m.Page = m.Named("Allow "+m.App, "", false)
	return consent(m).Render(ctx, w)
}

// grows says that the app asks for more than it was allowed.
func (m Consent) grows() bool {
	if !m.Known {
		return false
	}
	for _, s := range m.Scopes {
		if s.New {
			return true
		}
	}
	return false
}

// says is what the app says of itself, in quotes: it is not the portal that says so.
func (m Consent) says() string {
	if m.Description == "" {
		return "."
	}
	return ". It says: " + words.Quoted(m.Description, 200)
}

// choices are the teams to tick.
func (m Consent) choices() ui.Choices {
	c := ui.Choices{
		Name: "team", Legend: "In these teams", Hint: "The app reaches only the teams that you tick, and only what you can see there yourself.", Error: m.Errors.For("team"), Many: true,
	}
	for _, t := range m.Teams {
		c.Items = append(c.Items, ui.Choice{Title: t.Name, Text: t.Reach, Value: t.ID, Checked: t.Checked})
	}
	return c
}

func (m Consent) facts() []ui.KVItem {
	var out []ui.KVItem
	out = append(out, ui.KVItem{Key: "It acts as", Body: consentPerson(m)})
	if m.RedirectHost != "" {
		out = append(out, ui.KVItem{Key: "You return to", Value: m.RedirectHost, Mono: !strings.Contains(m.RedirectHost, " ")})
	}
	if m.DeviceFrom != "" {
		out = append(out, ui.KVItem{Key: "Asked from", Value: m.DeviceFrom, Mono: true})
	}
	if m.DeviceSays != "" {
		out = append(out, ui.KVItem{Key: "It says it is", Value: words.Quoted(m.DeviceSays, 60)})
	}
	if m.Lifetime != "" {
		out = append(out, ui.KVItem{Key: "How long", Value: m.Lifetime})
	}
	return out
}
