package scheduler

import (
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"tenon/internal/core/quota"
)

// naive is the scheduler's definition, written down without any index: every event scans everything.
type naive struct {
	limits  quota.Vector
	disk    Disk
	waiting map[string]Run
	leases  map[string]Admission
	failed  []Run // released, may come again
	caps    map[string]struct {
		told string
		max  int64
	}
}

// used sums the leases of a pool.
func (m *naive) used(p quota.Pool) (sum int64) {
	for _, a := range m.leases {
		for _, r := range quota.Resources() {
			if a.Lease.Pool(r) == p {
				sum += a.Lease.Need[r]
			}
		}
	}
	return sum
}

// free is what is left of a pool.
func (m *naive) free(p quota.Pool) int64 {
	limit := m.limits[p.Resource]
	if p.Resource == quota.JobRuns {
		limit = m.caps[p.Scope].max
	}
	return max(0, limit-m.used(p))
}

// tell notes the limit that a run brings for its job.
func (m *naive) tell(r Run) {
	if c := m.caps[r.Job]; r.ID >= c.told {
		c.told, c.max = r.ID, r.MaxJobRuns
		m.caps[r.Job] = c
	}
}

// forget drops the limits of jobs without runs.
func (m *naive) forget() {
	for name := range m.caps {
		known := false
		for _, r := range m.waiting {
			known = known || r.Job == name
		}
		for _, a := range m.leases {
			known = known || a.Run.Job == name
		}
		if !known {
			delete(m.caps, name)
		}
	}
}

// never reports whether r needs more than there is.
func (m *naive) never(r Run) bool {
	lease := r.Lease()
	for _, res := range quota.Resources() {
		if res.Shared() && lease.Need[res] > m.limits[res] {
			return true
		}
	}
	return false
}

// settle admits in one pass over all that wait, in order.
func (m *naive) settle(now time.Time) (admitted []string) {
	if m.disk.Low() {
		return nil
	}
	type line struct {
		region string
		flex   bool
	}
	held, lacking := map[line]bool{}, map[quota.Pool]bool{}
	for _, id := range slices.Sorted(maps.Keys(m.waiting)) {
		r := m.waiting[id]
		lease, l := r.Lease(), line{r.Region, r.Flex}
		if held[l] || r.NotBefore.After(now) || m.never(r) || m.free(lease.Pool(quota.JobRuns)) == 0 {
			continue
		}
		behind := false
		for _, res := range quota.Resources() {
			behind = behind || lease.Need[res] > 0 && lacking[lease.Pool(res)]
		}
		for _, res := range quota.Resources() {
			if lease.Need[res] > m.free(lease.Pool(res)) {
				held[l], lacking[lease.Pool(res)] = true, true
			}
		}
		if held[l] = held[l] || behind; held[l] {
			continue
		}
		delete(m.waiting, id)
		m.leases[id] = Admission{Run: r, Lease: lease}
		admitted = append(admitted, id)
	}
	return admitted
}

// opsPerCheck makes 100 checks of rapid more than 100,000 operations.
const opsPerCheck = 1200

// TestStepIsTheNaiveScheduler compares every decision with the naive one, and checks the invariants after each:
// safety (no limit exceeded, usage is the sum of the leases), liveness (the naive scheduler finds nothing to admit
// either), and that every reason is true.
func TestStepIsTheNaiveScheduler(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		limits := drawLimits(t)
		s := New(limits)
		m := &naive{limits: limits.vector(), waiting: map[string]Run{}, leases: map[string]Admission{}, caps: map[string]struct {
			told string
			max  int64
		}{}}
		now, next := epoch, 0
		seed := rapid.Uint64().Draw(t, "seed")
		for op := range opsPerCheck {
			now = now.Add(time.Duration(pick(&seed, 3)) * time.Second)
			ev := drawEvent(&seed, m, now, &next)
			got, err := s.Step(ev, now)
			if err != nil {
				t.Fatalf("op %d: %v", op, err)
			}
			var ids []string
			for _, a := range got.Admitted {
				ids = append(ids, a.Run.ID)
			}
			want := m.settle(now)
			m.forget()
			if diff := cmp.Diff(want, ids); diff != "" {
				t.Fatalf("op %d, %+v: admitted (-naive +step):\n%s", op, ev, diff)
			}
			if err := s.Audit(); err != nil {
				t.Fatalf("op %d: %v", op, err)
			}
			checkLimits(t, m, ids)
			if op%20 == 0 {
				checkReasons(t, s, m, now)
			}
		}
	})
}

// pick draws below n from a seed: rapid's own draws are too slow for so many operations.
func pick(seed *uint64, n uint64) uint64 {
	*seed = *seed*6364136223846793005 + 1442695040888963407
	return (*seed >> 33) % n
}

// drawLimits draws limits that bind often, and are sometimes none at all.
func drawLimits(t *rapid.T) Config {
	n := rapid.Int64Range(0, 12)
	return limits{Slots: n.Draw(t, "slots"), QuarterDPUs: 2 * n.Draw(t, "dpus"), FlexQuarterDPUs: n.Draw(t, "flex"),
		Workers: n.Draw(t, "workers"), MemoryBytes: 2 * n.Draw(t, "memory")}.config()
}

// drawEvent draws an event that is possible in m, and applies to m what it says.
func drawEvent(seed *uint64, m *naive, now time.Time, next *int) Event {
	switch n := pick(seed, 20); {
	case n < 7:
		r := drawRun(seed, fmt.Sprintf("r%06d", *next))
		*next++
		if pick(seed, 8) == 0 {
			r.NotBefore = now.Add(time.Duration(pick(seed, 20)) * time.Second)
		}
		m.waiting[r.ID] = r
		m.tell(r)
		return Event{Submit: &r}
	case n < 15 && len(m.leases) > 0:
		id := choose(seed, m.leases)
		m.failed = append(m.failed, m.leases[id].Run)
		delete(m.leases, id)
		return Event{Release: &Release{ID: id}}
	case n < 16 && len(m.waiting) > 0:
		id := choose(seed, m.waiting)
		delete(m.waiting, id)
		return Event{Remove: &Remove{ID: id}}
	case n == 16 && len(m.failed) > 0:
		r := m.failed[0]
		m.failed = m.failed[1:]
		r.NotBefore = now.Add(time.Duration(pick(seed, 10)) * time.Second)
		m.waiting[r.ID] = r
		m.tell(r)
		return Event{Submit: &r}
	case n == 17:
		l := limits{Slots: int64(pick(seed, 12)), QuarterDPUs: int64(pick(seed, 24)), FlexQuarterDPUs: int64(pick(seed, 12)),
			Workers: int64(pick(seed, 12)), MemoryBytes: int64(pick(seed, 24))}.config()
		m.limits = l.vector()
		return Event{Configure: &l}
	case n == 18:
		m.disk = Disk{FreeBytes: int64(pick(seed, 4)), MinBytes: 1}
		d := m.disk
		return Event{Disk: &d}
	}
	return Event{Tick: true}
}

// drawRun draws a run of one of a few jobs.
func drawRun(seed *uint64, id string) Run {
	region := []string{"a", "b"}[pick(seed, 2)]
	return Run{
		ID: id, Region: region, Job: fmt.Sprintf("%s/j%d", region, pick(seed, 4)), MaxJobRuns: 1 + int64(pick(seed, 4)),
		QuarterDPUs: 1 + int64(pick(seed, 12)), Flex: pick(seed, 4) == 0, MemoryBytes: int64(pick(seed, 8)),
	}
}

// choose draws a key of a map.
func choose[T any](seed *uint64, from map[string]T) string {
	keys := slices.Sorted(maps.Keys(from))
	return keys[pick(seed, uint64(len(keys)))]
}

// checkLimits checks every pool that a run admitted now holds. (Others may be over a limit that was lowered.)
func checkLimits(t *rapid.T, m *naive, admitted []string) {
	for _, id := range admitted {
		a := m.leases[id]
		for _, r := range quota.Resources() {
			p := a.Lease.Pool(r)
			limit := m.limits[r]
			if r == quota.JobRuns {
				limit = m.caps[p.Scope].max
			}
			if used := m.used(p); a.Lease.Need[r] > 0 && used > limit {
				t.Fatalf("%s of %q: %d used of %d", r, p.Scope, used, limit)
			}
		}
	}
}

// checkReasons checks that what is said of each waiting run is so.
func checkReasons(t *rapid.T, s *State, m *naive, now time.Time) {
	v := s.View()
	for id, r := range m.waiting {
		why, lease := v.Reason(r, now), r.Lease()
		short := why.Shortage
		so := false
		switch why.Tier {
		case TierNever:
			so = m.never(r) && short.Need > m.limits[short.Pool.Resource]
		case TierJob, TierAccount, TierMachine:
			p := short.Pool
			so = lease.Pool(p.Resource) == p && short.Need == lease.Need[p.Resource] && short.Free == m.free(p) && short.Need > short.Free
			so = so && why.Holders == m.holders(p)
		case TierRetry:
			so = why.Until.After(now) && why.Until.Equal(r.NotBefore)
		case TierDisk:
			so = m.disk.Low()
		case TierTurn:
			ahead, ok := m.waiting[why.Ahead]
			aheadLease := ahead.Lease()
			so = ok && why.Ahead < id && aheadLease.Need[short.Pool.Resource] > m.free(short.Pool)
		}
		if !so {
			t.Fatalf("%s waits, it is said: %s (%+v)", id, why, why)
		}
		least, most := m.position(r, now, why.Tier == TierJob)
		if why.Position > 0 && (why.Position < least || why.Position > most) {
			t.Fatalf("%s is said to be %d, is %d to %d: %s", id, why.Position, least, most, why)
		}
	}
}

// holders counts the leases in a pool.
func (m *naive) holders(p quota.Pool) (n int) {
	for _, a := range m.leases {
		for _, r := range quota.Resources() {
			if a.Lease.Pool(r) == p && a.Lease.Need[r] > 0 {
				n++
			}
		}
	}
	return n
}

// position counts the runs ahead of r in its line, or in its job, without and with those that can never fit: these are
// in line until they come to its head.
func (m *naive) position(r Run, now time.Time, job bool) (least, most int) {
	least, most = 1, 1
	for _, o := range m.waiting {
		same := o.Region == r.Region && o.Flex == r.Flex
		if job {
			same = o.Job == r.Job
		}
		if !same || o.ID >= r.ID || o.NotBefore.After(now) {
			continue
		}
		most++
		if !m.never(o) {
			least++
		}
	}
	return least, most
}

// limits is a configuration of one kind of region and a machine.
type limits struct{ Slots, QuarterDPUs, FlexQuarterDPUs, Workers, MemoryBytes int64 }

// config spells it for the scheduler.
func (l limits) config() Config {
	return Config{Default: Region{Slots: l.Slots, QuarterDPUs: l.QuarterDPUs, FlexQuarterDPUs: l.FlexQuarterDPUs},
		Workers: l.Workers, MemoryBytes: l.MemoryBytes}
}
