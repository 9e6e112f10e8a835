package catalogue_test

import (
	"errors"
	"testing"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/handlers/hub/hubtest"
	"gatepost/handlers/keys"
	"gatepost/handlers/secret"
)

// ACC-19: only owners rotate the signing key, and it is recorded.
func TestOnlyOwnersRotateTheSigningKey(t *testing.T) {
	f := newFixture(t)
	ring, err := keys.Open(t.Context(), f.DB, keys.Options{Algorithm: keys.EdDSA, Box: secret.NewKeyring(secret.Key{}).NewBox(keys.Purpose), Now: f.Clock.Now})
	if err != nil {
		t.Fatal(err)
	}
	admin := f.Join(t, "Ann", hub.Admin)
	client := hub.Actor{Kind: hub.Client, ID: "client", TeamID: f.OwnTeam.ID, Scopes: []string{"apps:write"}}
	for name, a := range map[string]hub.Actor{"an admin": admin, "a client": client} {
		_, err := f.Catalogue.RotateKey(t.Context(), a, ring)
		hubtest.WantForbidden(t, "RotateKey("+name+")", err)
		_, err = f.Catalogue.SigningKeys(t.Context(), a, ring)
		hubtest.WantForbidden(t, "SigningKeys("+name+")", err)
	}
	owner := admin
	owner.Owner = true
	k, err := f.Catalogue.RotateKey(t.Context(), owner, ring)
	if err != nil || k.State != keys.Next {
		t.Fatalf("RotateKey(owner) = %+v, %v, want a key that is next", k, err)
	}
	events, err := f.DB.TargetAudit(t.Context(), k.KID, 10)
	if err != nil || len(events) != 1 || events[0].Action != "key.rotated" || events[0].Actor != owner.ID || events[0].Address != owner.Address {
		t.Errorf("audit = %+v, %v, want key.rotated by the owner", events, err)
	}
	if _, err := f.Catalogue.RotateKey(t.Context(), hub.OperatorActor(), ring); !errors.Is(err, keys.ErrRotating) {
		t.Errorf("RotateKey(again) = %v, want keys.ErrRotating", err)
	}
	if list, err := f.Catalogue.SigningKeys(t.Context(), hub.OperatorActor(), ring); err != nil || len(list) != 2 {
		t.Errorf("SigningKeys(operator) = %d keys, %v, want 2", len(list), err)
	}
}

// REL-14: only owners and the operator revoke everything, and it is recorded.
func TestOnlyOwnersRevokeAll(t *testing.T) {
	f := newFixture(t)
	admin := f.Join(t, "Ann", hub.Admin)
	_, err := f.Catalogue.RevokeAll(t.Context(), admin)
	hubtest.WantForbidden(t, "RevokeAll(an admin)", err)
	if _, err := f.Catalogue.RevokeAll(t.Context(), hub.OperatorActor()); err != nil {
		t.Fatalf("RevokeAll(operator) = %v, want nil", err)
	}
	events, err := f.DB.AuditEvents(t.Context(), db.AuditQuery{AllTeams: true, Action: "portal.revoked", Limit: 10})
	if err != nil || len(events) != 1 || events[0].Actor != hub.OperatorActor().ID || events[0].Detail != "0 sessions, 0 access tokens, 0 authorizations, 0 API tokens" {
		t.Errorf("audit = %+v, %v, want portal.revoked by the operator with the numbers", events, err)
	}
}
