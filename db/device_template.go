package db

import (
	"context"
	"strings"
	"time"
)

// DeviceTemplate is a template of a team: what kind of device those are that name its GUID. What it
// says is read from Document, the vendor's JSON as it was imported.
type DeviceTemplate struct {
	GUID, TeamID         string
	Code, Name, Tag      string
	AuthType             int64  // 0: the document doesn't say
	MessageVersion       string // empty: the document doesn't say
	EdgeSupport, IotEdge bool
	GreenGrass           bool
	Attributes, Commands int // how many the document has
	Document             []byte
	CreatedAt, UpdatedAt time.Time
	Version              int64 // starts at 1, and grows by one with each change
}

// DeviceTemplateRow is a template in a list, without its document, and the devices that name it.
type DeviceTemplateRow struct {
	DeviceTemplate
	Devices int
}

// DeviceTemplateQuery asks for the templates of the team of Filter. Devices are counted as far as
// Filter allows them. Empty fields don't narrow it.
type DeviceTemplateQuery struct {
	Filter    DeviceFilter
	Used      bool   // only those that at least one of these devices names
	Uncounted bool   // without the number of devices
	GUID      string // in any case
	Code      string // in any case
	Search    string // part of the code, the name or the tag, in any case
}

const templateHead = `guid, team_id, code, name, tag, auth_type, message_version, edge_support, iot_edge, green_grass,
	attributes, commands, created_at, updated_at, version`

func (d *DeviceTemplate) head(created, updated *int64) []any {
	return []any{
		&d.GUID, &d.TeamID, &d.Code, &d.Name, &d.Tag, &d.AuthType, &d.MessageVersion, &d.EdgeSupport, &d.IotEdge, &d.GreenGrass,
		&d.Attributes, &d.Commands, created, updated, &d.Version,
	}
}

// searchText is what a search looks in, with a line break between the parts, which none contains.
func (d DeviceTemplate) searchText() string { return folded(d.Name + "\n" + d.Code + "\n" + d.Tag) }

// DeviceTemplates lists templates by name.
func (r *Reader) DeviceTemplates(ctx context.Context, q DeviceTemplateQuery) ([]DeviceTemplateRow, error) {
	seen := q.Filter.where()
	named := seen.String() + " AND d.template_guid = t.guid"
	count := "(SELECT COUNT(*) FROM devices d WHERE " + named + ")"
	where := conditions{args: seen.args}
	if q.Uncounted {
		count = "0"
		if !q.Used {
			where.args = nil // no engine knows the type of an argument that isn't used
		}
	}
	where.and("t.team_id = ?", q.Filter.TeamID)
	if q.GUID != "" {
		where.and("t.guid = ?", strings.ToLower(q.GUID))
	}
	if q.Code != "" {
		where.and("t.code_key = ?", strings.ToLower(q.Code))
	}
	if q.Search != "" {
		where.and(`t.search LIKE ? ESCAPE '\'`, containing(q.Search))
	}
	if q.Used {
		where.text = append(where.text, "EXISTS (SELECT 1 FROM devices d WHERE "+named+")")
	}
	return all(ctx, r, "DeviceTemplates", func(s scanner) (t DeviceTemplateRow, err error) {
		var created, updated int64
		err = s.Scan(append(t.head(&created, &updated), &t.Devices)...)
		t.CreatedAt, t.UpdatedAt = at(created), at(updated)
		return t, err
	},
		`SELECT `+templateHead+`, `+count+`
		FROM device_templates t
		WHERE `+where.String()+`
		ORDER BY t.search, t.guid`, where.args...)
}

// DeviceTemplateDocument returns the document of a team's template, or ErrNotFound.
func (r *Reader) DeviceTemplateDocument(ctx context.Context, teamID, guid string) ([]byte, error) {
	return one(ctx, r, "DeviceTemplateDocument", value[[]byte],
		`SELECT document FROM device_templates WHERE team_id = $1 AND guid = $2`, teamID, guid)
}

// DeviceTemplateTeam returns the id of the team of a template, or ErrNotFound.
func (r *Reader) DeviceTemplateTeam(ctx context.Context, guid string) (string, error) {
	return one(ctx, r, "DeviceTemplateTeam", value[string], `SELECT team_id FROM device_templates WHERE guid = $1`, guid)
}

// CountDeviceTemplates counts the templates of a team.
func (r *Reader) CountDeviceTemplates(ctx context.Context, teamID string) (int, error) {
	return one(ctx, r, "CountDeviceTemplates", value[int], `SELECT COUNT(*) FROM device_templates WHERE team_id = $1`, teamID)
}

// ShareDeviceTemplates returns which of these guids name a template of the team. Those templates
// aren't removed before the transaction ends.
func (t *Tx) ShareDeviceTemplates(ctx context.Context, teamID string, guids []string) ([]string, error) {
	var where conditions
	where.and("team_id = ?", teamID)
	where.in("guid", guids)
	return all(ctx, &t.Reader, "ShareDeviceTemplates", value[string],
		`SELECT guid FROM device_templates WHERE `+where.String()+` ORDER BY guid`+t.eng.sharing(), where.args...)
}

// SetDeviceTemplate sets all devices of a query, on all of its pages, to a template (none if it is
// empty), and returns how many weren't set to it before.
func (t *Tx) SetDeviceTemplate(ctx context.Context, q DeviceQuery, guid string) (int64, error) {
	where := q.where()
	where.and("d.template_guid <> ?", guid)
	return t.touchDevices(ctx, "SetDeviceTemplate", "template_guid = "+place(len(where.args))+", ", where)
}

// LockDeviceTemplate locks a team's template until the transaction ends and returns its version, or
// ErrNotFound. No device of an open transaction names it then.
func (t *Tx) LockDeviceTemplate(ctx context.Context, teamID, guid string) (version int64, err error) {
	return lock(ctx, t, "LockDeviceTemplate", value[int64],
		`SELECT version FROM device_templates WHERE team_id = $1 AND guid = $2`, teamID, guid)
}

// InsertDeviceTemplate adds a template. It returns ErrConflict if the team already has one with that
// code.
func (t *Tx) InsertDeviceTemplate(ctx context.Context, d DeviceTemplate) error {
	_, err := t.exec(ctx, "InsertDeviceTemplate",
		`INSERT INTO device_templates (`+templateHead+`, code_key, search, document)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, 1, $15, $16, $17)`,
		d.GUID, d.TeamID, d.Code, d.Name, d.Tag, d.AuthType, d.MessageVersion, d.EdgeSupport, d.IotEdge, d.GreenGrass,
		d.Attributes, d.Commands, unix(d.CreatedAt), unix(d.UpdatedAt), strings.ToLower(d.Code), d.searchText(), d.Document)
	return err
}

// UpdateDeviceTemplate stores another document and what it says. It returns ErrConflict if the team
// has another template with that code.
func (t *Tx) UpdateDeviceTemplate(ctx context.Context, d DeviceTemplate) error {
	return t.mustTouch(ctx, "UpdateDeviceTemplate",
		`UPDATE device_templates
		SET code = $2, name = $3, tag = $4, auth_type = $5, message_version = $6, edge_support = $7, iot_edge = $8, green_grass = $9,
			attributes = $10, commands = $11, code_key = $12, search = $13, document = $14, updated_at = $15, version = version + 1
		WHERE guid = $1`,
		d.GUID, d.Code, d.Name, d.Tag, d.AuthType, d.MessageVersion, d.EdgeSupport, d.IotEdge, d.GreenGrass,
		d.Attributes, d.Commands, strings.ToLower(d.Code), d.searchText(), d.Document, unix(t.Now))
}

// DeleteDeviceTemplate removes a template. Devices that name it go on naming it.
func (t *Tx) DeleteDeviceTemplate(ctx context.Context, guid string) error {
	return t.mustTouch(ctx, "DeleteDeviceTemplate", `DELETE FROM device_templates WHERE guid = $1`, guid)
}
