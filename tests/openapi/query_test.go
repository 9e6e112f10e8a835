package openapi

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
)

// Every operation refuses query parameters that it does not have, and values that a parameter does not have.
func TestUnknownQueriesAreRefused(t *testing.T) {
	f := newFields(t)
	methods := slices.Concat([]string{http.MethodGet, http.MethodDelete}, changing)
	choices := 0
	f.operations(methods, func(method, path string, op *openapi3.Operation) {
		refused := func(query, name string) string {
			var said faults
			r := f.app.Do(t, f.app.Request(t, method, f.address(path)+"?"+query, "{}", jsonBy(f.token)...))
			if r.Status != http.StatusUnprocessableEntity {
				t.Errorf("%s %s?%s = %d %s, want 422", method, path, query, r.Status, r.Body)
				return ""
			}
			if r.JSON(t, &said); said.of(name) == "" {
				t.Errorf("%s %s?%s: %s, want %s named", method, path, query, r.Body, name)
			}
			return said.of(name)
		}
		refused("qqq=1&zzz", "qqq")
		refused("qqq=1&zzz", "zzz")
		team := ""
		for _, p := range op.Parameters {
			if p.Value.In == "query" && p.Value.Name == "team" {
				team = "&team=" + f.team.ID
			}
			if p.Value.In == "query" && p.Value.Required { // of exposures
				team += "&" + p.Value.Name + "=0nothing0"
			}
		}
		for _, p := range op.Parameters {
			s, name := p.Value.Schema.Value, p.Value.Name
			known := slices.Contains([]string{"action", "reason", "cursor"}, name) // without an enum
			if p.Value.In != "query" || len(s.Enum) == 0 && s.Type.Is("string") && s.Format == "" && !known {
				continue
			}
			choices++
			said := refused(name+"=zzz"+team, name)
			for _, value := range s.Enum {
				if !strings.Contains(said, fmt.Sprint(value)) {
					t.Errorf("%s %s?%s=zzz says %q, want all of %v", method, path, name, said, s.Enum)
				}
			}
		}
	})
	if choices < 40 {
		t.Errorf("%d parameters with known values, want those of all lists", choices)
	}
	_, said, answer := f.try(http.MethodGet, "/api/v1/people?stat=active", "")
	if !strings.HasSuffix(said.of("stat"), "Did you mean state?") {
		t.Errorf("GET /api/v1/people?stat=active = %s, want the hint state", answer)
	}
}
