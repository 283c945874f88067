package scheduler

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// TestOrders: whatever comes and goes, the runs of a class and those of a queue stand in the order of their ids, places are
// counted right, and a page that a reader has does not change.
func TestOrders(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := dice(rapid.Uint64().Draw(t, "seed"))
		var r roll
		var q queue
		there := map[string]*entry{}
		var had []page
		var listed []string
		for op := range 1500 {
			if ids := sortedIDs(there); len(ids) > 0 && d.below(10) < 4+op/1000 {
				e := there[ids[min(d.below(len(ids)), d.below(len(ids)))]] // mostly old ones
				delete(there, e.run.ID)
				r.remove(e)
				q.drop(e)
			} else {
				id := fmt.Sprintf("jr_%06d", op)
				switch {
				case d.one(10): // an elder comes again
					id = fmt.Sprintf("jr_%06d_again", d.below(op+1))
				case d.one(10): // of which the first 16 bytes tell nothing
					id = fmt.Sprintf("jr_%013d%06d", 7, d.below(1000))
				}
				if there[id] != nil {
					continue
				}
				e := newEntry(&Run{ID: id, Submitted: epoch})
				there[id] = e
				r.insert(e)
				q.push(e)
			}
			if op%100 == 0 {
				checkOrders(t, &r, &q, sortedIDs(there))
				if got := listPages(had); !slices.Equal(got, listed) {
					t.Fatalf("a reader had %v, and has %v", listed, got)
				}
				had, listed = r.share(), sortedIDs(there)
			}
		}
	})
}

// sortedIDs are the ids of runs, in order.
func sortedIDs(of map[string]*entry) []string {
	ids := make([]string, 0, len(of))
	for id := range of {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids
}

// listPages are the ids in pages.
func listPages(pages []page) []string {
	b := bandView{pages: pages}
	return b.appendTo(nil)
}

// checkOrders compares a roll and a class's queue with the ids that are there, in order.
func checkOrders(t *rapid.T, r *roll, q *queue, want []string) {
	pages := r.share()
	if got := listPages(pages); !slices.Equal(got, want) || r.n != len(want) || q.n != len(want) {
		t.Fatalf("the roll has %d, %v, the queue %d; want %v", r.n, got, q.n, want)
	}
	for i, id := range want {
		if n := ahead(pages, id); n != i {
			t.Fatalf("%d stand before %s, want %d", n, id, i)
		}
	}
	if n := ahead(pages, "jz"); n != len(want) {
		t.Fatalf("%d stand before the last of all, want %d", n, len(want))
	}
	i, last := 0, (*entry)(nil)
	for e := q.head; e != nil; e = e.next {
		if e.run.ID != want[i] || e.prev != last {
			t.Fatalf("place %d of the queue has %s, want %s", i, e.run.ID, want[i])
		}
		i, last = i+1, e
	}
	if i != len(want) || q.tail != last {
		t.Fatalf("the queue ends after %d of %d", i, len(want))
	}
	if oldest := r.oldest(); oldest != q.head {
		t.Fatalf("the roll begins with %v, the queue with %v", oldest, q.head)
	}
}

// TestHeap: a heap gives its items in order, also after some have left or moved.
func TestHeap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := dice(rapid.Uint64().Draw(t, "seed"))
		var h heap[sleeper]
		var all []*entry
		for i := range 60 {
			e := newEntry(&Run{ID: fmt.Sprint("jr_", i), NotBefore: epoch.Add(time.Duration(d.below(20)) * time.Second)})
			all = append(all, e)
			h.put(sleeper{e})
			if d.one(3) {
				k := d.below(len(all))
				h.drop(sleeper{all[k]})
				all = slices.Delete(all, k, k+1)
			}
		}
		slices.SortFunc(all, func(a, b *entry) int {
			if by := a.run.NotBefore.Compare(b.run.NotBefore); by != 0 {
				return by
			}
			return a.compare(b)
		})
		for _, want := range all {
			if got := h[0]; got.entry != want {
				t.Fatalf("%s comes first, want %s", got.run.ID, want.run.ID)
			}
			h.drop(h[0])
		}
	})
}
