package scheduler

import (
	"hash/maphash"
	"iter"
)

// table finds what it holds by the id of a run: open addressing with linear probing. An id is looked up once where a map
// would be asked whether it is there and then told that it is; and what is compared lies in the table, not behind it.
type table[T named] struct {
	slots []slot[T] // a power of two, or none; at most three in four are taken
	n     int
}

// named is what a table may hold: the pointer to something with the id of a run, which does not change.
type named interface {
	comparable
	id() string
}

// slot is a place of a table: free where its hash is 0.
type slot[T any] struct {
	hash uint64
	held T
}

// leastSlots is the size of a table in which the first thing is put.
const leastSlots = 16

// seed makes hashes differ from process to process. Nothing depends on the order in a table.
var seed = maphash.MakeSeed()

// key is an id and its hash, which is never 0.
type key struct {
	hash uint64
	id   string
}

// keyOf is the key of an id: who asks two tables makes it once.
func keyOf(id string) key { return key{maphash.String(seed, id) | 1<<63, id} }

// find returns the place of a key, or the one where it would be put.
func (t *table[T]) find(k key) (at int, found bool) {
	mask := len(t.slots) - 1
	for at = int(k.hash) & mask; t.slots[at].hash != 0; at = (at + 1) & mask {
		if t.slots[at].hash == k.hash && t.slots[at].held.id() == k.id {
			return at, true
		}
	}
	return at, false
}

// get returns what has a key; the zero value where nothing has.
func (t *table[T]) get(k key) (x T) {
	if t.n == 0 {
		return x
	}
	if at, found := t.find(k); found {
		x = t.slots[at].held
	}
	return x
}

// add puts x in, whose key is k, unless something has it already: it reports whether nothing had.
func (t *table[T]) add(k key, x T) bool {
	if 4*t.n >= 3*len(t.slots) {
		t.resize(max(leastSlots, 2*len(t.slots)))
	}
	at, found := t.find(k)
	if found {
		return false
	}
	t.slots[at] = slot[T]{k.hash, x}
	t.n++
	return true
}

// drop takes out and returns what has a key; the zero value where nothing has.
func (t *table[T]) drop(k key) (x T) {
	if t.n == 0 {
		return x
	}
	hole, found := t.find(k)
	if !found {
		return x
	}
	x = t.slots[hole].held
	mask := len(t.slots) - 1
	for at := (hole + 1) & mask; t.slots[at].hash != 0; at = (at + 1) & mask {
		if home := int(t.slots[at].hash) & mask; (at-home)&mask >= (at-hole)&mask { // it was put behind its home for want of the hole
			t.slots[hole], hole = t.slots[at], at
		}
	}
	t.slots[hole] = slot[T]{}
	if t.n--; len(t.slots) > leastSlots && 8*t.n < len(t.slots) {
		t.resize(len(t.slots) / 2)
	}
	return x
}

// replace puts x in the place of what has its id.
func (t *table[T]) replace(x T) {
	k := keyOf(x.id())
	t.drop(k)
	t.add(k, x)
}

// resize moves all to a table of another size.
func (t *table[T]) resize(size int) {
	before := t.slots
	t.slots = make([]slot[T], size)
	for i := range before {
		if before[i].hash == 0 {
			continue
		}
		at := int(before[i].hash) & (size - 1)
		for t.slots[at].hash != 0 {
			at = (at + 1) & (size - 1)
		}
		t.slots[at] = before[i]
	}
}

// all are what it holds, in no order.
func (t *table[T]) all() iter.Seq[T] {
	return func(yield func(T) bool) {
		for i := range t.slots {
			if t.slots[i].hash != 0 && !yield(t.slots[i].held) {
				return
			}
		}
	}
}
