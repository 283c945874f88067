package scheduler

import (
	"slices"
	"strings"
)

// compactAfter is how many removed entries a queue keeps before it looks at being rebuilt.
const compactAfter = 64

// queue is a list of entries by run id. Nearly all pushes append and nearly all removals are at the head: it is a slice
// in which removed entries stay, marked, until they are more than half of it.
type queue struct {
	items []*entry
	dead  int // marked entries among items
}

// push puts e in its place. A run that waits again, after an attempt, goes before those submitted later.
func (q *queue) push(e *entry) {
	n := len(q.items)
	if n == 0 || q.items[n-1].run.ID < e.run.ID {
		q.items = append(q.items, e)
		return
	}
	i, _ := slices.BinarySearchFunc(q.items, e.run.ID, func(x *entry, id string) int { return strings.Compare(x.run.ID, id) })
	q.items = slices.Insert(q.items, i, e)
}

// first returns the entry with the smallest id, or nil.
func (q *queue) first() *entry {
	i := 0
	for i < len(q.items) && q.items[i].place == gone {
		q.items[i] = nil
		i++
	}
	q.items = q.items[i:]
	q.dead -= i
	if len(q.items) == 0 {
		return nil
	}
	return q.items[0]
}

// removed tells the queue that one of its entries is gone.
func (q *queue) removed() {
	q.dead++
	if q.dead <= compactAfter || q.dead <= len(q.items)/2 {
		return
	}
	live := make([]*entry, 0, len(q.items)-q.dead)
	for _, e := range q.items {
		if e.place != gone {
			live = append(live, e)
		}
	}
	q.items, q.dead = live, 0
}

// len is how many entries are in the queue.
func (q *queue) len() int { return len(q.items) - q.dead }

// indexed is a binary heap whose items know their place, so that any of them can leave.
type indexed[T any] struct {
	items []T
	less  func(a, b T) bool
	place func(T) *int // where an item keeps 1 + its index; 0 is absent
}

// first returns the least item.
func (h *indexed[T]) first() (item T, ok bool) {
	if len(h.items) == 0 {
		return item, false
	}
	return h.items[0], true
}

// put inserts x, or moves it to where it now belongs.
func (h *indexed[T]) put(x T) {
	p := h.place(x)
	if *p == 0 {
		h.items = append(h.items, x)
		*p = len(h.items)
	}
	i := *p - 1
	h.up(i)
	h.down(*p - 1)
}

// drop removes x if it is there.
func (h *indexed[T]) drop(x T) {
	p := h.place(x)
	if *p == 0 {
		return
	}
	i, last := *p-1, len(h.items)-1
	h.swap(i, last)
	var none T
	h.items[last] = none
	h.items = h.items[:last]
	*p = 0
	if i < last {
		h.up(i)
		h.down(i)
	}
}

// swap exchanges two items and their places.
func (h *indexed[T]) swap(i, j int) {
	h.items[i], h.items[j] = h.items[j], h.items[i]
	*h.place(h.items[i]), *h.place(h.items[j]) = i+1, j+1
}

// up moves item i towards the root.
func (h *indexed[T]) up(i int) {
	for i > 0 {
		parent := (i - 1) / 2
		if !h.less(h.items[i], h.items[parent]) {
			return
		}
		h.swap(i, parent)
		i = parent
	}
}

// down moves item i away from the root.
func (h *indexed[T]) down(i int) {
	for {
		least := i
		for _, c := range [2]int{2*i + 1, 2*i + 2} {
			if c < len(h.items) && h.less(h.items[c], h.items[least]) {
				least = c
			}
		}
		if least == i {
			return
		}
		h.swap(i, least)
		i = least
	}
}
