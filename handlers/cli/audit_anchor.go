package cli

import (
	"context"
	"flag"
	"fmt"

	"gatepost/db"
	"gatepost/handlers/hub"
)

type anchored struct {
	Anchored bool         `json:"anchored"`
	File     string       `json:"file,omitempty"`
	Head     db.AuditHead `json:"head"`
}

func auditAnchor(*flag.FlagSet) func(context.Context, *call) error {
	return func(ctx context.Context, c *call) error {
		head, done, err := c.portal.Hub.AnchorAudit(ctx, true)
		if err != nil {
			return err
		}
		out := anchored{done, c.settings.AuditAnchor, head}
		if !done {
			return c.print(out, "The audit log is empty. Nothing to anchor.")
		}
		where := "to the log"
		if out.File != "" {
			where += " and to " + out.File
		}
		return c.print(out, "Wrote the head of the audit log "+where+".", fmt.Sprintf("Head: %d:%s", head.Seq, head.Hash),
			fmt.Sprintf("Signature: %s (key %s)", head.MAC, head.KeyID))
	}
}

func auditAccept(*flag.FlagSet) func(context.Context, *call) error {
	return func(ctx context.Context, c *call) error {
		accepted, err := c.portal.Hub.AcceptAudit(ctx, hub.OperatorActor())
		if err != nil {
			return err
		}
		line := "The head of the audit log is signed already. Nothing to do."
		if accepted {
			line = "Signed the audit log as it is. The log says so; events that were changed or removed are still reported."
		}
		return c.print(struct {
			Accepted bool `json:"accepted"`
		}{accepted}, line)
	}
}
