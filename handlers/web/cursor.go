package web

import (
	"encoding/base64"
	"encoding/json"
)

// Cursor packs a place in a list into text for a URL. Its contents mean nothing to clients.
func Cursor(place ...string) string {
	text, err := json.Marshal(place)
	if err != nil {
		panic(err) // strings always marshal
	}
	return base64.RawURLEncoding.EncodeToString(text)
}

// ReadCursor unpacks a cursor of n parts into text that a database accepts. It is not ok if Cursor
// didn't make it.
func ReadCursor(cursor string, n int) (place []string, ok bool) {
	text, err := base64.RawURLEncoding.DecodeString(cursor)
	if err != nil || len(text) > 4096 || json.Unmarshal(text, &place) != nil || len(place) != n {
		return nil, false
	}
	for _, part := range place {
		if !IsText(part) {
			return nil, false
		}
	}
	return place, true
}
