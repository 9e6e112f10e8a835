package team

import (
	"context"

	"gatepost/handlers/hub"
	"gatepost/handlers/sheet"
)

// ExportMembers writes the members of a team as a file, by name. It first records the export.
func (ts *Teams) ExportMembers(ctx context.Context, a hub.Actor, teamID string, w *sheet.Writer) error {
	members, err := ts.Members(ctx, a, teamID)
	if err != nil {
		return err
	}
	if err := ts.hub.RecordExport(ctx, a, teamID, "members"); err != nil {
		return err
	}
	if err := w.Write("name", "email", "role", "portal_owner", "active", "joined_at"); err != nil {
		return err
	}
	for _, m := range members {
		if err := w.Write(m.Name, m.Email, m.Role, sheet.YesNo(m.Owner), sheet.YesNo(m.Active), sheet.Time(m.CreatedAt)); err != nil {
			return err
		}
	}
	return w.Flush()
}
