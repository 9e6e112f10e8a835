package app_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"gatepost/handlers/hub"
	"gatepost/handlers/hub/hubtest"
)

func TestCheckSecret(t *testing.T) {
	f, ctx := newFixture(t), context.Background()
	ana := f.Join(t, "Ana", hub.Admin)
	made, other := f.MakeApp(t, ana, "Sync"), f.MakeApp(t, ana, "Other")
	id := made.App.ClientID
	saved, err := f.Apps.CheckSecret(ctx, ana, id, made.Secret.Plain)
	if err != nil || saved.ID != made.Secret.ID || saved.SavedByName != "Ana" {
		t.Fatalf("CheckSecret = %+v, %v, want the secret, saved by Ana", saved, err)
	}
	if _, err := f.Apps.CheckSecret(ctx, ana, id, made.Secret.Plain); err != nil {
		t.Errorf("CheckSecret again = %v", err)
	}
	revoked, _, err := f.Apps.Rotate(ctx, ana, id, 0)
	if err != nil {
		t.Fatal(err)
	}
	for what, pasted := range map[string]string{
		"nothing":                    "",
		"a secret with a line break": revoked.Plain + "\n",
		"half of it":                 revoked.Plain[:20],
		"another app's":              other.Secret.Plain,
		"one letter changed":         revoked.Plain[:10] + "x" + revoked.Plain[11:],
		"one that has been revoked":  made.Secret.Plain,
		"no secret at all":           "correct horse battery staple",
	} {
		_, err := f.Apps.CheckSecret(ctx, ana, id, pasted)
		hubtest.WantInvalid(t, "CheckSecret of "+what, err, "client_secret")
		if err != nil && pasted != "" && len(pasted) > 20 && strings.Contains(err.Error(), pasted[8:20]) {
			t.Errorf("CheckSecret of %s repeats what was pasted: %v", what, err)
		}
	}
	var throttled *hub.Throttled
	for range 40 {
		if _, err = f.Apps.CheckSecret(ctx, ana, id, revoked.Plain); errors.As(err, &throttled) {
			break
		}
	}
	if throttled == nil {
		t.Errorf("CheckSecret 40 times = %v, want *Throttled", err)
	}
}
