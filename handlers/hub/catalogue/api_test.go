package catalogue_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/handlers/hub/catalogue"
	"gatepost/handlers/hub/hubtest"
)

func TestAnAPIIsChangedAndItsDocumentsRestored(t *testing.T) {
	f, ctx := newFixture(t), context.Background()
	owner := f.SignedIn(hub.Actor{Kind: hub.Person, ID: f.Join(t, "Olga", hub.Admin).ID, Owner: true})
	api, err := f.Catalogue.AddAPI(ctx, owner, "Meters", "urn:meters", "")
	if err != nil {
		t.Fatal(err)
	}
	change := func(audience, slug string) error {
		_, err := f.Catalogue.ChangeAPI(ctx, owner, api.ID, catalogue.APIChange{Name: "Meters", Audience: audience, Slug: slug})
		return err
	}
	hubtest.WantInvalid(t, "ChangeAPI of the slug before there is a document", change("urn:meters", "meters"), "slug")
	declares := func(servers ...string) catalogue.Document {
		return catalogue.Document{Title: strings.Join(servers, " "), JSON: []byte("{}"), Facts: `{}`, Findings: `[]`, Servers: servers}
	}
	for _, d := range []catalogue.Document{declares("https://a.example", "https://b.example"), declares("https://b.example")} {
		if _, err := f.Catalogue.SaveDocument(ctx, owner, api.ID, d); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.Catalogue.SaveAPICalls(ctx, owner, api.ID, catalogue.APICalls{Version: 2, Declared: []string{"https://b.example"}, Servers: []string{"https://b.example"}}); err != nil {
		t.Fatal(err)
	}
	version, err := f.Catalogue.RestoreDocument(ctx, owner, api.ID, 1, func(d db.APIDocument) (servers, scopes []string, err error) {
		return strings.Fields(d.Title), []string{"meters:read", "two words"}, nil
	})
	if err != nil || version != 3 {
		t.Errorf("RestoreDocument(1) = %d, %v, want version 3", version, err)
	}
	now, err := f.Catalogue.API(ctx, owner, api.ID)
	if err != nil || !slices.Equal(now.Servers, []string{"https://b.example"}) || !slices.Equal(now.Scopes, []string{"meters:read"}) {
		t.Errorf("servers and scopes after the restore = %v, %v, %v, want the approved server and the possible scope that version 1 declares", now.Servers, now.Scopes, err)
	}
	if _, err := f.Catalogue.RestoreDocument(ctx, owner, api.ID, 9, nil); !errors.Is(err, db.ErrNotFound) {
		t.Errorf("RestoreDocument of a version that doesn't exist = %v, want ErrNotFound", err)
	}

	if err := change("urn:gauges", "gauges"); err != nil {
		t.Errorf("ChangeAPI = %v, want nil", err)
	}
	if _, err := f.DB.APIBySlug(ctx, "meters"); !errors.Is(err, db.ErrNotFound) {
		t.Errorf("APIBySlug of the old address = %v, want ErrNotFound", err)
	}
	for _, slug := range []string{"", "Gauges", "a b", "-a", "a/b", "oauth2-redirect", strings.Repeat("a", 51)} {
		hubtest.WantInvalid(t, "ChangeAPI to the slug "+slug, change("urn:gauges", slug), "slug")
	}
	if _, err := f.Catalogue.AddAPI(ctx, owner, "Taken", "urn:taken", ""); err != nil {
		t.Fatal(err)
	}
	hubtest.WantInvalid(t, "ChangeAPI to another's audience", change("urn:taken", "gauges"), "audience")
	hubtest.WantForbidden(t, "ChangeAPI by an admin", hubtest.Err(f.Catalogue.ChangeAPI(ctx, f.Join(t, "Ana", hub.Admin), api.ID, catalogue.APIChange{Name: "x", Audience: "urn:x"})))
}

func TestAPIsAreTheOwners(t *testing.T) {
	f, ctx := newFixture(t), context.Background()
	ana := f.Join(t, "Ana", hub.Admin)
	owner := f.SignedIn(hub.Actor{Kind: hub.Person, ID: ana.ID, Owner: true})
	hubtest.WantForbidden(t, "AddAPI by an admin", addAPI(ctx, f, ana, "Meters", "https://api.example"))
	byToken := owner
	byToken.Scopes = []string{"apps:write"}
	hubtest.WantForbidden(t, "AddAPI by an app's token for an owner", addAPI(ctx, f, byToken, "Meters", "https://api.example"))
	byToken.Personal = true
	if err := addAPI(ctx, f, byToken, "Gauges", "https://gauges.example"); err != nil {
		t.Errorf("AddAPI by an owner's personal token = %v, want nil", err)
	}
	for _, bad := range []string{"", "meters", "/api", "https://api.example/#x", "https://api.example/ b", "https://portal.example.com"} {
		hubtest.WantInvalid(t, "AddAPI with the audience "+bad, addAPI(ctx, f, owner, "Meters", bad), "audience")
	}
	for _, good := range []string{"https://api.example", "urn:example:meters"} {
		if err := addAPI(ctx, f, owner, "Meters", good); err != nil {
			t.Errorf("AddAPI(%s) = %v, want nil", good, err)
		}
	}
	hubtest.WantInvalid(t, "AddAPI twice", addAPI(ctx, f, owner, "Meters", "https://api.example"), "audience")
	list, err := f.Catalogue.APIs(ctx, owner)
	if err != nil || len(list) != 3 {
		t.Fatalf("APIs = %v, %v, want three", list, err)
	}
	if err := f.Catalogue.RemoveAPI(ctx, owner, list[0].ID); err != nil {
		t.Errorf("RemoveAPI = %v, want nil", err)
	}
	if err := f.Catalogue.RemoveAPI(ctx, owner, list[0].ID); !errors.Is(err, db.ErrNotFound) {
		t.Errorf("RemoveAPI again = %v, want ErrNotFound", err)
	}
}

func addAPI(ctx context.Context, f *fixture, a hub.Actor, name, audience string) error {
	_, err := f.Catalogue.AddAPI(ctx, a, name, audience, "")
	return err
}
