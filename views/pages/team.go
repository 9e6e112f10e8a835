package pages

import (
	"context"
	"io"
	"time"

	"gatepost/views/layout"
	"gatepost/views/ui"
)

// TeamMembers is GET /team/members, and POST /team/invitations when something was wrong: fields email, role.
type TeamMembers struct {
	layout.Page
	Members     []Member
	Invitations []Invitation
	CanInvite   bool
	WhoCan      string // who could, where CanInvite is false
	Email       string
	Roles       []ui.Choice // values admin, developer, viewer
	Errors      ui.Errors
	Link        *InviteLink // after inviting without mail
	CanSettings bool        // shows the tabs Audit and Settings
}

// Member is a person of the team. LastAdmin says that no other active admin is left without them.
type Member struct {
	ID, Name, Email, Initials, Role string
	Owner, You, Active, LastAdmin   bool
	Joined                          time.Time
}

var roleOptions = []ui.Option{{Value: "admin", Label: "admin"}, {Value: "developer", Label: "developer"}, {Value: "viewer", Label: "viewer"}}

// Invitation is one that is not accepted yet. State is pending or expired.
type Invitation struct {
	ID, Email, Role, InvitedBy string
	State                      string
	SentAt, Ends               time.Time
}

func (i Invitation) stateWord() string {
	if i.State == "expired" {
		return "Expired"
	}
	return "Pending"
}

func (m TeamMembers) hasActions() bool {
	for _, p := range m.Members {
		if p.You {
			return true
		}
	}
	return m.CanInvite
}

func (m TeamMembers) memberHeads() []string {
	heads := []string{"Person", "Role", "Joined"}
	if m.hasActions() {
		heads = append(heads, "-Actions")
	}
	return heads
}

// InviteLink is the link of a new invitation, shown once because no mail went out. Why says the reason.
type InviteLink struct {
	Email, URL, Why string
	Ends            time.Time
}

// Render writes the page.
func (m TeamMembers) Render(ctx context.Context, w io.Writer) error {
	m.Page = m.Named("Members", layout.NavTeam, len(m.Errors) > 0)
	return teamMembers(m).Render(ctx, w)
}

// TeamSettings is GET and POST /team/settings: field name; POST /team/settings/second-factor.
type TeamSettings struct {
	layout.Page
	Name, SolutionKey, ID string
	MadeAt                time.Time
	Errors                ui.Errors
	SecondFactor          SecondFactorRule
}

// Render writes the page.
func (m TeamSettings) Render(ctx context.Context, w io.Writer) error {
	m.Page = m.Named("Team settings", layout.NavTeam, len(m.Errors) > 0)
	return teamSettings(m).Render(ctx, w)
}

// OwnerTeams is GET and POST /owner/teams: field name.
type OwnerTeams struct {
	layout.Page
	Items  []OwnerTeam
	Name   string
	Errors ui.Errors
}

// OwnerTeam is one team of the portal.
type OwnerTeam struct {
	ID, Name, SolutionKey string
	Members, Apps         int
	MadeAt                time.Time
}

// Render writes the page.
func (m OwnerTeams) Render(ctx context.Context, w io.Writer) error {
	m.Page = m.Named("Teams", layout.NavOwner, len(m.Errors) > 0)
	return ownerTeams(m).Render(ctx, w)
}
