package hub_test

import (
	"testing"

	"gatepost/handlers/hub"
)

func TestWriteScopes(t *testing.T) {
	for name, want := range map[string]bool{
		"write": true, "apps:write": true, "recordings_delete": true, "transactions/post": true, "orders.write": true,
		"read": false, "apps:read": false, "recordings": false, "rewrite": false, "write:read": false, "": false,
	} {
		if got := hub.IsWriteScope(name); got != want {
			t.Errorf("IsWriteScope(%q) = %t, want %t", name, got, want)
		}
	}
}
