package quota

import (
	"fmt"
	"os"
	"testing"

	"pgregory.net/rapid"
)

// opsPerCheck is how many operations each of rapid's 100 checks of a property plays: tens of thousands in all; more than
// a million with TENON_SOAK.
func opsPerCheck() int {
	if os.Getenv("TENON_SOAK") != "" {
		return 4000
	}
	return 150
}

// pick draws below n from a seed: rapid's own draws are too slow for so many operations.
func pick(seed *uint64, n int64) int64 {
	*seed = *seed*6364136223846793005 + 1442695040888963407
	return int64(*seed>>33) % n
}

// drawTree draws a tree of up to eight queues, and the runs' queues: all of them, and the account.
func drawTree(seed *uint64) (nodes []Node, names []string) {
	names = []string{""}
	for i := range 1 + pick(seed, 8) {
		n := Node{Name: fmt.Sprint("q", i), Parent: names[pick(seed, int64(len(names)))]}
		if pick(seed, 3) > 0 {
			n.Slots = &Share{Nominal: pick(seed, 20), Borrow: NoLimit, Lend: NoLimit}
			if pick(seed, 2) > 0 {
				n.Slots.Borrow = pick(seed, 10)
			}
			if pick(seed, 2) > 0 {
				n.Slots.Lend = pick(seed, 1+n.Slots.Nominal)
			}
		}
		nodes, names = append(nodes, n), append(names, n.Name)
	}
	return nodes, names
}

// assigned is the sum of all nominal amounts.
func assigned(nodes []Node) (sum int64) {
	for _, n := range nodes {
		if n.Slots != nil {
			sum += n.Slots.Nominal
		}
	}
	return sum
}

// model is a tree's definition, written down without anything kept: what each queue's runs hold.
type model struct {
	nodes []Node
	limit int64
	holds map[string]int64
}

// children are the nodes right below a queue.
func (m *model) children(queue string) (all []Node) {
	for _, n := range m.nodes {
		if n.Parent == queue {
			all = append(all, n)
		}
	}
	return all
}

// share is that of a node, with what a missing one means.
func share(n Node) Share {
	if n.Slots == nil {
		return Share{Borrow: NoLimit, Lend: NoLimit}
	}
	return *n.Slots
}

// quota is what a node has, and the part that it keeps.
func (m *model) quota(n Node) (subtree, local int64) {
	subtree = share(n).Nominal
	for _, c := range m.children(n.Name) {
		sub, kept := m.quota(c)
		subtree += sub - kept
	}
	if lend := share(n).Lend; lend != NoLimit {
		local = max(0, subtree-lend)
	}
	return subtree, local
}

// usage is what a queue's runs hold and what its children use beyond the part that they keep.
func (m *model) usage(queue string) (sum int64) {
	sum = m.holds[queue]
	for _, c := range m.children(queue) {
		_, local := m.quota(c)
		sum += max(0, m.usage(c.Name)-local)
	}
	return sum
}

// kept is the sum of what all nodes keep.
func (m *model) kept() (sum int64) {
	for _, n := range m.nodes {
		_, local := m.quota(n)
		sum += local
	}
	return sum
}

// available is what a queue may take now.
func (m *model) available(queue string) int64 {
	if queue == "" {
		return max(0, max(0, m.limit-m.kept())-m.usage(""))
	}
	var n Node
	for _, n = range m.nodes {
		if n.Name == queue {
			break
		}
	}
	subtree, local := m.quota(n)
	above := m.available(n.Parent)
	if borrow := share(n).Borrow; borrow != NoLimit {
		above = min(above, max(0, subtree-local+borrow-max(0, m.usage(queue)-local)))
	}
	return max(0, local-m.usage(queue)) + above
}

// below is what the runs of a queue and of all below it hold.
func (m *model) below(queue string) (sum int64) {
	sum = m.holds[queue]
	for _, c := range m.children(queue) {
		sum += m.below(c.Name)
	}
	return sum
}

// TestTree: over any sequence of takes that are not refused, and gives, the account is never overdrawn, every queue may
// have what it keeps, and every number is that of the model.
func TestTree(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		seed := rapid.Uint64().Draw(t, "seed")
		nodes, names := drawTree(&seed)
		m := &model{nodes: nodes, limit: assigned(nodes) + pick(&seed, 20), holds: map[string]int64{}}
		tree, err := NewTree(nodes, Vector{Slots: m.limit})
		if err != nil {
			t.Fatal(err)
		}
		for _, q := range names {
			if a, p := tree.Available(q, Slots), tree.Potential(q, Slots); a != p {
				t.Fatalf("%q: %d available of %d without any use", q, a, p)
			}
		}
		for op := range opsPerCheck() {
			q, need := names[pick(&seed, int64(len(names)))], 1+pick(&seed, 8)
			if pick(&seed, 5) < 2 {
				need = min(need, m.holds[q])
				tree.Sub(q, Vector{Slots: need})
				m.holds[q] -= need
			} else if no, refused := tree.Refusing(q, Slots, need); refused != (need > m.available(q)) {
				t.Fatalf("op %d: %q wants %d, has %d: refused %v", op, q, need, m.available(q), refused)
			} else if refused {
				checkRefusal(t, tree, m, no)
			} else {
				tree.Add(q, Vector{Slots: need})
				m.holds[q] += need
			}
			checkTree(t, tree, m, names)
		}
	})
}

// checkTree holds a tree to its model and its promises.
func checkTree(t *rapid.T, tree *Tree, m *model, names []string) {
	if used := tree.Used("", Slots); used > m.limit || used != m.below("") {
		t.Fatalf("%d used of %d, runs hold %d", used, m.limit, m.below(""))
	}
	for _, q := range names {
		if got, want := tree.Used(q, Slots), m.below(q); got != want {
			t.Fatalf("%q uses %d, its runs hold %d", q, got, want)
		}
		if got, want := tree.Available(q, Slots), m.available(q); got != want {
			t.Fatalf("%q has %d available, want %d", q, got, want)
		}
	}
	for _, n := range m.nodes {
		subtree, local := m.quota(n)
		if free, keeps := tree.Available(n.Name, Slots), local-m.usage(n.Name); free < keeps {
			t.Fatalf("%s keeps %d, and has %d available", n.Name, keeps, free)
		}
		if borrow := share(n).Borrow; borrow != NoLimit && m.usage(n.Name) > subtree+borrow {
			t.Fatalf("%s uses %d, has %d and may borrow %d", n.Name, m.usage(n.Name), subtree, borrow)
		}
		if got, want := tree.Borrowed(n.Name, Slots), max(0, m.usage(n.Name)-subtree); got != want {
			t.Fatalf("%s borrows %d, want %d", n.Name, got, want)
		}
	}
}

// checkRefusal: what is said of a refusal is so.
func checkRefusal(t *rapid.T, tree *Tree, m *model, no Refusal) {
	left := m.limit - m.below("")
	so := no.Free < no.Need
	switch no.Bound {
	case OwnQuota:
		so = so && no.Queue != "" && m.below(no.Queue)+no.Need > no.Limit-unusedBelow(m, no.Queue)
	case Account:
		so = so && no.Need > left && no.Limit == m.limit
	case Kept:
		for _, n := range m.nodes {
			if _, local := m.quota(n); n.Name == no.For {
				so = so && no.Need <= left && local > m.usage(n.Name)
			}
		}
		so = so && tree.Has(no.For)
	}
	if !so {
		t.Fatalf("%+v is not so; %d left in the account", no, left)
	}
}

// unusedBelow is what the nodes below a queue keep and do not use.
func unusedBelow(m *model, queue string) (sum int64) {
	for _, c := range m.children(queue) {
		_, local := m.quota(c)
		sum += max(0, local-m.usage(c.Name)) + unusedBelow(m, c.Name)
	}
	return sum
}

// TestTreeWithoutBorrowing: as long as nobody borrows, every queue without others below it can have its nominal amount at
// once. That is what Borrows means.
func TestTreeWithoutBorrowing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		seed := rapid.Uint64().Draw(t, "seed")
		nodes, names := drawTree(&seed)
		m := &model{nodes: nodes, limit: assigned(nodes) + pick(&seed, 20), holds: map[string]int64{}}
		tree, err := NewTree(nodes, Vector{Slots: m.limit})
		if err != nil {
			t.Fatal(err)
		}
		for _, q := range names { // Own is where Borrows begins in an idle tree
			if own := tree.Own(q, Slots); tree.Borrows(q, Slots, own) || !tree.Borrows(q, Slots, own+1) {
				t.Fatalf("%s may have %d of its own; that borrows: %v", q, own, tree.Borrows(q, Slots, own))
			}
		}
		for range opsPerCheck() {
			q, need := names[pick(&seed, int64(len(names)))], 1+pick(&seed, 8)
			_, refused := tree.Refusing(q, Slots, need)
			if need > tree.Own(q, Slots) && !tree.Borrows(q, Slots, need) {
				t.Fatalf("a need of %d, more than the %d of its own that %s may have, does not borrow", need, tree.Own(q, Slots), q)
			}
			switch {
			case pick(&seed, 5) < 2:
				need = min(need, m.holds[q])
				tree.Sub(q, Vector{Slots: need})
				m.holds[q] -= need
			case !refused && !tree.Borrows(q, Slots, need):
				tree.Add(q, Vector{Slots: need})
				m.holds[q] += need
			}
			for _, n := range nodes {
				own := share(n).Nominal - m.holds[n.Name]
				if len(m.children(n.Name)) == 0 && tree.Available(n.Name, Slots) < own {
					t.Fatalf("%s has %d left of its own, and %d available", n.Name, own, tree.Available(n.Name, Slots))
				}
			}
		}
	})
}

// TestTreeUnconfiguredQueue: the runs of a queue that is gone count, and the limits may be lowered under them.
func TestTreeUnconfiguredQueue(t *testing.T) {
	tree, err := NewTree([]Node{{Name: "a", Slots: &Share{Nominal: 3, Borrow: NoLimit}}}, Vector{Slots: 10})
	if err != nil {
		t.Fatal(err)
	}
	tree.Add("gone", Vector{Slots: 6})
	if got := tree.Available("a", Slots); got != 4 {
		t.Errorf("%d available to a, want the 3 that it keeps and the 1 that is left", got)
	}
	tree.SetRoot(Vector{Slots: 4})
	if got := tree.Available("a", Slots); got != 3 {
		t.Errorf("%d available to a, want the 3 that it keeps", got)
	}
	tree.Sub("gone", Vector{Slots: 6})
	if got := tree.Available("a", Slots); got != 4 {
		t.Errorf("%d available to a, want all 4", got)
	}
}
