package setup

import (
	"bytes"
	"flag"
	"path/filepath"
	"strings"
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

func TestKeyComesFromOneSource(t *testing.T) {
	for _, c := range []struct {
		env  map[string]string
		want string // of the error, or of the source
	}{
		{map[string]string{"GATEPOST_KEY": "k"}, "GATEPOST_KEY"},
		{map[string]string{"GATEPOST_KEY_FILE": "a.key"}, "the key file a.key"},
		{map[string]string{"GATEPOST_KEY_FILE": "a.age", "GATEPOST_KEY_IDENTITY": "id"}, "the key file a.age"},
		{map[string]string{"GATEPOST_KEY": "k", "GATEPOST_KEY_FILE": "a.key"}, "GATEPOST_KEY and GATEPOST_KEY_FILE are both set"},
		{map[string]string{"GATEPOST_KEY_IDENTITY": "id"}, "GATEPOST_KEY_IDENTITY is set without GATEPOST_KEY_FILE"},
		{map[string]string{"GATEPOST_KEY": "k", "GATEPOST_KEY_IDENTITY": "id"}, "GATEPOST_KEY_IDENTITY is set without GATEPOST_KEY_FILE"},
	} {
		var s Settings
		s.Bind(flag.NewFlagSet("serve", flag.ContinueOnError), func(name string) string { return c.env[name] })
		got := ""
		if err := s.Check(); err != nil {
			got = err.Error()
		} else {
			got = s.KeySource().String()
		}
		if !strings.HasPrefix(got, c.want) {
			t.Errorf("with %v = %q, want %q", c.env, got, c.want)
		}
	}
}

// A key on a command line would be there for everybody on the machine to see.
func TestKeyHasNoFlag(t *testing.T) {
	var s Settings
	flags := flag.NewFlagSet("serve", flag.ContinueOnError)
	var help bytes.Buffer
	flags.SetOutput(&help)
	s.Bind(flags, func(name string) string { return map[string]string{"GATEPOST_KEY": "c2VjcmV0"}[name] })
	flags.PrintDefaults()
	if flags.Lookup("key") != nil || strings.Contains(help.String(), "c2VjcmV0") {
		t.Errorf("--help = %s, want no flag for the key, and nothing of it", &help)
	}
}
