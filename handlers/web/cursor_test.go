package web

import (
	"slices"
	"testing"
)

func TestCursor(t *testing.T) {
	place := []string{"Ward 3 \"door\" 安/+", "0198f3a2"}
	if got, ok := ReadCursor(Cursor(place...), 2); !ok || !slices.Equal(got, place) {
		t.Errorf("ReadCursor(Cursor(%q)) = %q, %t", place, got, ok)
	}
	for _, bad := range []string{
		"", "=", "made up", Cursor(), Cursor("one"), Cursor("one", "two", "three"), Cursor("nul\x00", "x"),
		"bnVsbA" /* null */, "WzEsMl0" /* [1,2] */, "e30" /* {} */, Cursor(place...) + "=",
	} {
		if got, ok := ReadCursor(bad, 2); ok {
			t.Errorf("ReadCursor(%q) = %q, want it refused", bad, got)
		}
	}
}

func FuzzReadCursor(f *testing.F) {
	f.Add(Cursor("name", "guid"))
	f.Add("WzEsMl0")
	f.Fuzz(func(t *testing.T, cursor string) {
		place, ok := ReadCursor(cursor, 2)
		if !ok {
			return
		}
		if len(place) != 2 || !IsText(place[0]) || !IsText(place[1]) {
			t.Errorf("ReadCursor(%q) = %q, want two texts", cursor, place)
		}
		if again, ok := ReadCursor(Cursor(place...), 2); !ok || !slices.Equal(again, place) {
			t.Errorf("ReadCursor(Cursor(%q)) = %q, %t", place, again, ok)
		}
	})
}
