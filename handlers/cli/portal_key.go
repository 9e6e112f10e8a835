package cli

import (
	"context"
	"flag"
	"fmt"
	"strings"

	"gatepost/handlers/hub"
	"gatepost/handlers/secret"
)

// listedPortalKey is one key of "key status".
type listedPortalKey struct {
	ID       string `json:"id"`
	State    string `json:"state"` // next, current, old or retired
	Since    string `json:"since"`
	Position int    `json:"position,omitempty"` // in the file or variable, from 1
}

// keyStatusJSON is the document of "key status", "key rotate" and "key retire".
type keyStatusJSON struct {
	Keys     []listedPortalKey `json:"keys"`
	Left     map[string]int    `json:"left"` // what is still to be encrypted again
	Servers  []keyServerJSON   `json:"servers"`
	OldUntil string            `json:"old_until,omitempty"`
}

type keyServerJSON struct {
	Host    string `json:"host"`
	Has     bool   `json:"has_newest_key"`
	Follows bool   `json:"uses_current_key"`
}

// printKeys prints how far the replacement of the portal's key is, and what to do next.
func (c *call) printKeys(ctx context.Context, more ...string) error {
	s, err := c.portal.Hub.KeyStatus(ctx)
	if err != nil {
		return err
	}
	out := keyStatusJSON{Keys: []listedPortalKey{}, Left: map[string]int{}, Servers: []keyServerJSON{}, OldUntil: timeText(s.OldUntil)}
	var lines []string
	for _, k := range s.Keys {
		out.Keys = append(out.Keys, listedPortalKey{k.ID, k.State, timeText(k.Since), k.Position})
		line := fmt.Sprintf("%s  %-8s since %s", k.ID, k.State, timeText(k.Since))
		if k.Position > 0 {
			line += fmt.Sprintf("  number %d in %s", k.Position, c.portal.Source)
		}
		lines = append(lines, line)
	}
	var left []string
	for _, l := range s.Left {
		out.Left[l.What] = l.Rows
		left = append(left, fmt.Sprintf("%d of %s", l.Rows, l.What))
	}
	for _, server := range s.Servers {
		out.Servers = append(out.Servers, keyServerJSON{server.Host, server.Has, server.Follows})
		if !server.Has {
			lines = append(lines, "The server on "+server.Host+" doesn't have the newest key: add it to its key file, or to its GATEPOST_KEY and restart it.")
		}
	}
	if len(left) > 0 {
		lines = append(lines, "Still to be encrypted with the current key: "+strings.Join(left, ", ")+". A running server does that.")
	}
	switch {
	case len(s.IDs(hub.KeyIsNext)) > 0:
		lines = append(lines, "The next key becomes current once every running server has it.")
	case !s.OldUntil.IsZero():
		lines = append(lines, "The old key is needed until "+timeText(s.OldUntil)+" at least. A running server retires it after that.")
	}
	return c.print(out, append(lines, more...)...)
}

func keyStatus(*flag.FlagSet) func(context.Context, *call) error {
	return func(ctx context.Context, c *call) error { return c.printKeys(ctx) }
}

func keyRotate(flags *flag.FlagSet) func(context.Context, *call) error {
	out := flags.String("out", "", "only write a new key to this new `file`, to be added to the keys of every server")
	return func(ctx context.Context, c *call) error {
		if *out != "" {
			k := secret.NewKey()
			if err := secret.WriteKey(*out, k); err != nil {
				return err
			}
			return c.print(map[string]string{"id": k.ID(), "file": *out},
				"The new key "+k.ID()+" is in "+*out+". Nothing uses it yet.",
				"1. Add it to "+c.portal.Source.String()+" on every server, next to the present key, and restart those that have it from a variable.",
				"2. Run gatepost key rotate.",
				"3. Delete "+*out+".")
		}
		if s, err := c.portal.Hub.KeyStatus(ctx); err != nil {
			return err
		} else if len(s.IDs(hub.KeyIsNext))+len(s.IDs(hub.KeyIsOld)) > 0 {
			return hub.ErrKeyRotating
		}
		k, found, err := c.portal.Hub.NewKeyAtHand(ctx)
		if err != nil {
			return err
		}
		if !found {
			if !c.portal.Source.Writable() {
				return fmt.Errorf("%s can't be changed from here: run gatepost key rotate --out FILE, which says what to do with the new key", c.portal.Source)
			}
			k = secret.NewKey()
			if err := c.portal.Source.Add(k); err != nil {
				return err
			}
		}
		if err := c.portal.Hub.AddKey(ctx, hub.OperatorActor(), k); err != nil {
			return err
		}
		if err := c.portal.Hub.AdvanceKeys(ctx); err != nil {
			return err
		}
		return c.printKeys(ctx, "Keep the old key until it is retired, and as long as you keep backups from before.", "gatepost key status says how far it is.")
	}
}

func keyRetire(*flag.FlagSet) func(context.Context, *call) error {
	return func(ctx context.Context, c *call) error {
		if err := c.portal.Hub.AdvanceKeys(ctx); err != nil {
			return err
		}
		s, err := c.portal.Hub.KeyStatus(ctx)
		if err != nil {
			return err
		}
		if old := s.IDs(hub.KeyIsOld); len(old) > 0 {
			return fmt.Errorf("the old key %s is still needed, until %s at least: gatepost key status says for what", strings.Join(old, ", "), timeText(s.OldUntil))
		}
		var there []string
		for _, k := range s.Keys {
			if k.State == hub.KeyIsRetired && k.Position > 0 {
				there = append(there, k.ID)
			}
		}
		switch {
		case len(there) == 0:
			return c.printKeys(ctx, "No retired key is in "+c.portal.Source.String()+".")
		case !c.portal.Source.Writable():
			return c.printKeys(ctx, "Remove the key "+strings.Join(there, ", ")+" from "+c.portal.Source.String()+" on every server.")
		}
		if err := c.portal.Source.Remove(there...); err != nil {
			return err
		}
		return c.printKeys(ctx, "The key "+strings.Join(there, ", ")+" is removed from "+c.portal.Source.String()+". Run gatepost key retire on every other server too.")
	}
}
