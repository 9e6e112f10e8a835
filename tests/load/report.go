package main

import (
	"fmt"
	"io"
	"runtime"
	"slices"
	"text/tabwriter"
	"time"
)

// bar is what a token may cost the server at barConnections with RS256, in raw signatures.
const (
	bar            = 1.35
	barConnections = 16
)

// report collects the rounds.
type report struct {
	algorithm   string
	rawAlone    []time.Duration // one core signs
	rawTogether []time.Duration // all cores sign
	rows        []*row
	idle, after int64 // resident bytes
	stolen      time.Duration
}

// row is one target at one number of connections.
type row struct {
	path        string
	connections int
	rounds      []measurement
}

func (r *report) addRaw(raw *rawSigner) error {
	alone, err := raw.cost(1)
	if err != nil {
		return err
	}
	together, err := raw.cost(runtime.NumCPU())
	r.rawAlone, r.rawTogether = append(r.rawAlone, alone), append(r.rawTogether, together)
	return err
}

func (r *report) add(path string, connections int, m measurement) {
	for _, x := range r.rows {
		if x.path == path && x.connections == connections {
			x.rounds = append(x.rounds, m)
			return
		}
	}
	r.rows = append(r.rows, &row{path, connections, []measurement{m}})
}

// rate is the median of the rounds' tokens per second.
func (x *row) rate() float64 {
	var rates []float64
	for _, m := range x.rounds {
		rates = append(rates, float64(len(m.waits))/m.elapsed.Seconds())
	}
	return quantile(rates, 0.5)
}

// cpu is the server's processor time for one token, in a quiet round.
func (x *row) cpu() time.Duration {
	var costs []time.Duration
	for _, m := range x.rounds {
		costs = append(costs, m.cpu/time.Duration(max(1, len(m.waits))))
	}
	return quantile(costs, quiet)
}

// wait gives the time within which the share p of all tokens came.
func (x *row) wait(p float64) time.Duration {
	var all []time.Duration
	for _, m := range x.rounds {
		all = append(all, m.waits...)
	}
	if len(all) == 0 {
		return 0
	}
	return quantile(all, p)
}

// quiet is the share of measurements of processor time that are taken to be undisturbed.
// Whatever else the machine and its host do only ever adds to them, so that the lower
// quartile says more than the median; both sides of a ratio are taken so.
const quiet = 0.25

func quantile[T time.Duration | float64](list []T, p float64) T {
	list = slices.Clone(list)
	slices.Sort(list)
	return list[int(p*float64(len(list)-1))]
}

func (r *report) print(w io.Writer) error {
	raw, together := quantile(r.rawAlone, quiet), quantile(r.rawTogether, quiet)
	rawRate := float64(time.Second) / float64(raw)
	var elapsed time.Duration
	for _, x := range r.rows {
		for _, m := range x.rounds {
			elapsed += m.elapsed
		}
	}
	fmt.Fprintf(w, "\nOne raw %s signature: %s of processor time, so %.0f a second on one core (%d spans of %s).\n",
		r.algorithm, milliseconds(raw), rawRate, len(r.rawAlone), rawSpan)
	fmt.Fprintf(w, "While all %d cores sign, as the server's do under load, one takes %s.\n",
		runtime.NumCPU(), milliseconds(together))
	fmt.Fprintf(w, "Each line: %d rounds of %s, in turn with the raw signatures. Tokens/s is the rounds' median, processor time\n"+
		"their lower quartile (as for the raw signature), waits are of all tokens of all rounds.\n\n", rounds, span)

	t := tabwriter.NewWriter(w, 0, 0, 3, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "endpoint\tconnections\ttokens/s\tof raw rate\tp50\tp99\tserver CPU-s per 1,000\tCPU per token / raw signature\t")
	for _, x := range r.rows {
		fmt.Fprintf(t, "%s\t%d\t%.0f\t%.2f\t%s\t%s\t%.3f\t%.2f\t\n", x.path, x.connections, x.rate(), x.rate()/rawRate,
			milliseconds(x.wait(0.50)), milliseconds(x.wait(0.99)), x.cpu().Seconds()*1000, float64(x.cpu())/float64(raw))
	}
	if err := t.Flush(); err != nil {
		return err
	}
	fmt.Fprintf(w, "\nResident memory: %.0f MiB idle, %.0f MiB after.\n", mebibytes(r.idle), mebibytes(r.after))
	if share := float64(r.stolen) / float64(elapsed) / float64(runtime.NumCPU()); share > 0.01 {
		fmt.Fprintf(w, "The machine's host took %.0f %% of its processors meanwhile: measure again when it is quiet.\n", 100*share)
	}
	for _, x := range r.rows {
		if r.algorithm == "RS256" && x.connections == barConnections {
			fmt.Fprintf(w, "Bar for RS256 at %d connections: at most %.2f. %s has %.2f (%.2f of a signature while all cores sign).\n",
				barConnections, bar, x.path, float64(x.cpu())/float64(raw), float64(x.cpu())/float64(together))
		}
	}
	return nil
}

func milliseconds(d time.Duration) string { return fmt.Sprintf("%.2f ms", float64(d)/1e6) }

func mebibytes(n int64) float64 { return float64(n) / (1 << 20) }
