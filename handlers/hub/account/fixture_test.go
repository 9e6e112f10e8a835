package account_test

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

func newFixtureOn(t *testing.T, dsn, smtpURL string) *fixture {
	t.Helper()
	return &fixture{hubtest.On(t, dsn, smtpURL)}
}

func mailFixture(t *testing.T) *fixture {
	t.Helper()
	return &fixture{hubtest.Mailing(t)}
}
