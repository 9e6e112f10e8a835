package cli

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"slices"
	"strings"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/handlers/hub/account"
)

func userAdd(flags *flag.FlagSet) func(context.Context, *call) error {
	email := flags.String("email", "", "`address` of the person (required)")
	name := flags.String("name", "", "`name` of the person (required)")
	team := flags.String("team", "", "name or id of a `team` that the person joins")
	role := flags.String("role", hub.Developer, "`role` in the team: admin, developer or viewer")
	owner := flags.Bool("owner", false, "make the person an owner of the portal")
	fromStdin := flags.Bool("password-stdin", false, "read the password from standard input, instead of printing an activation link")
	return func(ctx context.Context, c *call) error {
		in := account.NewPerson{Email: *email, Name: *name, Owner: *owner}
		if *team != "" {
			t, err := c.findTeam(ctx, *team)
			if err != nil {
				return err
			}
			in.TeamID, in.Role = t.ID, *role
		}
		if *fromStdin {
			password, err := firstLine(c.Stdin)
			if err != nil {
				return err
			}
			in.Password = &password
		}
		added, err := c.portal.Accounts.AddPerson(ctx, hub.OperatorActor(), in)
		if err != nil {
			return err
		}
		lines := []string{"account " + added.Person.Email, "id " + added.Person.ID}
		if added.ActivationURL != "" {
			lines = append(lines, "Activate within 72 hours: "+added.ActivationURL)
		}
		return c.print(struct {
			ID            string `json:"id"`
			Email         string `json:"email"`
			Name          string `json:"name"`
			Owner         bool   `json:"owner"`
			ActivationURL string `json:"activation_url,omitempty"`
		}{added.Person.ID, added.Person.Email, added.Person.Name, added.Person.Owner, added.ActivationURL}, lines...)
	}
}

func firstLine(r io.Reader) (string, error) {
	line, err := bufio.NewReader(io.LimitReader(r, 4096)).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", fmt.Errorf("can't read the password from standard input: %w", err)
	}
	return strings.TrimRight(line, "\r\n"), nil
}

// listedUser is one person of "user list".
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

// userStates are the values of --state.
var userStates = []string{"active", "invited", "disabled", "owner"}

func userList(flags *flag.FlagSet) func(context.Context, *call) error {
	team := flags.String("team", "", "list only the people of this `team` (name or id)")
	state := flags.String("state", "", "list only people who are `active, invited, disabled or owner`")
	search := flags.String("search", "", "list only people with this `text` in their name or address")
	return func(ctx context.Context, c *call) error {
		if *state != "" && !slices.Contains(userStates, *state) {
			return &errUsage{"--state: write " + strings.Join(userStates, ", ")}
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
			lines = []string{"No matching accounts."}
		}
		return c.print(out, lines...)
	}
}

// listUser returns one person of the list, and whether they are in the team; no team means any.
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

// findPerson returns the person whose address or id is the argument.
func (c *call) findPerson(ctx context.Context) (db.Person, error) {
	p, err := c.portal.Accounts.FindPerson(ctx, c.args[0])
	if errors.Is(err, db.ErrNotFound) {
		return p, fmt.Errorf("there is no account with the address or id %q; gatepost user list shows all accounts", c.args[0])
	}
	return p, err
}

func userDisable(*flag.FlagSet) func(context.Context, *call) error {
	return func(ctx context.Context, c *call) error {
		return c.changePerson(ctx, c.portal.Accounts.DisablePerson, "is disabled. Their sessions and tokens have ended.")
	}
}

func userEnable(*flag.FlagSet) func(context.Context, *call) error {
	return func(ctx context.Context, c *call) error {
		return c.changePerson(ctx, c.portal.Accounts.EnablePerson, "is enabled.")
	}
}

func userResetSecondFactor(*flag.FlagSet) func(context.Context, *call) error {
	return func(ctx context.Context, c *call) error {
		return c.changePerson(ctx, c.portal.Accounts.ResetSecondFactor, "has no second factor now and is signed out everywhere. They sign in with their password only.")
	}
}

// changePerson applies a change to the person whom the argument names, and prints what was done.
func (c *call) changePerson(ctx context.Context, change func(context.Context, hub.Actor, string) error, done string) error {
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
	}{p.ID, p.Email, stateOf(p)}, p.Email+" "+done)
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
		line := "Set a new password within 1 hour: "
		if link.Purpose != db.LinkReset {
			line = "Activate within 72 hours: "
		}
		return c.print(struct {
			ID        string `json:"id"`
			Email     string `json:"email"`
			URL       string `json:"url"`
			Purpose   string `json:"purpose"` // reset or invitation
			ExpiresAt string `json:"expires_at"`
		}{p.ID, p.Email, url, link.Purpose, timeText(link.ExpiresAt)}, "account "+p.Email, line+url, "The link works once. Earlier links no longer work.")
	}
}
