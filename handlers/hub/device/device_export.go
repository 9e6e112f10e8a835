package device

import (
	"context"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/handlers/sheet"
)

// exportRows is how many devices an export reads at a time.
const exportRows = 500

// row returns a device as a line of a file, by ImportColumns.
func row(d db.Device) []string {
	return []string{d.UniqueID, d.DisplayName, d.GroupName, d.EntityName, d.TemplateGUID, sheet.YesNo(d.Active)}
}

// Export writes the devices of a team that match a query and that the actor can see, by name, as a file that can be
// imported. It first records the export. It keeps at most exportRows devices in memory, and holds no connection while it
// writes. The query's limit and order are ignored.
func (ds *Devices) Export(ctx context.Context, a hub.Actor, teamID string, q db.DeviceQuery, w *sheet.Writer) error {
	if _, err := ds.deviceFilter(ctx, a, teamID); err != nil {
		return err
	}
	if err := ds.hub.RecordExport(ctx, a, teamID, "devices"); err != nil {
		return err
	}
	if err := w.Write(ImportColumns...); err != nil {
		return err
	}
	q.Limit = exportRows
	for after := (db.DeviceKey{}); ; {
		devices, more, err := ds.ListFrom(ctx, a, teamID, q, after)
		if err != nil {
			return err
		}
		for _, d := range devices {
			if err := w.Write(row(d)...); err != nil {
				return err
			}
		}
		if err := w.Flush(); err != nil || !more {
			return err
		}
		last := devices[len(devices)-1]
		after = db.DeviceKey{DisplayName: last.DisplayName, GUID: last.GUID}
	}
}
