package client

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"gatepost/tests/testapp"
)

// IoTConnect's published client works with only the host of discovery changed, whatever the team is
// called and whoever logs in.
func TestIoTConnectClient(t *testing.T) {
	t.Parallel()
	python := "python3"
	if named := os.Getenv("PYTHON"); named != "" {
		python = named
	}
	app := testapp.New(t)
	for _, name := range []string{"Acme Water", "Caffè ☕", "مستشفى", "👩‍💻 Ward?", "O'Neil & Sons <b> ~>?"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			team := app.AddTeam(t, name)
			person := app.Member(t, team.ID, "developer")
			out, err := exec.CommandContext(t.Context(), python, "-B", "testdata/iotconnect.py", app.URL, team.SolutionKey, person.Email, testapp.Password).CombinedOutput()
			if err != nil || strings.TrimSpace(string(out)) != "ok" {
				t.Errorf("the client failed: %v\n%s", err, out)
			}
		})
	}
}
