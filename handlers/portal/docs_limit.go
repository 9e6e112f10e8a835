package portal

import (
	"fmt"
	"strings"

	"gatepost/handlers/hub/limit"
	"gatepost/views/words"
)

// limitsTable returns the limits as a table in Markdown.
func limitsTable(list []limit.Limit) string {
	var out strings.Builder
	out.WriteString("| Limit | For each | At most | Counted in | Beyond it | Headers |\n| --- | --- | --- | --- | --- | --- |\n")
	for _, l := range list {
		fmt.Fprintf(&out, "| **%s.** %s | %s | %s | %s | %s | %s |\n", l.Name, l.Why, l.Counts, atMost(l), l.Kept(), beyond(l), "`"+strings.Join(l.Headers(), "`, `")+"`")
	}
	return out.String()
}

func atMost(l limit.Limit) string {
	number := words.Number(l.Number)
	switch l.Kind {
	case limit.Bucket:
		return fmt.Sprintf("%s at once, and %d more per second", number, l.PerSecond)
	case limit.Tries:
		return fmt.Sprintf("%s, then a wait from %s up to %s; one is forgotten every %s", number, words.Lifetime(l.First), words.Lifetime(l.Longest), words.Lifetime(l.Period))
	case limit.Crowd:
		return fmt.Sprintf("%s, then one per place and %s; one is forgotten every %s", number, words.Lifetime(l.First), words.Lifetime(l.Period))
	}
	return fmt.Sprintf("%s in %s", number, words.Lifetime(l.Period))
}

func beyond(l limit.Limit) string {
	if l.Silent {
		return "429; signed out, the same answer without effect"
	}
	return "429"
}
