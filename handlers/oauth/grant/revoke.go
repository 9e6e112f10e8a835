package grant

import (
	"context"

	"gatepost/db"
)

// Revoke is RFC 7009: a client revokes a token that was issued to it, and with an access token
// also the refresh token, or the reverse. An unknown or inactive token is a success (section
// 2.2); one of another client is refused (section 2.1). A personal token belongs to no client:
// whoever holds it may revoke it. The request carries the client's credentials; a public client
// sends its id.
func (s *Server) Revoke(ctx context.Context, req Request, token string) error {
	c, err := s.authenticateClient(ctx, req, s.Now(), true)
	if err != nil {
		return err
	}
	if token == "" {
		return withCredential(Invalid("The parameter token is missing."), c)
	}
	record, err := s.findToken(ctx, token)
	if err != nil {
		return err
	}
	if owner := record.clientID(); owner != "" && owner != c.ClientID {
		return withCredential(&Error{Code: UnauthorizedClient, Description: "The token was not issued to this client.", Status: 400}, c)
	}
	return s.revoke(ctx, record, true, req.Caller)
}

// RevokeByBearer revokes a token for whoever holds it (Netrex's document). It reports whether
// this portal issued such a token.
func (s *Server) RevokeByBearer(ctx context.Context, token string, caller db.Caller) (bool, error) {
	if token == "" {
		return false, Invalid("The parameter access_token is missing.")
	}
	record, err := s.findToken(ctx, token)
	if err != nil {
		return false, err
	}
	return record != tokenRecord{}, s.revoke(ctx, record, false, caller)
}

// revoke revokes a token and, if a person authorized it, its whole family, in one transaction
// with the audit event, whose actor is the token's client if that one has authenticated. For a
// token that is no longer active it does nothing and writes no event.
func (s *Server) revoke(ctx context.Context, record tokenRecord, authenticated bool, caller db.Caller) error {
	if record.personal != nil {
		return s.revokePersonal(ctx, *record.personal, caller)
	}
	if record == (tokenRecord{}) {
		return nil
	}
	err := s.DB.Tx(ctx, func(tx *db.Tx) error {
		app, err := tx.App(ctx, record.clientID())
		if err != nil {
			return err
		}
		detail := "a refresh token with its access tokens"
		if record.access != nil {
			detail = "the access token " + record.access.JTI
		}
		if family := record.familyID(); family == "" {
			err = tx.RevokeToken(ctx, record.access.ClientID, record.access.JTI)
		} else if live, revokeErr := tx.RevokeFamily(ctx, family); revokeErr != nil || !live {
			return revokeErr
		}
		if err != nil {
			return err
		}
		actor := auditBearer
		if authenticated {
			actor = clientActor(app)
		}
		return audit(ctx, tx, auditRecord{action: auditTokenRevoked, actor: actor, target: appTarget(app), detail: detail, caller: caller})
	})
	return ignoreNotFound(err)
}

// revokePersonal revokes a personal token for whoever holds it.
func (s *Server) revokePersonal(ctx context.Context, t db.PersonalToken, caller db.Caller) error {
	return ignoreNotFound(s.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := tx.RevokePersonalToken(ctx, t.ID, t.PersonID); err != nil {
			return err
		}
		return audit(ctx, tx, auditRecord{
			action: auditPersonalTokenRevoked, actor: auditBearer, target: auditTarget{kind: "person", id: t.PersonID, name: t.Name},
			detail: "token .." + t.Hint, caller: caller,
		})
	}))
}
