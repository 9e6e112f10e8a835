package cli

import (
	"context"
	"flag"
	"fmt"

	"gatepost/handlers/hub"
)

func revokeAll(*flag.FlagSet) func(context.Context, *call) error {
	return func(ctx context.Context, c *call) error {
		ended, err := c.portal.Catalogue.RevokeAll(ctx, hub.OperatorActor())
		if err != nil {
			return err
		}
		return c.print(struct {
			Sessions       int64 `json:"sessions"`
			AccessTokens   int64 `json:"access_tokens"`
			Authorizations int64 `json:"authorizations"` // with their codes and refresh tokens
			PersonalTokens int64 `json:"personal_tokens"`
		}{ended.Sessions, ended.AccessTokens, ended.Families, ended.PersonalTokens},
			fmt.Sprintf("Ended: %d sessions, %d access tokens, the codes and refresh tokens of %d authorizations, %d API tokens.",
				ended.Sessions, ended.AccessTokens, ended.Families, ended.PersonalTokens),
			"Client secrets go on working: gatepost app revoke-secret ends one.",
			"Services that check tokens by their signature alone notice nothing: gatepost keys rotate.")
	}
}
