package store

import (
	"encoding/json"
	"fmt"
	"math"

	"tenon/internal/glue"
)

// WorkflowRun is a row of table workflow_run: a workflow run and its place in the order of starts.
type WorkflowRun struct {
	Seq int64 // given by InsertWorkflowRun
	glue.WorkflowRun
}

// InsertWorkflowRun stores a new workflow run and sets its Seq. An id that is taken is an error.
func (t *Tx) InsertWorkflowRun(w *WorkflowRun) error {
	doc, err := json.Marshal(&w.WorkflowRun)
	if err != nil {
		return fmt.Errorf("store: insert workflow run: %w", err)
	}
	t.c.seq.workflowRun++
	_, err = t.exec("insert workflow run", `INSERT INTO workflow_run (seq, id, region, workflow, incarnation, open, started, doc)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		t.c.seq.workflowRun, w.ID, w.Region, w.Workflow, w.Incarnation, flag(!w.State.Final()), micros(w.Started), doc)
	if err == nil {
		w.Seq = t.c.seq.workflowRun
	}
	return err
}

// UpdateWorkflowRun replaces the document of the workflow run with w's Seq. ErrNotFound if there is none.
func (t *Tx) UpdateWorkflowRun(w *WorkflowRun) error {
	doc, err := json.Marshal(&w.WorkflowRun)
	if err != nil {
		return fmt.Errorf("store: update workflow run: %w", err)
	}
	n, err := t.exec("update workflow run", `UPDATE workflow_run SET open = $1, doc = $2 WHERE seq = $3`,
		flag(!w.State.Final()), doc, w.Seq)
	if err == nil && n == 0 {
		err = fmt.Errorf("%w: workflow run %s", ErrNotFound, w.ID)
	}
	return err
}

// GetWorkflowRun returns a workflow run by its id, of whatever incarnation of its workflow; ErrNotFound if the region has
// none.
func (r *Reader) GetWorkflowRun(region, id string) (WorkflowRun, error) {
	all, err := r.workflowRuns("get workflow run", `SELECT seq, doc FROM workflow_run WHERE id = $1`, id)
	if err == nil && (len(all) == 0 || all[0].Region != region) {
		err = fmt.Errorf("%w: workflow run %s", ErrNotFound, id)
	}
	if err != nil {
		return WorkflowRun{}, err
	}
	return all[0], nil
}

// WorkflowRunQuery selects a page of one workflow's runs.
type WorkflowRunQuery struct {
	Region      string
	Workflow    string
	Incarnation int64 // the workflow's
	Before      int64 // only runs with a smaller Seq; 0 for the newest
	Limit       int   // 1 to MaxList
}

// ListWorkflowRuns returns a page of a workflow's runs, newest first. Runs started meanwhile never move what follows.
func (r *Reader) ListWorkflowRuns(q WorkflowRunQuery) ([]WorkflowRun, error) {
	if q.Limit < 1 || q.Limit > MaxList {
		return nil, fmt.Errorf("store: list workflow runs: limit %d is not within 1 to %d", q.Limit, MaxList)
	}
	if q.Before == 0 {
		q.Before = math.MaxInt64
	}
	return r.workflowRuns("list workflow runs", sqlListWorkflowRuns, q.Region, q.Workflow, q.Incarnation, q.Before, q.Limit)
}

// sqlListWorkflowRuns is the statement of ListWorkflowRuns.
const sqlListWorkflowRuns = `SELECT seq, doc FROM workflow_run WHERE region = $1 AND workflow = $2 AND incarnation = $3 AND seq < $4
	ORDER BY seq DESC LIMIT $5`

// OpenWorkflowRuns returns up to limit workflow runs in a non-final state with a Seq above after, in order, of all regions:
// what recovery loads. limit may be larger than MaxList.
func (r *Reader) OpenWorkflowRuns(after int64, limit int) ([]WorkflowRun, error) {
	return r.workflowRuns("open workflow runs", sqlOpenWorkflowRuns, after, limit)
}

// sqlOpenWorkflowRuns is the statement of OpenWorkflowRuns.
const sqlOpenWorkflowRuns = `SELECT seq, doc FROM workflow_run WHERE open = 1 AND seq > $1 ORDER BY seq LIMIT $2`

// workflowRuns reads rows of (seq, doc).
func (r *Reader) workflowRuns(op, text string, args ...any) ([]WorkflowRun, error) {
	all, err := docs[glue.WorkflowRun](r, op, text, args...)
	if err != nil {
		return nil, err
	}
	var runs []WorkflowRun
	for _, n := range all {
		runs = append(runs, WorkflowRun{Seq: n.seq, WorkflowRun: n.value})
	}
	return runs, nil
}

// FlowRuns returns all runs of a flow as the flow sees them, in the order of their submits. There are no more than its
// triggers have actions, since each fires once.
func (r *Reader) FlowRuns(flow string) ([]glue.FlowRun, error) {
	runs, err := r.runs("flow runs", sqlFlowRuns, flow)
	var all []glue.FlowRun
	for _, run := range runs {
		all = append(all, glue.FlowRun{ID: run.ID, Job: run.Job, State: run.State, Trigger: run.Trigger})
	}
	return all, err
}

// sqlFlowRuns is the statement of FlowRuns.
const sqlFlowRuns = `SELECT seq, doc FROM run WHERE flow = $1 AND flow <> '' ORDER BY seq`

// ListRunsOfFlow returns a page of a flow's runs, newest first: those with a Seq below before, 0 for the newest. limit is 1
// to MaxList.
func (r *Reader) ListRunsOfFlow(flow string, before int64, limit int) ([]Run, error) {
	if limit < 1 || limit > MaxList {
		return nil, fmt.Errorf("store: runs of a flow: limit %d is not within 1 to %d", limit, MaxList)
	}
	if before == 0 {
		before = math.MaxInt64
	}
	return r.runs("runs of a flow", sqlListFlow, flow, before, limit)
}

// sqlListFlow is the statement of ListRunsOfFlow.
const sqlListFlow = `SELECT seq, doc FROM run WHERE flow = $1 AND flow <> '' AND seq < $2 ORDER BY seq DESC LIMIT $3`
