package api

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/handlers/web"
)

type clientSecret struct {
	ID           string     `json:"id"`
	Hint         string     `json:"hint"`
	Label        string     `json:"label"`
	State        string     `json:"state"`
	CreatedAt    time.Time  `json:"created_at"`
	CreatedBy    string     `json:"created_by"`
	ExpiresAt    *time.Time `json:"expires_at"`
	RevokedAt    *time.Time `json:"revoked_at"`
	LastUsedAt   *time.Time `json:"last_used_at"`
	LastUsedFrom string     `json:"last_used_from"`
	Uses24h      int        `json:"uses_24h"`
}

func secretOf(s db.ClientSecret, u db.Usage, now time.Time) clientSecret {
	state := "live"
	switch {
	case !s.RevokedAt.IsZero():
		state = "revoked"
	case s.Expired(now):
		state = "expired"
	}
	return clientSecret{
		ID: s.ID, Hint: s.Hint, Label: s.Label, State: state, CreatedAt: wholeSecond(s.CreatedAt), CreatedBy: s.CreatedByName,
		ExpiresAt: moment(s.ExpiresAt), RevokedAt: moment(s.RevokedAt),
		LastUsedAt: moment(u.LastAt), LastUsedFrom: u.Address, Uses24h: u.Tokens,
	}
}

// newSecret is a secret that was made just now.
func newSecret(s hub.Revealed, by string) clientSecret {
	return clientSecret{
		ID: s.ID, Hint: s.Hint, Label: s.Label, State: "live", CreatedAt: wholeSecond(s.CreatedAt), CreatedBy: by,
		ExpiresAt: moment(s.ExpiresAt.Truncate(time.Second)),
	}
}

// Secrets answers GET /api/v1/apps/{client_id}/secrets with the facts of each secret, ended ones too.
func (h *Handlers) Secrets(w http.ResponseWriter, r *http.Request) error {
	by, err := h.caller(w, r, readApps)
	if err != nil {
		return err
	}
	row, err := h.appAt(r, by)
	if err != nil {
		return err
	}
	rows, err := h.DB.Secrets(r.Context(), row.ClientID)
	if err != nil {
		return err
	}
	state, err := query(r, "state")
	if err != nil {
		return err
	}
	after, limit, err := page(r, 1)
	if err != nil {
		return err
	}
	used, err := h.usage(r.Context(), row.ClientID)
	if err != nil {
		return err
	}
	out := struct {
		Secrets []clientSecret `json:"secrets"`
		Next    *string        `json:"next_cursor"`
	}{Secrets: []clientSecret{}}
	for _, s := range rows { // newest first, and so their ids
		if after != nil && s.ID >= after[0] {
			continue
		}
		one := secretOf(s, used[s.ID], h.Now())
		if state != "" && one.State != state {
			continue
		}
		if len(out.Secrets) == limit {
			out.Next = cursorOf(out.Secrets[limit-1].ID)
			break
		}
		out.Secrets = append(out.Secrets, one)
	}
	return web.WriteJSON(w, http.StatusOK, out)
}

// usage is what an app's secrets were used for, by their ids.
func (h *Handlers) usage(ctx context.Context, clientID string) (map[string]db.Usage, error) {
	usage, err := h.DB.UsageOfApp(ctx, clientID, h.Now().Add(-24*time.Hour))
	used := make(map[string]db.Usage, len(usage))
	for _, u := range usage {
		used[u.SecretID] = u
	}
	return used, err
}

// Secret answers GET /api/v1/apps/{client_id}/secrets/{id}.
func (h *Handlers) Secret(w http.ResponseWriter, r *http.Request) error {
	by, err := h.caller(w, r, readApps)
	if err != nil {
		return err
	}
	row, err := h.appAt(r, by)
	if err != nil {
		return err
	}
	rows, err := h.DB.Secrets(r.Context(), row.ClientID)
	if err != nil {
		return err
	}
	for _, s := range rows {
		if s.ID != r.PathValue("id") {
			continue
		}
		used, err := h.usage(r.Context(), row.ClientID)
		if err != nil {
			return err
		}
		return web.WriteJSON(w, http.StatusOK, secretOf(s, used[s.ID], h.Now()))
	}
	return web.NotFound()
}

// AddSecret answers POST /api/v1/apps/{client_id}/secrets with the new secret, this once.
func (h *Handlers) AddSecret(w http.ResponseWriter, r *http.Request) error {
	by, err := h.caller(w, r, writeApps)
	if err != nil {
		return err
	}
	id, err := pathID(r, "client_id")
	if err != nil {
		return err
	}
	once, err := idempotencyKey(r)
	if err != nil {
		return err
	}
	var in struct {
		Label     string     `json:"label"`
		ExpiresAt *time.Time `json:"expires_at"`
	}
	if err := web.ReadJSON(w, r, &in); err != nil {
		return err
	}
	row, made, err := h.Hub.AddSecret(r.Context(), by, id, hub.NewSecret{Label: in.Label, ExpiresAt: orZero(in.ExpiresAt), Once: once})
	if err != nil {
		err = madeBefore(w, err, secretsOf)
		return renamed(err, map[string]string{"secret_expires": "expires_at"})
	}
	w.Header().Set("Location", "/api/v1/apps/"+row.ClientID+"/secrets/"+made.ID)
	return web.WriteJSON(w, http.StatusCreated, struct {
		clientSecret
		ClientID     string `json:"client_id"`
		ClientSecret string `json:"client_secret"`
	}{newSecret(made, by.Name), row.ClientID, made.Plain})
}

func secretsOf(clientID string) string { return "/api/v1/apps/" + clientID + "/secrets" }

// RotateSecret answers POST /api/v1/apps/{client_id}/secrets/rotate with a new secret, this once. The newest one so far
// goes on working for as long as the body says, a day where it says nothing.
func (h *Handlers) RotateSecret(w http.ResponseWriter, r *http.Request) error {
	by, err := h.caller(w, r, writeApps)
	if err != nil {
		return err
	}
	id, err := pathID(r, "client_id")
	if err != nil {
		return err
	}
	once, err := idempotencyKey(r)
	if err != nil {
		return err
	}
	var in struct {
		Label     string     `json:"label"`
		ExpiresAt *time.Time `json:"expires_at"`
		KeepOld   *int64     `json:"keep_old"` // seconds
	}
	if err := web.ReadJSON(w, r, &in); err != nil {
		return err
	}
	keep := int64(24 * time.Hour / time.Second)
	if in.KeepOld != nil {
		keep = *in.KeepOld
	}
	if most := int64(hub.MaxKeepOld / time.Second); keep < 0 || keep > most {
		return fault("keep_old", fmt.Sprintf("Write from 0 to %d seconds.", most))
	}
	made, ends, err := h.Hub.RotateWith(r.Context(), by, id, time.Duration(keep)*time.Second, hub.NewSecret{Label: in.Label, ExpiresAt: orZero(in.ExpiresAt), Once: once})
	if err != nil {
		err = madeBefore(w, err, secretsOf)
		return renamed(err, map[string]string{"secret_expires": "expires_at"})
	}
	w.Header().Set("Location", secretsOf(id)+"/"+made.ID)
	return web.WriteJSON(w, http.StatusCreated, struct {
		clientSecret
		ClientID     string     `json:"client_id"`
		ClientSecret string     `json:"client_secret"`
		OldEndsAt    *time.Time `json:"old_ends_at"`
	}{newSecret(made, by.Name), id, made.Plain, moment(ends)})
}

// RevokeSecret answers DELETE /api/v1/apps/{client_id}/secrets/{id}. The tokens that the secret got live on to their
// own end, so that a rotation cuts nothing off, unless the query says tokens=revoke.
func (h *Handlers) RevokeSecret(w http.ResponseWriter, r *http.Request) error {
	by, err := h.caller(w, r, writeApps)
	if err != nil {
		return err
	}
	app, err := pathID(r, "client_id")
	if err != nil {
		return err
	}
	id, err := pathID(r, "id")
	if err != nil {
		return err
	}
	var tokensToo bool
	switch r.URL.Query().Get("tokens") {
	case "revoke":
		tokensToo = true
	case "", "keep":
	default:
		return web.BadRequest("The query parameter tokens is keep or revoke.")
	}
	if err := h.Hub.RevokeSecret(r.Context(), by, app, id, tokensToo); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}
