package scheduler

import (
	"cmp"
	"slices"
)

// chunkSize bounds a chunk of a roll: an insertion moves at most so many ids.
const chunkSize = 256

// roll is a sorted list of run ids that knows places and can be shared with readers: it lies in chunks, and one that a
// reader has is copied before it is changed. So a View of 100,000 waiting runs copies a few hundred pointers.
type roll struct {
	chunks []*chunk
	n      int
}

// chunk is a part of a roll: at least one id, at most chunkSize.
type chunk struct {
	ids    []string
	shared bool // a View has it: it does not change any more
}

// find returns the chunk where id is or belongs.
func (r *roll) find(id string) int {
	last := len(r.chunks) - 1
	switch { // mostly ids come at the end and leave at the front
	case last == 0 || id < r.chunks[1].ids[0]:
		return 0
	case id >= r.chunks[last].ids[0]:
		return last
	}
	i, found := slices.BinarySearchFunc(r.chunks, id, func(c *chunk, id string) int { return cmp.Compare(c.ids[0], id) })
	if !found && i > 0 {
		i--
	}
	return i
}

// own returns chunk i for a change.
func (r *roll) own(i int) *chunk {
	if c := r.chunks[i]; c.shared {
		r.chunks[i] = &chunk{ids: append(make([]string, 0, chunkSize), c.ids...)}
	}
	return r.chunks[i]
}

// insert adds an id that is not there.
func (r *roll) insert(id string) {
	r.n++
	if len(r.chunks) == 0 {
		r.chunks = []*chunk{{ids: []string{id}}}
		return
	}
	i := r.find(id)
	c := r.own(i)
	if len(c.ids) == chunkSize {
		// A full chunk is cut where the id goes, but near its end only there: ids mostly come in order.
		at, _ := slices.BinarySearch(c.ids, id)
		if at < chunkSize {
			at = chunkSize / 2
		}
		rest := &chunk{ids: append(make([]string, 0, chunkSize), c.ids[at:]...)}
		clear(c.ids[at:])
		c.ids = c.ids[:at]
		if len(rest.ids) == 0 {
			rest.ids = append(rest.ids, id)
			r.chunks = slices.Insert(r.chunks, i+1, rest)
			return
		}
		r.chunks = slices.Insert(r.chunks, i+1, rest)
		if id > rest.ids[0] {
			c = rest
		}
	}
	at, _ := slices.BinarySearch(c.ids, id)
	c.ids = slices.Insert(c.ids, at, id)
}

// remove takes an id out that is there.
func (r *roll) remove(id string) {
	i := r.find(id)
	c := r.own(i)
	at, found := slices.BinarySearch(c.ids, id)
	if !found {
		return
	}
	r.n--
	c.ids = slices.Delete(c.ids, at, at+1)
	switch {
	case len(c.ids) == 0:
		r.chunks = slices.Delete(r.chunks, i, i+1)
	case i > 0 && len(c.ids)+len(r.chunks[i-1].ids) <= chunkSize/2:
		before := r.own(i - 1)
		before.ids = append(before.ids, c.ids...)
		r.chunks = slices.Delete(r.chunks, i, i+1)
	}
}

// share returns a copy for readers.
func (r *roll) share() roll {
	for _, c := range r.chunks {
		c.shared = true
	}
	return roll{chunks: slices.Clone(r.chunks), n: r.n}
}

// before counts the ids that stand before id, be it there or not.
func (r *roll) before(id string) (n int) {
	if len(r.chunks) == 0 {
		return 0
	}
	i := r.find(id)
	for _, c := range r.chunks[:i] {
		n += len(c.ids)
	}
	at, _ := slices.BinarySearch(r.chunks[i].ids, id)
	return n + at
}

// appendTo appends the ids in order.
func (r *roll) appendTo(ids []string) []string {
	for _, c := range r.chunks {
		ids = append(ids, c.ids...)
	}
	return ids
}

// first is the first id, or empty.
func (r *roll) first() string {
	if len(r.chunks) == 0 {
		return ""
	}
	return r.chunks[0].ids[0]
}
