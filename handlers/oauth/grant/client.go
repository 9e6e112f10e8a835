package grant

import (
	"context"
	"errors"
	"time"

	"gatepost/db"
	"gatepost/handlers/secret"
)

// checkDeadline bounds a first check of a secret, in which several requests may share.
const checkDeadline = 20 * time.Second

// authenticateClient finds the client that the request's credentials prove, by the one
// method that it is registered for (TOK-17). A client that has nothing to prove itself
// with (db.AuthNone) passes by its id alone where public allows that. All endpoints for
// clients use this; every failure gives the same invalid_client.
func (s *Server) authenticateClient(ctx context.Context, req Request, now time.Time, public bool) (db.Credential, error) {
	switch {
	case req.Assertion != "" || req.AssertionType != "":
		return s.authenticateByAssertion(ctx, req, now)
	case req.ClientSecret != "":
		return s.authenticateBySecret(ctx, req, now)
	case public && req.ClientID != "":
		return s.authenticatePublic(ctx, req)
	}
	return db.Credential{}, badClient(Reason{Kind: db.ReasonNoCredentials, Detail: "no client id and secret came, and no client assertion"})
}

// bySecret is the methods client_secret_basic and client_secret_post.
//
// An unknown client and a wrong secret are told apart by nothing, not even by time, without
// hashing for show: the tag at a secret's end is bound to the client id, so both die on the
// same HMAC, before any query and any argon2. Only who holds a secret that this portal made
// for this client gets further, and that client's id is no news to them.
//
// The secret's row is read for every request, so that a revocation, by whichever process,
// holds from its commit on.
func (s *Server) authenticateBySecret(ctx context.Context, req Request, now time.Time) (db.Credential, error) {
	if !s.Minter.Genuine(req.ClientID, req.ClientSecret) {
		return db.Credential{}, badClient(s.diagnose(req.ClientID, req.ClientSecret))
	}
	hint := secret.Hint(req.ClientSecret)
	credentials, err := s.DB.Credentials(ctx, req.ClientID, hint)
	if err != nil {
		return db.Credential{}, err
	}
	why := Reason{Kind: db.ReasonSecretUnknown, Detail: "the secret was made here for this client id, and is not kept any more", Proven: true, Hint: hint}
	for _, c := range credentials {
		switch {
		case c.AuthMethod != db.AuthSecret:
			why = secretReason(c, db.ReasonAuthMethod, "the app is registered for another way to authenticate than a secret")
			continue
		case !c.Secret.RevokedAt.IsZero():
			why = secretReason(c, db.ReasonSecretRevoked, "revoked secret .."+hint)
			continue
		case c.Secret.Expired(now):
			why = secretReason(c, db.ReasonSecretExpired, "the secret .."+hint+" has expired")
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
			return db.Credential{}, badClient(secretReason(c, db.ReasonDrill, "a drill has the secret .."+hint+" refused"))
		}
		s.DB.NoteUse(c.ClientID, c.Secret.ID, req.Caller, now)
		return c, nil
	}
	return db.Credential{}, badClient(why)
}

// ofSecret is a reason that has to do with a secret whose tag is right.
func secretReason(c db.Credential, kind, detail string) Reason {
	return Reason{Kind: kind, Detail: detail, Proven: true, SecretID: c.Secret.ID, Hint: c.Secret.Hint}
}

// byName is the method none: a public client names itself (RFC 6749 section 3.2.1).
func (s *Server) authenticatePublic(ctx context.Context, req Request) (db.Credential, error) {
	app, err := s.findApp(ctx, req.ClientID)
	switch {
	case err != nil:
		return db.Credential{}, err
	case app.AuthMethod != db.AuthNone:
		return db.Credential{}, badClient(Reason{Kind: db.ReasonNoCredentials, Detail: "the client id came alone: the app has to send its secret too, or a client assertion"})
	}
	return credentialOf(app), nil
}

// registered finds the app of a client id that a stranger sent, or gives invalid_client.
func (s *Server) findApp(ctx context.Context, clientID string) (db.App, error) {
	app, err := s.DB.App(ctx, clientID)
	if errors.Is(err, db.ErrNotFound) {
		return db.App{}, badClient(Reason{Kind: db.ReasonUnknownClient, Detail: "no app of this portal has this client id"})
	}
	return app, err
}

// credentialOf is what the grants have to know of an app that showed no secret.
func credentialOf(app db.App) db.Credential {
	return db.Credential{
		ClientID: app.ClientID, Grants: app.Grants, Scopes: app.Scopes, TokenLifetime: app.TokenLifetime, AuthMethod: app.AuthMethod,
	}
}

// mayUseQuery refuses parameters in the address, where they end up in logs and histories,
// unless the app's legacy switch is on (Netrex's document). All other apps, and those that there are
// not, get the same answer.
func (s *Server) checkQueryAllowed(ctx context.Context, req Request) error {
	if !req.InQuery {
		return nil
	}
	app, err := s.DB.App(ctx, req.ClientID)
	if err != nil && !errors.Is(err, db.ErrNotFound) {
		return err
	}
	if err != nil || !app.QueryParameters {
		return Invalid("Send the parameters in the body, not in the address. Only an app that has this allowed in its settings may.").
			because(db.ReasonQueryNotAllowed, "the parameters came in the address")
	}
	return nil
}

// matches checks a secret against its row: by what the process remembers, else by one
// argon2. Requests that come with the same secret while that runs wait for its result, so
// that a busy client's first second after a restart costs one argon2 too.
func (s *Server) verifySecret(ctx context.Context, row db.ClientSecret, presented string) (bool, error) {
	if s.Verified.Known(row.ID, row.Hash, presented) {
		return true, nil
	}
	check := s.secretChecks.DoChan(row.ID+secret.HashToken(presented), func() (any, error) {
		if s.Verified.Known(row.ID, row.Hash, presented) {
			return true, nil
		}
		// Others wait for this too, so that it goes on when the first of them gives up.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), checkDeadline)
		defer cancel()
		ok, _, err := s.Hasher.Verify(ctx, presented, row.Hash)
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
