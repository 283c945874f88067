package scheduler

import "slices"

// LimitJob returns the snapshot with another MaxConcurrentRuns for a job (its scheduler name): for what-if. Runs that are
// submitted later tell it themselves.
func (s Snapshot) LimitJob(job string, most int64) Snapshot {
	if s.Memory == nil {
		return s
	}
	mem := *s.Memory
	mem.jobs = slices.Clone(mem.jobs)
	for i := range mem.jobs {
		if mem.jobs[i].job == job {
			mem.jobs[i].limit = most
		}
	}
	s.Memory = &mem
	return s
}
