package scheduler

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"tenon/internal/core/placement"
	"tenon/internal/core/quota"
)

// Snapshot is a copy of all that decides: for forecasts and what-if. It is never changed by who has it.
type Snapshot struct {
	At       time.Time
	Config   Config
	Disk     Disk
	Held     []string    // queues held by an operator
	Holding  []Admission // leases, oldest first, without the records of their placement
	Draining []Admission // with Lease.Until; of the Run only what names it
	// Waiting are the runs that wait: those in line, the first of every queue before the second of any; then those that
	// sleep, are held or can never start. Submitted is since when the run has waited for what it shares with others.
	Waiting []Run
	More    int // waiting runs left out

	Memory *Memory // what else decides, for Load alone; nil: there is nothing of it
}

// Memory is the part of a Snapshot that only the scheduler reads: breakers, observations, reservations, limits of jobs.
type Memory struct {
	observed []observation
	health   *placement.Health
	jobs     []jobLimit
	kept     []reservation
	renew    bool
	checked  map[[2]string]int64 // by region and queue
}

// Equal reports whether two are one: for comparisons of snapshots.
func (m *Memory) Equal(o *Memory) bool { return m == o }

// observation is how much of a pool somebody saw free.
type observation struct {
	pool quota.Pool
	free int64
	at   time.Time
}

// jobLimit is the limit of a job as the youngest run told it.
type jobLimit struct {
	job, told string
	limit     int64
}

// Snapshot copies all that decides, with at most maxWaiting of the waiting runs; a negative number is all.
func (s *State) Snapshot(maxWaiting int) Snapshot {
	snap := Snapshot{At: s.now, Config: *s.cfg, Disk: s.disk, Held: slices.Sorted(maps.Keys(s.held))}
	mem := &Memory{renew: s.renew, health: s.health.Clone(), checked: map[[2]string]int64{}}
	snap.Memory = mem
	for _, h := range s.running {
		snap.Holding = append(snap.Holding, Admission{Run: *h.Run, Lease: h.spelled(), At: h.Since})
	}
	slices.SortFunc(snap.Holding, func(a, b Admission) int {
		return cmp.Or(a.Lease.Since.Compare(b.Lease.Since), cmp.Compare(a.Run.ID, b.Run.ID))
	})
	for _, l := range s.ledger.Draining() {
		r := Run{ID: l.ID, Attempt: l.Attempt, Region: l.Region, Job: l.Job, Queue: l.Queue}
		snap.Draining = append(snap.Draining, Admission{Run: r, Lease: l, At: l.Since})
	}
	for _, reg := range s.order {
		for name, l := range reg.lanes {
			if l.checked != 0 && l.arrivals == reg.arrivals {
				mem.checked[[2]string{reg.name, name}] = l.checked
			}
		}
	}
	for pool, m := range s.ledger.Meters() {
		if free, at, ok := m.Observed(); ok {
			mem.observed = append(mem.observed, observation{pool, free, at})
		}
	}
	for _, name := range slices.Sorted(maps.Keys(s.jobs)) {
		j := s.jobs[name]
		if j.idle() {
			continue
		}
		mem.jobs = append(mem.jobs, jobLimit{name, j.told, j.limit})
	}
	for _, k := range s.kept {
		own := *k
		own.class, own.tree = nil, k.tree.Clone()
		mem.kept = append(mem.kept, own)
	}
	s.snapWaiting(&snap, maxWaiting)
	return snap
}

// snapWaiting copies waiting runs.
func (s *State) snapWaiting(snap *Snapshot, most int) {
	if most < 0 || most > s.Waiting() {
		most = s.Waiting()
	}
	snap.Waiting = make([]Run, 0, most)
	add := func(e *entry) {
		if len(snap.Waiting) < most {
			r := *e.run
			if since := time.Unix(0, e.waitsSince()).UTC(); since.After(latest(r.Submitted, r.NotBefore)) {
				r.Submitted = since
			}
			snap.Waiting = append(snap.Waiting, r)
		}
	}
	var lines []*rollReader
	for _, reg := range s.order {
		for _, name := range slices.Sorted(maps.Keys(reg.lanes)) {
			if l := reg.lanes[name]; l.waiting > 0 {
				lines = append(lines, &rollReader{bands: l.bands})
			}
		}
	}
	for len(lines) > 0 && len(snap.Waiting) < most {
		left := lines[:0]
		for _, l := range lines {
			if e := l.next(); e != nil {
				add(e)
				left = append(left, l)
			}
		}
		lines = left
	}
	if len(snap.Waiting) < most {
		aside := make([]*entry, 0, most-len(snap.Waiting))
		for e := range s.waiting.all() {
			if e.class == nil || e.class.shape.never {
				aside = append(aside, e)
			}
		}
		slices.SortFunc(aside, (*entry).compare)
		for _, e := range aside {
			add(e)
		}
	}
	snap.More = s.Waiting() - len(snap.Waiting)
}

// rollReader reads the runs of a queue in order.
type rollReader struct {
	bands           []*band
	band, chunk, at int
}

// next returns the next run; nil at the end.
func (r *rollReader) next() *entry {
	for r.band < len(r.bands) {
		roll := &r.bands[r.band].roll
		if r.chunk == len(roll.chunks) {
			r.band, r.chunk, r.at = r.band+1, 0, 0
			continue
		}
		p := &roll.chunks[r.chunk].page
		at := p.next(r.at)
		if at == len(p.runs) {
			r.chunk, r.at = r.chunk+1, 0
			continue
		}
		r.at = at + 1
		return p.runs[at]
	}
	return nil
}

// Load makes a state of a snapshot. From then on it decides as the original would, but for concrete addresses. Nothing
// is decided by loading itself. An error means that the snapshot was put together by somebody else, and badly.
func Load(snap Snapshot, now time.Time) (*State, error) {
	s := New(snap.Config)
	s.now = now
	for _, q := range snap.Held {
		s.held[q] = true
	}
	for _, list := range [][]Admission{snap.Holding, snap.Draining} {
		for i := range list {
			if err := s.restore(&list[i], now); err != nil {
				return nil, err
			}
		}
	}
	for i := range snap.Waiting {
		if err := s.submit(&snap.Waiting[i], now); err != nil {
			return nil, err
		}
	}
	if snap.Memory != nil {
		s.remember(snap.Memory)
	}
	for _, j := range s.jobs {
		for _, c := range j.classes {
			c.clock(0) // it is in Submitted; that runs were submitted one by one let nobody go
		}
	}
	s.disk = snap.Disk
	return s, nil
}

// remember takes over what only the scheduler knows.
func (s *State) remember(m *Memory) {
	for _, l := range m.jobs {
		if j := s.jobs[l.job]; j != nil {
			j.told, j.toldRank = l.told, rankOf(l.told)
			s.setLimit(j, l.limit)
			s.refreshJob(j, s.now)
		}
	}
	for _, o := range m.observed {
		s.ledger.Observe(o.pool, o.free, o.at)
	}
	s.health = m.health.Clone()
	s.health.Configure(s.cfg.Placement.BreakerAfter, s.cfg.Placement.BreakerPause)
	for at, checked := range m.checked {
		reg := s.region(at[0])
		l := reg.lane(at[1])
		l.checked, l.arrivals = checked, reg.arrivals
	}
	for _, reg := range s.order {
		s.health.Place(reg.name, reg.limits.Subnets)
	}
	s.moved()
	s.renew = false // of the reservations that follow none was made with other breakers
	s.loadKept(m)
	s.renew = s.renew || m.renew
}

// loadKept takes over reservations. One whose subnet is gone is computed anew.
func (s *State) loadKept(m *Memory) {
	for i := range m.kept {
		k := m.kept[i]
		e := s.waiting.get(keyOf(k.run))
		if e == nil || e.class == nil {
			continue
		}
		reg := s.region(k.region)
		k.class, k.tree = e.class, k.tree.Clone()
		k.demand = s.demand(&reg.account, e.run)
		if k.subnet != nil {
			if k.subnet = reg.subnet(k.subnet.ID); k.subnet == nil {
				s.renew = true
			}
		}
		s.kept = append(s.kept, &k)
	}
}
