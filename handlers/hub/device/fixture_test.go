package device_test

import (
	"testing"

	"gatepost/handlers/hub/hubtest"
)

// fixture has the methods that only these tests need.
type fixture struct{ *hubtest.Fixture }

func newFixture(t *testing.T) *fixture {
	t.Helper()
	return &fixture{hubtest.New(t)}
}
