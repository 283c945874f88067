package quota

import "slices"

// Share is what a queue may use of one resource.
type Share struct {
	Nominal int64
	Borrow  int64 // most beyond Nominal; NoLimit is what there is
	Lend    int64 // most of Nominal that others may use; NoLimit is all
}

// Node is a queue's place in a Tree. A resource without a Share has nominal 0 and borrows without limit: it lives on
// what is left.
type Node struct {
	Name, Parent          string // Parent empty: the account
	Slots, DPUs, FlexDPUs *Share
}

// shares are the node's in the order of divided.
func (n *Node) shares() [len(divided)]*Share {
	return [len(divided)]*Share{n.Slots, n.DPUs, n.FlexDPUs}
}

// divided are the resources that a Tree divides, in the order of a refusal.
var divided = [...]Resource{Slots, DPUs, FlexDPUs}

// slot is the place of r in divided; -1 where it is not divided.
func slot(r Resource) int { return slices.Index(divided[:], r) }

// Divided reports whether queues have quotas of r.
func Divided(r Resource) bool { return slot(r) >= 0 }

// Tree divides the slots and DPUs of one region's account among queues. A queue has its nominal amount, but for what it
// lends, whenever it wants it; beyond, it borrows from its parent, up to its borrow limit, what the parent has left. The
// root is the account. A parent's nominal stands beside those of its children; runs may be in any queue.
//
// The arithmetic is that of hierarchical quotas in Kueue (pkg/cache/scheduler/resource_node.go): a node keeps its
// guaranteed part to itself and stores all else in its parent; use beyond the guaranteed part is use of the parent.
//
// It is not safe for concurrent use. Every call costs the depth of the queue.
type Tree struct {
	nodes []*node // the root first, parents before their children
	index map[string]int
}

// node is a queue, or the account.
type node struct {
	name     string
	parent   *node // nil: the account
	children []*node
	quota    [len(divided)]balance
}

// balance is one resource of one node.
type balance struct {
	share Share
	set   bool // there is a Share
	// subtree is what the node has by itself: its nominal, and what its children keep with it.
	subtree int64
	// local is the part of subtree that nobody else gets: all that it does not lend.
	local int64
	// below is what the nodes below keep to themselves in the same way; it is no part of subtree.
	below int64
	// assigned is the sum of the nominal amounts of the node and all below.
	assigned int64

	// Invariants: used is the sum of the needs in the node and all below. usage is the needs in the node itself and what
	// its children use beyond their local parts. claim is the needs in the node itself and what its children ask of it
	// beyond their nominal amounts, whether or not others of their nominal amounts are idle. Never negative.
	used, usage, claim int64
}

// beyond is what a claim leaves to ask of the parent: no more than may be borrowed.
func (b *balance) beyond(claim int64) int64 {
	over := max(0, claim-b.share.Nominal)
	if b.share.Borrow != NoLimit {
		over = min(over, b.share.Borrow)
	}
	return over
}

// NewTree returns a tree without usage for an account with these limits; NoLimit is one without. Nodes that are no tree
// are an error: names that stand twice, unknown parents, circles, impossible amounts. Nominals that are more than the
// account has are none: limits can be lowered.
func NewTree(nodes []Node, limits Vector) (*Tree, error) {
	order, err := sorted(nodes)
	if err != nil {
		return nil, err
	}
	root := &node{}
	t := &Tree{nodes: []*node{root}, index: map[string]int{"": 0}}
	for _, i := range order {
		from := &nodes[i]
		parent := t.nodes[t.index[from.Parent]]
		n := &node{name: from.Name, parent: parent}
		for s, share := range from.shares() {
			b := &n.quota[s]
			b.share = Share{Borrow: NoLimit, Lend: NoLimit}
			if share != nil {
				b.share, b.set = *share, true
			}
		}
		parent.children = append(parent.children, n)
		t.index[n.name] = len(t.nodes)
		t.nodes = append(t.nodes, n)
	}
	t.SetRoot(limits)
	return t, nil
}

// SetRoot replaces the limits of the account. Usage stays.
func (t *Tree) SetRoot(limits Vector) {
	for s, r := range divided {
		limit := limits[r]
		if limit == NoLimit || limit > Unlimited {
			limit = Unlimited
		}
		for _, n := range slices.Backward(t.nodes[1:]) { // children before their parents
			b := &n.quota[s]
			b.subtree, b.below, b.assigned = b.share.Nominal, 0, b.share.Nominal
			for _, c := range n.children {
				b.subtree += c.quota[s].subtree - c.quota[s].local
				b.below += c.quota[s].local + c.quota[s].below
				b.assigned += c.quota[s].assigned
			}
			b.local = 0
			if b.share.Lend != NoLimit {
				b.local = max(0, b.subtree-b.share.Lend)
			}
		}
		root := &t.nodes[0].quota[s]
		root.share = Share{Nominal: limit, Borrow: 0, Lend: NoLimit}
		root.below, root.assigned = 0, 0
		for _, c := range t.nodes[0].children {
			root.below += c.quota[s].local + c.quota[s].below
			root.assigned += c.quota[s].assigned
		}
		root.subtree = max(0, limit-root.below)
	}
}

// find returns the node of a queue. A queue that is not configured is the account itself: its runs run on, and count.
func (t *Tree) find(queue string) *node { return t.nodes[t.index[queue]] }

// Has reports whether a queue is configured.
func (t *Tree) Has(queue string) bool { _, ok := t.index[queue]; return ok && queue != "" }

// Queues are the names of all queues, parents before their children.
func (t *Tree) Queues() []string {
	names := make([]string, 0, len(t.nodes)-1)
	for _, n := range t.nodes[1:] {
		names = append(names, n.name)
	}
	return names
}

// Parent is the parent of a queue; empty: the account.
func (t *Tree) Parent(queue string) string {
	if n := t.find(queue); n.parent != nil {
		return n.parent.name
	}
	return ""
}

// Place is where a queue stands in a tree and its clones: who counts often need not look the name up again.
type Place int

// Place returns the place of a queue; one that is not configured has the account's.
func (t *Tree) Place(queue string) Place { return Place(t.index[queue]) }

// Add counts what a lease of a queue takes, whether or not there is room. A queue that is not configured uses the account.
func (t *Tree) Add(queue string, need Vector) { t.Count(t.Place(queue), &need, 1) }

// Sub gives back what Add counted.
func (t *Tree) Sub(queue string, need Vector) { t.Count(t.Place(queue), &need, -1) }

// Count adds a need to the usage of a queue, or with sign -1 takes it off.
func (t *Tree) Count(at Place, need *Vector, sign int64) {
	leaf := t.nodes[at]
	for s, r := range divided {
		if need[r] == 0 {
			continue
		}
		usage, claim := sign*need[r], sign*need[r]
		for n := leaf; n != nil; n = n.parent {
			b := &n.quota[s]
			b.used += sign * need[r]
			before := b.claim
			b.claim += claim
			claim = b.beyond(b.claim) - b.beyond(before)
			before = b.usage
			b.usage += usage
			usage = max(0, b.usage-b.local) - max(0, before-b.local)
		}
	}
}

// Available is what a queue may take more of r now: what it keeps for itself, and what it may borrow. It is never negative.
func (t *Tree) Available(queue string, r Resource) int64 {
	s := slot(r)
	if s < 0 {
		return Unlimited
	}
	return t.find(queue).available(s)
}

// available climbs to the account and adds up on its way back.
func (n *node) available(s int) int64 {
	b := &n.quota[s]
	if n.parent == nil {
		return max(0, b.subtree-b.usage)
	}
	return max(0, b.local-b.usage) + min(b.borrowable(), n.parent.available(s))
}

// borrowable is what the node's own limit lets it take from its parent: what it stores there and has not used, and its
// borrow limit.
func (b *balance) borrowable() int64 {
	if b.share.Borrow == NoLimit {
		return Unlimited
	}
	return max(0, b.subtree-b.local+b.share.Borrow-max(0, b.usage-b.local))
}

// Potential is the most that a queue could ever have of r: with nobody else running, and all that others lend.
func (t *Tree) Potential(queue string, r Resource) int64 {
	s := slot(r)
	if s < 0 {
		return Unlimited
	}
	return t.find(queue).potential(s)
}

// potential is available without any usage.
func (n *node) potential(s int) int64 {
	b := &n.quota[s]
	if n.parent == nil {
		return b.subtree
	}
	most := b.local + n.parent.potential(s)
	if b.share.Borrow != NoLimit {
		most = min(most, b.subtree+b.share.Borrow)
	}
	return most
}

// Own is the most that a queue could ever have of r without borrowing in the sense of Borrows: with nobody else running, its
// nominal amount, that of the queues above it as far as it may borrow, and what is nobody's.
func (t *Tree) Own(queue string, r Resource) int64 {
	s := slot(r)
	if s < 0 {
		return Unlimited
	}
	return t.find(queue).own(s)
}

// own is the least need that Borrows would refuse in an idle tree, less one.
func (n *node) own(s int) int64 {
	b := &n.quota[s]
	if n.parent == nil {
		return max(0, b.share.Nominal-b.assigned)
	}
	above := n.parent.own(s)
	if b.share.Borrow != NoLimit {
		above = min(above, b.share.Borrow)
	}
	return b.share.Nominal + above
}

// Used is what leases of a queue, and of those below it, hold of r; of the account for the empty name.
func (t *Tree) Used(queue string, r Resource) int64 { return t.balance(queue, r).used }

// Borrowed is what a queue, with those below it, uses beyond what it has by itself.
func (t *Tree) Borrowed(queue string, r Resource) int64 {
	b := t.balance(queue, r)
	return max(0, b.usage-b.subtree)
}

// Quota is what a queue has by itself of r: its nominal amount and what those below it keep with it, and whether it was
// given a share at all. For the empty name it is the account's limit.
func (t *Tree) Quota(queue string, r Resource) (Share, bool) {
	b := t.balance(queue, r)
	return b.share, b.set
}

// balance returns the balance of r in a queue; a zero one where r is not divided.
func (t *Tree) balance(queue string, r Resource) *balance {
	s := slot(r)
	if s < 0 {
		return &balance{}
	}
	return &t.find(queue).quota[s]
}

// Borrows reports whether a need would make the queue take from what is the nominal amount of another: more than its own,
// that of the queues above it, and what is nobody's. As long as nobody borrows in this sense, every queue can have its
// nominal amount at once; whoever does may keep a lender waiting until it ends.
func (t *Tree) Borrows(queue string, r Resource, need int64) bool {
	s := slot(r)
	if s < 0 || need <= 0 {
		return false
	}
	more := min(need, Unlimited)
	for n := t.find(queue); ; n = n.parent {
		b := &n.quota[s]
		claim := b.claim + more
		switch over := claim - b.share.Nominal; {
		case n.parent == nil:
			return claim > b.share.Nominal-b.assigned
		case over <= 0:
			return false
		case b.share.Borrow != NoLimit && over > b.share.Borrow:
			return true // it comes from a queue below the same parent
		}
		more = b.beyond(claim) - b.beyond(b.claim)
	}
}
