package hub_test

import (
	"testing"

	"gatepost/handlers/hub"
)

// Each limit of a token takes the owner's rights away on its own: teams, and being an app's.
func TestOwnersRightsStayWithTheOwner(t *testing.T) {
	scopes := []string{"portal:write"}
	for name, c := range map[string]struct {
		actor hub.Actor
		owns  bool
	}{
		"a session":                        {hub.Actor{Owner: true}, true},
		"a personal token":                 {hub.Actor{Owner: true, Scopes: scopes, Personal: true}, true},
		"an app's token":                   {hub.Actor{Owner: true, Scopes: scopes}, false},
		"a token bound to teams":           {hub.Actor{Owner: true, Scopes: scopes, Personal: true, Teams: []string{}}, false},
		"an app's token bound to teams":    {hub.Actor{Owner: true, Scopes: scopes, Teams: []string{"a"}}, false},
		"a client with the mark":           {hub.Actor{Kind: hub.Client, Owner: true}, false},
		"the session of somebody else":     {hub.Actor{}, false},
		"the personal token of them":       {hub.Actor{Scopes: scopes, Personal: true}, false},
		"a session with a token's scopes":  {hub.Actor{Owner: true, Scopes: []string{}}, false},
		"a session that is bound to teams": {hub.Actor{Owner: true, Teams: []string{"a"}}, false},
	} {
		if got := c.actor.Owns(); got != c.owns {
			t.Errorf("Owns of %s = %t, want %t", name, got, c.owns)
		}
	}
}
