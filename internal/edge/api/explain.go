package api

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"tenon/internal/core/forecast"
	"tenon/internal/core/quota"
	"tenon/internal/core/scheduler"
	"tenon/internal/driver/store"
	"tenon/internal/glue"
)

// maxAhead is how many of the runs before a waiting one an explanation names.
const maxAhead = 3

// explainRun is ExplainRun: of a waiting run why, of another where it was put. "<id>_attempt_N" is its run.
func (a *API) explainRun(ctx context.Context, c Call, in *ExplainInput) (*RunExplanation, error) {
	id, _ := glue.SplitAttempt(in.RunID)
	var run store.Run
	err := a.read(ctx, func(r *store.Reader) (err error) {
		run, err = r.GetRun(c.Region, id)
		return err
	})
	if errors.Is(err, store.ErrNotFound) {
		return nil, glue.NotFound("JobRun", in.RunID)
	}
	if err != nil {
		return nil, err
	}
	out := a.explain(&run.JobRun)
	if out.Position > 1 {
		line := a.ctl.View().Waiting(c.Region, out.Queue)
		before := line[:min(out.Position-1, len(line))]
		out.Ahead = slices.Clone(before[max(0, len(before)-maxAhead):])
	}
	return out, nil
}

// explain says where a run stands.
func (a *API) explain(r *glue.JobRun) *RunExplanation {
	out := &RunExplanation{RunID: r.ID, JobName: r.Job, State: r.State, Attempt: r.Attempt, Queue: cmp.Or(r.Queue, scheduler.DefaultQueue),
		Priority: r.Priority, Submitted: r.Submitted, Started: r.Started, Error: r.ErrorMessage, Detail: r.StateDetail, Placement: r.Placement, Avoid: r.Avoid}
	if r.State != glue.RunWaiting {
		return out
	}
	e := a.ctl.Explain(r)
	out.Detail, out.Reason, out.Helps, out.Expected = e.Detail, reasonShape(&e.Reason), e.Helps, expectedShape(e.Estimate)
	if e.Reason.Position > 0 { // else it is not in line
		out.Position, out.Of = e.Position, e.Of
	}
	return out
}

// reasonShape is why a run waits, in numbers.
func reasonShape(r *scheduler.Reason) *WaitReason {
	w := &WaitReason{Tier: string(r.Tier), Words: r.Words(), Holders: r.HolderIDs, Held: r.Holders, For: r.Ahead, Next: r.Next,
		NextRun: r.NextID, Latest: r.NextMost, Until: r.Until, Linger: r.Linger, Back: r.Back}
	for i := range r.Also {
		w.Also = append(w.Also, *reasonShape(&r.Also[i]))
	}
	s := r.Shortage
	if s.Need > 0 {
		res := s.Pool.Resource
		w.Pool, w.Unit, w.Scope = res.String(), counted[res].unit, s.Pool.Scope
		w.Need, w.Free, w.Limit = amountOf(res, s.Need), amountOf(res, s.Free), amountOf(res, s.Limit)
		if res == quota.JobRuns {
			w.Scope = ofJob(s.Pool.Scope)
		}
	}
	switch {
	case r.Tier == scheduler.TierQueue || r.Tier == scheduler.TierHeld && r.Queue != "":
		w.Scope = scopeQueue + r.Queue
	case r.Subnet != "":
		w.Scope = scopeSubnet + r.Subnet
	}
	return w
}

// expectedShape is when a run should start; nil where that is not known.
func expectedShape(e *forecast.Estimate) *Expected {
	if e == nil {
		return nil
	}
	return &Expected{P50: e.P50, Low: e.Low, High: e.High, More: e.More, Guess: e.Untimed != "", Untimed: e.Untimed, Made: e.Made}
}

// waitingKey is where a page of ListWaiting begins: in the lines after a run, or, when they are through, among the open
// runs after a sequence number.
type waitingKey struct {
	After string `json:"a,omitempty"`
	Place int    `json:"p,omitempty"` // of After, for when it has started meanwhile
	Aside bool   `json:"s,omitempty"`
	Seq   int64  `json:"q,omitempty"`
}

// maxScan bounds the runs that one call of ListWaiting looks at: its page may then be short, and still have a next one.
const maxScan = 1000

// listWaiting is ListWaiting: first the runs in line, in their order, then those that are not: held, between two attempts,
// never to start, or too young for the view.
func (a *API) listWaiting(ctx context.Context, c Call, in *WaitingInput) (*WaitingList, error) {
	if in.Limit < 0 || in.Limit > glue.MaxPageSize {
		return nil, glue.Invalid("Limit is at most %d.", glue.MaxPageSize)
	}
	scope, filter := "ListWaiting/"+c.Region, [2]string{in.Queue, in.JobName}
	var key waitingKey
	if err := a.pages.read(&in.NextToken, scope, filter, &key); err != nil {
		return nil, err
	}
	line := a.ctl.View().Waiting(c.Region, in.Queue)
	w := &waitingPage{in: in, region: c.Region, limit: cmp.Or(in.Limit, glue.DefaultPageSize), scan: maxScan}
	err := a.read(ctx, func(r *store.Reader) error {
		more, err := w.inLine(r, line, &key)
		if err == nil && !more {
			err = w.aside(r, line, &key)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	out := &WaitingList{Runs: make([]RunExplanation, len(w.found)), Total: len(line)}
	for i := range w.found {
		out.Runs[i] = *a.explain(&w.found[i])
	}
	if !w.through {
		out.NextToken = *a.pages.next(scope, filter, key)
	}
	return out, nil
}

// waitingPage gathers a page.
type waitingPage struct {
	in      *WaitingInput
	region  string
	limit   int
	scan    int // runs that may still be looked at
	found   []glue.JobRun
	through bool // there is nothing after it
}

// full reports whether the page ends here.
func (w *waitingPage) full() bool { return len(w.found) >= w.limit || w.scan <= 0 }

// take adds a run if it waits and is asked for.
func (w *waitingPage) take(r *store.Run) {
	if r.State == glue.RunWaiting && r.Region == w.region && (w.in.JobName == "" || r.Job == w.in.JobName) &&
		(w.in.Queue == "" || cmp.Or(r.Queue, scheduler.DefaultQueue) == w.in.Queue) {
		w.found = append(w.found, r.JobRun)
	}
}

// inLine takes runs of the lines after key. More: the page is full before they are through.
func (w *waitingPage) inLine(r *store.Reader, line []string, key *waitingKey) (more bool, err error) {
	if key.Aside {
		return false, nil
	}
	at := 0
	if key.After != "" {
		if at = slices.Index(line, key.After) + 1; at == 0 {
			at = min(key.Place, len(line))
		}
	}
	for ; at < len(line); at++ {
		if w.full() {
			return true, nil
		}
		run, err := r.GetRun(w.region, line[at])
		if err != nil && !errors.Is(err, store.ErrNotFound) { // one that ended long ago: the view is old
			return false, err
		}
		if err == nil {
			w.take(&run)
		}
		w.scan--
		key.After, key.Place = line[at], at
	}
	*key = waitingKey{Aside: true}
	return false, nil
}

// aside takes waiting runs that are in no line, oldest first.
func (w *waitingPage) aside(r *store.Reader, line []string, key *waitingKey) error {
	inLine := make(map[string]bool, len(line))
	for _, id := range line {
		inLine[id] = true
	}
	for !w.full() {
		runs, err := r.OpenRuns(key.Seq, min(w.scan, store.MaxList))
		if err != nil {
			return err
		}
		for i := range runs {
			if len(w.found) >= w.limit {
				return nil
			}
			if key.Seq = runs[i].Seq; !inLine[runs[i].ID] {
				w.take(&runs[i])
			}
		}
		if w.scan -= len(runs); len(runs) == 0 {
			w.through = true
			return nil
		}
	}
	return nil
}
