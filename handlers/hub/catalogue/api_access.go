package catalogue

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/views/words"
)

// maxAPIApps is how many apps an API can be open to by name.
const maxAPIApps = 500

// APIAccess says which apps may request tokens for an API. By is db.AccessByScopes, for the apps that
// have one of the scopes that the API's newest document names, or db.AccessByApps, for those with the
// client ids in Apps, whatever their scopes.
type APIAccess struct {
	By   string
	Apps []string // ignored with db.AccessByScopes
}

// APIApps returns the apps that an API is open to by name, to an owner.
func (cs *Catalogue) APIApps(ctx context.Context, a hub.Actor, id string) ([]db.App, error) {
	if err := cs.hub.MayOwn(ctx, a, "see the portal's APIs"); err != nil {
		return nil, err
	}
	return cs.hub.DB.AppsOfAPI(ctx, id)
}

// apply stores who may request tokens for the API, except for what UpdateAPI stores. It returns a text
// for the audit log, which is empty if nothing changes.
func (c APIAccess) apply(ctx context.Context, tx *db.Tx, api *db.API) (detail string, err error) {
	var ids, names []string
	switch c.By {
	case db.AccessByScopes:
	case db.AccessByApps:
		for _, id := range c.Apps {
			if id = strings.TrimSpace(id); id == "" || slices.Contains(ids, id) {
				continue
			}
			app, err := tx.App(ctx, id)
			if hub.IsMissing(err) {
				return "", hub.BadField("apps", "There is no app with the client id %.40q. Write one client id per line.", id)
			}
			if err != nil {
				return "", err
			}
			ids, names = append(ids, id), append(names, app.Name)
			if len(ids) > maxAPIApps {
				return "", hub.BadField("apps", "List at most %d apps.", maxAPIApps)
			}
		}
	default:
		return "", hub.BadField("access", "Choose scopes or apps.")
	}
	had, err := tx.AppsOfAPI(ctx, api.ID)
	if err != nil {
		return "", err
	}
	same := len(had) == len(ids) && !slices.ContainsFunc(had, func(app db.App) bool { return !slices.Contains(ids, app.ClientID) })
	if same && api.Access == c.By {
		return "", nil
	}
	api.Access = c.By
	if err := tx.SetAppsOfAPI(ctx, api.ID, ids); err != nil {
		return "", err
	}
	if c.By == db.AccessByScopes {
		return "for apps with one of its scopes", nil
	}
	detail = fmt.Sprintf("for %s", words.Count(len(ids), "app", "apps"))
	if len(names) > 0 {
		detail += ": " + strings.Join(names[:min(len(names), 10)], ", ")
	}
	return detail, nil
}
