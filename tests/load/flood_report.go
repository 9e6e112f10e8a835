package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
)

// What a flood may cost others.
const (
	signInTarget = time.Second // the longest wait of a good sign-in
	tokenTarget  = 5           // of the good client's p99, in quiet ones
)

// printFloods prints what others noticed of each flood. The first is the quiet time.
func printFloods(w io.Writer, all []endured) error {
	quiet := quantile(all[0].p99s, 0.5)
	fmt.Fprintf(w, "\nFloods: %d requests at the same time, every %s for %s in %d rounds, while somebody signs in from new places and from a known one,\n"+
		"and a client of another process gets a token every %s. The load shares the processors with the server, and with whatever else runs: the\n"+
		"machine's load average is %s. The client's quiet p99 is %s. Each p99 is the\n"+
		"median of the rounds.\n\n",
		floodConnections, floodEvery, floodSpan, floodRounds, tokenEvery, loadAverage(), milliseconds(quiet))
	t := tabwriter.NewWriter(w, 0, 0, 3, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "flood\tanswers\tserver CPU-s in all\tsign-in p50\tlongest\tfrom a known place p50\tlongest\tclient p50\tp99\tto quiet\tgood ones refused\t")
	for _, e := range all[1:] {
		var statuses []string
		for _, status := range slices.Sorted(maps.Keys(e.answers)) {
			statuses = append(statuses, fmt.Sprintf("%d: %d", status, e.answers[status]))
		}
		fmt.Fprintf(t, "%s\t%s\t%.1f\t%s\t%s\t%s\t%s\t%s\t%s\t%.1f\t%d\t\n", e.name, strings.Join(statuses, ", "), e.cpu.Seconds(),
			milliseconds(quantile(e.atNew, 0.5)), milliseconds(slices.Max(e.atNew)), milliseconds(quantile(e.atKnow, 0.5)), milliseconds(slices.Max(e.atKnow)),
			milliseconds(quantile(e.tokens, 0.5)), milliseconds(quantile(e.p99s, 0.5)), e.ratio(quiet), e.refused)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	for _, e := range all[1:] {
		longest := max(slices.Max(e.atNew), slices.Max(e.atKnow))
		fmt.Fprintf(w, "%s: a good sign-in under %s %s (%.2f), the client's p99 under %d quiet ones %s (%.2f), no good one refused %s (%d).\n", e.name,
			signInTarget, holds(longest < signInTarget), longest.Seconds(), tokenTarget, holds(e.ratio(quiet) < tokenTarget), e.ratio(quiet), holds(e.refused == 0), e.refused)
	}
	last := all[len(all)-1]
	n := last.answers[401]
	fmt.Fprintf(w, "%s: %d were refused in %.1f s of processor time, everything else included; as many argon2id would take %.0f s.\n",
		last.name, n, last.cpu.Seconds(), (time.Duration(n) * argonTime).Seconds())
	return nil
}

// argonTime is about what one argon2id takes.
const argonTime = 20 * time.Millisecond

func (e endured) ratio(quiet time.Duration) float64 {
	return float64(quantile(e.p99s, 0.5)) / float64(quiet)
}

func holds(ok bool) string {
	if ok {
		return "HOLDS"
	}
	return "DOES NOT HOLD"
}
