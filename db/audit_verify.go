package db

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"time"
)

// AuditFault is a place where the log isn't as Gatepost wrote it. Event is the event concerned; a
// missing one has no id. Since is the time of the last event before it that is as it was written;
// zero if there is none.
type AuditFault struct {
	Seq   int64
	Event AuditEvent
	Since time.Time
	Kind  string // missing, changed, strange, cut, forked, head, unsigned, checkpoint, anchor
	Text  string
}

// Kinds of faults.
const (
	FaultMissing    = "missing"    // there is no event with this number, and no signed checkpoint
	FaultChanged    = "changed"    // the event's hash doesn't match its fields and the event before it
	FaultStrange    = "strange"    // the event wasn't written by Gatepost: it has no place in the chain
	FaultCut        = "cut"        // the newest events are missing
	FaultForked     = "forked"     // the log isn't the one that an anchor was made of
	FaultHead       = "head"       // the head was replaced: it isn't signed by this portal
	FaultUnsigned   = "unsigned"   // the head isn't signed at all
	FaultCheckpoint = "checkpoint" // a checkpoint isn't signed by this portal
	FaultAnchor     = "anchor"     // an anchor isn't signed by this portal
)

// maxFaults bounds a report: further faults would add nothing.
const maxFaults = 20

// AuditAnchor is a head that was kept outside of the database. Its MAC is empty if somebody wrote
// down no more than number and hash.
type AuditAnchor struct {
	AuditHead
	Anchored time.Time `json:"anchored_at"`
}

// AuditReport is what VerifyAudit found.
type AuditReport struct {
	Events      int64 // that were checked
	Removed     int64 // events in whose place checkpoints stand
	Checkpoints int
	Head        AuditHead
	Anchors     int // that were compared
	Skipped     int // anchors of events that were removed since, which can't be compared
	Anchored    AuditHead
	Faults      []AuditFault
}

func (r *AuditReport) add(f AuditFault) {
	if len(r.Faults) < maxFaults {
		r.Faults = append(r.Faults, f)
	}
}

// VerifyAudit reads the whole log, compares it with its head and with anchors from outside of
// the database (nil: none), and checks all signatures. Events may be written and removed
// meanwhile. It keeps at most a thousand events in memory.
func (d *DB) VerifyAudit(ctx context.Context, anchors iter.Seq2[AuditAnchor, error]) (AuditReport, error) {
	v := verifier{Reader: &d.Reader, mac: d.mac}
	head, err := d.AuditHead(ctx)
	if err != nil {
		return v.AuditReport, err
	}
	v.Head = head
	if anchors != nil {
		for a, err := range anchors {
			if err == nil {
				err = v.checkAnchor(ctx, a)
			}
			if err != nil {
				return v.AuditReport, err
			}
		}
	}
	for _, step := range []func(context.Context) error{v.checkCheckpoints, v.walk, v.checkHead, v.findStrange} {
		if err := step(ctx); err != nil {
			return v.AuditReport, err
		}
	}
	return v.AuditReport, nil
}

// verifier is one reading of the log. last is the event that it has come to; lost says that its
// hash isn't known, so that the next can't be compared with it.
type verifier struct {
	*Reader
	AuditReport
	mac  AuditMAC
	last AuditHead
	lost bool
}

// walk reads the events up to the head.
func (v *verifier) walk(ctx context.Context) error {
	for {
		events, err := v.AuditChain(ctx, v.last.Seq, v.Head.Seq, chainRows)
		if err != nil {
			return err
		}
		for _, e := range events {
			v.Events++
			if e.Seq == v.last.Seq {
				v.add(strange(e))
				continue
			}
			if err := v.fill(ctx, e.Seq-1); err != nil {
				return err
			}
			if !v.lost && chainHash(v.last.Hash, e) != e.Hash {
				// The next event is compared with the stored hash, so that one change is one fault.
				v.add(AuditFault{Seq: e.Seq, Event: e, Since: v.last.At, Kind: FaultChanged,
					Text: fmt.Sprintf("event %d or the one before it was changed", e.Seq)})
			}
			v.last, v.lost = AuditHead{Seq: e.Seq, Hash: e.Hash, At: e.At}, false
		}
		if len(events) < chainRows {
			return v.fill(ctx, v.Head.Seq)
		}
	}
}

// fill goes from the last event to one with the number upTo, over the checkpoints of removed
// events, and reports what has none.
func (v *verifier) fill(ctx context.Context, upTo int64) error {
	for v.last.Seq < upTo {
		from := v.last.Seq + 1
		c, err := v.AuditCheckpoint(ctx, from)
		if err != nil {
			return err
		}
		if c == nil {
			later, err := v.checkpointsFrom(ctx, from, 1)
			if err != nil {
				return err
			}
			to := upTo
			if len(later) > 0 && later[0].FromSeq <= upTo {
				to = later[0].FromSeq - 1
			}
			v.missing(from, to)
			continue
		}
		ok, _ := v.mac.signed(c.KeyID, c.MAC, c.message())
		// One that begins earlier was made, or joined with others, while its events were read.
		if !ok || c.ToSeq > upTo || c.FromSeq == from && c.Before != v.last.Hash && !v.lost {
			v.missing(from, min(c.ToSeq, upTo))
			continue
		}
		v.last, v.lost = AuditHead{Seq: c.ToSeq, Hash: c.After, At: c.LastAt}, false
	}
	return nil
}

// missing reports missing events: those at the end are a tail that was cut off.
func (v *verifier) missing(from, to int64) {
	f := AuditFault{Seq: from, Since: v.last.At, Kind: FaultMissing, Text: eventsAre(from, to) + " missing"}
	if to == v.Head.Seq {
		f.Kind, f.Text = FaultCut, fmt.Sprintf("the log ends at event %d, but its head counts %d: the newest events were removed", from-1, to)
	}
	v.add(f)
	v.last, v.lost = AuditHead{Seq: to, At: v.last.At}, true
}

func eventsAre(from, to int64) string {
	if to > from {
		return fmt.Sprintf("events %d to %d are", from, to)
	}
	return fmt.Sprintf("event %d is", from)
}

func strange(e AuditEvent) AuditFault {
	return AuditFault{Seq: e.Seq, Event: e, Kind: FaultStrange,
		Text: fmt.Sprintf("event %s wasn't written by Gatepost: it has no place in the chain", e.ID)}
}

// checkHead compares the head with the last event, and checks its signature.
func (v *verifier) checkHead(context.Context) error {
	h := v.Head
	if !v.lost && h.Hash != v.last.Hash {
		v.add(AuditFault{Seq: h.Seq, Since: v.last.At, Kind: FaultCut,
			Text: fmt.Sprintf("event %d, the last one, isn't the one that the log's head was written for", h.Seq)})
	}
	if h.Seq == 0 || v.mac == nil {
		return nil
	}
	if ok, known := v.mac.signed(h.KeyID, h.MAC, h.message()); h.KeyID == "" {
		v.add(AuditFault{Seq: h.Seq, Since: v.Anchored.At, Kind: FaultUnsigned,
			Text: fmt.Sprintf("the head of the log at event %d isn't signed: somebody wrote to the log without Gatepost, and may have rewritten all of it", h.Seq)})
	} else if !known {
		v.add(AuditFault{Seq: h.Seq, Since: v.Anchored.At, Kind: FaultHead,
			Text: fmt.Sprintf("the head of the log at event %d is signed under the key %s, which this portal doesn't have", h.Seq, h.KeyID)})
	} else if !ok {
		v.add(AuditFault{Seq: h.Seq, Since: v.Anchored.At, Kind: FaultHead,
			Text: fmt.Sprintf("the head of the log at event %d was replaced: it isn't signed under the portal's key, and the log may have been rewritten or cut", h.Seq)})
	}
	return nil
}

// checkCheckpoints checks the signature of every checkpoint.
func (v *verifier) checkCheckpoints(ctx context.Context) error {
	for after := int64(-1); ; {
		list, err := v.checkpointsFrom(ctx, after, chainRows)
		if err != nil {
			return err
		}
		for _, c := range list {
			v.Checkpoints++
			v.Removed += c.Events
			if ok, _ := v.mac.signed(c.KeyID, c.MAC, c.message()); !ok {
				v.add(AuditFault{Seq: c.FromSeq, Since: c.FirstAt, Kind: FaultCheckpoint,
					Text: fmt.Sprintf("the checkpoint for events %d to %d isn't signed under the portal's key: Gatepost didn't remove them", c.FromSeq, c.ToSeq)})
			}
			after = c.FromSeq
		}
		if len(list) < chainRows {
			return nil
		}
	}
}

// findStrange looks for events outside of the chain: without a number, or after the head.
func (v *verifier) findStrange(ctx context.Context) error {
	outside, err := all(ctx, v.Reader, "VerifyAudit", scanAudit,
		`SELECT `+auditColumns+`
		FROM audit_events
		WHERE seq <= 0 OR seq > $1
		ORDER BY seq, id LIMIT $2`, v.Head.Seq, chainRows)
	if err != nil || len(outside) == 0 {
		return err
	}
	// An event and the head that counts it are committed together, so an event that the current
	// head doesn't count isn't Gatepost's.
	now, err := v.AuditHead(ctx)
	if err != nil {
		return err
	}
	for _, e := range outside {
		if e.Seq <= 0 || e.Seq > now.Seq {
			v.add(strange(e))
		}
	}
	return nil
}

// once adds a fault unless there is one of its kind: further anchors would say the same.
func (v *verifier) once(f AuditFault) {
	if !slices.ContainsFunc(v.Faults, func(g AuditFault) bool { return g.Kind == f.Kind }) {
		v.add(f)
	}
}

// checkAnchor compares the log with an anchor.
func (v *verifier) checkAnchor(ctx context.Context, a AuditAnchor) error {
	if a.MAC != "" {
		if ok, _ := v.mac.signed(a.KeyID, a.MAC, a.message()); !ok {
			v.once(AuditFault{Seq: a.Seq, Since: v.Anchored.At, Kind: FaultAnchor,
				Text: fmt.Sprintf("the anchor of event %d isn't signed under the portal's key: the file was changed, or is another portal's", a.Seq)})
			return nil
		}
	}
	head := v.Head
	if a.Seq > head.Seq {
		var err error
		if head, err = v.AuditHead(ctx); err != nil { // the anchor may be of an event since
			return err
		}
	}
	if a.Seq > head.Seq {
		v.once(AuditFault{Seq: head.Seq + 1, Since: head.At, Kind: FaultCut,
			Text: fmt.Sprintf("%s missing: the log ends at event %d, but had %d when an anchor was kept", eventsAre(head.Seq+1, a.Seq), head.Seq, a.Seq)})
		return nil
	}
	hash, err := v.hashAt(ctx, a.Seq)
	switch {
	case err != nil:
		return err
	case hash == "":
		v.Skipped++ // removed by a checkpoint, or missing and reported
	case hash != a.Hash:
		v.Anchors++
		v.once(AuditFault{Seq: a.Seq, Since: v.Anchored.At, Kind: FaultForked,
			Text: fmt.Sprintf("event %d isn't the one that was anchored: the log was rewritten after event %d", a.Seq, v.Anchored.Seq)})
	default:
		v.Anchors++
		if a.Seq > v.Anchored.Seq {
			v.Anchored = a.AuditHead
		}
	}
	return nil
}
