package api

import (
	"context"
	"encoding/json"
	"errors"

	"tenon/internal/driver/store"
	"tenon/internal/glue"
	"tenon/internal/wire"
)

// createJob is CreateJob.
func (a *API) createJob(ctx context.Context, c Call, in *wire.CreateJobRequest) (*wire.CreateJobResponse, error) {
	j := jobFromCreate(in)
	if err := completeJob(j); err != nil {
		return nil, err
	}
	if err := a.checkConcurrency(j); err != nil {
		return nil, err
	}
	doc, err := encodeJob(j)
	if err != nil {
		return nil, err
	}
	if _, err := a.create(ctx, c, glue.KindJob, *in.Name, doc, in.Tags); err != nil {
		return nil, err
	}
	return &wire.CreateJobResponse{Name: in.Name}, nil
}

// checkConcurrency holds MaxConcurrentRuns against the account's quota.
func (a *API) checkConcurrency(j *wire.Job) error {
	most := a.settings.Load().Quotas.Limit(glue.QuotaRunsPerJob)
	if n := val(j.ExecutionProperty.MaxConcurrentRuns); float64(n) > most {
		return glue.Invalid("MaxConcurrentRuns is %d and the account's quota of concurrent runs per job is %s.", n, glue.FormatAmount(most))
	}
	return nil
}

// updateJob is UpdateJob: the whole definition is replaced, tags stay. Its MaxConcurrentRuns holds for runs that wait too.
func (a *API) updateJob(ctx context.Context, c Call, in *wire.UpdateJobRequest) (*wire.UpdateJobResponse, error) {
	j := jobFromUpdate(*in.JobName, in.JobUpdate)
	if err := completeJob(j); err != nil {
		return nil, err
	}
	if err := a.checkConcurrency(j); err != nil {
		return nil, err
	}
	doc, err := encodeJob(j)
	if err != nil {
		return nil, err
	}
	job := glue.Job{Name: *in.JobName, ExecutionProperty: &glue.ExecutionLimit{MaxConcurrentRuns: int(val(j.ExecutionProperty.MaxConcurrentRuns))}}
	err = a.update(ctx, c, glue.KindJob, *in.JobName, func(d store.Definition) (json.RawMessage, error) {
		job.Incarnation, job.Version = d.Incarnation, d.Version+1
		return doc, nil
	})
	if err == nil {
		err = a.ctl.JobChanged(ctx, c.Region, &job)
	}
	return &wire.UpdateJobResponse{JobName: in.JobName}, err
}

// deleteJob is DeleteJob. A job that is not there is deleted already. Its bookmark goes with it; its runs that wait end.
func (a *API) deleteJob(ctx context.Context, c Call, in *wire.DeleteJobRequest) (*wire.DeleteJobResponse, error) {
	gone, err := a.remove(ctx, c, glue.KindJob, *in.JobName)
	if err == nil && gone != nil {
		err = a.ctl.JobDeleted(ctx, c.Region, *in.JobName, gone.Incarnation)
	}
	return &wire.DeleteJobResponse{JobName: in.JobName}, err
}

// jobShape is a job as GetJob shows it.
func jobShape(d store.Definition) (*wire.Job, error) {
	j, err := decode[wire.Job](d)
	if err != nil {
		return nil, err
	}
	j.CreatedOn, j.LastModifiedOn = wire.At(d.Created), wire.At(d.Modified)
	return j, nil
}

// getJob is GetJob.
func (a *API) getJob(ctx context.Context, c Call, in *wire.GetJobRequest) (*wire.GetJobResponse, error) {
	d, err := a.get(ctx, c, glue.KindJob, *in.JobName)
	if err != nil {
		return nil, err
	}
	j, err := jobShape(d)
	return &wire.GetJobResponse{Job: j}, err
}

// getJobs is GetJobs.
func (a *API) getJobs(ctx context.Context, c Call, in *wire.GetJobsRequest) (*wire.GetJobsResponse, error) {
	page, next, err := a.list(ctx, c, "GetJobs", glue.KindJob, in.NextToken, in.MaxResults, nil)
	if err != nil {
		return nil, err
	}
	out := &wire.GetJobsResponse{Jobs: []wire.Job{}, NextToken: next}
	for _, d := range page {
		j, err := jobShape(d)
		if err != nil {
			return nil, err
		}
		out.Jobs = append(out.Jobs, *j)
	}
	return out, nil
}

// listJobs is ListJobs: names, of the jobs that carry all the tags given.
func (a *API) listJobs(ctx context.Context, c Call, in *wire.ListJobsRequest) (*wire.ListJobsResponse, error) {
	page, next, err := a.list(ctx, c, "ListJobs", glue.KindJob, in.NextToken, in.MaxResults, in.Tags)
	out := &wire.ListJobsResponse{JobNames: []string{}, NextToken: next}
	for _, d := range page {
		out.JobNames = append(out.JobNames, d.Name)
	}
	return out, err
}

// batchGetJobs is BatchGetJobs.
func (a *API) batchGetJobs(ctx context.Context, c Call, in *wire.BatchGetJobsRequest) (*wire.BatchGetJobsResponse, error) {
	if n := len(in.JobNames); n > glue.MaxBatchGet {
		return nil, glue.Invalid("BatchGetJobs takes at most %d names, got %d.", glue.MaxBatchGet, n)
	}
	out := &wire.BatchGetJobsResponse{Jobs: []wire.Job{}, JobsNotFound: []string{}}
	err := a.read(ctx, func(r *store.Reader) error {
		for _, name := range in.JobNames {
			d, err := r.GetDefinition(c.Region, glue.KindJob, name)
			if errors.Is(err, store.ErrNotFound) {
				out.JobsNotFound = append(out.JobsNotFound, name)
				continue
			}
			if err != nil {
				return err
			}
			j, err := jobShape(d)
			if err != nil {
				return err
			}
			out.Jobs = append(out.Jobs, *j)
		}
		return nil
	})
	return out, err
}
