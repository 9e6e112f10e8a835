package db

import (
	"context"
	"fmt"
)

// AuditFault is a place where the chain is broken. Event is the event concerned; a missing one
// has no id.
type AuditFault struct {
	Seq   int64
	Event AuditEvent
	Kind  string // missing, changed, strange, cut, forked
	Text  string
}

// Kinds of faults.
const (
	FaultMissing = "missing" // there is no event with this number
	FaultChanged = "changed" // the event's hash doesn't match its fields and the event before it
	FaultStrange = "strange" // the event wasn't written by Gatepost: it has no place in the chain
	FaultCut     = "cut"     // the newest events are missing, or the head was changed
	FaultForked  = "forked"  // the chain is intact, but isn't the expected one
)

// maxFaults bounds a report: further faults would add nothing.
const maxFaults = 20

// AuditReport is what VerifyAudit found.
type AuditReport struct {
	Events int64 // that were checked
	Head   AuditHead
	Faults []AuditFault
}

func (r *AuditReport) add(f AuditFault) {
	if len(r.Faults) < maxFaults {
		r.Faults = append(r.Faults, f)
	}
}

// VerifyAudit reads the whole chain and compares it with its head, and with an earlier head that
// an operator kept (expect; nil for none). Events may be written meanwhile.
func (r *Reader) VerifyAudit(ctx context.Context, expect *AuditHead) (AuditReport, error) {
	var report AuditReport
	head, err := r.AuditHead(ctx)
	if err != nil {
		return report, err
	}
	at, err := r.verifyTo(ctx, &report, head, expect)
	if err != nil {
		return report, err
	}
	report.Head = head
	switch {
	case at.Seq < head.Seq:
		report.add(AuditFault{Seq: at.Seq + 1, Kind: FaultCut,
			Text: fmt.Sprintf("the log ends at event %d, but its head counts %d: the newest events were removed", at.Seq, head.Seq)})
	case at.Hash != head.Hash:
		report.add(AuditFault{Seq: head.Seq, Kind: FaultCut,
			Text: fmt.Sprintf("event %d, the last one, isn't the one that the log's head was written for", head.Seq)})
	}
	if expect != nil && expect.Seq > head.Seq {
		report.add(AuditFault{Seq: head.Seq, Kind: FaultCut,
			Text: fmt.Sprintf("the log has %d events, but had %d when the expected head was kept", head.Seq, expect.Seq)})
	}
	return report, r.findStrange(ctx, &report, head)
}

// nextEvents says seq > 0 because the index only holds such events.
const nextEvents = `SELECT ` + auditColumns + `
	FROM audit_events
	WHERE seq > 0 AND seq > $1 AND seq <= $2
	ORDER BY seq LIMIT $3`

// verifyTo reads the events up to the head and returns the last one's number and hash.
func (r *Reader) verifyTo(ctx context.Context, report *AuditReport, head AuditHead, expect *AuditHead) (AuditHead, error) {
	var last AuditHead
	for {
		events, err := all(ctx, r, "VerifyAudit", scanAudit, nextEvents, last.Seq, head.Seq, chainRows)
		if err != nil {
			return last, err
		}
		for _, e := range events {
			report.Events++
			if e.Seq == last.Seq {
				report.add(strange(e))
				continue
			}
			if e.Seq > last.Seq+1 {
				report.add(missing(last.Seq+1, e.Seq-1))
			} else if chainHash(last.Hash, e) != e.Hash {
				// The next event is compared with the stored hash, so that one change is one fault.
				report.add(AuditFault{Seq: e.Seq, Event: e, Kind: FaultChanged,
					Text: fmt.Sprintf("event %d or the one before it was changed", e.Seq)})
			}
			last = AuditHead{e.Seq, e.Hash}
			if expect != nil && expect.Seq == e.Seq && expect.Hash != e.Hash {
				report.add(AuditFault{Seq: e.Seq, Event: e, Kind: FaultForked,
					Text: fmt.Sprintf("event %d isn't the one of the expected head: the log was rewritten up to here", e.Seq)})
			}
		}
		if len(events) < chainRows {
			return last, nil
		}
	}
}

func missing(from, to int64) AuditFault {
	text := fmt.Sprintf("event %d is missing", from)
	if to > from {
		text = fmt.Sprintf("events %d to %d are missing", from, to)
	}
	return AuditFault{Seq: from, Kind: FaultMissing, Text: text}
}

func strange(e AuditEvent) AuditFault {
	return AuditFault{Seq: e.Seq, Event: e, Kind: FaultStrange,
		Text: fmt.Sprintf("event %s wasn't written by Gatepost: it has no place in the chain", e.ID)}
}

// findStrange looks for events outside of the chain: without a number, or after the head.
func (r *Reader) findStrange(ctx context.Context, report *AuditReport, head AuditHead) error {
	outside, err := all(ctx, r, "VerifyAudit", scanAudit,
		`SELECT `+auditColumns+`
		FROM audit_events
		WHERE seq <= 0 OR seq > $1
		ORDER BY seq, id LIMIT $2`, head.Seq, chainRows)
	if err != nil || len(outside) == 0 {
		return err
	}
	// An event and the head that counts it are committed together, so an event that the current
	// head doesn't count isn't Gatepost's.
	now, err := r.AuditHead(ctx)
	if err != nil {
		return err
	}
	for _, e := range outside {
		if e.Seq <= 0 || e.Seq > now.Seq {
			report.add(strange(e))
		}
	}
	return nil
}
