package quota

import (
	"cmp"
	"container/heap"
	"fmt"
	"slices"
	"time"
)

// attempt is the key of a draining lease.
type attempt struct {
	id string
	n  int
}

// key is the attempt that the lease is of.
func (l *Lease) key() attempt { return attempt{l.ID, l.Attempt} }

// drain is a lease that drains.
type drain struct {
	Holding
	lease Lease
}

// compare orders drains by when they end, then by attempt, so that equal histories give equal orders.
func (d *drain) compare(o *drain) int {
	a, b := &d.lease, &o.lease
	return cmp.Or(a.Until.Compare(b.Until), cmp.Compare(a.ID, b.ID), cmp.Compare(a.Attempt, b.Attempt))
}

// drains are the leases that drain, with the one that ends first on top.
type drains struct {
	heap  []*drain
	byKey map[attempt]*drain
}

// Drain takes note of a lease that drains until its Until: it counts with its addresses alone, and lease is told so. A second
// lease of an attempt, or one that cannot be counted, is an error.
func (l *Ledger) Drain(lease *Lease) error {
	if l.Drains(lease.ID, lease.Attempt) {
		return fmt.Errorf("quota: %s already holds a lease", lease.ID)
	}
	lease.Need = lease.Need.only(Addresses)
	d := &drain{Holding: Holding{Need: lease.Need, Visible: lease.Visible, meters: l.MetersOf(lease)}, lease: *lease}
	if err := countable(&d.Need, &d.meters); err != nil {
		return fmt.Errorf("quota: lease of %s %w", lease.ID, err)
	}
	l.drains.byKey[lease.key()] = d
	heap.Push((*drainHeap)(&l.drains), d)
	l.countDrain(d, 1)
	return nil
}

// Drains reports whether an attempt has a lease that drains.
func (l *Ledger) Drains(id string, n int) bool {
	return len(l.drains.byKey) > 0 && l.drains.byKey[attempt{id, n}] != nil
}

// countDrain adds what a draining lease holds to its meter, or with sign -1 takes it off.
func (l *Ledger) countDrain(d *drain, sign int64) {
	m, n := d.meters[Addresses], sign*d.Need[Addresses]
	if m == nil {
		return // it has none
	}
	m.used += n
	m.draining += n
	m.hide(&d.Holding, sign)
}

// NextDrain is when the next draining lease ends; zero if none drains.
func (l *Ledger) NextDrain() time.Time {
	if len(l.drains.heap) == 0 {
		return time.Time{}
	}
	return l.drains.heap[0].lease.Until
}

// NextDrains is when the next draining lease ends of each subnet in which one drains.
func (l *Ledger) NextDrains() map[Pool]time.Time {
	next := map[Pool]time.Time{}
	for _, d := range l.drains.heap {
		m := d.meters[Addresses]
		if m == nil {
			continue // it has none
		}
		if until, known := next[m.Pool()]; !known || d.lease.Until.Before(until) {
			next[m.Pool()] = d.lease.Until
		}
	}
	return next
}

// ExpireDrains ends the draining leases whose time has come, and returns them by Until, run and attempt.
func (l *Ledger) ExpireDrains(now time.Time) []Lease {
	var ended []Lease
	for len(l.drains.heap) > 0 && !l.drains.heap[0].lease.Until.After(now) {
		d := heap.Pop((*drainHeap)(&l.drains)).(*drain)
		delete(l.drains.byKey, d.lease.key())
		l.countDrain(d, -1)
		ended = append(ended, d.lease)
	}
	return ended
}

// Draining returns the leases that drain, by Until, run and attempt.
func (l *Ledger) Draining() []Lease {
	sorted := slices.SortedFunc(slices.Values(l.drains.heap), (*drain).compare)
	all := make([]Lease, len(sorted))
	for i, d := range sorted {
		all[i] = d.lease
	}
	return all
}

// drainHeap is drains as a heap.
type drainHeap drains

// Len is part of heap.Interface.
func (d *drainHeap) Len() int { return len(d.heap) }

// Less is part of heap.Interface.
func (d *drainHeap) Less(i, j int) bool { return d.heap[i].compare(d.heap[j]) < 0 }

// Swap is part of heap.Interface.
func (d *drainHeap) Swap(i, j int) { d.heap[i], d.heap[j] = d.heap[j], d.heap[i] }

// Push is part of heap.Interface.
func (d *drainHeap) Push(x any) { d.heap = append(d.heap, x.(*drain)) }

// Pop is part of heap.Interface.
func (d *drainHeap) Pop() any {
	last := len(d.heap) - 1
	x := d.heap[last]
	d.heap[last] = nil
	d.heap = d.heap[:last]
	return x
}
