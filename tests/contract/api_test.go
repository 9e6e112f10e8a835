package contract

import (
	"slices"
	"strings"
	"testing"

	"gatepost/db"
)

var apiPromises = []promise{
	{"apis: documents become versions, listed newest first and deleted with their API", apiDocuments},
	{"apis: slug, servers and way of calling them are stored, and a slug is unique", apiIsUpdated},
	{"apis: documents stored at once each become a version, or none", apiDocumentsAtOnce},
	{"apis: audiences are unique", apiAudiences},
	{"apis: scopes, and the apps that an API is for, are stored", apiAccess},
}

func newAPI(t *testing.T, s store, slug string) db.API {
	t.Helper()
	id := fresh("api")
	api := db.API{ID: id, Name: "API " + id, Audience: "https://" + id + ".example", CreatedAt: now()}
	s.do(t, func(tx *db.Tx) error { return tx.InsertAPI(t.Context(), api) })
	if slug != "" {
		api.Slug = slug
		s.do(t, func(tx *db.Tx) error { return tx.UpdateAPI(t.Context(), api) })
	}
	return must[db.API](t)(s.API(t.Context(), id))
}

func apiDocuments(t *testing.T, s store) {
	api, other := newAPI(t, s, "one"), newAPI(t, s, "two")
	_, err := s.APIDocument(t.Context(), api.ID, 0)
	wantErr(t, "APIDocument of an API without one", err, db.ErrNotFound)
	large := []byte(`{"x":"` + strings.Repeat("é", 1<<20) + `"}`)
	for i, d := range []db.APIDocument{
		{APIID: api.ID, Title: "First", Document: []byte(`{}`), Findings: "[]", Facts: "{}", CreatedBy: "ana"},
		{APIID: other.ID, Title: "Other", Document: []byte(`{}`)},
		{APIID: api.ID, Title: "Second", Document: large, Findings: `[{"line":1}]`, Facts: `{"a":1}`, CreatedBy: "carl"},
	} {
		s.do(t, func(tx *db.Tx) error {
			version, err := tx.InsertAPIDocument(t.Context(), d)
			if want := int64([]int{1, 1, 2}[i]); err == nil && version != want {
				t.Errorf("InsertAPIDocument(%s) = %d, want %d", d.Title, version, want)
			}
			return err
		})
	}
	list := must[[]db.APIDocument](t)(s.APIDocuments(t.Context(), api.ID, 10))
	if len(list) != 2 || list[0].Title != "Second" || list[1].Title != "First" || list[0].Document != nil || list[0].CreatedAt.IsZero() {
		t.Errorf("APIDocuments = %+v, want the two, newest first, without their documents", list)
	}
	for version, title := range map[int64]string{0: "Second", 1: "First", 2: "Second"} {
		d := must[db.APIDocument](t)(s.APIDocument(t.Context(), api.ID, version))
		if d.Title != title || title == "Second" && (string(d.Document) != string(large) || d.Findings != `[{"line":1}]` || d.Facts != `{"a":1}` || d.CreatedBy != "carl") {
			t.Errorf("APIDocument(%d) = %s with %d bytes, want %s", version, d.Title, len(d.Document), title)
		}
	}
	for _, version := range []int64{3, -1, 1 << 62} {
		_, err := s.APIDocument(t.Context(), api.ID, version)
		wantErr(t, "APIDocument of no version", err, db.ErrNotFound)
	}
	err = s.Tx(t.Context(), func(tx *db.Tx) error {
		_, err := tx.InsertAPIDocument(t.Context(), db.APIDocument{APIID: "none", Document: []byte("{}")})
		return err
	})
	if err == nil {
		t.Error("InsertAPIDocument of no API succeeded")
	}
	s.do(t, func(tx *db.Tx) error { return tx.DeleteAPI(t.Context(), api.ID) })
	equal(t, "documents of a removed API", len(must[[]db.APIDocument](t)(s.APIDocuments(t.Context(), api.ID, 10))), 0)
	equal(t, "documents of another", len(must[[]db.APIDocument](t)(s.APIDocuments(t.Context(), other.ID, 10))), 1)
}

func apiIsUpdated(t *testing.T, s store) {
	plain := newAPI(t, s, "")
	newAPI(t, s, "") // several may have none
	_, err := s.APIBySlug(t.Context(), "")
	wantErr(t, "APIBySlug of nothing", err, db.ErrNotFound)
	want := plain
	want.Slug, want.SourceURL, want.Servers, want.Direct = "meters", "https://x.example/y", []string{"https://a.example", "https://b.example/v1"}, true
	s.do(t, func(tx *db.Tx) error {
		want.UpdatedAt = tx.Now.UTC()
		return tx.UpdateAPI(t.Context(), want)
	})
	for what, got := range map[string]db.API{
		"API": must[db.API](t)(s.API(t.Context(), plain.ID)), "APIBySlug": must[db.API](t)(s.APIBySlug(t.Context(), "meters")),
	} {
		if !slices.Equal(got.Servers, want.Servers) {
			t.Errorf("servers by %s = %q, want %q", what, got.Servers, want.Servers)
		}
		got.Servers = want.Servers
		if got.ID != want.ID || got.Slug != want.Slug || got.SourceURL != want.SourceURL || !got.Direct || !got.UpdatedAt.Equal(want.UpdatedAt) || got.Audience != want.Audience {
			t.Errorf("%s = %+v, want %+v", what, got, want)
		}
	}
	other := newAPI(t, s, "")
	other.Slug = "meters"
	wantErr(t, "UpdateAPI with another's slug", s.Tx(t.Context(), func(tx *db.Tx) error { return tx.UpdateAPI(t.Context(), other) }), db.ErrConflict)
	other.ID, other.Slug = "none", "none"
	wantErr(t, "UpdateAPI of none", s.Tx(t.Context(), func(tx *db.Tx) error { return tx.UpdateAPI(t.Context(), other) }), db.ErrNotFound)
}

func apiDocumentsAtOnce(t *testing.T, s store) {
	api := newAPI(t, s, "one")
	stored := 0
	for _, err := range atOnce(8, func(int) error {
		return s.Tx(t.Context(), func(tx *db.Tx) error {
			_, err := tx.InsertAPIDocument(t.Context(), db.APIDocument{APIID: api.ID, Document: []byte("{}")})
			return err
		})
	}) {
		if err == nil {
			stored++
		} else {
			wantErr(t, "InsertAPIDocument with others", err, db.ErrConflict)
		}
	}
	list := must[[]db.APIDocument](t)(s.APIDocuments(t.Context(), api.ID, 20))
	if stored == 0 || len(list) != stored || list[0].Version != int64(stored) {
		t.Errorf("%d documents were stored, the list has %d, the newest is version %d", stored, len(list), list[0].Version)
	}
}

func apiAudiences(t *testing.T, s store) {
	a := db.API{ID: fresh("api"), Name: "Meters", Audience: "https://api.example", CreatedAt: now()}
	insert := func(a db.API) error {
		return s.Tx(t.Context(), func(tx *db.Tx) error { return tx.InsertAPI(t.Context(), a) })
	}
	if err := insert(a); err != nil {
		t.Fatal(err)
	}
	again := a
	again.ID = fresh("api")
	wantErr(t, "InsertAPI with the same audience", insert(again), db.ErrConflict)
	list := must[[]db.API](t)(s.APIs(t.Context()))
	equal(t, "APIs", len(list), 1)
	if got := list[0]; got.ID != a.ID || got.Name != a.Name || got.Audience != a.Audience || !got.CreatedAt.Equal(a.CreatedAt) || got.Slug != "" || len(got.Servers) > 0 {
		t.Errorf("API = %+v, want %+v", got, a)
	}
	remove := func() error {
		return s.Tx(t.Context(), func(tx *db.Tx) error { return tx.DeleteAPI(t.Context(), a.ID) })
	}
	equal(t, "removals that count", winners(t, []error{remove(), remove()}, db.ErrNotFound), 1)
}

func apiAccess(t *testing.T, s store) {
	f, ctx := s.fixture(t), t.Context()
	api := newAPI(t, s, "")
	equal(t, "access of a new API", api.Access, db.AccessByScopes)
	api.Scopes, api.Access = []string{"meters:read", "meters:write"}, db.AccessByApps
	s.do(t, func(tx *db.Tx) error { return tx.UpdateAPI(ctx, api) })
	got := must[db.API](t)(s.API(ctx, api.ID))
	sameList(t, "scopes", got.Scopes, api.Scopes)
	equal(t, "access", got.Access, db.AccessByApps)
	for range 2 {
		s.do(t, func(tx *db.Tx) error { return tx.SetAppsOfAPI(ctx, api.ID, []string{f.app.ClientID}) })
	}
	list := must[[]db.App](t)(s.AppsOfAPI(ctx, api.ID))
	if len(list) != 1 || list[0].ClientID != f.app.ClientID {
		t.Errorf("AppsOfAPI = %v, want the one app", list)
	}
	sameList(t, "APIsOfApp", must[[]string](t)(s.APIsOfApp(ctx, f.app.ClientID)), []string{api.ID})
	wantErr(t, "SetAppsOfAPI of no app", s.Tx(ctx, func(tx *db.Tx) error { return tx.SetAppsOfAPI(ctx, api.ID, []string{"none"}) }), db.ErrNotFound)
	s.do(t, func(tx *db.Tx) error { return tx.DeleteApp(ctx, f.app.ClientID) })
	equal(t, "apps after the app was deleted", len(must[[]db.App](t)(s.AppsOfAPI(ctx, api.ID))), 0)
}
