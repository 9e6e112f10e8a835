package api

import (
	"net/http"
	"time"

	"gatepost/handlers/hub"
	"gatepost/handlers/hub/account"
	"gatepost/handlers/web"
)

// The scopes that the routes of a person's own account require.
const (
	readAccount  = "account:read"
	writeAccount = "account:write"
)

// profile is what people can see and change of their own account.
type profile struct {
	ID              string    `json:"id"`
	Name            string    `json:"name"`
	Email           string    `json:"email"`
	Phone           string    `json:"phone"`
	City            string    `json:"city"`
	Owner           bool      `json:"owner"`
	HasSecondFactor bool      `json:"has_second_factor"`
	CreatedAt       time.Time `json:"created_at"`
}

// Account answers GET /api/v1/account with the account of the token's person.
func (h *Handlers) Account(w http.ResponseWriter, r *http.Request) error {
	by, err := h.person(w, r, readAccount)
	if err != nil {
		return err
	}
	return h.writeAccount(w, r, by)
}

func (h *Handlers) writeAccount(w http.ResponseWriter, r *http.Request, by hub.Actor) error {
	p, err := h.DB.Person(r.Context(), by.ID)
	if err != nil {
		return err
	}
	has, err := h.Accounts.HasSecondFactor(r.Context(), by.ID)
	if err != nil {
		return err
	}
	return web.WriteJSON(w, http.StatusOK, profile{p.ID, p.Name, p.Email, p.Phone, p.City, p.Owner, has, p.CreatedAt.UTC()})
}

// ChangeAccount answers PATCH /api/v1/account with the changed account. The email
// address and the password can only be changed on pages, which ask for the password.
func (h *Handlers) ChangeAccount(w http.ResponseWriter, r *http.Request) error {
	by, err := h.person(w, r, writeAccount)
	if err != nil {
		return err
	}
	var in struct {
		Name  *string `json:"name"`
		Phone *string `json:"phone" null:"clear"`
		City  *string `json:"city" null:"clear"`
	}
	if err := web.ReadFields(w, r, &in); err != nil {
		return err
	}
	err = h.Accounts.ChangeProfile(r.Context(), by, func(p *account.Profile) {
		put(&p.Name, in.Name)
		put(&p.Phone, in.Phone)
		put(&p.City, in.City)
	})
	if err != nil {
		return err
	}
	return h.writeAccount(w, r, by)
}
