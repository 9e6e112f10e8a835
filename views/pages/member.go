package pages

import (
	"context"
	"io"
	"time"

	"gatepost/views/layout"
	"gatepost/views/ui"
)

// MemberRemove is GET and POST /team/members/{id}/remove, and (Self) GET and POST /team/leave: field confirm_name. Blocked
// says why that isn't possible right now.
type MemberRemove struct {
	layout.Page
	ID, Name, Email string
	Self            bool
	Facts           []string
	Blocked         string
	Errors          ui.Errors
}

// Render writes the page.
func (m MemberRemove) Render(ctx context.Context, w io.Writer) error {
	m.Page = m.Named(m.title(), layout.NavTeam, len(m.Errors) > 0)
	return memberRemove(m).Render(ctx, w)
}

func (m MemberRemove) title() string {
	if m.Self {
		return "Leave " + m.Team
	}
	return "Remove " + m.Name
}

func (m MemberRemove) action() string {
	if m.Self {
		return "/team/leave"
	}
	return "/team/members/" + m.ID + "/remove"
}

func (m MemberRemove) typed() string {
	if m.Self {
		return m.Team
	}
	return m.Name
}

func (m MemberRemove) ask() string {
	if m.Self {
		return "Type the team's name, " + m.Team + ", to leave it"
	}
	return "Type the person's name, " + m.Name + ", to remove them"
}

func (m MemberRemove) heading() string {
	if m.Self {
		return "What happens when you leave"
	}
	return "What happens when " + m.Name + " is removed"
}

// Members is GET /team/members, and POST /team/invitations when something was wrong: fields email, role.
type Members struct {
	layout.Page
	Members     []Member
	Invitations []Invitation
	CanInvite   bool
	WhoCan      string // who could, where CanInvite is false
	Email       string
	Roles       []ui.Choice // values admin, developer, viewer
	Errors      ui.Errors
	RoleErrors  ui.Errors
	Link        *InviteLink // after inviting without mail
	CanSettings bool        // shows the tabs Audit and Settings
}

// Member is a person of the team. LastAdmin says that no other active admin is left without them.
type Member struct {
	ID, Name, Email, Initials, Role string
	Owner, You, Active, LastAdmin   bool
	Joined                          time.Time
	Knows                           bool // a live secret of the team's apps
	Version                         ui.Version
}

func (p Member) formID() string { return "form-" + p.ID }

func (p Member) conflict() ui.Conflict {
	c := *p.Version.Conflict
	c.FormID = p.formID()
	return c
}

// Form is what the form of the role shows.
func (p Member) Form() ui.Form {
	role := ui.PickField("role", "Role of "+p.Name, p.Role, roleOptions)
	role.ID = "role-" + p.ID
	return ui.Form{Fields: []ui.FormField{role}}
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

func (m Members) hasActions() bool {
	for _, p := range m.Members {
		if p.You {
			return true
		}
	}
	return m.CanInvite
}

func (m Members) memberHeads() []string {
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
func (m Members) Render(ctx context.Context, w io.Writer) error {
	m.Page = m.Named("Members", layout.NavTeam, len(m.Errors) > 0)
	return members(m).Render(ctx, w)
}
