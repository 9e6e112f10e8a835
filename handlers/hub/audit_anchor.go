package hub

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"time"

	"gatepost/db"
	letters "gatepost/views/mail"
)

// How often owners get the head of the audit log by email. Empty: never.
const (
	AnchorMailHourly = "hourly"
	AnchorMailDaily  = "daily"
)

// anchorMailEvery has a little less than the periods, since the work itself takes time.
var anchorMailEvery = map[string]time.Duration{AnchorMailHourly: 55 * time.Minute, AnchorMailDaily: 24*time.Hour - 5*time.Minute}

// AnchorAudit keeps the head of the audit log outside of the database if it changed since the last time: in the log,
// in the anchors file, and in an email to the owners. Of several processes on one database one does it. With again it
// does so even if nothing changed. It refuses a head that the portal didn't sign (db.ErrAuditBroken): an anchor says
// that the log was whole.
func (h *Hub) AnchorAudit(ctx context.Context, again bool) (head db.AuditHead, anchored bool, err error) {
	head, changed, err := h.DB.ClaimAnchor(ctx)
	if err != nil || head.Seq == 0 || !changed && !again {
		return head, false, err
	}
	h.Log.Info("audit anchor", "seq", head.Seq, "at", head.At, "hash", head.Hash, "key_id", head.KeyID, "mac", head.MAC)
	if err := appendAnchor(h.AnchorFile, db.AuditAnchor{AuditHead: head, Anchored: h.Now().UTC().Truncate(time.Second)}); err != nil {
		return head, false, errors.Join(fmt.Errorf("the head of the audit log can't be written to %s (GATEPOST_AUDIT_ANCHOR): %w", h.AnchorFile, err), h.DB.UnclaimAnchor(ctx))
	}
	return head, true, h.mailAnchor(ctx, head)
}

// appendAnchor adds a line to the file, which is created with mode 0600. Without a name it does nothing.
func appendAnchor(name string, a db.AuditAnchor) error {
	if name == "" {
		return nil
	}
	line, err := json.Marshal(a)
	if err != nil {
		return err
	}
	f, err := os.OpenFile(name, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	if _, err = f.Write(append(line, '\n')); err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

func (h *Hub) mailAnchor(ctx context.Context, head db.AuditHead) error {
	every := anchorMailEvery[h.AnchorMail]
	if every == 0 {
		return nil
	}
	return h.DB.Tx(ctx, func(tx *db.Tx) error {
		if ok, err := tx.ClaimAnchorMail(ctx, head, every); err != nil || !ok {
			return err
		}
		owners, err := tx.People(ctx, db.PeopleQuery{State: "owner", Limit: maxAnchorMails})
		if err != nil {
			return err
		}
		for _, p := range owners {
			if p.PasswordHash == "" || !p.DisabledAt.IsZero() {
				continue
			}
			l := letters.AuditAnchor{Name: p.Name, Seq: head.Seq, At: head.At, Hash: head.Hash, KeyID: head.KeyID, MAC: head.MAC, Link: h.Issuer + "/owner/audit"}
			if err := h.Post(ctx, tx, p.Email, l); err != nil {
				return err
			}
		}
		return nil
	})
}

// maxAnchorMails bounds how many owners get an anchor.
const maxAnchorMails = 100

// AnchorFile is a file of anchors, as AnchorAudit writes it: one JSON object a line.
type AnchorFile struct {
	Name   string
	Exists bool
	Unread int // lines that are no anchor
}

// OpenAnchors looks for a file of anchors.
func OpenAnchors(name string) (*AnchorFile, error) {
	if name == "" {
		return &AnchorFile{}, nil
	}
	if _, err := os.Stat(name); errors.Is(err, fs.ErrNotExist) {
		return &AnchorFile{Name: name}, nil
	} else if err != nil {
		return nil, err
	}
	return &AnchorFile{Name: name, Exists: true}, nil
}

// All reads the anchors of the file, a line at a time.
func (f *AnchorFile) All() iter.Seq2[db.AuditAnchor, error] {
	return func(yield func(db.AuditAnchor, error) bool) {
		if !f.Exists {
			return
		}
		file, err := os.Open(f.Name)
		if err != nil {
			yield(db.AuditAnchor{}, err)
			return
		}
		defer file.Close()
		lines := bufio.NewScanner(file)
		for lines.Scan() {
			var a db.AuditAnchor
			if json.Unmarshal(lines.Bytes(), &a) != nil || a.Seq < 1 || a.MAC == "" {
				f.Unread++
				continue
			}
			if !yield(a, nil) {
				return
			}
		}
		if err := lines.Err(); err != nil {
			yield(db.AuditAnchor{}, fmt.Errorf("%s: %w", f.Name, err))
		}
	}
}

// portalActor is the portal itself, for what it does without being asked.
func portalActor() Actor { return Actor{Kind: Operator, ID: "portal", Name: "the portal"} }

// SignOldAudit signs an audit log that an older release wrote, after its schema was migrated. The log says so.
func (h *Hub) SignOldAudit(ctx context.Context) error {
	_, err := h.acceptAudit(ctx, portalActor(), ActionAuditSigned)
	return err
}

// AcceptAudit signs the audit log as it is now, after somebody wrote to it without Gatepost. The log says so. It
// reports false if the log is signed already.
func (h *Hub) AcceptAudit(ctx context.Context, a Actor) (accepted bool, err error) {
	if err := h.MayOwn(ctx, a, "accept the audit log"); err != nil {
		return false, err
	}
	return h.acceptAudit(ctx, a, ActionAuditAccepted)
}

func (h *Hub) acceptAudit(ctx context.Context, a Actor, action Action) (needed bool, err error) {
	err = h.DB.Tx(ctx, func(tx *db.Tx) error {
		var head db.AuditHead
		if head, needed, err = tx.AcceptAudit(ctx); err != nil || !needed {
			return err
		}
		return a.Record(ctx, tx, Event{Action: action, Target: Target{Type: TargetAudit}, Detail: fmt.Sprintf("up to event %d", head.Seq)})
	})
	return needed, err
}
