package device

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"gatepost/db"
	"gatepost/handlers/hub"
)

// Groups lists up to limit groups of the devices that the actor can see in a team.
func (ds *Devices) Groups(ctx context.Context, a hub.Actor, teamID string, limit int) ([]string, error) {
	f, err := ds.deviceFilter(ctx, a, teamID)
	if err != nil {
		return nil, err
	}
	return ds.hub.DB.DeviceGroups(ctx, f, limit)
}

// TeamViewers lists the viewers of a team, for actors who can grant devices.
func (ds *Devices) TeamViewers(ctx context.Context, a hub.Actor, teamID string) ([]db.Member, error) {
	if _, err := ds.hub.MayDevelop(ctx, a, teamID, "grant devices"); err != nil {
		return nil, err
	}
	return viewersOf(ctx, &ds.hub.DB.Reader, teamID)
}

func viewersOf(ctx context.Context, r *db.Reader, teamID string) ([]db.Member, error) {
	members, err := r.Members(ctx, teamID)
	return slices.DeleteFunc(members, func(m db.Member) bool { return m.Role != hub.Viewer }), err
}

// Many are devices of a team that change together: all that Query matches, on all of its pages. Words
// name them in the audit log.
type Many struct {
	TeamID string
	Query  db.DeviceQuery
	Words  string // such as "Door 1, Door 2 and 3 more"
}

// Words names devices for the audit log: by the first of total or, if they are a list, by their number.
func Words(named []db.Device, total int, list bool) string {
	switch {
	case list || len(named) == 0:
		return fmt.Sprintf("%d devices in a list", total)
	case total == 2 && len(named) > 1:
		return named[0].DisplayName + " and " + named[1].DisplayName
	case total > 1:
		return fmt.Sprintf("%s and %d more", named[0].DisplayName, total-1)
	}
	return named[0].DisplayName
}

// GroupMany puts devices into a group (empty: out of their groups) and returns how many changed.
func (ds *Devices) GroupMany(ctx context.Context, a hub.Actor, many Many, group string) (changed int, err error) {
	if _, err := ds.hub.MayDevelop(ctx, a, many.TeamID, "group devices"); err != nil {
		return 0, err
	}
	bad := &hub.Invalid{}
	group = hub.CleanLine(bad, "group_name", group, 100)
	if err := bad.OrNil(); err != nil {
		return 0, err
	}
	err = ds.hub.DB.Tx(ctx, func(tx *db.Tx) error {
		n, err := tx.SetDeviceGroup(ctx, many.query(), group)
		changed = int(n)
		if err != nil || n == 0 {
			return err
		}
		return a.Record(ctx, tx, hub.Event{Action: hub.ActionDevicesGrouped, TeamID: many.TeamID, Target: hub.OfTeam(many.TeamID, many.name(changed)), Detail: groupWords(group)})
	})
	return changed, err
}

const chooseTemplate = "Choose a device template of this team."

// TemplateMany sets devices to a template of the team (empty: to none) and returns how many changed.
func (ds *Devices) TemplateMany(ctx context.Context, a hub.Actor, many Many, guid string) (changed int, err error) {
	if _, err := ds.hub.MayDevelop(ctx, a, many.TeamID, "set the template of devices"); err != nil {
		return 0, err
	}
	name := ""
	if guid != "" {
		t, err := ds.Template(ctx, a, many.TeamID, guid)
		if hub.IsMissing(err) {
			return 0, hub.BadField("template_guid", "%s", chooseTemplate)
		}
		if err != nil {
			return 0, err
		}
		guid, name = t.GUID, t.Name
	}
	err = ds.hub.DB.Tx(ctx, func(tx *db.Tx) error {
		known, err := tx.ShareDeviceTemplates(ctx, many.TeamID, []string{guid})
		if err != nil {
			return err
		}
		if guid != "" && len(known) == 0 { // removed a moment ago
			return hub.BadField("template_guid", "%s", chooseTemplate)
		}
		n, err := tx.SetDeviceTemplate(ctx, many.query(), guid)
		changed = int(n)
		if err != nil || n == 0 {
			return err
		}
		return a.Record(ctx, tx, hub.Event{Action: hub.ActionDevicesTemplateSet, TeamID: many.TeamID, Target: hub.OfTeam(many.TeamID, many.name(changed)), Detail: templateWords(name)})
	})
	return changed, err
}

// ShareMany grants devices to viewers of the team, or takes them back, and returns how many grants
// changed. viewers are people's ids.
func (ds *Devices) ShareMany(ctx context.Context, a hub.Actor, many Many, viewers []string, take bool) (changed int, err error) {
	if _, err := ds.hub.MayDevelop(ctx, a, many.TeamID, "grant devices"); err != nil {
		return 0, err
	}
	field, words := "grant", "granted to "
	if take {
		field, words = "take", "no longer granted to "
	}
	if len(viewers) == 0 {
		return 0, hub.BadField(field, "Tick at least one viewer.")
	}
	err = ds.hub.DB.Tx(ctx, func(tx *db.Tx) error {
		team, err := viewersOf(ctx, &tx.Reader, many.TeamID)
		if err != nil {
			return err
		}
		names := make([]string, len(viewers))
		for i, id := range viewers {
			at := slices.IndexFunc(team, func(m db.Member) bool { return m.PersonID == id })
			if at < 0 {
				return hub.BadField(field, "Choose viewers of this team only.")
			}
			names[i] = team[at].Name
		}
		change := tx.AddDeviceViewer
		if take {
			change = tx.RemoveDeviceViewer
		}
		changed = 0
		for _, id := range viewers {
			n, err := change(ctx, many.query(), id)
			if err != nil {
				return err
			}
			changed += int(n)
		}
		if changed == 0 {
			return nil
		}
		return a.Record(ctx, tx, hub.Event{Action: hub.ActionDevicesShared, TeamID: many.TeamID, Target: hub.OfTeam(many.TeamID, many.Words), Detail: words + strings.Join(names, ", ")})
	})
	return changed, err
}

// query returns the query within the team, whatever its filter was: developers see all of the team's devices.
func (m Many) query() db.DeviceQuery {
	m.Query.Filter = db.DeviceFilter{TeamID: m.TeamID}
	return m.Query
}

func (m Many) name(n int) string { return fmt.Sprintf("%s (%d changed)", m.Words, n) }
