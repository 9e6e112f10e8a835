package api

import (
	"context"
	"net/http"
	"strings"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/handlers/web"
)

// liveUser is a member of the team.
type liveUser struct {
	GUID   string `json:"userGuid"`
	UserID string `json:"userId"` // the email address
	CPID   string `json:"companyCpid"`
}

// liveAvailability is a member as the look-up by email address has it.
type liveAvailability struct {
	GUID   string `json:"guid"`
	UserID string `json:"userId"`
}

// teamMember returns the member of a team whom match accepts, or db.ErrNotFound. Everybody finds
// themselves; whoever has full access finds all members.
func (h *Handlers) teamMember(ctx context.Context, by hub.Actor, team db.Team, match func(db.Member) bool) (db.Member, error) {
	if by.Kind == hub.Person {
		if m, err := h.DB.Member(ctx, team.ID, by.ID); err == nil && match(m) {
			return m, nil
		} else if err != nil && !hub.IsMissing(err) {
			return m, err
		}
	}
	members, err := h.Teams.Members(ctx, by, team.ID)
	if err != nil {
		return db.Member{}, err
	}
	for _, m := range members {
		if match(m) {
			return m, nil
		}
	}
	return db.Member{}, db.ErrNotFound
}

// LiveUser answers GET /api/v2.1/User/{person}.
func (h *Handlers) LiveUser(w http.ResponseWriter, r *http.Request) error {
	by, team, err := h.liveCaller(w, r, readDevices)
	if err != nil {
		return err
	}
	m, err := h.teamMember(r.Context(), by, team, func(m db.Member) bool { return strings.EqualFold(m.PersonID, r.PathValue("person")) })
	if err != nil {
		return noneAs404(err, "The team has no user with this guid.")
	}
	return writeLive(w, "User found.", liveUser{m.PersonID, m.Email, hub.ShortName(team)})
}

// LiveAvailability answers GET /api/v2.1/User/{email}/availability: 204 if the team has no member with
// the address.
func (h *Handlers) LiveAvailability(w http.ResponseWriter, r *http.Request) error {
	by, team, err := h.liveCaller(w, r, readDevices)
	if err != nil {
		return err
	}
	if !web.IsText(r.PathValue("email")) {
		return noContent(w)
	}
	email := hub.SignInName(r.PathValue("email"))
	m, err := h.teamMember(r.Context(), by, team, func(m db.Member) bool { return m.Email == email })
	if isNone(err) {
		return noContent(w)
	}
	if err != nil {
		return err
	}
	return writeLive(w, "User found.", liveAvailability{m.PersonID, m.Email})
}
