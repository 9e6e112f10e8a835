package cli

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"slices"
	"strings"

	"gatepost/db"
	"gatepost/handlers/hub"
)

// listedUser is one person of user list.
type listedUser struct {
	ID         string       `json:"id"`
	Email      string       `json:"email"`
	Name       string       `json:"name"`
	State      string       `json:"state"` // active, invited or disabled
	Owner      bool         `json:"owner"`
	TwoFactor  bool         `json:"two_factor"`
	Teams      []listedRole `json:"teams"`
	CreatedAt  string       `json:"created_at"`
	DisabledAt string       `json:"disabled_at,omitempty"`
	LastSeenAt string       `json:"last_seen_at,omitempty"`
}

type listedRole struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	Role string `json:"role"`
}

// peopleStates are what --state takes.
var peopleStates = []string{"active", "invited", "disabled", "owner"}

func userList(flags *flag.FlagSet) func(context.Context, *call) error {
	team := flags.String("team", "", "only the people of this `team`, by name or id")
	state := flags.String("state", "", "only those who are `active, invited, disabled or owner`")
	search := flags.String("search", "", "only those with this `text` in name or address")
	return func(ctx context.Context, c *call) error {
		if *state != "" && !slices.Contains(peopleStates, *state) {
			return &errUsage{"--state: write " + strings.Join(peopleStates, ", ")}
		}
		of := ""
		if *team != "" {
			t, err := c.findTeam(ctx, *team)
			if err != nil {
				return err
			}
			of = t.ID
		}
		out, lines := []listedUser{}, []string{}
		q := db.PeopleQuery{Search: *search, State: *state, Limit: 500}
		for more := true; more; {
			rows, next, err := c.portal.Accounts.People(ctx, hub.OperatorActor(), q)
			if err != nil {
				return err
			}
			for _, row := range rows {
				item, in, err := c.listUser(ctx, row, of)
				if err != nil {
					return err
				}
				if in {
					out, lines = append(out, item), append(lines, item.line())
				}
				q.After = row.Email
			}
			more = next
		}
		if len(lines) == 0 {
			lines = []string{"There is nobody like that."}
		}
		return c.print(out, lines...)
	}
}

// listUser says of one person what the list shows, and whether they are in the team.
func (c *call) listUser(ctx context.Context, row db.PersonRow, teamID string) (item listedUser, in bool, err error) {
	item = listedUser{
		ID: row.ID, Email: row.Email, Name: row.Name, State: stateOf(row.Person), Owner: row.Owner, TwoFactor: row.HasFactor, Teams: []listedRole{},
		CreatedAt: timeText(row.CreatedAt), DisabledAt: timeText(row.DisabledAt), LastSeenAt: timeText(row.LastSeen),
	}
	members, err := c.portal.DB.MembershipsOf(ctx, row.ID)
	for _, m := range members {
		item.Teams = append(item.Teams, listedRole{m.TeamID, m.Name, m.Role})
		in = in || m.TeamID == teamID
	}
	return item, in || teamID == "", err
}

func stateOf(p db.Person) string {
	switch {
	case !p.DisabledAt.IsZero():
		return "disabled"
	case p.PasswordHash == "":
		return "invited"
	}
	return "active"
}

func (u listedUser) line() string {
	var roles []string
	if u.Owner {
		roles = append(roles, "owner of the portal")
	}
	for _, t := range u.Teams {
		roles = append(roles, t.Role+" of "+t.Name)
	}
	return fmt.Sprintf("%s  %s  %-8s  %s", u.Email, u.Name, u.State, strings.Join(roles, ", "))
}

// findPerson gives the person whom the argument names by address or id.
func (c *call) findPerson(ctx context.Context) (db.Person, error) {
	p, err := c.portal.Accounts.FindPerson(ctx, c.args[0])
	if errors.Is(err, db.ErrNotFound) {
		return p, fmt.Errorf("there is nobody with the address or id %q: gatepost user list shows them", c.args[0])
	}
	return p, err
}

func userDisable(*flag.FlagSet) func(context.Context, *call) error {
	return func(ctx context.Context, c *call) error {
		return c.changePerson(ctx, c.portal.Accounts.DisablePerson, "is disabled: sessions and tokens are refused from now on.")
	}
}

func userEnable(*flag.FlagSet) func(context.Context, *call) error {
	return func(ctx context.Context, c *call) error {
		return c.changePerson(ctx, c.portal.Accounts.EnablePerson, "is not disabled.")
	}
}

func userResetSecondFactor(*flag.FlagSet) func(context.Context, *call) error {
	return func(ctx context.Context, c *call) error {
		return c.changePerson(ctx, c.portal.Accounts.ResetSecondFactor, "has no second factor any more, and no session: the password alone signs in.")
	}
}

func (c *call) changePerson(ctx context.Context, change func(context.Context, hub.Actor, string) error, said string) error {
	p, err := c.findPerson(ctx)
	if err != nil {
		return err
	}
	if err := change(ctx, hub.OperatorActor(), p.ID); err != nil {
		return err
	}
	if p, err = c.portal.DB.Person(ctx, p.ID); err != nil {
		return err
	}
	return c.print(struct {
		ID    string `json:"id"`
		Email string `json:"email"`
		State string `json:"state"`
	}{p.ID, p.Email, stateOf(p)}, p.Email+" "+said)
}

func userResetLink(*flag.FlagSet) func(context.Context, *call) error {
	return func(ctx context.Context, c *call) error {
		p, err := c.findPerson(ctx)
		if err != nil {
			return err
		}
		link, url, err := c.portal.Accounts.ResetLink(ctx, hub.OperatorActor(), p.ID)
		if err != nil {
			return err
		}
		said := "choose a new password within 1 hour: "
		if link.Purpose != db.LinkReset {
			said = "activate within 72 hours: "
		}
		return c.print(struct {
			ID        string `json:"id"`
			Email     string `json:"email"`
			URL       string `json:"url"`
			Purpose   string `json:"purpose"` // reset or invitation
			ExpiresAt string `json:"expires_at"`
		}{p.ID, p.Email, url, link.Purpose, timeText(link.ExpiresAt)}, "account "+p.Email, said+url, "The link works once. Earlier ones have ended.")
	}
}
