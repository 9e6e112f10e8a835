package portal

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"gatepost/handlers/sheet"
	"gatepost/handlers/web"
	"gatepost/views/pages"
)

const (
	// exportPause is how long a client may take for a part of an export.
	exportPause = 60 * time.Second
	kindCSV     = "text/csv; charset=utf-8; header=present"
)

// send sends a file to be kept, never to be shown as a page of ours, as write writes it: it may be larger than memory. A
// failure after the first byte breaks the connection, so that nobody takes half a file for a whole one.
func (p *Portal) send(w http.ResponseWriter, name, kind string, write func(io.Writer) error) error {
	d := &download{w: w, connection: http.NewResponseController(w), name: name, kind: kind}
	err := write(d)
	if err == nil {
		d.begin()
	}
	if err != nil && d.begun {
		p.Edge.Log.Error("a download broke off", "file", name, "error", err)
		panic(http.ErrAbortHandler)
	}
	return err
}

// sendCSV is send for a file of CSV.
func (p *Portal) sendCSV(w http.ResponseWriter, name string, write func(*sheet.Writer) error) error {
	return p.send(w, name, kindCSV, func(out io.Writer) error {
		file := sheet.NewWriter(out)
		if err := write(file); err != nil {
			return err
		}
		return file.Flush()
	})
}

// download is the response of send.
type download struct {
	w          http.ResponseWriter
	connection *http.ResponseController
	name, kind string
	begun      bool
}

func (d *download) begin() {
	if d.begun {
		return
	}
	d.begun = true
	h := d.w.Header()
	h.Set("Content-Type", d.kind)
	h.Set("Content-Disposition", "attachment; filename=\""+plainName(d.name)+"\"; filename*=UTF-8''"+url.PathEscape(d.name))
}

func (d *download) Write(part []byte) (int, error) {
	_ = d.connection.SetWriteDeadline(time.Now().Add(exportPause)) // a server without deadlines has none to move
	d.begin()
	return d.w.Write(part)
}

// plainName returns a file's name for clients that know ASCII only (RFC 6266, appendix D).
func plainName(name string) string {
	return strings.Map(func(r rune) rune {
		if r == '.' || r == '-' || r == '_' || r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' {
			return r
		}
		return '_'
	}, name)
}

// ExportDevices sends the devices that the filter of the list leaves, as a file that can be imported.
func (p *Portal) ExportDevices(w http.ResponseWriter, r *http.Request) error {
	t, _, err := currentTeam(r)
	if err != nil {
		return err
	}
	q, _, _, err := deviceQuery(r)
	if err != nil {
		return err
	}
	return p.sendCSV(w, "devices.csv", func(file *sheet.Writer) error { return p.Devices.Export(r.Context(), web.Actor(r), t.ID, q, file) })
}

// ExportMembers sends the team's members.
func (p *Portal) ExportMembers(w http.ResponseWriter, r *http.Request) error {
	t, _, err := currentTeam(r)
	if err != nil {
		return err
	}
	return p.sendCSV(w, "members.csv", func(file *sheet.Writer) error { return p.Teams.ExportMembers(r.Context(), web.Actor(r), t.ID, file) })
}

// ExportApps sends the team's apps.
func (p *Portal) ExportApps(w http.ResponseWriter, r *http.Request) error {
	t, _, err := currentTeam(r)
	if err != nil {
		return err
	}
	return p.sendCSV(w, "apps.csv", func(file *sheet.Writer) error { return p.Apps.ExportApps(r.Context(), web.Actor(r), t.ID, file) })
}

// ExportSecrets sends what is known about an app's secrets, without the secrets.
func (p *Portal) ExportSecrets(w http.ResponseWriter, r *http.Request) error {
	id := r.PathValue("client_id")
	return p.sendCSV(w, "secrets-"+id+".csv", func(file *sheet.Writer) error {
		return p.Apps.ExportSecrets(r.Context(), web.Actor(r), "", id, file)
	})
}

// ExportTeamSecrets sends what is known about the secrets of all of the team's apps.
func (p *Portal) ExportTeamSecrets(w http.ResponseWriter, r *http.Request) error {
	t, _, err := currentTeam(r)
	if err != nil {
		return err
	}
	return p.sendCSV(w, "secrets.csv", func(file *sheet.Writer) error { return p.Apps.ExportSecrets(r.Context(), web.Actor(r), t.ID, "", file) })
}

// ExportFailures sends the team's refused requests that the filter leaves.
func (p *Portal) ExportFailures(w http.ResponseWriter, r *http.Request) error {
	page := pages.AuthFailures{}
	q, _, err := p.teamFailureQuery(r, &page)
	if err != nil {
		return err
	}
	if q.Before = ""; len(page.Errors) > 0 {
		return web.BadRequest("%s", page.Errors[0].Text)
	}
	return p.sendCSV(w, "refused-requests.csv", func(file *sheet.Writer) error { return p.Apps.ExportFailures(r.Context(), web.Actor(r), q, file) })
}

// ExportOwnerFailures sends the refused requests that name no app.
func (p *Portal) ExportOwnerFailures(w http.ResponseWriter, r *http.Request) error {
	page := pages.AuthFailures{Owner: true}
	q, _, err := p.authFailureQuery(r, &page)
	if err != nil {
		return err
	}
	if q.Before = ""; len(page.Errors) > 0 {
		return web.BadRequest("%s", page.Errors[0].Text)
	}
	return p.sendCSV(w, "refused-requests.csv", func(file *sheet.Writer) error {
		return p.Apps.ExportOwnerFailures(r.Context(), web.Actor(r), q, file)
	})
}
