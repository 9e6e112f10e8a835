package contract

import (
	"testing"

	"gatepost/db"
)

var calendarPromises = []promise{
	{"calendar feeds: a person has one per team, and a new one replaces it", calendarFeeds},
}

func calendarFeeds(t *testing.T, s store) {
	f := s.fixture(t)
	put := func(hash string) db.CalendarFeed {
		feed := db.CalendarFeed{TokenHash: hash, TeamID: f.team.ID, PersonID: f.person.ID, CreatedAt: now()}
		s.do(t, func(tx *db.Tx) error { return tx.PutCalendarFeed(t.Context(), feed) })
		return feed
	}
	first := put(fresh("hash"))
	equal(t, "CalendarFeedByTokenHash", must[db.CalendarFeed](t)(s.CalendarFeedByTokenHash(t.Context(), first.TokenHash)), first)
	second := put(fresh("hash"))
	equal(t, "CalendarFeed", must[db.CalendarFeed](t)(s.CalendarFeed(t.Context(), f.team.ID, f.person.ID)), second)
	_, err := s.CalendarFeedByTokenHash(t.Context(), first.TokenHash)
	wantErr(t, "CalendarFeedByTokenHash of the one before", err, db.ErrNotFound)
	drop := func() error {
		return s.Tx(t.Context(), func(tx *db.Tx) error { return tx.DeleteCalendarFeed(t.Context(), f.team.ID, f.person.ID) })
	}
	wantErr(t, "DeleteCalendarFeed", drop(), nil)
	wantErr(t, "DeleteCalendarFeed twice", drop(), db.ErrNotFound)
	_, err = s.CalendarFeedByTokenHash(t.Context(), second.TokenHash)
	wantErr(t, "CalendarFeedByTokenHash of a deleted one", err, db.ErrNotFound)
}
