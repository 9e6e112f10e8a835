package cli

import (
	"context"
	"flag"
	"fmt"

	"gatepost/handlers/hub"
)

func revokeAll(*flag.FlagSet) func(context.Context, *call) error {
	return func(ctx context.Context, c *call) error {
		revoked, err := c.portal.Catalogue.RevokeAll(ctx, hub.OperatorActor())
		if err != nil {
			return err
		}
		return c.print(struct {
			Sessions       int64 `json:"sessions"`
			AccessTokens   int64 `json:"access_tokens"`
			Authorizations int64 `json:"authorizations"` // with their codes and refresh tokens
			PersonalTokens int64 `json:"personal_tokens"`
		}{revoked.Sessions, revoked.AccessTokens, revoked.Families, revoked.PersonalTokens},
			fmt.Sprintf("Revoked: sessions %d, access tokens %d, authorizations with their codes and refresh tokens %d, API tokens %d.",
				revoked.Sessions, revoked.AccessTokens, revoked.Families, revoked.PersonalTokens),
			"Client secrets still work. To revoke one, run gatepost app revoke-secret.",
			"Services that check only the signature of tokens still accept them. To change that, run gatepost keys rotate.")
	}
}
