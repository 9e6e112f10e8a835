package app

import (
	"context"
	"strconv"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/handlers/sheet"
)

// failureRows is how many refused requests an export reads at a time.
const failureRows = 500

// ExportFailures writes the refused token requests of q.TeamID that match q as a file, newest first. It first records the
// export. The query's limit is ignored. It keeps at most failureRows of them in memory.
func (as *Apps) ExportFailures(ctx context.Context, a hub.Actor, q db.AuthFailureQuery, w *sheet.Writer) error {
	if q.TeamID == "" {
		return db.ErrNotFound // requests that name no app are for owners
	}
	if _, err := as.hub.MayDevelop(ctx, a, q.TeamID, seeFailures); err != nil {
		return err
	}
	return as.exportFailures(ctx, a, q, w)
}

// ExportOwnerFailures is ExportFailures for requests that named none of the portal's apps.
func (as *Apps) ExportOwnerFailures(ctx context.Context, a hub.Actor, q db.AuthFailureQuery, w *sheet.Writer) error {
	if err := as.hub.MayOwn(ctx, a, seeFailures+" that name no app"); err != nil {
		return err
	}
	q.TeamID, q.ClientID, q.SecretID = "", "", ""
	return as.exportFailures(ctx, a, q, w)
}

func (as *Apps) exportFailures(ctx context.Context, a hub.Actor, q db.AuthFailureQuery, w *sheet.Writer) error {
	if err := as.hub.RecordExport(ctx, a, q.TeamID, "refused requests"); err != nil {
		return err
	}
	if err := w.Write("error_id", "at", "app", "client_id", "reason", "why", "status", "error", "error_description", "secret_hint", "secret_label",
		"endpoint", "dialect", "address", "user_agent"); err != nil {
		return err
	}
	now := as.hub.Now()
	for q.Limit = failureRows; ; {
		list, more, err := as.failures(ctx, q)
		if err != nil {
			return err
		}
		for _, f := range list {
			if err := w.Write(f.ID, sheet.Time(f.At), f.AppName, f.ClientID, f.Reason, FailureSentence(f).Text(now), strconv.Itoa(f.Status), f.Code, f.Description,
				f.Hint, f.SecretLabel, f.Endpoint, f.Dialect, f.Address, f.UserAgent); err != nil {
				return err
			}
		}
		if err := w.Flush(); err != nil || !more {
			return err
		}
		q.Before = list[len(list)-1].ID
	}
}
