package portal

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"gatepost/db"
	"gatepost/handlers/hub/app"
	"gatepost/handlers/web"
	"gatepost/views/pages"
	"gatepost/views/ui"
	"gatepost/views/words"
)

func authFailureRow(f db.AuthFailure, now time.Time) pages.AuthFailureRow {
	row := pages.AuthFailureRow{
		ID: f.ID, Text: authFailureText(f, now), App: f.AppName, ClientID: f.ClientID, At: f.At, Address: f.Address, Agent: agentName(f.UserAgent),
		Endpoint: f.Endpoint, Code: f.Code,
	}
	if f.Hint != "" {
		row.Secret = "…" + f.Hint
	}
	return row
}

func authFailureText(f db.AuthFailure, now time.Time) string {
	return strings.TrimSuffix(words.Ellipsis(app.FailureSentence(f).Text(now)), ".")
}

// AuthFailure says what happened to one refused request, what to do, and who called. Its address
// works in whichever team the visitor is at work.
func (p *Portal) AuthFailure(w http.ResponseWriter, r *http.Request) error {
	id := r.PathValue("error_id")
	if errorID.FindString(id) != id {
		return web.NotFound()
	}
	f, err := p.Apps.Failure(r.Context(), web.Actor(r), id)
	if err != nil {
		return err
	}
	why := words.FailureOf(f.Reason)
	page := pages.AuthFailure{
		Page: p.base(r), Row: authFailureRow(f, p.Hub.Now()), What: why.What, Do: why.Do, Docs: "/docs/errors#reason-" + why.Kind,
		Label: f.SecretLabel, Program: f.UserAgent, Dialect: f.Dialect, Saw: saw(f), Stranger: f.TeamID == "",
	}
	page.Heading = page.Row.Text
	like := url.Values{"reason": {f.Reason}}
	if f.ClientID != "" && !page.Stranger {
		like.Set("app", f.ClientID)
	}
	page.Like = "/team/failures?" + like.Encode()
	if page.Stranger {
		page.Like = "/owner/failures?" + like.Encode()
	}
	if f.AppName != "" && f.ClientID != "" {
		page.Action = whereToFix(why.At, f.ClientID)
	}
	return p.show(w, r, page)
}

// saw is the answer as the caller saw it, whatever its dialect.
func saw(f db.AuthFailure) string {
	description := f.Description + " error_id: " + f.ID
	var body any = struct {
		Error       string `json:"error"`
		Description string `json:"error_description"`
	}{f.Code, description}
	if f.Dialect == "iotconnect" {
		body = struct {
			Status  int    `json:"status"`
			Message string `json:"message"`
		}{f.Status, description}
	}
	text, err := json.MarshalIndent(body, "", "  ")
	if err != nil {
		return description
	}
	return fmt.Sprintf("HTTP %d %s\n\n%s", f.Status, http.StatusText(f.Status), text)
}

// failingCallers lists the callers that were refused in the last hour and need attention, of the
// team or of one of its apps; nothing when nobody was.
func failingCallers(f db.FailingCallers, clientID string) []pages.Attention {
	if f.Callers == 0 {
		return nil
	}
	query := url.Values{"within": {"1h"}}
	if clientID != "" {
		query.Set("app", clientID)
	}
	return []pages.Attention{{
		Tone: "bad", State: "Failing", Text: words.Count(f.Callers, "caller was", "callers were") + " refused in the last hour.",
		Detail: words.Count(f.Failures, "request", "requests") + ", most often: " + lowerFirst(words.FailureOf(f.Reason).Title) + ".",
		Href:   "/team/failures?" + query.Encode(), Action: "See refused requests",
	}}
}

func lowerFirst(s string) string {
	if strings.HasPrefix(s, "PKCE") {
		return s
	}
	return strings.ToLower(s[:1]) + s[1:]
}

func reasonOptions() []ui.Option {
	out := []ui.Option{{Label: "Any reason"}}
	for _, f := range words.Failures() {
		out = append(out, ui.Option{Value: f.Kind, Label: f.Title})
	}
	return out
}

// whereToFix leads to where something can be done about a failure of an app; nil: nowhere.
func whereToFix(at words.Place, clientID string) *ui.Button {
	page := "/apps/" + clientID
	switch at {
	case words.AtSecrets:
		return &ui.Button{Label: "Open the app's secrets", Icon: "key", Kind: ui.Primary, Href: page + "/secrets"}
	case words.AtSettings:
		return &ui.Button{Label: "Open the app's settings", Icon: "sliders", Kind: ui.Primary, Href: page}
	case words.AtTokens:
		return &ui.Button{Label: "Open the app's tokens", Kind: ui.Primary, Href: page + "/tokens"}
	}
	return nil
}
