package placement

import (
	"cmp"
	"maps"
	"slices"
	"time"
)

// State is how a circuit breaker stands.
type State string

// The states. A closed breaker lets every run pass, an open one none. A half-open one lets a single run pass at a time,
// the probe: it closes the breaker or opens it again.
const (
	Closed   State = "closed"
	Open     State = "open"
	HalfOpen State = "half-open"
)

// The breaker's defaults, and how often its pause is doubled at most.
const (
	DefaultBreakerAfter = 3
	DefaultBreakerPause = time.Minute
	maxPauses           = 16 // times the configured pause
)

// Key names a subnet.
type Key struct{ Region, Subnet string }

// Status is how the breaker of a subnet stands.
type Status struct {
	Region, Subnet, Zone string
	State                State
	Until                time.Time // Open: when it becomes half-open
	Failures             int       // in a row
	Probe                string    // HalfOpen: the run that tries it
}

// breaker is the circuit breaker of one subnet.
type breaker struct {
	status   Status
	cordoned bool
	pause    time.Duration // of the next opening; 0: the configured one
}

// Health keeps a circuit breaker for each subnet. Network failures of runs, so many in a row, open it; after a pause it is
// half-open and a run may try it; a run that gets its addresses closes it. Each probe that fails doubles the pause.
//
// A zone whose subnets are all open or half-open counts as open itself; one run at a time tries it, on any of its subnets.
// It is not safe for concurrent use.
type Health struct {
	after   int
	pause   time.Duration
	subnets map[Key]*breaker
	open    int // Invariant: breakers that are Open
	// calm: all breakers are closed and none has failures, so that a run that did well tells nothing new. Nearly always so,
	// and asked at each end of a run.
	calm bool
}

// NewHealth returns breakers without failures that open after so many in a row, for that pause; 0 is the default.
func NewHealth(after int, pause time.Duration) *Health {
	h := &Health{subnets: map[Key]*breaker{}, calm: true}
	h.Configure(after, pause)
	return h
}

// Configure replaces the numbers that NewHealth was given. Breakers that are open stay so.
func (h *Health) Configure(after int, pause time.Duration) {
	h.after, h.pause = cmp.Or(after, DefaultBreakerAfter), cmp.Or(pause, DefaultBreakerPause)
}

// Place says which subnets a region has. Those that it had before keep their breakers, those that are gone lose them.
func (h *Health) Place(region string, subnets []Subnet) {
	had := map[Key]*breaker{}
	maps.DeleteFunc(h.subnets, func(k Key, b *breaker) bool {
		if k.Region == region {
			had[k] = b
		}
		return k.Region == region
	})
	for _, s := range subnets {
		k := Key{region, s.ID}
		b := had[k]
		if b == nil {
			b = &breaker{status: Status{Region: region, Subnet: s.ID, State: Closed}}
		}
		b.status.Zone, b.cordoned = s.Zone, s.Cordoned
		h.subnets[k] = b
	}
	h.look()
}

// look recomputes what is known of all breakers together.
func (h *Health) look() {
	h.open, h.calm = 0, true
	for _, b := range h.subnets {
		if b.status.State == Open {
			h.open++
		}
		h.calm = h.calm && b.status.State == Closed && b.status.Failures == 0
	}
}

// Status returns how the breaker of a subnet stands; one that has none is closed.
func (h *Health) Status(k Key) Status {
	if b := h.subnets[k]; b != nil {
		return b.status
	}
	return Status{Region: k.Region, Subnet: k.Subnet, State: Closed}
}

// Stand returns what a Stand wants to know: the state, and whether a run tries the subnet or its zone already.
func (h *Health) Stand(k Key) (state State, probed bool) {
	b := h.subnets[k]
	if b == nil || b.status.State == Closed {
		return Closed, false
	}
	if b.status.State == Open || b.status.Probe != "" {
		return b.status.State, b.status.Probe != ""
	}
	return HalfOpen, h.zoneProbed(b)
}

// zoneProbed reports whether the zone of b is open and a run tries it.
func (h *Health) zoneProbed(b *breaker) bool {
	if !h.ZoneOpen(b.status.Region, b.status.Zone) {
		return false
	}
	for _, o := range h.subnets {
		if o.status.Region == b.status.Region && o.status.Zone == b.status.Zone && o.status.Probe != "" {
			return true
		}
	}
	return false
}

// ZoneOpen reports whether no subnet of a zone lets runs pass, but probes. Cordoned ones are not counted: a zone of which
// only those are left is not open.
func (h *Health) ZoneOpen(region, zone string) bool {
	counted := false
	for _, b := range h.subnets {
		if b.status.Region != region || b.status.Zone != zone || b.cordoned {
			continue
		}
		if b.status.State == Closed {
			return false
		}
		counted = true
	}
	return counted
}

// Try says that a run was put on a subnet: on a half-open one it is the probe.
func (h *Health) Try(k Key, run string) {
	if h.calm {
		return
	}
	if b := h.subnets[k]; b != nil && b.status.State == HalfOpen && b.status.Probe == "" {
		b.status.Probe = run
	}
}

// Report says how a run did on its subnet, and returns the breaker's status and whether its state moved. That a run
// worked counts while the breaker is closed, and from the probe; while it is open, runs from before tell nothing new.
func (h *Health) Report(k Key, run string, outcome Outcome, now time.Time) (Status, bool) {
	if h.calm && outcome != NetworkFailed {
		return Status{Region: k.Region, Subnet: k.Subnet, State: Closed}, false
	}
	b := h.subnets[k]
	if b == nil {
		return h.Status(k), false
	}
	was, probe := b.status.State, b.status.Probe == run && run != ""
	if probe {
		b.status.Probe = "" // whatever became of it, another may try
	}
	switch outcome {
	case Worked:
		if was == Closed || probe {
			b.status.State, b.status.Failures, b.status.Until, b.pause = Closed, 0, time.Time{}, 0
			b.status.Probe = ""
		}
	case NetworkFailed:
		b.status.Failures++
		if was == HalfOpen || was == Closed && b.status.Failures >= h.after {
			b.open(h.pause, now)
			h.open++
		}
	}
	if outcome == NetworkFailed {
		h.calm = false
	} else {
		h.look()
	}
	return b.status, b.status.State != was
}

// open opens a breaker for the pause that it has come to.
func (b *breaker) open(configured time.Duration, now time.Time) {
	pause := max(b.pause, configured)
	b.status.State, b.status.Until, b.status.Probe = Open, now.Add(pause), ""
	b.pause = min(2*pause, maxPauses*configured)
}

// Tick makes the breakers half-open whose pause is over, and returns them by region and subnet.
func (h *Health) Tick(now time.Time) []Status {
	if h.open == 0 {
		return nil
	}
	var moved []Status
	for _, b := range h.subnets {
		if b.status.State == Open && !b.status.Until.After(now) {
			b.status.State, b.status.Until = HalfOpen, time.Time{}
			moved = append(moved, b.status)
		}
	}
	h.open -= len(moved)
	slices.SortFunc(moved, byKey)
	return moved
}

// byKey orders by region and subnet.
func byKey(a, b Status) int {
	return cmp.Or(cmp.Compare(a.Region, b.Region), cmp.Compare(a.Subnet, b.Subnet))
}

// NextWake is when the next Tick makes a breaker half-open; zero if none is open.
func (h *Health) NextWake() (wake time.Time) {
	if h.open == 0 {
		return wake
	}
	for _, b := range h.subnets {
		if b.status.State == Open && (wake.IsZero() || b.status.Until.Before(wake)) {
			wake = b.status.Until
		}
	}
	return wake
}

// All returns the status of every subnet, by region and subnet.
func (h *Health) All() []Status {
	all := make([]Status, 0, len(h.subnets))
	for _, b := range h.subnets {
		all = append(all, b.status)
	}
	slices.SortFunc(all, byKey)
	return all
}

// Clone returns an independent copy.
func (h *Health) Clone() *Health {
	c := &Health{after: h.after, pause: h.pause, open: h.open, calm: h.calm, subnets: make(map[Key]*breaker, len(h.subnets))}
	for k, b := range h.subnets {
		own := *b
		c.subnets[k] = &own
	}
	return c
}
