package api

import (
	"context"
	"time"

	"tenon/internal/core/audit"
	"tenon/internal/driver/store"
	"tenon/internal/glue"
)

const (
	// auditPage is how many events ListAudit reads from the store at once.
	auditPage = 1000
	// auditScan bounds the events that one ListAudit looks through for those that were asked for: tens of milliseconds.
	// The caller goes on from Last.
	auditScan = 10 * auditPage
	// auditSlack is how much earlier than a run's submit its events are looked for: those of one moment may stand in
	// another order than that of their times.
	auditSlack = time.Minute
	// verifyStep is how many records one VerifyAudit checks, unless it is asked for fewer: a fraction of a second.
	verifyStep = 20_000
)

// listAudit reads the audit from a record on, forwards or backwards, of all regions. A page may be empty and yet not be the
// last: More says that.
func (a *API) listAudit(ctx context.Context, c Call, in *AuditInput) (*AuditList, error) {
	if in.After < 0 || in.Before < 0 || in.Limit < 0 || in.Limit > glue.MaxPageSize {
		return nil, glue.Invalid("After and Before must not be negative, and Limit is at most %d.", glue.MaxPageSize)
	}
	limit := in.Limit
	if limit == 0 {
		limit = glue.DefaultPageSize
	}
	out := &AuditList{Records: []AuditRecord{}}
	err := a.read(ctx, func(r *store.Reader) error {
		first, err := auditFirst(r, c, in)
		if err != nil {
			return err
		}
		next := r.ChainAfter
		if out.Last = first; in.Before > 0 {
			out.Last, next = in.Before, r.ChainBefore
		}
		for scanned := 0; scanned < auditScan; scanned += auditPage {
			page, err := next(out.Last, auditPage)
			if err != nil {
				return err
			}
			for i := range page {
				if page[i].Seq <= first {
					return nil
				}
				if len(out.Records) == limit {
					out.More = true
					return nil
				}
				out.Last = page[i].Seq
				if in.matches(&page[i].Event) {
					out.Records = append(out.Records, auditRecord(&page[i]))
				}
			}
			if len(page) < auditPage {
				return nil
			}
		}
		out.More = true
		return nil
	})
	return out, err
}

// auditFirst is the number after which the records are that were asked for: those up to it are from before the time, or the
// run.
func auditFirst(r *store.Reader, c Call, in *AuditInput) (int64, error) {
	from := in.Since
	if in.RunID != "" {
		if run, err := r.GetRun(c.Region, in.RunID); err == nil && run.Submitted.Add(-auditSlack).After(from) {
			from = run.Submitted.Add(-auditSlack)
		}
	}
	if from.IsZero() {
		return in.After, nil
	}
	before, err := r.LastEventBefore(from)
	return max(in.After, before), err
}

// matches reports whether an event was asked for.
func (in *AuditInput) matches(e *glue.Event) bool {
	return (in.RunID == "" || e.Run == in.RunID) && (in.JobName == "" || e.Job == in.JobName) && !e.At.Before(in.Since)
}

// auditRecord is the record of an event.
func auditRecord(e *store.ChainedEvent) AuditRecord {
	return AuditRecord{Seq: e.Seq, At: e.At, Action: audit.Action(e.Kind), Region: e.Region, JobName: e.Job, RunID: e.Run,
		Attempt: e.Attempt, Who: e.Who, Why: audit.Why(&e.Event), Event: string(e.Kind), Detail: e.Detail, Hash: e.Hash.String()}
}

// verifyAudit checks the chain of the records, a part of it at a time: whoever asks goes on from Last and Head.
func (a *API) verifyAudit(ctx context.Context, _ Call, in *VerifyInput) (*AuditProof, error) {
	if in.After < 0 || in.Limit < 0 || in.Limit > verifyStep {
		return nil, glue.Invalid("After must not be negative, and Limit is at most %d.", verifyStep)
	}
	from, limit := audit.Link{Seq: in.After}, in.Limit
	if limit == 0 {
		limit = verifyStep
	}
	if in.After > 0 || in.Hash != "" {
		var err error
		if from.Hash, err = audit.ParseHash(in.Hash); err != nil {
			return nil, glue.Invalid("Hash is that of record %d, in hexadecimal.", in.After)
		}
	}
	var v store.Verification
	tip := a.db.Tip() // before the read, which therefore finds it
	err := a.read(ctx, func(r *store.Reader) (err error) {
		v, err = r.VerifyEvents(from, limit)
		return err
	})
	if err != nil {
		return nil, err
	}
	out := &AuditProof{OK: v.Broken == nil, Records: v.Records, First: v.First, Last: v.Head.Seq, Head: v.Head.Hash.String(),
		Pruned: v.Pruned, More: v.More, At: time.Now().UTC()}
	if v.Broken == nil && !v.More && v.Head.Seq < tip.Seq {
		out.OK = false
		v.Broken = audit.Missing(v.Head.Seq+1, tip.Seq, "this plane has stored up to there")
	}
	if v.Broken != nil {
		out.Broken, out.Problem = v.Broken.Seq, v.Broken.Problem
	}
	return out, nil
}
