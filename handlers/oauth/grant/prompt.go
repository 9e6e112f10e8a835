package grant

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// Values of the parameter prompt (OpenID Connect Core section 3.1.2.1).
const (
	PromptNone          = "none"
	PromptLogin         = "login"
	PromptConsent       = "consent"
	PromptSelectAccount = "select_account"
)

// Codes of OpenID Connect Core section 3.1.2.6.
const (
	LoginRequired       = "login_required"
	ConsentRequired     = "consent_required"
	InteractionRequired = "interaction_required"
)

// Prompts lists the values of prompt that are supported.
func Prompts() []string {
	return []string{PromptNone, PromptLogin, PromptConsent, PromptSelectAccount}
}

// maxMaxAge bounds max_age, so that it can't overflow: nobody stays signed in for longer.
const maxMaxAge = 100 * 365 * 24 * time.Hour

// Wish is what a request wants a person to be asked, beyond what is needed.
type Wish struct {
	Silent  bool // answer without a page, or with an error
	SignIn  bool // sign in again, whoever is signed in
	Consent bool // ask for consent, even if it was given before
	Account bool // let the person choose an account
	// MaxAge is how long ago the person may have signed in; negative if any time will do.
	MaxAge time.Duration
}

// IsSilent says whether a request must be answered without a page, whatever else is wrong with it.
func (req AuthorizationRequest) IsSilent() bool {
	return slices.Contains(strings.Fields(req.Prompt), PromptNone)
}

// wish reads prompt and max_age.
func (req AuthorizationRequest) wish() (Wish, error) {
	w := Wish{MaxAge: -1}
	prompts := strings.Fields(req.Prompt)
	for _, p := range prompts {
		switch p {
		case PromptNone:
			w.Silent = true
		case PromptLogin:
			w.SignIn = true
		case PromptConsent:
			w.Consent = true
		case PromptSelectAccount:
			w.Account = true
		default:
			return Wish{}, Invalid("The parameter prompt has a value that is not supported: send none, login, consent or select_account.")
		}
	}
	if w.Silent && len(prompts) > 1 {
		return Wish{}, Invalid("The parameter prompt has none together with another value: send none alone.")
	}
	if req.MaxAge == "" {
		return w, nil
	}
	seconds, err := strconv.ParseUint(req.MaxAge, 10, 32)
	if err != nil || strings.HasPrefix(req.MaxAge, "+") {
		return Wish{}, Invalid("The parameter max_age must be a whole number of seconds, such as 3600.")
	}
	w.MaxAge = min(time.Duration(seconds)*time.Second, maxMaxAge)
	return w, nil
}

// refuse returns a refusal of the request that is sent to the client.
func (req CheckedRequest) refuse(code, description string) *RedirectError {
	return &RedirectError{Refusal: &Error{Code: code, Description: description, Status: 400}, RedirectURI: req.RedirectURI, State: req.State}
}
