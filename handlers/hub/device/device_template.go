package device

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/handlers/secret"
)

// MaxTemplates is how many device templates a team can have: all of them are on one page.
const MaxTemplates = 200

// CodeForm is the form of a template's code.
var CodeForm = regexp.MustCompile(`^[A-Za-z0-9]{1,10}$`)

// Templates lists a team's device templates by name, of those with search in their code, name or tag.
// Viewers get the ones that devices granted to them use. Devices are counted as far as the actor sees
// them.
func (ds *Devices) Templates(ctx context.Context, a hub.Actor, teamID, search string) ([]db.DeviceTemplateRow, error) {
	return ds.templates(ctx, a, teamID, db.DeviceTemplateQuery{Search: strings.TrimSpace(search)})
}

func (ds *Devices) templates(ctx context.Context, a hub.Actor, teamID string, q db.DeviceTemplateQuery) ([]db.DeviceTemplateRow, error) {
	rights, err := ds.hub.Rights(ctx, a, teamID)
	if err != nil {
		return nil, err
	}
	if q.Filter, err = ds.deviceFilter(ctx, a, teamID); err != nil {
		return nil, err
	}
	q.Used = !rights.Develop
	return ds.hub.DB.DeviceTemplates(ctx, q)
}

// TemplateNames is Templates without counting the devices.
func (ds *Devices) TemplateNames(ctx context.Context, a hub.Actor, teamID string) ([]db.DeviceTemplateRow, error) {
	return ds.templates(ctx, a, teamID, db.DeviceTemplateQuery{Uncounted: true})
}

// Template returns a team's device template with its document; an empty teamID means any team. The guid
// can be in upper or lower case. A template that the actor doesn't see is db.ErrNotFound.
func (ds *Devices) Template(ctx context.Context, a hub.Actor, teamID, guid string) (db.DeviceTemplateRow, error) {
	if !guidForm.MatchString(guid) {
		return db.DeviceTemplateRow{}, fmt.Errorf("device: template: %w", db.ErrNotFound)
	}
	if teamID == "" {
		var err error
		if teamID, err = ds.hub.DB.DeviceTemplateTeam(ctx, strings.ToLower(guid)); err != nil {
			return db.DeviceTemplateRow{}, err
		}
	}
	return ds.template(ctx, a, teamID, db.DeviceTemplateQuery{GUID: guid})
}

// TemplateByCode is Template for the one with a code, in upper or lower case.
func (ds *Devices) TemplateByCode(ctx context.Context, a hub.Actor, teamID, code string) (db.DeviceTemplateRow, error) {
	if !CodeForm.MatchString(code) {
		return db.DeviceTemplateRow{}, fmt.Errorf("device: template: %w", db.ErrNotFound)
	}
	return ds.template(ctx, a, teamID, db.DeviceTemplateQuery{Code: code})
}

func (ds *Devices) template(ctx context.Context, a hub.Actor, teamID string, q db.DeviceTemplateQuery) (t db.DeviceTemplateRow, err error) {
	list, err := ds.templates(ctx, a, teamID, q)
	if err != nil {
		return t, err
	}
	if len(list) == 0 {
		return t, fmt.Errorf("device: template: %w", db.ErrNotFound)
	}
	t = list[0]
	t.Document, err = ds.hub.DB.DeviceTemplateDocument(ctx, teamID, t.GUID)
	return t, err
}

// AddTemplate adds a device template from the vendor's JSON. It returns *Invalid with what to change in
// the JSON, ErrTemplateExists if the team has one with its code, and *AlreadyDone with the template's
// guid if the one-time key once was used before.
func (ds *Devices) AddTemplate(ctx context.Context, a hub.Actor, teamID string, document []byte, once string) (db.DeviceTemplate, error) {
	if _, err := ds.hub.MayDevelop(ctx, a, teamID, "import device templates"); err != nil {
		return db.DeviceTemplate{}, err
	}
	if err := ds.hub.CheckOnce(ctx, a, once); err != nil {
		return db.DeviceTemplate{}, err
	}
	facts, err := ReadTemplate(document)
	if err != nil {
		return db.DeviceTemplate{}, err
	}
	t := facts.of(db.DeviceTemplate{GUID: secret.JTI(), TeamID: teamID, CreatedAt: ds.hub.Now(), UpdatedAt: ds.hub.Now(), Version: 1})
	err = ds.hub.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := tx.LockTeam(ctx, teamID); err != nil {
			return err
		}
		if err := hub.UseOnce(ctx, tx, a, once, t.GUID); err != nil {
			return err
		}
		n, err := tx.CountDeviceTemplates(ctx, teamID)
		if err != nil {
			return err
		}
		if n >= MaxTemplates {
			return hub.BadField("document", "The team has %d device templates, the maximum. Delete one that no device uses.", MaxTemplates)
		}
		if err := templateExists(tx.InsertDeviceTemplate(ctx, t)); err != nil {
			return err
		}
		return a.Record(ctx, tx, hub.Event{Action: hub.ActionDeviceTemplateAdded, TeamID: teamID, Target: hub.OfDeviceTemplate(t.GUID, t.Name), Detail: "with the code " + t.Code})
	})
	return t, ds.hub.ResolveOnce(ctx, a, once, err)
}

// templateExists returns ErrTemplateExists for db.ErrConflict, and any other error unchanged.
func templateExists(err error) error {
	if errors.Is(err, db.ErrConflict) {
		return hub.ErrTemplateExists
	}
	return err
}

// ReplaceTemplate sets what a device template says by another document, as AddTemplate reads it. seen
// are the versions that the caller has seen: if the current one isn't among them, ReplaceTemplate
// returns ErrTemplateChanged. Nil accepts any. Devices keep the template.
func (ds *Devices) ReplaceTemplate(ctx context.Context, a hub.Actor, teamID, guid string, seen []int64, document []byte) (db.DeviceTemplate, error) {
	had, err := ds.mayChangeTemplate(ctx, a, teamID, guid, "change device templates")
	if err != nil {
		return db.DeviceTemplate{}, err
	}
	facts, err := ReadTemplate(document)
	if err != nil {
		return db.DeviceTemplate{}, err
	}
	t := facts.of(had.DeviceTemplate)
	err = ds.hub.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := lockTemplate(ctx, tx, t, seen); err != nil {
			return err
		}
		if err := templateExists(tx.UpdateDeviceTemplate(ctx, t)); err != nil {
			return err
		}
		t.Version, t.UpdatedAt = t.Version+1, tx.Now
		return a.Record(ctx, tx, hub.Event{Action: hub.ActionDeviceTemplateChanged, TeamID: teamID, Target: hub.OfDeviceTemplate(t.GUID, t.Name), Detail: renamed(had.DeviceTemplate, t)})
	})
	return t, err
}

// renamed returns what the audit log says of a new name or code.
func renamed(had, now db.DeviceTemplate) string {
	var words []string
	if had.Name != now.Name {
		words = append(words, "was named "+had.Name)
	}
	if had.Code != now.Code {
		words = append(words, "had the code "+had.Code)
	}
	return strings.Join(words, "; ")
}

// RemoveTemplate removes a device template from its team's registry. seen is as in ReplaceTemplate. It
// returns *InUse while devices use the template.
func (ds *Devices) RemoveTemplate(ctx context.Context, a hub.Actor, teamID, guid string, seen []int64) error {
	t, err := ds.mayChangeTemplate(ctx, a, teamID, guid, "delete device templates")
	if err != nil {
		return err
	}
	return ds.hub.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := lockTemplate(ctx, tx, t.DeviceTemplate, seen); err != nil {
			return err
		}
		// Devices that are added right now share the template, so that they are counted or find it gone.
		n, err := tx.CountDevices(ctx, db.DeviceQuery{Filter: db.DeviceFilter{TeamID: teamID}, TemplateGUID: t.GUID})
		if err != nil {
			return err
		}
		if n > 0 {
			return &hub.InUse{Devices: n}
		}
		if err := tx.DeleteDeviceTemplate(ctx, t.GUID); err != nil {
			return err
		}
		return a.Record(ctx, tx, hub.Event{Action: hub.ActionDeviceTemplateRemoved, TeamID: teamID, Target: hub.OfDeviceTemplate(t.GUID, t.Name), Detail: "with the code " + t.Code})
	})
}

func (ds *Devices) mayChangeTemplate(ctx context.Context, a hub.Actor, teamID, guid, what string) (db.DeviceTemplateRow, error) {
	t, err := ds.Template(ctx, a, teamID, guid)
	if err == nil {
		_, err = ds.hub.MayDevelop(ctx, a, teamID, what)
	}
	return t, err
}

// lockTemplate locks a template. It returns ErrTemplateChanged if its version isn't in seen.
func lockTemplate(ctx context.Context, tx *db.Tx, t db.DeviceTemplate, seen []int64) error {
	now, err := tx.LockDeviceTemplate(ctx, t.TeamID, t.GUID)
	if err == nil && seen != nil && !slices.Contains(seen, now) {
		err = hub.ErrTemplateChanged
	}
	return err
}

// keepTemplates prepares the templates of devices for being stored. A guid that names a template of the
// team in other case becomes the template's own, and the template isn't removed meanwhile. One that
// names none stays as it is: clients send the guids of another system, and devices are often imported
// before their templates.
func keepTemplates(ctx context.Context, tx *db.Tx, teamID string, devices ...*db.Device) error {
	var named []string
	for _, d := range devices {
		if guid := strings.ToLower(d.TemplateGUID); guid != "" && !slices.Contains(named, guid) {
			named = append(named, guid)
		}
	}
	if len(named) == 0 {
		return nil
	}
	known, err := tx.ShareDeviceTemplates(ctx, teamID, named)
	for _, d := range devices {
		if guid := strings.ToLower(d.TemplateGUID); slices.Contains(known, guid) {
			d.TemplateGUID = guid
		}
	}
	return err
}
