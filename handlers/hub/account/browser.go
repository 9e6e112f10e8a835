package account

import (
	"context"
	"strings"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/handlers/secret"
	"gatepost/views/mail"
)

// maxBrowserToken is longer than any browser token that the portal creates.
const maxBrowserToken = 100

// RememberBrowser records that a person has signed in with the browser that has this token (empty if it
// has none), and returns the token that it keeps from now on. The person gets an email if they have never
// signed in with the browser before, unless this is their first sign-in.
func (as *Accounts) RememberBrowser(ctx context.Context, a hub.Actor, p db.Person, token string) (string, error) {
	if token == "" || len(token) > maxBrowserToken {
		token, _ = secret.NewToken("")
	}
	hash := secret.HashToken(token)
	a.ID, a.Name, a.Owner = p.ID, p.Name, p.Owner
	return token, as.hub.DB.Tx(ctx, func(tx *db.Tx) error {
		this, another, err := tx.KnowsBrowser(ctx, hash, p.ID)
		if err != nil {
			return err
		}
		if err := tx.PutBrowser(ctx, hash, p.ID); err != nil || this || !another {
			return err
		}
		if err := as.hub.Post(ctx, tx, p.Email, mail.NewBrowser{Notice: as.hub.OwnNotice(a, "/account/sessions"), Agent: Browser(a.UserAgent)}); err != nil {
			return err
		}
		return a.Record(ctx, tx, hub.Event{Action: hub.ActionSignInNewBrowser, Target: hub.OfPerson(p.ID, p.Name), Detail: Browser(a.UserAgent)})
	})
}

// Parts of a User-Agent, and the browser or system that they mean. The order matters: most browsers also
// name others.
var (
	browsers = [][2]string{
		{"Edg", "Edge"}, {"OPR/", "Opera"}, {"Vivaldi/", "Vivaldi"}, {"SamsungBrowser/", "Samsung Internet"}, {"DuckDuckGo/", "DuckDuckGo"},
		{"Firefox/", "Firefox"}, {"FxiOS/", "Firefox"}, {"CriOS/", "Chrome"}, {"Chromium/", "Chromium"}, {"HeadlessChrome/", "Chrome"}, {"Chrome/", "Chrome"},
		{"Safari/", "Safari"}, {"curl/", "curl"}, {"Wget/", "Wget"}, {"Go-http-client/", "a Go program"}, {"python", "a Python program"},
	}
	systems = [][2]string{
		{"Windows", "Windows"}, {"iPhone", "iPhone"}, {"iPad", "iPad"}, {"Android", "Android"}, {"Macintosh", "macOS"}, {"CrOS", "ChromeOS"},
		{"FreeBSD", "FreeBSD"}, {"Linux", "Linux"},
	}
)

// Browser returns the browser and system that a User-Agent names, in enough detail for people to tell
// their own browsers apart.
func Browser(agent string) string {
	find := func(list [][2]string) string {
		for _, e := range list {
			if strings.Contains(agent, e[0]) {
				return e[1]
			}
		}
		return ""
	}
	browser, system := find(browsers), find(systems)
	switch {
	case browser != "" && system != "":
		return browser + " on " + system
	case browser+system != "":
		return browser + system
	}
	return "Unknown program"
}
