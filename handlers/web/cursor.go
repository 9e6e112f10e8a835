package web

import (
	"encoding/base64"
	"encoding/json"
)

// Cursor packs a place in a list for an address; what is in it is no business of who sends it
// back.
func Cursor(place ...string) string {
	text, err := json.Marshal(place)
	if err != nil {
		panic(err) // strings always marshal
	}
	return base64.RawURLEncoding.EncodeToString(text)
}

// ReadCursor unpacks a cursor of n parts into text that a database takes, or says that it is
// none of ours.
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
