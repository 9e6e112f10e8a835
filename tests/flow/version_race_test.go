package flow

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"gatepost/tests/testapp"
)

// Of several saves that come at the same moment, one wins. The others are told.
func TestOneOfManySavesWins(t *testing.T) {
	t.Parallel()
	for engine, options := range testapp.Engines(t) {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			o := newOffice(t, options...)
			const at = 6
			for _, s := range o.forms {
				var field string
				switch {
				case strings.HasSuffix(s.form, "/second-factor"), strings.HasSuffix(s.form, "/role"), strings.HasSuffix(s.form, "/calls"), strings.HasSuffix(s.form, "/retire"), s.form == "/owner/settings":
					continue // a few values only
				case s.form == "/team/rules":
					field = "max_secret_days"
				case s.form == "/owner/settings/audit":
					field = "audit_keep_changes"
				case strings.HasPrefix(s.form, "/team/devices/"):
					field = "display_name"
				default:
					field = "name"
				}
				opened := o.ana.Get(t, testapp.VersionPage(s.form)).Fields(s.form)
				answers := make([]*testapp.Answer, at)
				var all sync.WaitGroup
				for i := range at {
					all.Go(func() {
						answers[i] = o.ana.PostAsItIs(t, s.form, filledIn(opened, url.Values{field: {fmt.Sprint(100 + i)}}))
					})
				}
				all.Wait()
				saved, told := 0, 0
				for _, a := range answers {
					switch a.Status {
					case http.StatusSeeOther:
						saved++
					case http.StatusConflict:
						told++
					}
				}
				if saved != 1 || told != at-1 {
					t.Errorf("%d saves of %s at the same moment: %d went through and %d were told, want one and all others", at, s.form, saved, told)
				}
			}
		})
	}
}
