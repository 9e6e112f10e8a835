package web

import (
	"bytes"
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

// Fields that a form carries for the step-up, next to its own.
const (
	fieldPassword = "confirm_password"
	fieldCode     = "confirm_code"    // of the authenticator app, or a recovery code
	fieldPasskey  = "confirm_passkey" // the browser's answer, as JSON
)

// stepUpPath is the page that asks for a step-up before another page.
const stepUpPath = "/confirm"

// PageStepUpAlways is Page for forms that ask each time, and for a second factor if there is one.
func (e *Edge) PageStepUpAlways(h HandlerFunc) http.Handler {
	return e.adapt(e.forPeople(SignedIn, e.asking(func(w http.ResponseWriter, r *http.Request) error {
		n := infoOf(r)
		if n.proved == provedFactor {
			return h(w, r)
		}
		has, err := e.Accounts.HasSecondFactor(r.Context(), n.visitor.Person.ID)
		switch {
		case err != nil:
			return err
		case has || n.proved == 0:
			if _, err := PageForm(w, r); err != nil {
				return err // what is no form can't be kept on the page that asks
			}
			return &hub.StepUpRequired{Factor: has}
		}
		return h(w, r)
	})), e.WritePage)
}

// proved is what a request has proved about who sent it.
type proved int

const (
	provedPassword proved = 1 + iota
	provedFactor
)

// asking lets a page ask for a step-up where the rules refuse a session that hasn't proved itself:
// they return *hub.StepUpRequired, whatever the route. A page leads to /confirm and back; a form is
// kept on the page that asks, and is submitted again from there, with the proof.
func (e *Edge) asking(h HandlerFunc) HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) error {
		if VisitorOf(r) == nil || r.URL.Path == stepUpPath {
			return h(w, r)
		}
		form, err := keepForm(r)
		if err != nil {
			return err
		}
		if form.Get(fieldPassword)+form.Get(fieldPasskey) != "" {
			refusal, err := e.stepUp(w, r, form)
			if err != nil {
				return err
			}
			if refusal != nil {
				return e.askStepUp(w, r, form, *refusal)
			}
		}
		err = h(w, r)
		var need *hub.StepUpRequired
		switch {
		case !errors.As(err, &need):
			return err
		case r.Method == http.MethodGet, r.Method == http.MethodHead:
			next := url.Values{"next": {r.URL.RequestURI()}}
			if need.Factor {
				next.Set("factor", "1")
			}
			http.Redirect(w, r, stepUpPath+"?"+next.Encode(), http.StatusSeeOther)
			return nil
		case form == nil: // a file can't be kept on the page that asks
			return err
		}
		return e.askStepUp(w, r, form, stepUpRefusal{Status: http.StatusForbidden, Factor: need.Factor})
	}
}

// keepForm returns the form of a request, or nil if there is none that can be kept. The handler
// reads the body once more, and is the one to refuse it.
func keepForm(r *http.Request) (url.Values, error) {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if r.Method != http.MethodPost || err != nil || kind != "application/x-www-form-urlencoded" {
		return nil, nil
	}
	read, err := io.ReadAll(io.LimitReader(r.Body, maxBody+1))
	if err != nil {
		return nil, incomplete(err)
	}
	r.Body = struct {
		io.Reader
		io.Closer
	}{io.MultiReader(bytes.NewReader(read), r.Body), r.Body}
	form, err := url.ParseQuery(string(read))
	if len(read) > maxBody || err != nil {
		return nil, nil
	}
	return form, nil
}

// stepUpRefusal is why a step-up failed, or that one is needed. Without text and wait, the form carried
// nothing yet.
type stepUpRefusal struct {
	Status int
	Field  string // that Text is about
	Text   string
	Wait   time.Duration
	Factor bool // the password alone won't do
}

// stepUp checks the proof that a form carries. No refusal means that the session has stepped up.
func (e *Edge) stepUp(w http.ResponseWriter, r *http.Request, form url.Values) (*stepUpRefusal, error) {
	var err error
	actor, what := Actor(r), provedFactor
	switch {
	case form.Get(fieldPasskey) != "":
		err = e.Accounts.StepUpByPasskey(r.Context(), actor, e.Ticket(r, TicketPasskey), []byte(form.Get(fieldPasskey)))
		e.SetTicket(w, TicketPasskey, "")
	case form.Get(fieldPassword) == "":
		return &stepUpRefusal{Status: http.StatusForbidden, Field: fieldPassword, Text: "Type your password.", Factor: form.Has(fieldCode)}, nil
	case form.Get(fieldCode) != "":
		err = e.Accounts.StepUpByPasswordAndCode(r.Context(), actor, form.Get(fieldPassword), form.Get(fieldCode))
	default:
		what, err = provedPassword, e.Accounts.StepUpByPassword(r.Context(), actor, form.Get(fieldPassword))
	}
	var throttled *hub.Throttled
	refusal := &stepUpRefusal{Status: http.StatusForbidden, Field: fieldPassword, Factor: form.Has(fieldCode)}
	switch {
	case errors.As(err, &throttled):
		refusal.Status, refusal.Wait = http.StatusTooManyRequests, throttled.RetryAfter
		return refusal, nil
	case errors.Is(err, hub.ErrWrongCode):
		refusal.Field, refusal.Text = fieldCode, hub.ErrWrongCode.Error()
		return refusal, nil
	case errors.Is(err, hub.ErrNotYourPassword):
		refusal.Text = hub.ErrNotYourPassword.Error()
		return refusal, nil
	case errors.Is(err, hub.ErrPasskey):
		refusal.Text = hub.ErrPasskey.Error()
		return refusal, nil
	case err != nil:
		return nil, err
	}
	return nil, e.verify(w, r, what)
}

// verify notes the step-up in the session, and gives it a new secret.
func (e *Edge) verify(w http.ResponseWriter, r *http.Request, what proved) error {
	n := infoOf(r)
	session := &n.visitor.Session
	cookie, hash, err := e.store.verified(r, *session, what == provedFactor)
	if errors.Is(err, db.ErrNotFound) {
		return errSignIn // the session ended meanwhile
	}
	if err != nil {
		return err
	}
	session.VerifiedAt, session.SecretHash, n.proved = n.now, hash, what
	if what == provedFactor {
		session.FactorAt = session.VerifiedAt
	}
	e.setSessionCookie(w, cookie)
	return nil
}

// askStepUp answers a form that needs a step-up first with a page that asks for it and keeps
// what was typed.
func (e *Edge) askStepUp(w http.ResponseWriter, r *http.Request, form url.Values, why stepUpRefusal) error {
	page := pages.StepUp{Page: e.PageModel(r), Action: r.URL.RequestURI(), Cancel: backFrom(r)}
	var kept KeptForm
	kept.Fields, page.Dropped = withoutSecrets(form, false)
	page.Fields = kept.Hidden()
	return e.showStepUp(w, r, page, why)
}

func (e *Edge) showStepUp(w http.ResponseWriter, r *http.Request, page pages.StepUp, why stepUpRefusal) error {
	f, err := e.DB.SecondFactor(r.Context(), VisitorOf(r).Person.ID)
	if err != nil {
		return err
	}
	page.Email, page.Field, page.Error = VisitorOf(r).Person.Email, why.Field, why.Text
	page.Passkey = f.Passkeys > 0 && e.Accounts.PasskeysOn()
	page.Code, page.TOTP = why.Factor && f.Has, f.HasTOTP
	if why.Wait > 0 {
		page.RetryIn = words.Wait(why.Wait)
		SetErrorHeaders(w.Header(), &Error{RetryAfter: why.Wait})
	}
	return Render(w, r, why.Status, page)
}

// isSensitive says whether a field's value must not be written back: a field of which the name
// ends in secret or password.
func isSensitive(name string) bool {
	name = strings.ToLower(name)
	return strings.HasSuffix(name, "secret") || strings.HasSuffix(name, "password")
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
	query := r.URL.Query()
	page := pages.StepUp{Page: e.PageModel(r), Action: stepUpPath, Next: LocalPath(query.Get("next"), "/dashboard"), Cancel: "/dashboard"}
	keepOpener(w.Header(), page.Next)
	return e.showStepUp(w, r, page, stepUpRefusal{Status: http.StatusOK, Factor: query.Get("factor") != ""})
}

// StepUp is POST /confirm, and leads on to the page that needed it.
func (e *Edge) StepUp(w http.ResponseWriter, r *http.Request) error {
	form, err := PageForm(w, r)
	if err != nil {
		return err
	}
	next := LocalPath(form.Get("next"), "/dashboard")
	keepOpener(w.Header(), next)
	refusal, err := e.stepUp(w, r, form)
	if err != nil {
		return err
	}
	if refusal != nil {
		return e.showStepUp(w, r, pages.StepUp{Page: e.PageModel(r), Action: stepUpPath, Next: next, Cancel: "/dashboard"}, *refusal)
	}
	return e.GoOn(w, r, next)
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
