package api

import (
	"net/http"
	"strconv"

	"gatepost/db"
	"gatepost/handlers/web"
)

// How many entries a page of a list has.
const (
	defaultLimit = 50
	maxLimit     = 200
)

// query gives a parameter of the query, which must not be repeated.
func query(r *http.Request, name string) (string, error) {
	values := r.URL.Query()[name]
	switch len(values) {
	case 0:
		return "", nil
	case 1:
		return values[0], nil
	}
	return "", web.BadRequest("The query parameter %s is there more than once.", name)
}

// queryID is an id in the query, empty when there is none. As in the address, what can't be one is not found.
func queryID(r *http.Request, name string) (string, error) {
	id, err := query(r, name)
	if err == nil && id != "" && !idForm.MatchString(id) {
		err = web.NotFound()
	}
	return id, err
}

// page reads where a page of a list of devices starts and how long it may be.
func page(r *http.Request) (after db.DeviceKey, limit int, err error) {
	text, err := query(r, "limit")
	if err != nil {
		return after, 0, err
	}
	if limit = defaultLimit; text != "" {
		if limit, err = strconv.Atoi(text); err != nil || limit < 1 || limit > maxLimit {
			return after, 0, web.BadRequest("The query parameter limit is a number from 1 to %d.", maxLimit)
		}
	}
	cursor, err := query(r, "cursor")
	if err != nil || cursor == "" {
		return after, limit, err
	}
	place, ok := web.ReadCursor(cursor, 2)
	if !ok {
		return after, 0, web.BadRequest("The query parameter cursor is the next_cursor of an earlier answer, as it came.")
	}
	return db.DeviceKey{DisplayName: place[0], GUID: place[1]}, limit, nil
}
