package scheduler

import (
	"math/bits"
	"slices"
	"sort"
)

// chunkSize bounds a chunk of a roll: an insertion that is not at the end rewrites at most so many places.
const chunkSize = 256

// roll is the waiting runs of a queue with one priority, in the order of their ids. It tells places, and readers can share
// it: it lies in chunks that only grow at their end, and in which those who leave are crossed out. So a View of 100,000
// waiting runs copies a few hundred pages.
type roll struct {
	chunks []*chunk // none is empty
	last   rank     // of the last run, be it there or not: see queue.last
	n      int
}

// chunk is a part of a roll.
type chunk struct{ page }

// page is a chunk at one moment. What runs holds up to its length does not change any more: an insertion in the middle makes
// another chunk.
type page struct {
	runs []*entry // at most chunkSize, with those that left
	left [chunkSize / 64]uint64
	n    int // of those that did not leave
}

// insert adds a run that is not there.
func (r *roll) insert(e *entry) {
	r.n++
	last := len(r.chunks) - 1
	if last < 0 || r.last < e.rank || r.last == e.rank && r.chunks[last].last().before(e) {
		r.last = e.rank
		if last < 0 || len(r.chunks[last].runs) == chunkSize {
			r.chunks = append(r.chunks, &chunk{})
			last++
		}
		r.chunks[last].add(e)
		return
	}
	i := max(0, sort.Search(len(r.chunks), func(i int) bool { return e.before(r.chunks[i].runs[0]) })-1)
	runs := r.chunks[i].appendTo(nil)
	at, _ := slices.BinarySearchFunc(runs, e, (*entry).compare)
	r.rewrite(i, i+1, slices.Insert(runs, at, e))
}

// remove takes a run out that is there.
func (r *roll) remove(e *entry) {
	c := e.chunk
	r.n--
	c.n--
	c.left[e.slot/64] |= 1 << (e.slot % 64)
	e.chunk = nil
	switch {
	case c.n == 0:
		i := slices.Index(r.chunks, c)
		r.chunks = slices.Delete(r.chunks, i, i+1)
	case c.n < chunkSize/4 && bits.OnesCount(uint(c.n)) == 1: // it is looked for only now and then
		if i := slices.Index(r.chunks, c); i > 0 && r.chunks[i-1].n+c.n <= chunkSize/2 {
			r.rewrite(i-1, i+1, c.appendTo(r.chunks[i-1].appendTo(nil)))
		}
	}
}

// rewrite makes new chunks of some runs, which are not more than fit into two, in place of those from i to j.
func (r *roll) rewrite(i, j int, runs []*entry) {
	most := chunkSize
	if len(runs) >= chunkSize {
		most = chunkSize/2 + 1
	}
	var chunks []*chunk
	for part := range slices.Chunk(runs, most) {
		c := &chunk{}
		for _, e := range part {
			c.add(e)
		}
		chunks = append(chunks, c)
	}
	r.chunks = slices.Replace(r.chunks, i, j, chunks...)
}

// add appends a run.
func (c *chunk) add(e *entry) {
	e.chunk, e.slot = c, uint8(len(c.runs))
	c.runs = append(c.runs, e)
	c.n++
}

// share returns a copy for readers.
func (r *roll) share() []page {
	pages := make([]page, len(r.chunks))
	for i, c := range r.chunks {
		pages[i] = c.page
	}
	return pages
}

// oldest is the first run; nil where there is none.
func (r *roll) oldest() *entry {
	if len(r.chunks) == 0 {
		return nil
	}
	p := &r.chunks[0].page
	return p.runs[p.next(0)]
}

// last is the last run, be it there or not.
func (p *page) last() *entry { return p.runs[len(p.runs)-1] }

// next is the place of the first run from i on that did not leave; len(p.runs) for none.
func (p *page) next(i int) int {
	for ; i < len(p.runs); i = (i/64 + 1) * 64 {
		if there := ^p.left[i/64] >> (i % 64); there != 0 {
			return min(i+bits.TrailingZeros64(there), len(p.runs))
		}
	}
	return len(p.runs)
}

// appendTo appends the runs in order.
func (p *page) appendTo(runs []*entry) []*entry {
	for i := p.next(0); i < len(p.runs); i = p.next(i + 1) {
		runs = append(runs, p.runs[i])
	}
	return runs
}

// ahead counts the runs of pages that stand before an id, be it there or not.
func ahead(pages []page, id string) (n int) {
	if len(pages) == 0 {
		return 0
	}
	r := rankOf(id)
	at := sort.Search(len(pages), func(i int) bool { return pages[i].runs[0].compareID(r, id) > 0 }) - 1
	for i := range at {
		n += pages[i].n
	}
	if at < 0 {
		return n
	}
	p := &pages[at]
	end := sort.Search(len(p.runs), func(i int) bool { return p.runs[i].compareID(r, id) >= 0 })
	for i := p.next(0); i < end; i = p.next(i + 1) {
		n++
	}
	return n
}
