package hub

import (
	"context"
	"slices"
	"time"

	"gatepost/db"
	"gatepost/handlers/secret"
)

// Lifetimes of links.
const (
	InvitationLife = 72 * time.Hour
	ResetLife      = time.Hour
)

// OwnerLink returns a link that makes whoever opens it the first owner, and cancels earlier ones. It
// returns an empty string if the portal has an owner.
func (h *Hub) OwnerLink(ctx context.Context) (string, error) {
	owners, err := h.DB.CountOwners(ctx)
	if err != nil || owners > 0 {
		return "", err
	}
	plain, hash := secret.NewToken(secret.InvitationLink)
	err = h.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := tx.CancelOwnerLinks(ctx); err != nil {
			return err
		}
		return tx.InsertLink(ctx, db.Link{
			ID: secret.JTI(), TokenHash: hash, Purpose: db.LinkOwner, MakesOwner: true,
			CreatedBy: OperatorActor().ID, CreatedAt: tx.Now, ExpiresAt: tx.Now.Add(InvitationLife),
		})
	})
	return h.Issuer + "/activate/" + plain, err
}

// IsSpent says whether a link was used or cancelled.
func IsSpent(l db.Link) bool { return !l.ConsumedAt.IsZero() || !l.CancelledAt.IsZero() }

// OpenLink is what the page of a link shows before the link is used.
type OpenLink struct {
	Link       db.Link
	Team       db.Team // of an invitation
	InvitedBy  string
	HasAccount bool // the address has an active account, whose password is enough to join the team
	Name       string
}

// OpenLink returns an unused link. It returns ErrHasOwner if the link was to create the first owner and the portal
// has one, and ErrLinkDead if it is unknown, used, cancelled, expired or not one of the purposes.
func (h *Hub) OpenLink(ctx context.Context, token string, purposes ...string) (OpenLink, error) {
	l, err := h.DB.LinkByTokenHash(ctx, secret.HashToken(token))
	if IsMissing(err) {
		return OpenLink{}, ErrLinkDead
	}
	if err != nil {
		return OpenLink{}, err
	}
	if l.Purpose == db.LinkOwner && slices.Contains(purposes, l.Purpose) {
		// The first owner, or the command line, could have created one since the link was printed.
		if owners, err := h.DB.CountOwners(ctx); err != nil {
			return OpenLink{}, err
		} else if owners > 0 {
			return OpenLink{}, ErrHasOwner
		}
	}
	if !slices.Contains(purposes, l.Purpose) || IsSpent(l) || !h.Now().Before(l.ExpiresAt) {
		return OpenLink{}, ErrLinkDead
	}
	out := OpenLink{Link: l}
	if l.TeamID != "" {
		if out.Team, err = h.DB.Team(ctx, l.TeamID); IsMissing(err) {
			return OpenLink{}, ErrLinkDead
		} else if err != nil {
			return OpenLink{}, err
		}
	}
	if by, err := h.DB.Person(ctx, l.CreatedBy); err == nil {
		out.InvitedBy = by.Name
	} else if !IsMissing(err) {
		return OpenLink{}, err
	}
	if p, err := h.DB.PersonByEmail(ctx, l.Email); err == nil {
		out.Name, out.HasAccount = p.Name, p.PasswordHash != ""
		if out.HasAccount && l.Purpose == db.LinkInvitation && l.TeamID == "" {
			return OpenLink{}, ErrLinkDead // another link has activated the account
		}
	} else if !IsMissing(err) {
		return OpenLink{}, err
	}
	return out, nil
}
