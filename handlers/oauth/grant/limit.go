package grant

import (
	"context"
	"slices"
	"strings"

	"gatepost/db"
)

// Team is a team that a token reaches.
type Team struct{ ID, Name string }

// roleAdmin is the role of a member who may use scopes that are for admins.
const roleAdmin = "admin"

// reachesTeams says whether one of the scopes reaches what belongs to a team. The others are about
// the person's own account, or about the portal.
func reachesTeams(scopes []string) bool { return slices.ContainsFunc(scopes, reachesTeam) }

func reachesTeam(scope string) bool {
	return !strings.HasPrefix(scope, "account:") && !strings.HasPrefix(scope, "portal:")
}

// limits returns what an access token may do now: its own scopes that its app still has and that
// its person may still use, and the teams that it reaches. An app that acts for itself is bound to
// no teams, which is nil: it reaches what belongs to it.
func (s *Server) limits(ctx context.Context, t db.AccessToken, app db.App) (scopes []string, teams []Team, err error) {
	scopes = intersect(strings.Fields(t.Scope), app.Scopes)
	if t.PersonID == "" {
		return scopes, nil, nil
	}
	bound := []string{app.TeamID} // of ForPerson
	if t.FamilyID != "" {
		family, err := s.DB.Family(ctx, t.FamilyID)
		if err != nil {
			return nil, nil, notFoundAsInvalidToken(err, "the authorization was deleted")
		}
		bound = family.Teams
	}
	return s.withinPerson(ctx, scopes, t.PersonID, bound)
}

// withinPerson narrows scopes and the ids of teams to what a person has now: the teams that they
// are a member of and, unless they are an admin of one of those, no scope of a team that is for
// admins. Being an owner counts for nothing: an app never has an owner's rights.
func (s *Server) withinPerson(ctx context.Context, scopes []string, personID string, bound []string) ([]string, []Team, error) {
	members, err := s.DB.MembershipsOf(ctx, personID)
	if err != nil {
		return nil, nil, err
	}
	teams, admin := []Team{}, false
	for _, m := range members {
		if slices.Contains(bound, m.TeamID) {
			teams, admin = append(teams, Team{m.TeamID, m.Name}), admin || m.Role == roleAdmin
		}
	}
	if admin {
		return scopes, teams, nil
	}
	catalogue, err := s.DB.Scopes(ctx)
	if err != nil {
		return nil, nil, err
	}
	return slices.DeleteFunc(slices.Clone(scopes), func(name string) bool {
		return reachesTeam(name) && slices.ContainsFunc(catalogue, func(c db.Scope) bool { return c.Name == name && c.AdminOnly })
	}), teams, nil
}
