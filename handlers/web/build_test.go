package web

import (
	"runtime/debug"
	"testing"
)

func TestBuildIsStampedOrRecorded(t *testing.T) {
	const hash, date = "1f2e3d4c5b6a79880716253443526170f0e1d2c3", "2026-11-29T18:20:00Z"
	recorded := debug.BuildInfo{Main: debug.Module{Version: "v0.0.0-20261129182000-1f2e3d4c5b6a"}, Settings: []debug.BuildSetting{
		{Key: "CGO_ENABLED", Value: "0"}, {Key: "vcs.revision", Value: hash}, {Key: "vcs.time", Value: date}, {Key: "vcs.modified", Value: "false"},
	}}
	for name, c := range map[string]struct {
		stamped Build
		info    debug.BuildInfo
		want    Build
		text    string
	}{
		"release":        {Build{"v0.1.0", hash, date}, recorded, Build{"v0.1.0", hash, date}, "v0.1.0 (commit 1f2e3d4c5b6a, 2026-11-29)"},
		"version only":   {Build{Version: "v0.1.0"}, recorded, Build{Version: "v0.1.0"}, "v0.1.0"},
		"go build":       {Build{}, recorded, Build{recorded.Main.Version, hash, date}, recorded.Main.Version + " (commit 1f2e3d4c5b6a, 2026-11-29)"},
		"go install":     {Build{}, debug.BuildInfo{Main: debug.Module{Version: "v0.1.0"}}, Build{Version: "v0.1.0"}, "v0.1.0"},
		"nothing known":  {Build{}, debug.BuildInfo{}, Build{Version: "(devel)"}, "(devel)"},
		"a short commit": {Build{"v0.1.0", "1f2e", ""}, recorded, Build{Version: "v0.1.0", Commit: "1f2e"}, "v0.1.0 (commit 1f2e)"},
		"an odd date":    {Build{"v0.1.0", "", "yesterday"}, recorded, Build{Version: "v0.1.0", Date: "yesterday"}, "v0.1.0"},
	} {
		got := c.stamped
		got.complete(&c.info)
		if got != c.want || got.String() != c.text {
			t.Errorf("%s: %+v %q, want %+v %q", name, got, got, c.want, c.text)
		}
	}
}
