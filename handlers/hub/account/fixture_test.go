package account_test

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

func newFixtureOn(t *testing.T, dsn, smtpURL string) *fixture {
	t.Helper()
	return &fixture{hubtest.On(t, dsn, smtpURL)}
}

func mailFixture(t *testing.T) *fixture {
	t.Helper()
	return &fixture{hubtest.Mailing(t)}
}
