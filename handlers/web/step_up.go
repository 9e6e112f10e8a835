package web

import (
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/views/pages"
	"gatepost/views/words"
)

// stepUpLife is how long a step-up is good for: people are asked again after two hours.
const stepUpLife = 2 * time.Hour

// Fields that a form carries for the step-up, next to its own.
const (
	fieldPassword = "confirm_password"
	fieldPasskey  = "confirm_passkey" // the browser's answer, as JSON
)

// PageSteppedUp is Page for signed-in people who have stepped up in the last two hours. Others
// are asked to: a page leads to /confirm and back; a form is kept on the page that asks, and is
// submitted from there.
func (e *Edge) PageSteppedUp(h HandlerFunc) http.Handler {
	return e.adapt(e.forPeople(SignedIn, e.steppedUp(stepUpLife, h)), e.WritePage)
}

// PageStepUpAlways is PageSteppedUp for forms that ask each time.
func (e *Edge) PageStepUpAlways(h HandlerFunc) http.Handler {
	return e.adapt(e.forPeople(SignedIn, e.steppedUp(0, h)), e.WritePage)
}

// PageJSONSteppedUp is PageSteppedUp for an address that a page's script calls: someone
// who has to step up first gets a 403 with the code confirmation_needed.
func (e *Edge) PageJSONSteppedUp(h HandlerFunc) http.Handler {
	return e.adapt(e.forPeople(SignedIn, func(w http.ResponseWriter, r *http.Request) error {
		if !e.isFresh(r, stepUpLife) {
			return errStepUp
		}
		return h(w, r)
	}), WriteProblem)
}

var errStepUp = &Error{Status: http.StatusForbidden, Code: "confirmation_needed", Message: "Confirm that it is you first: open /confirm in another tab, then do this again. It is asked every two hours."}

func (e *Edge) isFresh(r *http.Request, life time.Duration) bool {
	age := e.Now().Sub(VisitorOf(r).Session.VerifiedAt)
	return age < life && age > -time.Minute // a clock that was set back makes nothing fresh
}

func isUpload(r *http.Request) bool {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	return err == nil && kind == "multipart/form-data"
}

func (e *Edge) steppedUp(life time.Duration, h HandlerFunc) HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) error {
		switch {
		case e.isFresh(r, life):
			return h(w, r)
		case r.Method == http.MethodGet, r.Method == http.MethodHead:
			http.Redirect(w, r, "/confirm?next="+url.QueryEscape(r.URL.RequestURI()), http.StatusSeeOther)
			return nil
		case life > 0 && isUpload(r): // a file can't be kept on the page that asks
			return errStepUp
		}
		form, err := PageForm(w, r)
		if err != nil {
			return err
		}
		refusal, err := e.stepUp(w, r, form)
		if err != nil {
			return err
		}
		if refusal != nil {
			return e.askStepUp(w, r, form, *refusal)
		}
		form.Del(fieldPassword)
		form.Del(fieldPasskey)
		body := form.Encode()
		r.Body, r.ContentLength = io.NopCloser(strings.NewReader(body)), int64(len(body))
		return h(w, r)
	}
}

// stepUpRefusal is why a step-up failed. Without text and wait, the form carried nothing yet.
type stepUpRefusal struct {
	Status int
	Text   string
	Wait   time.Duration
}

// stepUp checks the password or passkey that a form carries. No refusal means that the session
// has stepped up.
func (e *Edge) stepUp(w http.ResponseWriter, r *http.Request, form url.Values) (*stepUpRefusal, error) {
	var err error
	actor := Actor(r)
	switch {
	case form.Get(fieldPasskey) != "":
		err = e.Accounts.StepUpByPasskey(r.Context(), actor, e.Ticket(r, TicketPasskey), []byte(form.Get(fieldPasskey)))
		e.SetTicket(w, TicketPasskey, "")
	case form.Get(fieldPassword) != "":
		err = e.Accounts.StepUpByPassword(r.Context(), actor, form.Get(fieldPassword))
	default:
		return &stepUpRefusal{Status: http.StatusForbidden}, nil
	}
	var throttled *hub.Throttled
	switch {
	case errors.As(err, &throttled):
		return &stepUpRefusal{Status: http.StatusTooManyRequests, Wait: throttled.RetryAfter}, nil
	case errors.Is(err, hub.ErrNotYourPassword):
		return &stepUpRefusal{Status: http.StatusForbidden, Text: hub.ErrNotYourPassword.Error()}, nil
	case errors.Is(err, hub.ErrPasskey):
		return &stepUpRefusal{Status: http.StatusForbidden, Text: hub.ErrPasskey.Error()}, nil
	case err != nil:
		return nil, err
	}
	return nil, e.verify(w, r)
}

// verify notes the step-up in the session, and gives it a new secret.
func (e *Edge) verify(w http.ResponseWriter, r *http.Request) error {
	v := VisitorOf(r)
	cookie, hash, err := e.store.verified(r, v.Session)
	if errors.Is(err, db.ErrNotFound) {
		return errSignIn // the session ended meanwhile
	}
	if err != nil {
		return err
	}
	v.Session.VerifiedAt, v.Session.SecretHash = e.Now(), hash
	e.setSessionCookie(w, cookie)
	return nil
}

// askStepUp answers a form that needs a step-up first with a page that asks for it and keeps
// what was typed.
func (e *Edge) askStepUp(w http.ResponseWriter, r *http.Request, form url.Values, why stepUpRefusal) error {
	page := pages.StepUp{Page: e.PageModel(r), Action: r.URL.RequestURI(), Cancel: backFrom(r)}
	for _, name := range sortedNames(form) {
		for _, value := range form[name] {
			switch {
			case name == fieldPassword || name == fieldPasskey:
			case !isSensitive(name):
				page.Fields = append(page.Fields, pages.HiddenField{Name: name, Value: value})
			case value != "":
				page.Dropped = true
			}
		}
	}
	return e.showStepUp(w, r, page, why)
}

func (e *Edge) showStepUp(w http.ResponseWriter, r *http.Request, page pages.StepUp, why stepUpRefusal) error {
	f, err := e.DB.SecondFactor(r.Context(), VisitorOf(r).Person.ID)
	if err != nil {
		return err
	}
	page.Email, page.Error = VisitorOf(r).Person.Email, why.Text
	page.Passkey = f.Passkeys > 0 && e.Accounts.PasskeysOn()
	if why.Wait > 0 {
		page.RetryIn = words.Wait(why.Wait)
		SetErrorHeaders(w.Header(), &Error{RetryAfter: why.Wait})
	}
	return Render(w, r, why.Status, page)
}

// isSensitive says whether a field's value must not be written back: a field of which the name
// ends in secret, or has password in it.
func isSensitive(name string) bool {
	name = strings.ToLower(name)
	return strings.HasSuffix(name, "secret") || strings.Contains(name, "password")
}

func sortedNames(form url.Values) []string {
	var names []string
	for name := range form {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// backFrom is the page of ours that a form came from, for someone who cancels.
func backFrom(r *http.Request) string {
	u, err := url.Parse(r.Referer())
	if err != nil || u.Host != r.Host {
		return "/dashboard"
	}
	return LocalPath(u.RequestURI(), "/dashboard")
}

// StepUpForm is GET /confirm: it asks for the step-up before a page that needs it.
func (e *Edge) StepUpForm(w http.ResponseWriter, r *http.Request) error {
	next := LocalPath(r.URL.Query().Get("next"), "/dashboard")
	return e.showStepUp(w, r, pages.StepUp{Page: e.PageModel(r), Action: "/confirm", Next: next, Cancel: "/dashboard"}, stepUpRefusal{Status: http.StatusOK})
}

// StepUp is POST /confirm, and leads on to the page that needed it.
func (e *Edge) StepUp(w http.ResponseWriter, r *http.Request) error {
	form, err := PageForm(w, r)
	if err != nil {
		return err
	}
	next := LocalPath(form.Get("next"), "/dashboard")
	refusal, err := e.stepUp(w, r, form)
	if err != nil {
		return err
	}
	if refusal != nil {
		if refusal.Text == "" && refusal.Wait == 0 {
			refusal.Text = "Type your password."
		}
		return e.showStepUp(w, r, pages.StepUp{Page: e.PageModel(r), Action: "/confirm", Next: next, Cancel: "/dashboard"}, *refusal)
	}
	return SeeOther(w, r, next)
}

// BeginStepUp is POST /confirm/passkey/begin: the challenge for a passkey, for the page's script.
func (e *Edge) BeginStepUp(w http.ResponseWriter, r *http.Request) error {
	if err := NoFields(w, r); err != nil {
		return err
	}
	options, token, err := e.Accounts.BeginPasskeyStepUp(r.Context(), Actor(r))
	if err != nil {
		return err
	}
	e.SetTicket(w, TicketPasskey, token)
	return WriteJSON(w, http.StatusOK, options)
}
