package grant

import (
	"context"
	"errors"

	"gatepost/db"
	"gatepost/handlers/secret"
)

// Revoke is RFC 7009: a client gives up a token that was issued to it, and with an access
// token its refresh token, or the reverse. A token that there is not, or no longer, is
// success (section 2.2). One of another client is refused (section 2.1). A personal token
// was issued to no client: whoever holds it may end it. The request holds the client's
// credentials; a public client shows its id.
func (s *Server) Revoke(ctx context.Context, req Request, token string) error {
	c, err := s.authenticateClient(ctx, req, s.Now(), true)
	if err != nil {
		return err
	}
	if token == "" {
		return withCredential(Invalid("The parameter token is missing."), c)
	}
	f, err := s.findToken(ctx, token)
	if err != nil {
		return err
	}
	if owner := f.clientID(); owner != "" && owner != c.ClientID {
		return withCredential(&Error{Code: UnauthorizedClient, Description: "The token was not issued to this client.", Status: 400}, c)
	}
	return s.revoke(ctx, f, c.ClientID, req.Caller)
}

// RevokeByBearer ends a token for whoever holds it (Netrex's document). It says whether there was one to
// end.
func (s *Server) RevokeByBearer(ctx context.Context, token string, caller db.Caller) (bool, error) {
	if token == "" {
		return false, Invalid("The parameter access_token is missing.")
	}
	f, err := s.findToken(ctx, token)
	if err != nil {
		return false, err
	}
	return f != tokenRecord{}, s.revoke(ctx, f, "", caller)
}

// holder stands in the audit log for whoever ended a token and did not say who they are.
const bearerName = "somebody who held the token"

// revoke ends a token and, where a person allowed it, its whole family, in one transaction
// with the audit event; client is empty when nobody said who they are. Nothing is done, and
// nothing written down, for one that has ended.
func (s *Server) revoke(ctx context.Context, f tokenRecord, client string, caller db.Caller) error {
	if f.personal != nil {
		return s.revokePersonal(ctx, *f.personal, caller)
	}
	if f == (tokenRecord{}) {
		return nil
	}
	err := s.DB.Tx(ctx, func(tx *db.Tx) error {
		app, err := tx.App(ctx, f.clientID())
		if err != nil {
			return err
		}
		what := "a refresh token with its access tokens"
		if f.access != nil {
			what = "the access token " + f.access.JTI
		}
		if family := f.familyID(); family == "" {
			err = tx.RevokeToken(ctx, f.access.ClientID, f.access.JTI)
		} else if live, revokeErr := tx.RevokeFamily(ctx, family); revokeErr != nil || !live {
			return revokeErr
		}
		if err != nil {
			return err
		}
		name := app.Name
		if client == "" {
			name = bearerName
		}
		return tx.InsertAudit(ctx, auditEvent(app, client, name, "token.revoked", what, caller))
	})
	return ignoreNotFound(err)
}

// ended is nil for what had ended before.
func ignoreNotFound(err error) error {
	if errors.Is(err, db.ErrNotFound) {
		return nil
	}
	return err
}

// revokePersonal ends a personal token for whoever holds it.
func (s *Server) revokePersonal(ctx context.Context, t db.PersonalToken, caller db.Caller) error {
	return ignoreNotFound(s.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := tx.RevokePersonalToken(ctx, t.ID, t.PersonID); err != nil {
			return err
		}
		return tx.InsertAudit(ctx, db.AuditEvent{
			ID: secret.JTI(), ActorName: bearerName, Action: "personal_token.revoked",
			TargetType: "person", TargetID: t.PersonID, TargetName: t.Name, Detail: "token .." + t.Hint,
			Address: caller.Address, UserAgent: caller.UserAgent,
		})
	}))
}
