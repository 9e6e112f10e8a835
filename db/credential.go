package db

import (
	"context"
	"strings"
	"time"
)

// Credential is what a token request needs to know about a secret and its app. It is read for
// every token, so it is one query of few columns; App and Secrets return whole rows.
type Credential struct {
	ClientID       string
	Grants, Scopes []string
	TokenLifetime  time.Duration
	RefreshGrace   time.Duration
	AuthMethod     string
	// The app's own limit of tokens: in a burst, and per second. Zero means the portal's.
	MintBurst, MintRate int
	Secret              ClientSecret // ID, ClientID, Hint, Hash, ExpiresAt, RevokedAt, RevokedByName and DrillUntil only
}

// Credentials returns the secrets of an app that end in hint, including dead ones: almost always
// one or none. None is also the answer if there is no such app.
func (r *Reader) Credentials(ctx context.Context, clientID, hint string) ([]Credential, error) {
	scan := func(s scanner) (Credential, error) {
		c := Credential{ClientID: clientID, Secret: ClientSecret{ClientID: clientID, Hint: hint}}
		var grants, scopes string
		var lifetime, grace, expires, revoked, drill int64
		err := s.Scan(&grants, &scopes, &lifetime, &grace, &c.AuthMethod, &c.MintBurst, &c.MintRate, &c.Secret.ID, &c.Secret.Hash, &expires, &revoked, &c.Secret.RevokedByName, &drill)
		c.Grants, c.Scopes = strings.Fields(grants), strings.Fields(scopes)
		c.TokenLifetime, c.RefreshGrace = time.Duration(lifetime)*time.Second, time.Duration(grace)*time.Second
		c.Secret.ExpiresAt, c.Secret.RevokedAt, c.Secret.DrillUntil = at(expires), at(revoked), at(drill)
		return c, err
	}
	return all(ctx, r, "Credentials", scan,
		`SELECT a.grants, a.scopes, a.token_lifetime, a.refresh_grace, a.auth_method, COALESCE(a.mint_burst, 0), COALESCE(a.mint_rate, 0),
			s.id, s.hash, s.expires_at, s.revoked_at, s.revoked_by_name, s.drill_until
		FROM client_secrets s
		JOIN apps a ON a.client_id = s.client_id
		WHERE s.client_id = $1 AND s.hint = $2
		ORDER BY s.created_at DESC`, clientID, hint)
}
