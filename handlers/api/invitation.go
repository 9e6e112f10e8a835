package api

import (
	"net/http"
	"time"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/handlers/hub/team"
	"gatepost/handlers/web"
)

type invitation struct {
	ID        string    `json:"id"`
	TeamID    string    `json:"team_id"`
	Email     string    `json:"email"`
	Role      string    `json:"role"`
	State     string    `json:"state"` // pending or expired
	CreatedBy string    `json:"created_by"`
	CreatedAt time.Time `json:"created_at"`
	ExpiresAt time.Time `json:"expires_at"`
}

func (h *Handlers) invitationOf(l db.Link) invitation {
	out := invitation{l.ID, l.TeamID, l.Email, l.Role, "pending", l.CreatedBy, wholeSecond(l.CreatedAt), wholeSecond(l.ExpiresAt)}
	if !h.Now().Before(l.ExpiresAt) {
		out.State = "expired"
	}
	return out
}

// Invitations answers GET /api/v1/invitations with the invitations of a team that nobody has
// used or cancelled, oldest first.
func (h *Handlers) Invitations(w http.ResponseWriter, r *http.Request) error {
	by, err := h.caller(w, r, readTeam)
	if err != nil {
		return err
	}
	teamID, err := h.queryTeam(r, by, "see invitations")
	if err != nil {
		return err
	}
	after, limit, err := page(r, 1)
	if err != nil {
		return err
	}
	rows, err := h.Teams.Invitations(r.Context(), by, teamID)
	if err != nil {
		return err
	}
	out := struct {
		Invitations []invitation `json:"invitations"`
		Next        *string      `json:"next_cursor"`
	}{Invitations: []invitation{}}
	rows, out.Next = cut(rows, func(l db.Link) []string { return []string{l.ID} }, after, limit)
	for _, l := range rows {
		out.Invitations = append(out.Invitations, h.invitationOf(l))
	}
	return web.WriteJSON(w, http.StatusOK, out)
}

// Invitation answers GET /api/v1/invitations/{id} while the invitation is pending.
func (h *Handlers) Invitation(w http.ResponseWriter, r *http.Request) error {
	_, l, err := h.callerOfInvitation(w, r, readTeam)
	if err != nil {
		return err
	}
	return web.WriteJSON(w, http.StatusOK, h.invitationOf(l))
}

// callerOfInvitation is caller, with the invitation that the path names.
func (h *Handlers) callerOfInvitation(w http.ResponseWriter, r *http.Request, scope string) (by hub.Actor, l db.Link, err error) {
	by, id, err := h.callerAt(w, r, scope, "id")
	if err != nil {
		return by, l, err
	}
	l, err = h.Teams.Invitation(r.Context(), by, id)
	return by, l, err
}

// Invite answers POST /api/v1/invitations with the new invitation.
func (h *Handlers) Invite(w http.ResponseWriter, r *http.Request) error {
	by, err := h.caller(w, r, writeTeam)
	if err != nil {
		return err
	}
	var in struct {
		Team  string `json:"team"`
		Email string `json:"email"`
		Role  string `json:"role"`
	}
	once, err := readOnce(w, r, &in)
	if err != nil {
		return err
	}
	teamID, err := h.teamFor(r.Context(), by, in.Team, "invite people")
	if err != nil {
		return err
	}
	made, err := h.Teams.InviteOnce(r.Context(), by, teamID, in.Email, in.Role, once)
	if err != nil {
		return madeBefore(w, err, invitationAddress)
	}
	return h.writeInvited(w, made)
}

func invitationAddress(id string) string { return "/api/v1/invitations/" + id }

// writeInvited answers with a new invitation and, shown once, its link if no mail carries it.
func (h *Handlers) writeInvited(w http.ResponseWriter, made team.Invited) error {
	out := struct {
		invitation
		Mailed bool   `json:"mailed"`
		Why    string `json:"why,omitempty"`
		URL    string `json:"url,omitempty"`
	}{invitation: h.invitationOf(made.Link), Mailed: made.Mailed, Why: made.Why}
	if !made.Mailed {
		out.URL = made.URL
	}
	w.Header().Set("Location", invitationAddress(made.Link.ID))
	return web.WriteJSON(w, http.StatusCreated, out)
}

// ResendInvitation answers POST /api/v1/invitations/{id}/resend with the invitation that replaces this
// one.
func (h *Handlers) ResendInvitation(w http.ResponseWriter, r *http.Request) error {
	by, l, err := h.callerOfInvitation(w, r, writeTeam)
	if err != nil {
		return err
	}
	if err := web.NoFields(w, r); err != nil {
		return err
	}
	made, err := h.Teams.Resend(r.Context(), by, l.TeamID, l.ID)
	if err != nil {
		return err
	}
	return h.writeInvited(w, made)
}

// CancelInvitation answers DELETE /api/v1/invitations/{id}.
func (h *Handlers) CancelInvitation(w http.ResponseWriter, r *http.Request) error {
	by, l, err := h.callerOfInvitation(w, r, writeTeam)
	if err != nil {
		return err
	}
	if err := h.Teams.CancelInvitation(r.Context(), by, l.TeamID, l.ID); err != nil {
		return err
	}
	return noContent(w)
}
