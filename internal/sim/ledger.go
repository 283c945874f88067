package sim

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"time"

	"tenon/internal/attempt"
	"tenon/internal/core/placement"
	"tenon/internal/core/quota"
	"tenon/internal/core/scheduler"
	"tenon/internal/driver/store"
	"tenon/internal/glue"
)

// maxViolations bounds what a history that went wrong says about it: the first tell enough.
const maxViolations = 20

// Ledger is what the event table says is held, and the limits it is held against. It knows nothing of the scheduler: what
// a run needs it computes from the run's definition.
type Ledger struct {
	limits  scheduler.Config  // in force
	memory  int64             // that each attempt is counted with, in bytes
	next    *scheduler.Config // asked for, and perhaps in force: nobody has heard
	runs    map[string]*account
	order   []string // of the runs, as they were submitted
	held    map[attempt.Key]*holding
	used    map[quota.Pool]int64
	queues  map[line]quota.Vector // used by the runs of a queue itself, not of those below it
	stopped map[string]bool       // queues that an operator holds
	flows   *flows
	seq     int64
	at      time.Time
	kinds   map[glue.EventKind]int
	history bytes.Buffer // every event, one a line

	violations []string
}

// account is what is known of one run.
type account struct {
	run      glue.JobRun // as it was submitted
	admitted map[int]bool
	held     bool // by an operator
	ended    int
}

// holding is one lease, from its admission to its release or the end of its drain.
type holding struct {
	need     quota.Vector
	lease    quota.Lease // Region, Job, Queue, Subnet
	draining bool
}

// line is a queue in a region.
type line struct{ region, queue string }

// NewLedger begins before the first event, under a configuration, where each attempt is counted with so many bytes of
// memory.
func NewLedger(limits scheduler.Config, runMemory int64) *Ledger {
	l := &Ledger{limits: limits, memory: runMemory, runs: map[string]*account{}, held: map[attempt.Key]*holding{},
		used: map[quota.Pool]int64{}, queues: map[line]quota.Vector{}, stopped: map[string]bool{}, kinds: map[glue.EventKind]int{}}
	l.flows = newFlows(l)
	return l
}

// Violations are what was found that must not be, at most a few; none is well.
func (l *Ledger) Violations() []string { return l.violations }

// Events is how many events it has followed, by their kind.
func (l *Ledger) Events() map[glue.EventKind]int { return l.kinds }

// violate notes that something is not as it must be.
func (l *Ledger) violate(format string, args ...any) {
	if len(l.violations) < maxViolations {
		l.violations = append(l.violations, fmt.Sprintf("after event %d, at %s: ", l.seq, time.Now().UTC().Format("15:04:05.000"))+fmt.Sprintf(format, args...))
	}
}

// Follow takes the events since it last did, and holds them against the lease rows.
func (l *Ledger) Follow(r *store.Reader) error {
	last := glue.EventKind("")
	for {
		events, err := r.EventsAfter(l.seq, store.MaxEvents)
		if err != nil {
			return err
		}
		for i := range events {
			if err := l.take(r, &events[i]); err != nil {
				return err
			}
			if last = events[i].Kind; len(l.violations) > 0 {
				continue // the accounts of flows may be wrong by now: what they say tells nothing more
			}
			if err := l.flows.take(r, &events[i]); err != nil {
				return err
			}
		}
		if len(events) < store.MaxEvents {
			if err := l.compare(r); err != nil || len(l.violations) > 0 {
				return err
			}
			return l.flows.compare(r, last)
		}
	}
}

// detail is what is read of the events' details.
type detail struct {
	Need      *quota.Vector `json:"need"`
	Subnet    string        `json:"subnet"`
	Addresses int64         `json:"addresses"`
	State     glue.RunState `json:"state"`
	Until     time.Time     `json:"draining_until"`
	Queue     string        `json:"queue"`
}

// take applies one event.
func (l *Ledger) take(r *store.Reader, e *glue.Event) error {
	if e.Seq != l.seq+1 {
		l.violate("event %d follows", e.Seq)
	}
	if e.At.Before(l.at) {
		l.violate("event %d is earlier than the one before it", e.Seq)
	}
	l.seq, l.at = e.Seq, e.At
	l.kinds[e.Kind]++
	fmt.Fprintf(&l.history, "%d %s %s %s %s/%d %s %s\n", e.Seq, e.At.Format(time.RFC3339Nano), e.Region, e.Kind, e.Run, e.Attempt, e.Who, e.Detail)
	var d detail
	if len(e.Detail) > 0 {
		if err := json.Unmarshal(e.Detail, &d); err != nil {
			return fmt.Errorf("detail of event %d: %w", e.Seq, err)
		}
	}
	if e.Kind == glue.EventRunSubmitted {
		run, err := r.GetRun(e.Region, e.Run)
		if err != nil {
			return fmt.Errorf("event %d: %w", e.Seq, err)
		}
		if l.runs[e.Run] != nil {
			l.violate("run %s was submitted twice", e.Run)
		}
		l.runs[e.Run] = &account{run: run.JobRun, admitted: map[int]bool{}}
		l.order = append(l.order, e.Run)
		return nil
	}
	if e.Kind == glue.EventQueueHeld || e.Kind == glue.EventQueueUnheld {
		l.stopped[d.Queue] = e.Kind == glue.EventQueueHeld
	}
	if e.Run == "" {
		return nil
	}
	a, key := l.runs[e.Run], attempt.Key{Run: e.Run, Attempt: e.Attempt}
	if a == nil {
		l.violate("%s of run %s, which was not submitted", e.Kind, e.Run)
		return nil
	}
	if a.ended > 0 && e.Kind != glue.EventLeaseDrained {
		l.violate("%s of run %s, which has ended", e.Kind, e.Run)
	}
	switch e.Kind {
	case glue.EventRunAdmitted:
		l.admit(a, key, &d)
	case glue.EventRunHeld, glue.EventRunUnheld:
		a.held = e.Kind == glue.EventRunHeld
	case glue.EventRunRetry:
		l.release(key, &d)
	case glue.EventRunEnded:
		if !d.State.Final() {
			l.violate("run %s ended in state %q", e.Run, d.State)
		}
		a.ended++
		if l.held[key] != nil {
			l.release(key, &d)
		}
	case glue.EventLeaseDrained:
		if h := l.held[key]; h == nil || !h.draining {
			l.violate("lease %s is drained and did not drain", key)
		} else {
			l.drop(key, h)
		}
	}
	return nil
}

// needOf is what an attempt of a run takes, by its definition.
func (l *Ledger) needOf(run *glue.JobRun, addresses int64) quota.Vector {
	need := quota.Vector{quota.JobRuns: 1, quota.Slots: 1, quota.Workers: 1, quota.MemoryBytes: l.memory, quota.Addresses: addresses}
	if run.ExecutionClass == "FLEX" {
		need[quota.FlexDPUs] = run.QuarterDPUs
	} else {
		need[quota.DPUs] = run.QuarterDPUs
	}
	return need
}

// admit counts an admission, and demands that it fits what is configured: or what may be.
func (l *Ledger) admit(a *account, key attempt.Key, d *detail) {
	if a.admitted[key.Attempt] {
		l.violate("attempt %s was admitted twice", key)
		return
	}
	a.admitted[key.Attempt] = true
	for other, h := range l.held {
		if other.Run == key.Run && !h.draining {
			l.violate("attempt %s was admitted while %s holds a lease", key, other)
		}
	}
	h := &holding{need: l.needOf(&a.run, d.Addresses), lease: quota.Lease{
		Region: a.run.Region, Job: fmt.Sprintf("%s/%s#%d", a.run.Region, a.run.Job, a.run.Incarnation), Queue: a.run.Queue, Subnet: d.Subnet}}
	if h.lease.Queue == "" {
		h.lease.Queue = scheduler.DefaultQueue
	}
	if d.Need != nil && *d.Need != h.need {
		l.violate("attempt %s was admitted with %v, and needs %v", key, *d.Need, h.need)
	}
	if a.held {
		l.violate("attempt %s was admitted while the run is held", key)
	}
	l.held[key] = h
	l.count(h, h.need, 1)
	wrong := l.wrong(&l.limits, a, key, h)
	if l.next != nil && len(wrong) > 0 && len(l.wrong(l.next, a, key, h)) == 0 {
		return
	}
	for _, text := range wrong {
		l.violate("attempt %s, admitted, %s", key, text)
	}
}

// count adds a need to what is used, or takes it away.
func (l *Ledger) count(h *holding, need quota.Vector, sign int64) {
	q := line{h.lease.Region, h.lease.Queue}
	of := l.queues[q]
	for _, r := range quota.Resources() {
		p := h.lease.Pool(r)
		l.used[p] += sign * need[r]
		of[r] += sign * need[r]
		if l.used[p] < 0 {
			l.violate("%v of %q are used %d times", r, p.Scope, l.used[p])
		}
	}
	l.queues[q] = of
}

// release ends a lease, or has it drain where its addresses come back later.
func (l *Ledger) release(key attempt.Key, d *detail) {
	h := l.held[key]
	if h == nil || h.draining {
		l.violate("lease %s is released and was not held", key)
		return
	}
	drains := !d.Until.IsZero()
	if l.next == nil && drains != (h.need[quota.Addresses] > 0 && l.limits.Placement.ReleaseLag > 0) {
		l.violate("lease %s, of %d addresses, drains: %v", key, h.need[quota.Addresses], drains)
	}
	if !drains {
		l.drop(key, h)
		return
	}
	rest := quota.Vector{quota.Addresses: h.need[quota.Addresses]}
	l.count(h, h.need, -1)
	l.count(h, rest, 1)
	h.need, h.draining = rest, true
}

// drop takes a lease away.
func (l *Ledger) drop(key attempt.Key, h *holding) {
	l.count(h, h.need, -1)
	delete(l.held, key)
}

// wrong says why a lease that was just counted may not be, under a configuration. What others hold beyond a limit that was
// lowered is theirs; but nothing is added to it.
func (l *Ledger) wrong(cfg *scheduler.Config, a *account, key attempt.Key, h *holding) (wrong []string) {
	for _, r := range quota.Resources() {
		if h.need[r] == 0 {
			continue
		}
		p := h.lease.Pool(r)
		if most := limit(cfg, r, a, h); most != scheduler.NoLimit && l.used[p] > most {
			wrong = append(wrong, fmt.Sprintf("brings %v of %q to %d of %d", r, p.Scope, l.used[p], most))
		}
	}
	wrong = append(wrong, wrongPlace(cfg, a, h)...)
	for _, r := range []quota.Resource{quota.Slots, quota.DPUs, quota.FlexDPUs} {
		if h.need[r] > 0 {
			wrong = append(wrong, l.wrongQueue(cfg, h, r)...)
		}
	}
	if l.stopped[h.lease.Queue] {
		wrong = append(wrong, "is of queue "+h.lease.Queue+", which an operator holds")
	}
	return wrong
}

// limit is what is configured of what a lease takes of r.
func limit(cfg *scheduler.Config, r quota.Resource, a *account, h *holding) int64 {
	region := regionOf(cfg, h.lease.Region)
	switch r {
	case quota.JobRuns:
		return int64(a.run.MaxConcurrent)
	case quota.Slots:
		return region.Slots
	case quota.DPUs:
		return region.QuarterDPUs
	case quota.FlexDPUs:
		return region.FlexQuarterDPUs
	case quota.Workers:
		return cfg.Workers
	case quota.MemoryBytes:
		return cfg.MemoryBytes
	}
	s, ok := subnetOf(cfg, h)
	if !ok || s.Cordoned {
		return 0
	}
	return 1<<(32-s.CIDR.Bits()) - reservedAddresses
}

// subnetOf is the subnet of a lease, if it is one that Tenon manages.
func subnetOf(cfg *scheduler.Config, h *holding) (placement.Subnet, bool) {
	all := regionOf(cfg, h.lease.Region).Subnets
	i := slices.IndexFunc(all, func(s placement.Subnet) bool { return s.ID == h.lease.Subnet })
	if i < 0 {
		return placement.Subnet{}, false
	}
	return all[i], true
}

// workers are those of a run; one that is sized in DPUs has one for each, at least one.
func workers(run *glue.JobRun) int64 {
	if run.NumberOfWorkers > 0 {
		return int64(run.NumberOfWorkers)
	}
	return max(1, run.QuarterDPUs/4)
}

// wrongPlace: a run with a choice among managed subnets is on one of them, with an address for each worker, or for as many
// as it said would do; any other run takes none.
func wrongPlace(cfg *scheduler.Config, a *account, h *holding) (wrong []string) {
	managed := slices.ContainsFunc(a.run.Subnets, func(c glue.Choice) bool {
		_, ok := subnetOf(cfg, &holding{lease: quota.Lease{Region: h.lease.Region, Subnet: c.Subnet}})
		return ok
	})
	_, on := subnetOf(cfg, h)
	switch {
	case managed != on:
		wrong = append(wrong, fmt.Sprintf("is on %q, out of %v", h.lease.Subnet, a.run.Subnets))
	case h.lease.Subnet != "" && !slices.ContainsFunc(a.run.Subnets, func(c glue.Choice) bool { return c.Subnet == h.lease.Subnet }):
		wrong = append(wrong, fmt.Sprintf("is on %q, which it did not choose: %v", h.lease.Subnet, a.run.Subnets))
	}
	least, most := int64(0), int64(0)
	if managed {
		most = workers(&a.run) + cfg.Placement.ExtraAddresses
		if least = most; a.run.MinWorkers > 0 {
			least = int64(a.run.MinWorkers) + cfg.Placement.ExtraAddresses
		}
	}
	if n := h.need[quota.Addresses]; n < least || n > most {
		wrong = append(wrong, fmt.Sprintf("takes %d addresses, not %d to %d", n, least, most))
	}
	return wrong
}

// reservedAddresses are those of each subnet that AWS keeps: the first four and the last.
const reservedAddresses = 5

// regionOf is the limits of a region.
func regionOf(cfg *scheduler.Config, name string) scheduler.Region {
	if r, ok := cfg.Regions[name]; ok {
		return r
	}
	return cfg.Default
}

// share is what a queue is configured with of r.
func share(q *scheduler.Queue, r quota.Resource) scheduler.Share {
	s := map[quota.Resource]*scheduler.Share{quota.Slots: q.Slots, quota.DPUs: q.QuarterDPUs, quota.FlexDPUs: q.FlexQuarterDPUs}[r]
	if s == nil {
		return scheduler.Share{Borrow: scheduler.NoLimit, Lend: scheduler.NoLimit}
	}
	return *s
}

// wrongQueue: the queue of a lease, and each above it, is within its nominal amount and what it may borrow, and nobody has
// taken what its neighbours do not lend.
func (l *Ledger) wrongQueue(cfg *scheduler.Config, h *holding, r quota.Resource) (wrong []string) {
	children := map[string][]*scheduler.Queue{}
	for i := range cfg.Queues {
		children[cfg.Queues[i].Parent] = append(children[cfg.Queues[i].Parent], &cfg.Queues[i])
	}
	// below is what a queue and all under it use.
	var below func(name string) int64
	below = func(name string) int64 {
		sum := l.queues[line{h.lease.Region, name}][r]
		for _, c := range children[name] {
			sum += below(c.Name)
		}
		return sum
	}
	for name := h.lease.Queue; name != ""; {
		i := slices.IndexFunc(cfg.Queues, func(q scheduler.Queue) bool { return q.Name == name })
		if i < 0 {
			if name != scheduler.DefaultQueue {
				wrong = append(wrong, "is of queue "+name+", which is not configured")
			}
			break
		}
		q := &cfg.Queues[i]
		s := share(q, r)
		if s.Borrow != scheduler.NoLimit && len(children[name]) == 0 && below(name) > s.Nominal+s.Borrow {
			wrong = append(wrong, fmt.Sprintf("brings %v of queue %s to %d, of %d and %d borrowed", r, name, below(name), s.Nominal, s.Borrow))
		}
		if q.Held && name == h.lease.Queue {
			wrong = append(wrong, "is of queue "+name+", which is configured as held")
		}
		name = q.Parent
	}
	return append(wrong, l.wrongLoan(cfg, h, r)...)
}

// wrongLoan: what the other queues of the account use, and what those of them that lend less than all keep for themselves,
// leaves room for the queue of a lease.
func (l *Ledger) wrongLoan(cfg *scheduler.Config, h *holding, r quota.Resource) []string {
	most := map[quota.Resource]int64{quota.Slots: regionOf(cfg, h.lease.Region).Slots, quota.DPUs: regionOf(cfg, h.lease.Region).QuarterDPUs,
		quota.FlexDPUs: regionOf(cfg, h.lease.Region).FlexQuarterDPUs}[r]
	top := h.lease.Queue
	sum := int64(0)
	if !slices.ContainsFunc(cfg.Queues, func(q scheduler.Queue) bool { return q.Name == scheduler.DefaultQueue }) {
		sum = l.queues[line{h.lease.Region, scheduler.DefaultQueue}][r]
	}
	for i := range cfg.Queues {
		q := &cfg.Queues[i]
		used, kept := l.queues[line{h.lease.Region, q.Name}][r], int64(0)
		if s := share(q, r); s.Lend != scheduler.NoLimit && q.Name != top && q.Parent == "" {
			kept = max(0, s.Nominal-s.Lend)
			for j := range cfg.Queues { // the children use what is kept, too
				if cfg.Queues[j].Parent == q.Name {
					kept -= l.queues[line{h.lease.Region, cfg.Queues[j].Name}][r]
					if cfg.Queues[j].Name == top {
						kept = 0
					}
				}
			}
		}
		sum += max(used, kept)
	}
	own := l.queues[line{h.lease.Region, top}][r]
	if guaranteed := ownPart(cfg, top, r); sum > most && own > guaranteed {
		return []string{fmt.Sprintf("takes %v that others do not lend: %d of %d with it", r, sum, most)}
	}
	return nil
}

// ownPart is what a queue may use whatever the others do.
func ownPart(cfg *scheduler.Config, name string, r quota.Resource) int64 {
	for i := range cfg.Queues {
		if s := share(&cfg.Queues[i], r); cfg.Queues[i].Name == name && s.Lend != scheduler.NoLimit {
			return max(0, s.Nominal-s.Lend)
		}
	}
	return 0
}

// compare holds the fold of the events against the lease rows.
func (l *Ledger) compare(r *store.Reader) error {
	rows, err := r.Leases()
	if err != nil {
		return err
	}
	seen := map[attempt.Key]bool{}
	taken := map[string]attempt.Key{} // region/subnet/address
	for _, row := range rows {
		key := attempt.Key{Run: row.Run, Attempt: row.Attempt}
		seen[key] = true
		h := l.held[key]
		if h == nil {
			l.violate("there is a row of lease %s, which the events do not know", key)
			continue
		}
		if draining := row.Phase == store.LeaseDraining; draining != h.draining {
			l.violate("the row of lease %s is %s, draining should be %v", key, row.Phase, h.draining)
		}
		lease, err := decodeLease(row.Vector)
		if err != nil {
			return fmt.Errorf("row of lease %s: %w", key, err)
		}
		if h.draining {
			lease.Need = quota.Vector{quota.Addresses: lease.Need[quota.Addresses]} // all else is back
		}
		if lease.Need != h.need || lease.Subnet != h.lease.Subnet {
			l.violate("the row of lease %s holds %v of %q, the events %v of %q", key, lease.Need, lease.Subnet, h.need, h.lease.Subnet)
		}
		l.compareAddresses(key, h, &lease, taken)
	}
	for key := range l.held {
		if !seen[key] {
			l.violate("lease %s has no row", key)
		}
	}
	return nil
}

// decodeLease reads the row of a lease.
func decodeLease(doc []byte) (lease quota.Lease, err error) {
	return lease, json.Unmarshal(doc, &lease)
}

// compareAddresses demands that the addresses of a lease are as many as it needs, of its subnet, and nobody else's.
func (l *Ledger) compareAddresses(key attempt.Key, h *holding, lease *quota.Lease, taken map[string]attempt.Key) {
	count := int64(0)
	for _, text := range lease.Addresses {
		from, to, err := span(text)
		if err != nil {
			l.violate("lease %s: %v", key, err)
			return
		}
		for ip := from; ip.Compare(to) <= 0; ip = ip.Next() {
			count++
			name := h.lease.Region + "/" + lease.Subnet + "/" + ip.String()
			if other, ok := taken[name]; ok {
				l.violate("address %s is held by %s and by %s", name, other, key)
			}
			taken[name] = key
			l.inSubnet(key, h, lease.Subnet, ip)
		}
	}
	if count != h.need[quota.Addresses] {
		l.violate("lease %s has %d addresses, and needs %d", key, count, h.need[quota.Addresses])
	}
}

// inSubnet demands that an address may be given out at all. A subnet that is no longer configured says nothing.
func (l *Ledger) inSubnet(key attempt.Key, h *holding, subnet string, ip netip.Addr) {
	for _, s := range regionOf(&l.limits, h.lease.Region).Subnets {
		if s.ID != subnet {
			continue
		}
		first := s.CIDR.Masked().Addr()
		for range reservedAddresses - 1 {
			if ip == first {
				l.violate("address %s of lease %s is reserved", ip, key)
			}
			first = first.Next()
		}
		if !s.CIDR.Contains(ip) || !s.CIDR.Contains(ip.Next()) {
			l.violate("address %s of lease %s is not one of %s", ip, key, s.CIDR)
		}
	}
}

// span reads "10.0.0.4" or "10.0.0.4-10.0.0.9".
func span(text string) (from, to netip.Addr, err error) {
	a, b, ok := strings.Cut(text, "-")
	if !ok {
		b = a
	}
	from, err1 := netip.ParseAddr(a)
	to, err2 := netip.ParseAddr(b)
	return from, to, errors.Join(err1, err2)
}

// Finish demands that everything is over: one end of each run, of those that were accepted too, and nothing held.
func (l *Ledger) Finish(accepted map[string]bool) {
	for _, key := range slices.SortedFunc(maps.Keys(l.held), compareKeys) {
		l.violate("lease %s is left at the end", key)
	}
	for id := range accepted {
		if l.runs[id] == nil {
			l.violate("run %s was accepted and is not there", id)
		}
	}
	for _, id := range slices.Sorted(maps.Keys(l.runs)) {
		if n := l.runs[id].ended; n != 1 {
			l.violate("run %s has %d ends", id, n)
		}
	}
}

// compareKeys orders attempts.
func compareKeys(a, b attempt.Key) int { return strings.Compare(a.String(), b.String()) }
