package app

import (
	"context"
	"errors"
	"time"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/handlers/secret"
	"gatepost/views/words"
)

// The shortest and the longest drill.
const (
	MinDrill = time.Minute
	MaxDrill = 5 * time.Minute
)

// Failures of a drill.
const (
	ErrDrilling  = hub.Refusal("A drill is already running in this app. Wait until it is over, or end it.")
	ErrDrillOnly = hub.Refusal("This is the app's only live secret, so a drill would stop the whole app. Rotate it first, then run the drill on the old one.")
	ErrNoDrill   = hub.Refusal("No drill of this secret is running. It is already over.")
)

// StartDrill makes every process refuse a live secret from its next request on. After length, 1 to 5
// minutes, the secret works again automatically. The app needs another live secret (otherwise
// ErrDrillOnly), and no other drill may be running (ErrDrilling).
func (as *Apps) StartDrill(ctx context.Context, a hub.Actor, clientID, secretID string, length time.Duration) (db.Drill, error) {
	app, err := as.hub.MayManageApp(ctx, a, clientID, "start a drill of this app")
	if err != nil {
		return db.Drill{}, err
	}
	if err := a.Prove(ctx, &as.hub.DB.Reader, hub.ActionSecretDrillStarted); err != nil {
		return db.Drill{}, err
	}
	if length < MinDrill || length > MaxDrill {
		return db.Drill{}, hub.BadField("minutes", "Choose from 1 to 5 minutes.")
	}
	drill := db.Drill{ID: secret.JTI(), ClientID: clientID, SecretID: secretID, StartedByName: a.Name}
	err = as.hub.DB.Tx(ctx, func(tx *db.Tx) error {
		if _, err := tx.LockApp(ctx, clientID); err != nil {
			return err
		}
		secrets, err := tx.Secrets(ctx, clientID)
		if err != nil {
			return err
		}
		s, others := db.ClientSecret{}, 0
		for _, one := range secrets {
			switch {
			case one.ID == secretID:
				s = one
			case one.Live(tx.Now) && !one.Playground:
				others++
			}
		}
		switch {
		case s.ID == "":
			return db.ErrNotFound
		case !s.Live(tx.Now):
			return hub.ErrSecretEnded
		case others == 0:
			return ErrDrillOnly
		}
		drill.StartedAt, drill.EndsAt = tx.Now, tx.Now.Add(length)
		if err := tx.StartDrill(ctx, drill); errors.Is(err, db.ErrConflict) {
			return ErrDrilling
		} else if err != nil {
			return err
		}
		return a.Record(ctx, tx, hub.Event{Action: hub.ActionSecretDrillStarted, TeamID: app.TeamID, Target: hub.OfApp(app), Detail: secretName(s) + ", for " + words.Lifetime(length)})
	})
	return drill, err
}

// EndDrill ends a drill early, so that its secret works again. It returns ErrNoDrill if none is running.
func (as *Apps) EndDrill(ctx context.Context, a hub.Actor, clientID, secretID string) error {
	app, err := as.hub.MayManageApp(ctx, a, clientID, "end a drill of this app")
	if err != nil {
		return err
	}
	return as.hub.DB.Tx(ctx, func(tx *db.Tx) error {
		s, err := secretOf(ctx, &tx.Reader, clientID, secretID)
		if err != nil {
			return err
		}
		if err := tx.EndDrill(ctx, clientID, secretID); hub.IsMissing(err) {
			return ErrNoDrill
		} else if err != nil {
			return err
		}
		return a.Record(ctx, tx, hub.Event{Action: hub.ActionSecretDrillEnded, TeamID: app.TeamID, Target: hub.OfApp(app), Detail: secretName(s)})
	})
}

// secretOf returns a secret of an app, live or not, or db.ErrNotFound.
func secretOf(ctx context.Context, r *db.Reader, clientID, id string) (db.ClientSecret, error) {
	secrets, err := r.Secrets(ctx, clientID)
	if err != nil {
		return db.ClientSecret{}, err
	}
	for _, s := range secrets {
		if s.ID == id {
			return s, nil
		}
	}
	return db.ClientSecret{}, db.ErrNotFound
}

// DrillReport is a drill with the callers that it refused.
type DrillReport struct {
	App     db.App
	Drill   db.Drill
	Secret  db.ClientSecret
	Running bool
	Failed  []db.DrillFailure // the most recent first
}

// DrillFailures returns a drill with the callers that it refused, or has refused so far.
func (as *Apps) DrillFailures(ctx context.Context, a hub.Actor, clientID, drillID string) (DrillReport, error) {
	app, err := as.App(ctx, a, clientID)
	if err != nil {
		return DrillReport{}, err
	}
	out := DrillReport{App: app}
	if out.Drill, err = as.hub.DB.Drill(ctx, drillID, clientID); err != nil {
		return out, err
	}
	if out.Secret, err = secretOf(ctx, &as.hub.DB.Reader, clientID, out.Drill.SecretID); err != nil {
		return out, err
	}
	out.Running = out.Drill.Running(as.hub.Now())
	out.Failed, err = as.hub.DB.DrillFailures(ctx, out.Drill, maxCallers)
	return out, err
}
