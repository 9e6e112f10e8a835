package cli

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"

	"gatepost/handlers/hub"
	"gatepost/handlers/hub/account"
)

func userAdd(flags *flag.FlagSet) func(context.Context, *call) error {
	email := flags.String("email", "", "`address` of the person (required)")
	name := flags.String("name", "", "`name` of the person (required)")
	team := flags.String("team", "", "name or id of a `team` to put the person into")
	role := flags.String("role", hub.Developer, "`role` in that team: admin, developer or viewer")
	owner := flags.Bool("owner", false, "make the person an owner of the portal")
	fromStdin := flags.Bool("password-stdin", false, "read the password from standard input; without it an activation link is printed")
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
			lines = append(lines, "activate within 72 hours: "+added.ActivationURL)
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
		return "", fmt.Errorf("the password could not be read from standard input: %w", err)
	}
	return strings.TrimRight(line, "\r\n"), nil
}
