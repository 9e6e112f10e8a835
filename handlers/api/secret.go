package api

import (
	"net/http"
	"time"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/handlers/hub/app"
	"gatepost/handlers/web"
	"gatepost/views/words"
)

type clientSecret struct {
	ID           string     `json:"id"`
	Hint         string     `json:"hint"`
	Label        string     `json:"label"`
	State        string     `json:"state"`
	CreatedAt    time.Time  `json:"created_at"`
	CreatedBy    string     `json:"created_by"`
	ExpiresAt    *time.Time `json:"expires_at"`
	DueAt        *time.Time `json:"due_at"`
	RevokedAt    *time.Time `json:"revoked_at"`
	RefusedUntil *time.Time `json:"refused_until"`
	SavedAt      *time.Time `json:"saved_at"`
	SavedBy      string     `json:"saved_by"`
	LastUsedAt   *time.Time `json:"last_used_at"`
	LastUsedFrom string     `json:"last_used_from"`
	LastUsedBy   string     `json:"last_used_by"`
	Uses24h      int        `json:"uses_24h"`
	LiveTokens   int        `json:"live_tokens"`
	Verdict      *verdict   `json:"verdict"` // null if expired or revoked
}

type verdict struct {
	Kind string `json:"kind"`
	Text string `json:"text"`
}

// secretFacts returns the fields of a secret that need no evidence.
func secretFacts(s db.ClientSecret, now time.Time) clientSecret {
	out := clientSecret{
		ID: s.ID, Hint: s.Hint, Label: s.Label, State: "live", CreatedAt: wholeSecond(s.CreatedAt), CreatedBy: s.CreatedByName,
		ExpiresAt: moment(s.ExpiresAt.Truncate(time.Second)), RevokedAt: moment(s.RevokedAt), SavedAt: moment(s.SavedAt.Truncate(time.Second)), SavedBy: s.SavedByName,
	}
	switch {
	case !s.RevokedAt.IsZero():
		out.State = "revoked"
	case s.Expired(now):
		out.State = "expired"
	case s.Drilled(now):
		out.RefusedUntil = moment(s.DrillUntil)
	}
	return out
}

// newSecret returns a secret that was just created.
func newSecret(s app.Revealed, by string) clientSecret {
	return secretFacts(db.ClientSecret{ID: s.ID, Hint: s.Hint, Label: s.Label, CreatedAt: s.CreatedAt, CreatedByName: by, ExpiresAt: s.ExpiresAt}, s.CreatedAt)
}

// secretsOf returns all secrets of an app, newest first, with the verdicts on their use, and the
// evidence of the live ones by id.
func (h *Handlers) secretsOf(r *http.Request, by hub.Actor, client db.App) (secrets []clientSecret, evidence map[string]app.Evidence, err error) {
	rows, err := h.DB.Secrets(r.Context(), client.ClientID)
	if err != nil {
		return nil, nil, err
	}
	usage, err := h.DB.UsageOfApp(r.Context(), client.ClientID, h.Now().Add(-24*time.Hour))
	if err != nil {
		return nil, nil, err
	}
	used := make(map[string]db.Usage, len(usage))
	for _, u := range usage {
		used[u.SecretID] = u
	}
	board, err := h.Apps.Rotation(r.Context(), by, client.ClientID)
	if err != nil {
		return nil, nil, err
	}
	evidence = make(map[string]app.Evidence, len(board.Secrets))
	for _, e := range board.Secrets {
		evidence[e.Secret.ID] = e
	}
	for _, s := range rows {
		one, u := secretFacts(s, h.Now()), used[s.ID]
		one.LastUsedAt, one.LastUsedFrom, one.LastUsedBy, one.Uses24h = moment(u.LastAt), u.Address, u.UserAgent, u.Tokens
		if e, live := evidence[s.ID]; live {
			one.DueAt, one.LiveTokens, one.Verdict = moment(e.DueAt), e.LiveTokens, &verdict{e.Verdict.Kind, words.Verdict(e.Verdict).Text()}
		}
		secrets = append(secrets, one)
	}
	return secrets, evidence, nil
}

// Secrets answers GET /api/v1/apps/{client_id}/secrets with the facts of each secret, including
// expired and revoked ones.
func (h *Handlers) Secrets(w http.ResponseWriter, r *http.Request) error {
	by, row, err := h.callerOfApp(w, r, readApps)
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
	all, _, err := h.secretsOf(r, by, row)
	if err != nil {
		return err
	}
	out := struct {
		Secrets []clientSecret `json:"secrets"`
		Next    *string        `json:"next_cursor"`
	}{Secrets: []clientSecret{}}
	for _, s := range all { // newest first, so ids descend
		if after != nil && s.ID >= after[0] || state != "" && s.State != state {
			continue
		}
		if len(out.Secrets) == limit {
			out.Next = cursorOf(out.Secrets[limit-1].ID)
			break
		}
		out.Secrets = append(out.Secrets, s)
	}
	return web.WriteJSON(w, http.StatusOK, out)
}

// secretCaller is a caller that used a secret in the last days. Without address and user agent it is
// the sum of further callers.
type secretCaller struct {
	Address   string    `json:"address"`
	UserAgent string    `json:"user_agent"`
	Uses      int       `json:"uses"`
	LastAt    time.Time `json:"last_at"`
	Days      []int     `json:"days"`  // uses per day, oldest first
	Moved     bool      `json:"moved"` // uses a newer secret now
}

// secretExposure is a person who knows a secret.
type secretExposure struct {
	Person named     `json:"person"`
	How    string    `json:"how"` // made, proved, handed or opened
	At     time.Time `json:"at"`
}

// Secret answers GET /api/v1/apps/{client_id}/secrets/{id} with the evidence of its use.
func (h *Handlers) Secret(w http.ResponseWriter, r *http.Request) error {
	by, row, err := h.callerOfApp(w, r, readApps)
	if err != nil {
		return err
	}
	return h.writeSecret(w, r, by, row, r.PathValue("id"))
}

func (h *Handlers) writeSecret(w http.ResponseWriter, r *http.Request, by hub.Actor, app db.App, id string) error {
	all, evidence, err := h.secretsOf(r, by, app)
	if err != nil {
		return err
	}
	for _, s := range all {
		if s.ID != id {
			continue
		}
		out := struct {
			clientSecret
			Callers  []secretCaller   `json:"callers"`
			Exposure []secretExposure `json:"known_to"`
		}{clientSecret: s, Callers: []secretCaller{}, Exposure: []secretExposure{}}
		for _, c := range evidence[id].Callers {
			out.Callers = append(out.Callers, secretCaller{c.Address, c.UserAgent, c.Uses, c.LastAt.UTC(), list(c.Days), c.Moved})
		}
		for _, e := range evidence[id].Exposed {
			out.Exposure = append(out.Exposure, secretExposure{named{e.PersonID, e.PersonName}, e.How, e.At.UTC()})
		}
		return web.WriteJSON(w, http.StatusOK, out)
	}
	return web.NotFound()
}

// AddSecret answers POST /api/v1/apps/{client_id}/secrets with the new secret, shown once.
func (h *Handlers) AddSecret(w http.ResponseWriter, r *http.Request) error {
	by, id, err := h.callerAt(w, r, writeApps, "client_id")
	if err != nil {
		return err
	}
	var in struct {
		Label     string     `json:"label" null:"clear"`
		ExpiresAt *time.Time `json:"expires_at" null:"clear"`
	}
	once, err := readOnce(w, r, &in)
	if err != nil {
		return err
	}
	row, made, err := h.Apps.AddSecret(r.Context(), by, id, app.NewSecret{Label: in.Label, ExpiresAt: orZero(in.ExpiresAt), Once: once})
	if err != nil {
		return madeBefore(w, err, secretsAddress)
	}
	w.Header().Set("Location", secretsAddress(row.ClientID)+"/"+made.ID)
	return web.WriteJSON(w, http.StatusCreated, struct {
		clientSecret
		ClientID     string `json:"client_id"`
		ClientSecret string `json:"client_secret"`
	}{newSecret(made, by.Name), row.ClientID, made.Plain})
}

func secretsAddress(clientID string) string { return appAddress(clientID) + "/secrets" }

// callerOfSecret is callerAt for a secret of an app, or for another id below an app.
func (h *Handlers) callerOfSecret(w http.ResponseWriter, r *http.Request, scope string) (by hub.Actor, clientID, id string, err error) {
	if by, clientID, err = h.callerAt(w, r, scope, "client_id"); err != nil {
		return by, "", "", err
	}
	id, err = pathID(r, "id")
	return by, clientID, id, err
}
