package controller

import (
	"context"
	"encoding/json"
	"errors"
	"strconv"
	"time"

	"tenon/internal/attempt"
	"tenon/internal/core/bookmark"
	"tenon/internal/driver/store"
	"tenon/internal/failpoint"
	"tenon/internal/glue"
)

// query is what the commands of a turn need to know of the store.
type query struct {
	keys      []store.StartKey
	runs      []runID
	reports   []attempt.Key
	bookmarks []bookmarkKey
	jobs      []bookmarkKey
	fires     []*fire
	workflows []runID
	flows     []string

	definitions []definitionKey
	cursor      bool // of the rules
}

// runID names a run of a region.
type runID struct{ region, id string }

// key asks for the answer under a start key.
func (q *query) key(k store.StartKey) { q.keys = append(q.keys, k) }

// run asks for a run that is not open.
func (q *query) run(region, id string) { q.runs = append(q.runs, runID{region, id}) }

// lastReport asks for the last report applied of an attempt that is not current.
func (q *query) lastReport(k attempt.Key) { q.reports = append(q.reports, k) }

// bookmark asks for the bookmark of a job.
func (q *query) bookmark(k bookmarkKey) { q.bookmarks = append(q.bookmarks, k) }

// job asks for the incarnation of the job that has a bookmark.
func (q *query) job(k bookmarkKey) { q.jobs = append(q.jobs, k) }

// workflowRun asks for a workflow run that is not open.
func (q *query) workflowRun(region, id string) { q.workflows = append(q.workflows, runID{region, id}) }

// flowRuns asks for the runs of a workflow run.
func (q *query) flowRuns(id string) { q.flows = append(q.flows, id) }

// empty reports whether there is nothing to read.
func (q *query) empty() bool {
	return len(q.keys)+len(q.runs)+len(q.reports)+len(q.bookmarks)+len(q.jobs)+len(q.fires)+len(q.workflows)+len(q.flows)+len(q.definitions) == 0 && !q.cursor
}

// keyID names a start key.
type keyID struct{ region, principal, kind, key string }

// keyOf is the name of a start key.
func keyOf(k *store.StartKey) keyID { return keyID{k.Region, k.Principal, k.Kind, k.Key} }

// found is what the query found. What is absent was not found.
type found struct {
	keys      map[keyID]store.StartKey
	runs      map[string]glue.JobRun // those that end in this turn too
	reports   map[attempt.Key]int64
	bookmarks map[bookmarkKey]bookmark.State
	jobs      map[bookmarkKey]int64 // incarnation
	fires     []readyFire
	workflows map[string]store.WorkflowRun // those that end in this turn too, as are their flows
	flows     map[string][]glue.FlowRun

	definitions map[definitionKey]store.Definition
	cursor      int64
}

// key returns the answer that is stored under k, or was given earlier in this turn.
func (t *turn) key(k *store.StartKey) (store.StartKey, bool) {
	if k == nil {
		return store.StartKey{}, false
	}
	old, ok := t.found.keys[keyOf(k)]
	return old, ok
}

// reportWrite is the last report applied of one attempt.
type reportWrite struct {
	run     *run
	attempt int
	seq     int64
}

// report notes that r has a new last report.
func (t *turn) report(r *run) {
	if n := len(t.reports); n > 0 && t.reports[n-1].run == r && t.reports[n-1].attempt == r.Attempt {
		t.reports[n-1].seq = r.applied
		return
	}
	t.reports = append(t.reports, reportWrite{r, r.Attempt, r.applied})
}

// lookUp reads what the turn's commands need. The loop is the only writer of all of it, so what it reads holds until the
// turn's commit. On an error the turn decides nothing.
func (c *Controller) lookUp(ctx context.Context, t *turn) {
	ctx = context.WithoutCancel(ctx) // a turn is carried to its end
	c.audit(ctx)
	if c.db.Health() != nil {
		// A read-only store tries again with the first commit; until it works nothing is decided that could not be kept.
		if t.err = c.db.Commit(ctx, t.now, func(*store.Tx) error { return nil }); t.err != nil {
			return
		}
	}
	t.found = found{
		keys: map[keyID]store.StartKey{}, runs: map[string]glue.JobRun{}, reports: map[attempt.Key]int64{},
		bookmarks: map[bookmarkKey]bookmark.State{}, jobs: map[bookmarkKey]int64{},
		workflows: map[string]store.WorkflowRun{}, flows: map[string][]glue.FlowRun{}, definitions: map[definitionKey]store.Definition{},
	}
	var q query
	for _, cmd := range t.commands {
		cmd.needs(c.state, &q)
	}
	q.carry(c.state, t.now)
	if q.empty() {
		return
	}
	t.err = c.db.Read(ctx, func(r *store.Reader) error { return t.found.fill(r, &q, t) })
}

// fill answers a query.
func (f *found) fill(r *store.Reader, q *query, t *turn) error {
	if err := f.fillKeys(r, q, t.now); err != nil {
		return err
	}
	for _, id := range q.runs {
		run, err := r.GetRun(id.region, id.id)
		if err := keep(f.runs, id.id, run.JobRun, err); err != nil {
			return err
		}
	}
	for _, k := range q.reports {
		seq, err := r.RunSeq(k.Run)
		last := int64(0)
		if err == nil {
			last, err = r.LastReport(seq, k.Attempt)
		}
		if err := keep(f.reports, k, last, err); err != nil {
			return err
		}
	}
	for _, k := range q.bookmarks {
		b, err := r.GetBookmark(k.region, k.job)
		state := bookmark.State{}
		if err == nil {
			state, err = bookmark.Decode(b.Doc)
		}
		if err := keep(f.bookmarks, k, state, err); err != nil {
			return err
		}
	}
	for _, k := range q.jobs {
		d, err := r.GetDefinition(k.region, glue.KindJob, k.job)
		if err := keep(f.jobs, k, d.Incarnation, err); err != nil {
			return err
		}
	}
	return f.fillFlows(r, q)
}

// fillKeys answers what is asked about start keys, and asks for what their answers have to say.
func (f *found) fillKeys(r *store.Reader, q *query, now time.Time) error {
	seen, err := r.LookupStartKeys(now, q.keys)
	if err != nil {
		return err
	}
	for i, k := range q.keys {
		if !seen[i] {
			continue
		}
		f.keys[keyOf(&k)] = k
		if k.Kind == store.StartKeyRun { // it matters how its run ended
			q.run(k.Region, k.Result)
		}
		if k.Operation == opResumeWorkflow { // its nodes are part of the answer
			q.workflowRun(k.Region, k.Result)
		}
	}
	return nil
}

// fillFlows answers what is asked about triggers, workflows and what they bring about.
func (f *found) fillFlows(r *store.Reader, q *query) (err error) {
	for _, id := range q.workflows {
		run, err := r.GetWorkflowRun(id.region, id.id)
		if err := keep(f.workflows, id.id, run, err); err != nil {
			return err
		}
	}
	for _, id := range q.flows {
		if f.flows[id], err = r.FlowRuns(id); err != nil {
			return err
		}
	}
	for _, k := range q.definitions {
		d, err := r.GetDefinition(k.region, k.kind, k.name)
		if err := keep(f.definitions, k, d, err); err != nil {
			return err
		}
	}
	if q.cursor {
		if f.cursor, err = RulesCursor(r); err != nil {
			return err
		}
	}
	for _, p := range q.fires {
		ready, err := resolveFire(r, p)
		if err != nil {
			return err
		}
		f.fires = append(f.fires, ready)
	}
	return nil
}

// keep notes what was read under a key, unless there is no such thing.
func keep[K comparable, V any](into map[K]V, key K, value V, err error) error {
	switch {
	case err == nil:
		into[key] = value
	case !errors.Is(err, store.ErrNotFound):
		return err
	}
	return nil
}

// commit writes the turn, or, when it failed, voids it and loads the memory again. Of a turn with several commands that
// failed because of what it contained, each is tried again in a turn of its own, so that one that cannot be written
// does not take the others along.
func (c *Controller) commit(ctx context.Context, t *turn) {
	if !t.decided {
		c.failed(t)
		return
	}
	if t.err == nil && t.writes() {
		failpoint.Hit("controller.before_commit")
		if len(t.fires) > 0 {
			failpoint.Hit("controller.before_fire")
		}
		t.err = c.commitTx(context.WithoutCancel(ctx), t.now, t.write)
		failpoint.Hit("controller.after_commit")
		if len(t.fires) > 0 {
			failpoint.Hit("controller.after_fire")
		}
	}
	if t.err != nil {
		c.failed(t)
		c.reload(ctx)
		if len(t.commands) > 1 && !ofTheStore(t.err) {
			c.alone, t.commands, t.err = t.commands, nil, nil
		}
		return
	}
	t.written()
	c.policy = c.state.policy
	if t.more {
		c.state.nextPrune = t.now.Add(tidyAgain)
	}
}

// ofTheStore reports whether a commit failed for a reason that has nothing to do with what was to be written.
func ofTheStore(err error) bool {
	for _, cause := range []error{store.ErrUnknownOutcome, store.ErrFull, store.ErrReadOnly, store.ErrClosed} {
		if errors.Is(err, cause) {
			return true
		}
	}
	return false
}

// failed voids a turn.
func (c *Controller) failed(t *turn) {
	c.lg.Error("turn failed", "commands", len(t.commands), "runs", len(t.runs), "err", t.err)
	t.effects, t.admitted, t.ended = nil, nil, nil
}

// write puts all of the turn into one transaction.
func (t *turn) write(tx *store.Tx) error {
	for _, r := range t.runs {
		if err := r.write(tx, t); err != nil {
			return err
		}
	}
	for i := range t.definitions {
		if err := t.definitions[i].write(tx); err != nil {
			return err
		}
	}
	if err := t.writeFlows(tx); err != nil {
		return err
	}
	for i := range t.events {
		if err := tx.AppendEvent(&t.events[i]); err != nil {
			return err
		}
	}
	for _, k := range t.keys {
		if err := tx.PutStartKey(k); err != nil {
			return err
		}
	}
	for _, f := range t.files {
		if err := tx.AddRunFiles(f.run.seq, f.attempt, f.report, f.files); err != nil {
			return err
		}
	}
	for _, w := range t.reports {
		if _, err := tx.AdvanceReport(w.run.seq, w.attempt, w.seq); err != nil {
			return err
		}
	}
	for k, w := range t.bookmarks {
		if err := w.write(tx, k); err != nil {
			return err
		}
	}
	if t.logs != nil {
		doc, err := json.Marshal(t.logs)
		if err != nil {
			return err
		}
		if err := tx.PutMeta(metaLogs, doc); err != nil {
			return err
		}
	}
	for key, w := range t.leases {
		if err := w.write(tx, key); err != nil {
			return err
		}
	}
	for _, l := range t.strays {
		if err := tx.DeleteLease(l.Run, l.Attempt); err != nil {
			return err
		}
	}
	if t.cursor != 0 {
		if err := tx.PutMeta(metaCursor, strconv.AppendInt(nil, t.cursor, 10)); err != nil {
			return err
		}
	}
	if t.held != nil {
		if err := putHeld(tx, t.held); err != nil {
			return err
		}
	}
	return t.prune(tx)
}

// writeFlows puts workflow runs, fires and what triggers have behind them into the turn's transaction.
func (t *turn) writeFlows(tx *store.Tx) error {
	for _, w := range t.flows {
		if err := w.write(tx); err != nil {
			return err
		}
	}
	for _, p := range t.fires {
		if err := p.write(tx); err != nil {
			return err
		}
	}
	for _, tr := range t.triggers {
		if err := tr.write(tx); err != nil {
			return err
		}
	}
	return nil
}

// written says that what the turn touched is as the store has it.
func (t *turn) written() {
	for _, r := range t.runs {
		r.touched = false
	}
	for _, w := range t.flows {
		w.touched = false
	}
	for _, p := range t.fires {
		p.touched = false
	}
	for _, tr := range t.triggers {
		tr.touched = false
	}
}

// write inserts or updates the run.
func (r *run) write(tx *store.Tx, t *turn) error {
	r.Modified = t.now
	row := store.Run{Seq: r.seq, JobRun: r.JobRun}
	if r.seq != 0 {
		if err := tx.UpdateRun(&row); err != nil {
			return err
		}
	} else {
		if err := tx.InsertRun(&row); err != nil {
			return err
		}
		r.seq = row.Seq
	}
	return nil
}

// write stores or deletes the bookmark.
func (w *bookmarkWrite) write(tx *store.Tx, k bookmarkKey) error {
	if w.deleted {
		return tx.DeleteBookmark(k.region, k.job)
	}
	doc, err := w.state.Encode()
	if err != nil {
		return err
	}
	for version := w.had; version < int64(w.state.Version); version++ { // more than one only if a turn changed it twice
		b := store.Bookmark{Region: k.region, Job: k.job, Run: w.run, Doc: doc}
		if err := tx.PutBookmark(&b, version); err != nil {
			return err
		}
	}
	return nil
}
