package account

import (
	"context"
	"slices"
	"time"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/handlers/hub/team"
	"gatepost/handlers/secret"
)

// maxPersonalTokens is how many live personal tokens a person may have.
const maxPersonalTokens = 50

// NewPersonalToken is what a personal token is made from.
type NewPersonalToken struct {
	Name      string
	Scopes    []string
	ExpiresAt time.Time // zero: no end, if the owner allows that
	Once      string    // the form's one-time key
}

// RevealedToken is a new personal token; Plain is not kept anywhere.
type RevealedToken struct {
	db.PersonalToken
	Plain string
}

// MayMakeTokens says whether the actor has full access in one team at least: who only views
// makes no tokens.
func (as *Accounts) MayMakeTokens(ctx context.Context, a hub.Actor) (bool, error) {
	if a.Owner {
		return true, nil
	}
	teams, err := as.hub.DB.TeamsOf(ctx, a.ID)
	for _, t := range teams {
		m, memberErr := as.hub.DB.Member(ctx, t.ID, a.ID)
		if memberErr != nil {
			return false, memberErr
		}
		if m.Role != hub.Viewer {
			return true, nil
		}
	}
	return false, err
}

// noStronger keeps a token from making one that may do more than itself, or that outlives it.
func noStronger(bad *hub.Invalid, a hub.Actor, scopes []string, end time.Time) {
	if !a.ByToken() {
		return
	}
	for _, s := range scopes {
		if !slices.Contains(a.Scopes, s) {
			bad.Add("scopes", "A token gives another only scopes that it has itself, and %s is none of them.", s)
		}
	}
	if len(bad.Fields) == 0 && !a.TokenEnds.IsZero() && (end.IsZero() || end.After(a.TokenEnds)) {
		bad.Add("expires_at", "A token makes no other that outlives it: choose an end up to %s.", a.TokenEnds.UTC().Format(time.RFC3339))
	}
}

// CreatePersonalToken makes a token with which the actor's own programs act for them. What
// it reaches is what the actor may see at the time of each call.
func (as *Accounts) CreatePersonalToken(ctx context.Context, a hub.Actor, in NewPersonalToken) (RevealedToken, error) {
	if a.ByToken() && !a.Personal {
		return RevealedToken{}, &hub.Forbidden{What: "create API tokens by an app", WhoCan: "Create one in the portal, or by a personal token of yours."}
	}
	may, err := as.MayMakeTokens(ctx, a)
	if err != nil {
		return RevealedToken{}, err
	}
	if !may {
		return RevealedToken{}, &hub.Forbidden{What: "create API tokens", WhoCan: "An admin of a team can give you the role developer."}
	}
	if err := as.hub.FirstTime(ctx, a, in.Once); err != nil {
		return RevealedToken{}, err
	}
	bad := &hub.Invalid{}
	name := hub.CleanName(bad, "name", "a name for the token", in.Name, 60)
	scopes, err := as.catalogued(ctx, bad, in.Scopes)
	if err != nil {
		return RevealedToken{}, err
	}
	if err := as.checkEnd(ctx, bad, a.ID, in.ExpiresAt); err != nil {
		return RevealedToken{}, err
	}
	noStronger(bad, a, scopes, in.ExpiresAt)
	if err := bad.OrNil(); err != nil {
		return RevealedToken{}, err
	}
	plain, hash := secret.NewChecked(secret.PersonalToken)
	made := RevealedToken{Plain: plain, PersonalToken: db.PersonalToken{
		ID: secret.JTI(), PersonID: a.ID, Name: name, Hash: hash, Hint: secret.Hint(plain), Scopes: scopes, CreatedAt: as.hub.Now(), ExpiresAt: in.ExpiresAt,
	}}
	err = as.hub.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := hub.UseOnce(ctx, tx, a, in.Once, made.ID); err != nil {
			return err
		}
		tokens, err := tx.PersonalTokens(ctx, a.ID)
		if err != nil {
			return err
		}
		live := slices.DeleteFunc(tokens, func(p db.PersonalToken) bool { return !p.Live(tx.Now) })
		if len(live) >= maxPersonalTokens {
			return hub.BadField("name", "You have %d live tokens, which is the most. Revoke one that is no longer used.", maxPersonalTokens)
		}
		if err := tx.InsertPersonalToken(ctx, made.PersonalToken); err != nil {
			return err
		}
		return a.Record(ctx, tx, hub.Event{Action: hub.ActionPersonalTokenCreated, Target: hub.OfPerson(a.ID, name), Detail: "token .." + made.Hint})
	})
	return made, as.hub.DoneBefore(ctx, a, in.Once, err)
}

// catalogued gives the scopes in the catalogue's order, or says that one is not there.
func (as *Accounts) catalogued(ctx context.Context, bad *hub.Invalid, asked []string) (out []string, err error) {
	catalogue, err := as.hub.DB.Scopes(ctx)
	for _, s := range catalogue {
		if slices.Contains(asked, s.Name) {
			out = append(out, s.Name)
		}
	}
	switch {
	case len(asked) == 0:
		bad.Add("scopes", "Choose at least one scope: a token without any can do nothing.")
	case slices.ContainsFunc(asked, func(s string) bool { return !slices.Contains(out, s) }):
		bad.Add("scopes", "Choose scopes from the portal's list only.")
	}
	return out, err
}

func (as *Accounts) checkEnd(ctx context.Context, bad *hub.Invalid, personID string, end time.Time) error {
	limit, err := as.teams.TokenLimit(ctx, personID)
	if err != nil {
		return err
	}
	if end.IsZero() {
		allowed, err := as.NoEndAllowed(ctx)
		switch {
		case err != nil:
			return err
		case !allowed:
			bad.Add("expires_at", "Choose an end: the portal's owner does not allow tokens without one.")
		case limit > 0:
			bad.Add("expires_at", "Choose an end: a team of yours wants a personal token to live %d days at most.", limit)
		}
		return nil
	}
	now := as.hub.Now()
	switch {
	case end.Before(now.Add(time.Minute)), end.After(now.Add(hub.MaxPersonalLife)):
		bad.Add("expires_at", "Choose a day between tomorrow and a year from now.")
	case team.TokenTooLong(end.Sub(now), team.Rules{MaxTokenDays: limit}):
		bad.Add("expires_at", "Choose an end at most %d days from now: a team of yours wants that of a personal token.", limit)
	}
	return nil
}

// PersonalTokens lists the actor's own tokens, newest first, dead ones too.
func (as *Accounts) PersonalTokens(ctx context.Context, a hub.Actor) ([]db.PersonalToken, error) {
	return as.hub.DB.PersonalTokens(ctx, a.ID)
}

// RevokePersonalToken ends one of the actor's own tokens at once.
func (as *Accounts) RevokePersonalToken(ctx context.Context, a hub.Actor, id string) error {
	return as.hub.DB.Tx(ctx, func(tx *db.Tx) error {
		tokens, err := tx.PersonalTokens(ctx, a.ID)
		if err != nil {
			return err
		}
		for _, p := range tokens {
			if p.ID == id {
				if err := tx.RevokePersonalToken(ctx, id, a.ID); hub.IsMissing(err) {
					return hub.ErrTokenEnded
				} else if err != nil {
					return err
				}
				return a.Record(ctx, tx, hub.Event{Action: hub.ActionPersonalTokenRevoked, Target: hub.OfPerson(a.ID, p.Name), Detail: "token .." + p.Hint})
			}
		}
		return db.ErrNotFound
	})
}

// NoEndAllowed says whether personal tokens may have no end.
func (as *Accounts) NoEndAllowed(ctx context.Context) (bool, error) {
	return hub.IsOn(ctx, &as.hub.DB.Reader, hub.SettingNoEnd)
}
