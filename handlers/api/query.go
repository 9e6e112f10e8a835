package api

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"

	"gatepost/handlers/web"
)

// The number of entries on a page of a list.
const (
	defaultLimit = 50
	maxLimit     = 200
)

// maxQuery is the maximum length of a query parameter, in bytes.
const maxQuery = 1024

// query returns a query parameter, which must be text and not be repeated.
func query(r *http.Request, name string) (string, error) {
	values := r.URL.Query()[name]
	switch {
	case len(values) == 0:
		return "", nil
	case len(values) > 1:
		return "", web.BadRequest("Send the query parameter %s only once.", name)
	case len(values[0]) > maxQuery || !web.IsText(values[0]):
		return "", web.BadRequest("The query parameter %s must be UTF-8 text of at most %d bytes.", name, maxQuery)
	}
	return values[0], nil
}

// queryID returns an id in the query, empty if there is none. As in the path, text that can't be an id
// is not found.
func queryID(r *http.Request, name string) (string, error) {
	id, err := query(r, name)
	if err == nil && id != "" && !idForm.MatchString(id) {
		err = web.NotFound()
	}
	return id, err
}

// queryTime returns a time in the query, zero if there is none.
func queryTime(r *http.Request, name string) (time.Time, error) {
	text, err := query(r, name)
	if err != nil || text == "" {
		return time.Time{}, err
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return t, fault(name, "Write a time like 2026-01-31T12:00:00Z.")
	}
	return t, nil
}

// queryBool returns true or false in the query, nil if there is none. The document allows no other value.
func queryBool(r *http.Request, name string) (*bool, error) {
	text, err := query(r, name)
	if err != nil || text == "" {
		return nil, err
	}
	yes := text == "true"
	return &yes, nil
}

// queryTexts reads query parameters into their variables.
func queryTexts(r *http.Request, into map[string]*string) (err error) {
	for name, text := range into {
		if *text, err = query(r, name); err != nil {
			return err
		}
	}
	return nil
}

// queryKnown returns a query parameter that must be empty or one of the known values.
func queryKnown(r *http.Request, name string, known []string, otherwise string) (string, error) {
	text, err := query(r, name)
	if err == nil && text != "" && !slices.Contains(known, text) {
		err = fault(name, otherwise)
	}
	return text, err
}

// span is a page of events, newest first: those between two times, and older than the last id of the
// previous page.
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

// pageBefore is page for a list with the newest ids first.
func pageBefore(r *http.Request) (before string, limit int, err error) {
	place, limit, err := page(r, 1)
	if place != nil {
		before = place[0]
	}
	return before, limit, err
}

// page reads the cursor of a list, which has so many parts (nil for the first page), and the maximum
// number of entries.
func page(r *http.Request, parts int) (after []string, limit int, err error) {
	text, err := query(r, "limit")
	if err != nil {
		return nil, 0, err
	}
	if limit = defaultLimit; text != "" {
		if limit, err = strconv.Atoi(text); err != nil || limit < 1 || limit > maxLimit {
			return nil, 0, fault("limit", fmt.Sprintf("Write a number from 1 to %d.", maxLimit))
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
	return fault("cursor", "Send the unchanged next_cursor of an earlier response.")
}

// cut returns one page of a short list that was read completely: up to limit rows after a place, sorted
// by place, and the cursor of the next page. It sorts here because databases sort text differently.
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
