package spark

// Narrower gives a leaf as a query sees it that reads some of its columns: least are those that Spark reads for certain,
// most are those that it may read, by their places in the leaf.
type Narrower func(leaf *Rel, least, most []bool) (*Rel, error)

// narrowing is one walk of Narrow.
type narrowing struct {
	holder
	leaf func(*Rel) Narrower // nil for a leaf that is the same for every query
	stop func(*Rel) bool
}

// holder finds the relations that have leaves of a kind.
type holder struct {
	is  func(leaf *Rel) bool
	has map[*Rel]bool // whether a relation, or one below it, has such a leaf
}

// need is which columns of a relation are read, as Narrower has it; nil sets are all.
type need struct{ least, most map[AttrID]bool }

// Narrow gives a tree that is r with its leaves as Spark's column pruning has them: some readers find other records
// malformed when fewer columns are read. most holds the columns of r that somebody reads, nil for all. leaf finds what
// narrows a leaf; stop tells which relations stay as they are, for their rows are kept.
//
// Where Spark's optimizer may leave out more than column pruning does (a sort below an aggregate, an outer join whose
// other side nobody reads, what a subquery gives), the columns used there are in most, and not in least.
func Narrow(r *Rel, most map[AttrID]bool, leaf func(*Rel) Narrower, stop func(*Rel) bool) (*Rel, error) {
	n := &narrowing{leaf: leaf, stop: stop}
	n.holder = holder{is: func(r *Rel) bool { return leaf(r) != nil }, has: map[*Rel]bool{}}
	return n.narrow(r, need{most, most}, true)
}

// holds reports whether r or a relation below it has a leaf of the kind.
func (h *holder) holds(r *Rel) bool {
	if known, ok := h.has[r]; ok {
		return known
	}
	found := r.Op == RelLeaf && h.is(r) || anyOf(r.Inputs, h.holds)
	for _, e := range ruledExprs(r) {
		e.Walk(func(x *Expr) bool {
			found = found || x.Query != nil && h.holds(x.Query)
			return !found
		})
	}
	h.has[r] = found
	return found
}

// narrow is Narrow for one relation; top tells that r is where it began, which stop does not count for.
func (n *narrowing) narrow(r *Rel, read need, top bool) (*Rel, error) {
	switch {
	case !n.holds(r) || !top && n.stop(r):
		return r, nil
	case r.Op == RelLeaf:
		return n.leaf(r)(r, places(r, read.least), places(r, read.most))
	}
	copied := *r
	if err := n.queries(&copied); err != nil {
		return nil, err
	}
	copied.Inputs = append([]*Rel(nil), r.Inputs...)
	for i := range r.Inputs {
		var err error
		below := need{least: readBelow(r, i, read.least, true), most: readBelow(r, i, read.most, false)}
		if copied.Inputs[i], err = n.narrow(r.Inputs[i], below, false); err != nil {
			return nil, err
		}
	}
	return &copied, nil
}

// queries narrows the leaves inside of r's subqueries. EXISTS asks for rows alone, and perhaps reads none of its columns.
func (n *narrowing) queries(r *Rel) error {
	var err error
	r.Exprs = rewriteAll(r.Exprs, func(x *Expr) *Expr {
		if x.Query == nil || !n.holds(x.Query) || err != nil {
			return nil
		}
		narrowed := *x
		all := need{}
		if x.Name == "exists" {
			all.least = map[AttrID]bool{}
		}
		if narrowed.Query, err = n.narrow(x.Query, all, false); err != nil {
			return nil
		}
		narrowed.Args = rewriteAll(x.Args, func(*Expr) *Expr { return nil })
		return &narrowed
	})
	return err
}

// places tells which columns of r are in read.
func places(r *Rel, read map[AttrID]bool) []bool {
	out := make([]bool, len(r.Out))
	for i, a := range r.Out {
		out[i] = read == nil || read[a.ID]
	}
	return out
}

// readBelow is which columns of input i are read when read of r's are, nil for all; with least those alone that Spark's
// optimizer leaves in every case.
func readBelow(r *Rel, i int, read map[AttrID]bool, least bool) map[AttrID]bool {
	switch r.Op {
	case RelAggregate:
		out := map[AttrID]bool{}
		for j, e := range r.Exprs {
			if j < r.Keys || read == nil || read[r.Out[j].ID] {
				addUsed(out, e)
			}
		}
		return out
	case RelDistinct:
		if len(r.On) == 0 || read == nil {
			return nil
		}
		out := copyIDs(read)
		for _, id := range r.On {
			out[id] = true
		}
		return out
	case RelSort:
		if least {
			return copyIDs(read)
		}
	case RelJoin:
		if outer := r.How == "left" || r.How == "right" || r.How == "full"; least && outer && !readsAny(r.Inputs[i], read) {
			return map[AttrID]bool{}
		}
	}
	return inputNeed(r, i, read)
}

// copyIDs copies a set; nil, which is all, stays.
func copyIDs(read map[AttrID]bool) map[AttrID]bool {
	if read == nil {
		return nil
	}
	out := make(map[AttrID]bool, len(read))
	for id := range read {
		out[id] = true
	}
	return out
}

// readsAny reports whether some column of r is in read.
func readsAny(r *Rel, read map[AttrID]bool) bool {
	for _, a := range r.Out {
		if read == nil || read[a.ID] {
			return true
		}
	}
	return false
}
