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

// Member is a person of the team.
type Member struct {
	Name, Email, Initials, Role string
	Owner, You                  bool
	Joined                      time.Time
}

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

// TeamAudit is GET /team/audit.
type TeamAudit struct {
	layout.Page
	Events []AuditRow
	Pager  ui.Pager
}

// AuditRow is an audit event: who did what to what, when, from where.
type AuditRow struct {
	At                            time.Time
	Actor, Action, Target, Detail string // "Ana Conti", "revoked secret", "k3f9", "of Hub sync"
	Address, Agent                string
	Tone                          string // "", warn, bad
}

// Render writes the page.
func (m TeamAudit) Render(ctx context.Context, w io.Writer) error {
	m.Page = m.Named("Audit", layout.NavTeam, false)
	return teamAudit(m).Render(ctx, w)
}

// TeamSettings is GET and POST /team/settings: field name.
type TeamSettings struct {
	layout.Page
	Name, SolutionKey, ID string
	MadeAt                time.Time
	Errors                ui.Errors
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

func teamTabs(current string, all bool) ui.TabLinks {
	tab := func(label, key string) ui.TabLink {
		return ui.TabLink{Label: label, Href: "/team/" + key, Current: current == key}
	}
	items := []ui.TabLink{tab("Members", "members"), tab("Devices", "devices")}
	if all {
		items = append(items, tab("Audit", "audit"), tab("Settings", "settings"))
	}
	return ui.TabLinks{Label: "Team", Items: items}
}
