package device_test

import (
	"testing"

	"gatepost/handlers/hub/hubtest"
)

// fixture takes the methods that these tests alone need.
type fixture struct{ *hubtest.Fixture }

func newFixture(t *testing.T) *fixture {
	t.Helper()
	return &fixture{hubtest.New(t)}
}
