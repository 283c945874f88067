package suite

import (
	"errors"
	"fmt"
	"time"

	"tenon/internal/core/scheduler"
)

// Why a start comes to nothing.
var (
	errNoAddress = errors.New("the subnet does not have enough free addresses")
	errLostZone  = errors.New("the zone is lost")
)

// world is what there really is: it does not trust the policy.
type world struct {
	cfg       *scheduler.Config
	linger    time.Duration
	subnets   map[string]*ground
	order     []string
	outsiders bool // somebody else takes addresses: they are observed
	lost      map[string]bool
	running   map[string]held
	jobs      map[string]int64
	slots     int64
	dpus      int64
	flex      int64
	workers   int64
	memory    int64
}

// ground is one subnet.
type ground struct {
	zone      string
	usable    int64
	used      int64
	outside   int64
	lingering []lingering // by time
}

// lingering is addresses that are not free yet.
type lingering struct {
	until time.Time
	n     int64
}

// held is what a running run holds.
type held struct {
	run scheduler.Run
	at  Start
}

// newWorld makes the world of a trace. Traces live in one region.
func newWorld(t *Trace) *world {
	w := &world{cfg: &t.Config, linger: t.Linger, subnets: map[string]*ground{}, lost: map[string]bool{},
		running: map[string]held{}, jobs: map[string]int64{}}
	for _, s := range t.Config.Default.Subnets {
		w.subnets[s.ID] = &ground{zone: s.Zone, usable: 1<<(32-s.CIDR.Bits()) - 5}
		w.order = append(w.order, s.ID)
	}
	for _, f := range t.Faults {
		w.outsiders = w.outsiders || len(f.Outside) > 0
	}
	return w
}

// apply lets a fault happen.
func (w *world) apply(f *Fault) {
	if f.Zone != "" {
		w.lost[f.Zone] = f.Lost
	}
	for id, n := range f.Outside {
		g := w.subnets[id]
		g.outside = min(n, g.usable-g.used) // those that came too late get none either
	}
}

// free is how many addresses of a subnet nobody has.
func (w *world) free(id string, now time.Time) int64 {
	g := w.subnets[id]
	w.settle(g, now)
	return g.usable - g.used - g.outside
}

// settle forgets addresses that linger no more.
func (w *world) settle(g *ground, now time.Time) {
	for len(g.lingering) > 0 && !g.lingering[0].until.After(now) {
		g.used -= g.lingering[0].n
		g.lingering = g.lingering[1:]
	}
}

// start gives a run what it needs, or says why its network does not.
func (w *world) start(r *scheduler.Run, s Start, now time.Time) error {
	if s.Subnet != "" {
		g := w.subnets[s.Subnet]
		if g == nil {
			return fmt.Errorf("suite: run %s starts in %q, which does not exist", r.ID, s.Subnet)
		}
		if w.lost[g.zone] {
			return errLostZone
		}
		if w.free(s.Subnet, now) < s.Workers {
			return errNoAddress
		}
		g.used += s.Workers
	}
	w.running[r.ID] = held{*r, s}
	w.count(r, 1)
	return nil
}

// end takes back what a run held; addresses after they have lingered.
func (w *world) end(id string, now time.Time) {
	h := w.running[id]
	delete(w.running, id)
	w.count(&h.run, -1)
	if h.at.Subnet == "" {
		return
	}
	g := w.subnets[h.at.Subnet]
	if w.linger > 0 {
		g.lingering = append(g.lingering, lingering{now.Add(w.linger), h.at.Workers})
	} else {
		g.used -= h.at.Workers
	}
}

// count adds or takes away a run.
func (w *world) count(r *scheduler.Run, sign int64) {
	w.slots += sign
	w.workers += sign
	w.memory += sign * r.MemoryBytes
	if r.Flex {
		w.flex += sign * r.QuarterDPUs
	} else {
		w.dpus += sign * r.QuarterDPUs
	}
	w.jobs[r.Job] += sign
	if w.jobs[r.Job] > r.MaxJobRuns && sign > 0 {
		w.jobs[overCap]++
	}
}

// overCap is where starts above a job's own limit are counted: no job has this name.
const overCap = "\x00"

// crossed names the limits that are crossed now.
func (w *world) crossed(time.Time) []string {
	var out []string
	for _, l := range []struct {
		name        string
		used, limit int64
	}{
		{"slots", w.slots, w.cfg.Default.Slots}, {"DPUs", w.dpus, w.cfg.Default.QuarterDPUs},
		{"FLEX DPUs", w.flex, w.cfg.Default.FlexQuarterDPUs},
		{"workers", w.workers, w.cfg.Workers}, {"memory", w.memory, w.cfg.MemoryBytes},
	} {
		if l.limit != scheduler.NoLimit && l.used > l.limit {
			out = append(out, fmt.Sprintf("%s: %d of %d", l.name, l.used, l.limit))
		}
	}
	if n := w.jobs[overCap]; n > 0 {
		out = append(out, fmt.Sprintf("%d starts above a job's own limit", n))
		delete(w.jobs, overCap)
	}
	for _, id := range w.order {
		if g := w.subnets[id]; g.used > g.usable {
			out = append(out, fmt.Sprintf("%s: %d of %d addresses", id, g.used, g.usable))
		}
	}
	return out
}

// usedSlots is the share of the slots in use.
func (w *world) usedSlots() float64 { return ratio(w.slots, w.cfg.Default.Slots) }

// usedDPUs is the share of the DPUs in use.
func (w *world) usedDPUs() float64 { return ratio(w.dpus, w.cfg.Default.QuarterDPUs) }

// ratio is a part of a whole; 0 of nothing.
func ratio(part, whole int64) float64 {
	if whole <= 0 {
		return 0
	}
	return float64(part) / float64(whole)
}
