package scheduler

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// TestTableIsAMap compares a table with a map over random additions and removals.
func TestTableIsAMap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var table table[*entry]
		want := map[string]*entry{}
		for range rapid.IntRange(1, 300).Draw(t, "operations") {
			e := newEntry(&Run{ID: fmt.Sprint("jr_", rapid.IntRange(0, 60).Draw(t, "id"))})
			k, known := keyOf(e.id()), want[e.id()]
			if got := table.get(k); got != known {
				t.Fatalf("get %s: %p, want %p", e.id(), got, known)
			}
			switch rapid.IntRange(0, 4).Draw(t, "what") {
			case 0, 1:
				if table.add(k, e) != (known == nil) {
					t.Fatalf("add %s, known: %v", e.id(), known != nil)
				}
				if known == nil {
					want[e.id()] = e
				}
			case 2, 3:
				if got := table.drop(k); got != known {
					t.Fatalf("drop %s: %p, want %p", e.id(), got, known)
				}
				delete(want, e.id())
			case 4:
				if known != nil {
					table.replace(e)
					want[e.id()] = e
				}
			}
			if got := len(slices.Collect(table.all())); got != len(want) || table.n != got {
				t.Fatalf("it holds %d and counts %d, want %d", got, table.n, len(want))
			}
		}
	})
}

// TestRanksOrderAsIdsDo says that a rank never contradicts the order of two ids, whatever they are made of.
func TestRanksOrderAsIdsDo(t *testing.T) {
	letters := rapid.SampledFrom([]byte("\x00-0189:@`abefg~\xff"))
	id := rapid.Custom(func(t *rapid.T) string {
		prefix := rapid.SampledFrom([]string{"jr_", "jr_", "jr_", "jr", "js_", ""}).Draw(t, "prefix")
		same := strings.Repeat(string(letters.Draw(t, "letter")), rapid.SampledFrom([]int{0, 0, 14, 15, 16}).Draw(t, "same"))
		return prefix + same + string(rapid.SliceOfN(letters, 0, 4).Draw(t, "rest"))
	})
	rapid.Check(t, func(t *rapid.T) {
		a, b := id.Draw(t, "a"), id.Draw(t, "b")
		if a < b && rankOf(a) > rankOf(b) {
			t.Fatalf("%q comes before %q, its rank %x after %x", a, b, rankOf(a), rankOf(b))
		}
	})
	if a, b := rankOf("jr_0123456789ab0123"), rankOf("jr_0123456789ab0124"); b != a+1 {
		t.Errorf("ranks of runs of one millisecond: %x and %x", a, b)
	}
}
