package pages

import (
	"context"
	"io"

	"gatepost/views/layout"
	"gatepost/views/ui"
)

// MemberRemove is GET and POST /team/members/{id}/remove, and (Self) GET and POST /team/leave: field confirm_name. Blocked
// says why it can't be done now.
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
		return "What ends when you leave"
	}
	return "What ends when " + m.Name + " is removed"
}

// AppTransfer is GET and POST /apps/{client_id}/transfer: fields team, confirm_name. Teams are empty when the visitor
// manages no other team.
type AppTransfer struct {
	layout.Page
	App    AppHead
	Teams  []ui.Option
	To     string
	Facts  []string
	Errors ui.Errors
}

// Render writes the page.
func (m AppTransfer) Render(ctx context.Context, w io.Writer) error {
	m.Page = m.Named("Transfer "+m.App.Name, layout.NavApps, len(m.Errors) > 0)
	return appTransfer(m).Render(ctx, w)
}

func (m AppTransfer) action() string { return "/apps/" + m.App.ClientID + "/transfer" }
