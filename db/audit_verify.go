package db

import (
	"context"
	"fmt"
)

// AuditFault is one place where the chain is broken. Event is the one concerned, without an id where it is missing.
type AuditFault struct {
	Seq   int64
	Event AuditEvent
	Kind  string // missing, changed, strange, cut, forked
	Text  string
}

// Kinds of faults.
const (
	FaultMissing = "missing" // there is no event with this number
	FaultChanged = "changed" // the event's hash does not fit its fields and the event before it
	FaultStrange = "strange" // the event was not written by Gatepost: it has no place in the chain
	FaultCut     = "cut"     // events at the end are missing, or the head was changed
	FaultForked  = "forked"  // the chain is whole, but is not the one that was expected
)

// maxFaults bounds a report: what comes after says no more.
const maxFaults = 20

// AuditReport is what VerifyAudit found.
type AuditReport struct {
	Events int64 // that were looked at
	Head   AuditHead
	Faults []AuditFault
}

func (r *AuditReport) add(f AuditFault) {
	if len(r.Faults) < maxFaults {
		r.Faults = append(r.Faults, f)
	}
}

// VerifyAudit reads the whole chain and compares it with its head, and with what an operator kept of an earlier head
// (expect; nil: nothing). Events that are written meanwhile don't disturb it.
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
			Text: fmt.Sprintf("the log ends with event %d, and its head says that there are %d: the newest events were removed", at.Seq, head.Seq)})
	case at.Hash != head.Hash:
		report.add(AuditFault{Seq: head.Seq, Kind: FaultCut, Text: fmt.Sprintf("event %d, the last one, is not the one that the log's head was written for", head.Seq)})
	}
	if expect != nil && expect.Seq > head.Seq {
		report.add(AuditFault{Seq: head.Seq, Kind: FaultCut, Text: fmt.Sprintf("the log has %d events, and there were %d when the expected head was kept", head.Seq, expect.Seq)})
	}
	return report, r.findStrange(ctx, &report, head)
}

// nextEvents says seq > 0 for the index, which has nothing else.
const nextEvents = `SELECT ` + auditColumns + `
	FROM audit_events
	WHERE seq > 0 AND seq > $1 AND seq <= $2
	ORDER BY seq LIMIT $3`

// verifyTo reads the events up to the head and gives the last one's number and hash.
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
				// What follows is compared with the hash as it stands, so that one change is one fault.
				report.add(AuditFault{Seq: e.Seq, Event: e, Kind: FaultChanged, Text: fmt.Sprintf("event %d was changed, or the one before it was", e.Seq)})
			}
			last = AuditHead{e.Seq, e.Hash}
			if expect != nil && expect.Seq == e.Seq && expect.Hash != e.Hash {
				report.add(AuditFault{Seq: e.Seq, Event: e, Kind: FaultForked,
					Text: fmt.Sprintf("event %d is not the one of the expected head: the log was written anew up to here", e.Seq)})
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
	return AuditFault{Seq: e.Seq, Event: e, Kind: FaultStrange, Text: fmt.Sprintf("event %s was not written by Gatepost: it has no place in the chain", e.ID)}
}

// findStrange looks for events outside of the chain: without a number, or behind the head.
func (r *Reader) findStrange(ctx context.Context, report *AuditReport, head AuditHead) error {
	outside, err := all(ctx, r, "VerifyAudit", scanAudit,
		`SELECT `+auditColumns+`
		FROM audit_events
		WHERE seq <= 0 OR seq > $1
		ORDER BY seq, id LIMIT $2`, head.Seq, chainRows)
	if err != nil || len(outside) == 0 {
		return err
	}
	// An event and the head that counts it are committed together: what the head of now does not count is none of ours.
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
