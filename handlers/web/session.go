package web

import (
	"crypto/subtle"
	"encoding/gob"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"strings"
	"time"

	"github.com/gorilla/securecookie"
	"github.com/gorilla/sessions"

	"gatepost/db"
	"gatepost/handlers/secret"
	"gatepost/views/layout"
)

// How long a session lives: unused, and at the most (ASVS 7.3.1, 7.3.2).
const (
	sessionIdle = 7 * 24 * time.Hour
	sessionLife = 30 * 24 * time.Hour
	// touchEvery is how often "last seen" is written.
	touchEvery = time.Minute
)

// Keys of a session's values.
const (
	valuePerson = "person"
	valueTeam   = "team"
	valueWanted = "wanted" // the page that somebody wanted who has to set up a second factor first
	valueRow    = "row"    // the db.Session, while a request is answered; not stored
)

// newStore makes the store, and tells gob what a session's values may be.
func newStore(d *db.DB, now func() time.Time, secure bool) *store {
	gob.Register(layout.Flash{})
	return &store{db: d, now: now, secure: secure}
}

// store keeps gorilla's sessions in the database. The cookie is "id.secret"; the row holds
// the secret's SHA-256, so that who reads the database can't sign in with it.
type store struct {
	db     *db.DB
	now    func() time.Time
	secure bool
}

func (s *store) cookieName() string {
	if s.secure {
		return "__Host-gatepost"
	}
	return "gatepost"
}

func (s *store) options() *sessions.Options {
	// SameSite is set since gorilla's default is None.
	return &sessions.Options{Path: "/", MaxAge: int(sessionLife / time.Second), HttpOnly: true, Secure: s.secure, SameSite: http.SameSiteLaxMode}
}

// Get gives the request's session, read once.
func (s *store) Get(r *http.Request, name string) (*sessions.Session, error) {
	return sessions.GetRegistry(r).Get(s, name)
}

// New reads the session that the cookie names, or gives a new one.
func (s *store) New(r *http.Request, name string) (*sessions.Session, error) {
	fresh := sessions.NewSession(s, name)
	fresh.IsNew = true
	fresh.Options = s.options()
	cookie, err := r.Cookie(name)
	if err != nil {
		return fresh, nil
	}
	id, plain, ok := strings.Cut(cookie.Value, ".")
	if !ok {
		return fresh, nil
	}
	row, err := s.db.Session(r.Context(), id)
	if err != nil {
		if Classify(err).Status == http.StatusNotFound {
			return fresh, nil
		}
		return fresh, err
	}
	if subtle.ConstantTimeCompare([]byte(row.SecretHash), []byte(secret.HashToken(plain))) != 1 || !s.now().Before(row.ExpiresAt) {
		return fresh, nil
	}
	known := sessions.NewSession(s, name)
	known.ID, known.Options = id, fresh.Options
	if err := (securecookie.GobEncoder{}).Deserialize(row.Data, &known.Values); err != nil {
		return fresh, nil // written by an older release
	}
	known.Values[valuePerson] = row.PersonID
	known.Values[valueRow] = row
	return known, nil
}

// Save stores the values of a session that exists; one with MaxAge < 0 ends. New sessions are
// made by Edge.SignIn alone.
func (s *store) Save(r *http.Request, w http.ResponseWriter, session *sessions.Session) error {
	row, known := session.Values[valueRow].(db.Session)
	if session.Options.MaxAge < 0 {
		http.SetCookie(w, sessions.NewCookie(session.Name(), "", session.Options))
	}
	switch {
	case !known:
		return nil
	case session.Options.MaxAge < 0:
		return s.db.Tx(r.Context(), func(tx *db.Tx) error { return tx.DeleteSession(r.Context(), row.ID, row.PersonID) })
	}
	data, err := serialize(session.Values)
	if err != nil {
		return err
	}
	err = s.db.Tx(r.Context(), func(tx *db.Tx) error { return tx.UpdateSession(r.Context(), row.ID, data) })
	if errors.Is(err, db.ErrNotFound) {
		return nil // ended meanwhile: there is nothing to keep
	}
	return err
}

// serialize gives what is stored of a session's values: all but the row itself.
func serialize(values map[any]any) ([]byte, error) {
	kept := maps.Clone(values)
	delete(kept, valueRow)
	data, err := securecookie.GobEncoder{}.Serialize(kept)
	if err != nil {
		return nil, fmt.Errorf("web: session: %w", err)
	}
	return data, nil
}

// start makes a session for a person who has shown the password that they have at this
// moment, or a passkey, and gives its cookie's value.
func (s *store) start(r *http.Request, person db.Person, method string, values map[any]any) (string, error) {
	data, err := serialize(values)
	if err != nil {
		return "", err
	}
	now := s.now()
	plain, hash := secret.NewToken("")
	row := db.Session{
		ID: secret.ID(), SecretHash: hash, PersonID: person.ID, Data: data, Address: ClientAddress(r), UserAgent: UserAgent(r),
		CreatedAt: now, LastSeenAt: now, ExpiresAt: now.Add(sessionIdle), VerifiedAt: now, Method: method,
	}
	err = s.db.Tx(r.Context(), func(tx *db.Tx) error { return tx.InsertSession(r.Context(), row, person.PasswordChangedAt) })
	if errors.Is(err, db.ErrNotFound) {
		err = &Error{Status: http.StatusUnauthorized, Code: "access_denied", Message: "Your password was changed a moment ago. Sign in with the new one.", Cause: err}
	}
	return row.ID + "." + plain, err
}

// verified notes that the person of a session has shown once more who they are, and gives the
// session a new secret: who had a copy of the cookie from before is out (ASVS 7.2.4).
func (s *store) verified(r *http.Request, row db.Session) (cookie string, hash string, err error) {
	plain, hash := secret.NewToken("")
	err = s.db.Tx(r.Context(), func(tx *db.Tx) error { return tx.VerifySession(r.Context(), row.ID, row.SecretHash, hash) })
	return row.ID + "." + plain, hash, err
}

// touch notes that a session was seen, and moves its idle end.
func (s *store) touch(r *http.Request, row db.Session) error {
	now := s.now()
	if now.Sub(row.LastSeenAt) < touchEvery {
		return nil
	}
	ends := now.Add(sessionIdle)
	if last := row.CreatedAt.Add(sessionLife); last.Before(ends) {
		ends = last
	}
	return s.db.Tx(r.Context(), func(tx *db.Tx) error { return tx.TouchSession(r.Context(), row.ID, ends) })
}

// SignIn starts a new session for a person who has shown all that is asked of them, by a
// method of db.Session: whatever session the browser had ends, so that nobody can prepare one
// for somebody else.
func (e *Edge) SignIn(w http.ResponseWriter, r *http.Request, person db.Person, method string) error {
	if v := VisitorOf(r); v != nil {
		err := e.DB.Tx(r.Context(), func(tx *db.Tx) error { return tx.DeleteSession(r.Context(), v.Session.ID, v.Person.ID) })
		if err != nil && !errors.Is(err, db.ErrNotFound) {
			return err
		}
	}
	cookie, err := e.store.start(r, person, method, map[any]any{valuePerson: person.ID})
	if err != nil {
		return err
	}
	e.setSessionCookie(w, cookie)
	return nil
}

func (e *Edge) setSessionCookie(w http.ResponseWriter, value string) {
	http.SetCookie(w, sessions.NewCookie(e.store.cookieName(), value, e.store.options()))
}

// SignOut ends the browser's session on the server.
func (e *Edge) SignOut(w http.ResponseWriter, r *http.Request) error {
	session, err := e.store.Get(r, e.store.cookieName())
	if err != nil {
		return err
	}
	session.Options.MaxAge = -1
	if err := e.store.Save(r, w, session); err != nil && Classify(err).Status != http.StatusNotFound {
		return err
	}
	return nil
}

// SwitchTeam makes a team the one that the visitor works in.
func (e *Edge) SwitchTeam(w http.ResponseWriter, r *http.Request, teamID string) error {
	session, err := e.store.Get(r, e.store.cookieName())
	if err != nil {
		return err
	}
	session.Values[valueTeam] = teamID
	return e.store.Save(r, w, session)
}

// Flash says something on the next page that the visitor opens.
func (e *Edge) Flash(w http.ResponseWriter, r *http.Request, f layout.Flash) error {
	session, err := e.store.Get(r, e.store.cookieName())
	if err != nil {
		return err
	}
	session.AddFlash(f)
	return e.store.Save(r, w, session)
}

func (e *Edge) takeFlashes(w http.ResponseWriter, r *http.Request, v *Visitor) error {
	session, err := e.store.Get(r, e.store.cookieName())
	if err != nil {
		return err
	}
	kept := session.Flashes()
	if len(kept) == 0 {
		return nil
	}
	for _, f := range kept {
		if f, ok := f.(layout.Flash); ok {
			v.flashes = append(v.flashes, f)
		}
	}
	return e.store.Save(r, w, session)
}
