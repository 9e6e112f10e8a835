package web

import (
	"cmp"
	"net/http"
	"runtime/debug"
	"strings"
	"time"
)

// Build tells which program is running. Commit and Date are empty where the build recorded none.
type Build struct {
	Version string `json:"version"`          // v0.1.0, or (devel)
	Commit  string `json:"commit,omitempty"` // the whole hash
	Date    string `json:"date,omitempty"`   // of the commit, as RFC 3339 writes it
}

// ReadBuild completes what a release stamped by what the Go tool recorded, which is all that
// `go build` and `go install` leave.
func ReadBuild(version, commit, date string) Build {
	b := Build{version, commit, date}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		info = &debug.BuildInfo{}
	}
	b.complete(info)
	return b
}

func (b *Build) complete(info *debug.BuildInfo) {
	if b.Version != "" {
		return // stamped: the repository that the Go tool saw may be another one
	}
	b.Version = cmp.Or(info.Main.Version, "(devel)")
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			b.Commit = s.Value
		case "vcs.time":
			b.Date = s.Value
		}
	}
}

// shortCommit is how many characters of a commit people read.
const shortCommit = 12

// String returns the line that people read: v0.1.0 (commit 1f2e3d4c5b6a, 2026-11-29).
func (b Build) String() string {
	var facts []string
	if b.Commit != "" {
		facts = append(facts, "commit "+b.Commit[:min(len(b.Commit), shortCommit)])
	}
	if day, _, _ := strings.Cut(b.Date, "T"); len(day) == len(time.DateOnly) {
		facts = append(facts, day)
	}
	if len(facts) == 0 {
		return b.Version
	}
	return b.Version + " (" + strings.Join(facts, ", ") + ")"
}

// Healthy reports that the process answers, and which build it is.
func (e *Edge) Healthy(w http.ResponseWriter, _ *http.Request) error {
	return WriteJSON(w, http.StatusOK, struct {
		Status string `json:"status"`
		Build
	}{"ok", e.Build})
}
