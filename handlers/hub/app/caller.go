package app

import (
	"regexp"
	"slices"
	"time"

	"gatepost/db"
)

// maxCallers is how many callers of a secret are listed; further ones are summed up.
const maxCallers = 100

// Caller is an address and user agent that used a secret within the last EvidenceDays. A Caller with
// neither is the sum of further callers.
type Caller struct {
	Address, UserAgent string
	Uses               int
	LastAt             time.Time
	Days               []int // uses per day, oldest first, today (UTC) last
	Moved              bool  // has used a newer secret of the app since then
}

// callersOf groups the daily uses of a secret by caller, the most recent caller first.
func callersOf(days []db.CallerDay, first time.Time) []Caller {
	var out []Caller
	index := map[db.Caller]int{}
	for _, d := range days {
		key := db.Caller{Address: d.Address, UserAgent: d.UserAgent}
		i, ok := index[key]
		if !ok {
			i, index[key] = len(out), len(out)
			out = append(out, Caller{Address: d.Address, UserAgent: d.UserAgent, Days: make([]int, EvidenceDays)})
		}
		c := &out[i]
		c.Uses += d.Uses
		if d.LastAt.After(c.LastAt) {
			c.LastAt = d.LastAt
		}
		if day := int(d.Day.Sub(first) / (24 * time.Hour)); day >= 0 && day < EvidenceDays {
			c.Days[day] += d.Uses
		}
	}
	sortCallers(out)
	return out
}

func sortCallers(list []Caller) {
	slices.SortStableFunc(list, func(a, b Caller) int { return b.LastAt.Compare(a.LastAt) })
}

// callersOrLast returns the callers of e, or if none are recorded the one of its last use: callers are
// recorded since a later version than the last use.
func callersOrLast(e Evidence) []Caller {
	if e.LastAt.IsZero() || len(e.Callers) > 0 {
		return e.Callers
	}
	return []Caller{{Address: e.Address, UserAgent: e.UserAgent, Uses: 1, LastAt: e.LastAt, Days: make([]int, EvidenceDays)}}
}

// sumUp keeps the most recent callers, up to most, and sums up the rest in one more.
func sumUp(list []Caller, most int) []Caller {
	if len(list) <= most {
		return list
	}
	rest := Caller{LastAt: list[most].LastAt, Days: make([]int, EvidenceDays), Moved: true}
	for _, c := range list[most:] {
		rest.Uses += c.Uses
		rest.Moved = rest.Moved && c.Moved
		for i, n := range c.Days {
			rest.Days[i] += n
		}
	}
	return append(slices.Clip(list[:most]), rest)
}

// markMoved marks the callers of each secret that have used a newer one since. A caller that deploys
// a new secret rarely changes its address and program with it, but often the program's version, which
// is ignored. A playground secret isn't something to move to. Callers without address and user agent
// never count as moved, since they could be different ones.
func markMoved(secrets []Evidence) {
	for i := range secrets {
		latest := map[string]time.Time{}
		for _, newer := range secrets[:i] { // newest first
			if newer.Secret.Playground {
				continue
			}
			for _, c := range newer.Callers {
				if key := c.key(); c.LastAt.After(latest[key]) {
					latest[key] = c.LastAt
				}
			}
		}
		for j := range secrets[i].Callers {
			c := &secrets[i].Callers[j]
			c.Moved = c.Address+c.UserAgent != "" && latest[c.key()].After(c.LastAt)
		}
	}
}

var versions = regexp.MustCompile(`/v?[0-9][^ ;)]*`)

func (c Caller) key() string { return c.Address + "\n" + versions.ReplaceAllString(c.UserAgent, "") }
