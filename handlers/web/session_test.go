package web

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"gatepost/db"
	"gatepost/handlers/secret"
)

// ACC-07, ACC-08: a sign-in starts a new session, which is stored hashed and ends with a sign-out.
func TestSessionCookie(t *testing.T) {
	e, _ := newEdge(t, "https://portal.example.com")
	person := db.Person{ID: "p1", Email: "a@example.com", Name: "Ana", CreatedAt: time.Now()}
	if err := e.DB.Tx(t.Context(), func(tx *db.Tx) error { return tx.InsertPerson(t.Context(), person) }); err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	if err := e.SignIn(w, httptest.NewRequest("POST", "/login", nil), person, db.ByPassword); err != nil {
		t.Fatal(err)
	}
	c := w.Result().Cookies()[0]
	if c.Name != "__Host-gatepost" || !c.Secure || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.Domain != "" {
		t.Errorf("cookie = %v, want __Host-, Secure, HttpOnly, SameSite=Lax, Path=/", c)
	}
	id, plain, _ := strings.Cut(c.Value, ".")
	row, err := e.DB.Session(t.Context(), id)
	if err != nil || row.SecretHash == plain || len(plain) < 40 {
		t.Errorf("session row = %v, %v, want one that holds a hash of a long secret", row.ID, err)
	}
	read := func(value string) bool {
		t.Helper()
		r := httptest.NewRequest("GET", "/", nil)
		r.AddCookie(&http.Cookie{Name: c.Name, Value: value})
		s, err := e.store.New(r, c.Name)
		if err != nil {
			t.Fatal(err)
		}
		return !s.IsNew
	}
	if !read(c.Value) || read(id+"."+plain[:len(plain)-1]+"_") || read(id+".") || read("nothing") {
		t.Error("only the whole cookie must open the session")
	}
	r := httptest.NewRequest("POST", "/logout", nil)
	r.AddCookie(&http.Cookie{Name: c.Name, Value: c.Value})
	if err := e.SignOut(httptest.NewRecorder(), r); err != nil {
		t.Fatal(err)
	}
	if read(c.Value) {
		t.Error("the cookie works after signing out")
	}
}

// ACC-09: a session expires after seven days without use, and after thirty in any case.
func TestSessionEnds(t *testing.T) {
	e, _ := newEdge(t, "https://portal.example.com")
	now, day := time.Now().Truncate(time.Second).UTC(), 24*time.Hour
	person := db.Person{ID: "p1", Email: "a@example.com", Name: "Ana", CreatedAt: now}
	if err := e.DB.Tx(t.Context(), func(tx *db.Tx) error { return tx.InsertPerson(t.Context(), person) }); err != nil {
		t.Fatal(err)
	}
	for i, tc := range []struct {
		age, unused time.Duration
		left        time.Duration // from its use now; 0 if it has expired
	}{
		{age: day, unused: time.Hour, left: 7 * day},
		{age: 6 * day, unused: 6 * day, left: 7 * day},
		{age: 8 * day, unused: 7 * day, left: 0},
		{age: 29 * day, unused: time.Hour, left: day},
		{age: 30 * day, unused: time.Hour, left: 0},
	} {
		plain, hash := secret.NewToken("")
		made, seen := now.Add(-tc.age), now.Add(-tc.unused)
		row := db.Session{ID: fmt.Sprint("session", i), SecretHash: hash, PersonID: person.ID, CreatedAt: made, LastSeenAt: seen, ExpiresAt: seen.Add(7 * day)}
		if last := made.Add(30 * day); last.Before(row.ExpiresAt) {
			row.ExpiresAt = last
		}
		if err := e.DB.Tx(t.Context(), func(tx *db.Tx) (err error) {
			if row.Data, err = serialize(map[any]any{}); err != nil {
				return err
			}
			return tx.InsertSession(t.Context(), row, person.PasswordChangedAt)
		}); err != nil {
			t.Fatal(err)
		}
		r := httptest.NewRequest("GET", "/", nil)
		r.AddCookie(&http.Cookie{Name: e.store.cookieName(), Value: row.ID + "." + plain})
		session, err := e.store.New(r, e.store.cookieName())
		if err != nil || session.IsNew == (tc.left > 0) {
			t.Errorf("a session of %v, unused for %v: new = %v, %v, want %v left", tc.age, tc.unused, session.IsNew, err, tc.left)
		}
		if tc.left == 0 {
			continue
		}
		if err := e.store.touch(r, row); err != nil {
			t.Fatal(err)
		}
		got, err := e.DB.Session(t.Context(), row.ID)
		if err != nil || got.ExpiresAt.Before(now.Add(tc.left)) || got.ExpiresAt.After(now.Add(tc.left+time.Minute)) {
			t.Errorf("a session of %v, unused for %v, expires at %v, %v, want %v", tc.age, tc.unused, got.ExpiresAt, err, now.Add(tc.left))
		}
	}
}
