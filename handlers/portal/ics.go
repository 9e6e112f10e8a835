package portal

import (
	"net/url"
	"strings"
	"time"
	"unicode/utf8"

	"gatepost/handlers/hub/app"
	"gatepost/views/words"
)

// icsTime is a time in UTC (RFC 5545 section 3.3.5).
const icsTime = "20060102T150405Z"

// ics writes a calendar by RFC 5545: lines end in CR LF and are folded at 75 bytes.
func ics(c app.Calendar, issuer, brand string, now time.Time) []byte {
	host := issuer
	if u, err := url.Parse(issuer); err == nil {
		host = u.Host
	}
	var out strings.Builder
	line := func(name, value string) { fold(&out, name+":"+value) }
	line("BEGIN", "VCALENDAR")
	line("VERSION", "2.0")
	line("PRODID", "-//Gatepost//Secrets of a team//EN")
	line("CALSCALE", "GREGORIAN")
	line("METHOD", "PUBLISH")
	line("X-WR-CALNAME", icsText("Secrets of "+c.Team.Name+", "+brand))
	line("REFRESH-INTERVAL;VALUE=DURATION", "PT6H")
	line("X-PUBLISHED-TTL", "PT6H")
	for _, e := range c.Entries {
		kind := "end"
		if e.Rule {
			kind = "age"
		}
		expiry := words.Expiry{App: e.App, Hint: e.Hint, Label: e.Label, Rule: e.Rule}
		page := issuer + "/apps/" + e.ClientID + "/secrets"
		line("BEGIN", "VEVENT")
		line("UID", e.SecretID+"-"+kind+"@"+host)
		line("DTSTAMP", now.UTC().Format(icsTime))
		line("DTSTART", e.At.UTC().Format(icsTime))
		line("SUMMARY", icsText(expiry.Summary()))
		line("DESCRIPTION", icsText(expiry.Advice()+"\n"+page))
		line("URL", page)
		line("TRANSP", "TRANSPARENT")
		line("END", "VEVENT")
	}
	line("END", "VCALENDAR")
	return []byte(out.String())
}

// icsText is a value of type TEXT (RFC 5545 section 3.3.11).
func icsText(s string) string {
	return strings.NewReplacer(`\`, `\\`, ";", `\;`, ",", `\,`, "\r\n", `\n`, "\n", `\n`, "\r", `\n`).Replace(s)
}

// fold writes one line in pieces of at most 75 bytes, each but the first behind a space, and
// never cuts a character (RFC 5545 section 3.1).
func fold(out *strings.Builder, line string) {
	room := 75
	for len(line) > room {
		cut := room
		for !utf8.RuneStart(line[cut]) {
			cut--
		}
		out.WriteString(line[:cut] + "\r\n ")
		line, room = line[cut:], 74
	}
	out.WriteString(line + "\r\n")
}
