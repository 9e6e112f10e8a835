package account

import (
	"context"
	"slices"
	"time"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/handlers/hub/team"
	"gatepost/handlers/secret"
	"gatepost/views/mail"
)

// maxPersonalTokens is how many live personal tokens a person can have.
const maxPersonalTokens = 50

// NewPersonalToken describes a personal token to create.
type NewPersonalToken struct {
	Name      string
	Scopes    []string
	ExpiresAt time.Time // zero: never expires, if the portal allows it
	Once      string    // one-time key; empty: none
}

// RevealedToken is a new personal token. Plain, the token itself, isn't stored.
type RevealedToken struct {
	db.PersonalToken
	Plain string
}

// MayCreateTokens says whether the actor is more than a viewer in at least one team: viewers can't create
// personal tokens.
func (as *Accounts) MayCreateTokens(ctx context.Context, a hub.Actor) (bool, error) {
	if a.Owns() {
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

// withinToken refuses a token that would create one with scopes that it lacks, or one that outlives it.
func withinToken(a hub.Actor, scopes []string, expiry time.Time) error {
	if err := hub.WithinToken(a, scopes); err != nil {
		return err
	}
	if a.ByToken() && !a.TokenEnds.IsZero() && (expiry.IsZero() || expiry.After(a.TokenEnds)) {
		return hub.BadField("expires_at", "A token can't create one that outlives it. Choose an expiry until %s.", a.TokenEnds.UTC().Format(time.RFC3339))
	}
	return nil
}

// CreatePersonalToken creates a token with which the actor's own programs act for them. At each call it
// reaches what the actor can see at that time. It returns *AlreadyDone with the token's id if the one-time
// key was used before.
func (as *Accounts) CreatePersonalToken(ctx context.Context, a hub.Actor, in NewPersonalToken) (RevealedToken, error) {
	if a.ByToken() && !a.Personal {
		return RevealedToken{}, &hub.Forbidden{What: "create API tokens with an app's token", WhoCan: "Create one in the portal, or with one of your personal tokens."}
	}
	may, err := as.MayCreateTokens(ctx, a)
	if err != nil {
		return RevealedToken{}, err
	}
	if !may {
		return RevealedToken{}, &hub.Forbidden{What: "create API tokens", WhoCan: hub.DeveloperByAdmin}
	}
	if err := as.hub.CheckOnce(ctx, a, in.Once); err != nil {
		return RevealedToken{}, err
	}
	bad := &hub.Invalid{}
	name := hub.CleanName(bad, "name", "a name for the token", in.Name, 60)
	scopes, err := as.checkScopes(ctx, bad, in.Scopes)
	if err != nil {
		return RevealedToken{}, err
	}
	if err := as.checkExpiry(ctx, bad, a.ID, in.ExpiresAt); err != nil {
		return RevealedToken{}, err
	}
	if err := bad.OrNil(); err != nil {
		return RevealedToken{}, err
	}
	if err := withinToken(a, scopes, in.ExpiresAt); err != nil {
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
			return hub.BadField("name", "You have %d live tokens, the maximum. Revoke one that is no longer used.", maxPersonalTokens)
		}
		if err := tx.InsertPersonalToken(ctx, made.PersonalToken); err != nil {
			return err
		}
		if err := as.mailTokenMade(ctx, tx, a, made.PersonalToken); err != nil {
			return err
		}
		return a.Record(ctx, tx, hub.Event{Action: hub.ActionPersonalTokenCreated, Target: hub.OfPerson(a.ID, name), Detail: "token .." + made.Hint})
	})
	return made, as.hub.ResolveOnce(ctx, a, in.Once, err)
}

// mailTokenMade mails the admins of all teams of the actor about a new token that can change things, each admin once. An
// owner, who counts as an admin everywhere, gets the mail too.
func (as *Accounts) mailTokenMade(ctx context.Context, tx *db.Tx, a hub.Actor, t db.PersonalToken) error {
	if !slices.ContainsFunc(t.Scopes, hub.IsWriteScope) {
		return nil
	}
	letter := func(name string) mail.Letter {
		return mail.TokenMade{Notice: as.hub.Notice(a, name, "/team/members"), Token: t.Name, Hint: t.Hint, Person: a.Name, Scopes: t.Scopes, Expires: t.ExpiresAt}
	}
	once := "token_made " + t.ID
	teams, err := tx.TeamsOf(ctx, a.ID)
	if err != nil {
		return err
	}
	for _, team := range teams {
		if err := as.hub.PostAdminsOnce(ctx, tx, once, team.ID, letter); err != nil {
			return err
		}
	}
	if !a.Owner {
		return nil
	}
	p, err := tx.Person(ctx, a.ID)
	if err != nil {
		return err
	}
	return as.hub.PostOnce(ctx, tx, once+" "+a.ID, p.Email, letter(p.Name))
}

// checkScopes returns the requested scopes in the order of the catalogue. It adds an error if there are none,
// or if the catalogue lacks one.
func (as *Accounts) checkScopes(ctx context.Context, bad *hub.Invalid, asked []string) (out []string, err error) {
	catalogue, err := as.hub.DB.Scopes(ctx)
	for _, s := range catalogue {
		if slices.Contains(asked, s.Name) {
			out = append(out, s.Name)
		}
	}
	switch {
	case len(asked) == 0:
		bad.Add("scopes", "Choose at least one scope: a token without scopes can't do anything.")
	case slices.ContainsFunc(asked, func(s string) bool { return !slices.Contains(out, s) }):
		bad.Add("scopes", "Choose only scopes from the portal's list.")
	}
	return out, err
}

// checkExpiry adds an error if the portal or a team of the person doesn't allow the expiry (zero: none).
func (as *Accounts) checkExpiry(ctx context.Context, bad *hub.Invalid, personID string, expiry time.Time) error {
	limit, err := as.teams.TokenLimit(ctx, personID)
	if err != nil {
		return err
	}
	if expiry.IsZero() {
		allowed, err := as.NoExpiryAllowed(ctx)
		switch {
		case err != nil:
			return err
		case !allowed:
			bad.Add("expires_at", "Choose an expiry: the portal's owners don't allow tokens without one.")
		case limit > 0:
			bad.Add("expires_at", "Choose an expiry: one of your teams allows a personal token %d days at most.", limit)
		}
		return nil
	}
	now := as.hub.Now()
	switch {
	case expiry.Before(now.Add(time.Minute)), expiry.After(now.Add(hub.MaxPersonalTokenLife)):
		bad.Add("expires_at", "Choose a day between tomorrow and a year from now.")
	case team.TokenTooLong(expiry.Sub(now), team.Rules{MaxTokenDays: limit}):
		bad.Add("expires_at", "Choose an expiry at most %d days from now: one of your teams requires that of personal tokens.", limit)
	}
	return nil
}

// PersonalTokens lists the actor's own tokens, newest first, including those that have expired or were revoked.
func (as *Accounts) PersonalTokens(ctx context.Context, a hub.Actor) ([]db.PersonalToken, error) {
	return as.hub.DB.PersonalTokens(ctx, a.ID)
}

// RevokePersonalToken revokes one of the actor's own tokens. It returns ErrTokenEnded if the token isn't live.
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

// NoExpiryAllowed says whether the portal allows personal tokens that never expire.
func (as *Accounts) NoExpiryAllowed(ctx context.Context) (bool, error) {
	return hub.IsOn(ctx, &as.hub.DB.Reader, hub.SettingNoExpiry)
}
