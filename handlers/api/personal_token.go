package api

import (
	"net/http"
	"time"

	"gatepost/db"
	"gatepost/handlers/hub/account"
	"gatepost/handlers/web"
)

type personalToken struct {
	ID           string     `json:"id"`
	Name         string     `json:"name"`
	Hint         string     `json:"hint"`
	Scopes       []string   `json:"scopes"`
	State        string     `json:"state"` // live, expired or revoked
	CreatedAt    time.Time  `json:"created_at"`
	ExpiresAt    *time.Time `json:"expires_at"`
	RevokedAt    *time.Time `json:"revoked_at"`
	LastUsedAt   *time.Time `json:"last_used_at"`
	LastUsedFrom string     `json:"last_used_from"`
}

func (h *Handlers) personalTokenOf(t db.PersonalToken) personalToken {
	out := personalToken{
		t.ID, t.Name, t.Hint, list(t.Scopes), "live", wholeSecond(t.CreatedAt), moment(t.ExpiresAt.Truncate(time.Second)), moment(t.RevokedAt), moment(t.LastUsedAt), t.LastAddress,
	}
	switch {
	case !t.RevokedAt.IsZero():
		out.State = "revoked"
	case !t.Live(h.Now()):
		out.State = "expired"
	}
	return out
}

// PersonalTokens answers GET /api/v1/personal-tokens with the personal tokens of the token's
// person, including expired and revoked ones.
func (h *Handlers) PersonalTokens(w http.ResponseWriter, r *http.Request) error {
	by, err := h.person(w, r, readAccount)
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
	all, err := h.Accounts.PersonalTokens(r.Context(), by)
	if err != nil {
		return err
	}
	var rows []personalToken
	for _, t := range all {
		if one := h.personalTokenOf(t); state == "" || one.State == state {
			rows = append(rows, one)
		}
	}
	rows, next := cut(rows, func(t personalToken) []string { return []string{t.ID} }, after, limit)
	return web.WriteJSON(w, http.StatusOK, struct {
		Tokens []personalToken `json:"personal_tokens"`
		Next   *string         `json:"next_cursor"`
	}{list(rows), next})
}

// PersonalToken answers GET /api/v1/personal-tokens/{id}.
func (h *Handlers) PersonalToken(w http.ResponseWriter, r *http.Request) error {
	by, id, err := h.personAt(w, r, readAccount)
	if err != nil {
		return err
	}
	all, err := h.Accounts.PersonalTokens(r.Context(), by)
	if err != nil {
		return err
	}
	for _, t := range all {
		if t.ID == id {
			return web.WriteJSON(w, http.StatusOK, h.personalTokenOf(t))
		}
	}
	return web.NotFound()
}

// CreatePersonalToken answers POST /api/v1/personal-tokens, with the new token, shown once. Only a
// personal token can create another.
func (h *Handlers) CreatePersonalToken(w http.ResponseWriter, r *http.Request) error {
	by, err := h.person(w, r, writeAccount)
	if err != nil {
		return err
	}
	var in struct {
		Name      string     `json:"name"`
		Scopes    []string   `json:"scopes"`
		ExpiresAt *time.Time `json:"expires_at" null:"clear"`
	}
	once, err := readOnce(w, r, &in)
	if err != nil {
		return err
	}
	made, err := h.Accounts.CreatePersonalToken(r.Context(), by, account.NewPersonalToken{Name: in.Name, Scopes: in.Scopes, ExpiresAt: orZero(in.ExpiresAt), Once: once})
	if err != nil {
		return madeBefore(w, err, personalTokenAddress)
	}
	w.Header().Set("Location", personalTokenAddress(made.ID))
	return web.WriteJSON(w, http.StatusCreated, struct {
		personalToken
		Token string `json:"token"`
	}{h.personalTokenOf(made.PersonalToken), made.Plain})
}

func personalTokenAddress(id string) string { return "/api/v1/personal-tokens/" + id }

// RevokePersonalToken answers DELETE /api/v1/personal-tokens/{id}.
func (h *Handlers) RevokePersonalToken(w http.ResponseWriter, r *http.Request) error {
	by, id, err := h.personAt(w, r, writeAccount)
	if err != nil {
		return err
	}
	if err := h.Accounts.RevokePersonalToken(r.Context(), by, id); err != nil {
		return err
	}
	return noContent(w)
}
