package quota

import "slices"

// Clone returns an independent copy of a tree; of nil, nil.
func (t *Tree) Clone() *Tree {
	if t == nil {
		return nil
	}
	c := &Tree{nodes: make([]*node, len(t.nodes)), index: t.index} // the index never changes
	own := make(map[*node]*node, len(t.nodes))
	for i, n := range t.nodes { // parents before their children
		copied := *n
		copied.parent, copied.children = own[n.parent], slices.Clone(n.children)
		own[n], c.nodes[i] = &copied, &copied
	}
	for _, n := range c.nodes {
		for i, child := range n.children {
			n.children[i] = own[child]
		}
	}
	return c
}
