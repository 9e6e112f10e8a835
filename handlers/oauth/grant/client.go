package grant

import (
	"context"
	"errors"
	"time"

	"gatepost/db"
	"gatepost/handlers/secret"
)

// authenticateClient authenticates the client by the one method that it is registered for
// (TOK-17). If public is set, a public client (db.AuthNone) passes with its id alone. All
// endpoints for clients use this; every failure gives the same invalid_client.
func (s *Server) authenticateClient(ctx context.Context, req Request, now time.Time, public bool) (db.Credential, error) {
	switch {
	case req.Assertion != "" || req.AssertionType != "":
		return s.authenticateByAssertion(ctx, req, now)
	case req.ClientSecret != "":
		return s.authenticateBySecret(ctx, req, now)
	case public && req.ClientID != "":
		return s.authenticatePublic(ctx, req)
	}
	return db.Credential{}, badClient(Reason{Kind: db.ReasonNoCredentials, Detail: "no client id and secret were sent, and no client assertion"})
}

// authenticateBySecret is the methods client_secret_basic and client_secret_post.
//
// Nothing distinguishes an unknown client from a wrong secret, not even timing, and without a
// dummy hash: the tag at the end of a secret is bound to the client id, so both fail at the
// same HMAC, before any query and any argon2id. Only someone who holds a secret that this
// portal made for this client gets further, and they already know that the client exists.
//
// Every request reads the secret's row, so that a revocation by any process takes effect with
// its commit.
func (s *Server) authenticateBySecret(ctx context.Context, req Request, now time.Time) (db.Credential, error) {
	if !s.Minter.Genuine(req.ClientID, req.ClientSecret) {
		return db.Credential{}, badClient(s.diagnose(req.ClientID, req.ClientSecret))
	}
	hint := secret.Hint(req.ClientSecret)
	credentials, err := s.DB.Credentials(ctx, req.ClientID, hint)
	if err != nil {
		return db.Credential{}, err
	}
	reason := Reason{Kind: db.ReasonSecretUnknown, Detail: "the secret was made here for this client id, but has been deleted since", Proven: true, Hint: hint}
	for _, c := range credentials {
		switch {
		case c.AuthMethod != db.AuthSecret:
			reason = secretReason(c, db.ReasonAuthMethod, "the app is registered for another authentication method than a secret")
			continue
		case !c.Secret.RevokedAt.IsZero():
			reason = secretReason(c, db.ReasonSecretRevoked, "revoked secret .."+hint)
			continue
		case c.Secret.Expired(now):
			reason = secretReason(c, db.ReasonSecretExpired, "the secret .."+hint+" has expired")
			continue
		}
		ok, err := s.verifySecret(ctx, c.Secret, req.ClientSecret)
		if err != nil {
			return db.Credential{}, err
		}
		if !ok {
			continue
		}
		if c.Secret.Drilled(now) {
			return db.Credential{}, badClient(secretReason(c, db.ReasonDrill, "a drill refuses the secret .."+hint))
		}
		s.DB.NoteUse(c.ClientID, c.Secret.ID, req.Caller, now)
		return c, nil
	}
	return db.Credential{}, badClient(reason)
}

// secretReason is a reason about a secret with a valid tag.
func secretReason(c db.Credential, kind ReasonKind, detail string) Reason {
	return Reason{Kind: kind, Detail: detail, Proven: true, SecretID: c.Secret.ID, Hint: c.Secret.Hint}
}

// authenticatePublic is the method none: a public client sends its id (RFC 6749 section 3.2.1).
func (s *Server) authenticatePublic(ctx context.Context, req Request) (db.Credential, error) {
	app, err := s.findApp(ctx, req.ClientID)
	switch {
	case err != nil:
		return db.Credential{}, err
	case app.AuthMethod != db.AuthNone:
		return db.Credential{}, badClient(Reason{Kind: db.ReasonNoCredentials, Detail: "only the client id was sent: the app must also send its secret or a client assertion"})
	}
	return credentialOf(app), nil
}

// findApp returns the app of a client id, or invalid_client if there is none.
func (s *Server) findApp(ctx context.Context, clientID string) (db.App, error) {
	app, err := s.DB.App(ctx, clientID)
	if errors.Is(err, db.ErrNotFound) {
		return db.App{}, badClient(Reason{Kind: db.ReasonUnknownClient, Detail: "no app of this portal has this client id"})
	}
	return app, err
}

// credentialOf returns what the grants need to know about an app that used no secret.
func credentialOf(app db.App) db.Credential {
	return db.Credential{
		ClientID: app.ClientID, Grants: app.Grants, Scopes: app.Scopes, TokenLifetime: app.TokenLifetime, RefreshGrace: app.RefreshGrace, AuthMethod: app.AuthMethod,
		MintBurst: app.MintBurst, MintRate: app.MintRate,
	}
}

// checkQueryAllowed refuses parameters in the query, where they end up in logs and histories,
// unless the app's legacy setting allows it (Netrex's document). All other apps, and client ids
// that don't exist, get the same answer.
func (s *Server) checkQueryAllowed(ctx context.Context, req Request) error {
	if !req.InQuery {
		return nil
	}
	app, err := s.DB.App(ctx, req.ClientID)
	if err != nil && !errors.Is(err, db.ErrNotFound) {
		return err
	}
	if err != nil || !app.QueryParameters {
		return Invalid("Send the parameters in the body, not in the address, unless the app's settings allow it.").
			because(Reason{Kind: db.ReasonQueryNotAllowed, Detail: "the parameters were sent in the address"})
	}
	return nil
}

// verifySecret checks a secret against its row: by what this process remembers, else by one
// argon2id. Requests with the same secret that arrive meanwhile wait for that result, so that a
// busy client costs only one argon2id after a restart. Only whoever holds a secret that was made
// here gets this far, so that it is in the reserved share, where clients take turns.
func (s *Server) verifySecret(ctx context.Context, row db.ClientSecret, presented string) (bool, error) {
	if s.Verified.Known(row.ID, row.Hash, presented) {
		return true, nil
	}
	check := s.secretChecks.DoChan(row.ID+secret.HashToken(presented), func() (any, error) {
		if s.Verified.Known(row.ID, row.Hash, presented) {
			return true, nil
		}
		// Other requests wait for this too, so it continues if the first of them is canceled.
		ctx := context.WithoutCancel(ctx)
		ok, _, err := s.Hasher.Verify(ctx, secret.From{Place: row.ClientID, Known: true}, presented, row.Hash)
		if ok {
			s.Verified.Remember(row.ID, row.Hash, presented)
		}
		return ok, err
	})
	select {
	case result := <-check:
		ok, _ := result.Val.(bool)
		return ok, result.Err
	case <-ctx.Done():
		return false, ctx.Err()
	}
}
