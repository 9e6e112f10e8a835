package api

import (
	"net/http"
	"slices"
	"strconv"
	"time"

	"gatepost/handlers/web"
)

// How many entries a page of a list has.
const (
	defaultLimit = 50
	maxLimit     = 200
)

// maxQuery is the longest text of a query, in bytes.
const maxQuery = 1024

// query gives a parameter of the query, which must be text and not be repeated.
func query(r *http.Request, name string) (string, error) {
	values := r.URL.Query()[name]
	switch {
	case len(values) == 0:
		return "", nil
	case len(values) > 1:
		return "", web.BadRequest("The query parameter %s is there more than once.", name)
	case len(values[0]) > maxQuery || !web.IsText(values[0]):
		return "", web.BadRequest("The query parameter %s is not UTF-8 text of at most %d bytes.", name, maxQuery)
	}
	return values[0], nil
}

// queryID is an id in the query, empty when there is none. As in the address, what can't be one is not found.
func queryID(r *http.Request, name string) (string, error) {
	id, err := query(r, name)
	if err == nil && id != "" && !idForm.MatchString(id) {
		err = web.NotFound()
	}
	return id, err
}

// queryTime is a time in the query, zero when there is none.
func queryTime(r *http.Request, name string) (time.Time, error) {
	text, err := query(r, name)
	if err != nil || text == "" {
		return time.Time{}, err
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return t, web.BadRequest("The query parameter %s is a time like 2026-01-31T12:00:00Z.", name)
	}
	return t, nil
}

// queryBool is true or false in the query, nil when there is none.
func queryBool(r *http.Request, name string) (*bool, error) {
	text, err := query(r, name)
	if err != nil || text == "" {
		return nil, err
	}
	if text != "true" && text != "false" {
		return nil, web.BadRequest("The query parameter %s is true or false.", name)
	}
	yes := text == "true"
	return &yes, nil
}

// queryTexts reads parameters of the query, each into its place.
func queryTexts(r *http.Request, into map[string]*string) (err error) {
	for name, text := range into {
		if *text, err = query(r, name); err != nil {
			return err
		}
	}
	return nil
}

// span is a page of what happened, newest first: between two times, before the id at which the
// page before it ended.
type span struct {
	since, until time.Time
	before       string
	limit        int
}

func querySpan(r *http.Request) (s span, err error) {
	if s.since, err = queryTime(r, "since"); err != nil {
		return s, err
	}
	if s.until, err = queryTime(r, "until"); err != nil {
		return s, err
	}
	s.before, s.limit, err = pageBefore(r)
	return s, err
}

// pageBefore is page for a list whose newest ids come first.
func pageBefore(r *http.Request) (before string, limit int, err error) {
	place, limit, err := page(r, 1)
	if place != nil {
		before = place[0]
	}
	return before, limit, err
}

// page reads where a page of a list starts, in the parts of a place that the list's cursors
// have (nil: at its start), and how long it may be.
func page(r *http.Request, parts int) (after []string, limit int, err error) {
	text, err := query(r, "limit")
	if err != nil {
		return nil, 0, err
	}
	if limit = defaultLimit; text != "" {
		if limit, err = strconv.Atoi(text); err != nil || limit < 1 || limit > maxLimit {
			return nil, 0, web.BadRequest("The query parameter limit is a number from 1 to %d.", maxLimit)
		}
	}
	cursor, err := query(r, "cursor")
	if err != nil || cursor == "" {
		return nil, limit, err
	}
	after, ok := web.ReadCursor(cursor, parts)
	if !ok {
		return nil, 0, badCursor()
	}
	return after, limit, nil
}

func badCursor() error {
	return web.BadRequest("The query parameter cursor is the next_cursor of an earlier answer, as it came.")
}

// cut gives the page of a short list that was read whole: up to limit of the rows whose place
// lies after a place, in the places' order, and the cursor of the next page. The order is
// made here, since databases differ in theirs.
func cut[T any](rows []T, place func(T) []string, after []string, limit int) (out []T, next *string) {
	slices.SortFunc(rows, func(a, b T) int { return slices.Compare(place(a), place(b)) })
	first, _ := slices.BinarySearchFunc(rows, after, func(row T, after []string) int {
		if slices.Compare(place(row), after) <= 0 {
			return -1
		}
		return 1
	})
	rows = rows[first:]
	if len(rows) <= limit {
		return rows, nil
	}
	return rows[:limit], cursorOf(place(rows[limit-1])...)
}

func cursorOf(place ...string) *string {
	cursor := web.Cursor(place...)
	return &cursor
}
