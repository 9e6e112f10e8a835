package api

import (
	"net/http"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"gatepost/handlers/hub"
	"gatepost/handlers/secret"
	"gatepost/handlers/web"
)

// validationMessage is the body of NXTsoft's sample API. Amount is a string so that nothing is rounded.
type validationMessage struct {
	Message   string `json:"message"`
	Reference string `json:"reference,omitempty"`
	Amount    string `json:"amount,omitempty"`
	Currency  string `json:"currency,omitempty"`
}

var (
	amountForm   = regexp.MustCompile(`^[0-9]{1,12}(\.[0-9]{1,2})?$`)
	currencyForm = regexp.MustCompile(`^[A-Z]{3}$`)
)

// MockTransaction answers POST /transactions/mock: it checks the message, adds an id and stores nothing.
func (h *Handlers) MockTransaction(w http.ResponseWriter, r *http.Request) error {
	if _, err := h.admit(r, "transactions/mock"); err != nil {
		return err
	}
	var in validationMessage
	if err := web.ReadJSON(w, r, &in); err != nil {
		return err
	}
	if bad := in.faults(); len(bad) > 0 {
		return &hub.Invalid{Fields: bad}
	}
	return web.WriteJSON(w, http.StatusOK, struct {
		ID     string `json:"id"`
		Status string `json:"status"`
		validationMessage
		ReceivedAt time.Time `json:"received_at"`
	}{secret.JTI(), "accepted", in, wholeSecond(h.Now())})
}

func (m validationMessage) faults() (bad []hub.FieldError) {
	add := func(field, message string) { bad = append(bad, hub.FieldError{Field: field, Message: message}) }
	switch n := utf8.RuneCountInString(m.Message); {
	case strings.TrimSpace(m.Message) == "":
		add("message", "Write a message.")
	case n > 1000:
		add("message", "Write at most 1000 characters.")
	}
	if utf8.RuneCountInString(m.Reference) > 64 {
		add("reference", "Write at most 64 characters.")
	}
	if m.Amount != "" && !amountForm.MatchString(m.Amount) {
		add("amount", `Write a decimal number as a string, such as "12.50".`)
	}
	if m.Currency != "" && !currencyForm.MatchString(m.Currency) {
		add("currency", "Write an ISO 4217 code, such as EUR.")
	}
	if m.Amount != "" && m.Currency == "" {
		add("currency", "An amount needs a currency.")
	}
	return bad
}
