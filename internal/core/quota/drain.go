package quota

import (
	"cmp"
	"container/heap"
)

// attempt is the key of a draining lease.
type attempt struct {
	id string
	n  int
}

// key is the attempt that the lease is of.
func (l *Lease) key() attempt { return attempt{l.ID, l.Attempt} }

// drains are the leases that drain, with the one that ends first on top.
type drains struct {
	heap  []*Holding
	byKey map[attempt]*Holding
}

// put adds h.
func (d *drains) put(h *Holding) {
	d.byKey[h.key()] = h
	heap.Push((*drainHeap)(d), h)
}

// take takes h out.
func (d *drains) take(h *Holding) {
	delete(d.byKey, h.key())
	heap.Remove((*drainHeap)(d), h.place)
}

// drainHeap orders drains by when they end, then by attempt, so that equal histories give equal orders.
type drainHeap drains

// Len is part of heap.Interface.
func (d *drainHeap) Len() int { return len(d.heap) }

// Less is part of heap.Interface.
func (d *drainHeap) Less(i, j int) bool {
	a, b := d.heap[i], d.heap[j]
	return cmp.Or(a.Until.Compare(b.Until), cmp.Compare(a.ID, b.ID), cmp.Compare(a.Attempt, b.Attempt)) < 0
}

// Swap is part of heap.Interface.
func (d *drainHeap) Swap(i, j int) {
	d.heap[i], d.heap[j] = d.heap[j], d.heap[i]
	d.heap[i].place, d.heap[j].place = i, j
}

// Push is part of heap.Interface.
func (d *drainHeap) Push(x any) {
	h := x.(*Holding)
	h.place = len(d.heap)
	d.heap = append(d.heap, h)
}

// Pop is part of heap.Interface.
func (d *drainHeap) Pop() any {
	last := len(d.heap) - 1
	h := d.heap[last]
	d.heap[last] = nil
	d.heap = d.heap[:last]
	return h
}
