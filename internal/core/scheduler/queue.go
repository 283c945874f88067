package scheduler

import (
	"cmp"
	"math"
	"strings"

	"tenon/internal/glue"
)

// This file has the orders in which runs stand: of ids, of a class, of the heads of classes, of those who sleep.

// rank is the beginning of a run's id as a number: of two ids the one with the lower rank is the lesser. It decides nearly
// every comparison of two ids without a look at them: those lie elsewhere in memory. For ids as we make them it is their
// first 16 digits.
type rank uint64

// rankOf returns the rank of an id. One that is not of our form has the rank of the ids beside it.
func rankOf(id string) rank {
	digits, ours := strings.CutPrefix(id, glue.RunIDPrefix)
	switch {
	case !ours && id < glue.RunIDPrefix:
		return 0
	case !ours:
		return math.MaxUint64
	}
	r := rank(0)
	for i := range min(len(digits), rankDigits) {
		value, isDigit := hexDigit(digits[i])
		r += value << (4 * (rankDigits - 1 - i))
		if !isDigit {
			return r - min(value, 1) // the last id with a lesser digit here; or the first of all, if there is none
		}
	}
	return r
}

// rankDigits is how many digits fit into a rank.
const rankDigits = 16

// hexDigit returns how many of the digits of ids are less than c, which for a digit is its value.
func hexDigit(c byte) (value rank, isDigit bool) {
	switch {
	case c < '0':
		return 0, false
	case c <= '9':
		return rank(c - '0'), true
	case c < 'a':
		return 10, false
	case c <= 'f':
		return rank(c-'a') + 10, true
	}
	return 16, false
}

// compare orders ranks.
func (r rank) compare(o rank) int { return cmp.Compare(r, o) }

// compare orders entries as their ids do.
func (e *entry) compare(o *entry) int { return e.compareID(o.rank, o.run.ID) }

// compareID compares an entry with an id.
func (e *entry) compareID(r rank, id string) int {
	if by := e.rank.compare(r); by != 0 {
		return by
	}
	return strings.Compare(e.run.ID, id)
}

// before reports whether e was submitted first.
func (e *entry) before(o *entry) bool { return e.compare(o) < 0 }

// queue is the runs of a class, linked in the order of their ids.
type queue struct {
	head, tail *entry
	last       rank // of the tail: it is compared with all that come, and would be fetched from afar for that alone
	n          int
}

// push puts e in its place. Nearly all come last; a run that waits again, after an attempt, goes before those submitted
// later: its place is looked for from both ends.
func (q *queue) push(e *entry) {
	if q.tail == nil || q.last.compare(e.rank) < 0 {
		q.link(q.tail, e, nil)
		return
	}
	behind, ahead := q.tail, q.head // e comes behind the one, or ahead of the other
	for behind != nil && e.before(behind) {
		if e.before(ahead) {
			behind = ahead.prev
			break
		}
		behind, ahead = behind.prev, ahead.next
	}
	if behind == nil {
		q.link(nil, e, q.head)
	} else {
		q.link(behind, e, behind.next)
	}
}

// link puts e between two that follow each other; nil is an end.
func (q *queue) link(prev, e, next *entry) {
	e.prev, e.next = prev, next
	if prev == nil {
		q.head = e
	} else {
		prev.next = e
	}
	if next == nil {
		q.tail, q.last = e, e.rank
	} else {
		next.prev = e
	}
	q.n++
}

// drop takes e out.
func (q *queue) drop(e *entry) {
	if e.prev == nil {
		q.head = e.next
	} else {
		e.prev.next = e.next
	}
	if e.next != nil {
		e.next.prev = e.prev
	} else if q.tail = e.prev; q.tail != nil {
		q.last = q.tail.rank
	}
	e.prev, e.next = nil, nil
	q.n--
}

// heap is a binary heap whose items know their place, 1 + their index, so that any of them can leave.
type heap[T item[T]] []T

// item is what a heap may hold.
type item[T any] interface {
	before(T) bool
	place() *int32 // 0: it is not in the heap
}

// put inserts x, or moves it to where it belongs now.
func (h *heap[T]) put(x T) {
	if *x.place() == 0 {
		*h = append(*h, x)
		*x.place() = int32(len(*h))
	}
	h.sift(int(*x.place())-1, x)
}

// drop takes out x, which is there.
func (h *heap[T]) drop(x T) {
	i, last := int(*x.place())-1, len(*h)-1
	moved := (*h)[last]
	var none T
	(*h)[last] = none
	*h = (*h)[:last]
	*x.place() = 0
	if i < last {
		h.sift(i, moved)
	}
}

// sift moves the hole i to where x belongs and puts x there.
func (h *heap[T]) sift(i int, x T) {
	all := *h
	for i > 0 && x.before(all[(i-1)/2]) {
		all.set(i, all[(i-1)/2])
		i = (i - 1) / 2
	}
	for {
		child := 2*i + 1
		if child >= len(all) {
			break
		}
		if child+1 < len(all) && all[child+1].before(all[child]) {
			child++
		}
		if !all[child].before(x) {
			break
		}
		all.set(i, all[child])
		i = child
	}
	all.set(i, x)
}

// set puts x at i.
func (h heap[T]) set(i int, x T) { h[i], *x.place() = x, int32(i)+1 }

// seat is a class among the ready ones of its shape, with the rank of its head, so that ranks lie beside each other.
type seat struct {
	rank  rank
	class *class
}

func (x seat) place() *int32 { return &x.class.seat }

// before reports whether the head of x is the older one.
func (x seat) before(o seat) bool {
	if by := x.rank.compare(o.rank); by != 0 {
		return by < 0
	}
	return x.class.head.run.ID < o.class.head.run.ID
}

// sleeper is a run between two attempts.
type sleeper struct{ *entry }

func (x sleeper) place() *int32 { return &x.bed }

// before reports whether x wakes first.
func (x sleeper) before(o sleeper) bool {
	if by := x.run.NotBefore.Compare(o.run.NotBefore); by != 0 {
		return by < 0
	}
	return x.entry.before(o.entry)
}
