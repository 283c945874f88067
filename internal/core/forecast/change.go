package forecast

import (
	"fmt"
	"maps"
	"math"
	"net/netip"
	"slices"
	"strings"
	"time"

	"tenon/internal/core/placement"
	"tenon/internal/core/scheduler"
	"tenon/internal/glue"
)

// Change is a what-if; the zero value changes nothing. Limits, subnets and jobs are those of Region; an empty Region means
// all. Fields that are nil or empty change nothing.
type Change struct {
	Region         string           `json:"Region,omitempty"`
	ConcurrentRuns *int64           `json:"ConcurrentRuns,omitempty"`
	DPUs           *float64         `json:"DPUs,omitempty"`
	FlexDPUs       *float64         `json:"FlexDPUs,omitempty"`
	AddSubnets     []AddedSubnet    `json:"AddSubnets,omitempty"`
	LoseZone       string           `json:"LoseZone,omitempty"`   // its runs begin anew elsewhere, nothing starts there
	LoseSubnet     string           `json:"LoseSubnet,omitempty"` // likewise
	QueueWeights   map[string]int64 `json:"QueueWeights,omitempty"`
	Runs           []AddedRun       `json:"Runs,omitempty"` // submitted now
	LocalWorkers   *int64           `json:"LocalWorkers,omitempty"`
	MaxJobRuns     map[string]int64 `json:"MaxConcurrentRuns,omitempty"` // by job name
}

// AddedSubnet is one more subnet, open to every run that has subnets at all.
type AddedSubnet struct {
	Zone string `json:"Zone,omitempty"`
	CIDR string `json:"CIDR"`
}

// AddedRun is Count more runs.
type AddedRun struct {
	Job     string  `json:"Job,omitempty"`   // as this job's; empty is a job of its own, which may go to every subnet
	Queue   string  `json:"Queue,omitempty"` // empty: the job's, or the default queue
	Workers int64   `json:"Workers,omitempty"`
	DPUs    float64 `json:"DPUs,omitempty"`  // 0: the job's for a worker, or one a worker
	Count   int     `json:"Count,omitempty"` // 0 is 1
	Takes   float64 `json:"TakesSeconds,omitempty"`
}

// Bounds of a Change, so that a slip of a digit is refused.
const (
	maxAmount    = 10_000_000
	maxAddedRuns = 10_000
	maxAddedNets = 64
	maxWorkers   = 10_000
	maxTakes     = 365 * 24 * 3600.0
)

// apply returns a changed copy of an input, the added runs, and notes for the reader. An error names what cannot be.
func (c *Change) apply(in *Input) (out Input, added []scheduler.Run, notes []string, err error) {
	out = copied(in)
	for _, f := range []func(*Input) error{c.limits, c.addSubnets, c.queues, c.jobs} {
		if err := f(&out); err != nil {
			return out, nil, nil, err
		}
	}
	if notes, err = c.lose(&out); err != nil {
		return out, nil, nil, err
	}
	added, err = c.runs(&out)
	return out, added, notes, err
}

// copied copies all that a Change may touch.
func copied(in *Input) Input {
	out := *in
	out.Arrivals = slices.Clone(in.Arrivals)
	out.Past = slices.Clone(in.Past)
	s := &out.State
	s.Waiting = slices.Clone(s.Waiting)
	s.Holding = slices.Clone(s.Holding)
	s.Config.Queues = slices.Clone(s.Config.Queues)
	s.Config.Regions = maps.Clone(s.Config.Regions)
	return out
}

// inRegion reports whether the change is about a region.
func (c *Change) inRegion(region string) bool { return c.Region == "" || c.Region == region }

// eachRegion changes the regions that the change is about.
func (c *Change) eachRegion(cfg *scheduler.Config, f func(*scheduler.Region)) {
	if cfg.Regions == nil {
		cfg.Regions = map[string]scheduler.Region{}
	}
	change := func(r scheduler.Region) scheduler.Region {
		r.Subnets = slices.Clone(r.Subnets)
		f(&r)
		return r
	}
	if c.Region == "" {
		cfg.Default = change(cfg.Default)
		for name, r := range cfg.Regions {
			cfg.Regions[name] = change(r)
		}
		return
	}
	r, ok := cfg.Regions[c.Region]
	if !ok {
		r = cfg.Default
	}
	cfg.Regions[c.Region] = change(r)
}

// limits sets other quotas.
func (c *Change) limits(in *Input) error {
	if n := c.ConcurrentRuns; n != nil && (*n < 0 || *n > maxAmount) {
		return fmt.Errorf("ConcurrentRuns: %d is not between 0 and %d", *n, maxAmount)
	}
	quarters := func(name string, dpus *float64) (int64, error) {
		if dpus == nil {
			return 0, nil
		}
		if !(*dpus >= 0 && *dpus <= maxAmount) || *dpus*4 != math.Trunc(*dpus*4) {
			return 0, fmt.Errorf("%s: %v is not between 0 and %d in steps of 0.25", name, *dpus, maxAmount)
		}
		return int64(*dpus * 4), nil
	}
	standard, err := quarters("DPUs", c.DPUs)
	if err != nil {
		return err
	}
	flex, err := quarters("FlexDPUs", c.FlexDPUs)
	if err != nil {
		return err
	}
	if n := c.LocalWorkers; n != nil {
		if *n < 1 || *n > maxAmount {
			return fmt.Errorf("LocalWorkers: %d is not between 1 and %d", *n, maxAmount)
		}
		in.State.Config.Workers = *n
	}
	if c.ConcurrentRuns == nil && c.DPUs == nil && c.FlexDPUs == nil {
		return nil
	}
	c.eachRegion(&in.State.Config, func(r *scheduler.Region) {
		if c.ConcurrentRuns != nil {
			r.Slots = *c.ConcurrentRuns
		}
		if c.DPUs != nil {
			r.QuarterDPUs = standard
		}
		if c.FlexDPUs != nil {
			r.FlexQuarterDPUs = flex
		}
	})
	return nil
}

// addSubnets adds subnets, and opens them to the runs that have any.
func (c *Change) addSubnets(in *Input) error {
	if len(c.AddSubnets) > maxAddedNets {
		return fmt.Errorf("AddSubnets: %d are more than %d", len(c.AddSubnets), maxAddedNets)
	}
	var more []placement.Subnet
	var choices []glue.Choice
	for i, a := range c.AddSubnets {
		cidr, err := netip.ParsePrefix(a.CIDR)
		switch {
		case err != nil || !cidr.Addr().Is4():
			return fmt.Errorf("AddSubnets: %q is not an IPv4 block such as 10.0.9.0/26", a.CIDR)
		case cidr != cidr.Masked():
			return fmt.Errorf("AddSubnets: %s has bits beyond its prefix; the block is %s", a.CIDR, cidr.Masked())
		case cidr.Bits() < placement.MinBits || cidr.Bits() > placement.MaxBits:
			return fmt.Errorf("AddSubnets: %s is not between /%d and /%d", a.CIDR, placement.MinBits, placement.MaxBits)
		}
		s := placement.Subnet{ID: fmt.Sprintf("added-%d", i+1), Zone: a.Zone, CIDR: cidr}
		more = append(more, s)
		choices = append(choices, glue.Choice{Connection: s.ID, Subnet: s.ID})
	}
	if len(more) == 0 {
		return nil
	}
	var overlap error
	c.eachRegion(&in.State.Config, func(r *scheduler.Region) {
		for _, s := range more {
			for _, old := range r.Subnets {
				if old.CIDR.Overlaps(s.CIDR) && overlap == nil {
					overlap = fmt.Errorf("AddSubnets: %s overlaps %s of subnet %s", s.CIDR, old.CIDR, old.ID)
				}
			}
			r.Subnets = append(r.Subnets, s)
		}
	})
	eachRun(in, func(r *scheduler.Run) {
		if len(r.Choices) > 0 && c.inRegion(r.Region) {
			r.Choices = append(slices.Clip(r.Choices), choices...)
		}
	})
	return overlap
}

// eachRun changes every run that has not started.
func eachRun(in *Input, f func(*scheduler.Run)) {
	for i := range in.State.Waiting {
		f(&in.State.Waiting[i])
	}
	for i := range in.Arrivals {
		f(&in.Arrivals[i].Run)
	}
	for i := range in.Past {
		f(&in.Past[i])
	}
}

// queues sets weights.
func (c *Change) queues(in *Input) error {
	for _, name := range slices.Sorted(maps.Keys(c.QueueWeights)) {
		weight := c.QueueWeights[name]
		if weight < 1 || weight > maxAmount {
			return fmt.Errorf("QueueWeights: %s: %d is not between 1 and %d", name, weight, maxAmount)
		}
		if err := knownQueue(&in.State.Config, name); err != nil {
			return fmt.Errorf("QueueWeights: %w", err)
		}
		i := slices.IndexFunc(in.State.Config.Queues, func(q scheduler.Queue) bool { return q.Name == name })
		if i < 0 { // the default queue, which nobody wrote down
			in.State.Config.Queues = append(in.State.Config.Queues, scheduler.Queue{Name: name})
			i = len(in.State.Config.Queues) - 1
		}
		in.State.Config.Queues[i].Weight = weight
	}
	return nil
}

// knownQueue refuses a queue that is not configured.
func knownQueue(cfg *scheduler.Config, name string) error {
	names := []string{scheduler.DefaultQueue}
	for _, q := range cfg.Queues {
		if q.Name != scheduler.DefaultQueue {
			names = append(names, q.Name)
		}
	}
	if slices.Contains(names, name) {
		return nil
	}
	return fmt.Errorf("queue %q is not configured; configured are %s", name, strings.Join(names, ", "))
}

// jobs sets MaxConcurrentRuns of jobs.
func (c *Change) jobs(in *Input) error {
	for _, name := range slices.Sorted(maps.Keys(c.MaxJobRuns)) {
		most, found := c.MaxJobRuns[name], false
		if most < 1 || most > maxAmount {
			return fmt.Errorf("MaxConcurrentRuns: %s: %d is not between 1 and %d", name, most, maxAmount)
		}
		limited := map[string]bool{}
		set := func(r *scheduler.Run) {
			if JobName(r.Job) != name || !c.inRegion(r.Region) {
				return
			}
			r.MaxJobRuns, found = most, true
			if !limited[r.Job] {
				limited[r.Job] = true
				in.State = in.State.LimitJob(r.Job, most)
			}
		}
		eachRun(in, set)
		for i := range in.State.Holding {
			set(&in.State.Holding[i].Run)
		}
		if !found {
			return fmt.Errorf("MaxConcurrentRuns: no run of a job %q is known", name)
		}
	}
	return nil
}

// JobName is the name that users gave to a job of the scheduler's: "us-east-1/nightly#3" is nightly.
func JobName(job string) string {
	if _, rest, ok := strings.Cut(job, "/"); ok {
		job = rest
	}
	if i := strings.LastIndexByte(job, '#'); i >= 0 {
		job = job[:i]
	}
	return job
}

// lose takes a zone and a subnet away. What runs there begins anew.
func (c *Change) lose(in *Input) (notes []string, err error) {
	if c.LoseZone == "" && c.LoseSubnet == "" {
		return nil, nil
	}
	lost, zones, ids := map[string]bool{}, map[string]bool{}, map[string]bool{}
	c.eachRegion(&in.State.Config, func(r *scheduler.Region) {
		for i := range r.Subnets {
			s := &r.Subnets[i]
			zones[s.Zone], ids[s.ID] = true, true
			if s.Zone == c.LoseZone && c.LoseZone != "" || s.ID == c.LoseSubnet {
				s.Cordoned, lost[s.ID] = true, true
			}
		}
	})
	known := func(m map[string]bool) string {
		delete(m, "")
		if len(m) == 0 {
			return "there is none"
		}
		return "there are " + strings.Join(slices.Sorted(maps.Keys(m)), ", ")
	}
	if c.LoseZone != "" && !zones[c.LoseZone] {
		return nil, fmt.Errorf("LoseZone: no subnet is in zone %q; %s", c.LoseZone, known(zones))
	}
	if c.LoseSubnet != "" && !ids[c.LoseSubnet] {
		return nil, fmt.Errorf("LoseSubnet: subnet %q is not configured; %s", c.LoseSubnet, known(ids))
	}
	var again []scheduler.Run
	in.State.Holding = slices.DeleteFunc(in.State.Holding, func(a scheduler.Admission) bool {
		if !lost[a.Lease.Subnet] || !c.inRegion(a.Run.Region) {
			return false
		}
		r := a.Run
		r.Attempt++
		again = append(again, r)
		return true
	})
	in.State.Waiting = append(again, in.State.Waiting...)
	if len(again) > 0 {
		notes = append(notes, fmt.Sprintf("Running runs that lose their subnet and begin anew: %d.", len(again)))
	}
	stuck := 0
	for _, r := range in.State.Waiting {
		if len(r.Choices) > 0 && !slices.ContainsFunc(r.Choices, func(ch glue.Choice) bool { return !lost[ch.Subnet] }) {
			stuck++
		}
	}
	if stuck > 0 {
		notes = append(notes, fmt.Sprintf("Waiting runs that have no other subnet and do not start: %d.", stuck))
	}
	return notes, nil
}

// runs adds runs, submitted now: behind all that wait, and before those that come later.
func (c *Change) runs(in *Input) (added []scheduler.Run, err error) {
	var last string
	for i := range in.State.Holding {
		last = max(last, in.State.Holding[i].Run.ID)
	}
	for i := range in.State.Waiting {
		last = max(last, in.State.Waiting[i].ID)
	}
	for _, a := range in.Arrivals {
		if !a.At.After(in.State.At) {
			last = max(last, a.Run.ID)
		}
	}
	for _, a := range c.Runs {
		r, err := c.oneRun(in, a)
		if err != nil {
			return nil, fmt.Errorf("Runs: %w", err)
		}
		for range max(a.Count, 1) {
			if len(added) == maxAddedRuns {
				return nil, fmt.Errorf("Runs: more than %d", maxAddedRuns)
			}
			r.ID = fmt.Sprintf("%s%s%06d", last, addedID, len(added)+1)
			added = append(added, r)
			in.Arrivals = append(in.Arrivals, Arrival{At: in.State.At, Run: r, Took: time.Duration(a.Takes * float64(time.Second))})
		}
	}
	return added, nil
}

// oneRun makes the run that an AddedRun describes, without an id.
func (c *Change) oneRun(in *Input, a AddedRun) (r scheduler.Run, err error) {
	switch {
	case a.Count < 0 || a.Count > maxAddedRuns:
		return r, fmt.Errorf("count %d is not between 1 and %d", a.Count, maxAddedRuns)
	case a.Workers < 0 || a.Workers > maxWorkers || a.Workers == 0 && a.Job == "":
		return r, fmt.Errorf("workers %d is not between 1 and %d", a.Workers, maxWorkers)
	case !(a.DPUs >= 0 && a.DPUs <= maxAmount) || a.DPUs*4 != math.Trunc(a.DPUs*4):
		return r, fmt.Errorf("dpus %v is not between 0 and %d in steps of 0.25", a.DPUs, maxAmount)
	case !(a.Takes >= 0 && a.Takes <= maxTakes):
		return r, fmt.Errorf("takes %v seconds is not between 0 and a year", a.Takes)
	}
	perWorker, queue := int64(4), a.Queue
	if a.Job != "" {
		found := false
		look := func(x *scheduler.Run) {
			if JobName(x.Job) == a.Job && c.inRegion(x.Region) {
				r, found = *x, true
			}
		}
		for i := range in.State.Holding {
			look(&in.State.Holding[i].Run)
		}
		eachRun(in, look)
		if !found {
			return r, fmt.Errorf("no run of a job %q is known", a.Job)
		}
		if r.Workers > 0 {
			perWorker = max(1, r.QuarterDPUs/r.Workers)
		}
	} else {
		r = c.stranger(in)
	}
	if a.Workers > 0 {
		r.Workers, r.QuarterDPUs, r.MinWorkers = a.Workers, a.Workers*perWorker, 0
	}
	if a.DPUs > 0 {
		r.QuarterDPUs = int64(a.DPUs * 4)
	}
	if queue != "" {
		if err := knownQueue(&in.State.Config, queue); err != nil {
			return r, err
		}
		r.Queue, r.Priority = queue, 0
		for _, q := range in.State.Config.Queues {
			if q.Name == queue {
				r.Priority = q.Priority
			}
		}
	}
	r.Submitted, r.NotBefore, r.Attempt, r.Held, r.Avoid, r.Predicted = in.State.At, time.Time{}, 0, false, nil, 0
	return r, nil
}

// stranger is a run of no known job. It may go to every subnet of its region.
func (c *Change) stranger(in *Input) scheduler.Run {
	region := c.Region
	var memory int64
	look := func(x *scheduler.Run) {
		if region == "" {
			region = x.Region
		}
		memory = max(memory, x.MemoryBytes)
	}
	for i := range in.State.Holding {
		look(&in.State.Holding[i].Run)
	}
	eachRun(in, look)
	r := scheduler.Run{Region: region, Job: region + "/added#0", MaxJobRuns: maxAmount, MemoryBytes: memory}
	limits, ok := in.State.Config.Regions[region]
	if !ok {
		limits = in.State.Config.Default
	}
	for _, s := range limits.Subnets {
		r.Choices = append(r.Choices, glue.Choice{Connection: s.ID, Subnet: s.ID})
	}
	return r
}
