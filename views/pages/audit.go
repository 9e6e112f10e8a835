package pages

import (
	"context"
	"io"
	"net/url"
	"time"

	"gatepost/views/layout"
	"gatepost/views/ui"
)

// Audit is GET /team/audit, and of all teams GET /owner/audit: fields person, app, kind, from, to, and of the
// owner's team.
type Audit struct {
	layout.Page
	Path                       string // this page's, without the filter
	Owner                      bool
	Query                      url.Values // the filter
	Actors, Apps, Kinds, Teams []ui.Option
	Errors                     ui.Errors
	Events                     []AuditRow
	Pager                      ui.Pager
}

// AuditRow is an audit event: who did what to what, when, from where.
type AuditRow struct {
	At                            time.Time
	Actor, Action, Target, Detail string // "Ana Conti", "revoked secret", "k3f9", "of Hub sync"
	ActorID                       string
	App                           string // the target's client id, when it is an app
	Team                          string
	Address, Agent                string
	Tone                          string // "", warn, bad
}

// Render writes the page.
func (m Audit) Render(ctx context.Context, w io.Writer) error {
	if m.Owner {
		m.Page = m.Named("Audit log", layout.NavAudit, len(m.Errors) > 0)
	} else {
		m.Page = m.Named("Audit", layout.NavTeam, len(m.Errors) > 0)
	}
	return audit(m).Render(ctx, w)
}

func (m Audit) filtered() bool { return len(m.Query) > 0 }

func (m Audit) heads() []string {
	if m.Owner {
		return []string{"When", "Who", "What", "Team", "From"}
	}
	return []string{"When", "Who", "What", "From"}
}

// with is the page's address with one more part of the filter.
func (m Audit) with(name, value string) string {
	query := url.Values{}
	for n, v := range m.Query {
		query[n] = v
	}
	query.Set(name, value)
	return m.Path + "?" + query.Encode()
}

// export is the address of what the filter leaves, as a file.
func (m Audit) export(format string) string {
	address := m.Path + "/export." + format
	if len(m.Query) > 0 {
		address += "?" + m.Query.Encode()
	}
	return address
}
