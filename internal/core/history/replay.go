package history

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"tenon/internal/core/forecast"
	"tenon/internal/core/placement"
	"tenon/internal/core/scheduler"
	"tenon/internal/glue"
)

// Report is how an Export was understood.
type Report struct {
	From     time.Time `json:"From"` // the first and the last submit
	To       time.Time `json:"To"`
	Read     int       `json:"RunsRead"`
	Used     int       `json:"RunsUsed"`
	Drawn    int       `json:"RunsDrawn"` // of Used: their run time is not known and is drawn from the job's others
	Skipped  []Skipped `json:"Skipped,omitempty"`
	Jobs     int       `json:"Jobs"`
	Subnets  int       `json:"Subnets"`
	Refused  int       `json:"RunsFailedForCapacity"` // failed on AWS for want of slots, DPUs or addresses
	StartUp  float64   `json:"StartUpSeconds"`        // that a run takes from its submit to its first second of execution, if nothing holds it up
	Observed float64   `json:"ObservedWaitSeconds"`   // that runs took on AWS beyond start-up and execution, in all
	Notes    []string  `json:"Notes,omitempty"`
}

// Skipped is how many runs were left out for a reason.
type Skipped struct {
	Runs int    `json:"Runs"`
	Why  string `json:"Why"`
	Like string `json:"Like"` // one of them
}

// Why runs are left out.
const (
	skipTwice    = "the same run stands in the files twice"
	skipTime     = "it has no StartedOn"
	skipFar      = "its StartedOn is not between 2000 and 2100"
	skipJob      = "it has no JobName"
	skipCapacity = "neither the run nor its job tells its capacity"
	skipType     = "its WorkerType is not known"
	skipRetry    = "a retry of a run that failed for capacity: the same demand"
	skipBackward = "it completed before it started"
)

// capacityTexts are parts of the messages with which Glue fails runs that find no room.
var capacityTexts = []string{
	"max concurrent runs exceeded", "concurrent runs exceeded", "exceeded maximum concurrent compute capacity", "resource unavailable",
	"does not have enough free addresses", "exceeded its maximum allowed concurrent runs",
}

// forCapacity reports whether a run failed for want of room.
func (r *Run) forCapacity() bool {
	if r.State != "FAILED" && r.State != "ERROR" && r.State != "EXPIRED" {
		return false
	}
	text := strings.ToLower(r.ErrorMessage)
	return r.State == "EXPIRED" || slices.ContainsFunc(capacityTexts, func(s string) bool { return strings.Contains(text, s) })
}

// ErrNothing says that an export holds no run that can be replayed.
var ErrNothing = errors.New("history: no run of the export can be replayed")

// unknownLimit is MaxConcurrentRuns of a job whose definition is not there: AWS's own limit for every job.
const unknownLimit = 1000

// timeoutDefault is AWS's of a job, in minutes.
const timeoutDefault = 2880

// maxTook bounds the ExecutionTime and the Timeout of a run: no run lasts ten years.
const maxTook = 10 * 365 * 24 * time.Hour

// far reports whether a time is none at which Glue ran anything: between two of those there are more years than a
// time.Duration holds.
func far(t time.Time) bool { return t.Year() < 2000 || t.Year() >= 2100 }

// Replay makes an export the input of a simulation: an empty state at the first submit and all runs as arrivals, in the
// region and under the limits of cfg. Subnets of the export are added to the region's where cfg lists none for it.
func (x *Export) Replay(cfg scheduler.Config, region string) (forecast.Input, Report, error) {
	p := &replay{x: x, region: region, jobs: map[string]*Job{}, subnetOf: map[string]string{}, skipped: map[string]*Skipped{},
		raised: map[string]bool{}, nojob: map[string]bool{}, anywhere: map[string]bool{}}
	for i := range x.Jobs {
		p.jobs[x.Jobs[i].Name] = &x.Jobs[i]
	}
	for _, c := range x.Connections {
		p.subnetOf[c.Name] = c.Physical.SubnetID
	}
	var err error
	if cfg, err = p.subnets(cfg); err != nil {
		return forecast.Input{}, Report{}, err
	}
	runs := p.choose()
	if len(runs) == 0 {
		return forecast.Input{}, p.finish(nil), ErrNothing
	}
	p.startUp(runs)
	p.peak = peaks(runs)
	in := forecast.Input{Durations: map[string][]time.Duration{}}
	for n, r := range runs {
		in.Arrivals = append(in.Arrivals, p.arrival(n, r))
		if a := &in.Arrivals[n]; a.Took > 0 {
			in.Durations[a.Run.Job] = append(in.Durations[a.Run.Job], a.Took)
		} else {
			p.report.Drawn++
		}
	}
	in.State = scheduler.Snapshot{At: runs[0].StartedOn.Time, Config: cfg}
	return in, p.finish(runs), nil
}

// replay is the work of Replay.
type replay struct {
	x         *Export
	region    string
	jobs      map[string]*Job
	subnetOf  map[string]string // by connection
	managed   []placement.Subnet
	skipped   map[string]*Skipped
	report    Report
	overhead  time.Duration
	peak      map[string]int64 // runs that a job had at once, by its name
	raised    map[string]bool  // jobs that had more at once than their definition allows now
	nojob     map[string]bool  // jobs without a definition
	anywhere  map[string]bool  // jobs whose connections lead to nowhere known
	odd       []string         // priorities that are none
	blockless int              // subnets without an IPv4 block
}

// subnets adds the export's subnets to the configuration.
func (p *replay) subnets(cfg scheduler.Config) (scheduler.Config, error) {
	limits, ok := cfg.Regions[p.region]
	if !ok {
		limits = cfg.Default
	}
	if len(limits.Subnets) == 0 {
		for _, s := range p.x.Subnets {
			if s.CIDR == "" { // it is one of IPv6 alone
				p.blockless++
				continue
			}
			cidr, err := netip.ParsePrefix(s.CIDR)
			if err != nil || placement.Usable(cidr) == 0 {
				return cfg, fmt.Errorf("history: subnet %s: CidrBlock %q is not an IPv4 block", s.ID, s.CIDR)
			}
			if !slices.ContainsFunc(limits.Subnets, func(old placement.Subnet) bool { return old.ID == s.ID }) {
				limits.Subnets = append(slices.Clip(limits.Subnets), placement.Subnet{ID: s.ID, VPC: s.VPC, Zone: s.Zone, CIDR: cidr.Masked()})
			}
		}
	}
	p.managed = limits.Subnets
	cfg.Regions = map[string]scheduler.Region{p.region: limits}
	return cfg, nil
}

// skip notes a run that is left out.
func (p *replay) skip(r *Run, why string) {
	s := p.skipped[why]
	if s == nil {
		s = &Skipped{Why: why, Like: cmp.Or(r.ID, r.JobName, "a run without Id")}
		p.skipped[why] = s
	}
	s.Runs++
}

// choose returns the runs that can be replayed, by time.
func (p *replay) choose() []*Run {
	p.report.Read = len(p.x.Runs)
	seen, refused := map[string]bool{}, map[string]bool{}
	for i := range p.x.Runs {
		if r := &p.x.Runs[i]; r.ID != "" && r.forCapacity() {
			refused[r.ID] = true
		}
	}
	var runs []*Run
	for i := range p.x.Runs {
		r := &p.x.Runs[i]
		_, _, why := p.capacity(r)
		switch {
		case r.ID != "" && seen[r.ID]:
			p.skip(r, skipTwice)
		case r.StartedOn.IsZero():
			p.skip(r, skipTime)
		case far(r.StartedOn.Time):
			p.skip(r, skipFar)
		case r.JobName == "":
			p.skip(r, skipJob)
		case why != "":
			p.skip(r, why)
		case r.Attempt > 0 && refused[r.PreviousRunID]:
			p.skip(r, skipRetry)
		case !r.CompletedOn.IsZero() && r.CompletedOn.Before(r.StartedOn.Time):
			p.skip(r, skipBackward)
		default:
			runs = append(runs, r)
			if r.forCapacity() {
				p.report.Refused++
			}
		}
		seen[r.ID] = true
	}
	slices.SortStableFunc(runs, func(a, b *Run) int {
		return cmp.Or(a.StartedOn.Compare(b.StartedOn.Time), cmp.Compare(a.ID, b.ID))
	})
	return runs
}

// capacity is what a run takes: quarter-DPUs and addresses. why tells that it is not known.
func (p *replay) capacity(r *Run) (quarters, workers int64, why string) {
	kind, n, most := r.WorkerType, r.NumberOfWorkers, r.MaxCapacity
	if j := p.jobs[r.JobName]; j != nil && (kind == "" || n == 0) && most == 0 {
		kind, n, most = j.WorkerType, j.NumberOfWorkers, j.MaxCapacity
	}
	switch {
	case kind != "" && n > 0 && n < maxDPUs:
		one, err := glue.ResolveCapacity("glueetl", kind, 1, nil)
		if err != nil {
			return 0, 0, skipType
		}
		return one.QuarterDPUs * n, n, ""
	case most > 0 && most < maxDPUs:
		return int64(math.Ceil(most * 4)), int64(math.Ceil(most)), ""
	}
	return 0, 0, skipCapacity
}

// maxDPUs bounds the MaxCapacity and the NumberOfWorkers of a run.
const maxDPUs = 1e6

// executed reports whether the run time of r is known.
func (r *Run) executed() bool {
	switch r.State {
	case "SUCCEEDED", "STOPPED", "TIMEOUT", "FAILED", "ERROR":
		return r.ExecutionTime > 0 && r.ExecutionTime < maxTook.Seconds() && !r.forCapacity()
	}
	return false
}

// startUp measures how long a run takes from its submit to its first second of execution if nothing holds it up, as the
// first decile of what CompletedOn - StartedOn - ExecutionTime leaves; what runs took beyond it, they waited.
func (p *replay) startUp(runs []*Run) {
	var rest []time.Duration
	for _, r := range runs {
		if r.executed() && !r.CompletedOn.IsZero() {
			rest = append(rest, max(0, r.CompletedOn.Sub(r.StartedOn.Time)-seconds(r.ExecutionTime)))
		}
	}
	if len(rest) == 0 {
		return
	}
	slices.Sort(rest)
	p.overhead = min(rest[len(rest)/10], maxStartUp)
	p.report.StartUp = p.overhead.Seconds()
	for _, d := range rest {
		p.report.Observed += max(0, d-p.overhead).Seconds()
	}
}

// maxPriority bounds a priority, as of runs that are started here.
const maxPriority = 1000

// maxStartUp bounds the start-up: an account whose every run waited must not have its waits taken for it.
const maxStartUp = 5 * time.Minute

// seconds is a number of seconds as a duration.
func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }

// arrival makes the n-th run an arrival. Ids are made anew: those of AWS do not sort by submission.
func (p *replay) arrival(n int, r *Run) forecast.Arrival {
	quarters, workers, _ := p.capacity(r)
	out := scheduler.Run{
		ID: fmt.Sprintf("jr_%09d", n), Region: p.region, Job: p.region + "/" + r.JobName + "#1", MaxJobRuns: unknownLimit,
		QuarterDPUs: quarters, Flex: r.ExecutionClass == "FLEX", Submitted: r.StartedOn.Time,
		Queue: r.Arguments["--tenon-queue"], Timeout: r.timeout(),
	}
	if text, given := r.Arguments["--tenon-priority"]; given {
		n, err := strconv.Atoi(text)
		if err != nil || n < -maxPriority || n > maxPriority {
			p.odd, n = append(p.odd, text), 0
		}
		out.Priority = n
	}
	if j := p.jobs[r.JobName]; j != nil {
		out.MaxJobRuns = max(1, j.ExecutionProperty.MaxConcurrentRuns)
		if had := p.peak[r.JobName]; had > out.MaxJobRuns {
			out.MaxJobRuns, p.raised[r.JobName] = had, true // it was another one then
		}
		out.Queue = cmp.Or(out.Queue, j.DefaultArguments["--tenon-queue"])
		out.Choices = p.choices(j)
	} else {
		p.nojob[r.JobName] = true
	}
	if len(out.Choices) > 0 {
		out.Workers = workers
	}
	a := forecast.Arrival{At: r.StartedOn.Time, Run: out}
	if r.executed() {
		a.Took = seconds(r.ExecutionTime) + p.overhead
	}
	return a
}

// timeout is the Timeout of a run: AWS's default where it tells none, at most maxTook.
func (r *Run) timeout() time.Duration {
	minutes := r.Timeout
	if minutes <= 0 {
		minutes = timeoutDefault
	}
	return time.Duration(min(minutes, maxTook.Minutes()) * float64(time.Minute))
}

// peaks is how many runs each job had executing at once.
func peaks(runs []*Run) map[string]int64 {
	type edge struct {
		at    time.Time
		delta int64
	}
	edges := map[string][]edge{}
	for _, r := range runs {
		if r.executed() && !r.CompletedOn.IsZero() {
			edges[r.JobName] = append(edges[r.JobName], edge{r.CompletedOn.Add(-seconds(r.ExecutionTime)), 1}, edge{r.CompletedOn.Time, -1})
		}
	}
	peak := map[string]int64{}
	for job, list := range edges {
		slices.SortFunc(list, func(a, b edge) int { return cmp.Or(a.at.Compare(b.at), cmp.Compare(a.delta, b.delta)) })
		n := int64(0)
		for _, e := range list {
			n += e.delta
			peak[job] = max(peak[job], n)
		}
	}
	return peak
}

// choices are the subnets of a job's connections. Without the connections' definitions, a job that has any may go to
// every subnet.
func (p *replay) choices(j *Job) (out []glue.Choice) {
	unknown := false
	for _, name := range j.Connections.Connections {
		subnet, ok := p.subnetOf[name]
		unknown = unknown || !ok
		if subnet != "" {
			out = append(out, glue.Choice{Connection: name, Subnet: subnet})
		}
	}
	if unknown && len(out) == 0 {
		p.anywhere[j.Name] = true
		for _, s := range p.managed {
			out = append(out, glue.Choice{Connection: j.Connections.Connections[0], Subnet: s.ID})
		}
	}
	return out
}

// finish completes the report.
func (p *replay) finish(runs []*Run) Report {
	r := &p.report
	r.Used, r.Jobs, r.Subnets = len(runs), len(p.x.Jobs), len(p.managed)
	if len(runs) > 0 {
		r.From, r.To = runs[0].StartedOn.Time, runs[len(runs)-1].StartedOn.Time
	}
	for _, s := range p.skipped {
		r.Skipped = append(r.Skipped, *s)
	}
	slices.SortFunc(r.Skipped, func(a, b Skipped) int { return cmp.Or(cmp.Compare(b.Runs, a.Runs), cmp.Compare(a.Why, b.Why)) })
	if n := len(p.nojob); n > 0 {
		r.Notes = append(r.Notes, fmt.Sprintf("No definition of %s (get-jobs): MaxConcurrentRuns is taken to be %d, and runs take no addresses.", many(n, "job"), unknownLimit))
	}
	if n := len(p.raised); n > 0 {
		r.Notes = append(r.Notes, many(n, "job")+" had more runs at once than MaxConcurrentRuns allows now: what they had is taken for the limit.")
	}
	if n := len(p.odd); n > 0 {
		r.Notes = append(r.Notes, fmt.Sprintf("--tenon-priority of %s is no number between %d and %d, as %q: 0 is taken.", many(n, "run"), -maxPriority, maxPriority, p.odd[0]))
	}
	if p.blockless > 0 {
		r.Notes = append(r.Notes, many(p.blockless, "subnet")+" without an IPv4 block: addresses there are not counted.")
	}
	if n := len(p.anywhere); n > 0 {
		r.Notes = append(r.Notes, fmt.Sprintf("The connections of %s are not described (get-connections): they are taken to reach every subnet.", many(n, "job")))
	}
	if r.Refused > 0 {
		r.Notes = append(r.Notes, many(r.Refused, "run")+" failed on AWS for want of capacity: here they wait for it.")
	}
	if r.Drawn > 0 {
		r.Notes = append(r.Notes, "No run time of "+many(r.Drawn, "run")+" (failed for want of capacity, or not over): it is drawn from the job's others.")
	}
	r.Notes = append(r.Notes, "A run that StartJobRun refused (ConcurrentRunsExceededException) has left no trace in the history.")
	return *r
}

// many is a number and its noun.
func many(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
