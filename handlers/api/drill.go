package api

import (
	"net/http"
	"time"

	"gatepost/db"
	"gatepost/handlers/hub/app"
	"gatepost/handlers/web"
)

type drill struct {
	ID        string    `json:"id"`
	SecretID  string    `json:"secret_id"`
	StartedBy string    `json:"started_by"`
	StartedAt time.Time `json:"started_at"`
	EndsAt    time.Time `json:"ends_at"`
	Running   bool      `json:"running"`
}

// drillFailed is a caller that a drill refused.
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

// Drills answers GET /api/v1/apps/{client_id}/drills with a page of the app's drills, newest first.
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

// StartDrill answers POST /api/v1/apps/{client_id}/drills, which refuses a live secret for
// some minutes. Afterwards it works again.
func (h *Handlers) StartDrill(w http.ResponseWriter, r *http.Request) error {
	by, clientID, err := h.callerAt(w, r, writeApps, "client_id")
	if err != nil {
		return err
	}
	var in struct {
		SecretID string `json:"secret_id"`
		Minutes  int    `json:"minutes"`
	}
	if err := web.ReadFields(w, r, &in); err != nil {
		return err
	}
	if !idForm.MatchString(in.SecretID) {
		return fault("secret_id", "Write the id of a live secret of this app.")
	}
	most := int(app.MaxDrill/time.Minute) + 1 // hub refuses more; this avoids an overflow of the duration
	d, err := h.Apps.StartDrill(r.Context(), by, clientID, in.SecretID, time.Duration(min(max(in.Minutes, 0), most))*time.Minute)
	if err != nil {
		return err
	}
	w.Header().Set("Location", appAddress(clientID)+"/drills/"+d.ID)
	return web.WriteJSON(w, http.StatusCreated, h.drillOf(d))
}

// Drill answers GET /api/v1/apps/{client_id}/drills/{id} with the callers that it refused.
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
