package handlers

import (
	"net/http"
	"slices"
	"strings"
	"testing"
)

// A newcomer finds a path by its place: paths are sorted by segment, with all methods of a path
// together.
func TestRoutesAreSorted(t *testing.T) {
	methods := []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete}
	compare := func(a, b Route) int {
		aMethod, aPath, _ := strings.Cut(strings.TrimSuffix(a.Pattern, "{$}"), " ")
		bMethod, bPath, _ := strings.Cut(strings.TrimSuffix(b.Pattern, "{$}"), " ")
		if c := slices.Compare(strings.Split(aPath, "/"), strings.Split(bPath, "/")); c != 0 {
			return c
		}
		return slices.Index(methods, aMethod) - slices.Index(methods, bMethod)
	}
	list := Routes()
	for i := 1; i < len(list); i++ {
		if compare(list[i-1], list[i]) >= 0 {
			t.Errorf("%s comes before %s, want them the other way round", list[i-1].Pattern, list[i].Pattern)
		}
	}
}

func TestRoutesHaveHandlers(t *testing.T) {
	for _, r := range Routes() {
		if (r.Handler == nil) != (r.Group == MethodNotAllowed) {
			t.Errorf("%s: group %d, handler nil %t", r.Pattern, r.Group, r.Handler == nil)
		}
	}
}
