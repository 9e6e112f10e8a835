package portal

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/a-h/templ"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/handlers/web"
	"gatepost/views/ui"
)

// edit is a form that changes something which others can change too. Its page P sends the version that it
// showed (ui.Version); form says what the form of a page shows.
type edit[P templ.Component] struct {
	// page returns the page with what is saved now, to a visitor who may save it.
	page func() (P, error)
	form func(P) ui.Form
	// save stores what the form has. The rule takes what page saw, and returns *hub.Changed in its
	// transaction if it's no longer there.
	save func(form url.Values) error
	// again is the page with what was typed.
	again func(page P, back cameBack) (templ.Component, error)
	// log finds the audit event of the last change.
	log  db.AuditQuery
	done func() error
}

// cameBack is a form that comes back: what it has, what is wrong with it, and its version.
type cameBack struct {
	url.Values
	faults  ui.Errors
	version ui.Version
}

// raceAttempts is how often a save is repeated if something that its form doesn't show changed at the
// same moment.
const raceAttempts = 3

// saveEdit stores a form if what it showed is still what is saved. Otherwise it answers 409 with the form
// as it was typed, who changed what in the meantime, and both values of each field.
func saveEdit[P templ.Component](p *Portal, w http.ResponseWriter, r *http.Request, e edit[P]) error {
	form, err := web.PageForm(w, r)
	if err != nil {
		return err
	}
	for attempt := 1; ; attempt++ {
		page, err := e.page()
		if err != nil {
			return err
		}
		now := e.form(page)
		found := compare(now, form)
		if found.conflict {
			return p.showConflict(w, r, e.log, now, found, func(back cameBack) (templ.Component, error) { return e.again(page, back) })
		}
		err = e.save(found.form)
		var changed *hub.Changed
		if errors.As(err, &changed) && attempt < raceAttempts {
			continue
		}
		if faults, ok := fieldErrors(err); ok {
			page, err := e.again(page, cameBack{found.form, faults, ui.Version{Sent: form.Get(ui.VersionField)}})
			if err != nil {
				return err
			}
			return p.again(w, r, page)
		}
		if err != nil {
			return err
		}
		return e.done()
	}
}

// compared is a form next to what is saved now. form has the saved value of what the person didn't change.
type compared struct {
	form     url.Values
	shown    ui.Shown
	missing  bool // the form came without its version
	conflict bool
	rows     []ui.Difference
	differ   []string
}

// compare finds what was changed since the form was shown, and what the person changed.
func compare(now ui.Form, typed url.Values) compared {
	c := compared{form: url.Values{}}
	for name, values := range typed {
		c.form[name] = values
	}
	shown, ok := ui.ReadShown(typed.Get(ui.VersionField))
	c.shown, c.missing = shown, !ok
	take := typed.Get(ui.TakeField)
	c.conflict = c.missing || take != ""
	for _, f := range now.Fields {
		if f.Name == take {
			c.form[f.Name] = f.Values
		}
		yours := c.form[f.Name]
		moved := !shown.Showed(now, f.Name, f.Values)
		switch {
		case ui.Same(yours, f.Values):
		case !c.missing && !shown.Has(f.Name) && !typed.Has(f.Name): // its page didn't show the field
			c.form[f.Name] = f.Values
		case moved && shown.Showed(now, f.Name, yours):
			c.form[f.Name], c.conflict = f.Values, true
			c.rows = append(c.rows, ui.Difference{Field: f, Yours: f.Text(yours), Saved: f.Text(f.Values), Taken: true})
		case moved, take != "" && slices.Contains(shown.Differ, f.Name):
			c.conflict = true
			c.differ = append(c.differ, f.Name)
			c.rows = append(c.rows, ui.Difference{Field: f, Yours: f.Text(yours), Saved: f.Text(f.Values)})
		}
	}
	return c
}

// showConflict answers with the form as it was typed, and with both versions.
func (p *Portal) showConflict(w http.ResponseWriter, r *http.Request, log db.AuditQuery, now ui.Form, found compared, again func(cameBack) (templ.Component, error)) error {
	at := p.Hub.Now()
	conflict := &ui.Conflict{Missing: found.missing, Rows: found.rows, Now: at}
	if !found.missing {
		if err := p.lastChange(r.Context(), conflict, log, found.shown.At, web.Actor(r).ID); err != nil {
			return err
		}
	}
	shown := now.Shown(at)
	shown.Differ = found.differ
	page, err := again(cameBack{Values: found.form, version: ui.Version{Sent: shown.String(), Conflict: conflict}})
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusConflict, page)
}

// lastChange says who made the newest change since the form was shown, if the audit log has it.
func (p *Portal) lastChange(ctx context.Context, c *ui.Conflict, log db.AuditQuery, since time.Time, visitor string) error {
	log.AllTeams, log.Since, log.Limit = log.TargetID != "", since, 1
	events, err := p.DB.AuditEvents(ctx, log)
	if err != nil || len(events) == 0 {
		return err
	}
	c.By, c.At, c.You = events[0].ActorName, events[0].At, events[0].Actor == visitor
	return nil
}

// changesOf asks for the events of these actions about one target.
func changesOf(targetID string, actions ...hub.Action) db.AuditQuery {
	q := db.AuditQuery{TargetID: targetID}
	for _, a := range actions {
		q.Actions = append(q.Actions, string(a))
	}
	return q
}
