package portal

import (
	"fmt"
	"strings"

	"gatepost/handlers/hub/limit"
	"gatepost/views/words"
)

// limitsTable returns the limits as a table in Markdown, of few columns: it is read on phones too.
func limitsTable(list []limit.Limit) string {
	var out strings.Builder
	out.WriteString("| Limit | For each | At most |\n| --- | --- | --- |\n")
	for _, l := range list {
		fmt.Fprintf(&out, "| **%s.** %s %s %s | %s | %s |\n", l.Name, l.Why, beyond(l), kept(l), l.Counts, atMost(l))
	}
	return out.String()
}

func atMost(l limit.Limit) string {
	number := words.Number(l.Number)
	switch l.Kind {
	case limit.Bucket:
		return fmt.Sprintf("%s in a burst, and %d more per second", number, l.PerSecond)
	case limit.Tries:
		return fmt.Sprintf("%s, then a wait from %s up to %s; one is forgotten every %s", number, words.Lifetime(l.First), words.Lifetime(l.Longest), words.Lifetime(l.Period))
	case limit.Crowd:
		return fmt.Sprintf("%s, then one per place and %s; one is forgotten every %s", number, words.Lifetime(l.First), words.Lifetime(l.Period))
	}
	return fmt.Sprintf("%s in %s", number, words.Lifetime(l.Period))
}

func beyond(l limit.Limit) string {
	if l.Silent {
		return "Beyond it the answer is 429; whoever isn't signed in gets the usual answer, but nothing is sent."
	}
	return "Beyond it the answer is 429, with " + strings.Join(l.Headers(), " and ") + "."
}

func kept(l limit.Limit) string { return "Counted in the " + l.Kept() + "." }
