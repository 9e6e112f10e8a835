package contract

import (
	"os"
	"path/filepath"
	"testing"
)

var sqlitePromises = []promise{
	{"sqlite: file and folder are private", filesArePrivate},
}

func filesArePrivate(t *testing.T, s store) {
	if s.engine != "sqlite" {
		return
	}
	for _, name := range []string{filepath.Dir(s.dsn), s.dsn, s.dsn + "-wal", s.dsn + "-shm"} {
		info, err := os.Stat(name)
		if err != nil {
			t.Error(err)
		} else if info.Mode().Perm()&0o077 != 0 {
			t.Errorf("mode of %s = %v, want it closed to group and others", filepath.Base(name), info.Mode())
		}
	}
}
