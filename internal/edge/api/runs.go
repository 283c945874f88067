package api

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"tenon/internal/controller"
	"tenon/internal/driver/store"
	"tenon/internal/glue"
	"tenon/internal/wire"
)

// maxRunPage is the largest page of GetJobRuns (the model's OrchestrationPageSize200).
const maxRunPage = 200

// startJobRun is StartJobRun.
func (a *API) startJobRun(ctx context.Context, c Call, in *wire.StartJobRunRequest) (*wire.StartJobRunResponse, error) {
	if err := checkTimeout(in.Timeout); err != nil {
		return nil, err
	}
	req := controller.StartRequest{
		Region: c.Region, Principal: c.AccessKey, Arguments: in.Arguments, Timeout: int(val(in.Timeout)),
		AllocatedCapacity: int(val(in.AllocatedCapacity)), MaxCapacity: in.MaxCapacity, WorkerType: val(in.WorkerType),
		NumberOfWorkers: int(val(in.NumberOfWorkers)), ExecutionClass: val(in.ExecutionClass),
		SessionPolicy: val(in.ExecutionRoleSessionPolicy), QueuingEnabled: in.JobRunQueuingEnabled,
		InvocationID: c.Invocation, BodyHash: c.bodyHash[:],
	}
	if in.NotificationProperty != nil {
		doc, err := json.Marshal(in.NotificationProperty)
		if err != nil {
			return nil, err
		}
		req.Notification = doc
	}
	job, err := a.job(ctx, c.Region, *in.JobName)
	if errors.Is(err, store.ErrNotFound) {
		return nil, glue.Errorf(glue.CodeEntityNotFound, "Failed to start job run due to missing metadata: job %s does not exist.", *in.JobName)
	}
	if err != nil {
		return nil, err
	}
	req.Job = *job
	if err := a.read(ctx, func(r *store.Reader) error { return resolveStart(r, in, &req) }); err != nil {
		return nil, err
	}
	id, err := a.ctl.Start(ctx, req)
	if err != nil {
		return nil, err
	}
	return &wire.StartJobRunResponse{JobRunId: &id}, nil
}

// resolveStart reads what a start of a job refers to: the run to repeat, the connections, the security configuration. Of most
// starts that is nothing.
func resolveStart(r *store.Reader, in *wire.StartJobRunRequest, req *controller.StartRequest) error {
	if in.JobRunId != nil {
		run, err := jobRun(r, req.Region, &req.Job, *in.JobRunId)
		if err != nil {
			return err
		}
		req.Previous = &run.JobRun
	}
	return req.Resolve(r, val(in.SecurityConfiguration))
}

// jobRun reads a run of a job by its id; "<id>_attempt_N" is its run. A run of an earlier job of the same name is hidden.
func jobRun(r *store.Reader, region string, job *glue.Job, given string) (store.Run, error) {
	id, attempt := glue.SplitAttempt(given)
	run, err := r.GetRun(region, id)
	if errors.Is(err, store.ErrNotFound) || err == nil && (run.Job != job.Name || run.Incarnation != job.Incarnation || attempt > run.Attempt) {
		return run, glue.Errorf(glue.CodeEntityNotFound, "JobRun with id: %s of job: %s not found.", given, job.Name)
	}
	return run, err
}

// shape is a run as it is shown now, with the reason of one that waits.
func (a *API) shape(r *glue.JobRun) wire.JobRun {
	detail, report := r.StateDetail, ""
	if r.State == glue.RunWaiting {
		detail, report = a.ctl.StateDetail(r), a.settings.Load().ReportQueuedAs
		if len(detail) > glue.MaxStateDetail {
			detail = detail[:glue.MaxStateDetail]
		}
	}
	return runShape(r, detail, report, time.Now())
}

// getJobRun is GetJobRun.
func (a *API) getJobRun(ctx context.Context, c Call, in *wire.GetJobRunRequest) (*wire.GetJobRunResponse, error) {
	job, err := a.existingJob(ctx, c.Region, *in.JobName)
	if err != nil {
		return nil, err
	}
	var run store.Run
	err = a.db.ReadOnce(ctx, func(r *store.Reader) error {
		run, err = jobRun(r, c.Region, job, *in.RunId)
		return err
	})
	if err != nil {
		return nil, err
	}
	out := a.shape(&run.JobRun)
	if !val(in.PredecessorsIncluded) {
		out.PredecessorRuns = nil
	}
	return &wire.GetJobRunResponse{JobRun: &out}, nil
}

// readJob reads what identifies a job.
func readJob(r *store.Reader, region, name string) (*glue.Job, error) {
	d, err := r.GetDefinition(region, glue.KindJob, name)
	if errors.Is(err, store.ErrNotFound) {
		return nil, glue.NotFound(kindNames[glue.KindJob], name)
	}
	return &glue.Job{Name: name, Incarnation: d.Incarnation, Version: d.Version}, err
}

// runPageKey is where a page of runs begins.
type runPageKey struct {
	Before      int64 `json:"b"`
	Incarnation int64 `json:"i"`
}

// getJobRuns is GetJobRuns, newest first.
func (a *API) getJobRuns(ctx context.Context, c Call, in *wire.GetJobRunsRequest) (*wire.GetJobRunsResponse, error) {
	scope := "GetJobRuns/" + c.Region
	var key runPageKey
	if err := a.pages.read(in.NextToken, scope, *in.JobName, &key); err != nil {
		return nil, err
	}
	limit := min(pageSize(in.MaxResults), maxRunPage)
	var page []store.Run
	err := a.read(ctx, func(r *store.Reader) error {
		job, err := readJob(r, c.Region, *in.JobName)
		if err != nil {
			return err
		}
		if key.Before != 0 && key.Incarnation != job.Incarnation {
			return glue.Invalid("The NextToken is of a job that was deleted meanwhile.")
		}
		key.Incarnation = job.Incarnation
		page, err = r.ListRuns(store.RunQuery{Region: c.Region, Job: *in.JobName, Incarnation: job.Incarnation, Before: key.Before, Limit: limit})
		return err
	})
	if err != nil {
		return nil, err
	}
	out := &wire.GetJobRunsResponse{JobRuns: make([]wire.JobRun, 0, len(page))}
	for i := range page {
		shown := a.shape(&page[i].JobRun)
		shown.PredecessorRuns = nil
		out.JobRuns = append(out.JobRuns, shown)
	}
	if len(page) == limit {
		key.Before = page[len(page)-1].Seq
		out.NextToken = a.pages.next(scope, *in.JobName, key)
	}
	return out, nil
}

// batchStopJobRun is BatchStopJobRun: each id succeeds or fails alone.
func (a *API) batchStopJobRun(ctx context.Context, c Call, in *wire.BatchStopJobRunRequest) (*wire.BatchStopJobRunResponse, error) {
	if n := len(in.JobRunIds); n > glue.MaxBatchStop {
		return nil, glue.Invalid("BatchStopJobRun takes at most %d run ids, got %d.", glue.MaxBatchStop, n)
	}
	errs, err := a.ctl.Stop(ctx, controller.StopRequest{Region: c.Region, Principal: c.AccessKey, Job: *in.JobName, Runs: in.JobRunIds})
	if err != nil {
		return nil, err
	}
	out := &wire.BatchStopJobRunResponse{SuccessfulSubmissions: []wire.BatchStopJobRunSuccessfulSubmission{}, Errors: []wire.BatchStopJobRunError{}}
	for i, id := range in.JobRunIds {
		if errs[i] == nil {
			out.SuccessfulSubmissions = append(out.SuccessfulSubmissions, wire.BatchStopJobRunSuccessfulSubmission{JobName: in.JobName, JobRunId: ptr(id)})
			continue
		}
		message := errs[i].Error()
		var e *glue.Error
		if errors.As(errs[i], &e) {
			message = e.Message
		}
		out.Errors = append(out.Errors, wire.BatchStopJobRunError{JobName: in.JobName, JobRunId: ptr(id),
			ErrorDetail: &wire.ErrorDetail{ErrorCode: ptr(string(glue.CodeOf(errs[i]))), ErrorMessage: &message}})
	}
	return out, nil
}

// FindRun reads a run by its id, for the services beside Glue.
func (a *API) FindRun(ctx context.Context, region, id string) (*glue.JobRun, error) {
	var run store.Run
	err := a.read(ctx, func(r *store.Reader) (err error) {
		run, err = r.GetRun(region, id)
		return err
	})
	return &run.JobRun, err
}

// RecentRuns lists those of a log group among the newest limit runs of the region, newest first.
func (a *API) RecentRuns(ctx context.Context, region, group string, limit int) ([]*glue.JobRun, error) {
	var out []*glue.JobRun
	err := a.read(ctx, func(r *store.Reader) error {
		runs, err := r.RecentRuns(region, limit)
		for i := range runs {
			if runs[i].LogGroup == group {
				out = append(out, &runs[i].JobRun)
			}
		}
		return err
	})
	return out, err
}
