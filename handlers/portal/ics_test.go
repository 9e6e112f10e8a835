package portal

import (
	"strings"
	"testing"
	"time"

	"gatepost/db"
	"gatepost/handlers/hub/app"
)

// RFC 5545 sections 3.1, 3.3.11 and 3.6.1.
func TestCalendarKeepsTheRFC(t *testing.T) {
	at := time.Date(2026, 12, 24, 18, 0, 0, 0, time.FixedZone("", 3600))
	text := string(ics(app.Calendar{Team: db.Team{Name: "Bari, notte"}, Entries: []app.CalendarEntry{
		{SecretID: "1", ClientID: "abc", App: `Back\up; all, of it`, Hint: "k3f9", Label: strings.Repeat("安全", 30), At: at},
		{SecretID: "1", ClientID: "abc", App: "Sync", Hint: "k3f9", At: at, Rule: true},
	}}, "https://portal.example.com", "Gatepost", at.Add(-time.Hour)))
	if strings.ReplaceAll(text, "\r\n", "") != strings.NewReplacer("\r", "", "\n", "").Replace(text) || !strings.HasSuffix(text, "END:VCALENDAR\r\n") {
		t.Errorf("lines of the calendar end otherwise than in CR LF:\n%q", text)
	}
	for _, line := range strings.Split(text, "\r\n") {
		if len(line) > 75 || strings.ContainsRune(line, '�') {
			t.Errorf("line %q has %d bytes, want at most 75, and no character cut", line, len(line))
		}
	}
	unfolded := strings.ReplaceAll(text, "\r\n ", "")
	for _, want := range []string{
		"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n", "\r\nUID:1-end@portal.example.com\r\n", "\r\nUID:1-age@portal.example.com\r\n",
		"\r\nDTSTART:20261224T170000Z\r\n", "\r\nDTSTAMP:20261224T160000Z\r\n", `SUMMARY:Secret …k3f9\, ` + strings.Repeat("安全", 30) + `\, of Back\\up\; all\, of it expires`,
		`X-WR-CALNAME:Secrets of Bari\, notte\, Gatepost`, "URL:https://portal.example.com/apps/abc/secrets\r\n",
	} {
		if !strings.Contains(unfolded, want) {
			t.Errorf("want %q in the calendar:\n%s", want, unfolded)
		}
	}
	if begin, end := strings.Count(text, "BEGIN:VEVENT"), strings.Count(text, "END:VEVENT"); begin != 2 || end != 2 {
		t.Errorf("events = %d begun, %d ended, want 2", begin, end)
	}
}
