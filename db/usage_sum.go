package db

import (
	"cmp"
	"time"
)

// uses are sums of uses, by hour and by caller.
type uses struct {
	hours   map[int64]usageSum
	callers map[callerDay]callerSum
}

// usageSum is what was issued in an hour, and who asked last.
type usageSum struct {
	tokens int
	last   int64
	caller Caller
}

type callerDay struct {
	day    int64
	caller Caller
}

type callerSum struct {
	uses int
	last int64
}

func (k callerDay) compare(other callerDay) int {
	return cmp.Or(cmp.Compare(k.day, other.day),
		cmp.Compare(k.caller.Address, other.caller.Address), cmp.Compare(k.caller.UserAgent, other.caller.UserAgent))
}

func (u *uses) count(at time.Time, tokens int, caller Caller) {
	u.addHour(at.Truncate(time.Hour).Unix(), usageSum{tokens, unix(at), caller})
}

func (u *uses) addHour(hour int64, s usageSum) {
	if u.hours == nil {
		u.hours = map[int64]usageSum{}
	}
	had, ok := u.hours[hour]
	if ok && had.last > s.last {
		had.tokens += s.tokens
		s = had
	} else {
		s.tokens += had.tokens
	}
	u.hours[hour] = s
}

func (u *uses) addCaller(key callerDay, s callerSum) {
	if u.callers == nil {
		u.callers = map[callerDay]callerSum{}
	}
	had := u.callers[key]
	u.callers[key] = callerSum{had.uses + s.uses, max(had.last, s.last)}
}

func (u *uses) add(other uses) {
	for hour, s := range other.hours {
		u.addHour(hour, s)
	}
	for key, s := range other.callers {
		u.addCaller(key, s)
	}
}

func (u uses) empty() bool { return len(u.hours) == 0 }

// last returns the latest use, in unix seconds.
func (u uses) last() (last int64) {
	for _, s := range u.hours {
		last = max(last, s.last)
	}
	return last
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
