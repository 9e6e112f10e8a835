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

// How long a session lasts: unused, and at most (ASVS 7.3.1, 7.3.2).
const (
	sessionIdle = 7 * 24 * time.Hour
	sessionLife = 30 * 24 * time.Hour
	// touchEvery is how often "last seen" is updated.
	touchEvery = time.Minute
)

// The keys of a session's values.
const (
	valuePerson = "person"
	valueTeam   = "team"
	valueWanted = "wanted" // the page to open after the visitor has set up a second factor
	valueRow    = "row"    // the db.Session, only while a request is answered
)

// newStore makes the store and registers the types of a session's values with gob.
func newStore(d *db.DB, now func() time.Time, secure bool) *store {
	gob.Register(layout.Flash{})
	return &store{db: d, now: now, secure: secure}
}

// store keeps gorilla's sessions in the database. The cookie is "id.secret", and the row has the secret's
// SHA-256, so that somebody who reads the database can't sign in with it.
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
	// Gorilla's default for SameSite is None.
	return &sessions.Options{Path: "/", MaxAge: int(sessionLife / time.Second), HttpOnly: true, Secure: s.secure, SameSite: http.SameSiteLaxMode}
}

// Get returns the request's session, which is read once.
func (s *store) Get(r *http.Request, name string) (*sessions.Session, error) {
	return sessions.GetRegistry(r).Get(s, name)
}

// New reads the session that the cookie names, or returns a new one.
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

// Save stores the values of an existing session, or deletes one with MaxAge < 0. Only Edge.SignIn creates
// sessions.
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
		return nil // it ended in the meantime
	}
	return err
}

// serialize encodes a session's values for the database: all but the row itself.
func serialize(values map[any]any) ([]byte, error) {
	kept := maps.Clone(values)
	delete(kept, valueRow)
	data, err := securecookie.GobEncoder{}.Serialize(kept)
	if err != nil {
		return nil, fmt.Errorf("web: session: %w", err)
	}
	return data, nil
}

// start creates a session for a person who has just entered their current password or used a passkey, and
// returns the value of its cookie.
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
	if method != db.ByPassword {
		row.FactorAt = now
	}
	err = s.db.Tx(r.Context(), func(tx *db.Tx) error { return tx.InsertSession(r.Context(), row, person.PasswordChangedAt) })
	if errors.Is(err, db.ErrNotFound) {
		err = &Error{Status: http.StatusUnauthorized, Code: "access_denied", Message: "Your password has just been changed. Sign in with the new one.", Cause: err}
	}
	return row.ID + "." + plain, err
}

// verified records a step-up in a session, by a second factor or not, and gives it a new secret, so that copies of the old cookie no
// longer work (ASVS 7.2.4).
func (s *store) verified(r *http.Request, row db.Session, factor bool) (cookie string, hash string, err error) {
	plain, hash := secret.NewToken("")
	err = s.db.Tx(r.Context(), func(tx *db.Tx) error { return tx.VerifySession(r.Context(), row.ID, row.SecretHash, hash, factor) })
	return row.ID + "." + plain, hash, err
}

// touch records that a session was used, and extends it.
func (s *store) touch(r *http.Request, row db.Session) error {
	now := s.now()
	if now.Sub(row.LastSeenAt) < touchEvery {
		return nil
	}
	expires := now.Add(sessionIdle)
	if last := row.CreatedAt.Add(sessionLife); last.Before(expires) {
		expires = last
	}
	return s.db.Tx(r.Context(), func(tx *db.Tx) error { return tx.TouchSession(r.Context(), row.ID, expires) })
}

// SignIn starts a new session for a person who has completed the sign-in; method is one of db.Session. The
// browser's previous session ends, so that nobody can prepare one for somebody else.
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

// SwitchTeam sets the team that the visitor works in.
func (e *Edge) SwitchTeam(w http.ResponseWriter, r *http.Request, teamID string) error {
	session, err := e.store.Get(r, e.store.cookieName())
	if err != nil {
		return err
	}
	session.Values[valueTeam] = teamID
	return e.store.Save(r, w, session)
}

// Flash shows a message on the next page that the visitor opens.
func (e *Edge) Flash(w http.ResponseWriter, r *http.Request, f layout.Flash) error {
	session, err := e.store.Get(r, e.store.cookieName())
	if err != nil {
		return err
	}
	session.AddFlash(f)
	return e.store.Save(r, w, session)
}

// takeFlashes moves the messages of earlier requests from the session to the page.
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
