package setup

import (
	"flag"
	"path/filepath"
	"testing"
)

func TestKeyFileIsNextToTheDatabase(t *testing.T) {
	for dsn, want := range map[string]string{
		"./data/gatepost.db":        "data/gatepost.key",
		"/srv/postgres-portal.db":   "/srv/gatepost.key",
		"postgres/gatepost.db":      "postgres/gatepost.key",
		"postgres://db.example/x":   "./data/gatepost.key",
		"postgresql://db.example/x": "./data/gatepost.key",
	} {
		var s Settings
		s.Bind(flag.NewFlagSet("serve", flag.ContinueOnError), func(name string) string { return map[string]string{"GATEPOST_DB": dsn}[name] })
		if err := s.Check(); err != nil || filepath.Clean(s.KeyFile) != filepath.Clean(want) {
			t.Errorf("key file of %s = %s, %v, want %s", dsn, s.KeyFile, err, want)
		}
	}
}
