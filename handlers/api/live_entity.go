package api

import (
	"net/http"
	"strings"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/handlers/web"
)

// maxEntities is how many groups are listed as entities.
const maxEntities = 10_000

// liveEntity is an entity in the vendor's sense: the team, or a group of its devices.
type liveEntity struct {
	GUID   string  `json:"guid"`
	Name   string  `json:"name"`
	Parent *string `json:"parentEntityGuid"` // null: the team
}

const noEntity = "The team has no entity with this guid."

// entities lists the team and the groups of those devices that the caller sees.
func (h *Handlers) entities(r *http.Request, by hub.Actor, team db.Team) ([]liveEntity, error) {
	groups, err := h.Devices.Groups(r.Context(), by, team.ID, maxEntities)
	if err != nil {
		return nil, err
	}
	root := hub.EntityGUID(team.ID, "")
	list := []liveEntity{{GUID: root, Name: team.Name}}
	for _, name := range groups {
		list = append(list, liveEntity{hub.EntityGUID(team.ID, name), name, &root})
	}
	return list, nil
}

// entity returns one of the entities by its guid, in either case.
func (h *Handlers) entity(r *http.Request, by hub.Actor, team db.Team, guid string) (liveEntity, error) {
	list, err := h.entities(r, by, team)
	if err != nil {
		return liveEntity{}, err
	}
	for _, e := range list {
		if strings.EqualFold(e.GUID, strings.TrimSpace(guid)) {
			return e, nil
		}
	}
	return liveEntity{}, web.NotFound()
}

// LiveEntities answers GET /api/v2.1/Entity and /api/v2.1/Entity/lookup.
func (h *Handlers) LiveEntities(w http.ResponseWriter, r *http.Request) error {
	by, team, err := h.liveCaller(w, r, readDevices)
	if err != nil {
		return err
	}
	list, err := h.entities(r, by, team)
	if err != nil {
		return err
	}
	return writeLive(w, "Entities listed.", list...)
}

// LiveEntity answers GET /api/v2.1/Entity/{entity}.
func (h *Handlers) LiveEntity(w http.ResponseWriter, r *http.Request) error {
	by, team, err := h.liveCaller(w, r, readDevices)
	if err != nil {
		return err
	}
	e, err := h.entity(r, by, team, r.PathValue("entity"))
	if err != nil {
		return noneAs409(err, noEntity)
	}
	return writeLive(w, "Entity found.", e)
}
