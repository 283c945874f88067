package spark

// Pruner gives a leaf without rows that fail one of the conditions; which of these it makes use of is its own choice.
type Pruner func(leaf *Rel, conds []*Expr) (*Rel, error)

// How large an expression may become, in parts, when the columns of a condition are replaced by what they are computed
// of, and how large what a column is replaced by: chains of projections could make them grow without end.
const (
	maxPruneCondition = 500
	maxPruneColumn    = 20
)

// pruning is one walk of Prune.
type pruning struct {
	holder
	leaf func(*Rel) Pruner // nil for a leaf that cannot leave out rows
	stop func(*Rel) bool
}

// Prune gives a tree that is r, with the same rows, whose leaves know the conditions that every row of theirs has to meet
// to count: those of filters and joins above, as far as nothing stands between that looks at other rows too. leaf finds
// what prunes a leaf; stop tells which relations stay as they are, for their rows are kept.
func Prune(r *Rel, leaf func(*Rel) Pruner, stop func(*Rel) bool) (*Rel, error) {
	p := &pruning{leaf: leaf, stop: stop}
	p.holder = holder{is: func(r *Rel) bool { return leaf(r) != nil }, has: map[*Rel]bool{}}
	return p.prune(r, nil, true)
}

// prune is Prune for one relation, of which only the rows that meet conds count; top tells that r is where it began,
// which stop does not count for.
func (p *pruning) prune(r *Rel, conds []*Expr, top bool) (*Rel, error) {
	switch {
	case !p.holds(r) || !top && p.stop(r):
		return r, nil
	case r.Op == RelLeaf:
		return p.leaf(r)(r, conds)
	}
	copied := *r
	var err error
	copied.Exprs = rewriteAll(r.Exprs, func(x *Expr) *Expr {
		if x.Query == nil || !p.holds(x.Query) || err != nil {
			return nil
		}
		pruned := *x
		if pruned.Query, err = p.prune(x.Query, nil, false); err != nil {
			return nil
		}
		pruned.Args = rewriteAll(x.Args, func(*Expr) *Expr { return nil })
		return &pruned
	})
	if err != nil {
		return nil, err
	}
	copied.Inputs = append([]*Rel(nil), r.Inputs...)
	for i, in := range r.Inputs {
		if copied.Inputs[i], err = p.prune(in, conditionsBelow(r, i, conds), false); err != nil {
			return nil, err
		}
	}
	return &copied, nil
}

// conditionsBelow are the conditions on the rows of input i of r, when only those of r count that meet conds.
func conditionsBelow(r *Rel, i int, conds []*Expr) []*Expr {
	for _, e := range ruledExprs(r) {
		if Volatile(e) { // it may number the rows
			return nil
		}
	}
	switch r.Op {
	case RelFilter:
		return append(plainConditions(conjuncts(r.Exprs[0])), conds...)
	case RelAlias, RelSort:
		return conds
	case RelDistinct:
		if len(r.On) == 0 {
			return conds
		}
	case RelProject:
		return replaced(conds, computedBy(r, len(r.Exprs)))
	case RelAggregate:
		if r.Sets == nil {
			return replaced(conds, computedBy(r, r.Keys))
		}
	case RelUnion:
		by := map[AttrID]*Expr{}
		for k, a := range r.Out {
			by[a.ID] = attrExpr(r.Inputs[i].Out[k])
		}
		return replaced(conds, by)
	case RelGenerate:
		return ofColumns(conds, r.Inputs[i])
	case RelJoin:
		return joinConditions(r, i, conds)
	}
	return nil
}

// joinConditions is conditionsBelow for a join. What fails its condition on one side alone finds no partner; that side's
// rows are dropped then, unless the join keeps them.
func joinConditions(r *Rel, i int, conds []*Expr) []*Expr {
	if r.Lateral {
		return nil
	}
	left, right := i == 0, i == 1
	var above, own bool
	switch r.How {
	case "inner", "cross":
		above, own = true, true
	case "left":
		above, own = left, right
	case "right":
		above, own = right, left
	case "left_semi":
		above, own = left, true
	case "left_anti":
		above, own = left, right
	}
	var out []*Expr
	if above {
		out = append(out, conds...)
	}
	if own && len(r.Exprs) > 0 {
		out = append(out, plainConditions(conjuncts(r.Exprs[0]))...)
	}
	return ofColumns(out, r.Inputs[i])
}

// plainConditions are those of a list that can be tested anywhere: for one row alone, and without Python.
func plainConditions(list []*Expr) []*Expr {
	var out []*Expr
	for _, c := range list {
		if isPlain(c) {
			out = append(out, c)
		}
	}
	return out
}

// isPlain reports whether the value of e follows from the columns of one row, by the engine alone.
func isPlain(e *Expr) bool {
	plain := !Volatile(e)
	e.Walk(func(x *Expr) bool {
		switch x.Op {
		case OpPython, OpQuery, OpAgg, OpWindow, OpGen:
			plain = false
		}
		return plain
	})
	return plain
}

// computedBy is what the first n columns of a projection or grouping are computed of, where that is plain and short. Of
// grouping keys only those count whose value is that of the rows: both zeros are one key.
func computedBy(r *Rel, n int) map[AttrID]*Expr {
	by := map[AttrID]*Expr{}
	for _, e := range r.Exprs {
		if Contains(e, OpWindow) { // it looks at the rows that a condition would leave out
			return by
		}
	}
	for i, e := range r.Exprs[:n] {
		zeros := r.Op == RelAggregate && (e.Type.Kind == Float || e.Type.Kind == Double || e.Type.Elem != nil || e.Type.Fields != nil)
		if isPlain(e) && size(e) <= maxPruneColumn && !zeros {
			by[r.Out[i].ID] = e
		}
	}
	return by
}

// replaced are the conditions with their columns replaced, without those of which a column has nothing to replace it.
func replaced(conds []*Expr, by map[AttrID]*Expr) []*Expr {
	var out []*Expr
	for _, c := range conds {
		known := true
		c.Walk(func(x *Expr) bool {
			known = known && (x.Op != OpAttr || by[x.Attr.ID] != nil)
			return known
		})
		if !known {
			continue
		}
		c = c.rewrite(func(x *Expr) *Expr {
			if x.Op == OpAttr {
				return by[x.Attr.ID]
			}
			return nil
		})
		if size(c) <= maxPruneCondition {
			out = append(out, c)
		}
	}
	return out
}

// ofColumns are those of the conditions that read nothing but columns of r.
func ofColumns(conds []*Expr, r *Rel) []*Expr {
	by := map[AttrID]*Expr{}
	for _, a := range r.Out {
		by[a.ID] = attrExpr(a)
	}
	return replaced(conds, by)
}

// size counts the parts of an expression.
func size(e *Expr) int {
	n := 0
	e.Walk(func(*Expr) bool { n++; return true })
	return n
}
