package grant

import (
	"context"
	"time"

	"gatepost/db"
	"gatepost/handlers/secret"
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

// RevokeByBearer revokes a token, an authorization code or a device code for whoever holds it
// (Netrex's document). It reports whether this portal issued such a token, or such a code that
// could still be used.
func (s *Server) RevokeByBearer(ctx context.Context, token string, caller db.Caller) (bool, error) {
	switch {
	case token == "":
		return false, Invalid("The parameter access_token is missing.")
	case secret.WellFormed(secret.AuthorizationCode, token):
		return s.revokeCode(ctx, token, caller)
	case secret.WellFormed(secret.DeviceCode, token):
		return s.revokeDeviceCode(ctx, token, caller)
	}
	record, err := s.findToken(ctx, token)
	if err != nil {
		return false, err
	}
	return record != tokenRecord{}, s.revoke(ctx, record, false, caller)
}

// revokeCode uses an authorization code up, so that nobody else can.
func (s *Server) revokeCode(ctx context.Context, code string, caller db.Caller) (bool, error) {
	return found(s.DB.Tx(ctx, func(tx *db.Tx) error {
		row, err := tx.ConsumeCode(ctx, secret.HashToken(code), time.Time{})
		if err != nil {
			return err
		}
		if _, err := tx.RevokeFamily(ctx, row.FamilyID); err != nil {
			return err
		}
		return s.recordHeld(ctx, tx, row.ClientID, "an authorization code", caller)
	}))
}

// revokeDeviceCode ends a device code: one that waits for a person's answer is denied, an approved
// one is used up.
func (s *Server) revokeDeviceCode(ctx context.Context, code string, caller db.Caller) (bool, error) {
	hash := secret.HashToken(code)
	return found(s.DB.Tx(ctx, func(tx *db.Tx) error {
		row, err := tx.DeviceCode(ctx, hash)
		if err != nil {
			return err
		}
		if row.State == db.DeviceCodePending {
			err = tx.AnswerDeviceCode(ctx, hash, db.DeviceCodeDenied, "", "")
		} else if err = tx.ConsumeDeviceCode(ctx, hash, time.Time{}); err == nil {
			_, err = tx.RevokeFamily(ctx, row.FamilyID)
		}
		if err != nil {
			return err
		}
		return s.recordHeld(ctx, tx, row.ClientID, "a device code", caller)
	}))
}

// recordHeld records that somebody revoked a token or code of an app by holding it, and tells the
// app's team.
func (s *Server) recordHeld(ctx context.Context, tx *db.Tx, clientID, what string, caller db.Caller) error {
	app, err := tx.App(ctx, clientID)
	if err != nil {
		return err
	}
	if s.OnHeld != nil {
		if err := s.OnHeld(ctx, tx, app, caller); err != nil {
			return err
		}
	}
	return audit(ctx, tx, auditRecord{action: auditTokenRevoked, actor: auditBearer, target: appTarget(app), detail: what, caller: caller})
}

// found says false instead of an error for a row that is missing.
func found(err error) (bool, error) { return err == nil, ignoreNotFound(err) }

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
		if !authenticated {
			return s.recordHeld(ctx, tx, app.ClientID, detail, caller)
		}
		return audit(ctx, tx, auditRecord{action: auditTokenRevoked, actor: clientActor(app), target: appTarget(app), detail: detail, caller: caller})
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
