package cli

import (
	"context"
	"flag"
	"fmt"
	"time"

	"gatepost/handlers/hub"
	"gatepost/handlers/keys"
)

// listedKey is one key of "keys list" and "keys rotate".
type listedKey struct {
	KID            string `json:"kid"`
	Algorithm      string `json:"alg"`
	State          string `json:"state"` // next, signs or verifies
	CreatedAt      string `json:"created_at"`
	SignsFrom      string `json:"signs_from"`
	SignsUntil     string `json:"signs_until,omitempty"`
	PublishedUntil string `json:"published_until,omitempty"`
}

func listKey(k keys.Key) listedKey {
	return listedKey{
		KID: k.KID, Algorithm: k.Algorithm, State: k.State, CreatedAt: timeText(k.CreatedAt), SignsFrom: timeText(k.SignsFrom),
		SignsUntil: timeText(k.SignsUntil), PublishedUntil: timeText(k.PublishedUntil),
	}
}

// ring opens the existing signing keys. Unlike a server it never creates one, as the shell may be
// set to another algorithm.
func (c *call) ring(ctx context.Context) (*keys.Ring, error) {
	return keys.Attach(ctx, c.portal.DB, keys.Options{
		Algorithm: c.portal.Settings.SigningAlg, Box: c.portal.Key.NewBox(keys.Purpose), Now: time.Now,
	})
}

func keysList(*flag.FlagSet) func(context.Context, *call) error {
	return func(ctx context.Context, c *call) error {
		ring, err := c.ring(ctx)
		if err != nil {
			return err
		}
		list, err := c.portal.Catalogue.SigningKeys(ctx, hub.OperatorActor(), ring)
		if err != nil {
			return err
		}
		out := []listedKey{}
		lines := []string{}
		for _, k := range list {
			out = append(out, listKey(k))
			lines = append(lines, fmt.Sprintf("%s  %s  %-8s  signs from %s", k.KID, k.Algorithm, k.State, timeText(k.SignsFrom)))
		}
		if len(lines) == 0 {
			lines = []string{"No signing keys yet. The server creates one when it starts."}
		}
		return c.print(out, lines...)
	}
}

func keysRotate(*flag.FlagSet) func(context.Context, *call) error {
	return func(ctx context.Context, c *call) error {
		ring, err := c.ring(ctx)
		if err != nil {
			return err
		}
		k, err := c.portal.Catalogue.RotateKey(ctx, hub.OperatorActor(), ring)
		if err != nil {
			return err
		}
		return c.print(listKey(k), "key        "+k.KID, "signs from "+timeText(k.SignsFrom),
			"The key is published. Until then the old key signs, and it verifies until its last token expires.")
	}
}
