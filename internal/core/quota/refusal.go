package quota

import "fmt"

// Bound is what refuses a need in a Tree.
type Bound int

// The bounds.
const (
	OwnQuota Bound = iota // the nominal amount and borrow limit of the queue or of one above it
	Account               // the account has not so much left
	Kept                  // the account has it left, as the nominal amount of other queues, which do not lend it
)

// Refusal says which queue's quota is too small for a need, and why.
type Refusal struct {
	Bound    Bound
	Queue    string // whose quota it is; empty: the account
	Resource Resource
	Need     int64
	Free     int64  // that the asking queue may take now; never negative
	Limit    int64  // the most that Queue may use: nominal and borrow; for the account its limit, or NoLimit
	For      string // for Kept: the queue that the largest part is kept for
}

// Refusing reports whether a queue may not take so much more of r, and what refuses: the first quota on the way from the
// queue to the account that is too small.
func (t *Tree) Refusing(queue string, r Resource, need int64) (Refusal, bool) {
	s := slot(r)
	if s < 0 || need <= 0 {
		return Refusal{}, false
	}
	leaf := t.find(queue)
	rest := need
	for n := leaf; n.parent != nil; n = n.parent {
		b := &n.quota[s]
		if rest -= max(0, b.local-b.usage); rest <= 0 {
			return Refusal{}, false
		}
		if rest > b.borrowable() {
			return Refusal{Bound: OwnQuota, Queue: n.name, Resource: r, Need: need, Free: leaf.available(s), Limit: b.subtree + b.below + b.share.Borrow}, true
		}
	}
	root := &t.nodes[0].quota[s]
	if rest <= max(0, root.subtree-root.usage) {
		return Refusal{}, false
	}
	no := Refusal{Bound: Account, Resource: r, Need: need, Free: leaf.available(s), Limit: root.share.Nominal}
	if no.Limit == Unlimited {
		no.Limit = NoLimit
	}
	if need <= root.share.Nominal-root.used {
		no.Bound, no.For = Kept, t.keeper(s)
	}
	return no, true
}

// keeper is the queue that keeps the most for itself.
func (t *Tree) keeper(s int) (name string) {
	most := int64(0)
	for _, n := range t.nodes[1:] {
		if kept := n.quota[s].local - n.quota[s].usage; kept > most {
			name, most = n.name, kept
		}
	}
	return name
}

// String says it in one sentence.
func (r Refusal) String() string {
	need, free, limit := r.Resource.Format(r.Need), r.Resource.Format(r.Free), r.Resource.Format(r.Limit)
	switch r.Bound {
	case OwnQuota:
		return fmt.Sprintf("needs %s of %s, %s free: queue %s may use %s in all.", need, r.Resource, free, r.Queue, limit)
	case Kept:
		return fmt.Sprintf("needs %s of %s, %s of %s free: the rest is kept for queue %s.", need, r.Resource, free, limit, r.For)
	}
	return fmt.Sprintf("needs %s of %s, %s of %s free.", need, r.Resource, free, limit)
}
