package hub_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"gatepost/db"
	"gatepost/handlers/hub"
)

// A token makes no other that may do more than itself, or that outlives it; an app makes none
// for the person who lets it act for them.
func TestATokenMakesNoStrongerOne(t *testing.T) {
	f, ctx := newFixture(t), context.Background()
	dev := f.person(t, "Dev", hub.Developer)
	byToken := dev
	byToken.Scopes, byToken.Personal, byToken.TokenEnds = []string{"account:write", "read"}, true, f.clock.Now().Add(48*time.Hour)
	in := func(end time.Time, scopes ...string) hub.NewPersonalToken {
		return hub.NewPersonalToken{Name: "Job", Scopes: scopes, ExpiresAt: end}
	}
	soon := f.clock.Now().Add(24 * time.Hour)
	if _, err := f.CreatePersonalToken(ctx, byToken, in(byToken.TokenEnds, "read")); err != nil {
		t.Errorf("CreatePersonalToken with a part of the token's scopes, to its end = %v, want nil", err)
	}
	wantInvalid(t, "CreatePersonalToken with another scope", second(f.CreatePersonalToken(ctx, byToken, in(soon, "write"))), "scope")
	wantInvalid(t, "CreatePersonalToken for longer", second(f.CreatePersonalToken(ctx, byToken, in(soon.AddDate(0, 1, 0), "read"))), "expires")
	if err := f.ChangePortal(ctx, hub.Actor{Kind: hub.Person, ID: dev.ID, Owner: true}, hub.PortalChange{NoEnd: new(true)}); err != nil {
		t.Fatal(err)
	}
	wantInvalid(t, "CreatePersonalToken without an end", second(f.CreatePersonalToken(ctx, byToken, in(time.Time{}, "read"))), "expires")
	byApp := byToken
	byApp.Personal = false
	wantForbidden(t, "CreatePersonalToken by an app for a person", second(f.CreatePersonalToken(ctx, byApp, in(soon, "read"))))
}

func TestAnAPIIsChangedAndItsDocumentsRestored(t *testing.T) {
	f, ctx := newFixture(t), context.Background()
	owner := hub.Actor{Kind: hub.Person, ID: f.person(t, "Olga", hub.Admin).ID, Owner: true}
	api, err := f.AddAPI(ctx, owner, "Meters", "urn:meters", "")
	if err != nil {
		t.Fatal(err)
	}
	change := func(audience, slug string) error {
		_, err := f.ChangeAPI(ctx, owner, api.ID, hub.APIChange{Name: "Meters", Audience: audience, Slug: slug})
		return err
	}
	wantInvalid(t, "ChangeAPI of the slug before there is a document", change("urn:meters", "meters"), "slug")
	declares := func(servers ...string) hub.Document {
		return hub.Document{Title: strings.Join(servers, " "), JSON: []byte("{}"), Facts: `{}`, Findings: `[]`, Servers: servers}
	}
	for _, d := range []hub.Document{declares("https://a.example", "https://b.example"), declares("https://b.example")} {
		if _, err := f.SaveDocument(ctx, owner, api.ID, d); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.SaveAPICalls(ctx, owner, api.ID, hub.APICalls{Version: 2, Declared: []string{"https://b.example"}, Servers: []string{"https://b.example"}}); err != nil {
		t.Fatal(err)
	}
	version, err := f.RestoreDocument(ctx, owner, api.ID, 1, func(d db.APIDocument) ([]string, error) { return strings.Fields(d.Title), nil })
	if err != nil || version != 3 {
		t.Errorf("RestoreDocument(1) = %d, %v, want version 3", version, err)
	}
	now, err := f.API(ctx, owner, api.ID)
	if err != nil || !slices.Equal(now.Servers, []string{"https://b.example"}) {
		t.Errorf("servers after the restore = %v, %v, want the approved one that it declares", now.Servers, err)
	}
	if _, err := f.RestoreDocument(ctx, owner, api.ID, 9, nil); !errors.Is(err, db.ErrNotFound) {
		t.Errorf("RestoreDocument of no version = %v, want ErrNotFound", err)
	}

	if err := change("urn:gauges", "gauges"); err != nil {
		t.Errorf("ChangeAPI = %v, want nil", err)
	}
	if _, err := f.db.APIBySlug(ctx, "meters"); !errors.Is(err, db.ErrNotFound) {
		t.Errorf("APIBySlug of the old address = %v, want ErrNotFound", err)
	}
	for _, slug := range []string{"", "Gauges", "a b", "-a", "a/b", "oauth2-redirect", strings.Repeat("a", 51)} {
		wantInvalid(t, "ChangeAPI to the slug "+slug, change("urn:gauges", slug), "slug")
	}
	if _, err := f.AddAPI(ctx, owner, "Taken", "urn:taken", ""); err != nil {
		t.Fatal(err)
	}
	wantInvalid(t, "ChangeAPI to another's audience", change("urn:taken", "gauges"), "audience")
	wantForbidden(t, "ChangeAPI by an admin", second(f.ChangeAPI(ctx, f.person(t, "Ana", hub.Admin), api.ID, hub.APIChange{Name: "x", Audience: "urn:x"})))
}

// A one-time key counts for one content.
func TestAKeyIsForOneContent(t *testing.T) {
	f, ctx := newFixture(t), context.Background()
	dev := f.person(t, "Dev", hub.Developer)
	add := func(id, content string) error {
		_, err := f.AddDevice(ctx, dev, f.team.ID, hub.DeviceFields{UniqueID: id, DisplayName: id}, hub.OnceFor("key", []byte(content)))
		return err
	}
	if err := add("SN-1", "one"); err != nil {
		t.Fatal(err)
	}
	var again *hub.AlreadyDone
	if err := add("SN-1", "one"); !errors.As(err, &again) {
		t.Errorf("AddDevice by the same key and content = %v, want AlreadyDone", err)
	}
	wantInvalid(t, "AddDevice by the same key with other content", add("SN-2", "two"), "Idempotency-Key")
}

func TestASecretGetsAnotherLabel(t *testing.T) {
	f, ctx := newFixture(t), context.Background()
	dev := f.person(t, "Dev", hub.Developer)
	made := f.app(t, dev, "App")
	id := made.Secret.ID
	if err := f.ChangeSecret(ctx, dev, made.App.ClientID, id, hub.SecretChange{Label: new(" staging ")}); err != nil || f.live(t, made.App.ClientID)[0].Label != "staging" {
		t.Errorf("ChangeSecret = %v, label %q, want staging", err, f.live(t, made.App.ClientID)[0].Label)
	}
	wantInvalid(t, "ChangeSecret with two lines", f.ChangeSecret(ctx, dev, made.App.ClientID, id, hub.SecretChange{Label: new("a\nb")}), "label")
	wantForbidden(t, "ChangeSecret by another developer", f.ChangeSecret(ctx, f.person(t, "Other", hub.Developer), made.App.ClientID, id, hub.SecretChange{Label: new("x")}))
	if err := f.ChangeSecret(ctx, dev, made.App.ClientID, "none", hub.SecretChange{Label: new("x")}); !errors.Is(err, db.ErrNotFound) {
		t.Errorf("ChangeSecret of no secret = %v, want ErrNotFound", err)
	}
}
