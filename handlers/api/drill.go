package api

import (
	"fmt"
	"net/http"
	"time"

	"gatepost/db"
	"gatepost/handlers/hub/app"
	"gatepost/handlers/web"
)

// RotateSecret answers POST /api/v1/apps/{client_id}/secrets/rotate with a new secret, this once. The old one, which
// is the newest so far or the one that the body names, goes on working until the end that the body says, for a day
// where it says nothing.
func (h *Handlers) RotateSecret(w http.ResponseWriter, r *http.Request) error {
	by, id, err := h.callerAt(w, r, writeApps, "client_id")
	if err != nil {
		return err
	}
	var in struct {
		Label     string     `json:"label"`
		ExpiresAt *time.Time `json:"expires_at"`
		KeepOld   *int64     `json:"keep_old"` // seconds
		KeepUntil *time.Time `json:"keep_until"`
		Old       string     `json:"old"` // id of the secret that ends
	}
	once, err := readOnce(w, r, &in)
	if err != nil {
		return err
	}
	rotating := app.Rotating{
		NewSecret: app.NewSecret{Label: in.Label, ExpiresAt: orZero(in.ExpiresAt), Once: once}, Keep: 24 * time.Hour, Until: orZero(in.KeepUntil), Retire: in.Old,
	}
	switch most := int64(app.MaxKeepOld / time.Second); {
	case in.KeepOld == nil:
	case in.KeepUntil != nil:
		return fault("keep_until", "Send keep_old or keep_until, not both.")
	case *in.KeepOld < 0 || *in.KeepOld > most:
		return fault("keep_old", fmt.Sprintf("Write from 0 to %d seconds.", most))
	default:
		rotating.Keep = time.Duration(*in.KeepOld) * time.Second
	}
	made, err := h.Apps.RotateSecret(r.Context(), by, id, rotating)
	if err != nil {
		err = madeBefore(w, err, secretsAddress)
		names := map[string]string{"secret_expires": "expires_at", "retire": "old"}
		if in.KeepUntil != nil {
			names["keep_old"] = "keep_until"
		}
		return renamed(err, names)
	}
	w.Header().Set("Location", secretsAddress(id)+"/"+made.New.ID)
	return web.WriteJSON(w, http.StatusCreated, struct {
		clientSecret
		ClientID     string     `json:"client_id"`
		ClientSecret string     `json:"client_secret"`
		Old          string     `json:"old"`
		OldEndsAt    *time.Time `json:"old_ends_at"`
	}{newSecret(made.New, by.Name), id, made.New.Plain, made.Old.ID, moment(made.OldEndsAt)})
}

// ProveSaved answers POST /api/v1/apps/{client_id}/secrets/prove: it says which live secret
// somebody has kept, and marks it as saved.
func (h *Handlers) ProveSaved(w http.ResponseWriter, r *http.Request) error {
	by, id, err := h.callerAt(w, r, writeApps, "client_id")
	if err != nil {
		return err
	}
	var in struct {
		ClientSecret string `json:"client_secret"`
	}
	if err := web.ReadJSON(w, r, &in); err != nil {
		return err
	}
	s, err := h.Apps.ProveSaved(r.Context(), by, id, in.ClientSecret)
	if err != nil {
		return err
	}
	app, err := h.Apps.App(r.Context(), by, id)
	if err != nil {
		return err
	}
	return h.writeSecret(w, r, by, app, s.ID)
}

type drill struct {
	ID        string    `json:"id"`
	SecretID  string    `json:"secret_id"`
	StartedBy string    `json:"started_by"`
	StartedAt time.Time `json:"started_at"`
	EndsAt    time.Time `json:"ends_at"`
	Running   bool      `json:"running"`
}

// drillFailed is a caller whom a drill refused.
type drillFailed struct {
	Address   string    `json:"address"`
	UserAgent string    `json:"user_agent"`
	Count     int       `json:"count"`
	FirstAt   time.Time `json:"first_at"`
	LastAt    time.Time `json:"last_at"`
}

func (h *Handlers) drillOf(d db.Drill) drill {
	return drill{ID: d.ID, SecretID: d.SecretID, StartedBy: d.StartedByName, StartedAt: wholeSecond(d.StartedAt), EndsAt: wholeSecond(d.EndsAt), Running: d.Running(h.Now())}
}

// Drills answers GET /api/v1/apps/{client_id}/drills with a page of the app's drills, the latest first.
func (h *Handlers) Drills(w http.ResponseWriter, r *http.Request) error {
	_, app, err := h.callerOfApp(w, r, readApps)
	if err != nil {
		return err
	}
	before, limit, err := pageBefore(r)
	if err != nil {
		return err
	}
	rows, err := h.DB.Drills(r.Context(), app.ClientID, before, limit+1)
	if err != nil {
		return err
	}
	out := struct {
		Drills []drill `json:"drills"`
		Next   *string `json:"next_cursor"`
	}{Drills: []drill{}}
	if len(rows) > limit {
		rows, out.Next = rows[:limit], cursorOf(rows[limit-1].ID)
	}
	for _, d := range rows {
		out.Drills = append(out.Drills, h.drillOf(d))
	}
	return web.WriteJSON(w, http.StatusOK, out)
}

// StartDrill answers POST /api/v1/apps/{client_id}/drills: a live secret is refused for some
// minutes, and comes back by itself.
func (h *Handlers) StartDrill(w http.ResponseWriter, r *http.Request) error {
	by, clientID, err := h.callerAt(w, r, writeApps, "client_id")
	if err != nil {
		return err
	}
	var in struct {
		SecretID string `json:"secret_id"`
		Minutes  int    `json:"minutes"`
	}
	if err := web.ReadJSON(w, r, &in); err != nil {
		return err
	}
	if !idForm.MatchString(in.SecretID) {
		return fault("secret_id", "Write the id of a live secret of this clientID.")
	}
	most := int(app.MaxDrill/time.Minute) + 1 // hub refuses what is more, and a duration has an end
	d, err := h.Apps.StartDrill(r.Context(), by, clientID, in.SecretID, time.Duration(min(max(in.Minutes, 0), most))*time.Minute)
	if err != nil {
		return err
	}
	w.Header().Set("Location", appAddress(clientID)+"/drills/"+d.ID)
	return web.WriteJSON(w, http.StatusCreated, h.drillOf(d))
}

// Drill answers GET /api/v1/apps/{client_id}/drills/{id} with the callers whom it refused.
func (h *Handlers) Drill(w http.ResponseWriter, r *http.Request) error {
	by, clientID, id, err := h.callerOfSecret(w, r, readApps)
	if err != nil {
		return err
	}
	report, err := h.Apps.DrillFailures(r.Context(), by, clientID, id)
	if err != nil {
		return err
	}
	out := struct {
		drill
		Failed []drillFailed `json:"failed"`
	}{h.drillOf(report.Drill), []drillFailed{}}
	for _, f := range report.Failed {
		out.Failed = append(out.Failed, drillFailed{f.Address, f.UserAgent, f.Count, f.FirstAt.UTC(), f.LastAt.UTC()})
	}
	return web.WriteJSON(w, http.StatusOK, out)
}

// EndDrill answers POST /api/v1/apps/{client_id}/drills/{id}/end: the secret works again.
func (h *Handlers) EndDrill(w http.ResponseWriter, r *http.Request) error {
	by, clientID, id, err := h.callerOfSecret(w, r, writeApps)
	if err != nil {
		return err
	}
	if err := web.NoFields(w, r); err != nil {
		return err
	}
	report, err := h.Apps.DrillFailures(r.Context(), by, clientID, id)
	if err != nil {
		return err
	}
	if err := h.Apps.EndDrill(r.Context(), by, clientID, report.Drill.SecretID); err != nil {
		return err
	}
	return noContent(w)
}
