package api

import (
	"context"
	"errors"
	"sync"

	"tenon/internal/controller"
	"tenon/internal/driver/store"
	"tenon/internal/glue"
)

// maxKnownBytes bounds the documents of the jobs that are kept: a job has a few hundred bytes, at most some hundred thousand.
const maxKnownBytes = 4 << 20

// knownJobs keeps jobs as they were last read. Nearly every call is about a run of a job that was asked about a moment ago,
// and jobs change rarely: what is kept holds for one store.DB.Definitions, and is forgotten with it.
type knownJobs struct {
	mu    sync.Mutex
	asOf  int64 // guarded by mu, like the rest; 0: nothing is kept
	jobs  map[jobName]*glue.Job
	bytes int
}

// jobName names a job of a region.
type jobName struct{ region, name string }

// get returns a job that is kept as of a number, or nil.
func (k *knownJobs) get(asOf int64, of jobName) *glue.Job {
	k.mu.Lock()
	defer k.mu.Unlock()
	if asOf == 0 || asOf != k.asOf {
		return nil
	}
	return k.jobs[of]
}

// put keeps a job that was read as of a number. When there is no more room, all are forgotten: those in use come back.
func (k *knownJobs) put(asOf int64, of jobName, job *glue.Job) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if asOf < k.asOf || asOf == 0 {
		return
	}
	size := len(job.Doc)
	if asOf != k.asOf || k.bytes+size > maxKnownBytes {
		k.asOf, k.jobs, k.bytes = asOf, map[jobName]*glue.Job{}, 0
	}
	k.jobs[of] = job
	k.bytes += size
}

// job returns a job as it is now, which nobody may change. The error is store.ErrNotFound where there is none.
func (a *API) job(ctx context.Context, region, name string) (*glue.Job, error) {
	asOf, of := a.db.Definitions(), jobName{region, name}
	if job := a.jobs.get(asOf, of); job != nil {
		return job, nil
	}
	var job *glue.Job
	err := a.db.ReadOnce(ctx, func(r *store.Reader) (err error) {
		job, err = controller.ReadJob(r, region, name)
		return err
	})
	if err == nil {
		a.jobs.put(asOf, of, job)
	}
	return job, err
}

// existingJob is job with the error for clients.
func (a *API) existingJob(ctx context.Context, region, name string) (*glue.Job, error) {
	job, err := a.job(ctx, region, name)
	if errors.Is(err, store.ErrNotFound) {
		err = glue.NotFound(kindNames[glue.KindJob], name)
	}
	return job, err
}
