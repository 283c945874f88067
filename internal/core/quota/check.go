package quota

import "fmt"

// The bounds of a tree. Whoever reads a configuration holds it to narrower ones and knows the line; these keep the
// arithmetic sound.
const (
	MaxAmount = int64(1) << 40 // of any share: sums of them stay below Unlimited
	MaxQueues = 10_000
	MaxDepth  = 16 // queues from the account to the lowest: every admission climbs them
)

// sorted refuses nodes that are no tree, and amounts that cannot be. It returns the places of nodes in an order with
// parents before their children.
func sorted(nodes []Node) ([]int, error) {
	if len(nodes) > MaxQueues {
		return nil, fmt.Errorf("quota: %d queues, at most %d are possible", len(nodes), MaxQueues)
	}
	index := make(map[string]int, len(nodes))
	for i, n := range nodes {
		if n.Name == "" {
			return nil, fmt.Errorf("quota: a queue has no name")
		}
		if _, twice := index[n.Name]; twice {
			return nil, fmt.Errorf("quota: queue %s stands twice", n.Name)
		}
		index[n.Name] = i
	}
	var levels [MaxDepth][]int
	for i, n := range nodes {
		if err := n.checkShares(); err != nil {
			return nil, err
		}
		depth := 0
		for up := n.Parent; up != ""; depth++ {
			j, known := index[up]
			if !known {
				return nil, fmt.Errorf("quota: queue %s, the parent of another, is not configured", up)
			}
			if depth+1 == MaxDepth {
				return nil, fmt.Errorf("quota: the parents of queue %s run in a circle, or are more than %d", n.Name, MaxDepth)
			}
			up = nodes[j].Parent
		}
		levels[depth] = append(levels[depth], i)
	}
	var order []int
	for _, level := range levels {
		order = append(order, level...)
	}
	return order, nil
}

// checkShares refuses amounts that are negative or enormous.
func (n *Node) checkShares() error {
	for s, share := range n.shares() {
		if share == nil {
			continue
		}
		for _, a := range []int64{share.Nominal, share.Borrow + 1, share.Lend + 1} { // NoLimit is -1
			if a < 0 || a > MaxAmount {
				return fmt.Errorf("quota: the share of queue %s of %s is impossible: %+v", n.Name, divided[s], *share)
			}
		}
	}
	return nil
}
