package spark

import "fmt"

// pythonLifter takes the calls of Python functions out of a tree of relations: below each relation that has some comes a
// RelPython that computes them as columns, as Spark's BatchEvalPython does.
type pythonLifter struct {
	next func() AttrID
	stop func(*Rel) bool // relations that stay as they are, because their rows are kept
	has  map[*Rel]bool   // whether a relation, or one below it, calls a function
}

// LiftPython gives a tree that is r with its calls of Python functions in RelPython, and r itself when there are none.
// What is not needed is not called: need holds the columns of r that somebody reads, nil for all. stop tells which
// relations below r stay as they are. What a function cannot stand in is refused by name.
func LiftPython(r *Rel, need map[AttrID]bool, next func() AttrID, stop func(*Rel) bool) (*Rel, error) {
	l := &pythonLifter{next: next, stop: stop, has: map[*Rel]bool{}}
	return l.lift(r, need, true)
}

// calls reports whether r or a relation below it calls a Python function.
func (l *pythonLifter) calls(r *Rel) bool {
	if known, ok := l.has[r]; ok {
		return known
	}
	found := ownPython(r) || anyOf(r.Inputs, l.calls)
	for _, e := range ruledExprs(r) {
		e.Walk(func(x *Expr) bool {
			found = found || x.Query != nil && l.calls(x.Query)
			return !found
		})
	}
	l.has[r] = found
	return found
}

// anyOf reports whether f is true of any.
func anyOf(list []*Rel, f func(*Rel) bool) bool {
	for _, r := range list {
		if f(r) {
			return true
		}
	}
	return false
}

// ruledExprs lists all expressions of r, its sort keys too.
func ruledExprs(r *Rel) []*Expr {
	out := append([]*Expr(nil), r.Exprs...)
	for _, k := range r.Sort {
		out = append(out, k.Expr)
	}
	return out
}

// ownPython reports whether an expression of r itself calls a Python function.
func ownPython(r *Rel) bool {
	for _, e := range ruledExprs(r) {
		if Contains(e, OpPython) {
			return true
		}
	}
	return false
}

// lift is LiftPython for one relation; top tells that r is where it began, which stop does not count for.
func (l *pythonLifter) lift(r *Rel, need map[AttrID]bool, top bool) (*Rel, error) {
	if !l.calls(r) || !top && l.stop(r) {
		return r, nil
	}
	if swapped := l.sink(r); swapped != nil {
		return l.lift(swapped, need, false)
	}
	copied := *r
	r = &copied
	r.prune(need)
	if err := l.liftQueries(r); err != nil {
		return nil, err
	}
	r.Inputs = append([]*Rel(nil), r.Inputs...)
	l.chain(r)
	for i := range r.Inputs {
		var err error
		if r.Inputs[i], err = l.lift(r.Inputs[i], inputNeed(r, i, need), false); err != nil {
			return nil, err
		}
	}
	if !ownPython(r) {
		return r, nil
	}
	return l.own(r)
}

// liftQueries lifts the calls inside of r's subqueries.
func (l *pythonLifter) liftQueries(r *Rel) error {
	var err error
	query := func(x *Expr) *Expr {
		if x.Query == nil || !l.calls(x.Query) || err != nil {
			return nil
		}
		lifted := *x
		if lifted.Query, err = l.lift(x.Query, nil, false); err != nil {
			return nil
		}
		lifted.Args = rewriteAll(x.Args, func(y *Expr) *Expr { return nil })
		return &lifted
	}
	r.Exprs = rewriteAll(r.Exprs, query)
	return err
}

// prune puts null in place of the columns of a projection that nobody reads, so that no function is called for them.
func (r *Rel) prune(need map[AttrID]bool) {
	if need == nil || r.Op != RelProject {
		return
	}
	r.Exprs = append([]*Expr(nil), r.Exprs...)
	for i, a := range r.Out {
		if !need[a.ID] && r.Exprs[i].Op != OpAttr {
			r.Exprs[i] = &Expr{Op: OpLit, Type: a.Type, Nullable: true}
		}
	}
}

// inputNeed is which columns of input i are read when need of r's are; nil for all.
func inputNeed(r *Rel, i int, need map[AttrID]bool) map[AttrID]bool {
	out := map[AttrID]bool{}
	switch r.Op {
	case RelProject:
		for j, e := range r.Exprs {
			if need == nil || need[r.Out[j].ID] {
				addUsed(out, e)
			}
		}
		return out
	case RelAggregate:
	case RelFilter, RelSort, RelLimit, RelAlias, RelJoin, RelGenerate, RelSample:
		if need == nil || r.Lateral {
			return nil
		}
		for id := range need {
			out[id] = true
		}
	case RelUnion:
		if need == nil {
			return nil
		}
		for j, a := range r.Out {
			if need[a.ID] {
				out[r.Inputs[i].Out[j].ID] = true
			}
		}
	default:
		return nil
	}
	for _, e := range ruledExprs(r) {
		addUsed(out, e)
	}
	return out
}

// addUsed adds the columns that e reads, those inside of its subqueries too.
func addUsed(into map[AttrID]bool, e *Expr) {
	e.Walk(func(x *Expr) bool {
		if x.Op == OpAttr {
			into[x.Attr.ID] = true
		}
		if x.Query != nil {
			addUsedBelow(into, x.Query)
		}
		return true
	})
}

// addUsedBelow adds every column that a query reads: some may be of the relations around it.
func addUsedBelow(into map[AttrID]bool, r *Rel) {
	for _, e := range ruledExprs(r) {
		addUsed(into, e)
	}
	for _, in := range r.Inputs {
		addUsedBelow(into, in)
	}
}

// sink moves a limit, and conditions that need no function, below a projection that calls functions, so that they are
// called for no row that is not wanted, as in Spark. Nil when there is nothing to move.
func (l *pythonLifter) sink(r *Rel) *Rel {
	if r.Op != RelLimit && r.Op != RelFilter {
		return nil
	}
	in := r.Inputs[0]
	if in.Op == RelAlias && !l.stop(in) && l.calls(in) {
		return swap(r, in, r.Exprs)
	}
	if in.Op != RelProject || !ownPython(in) || l.stop(in) {
		return nil
	}
	if r.Op == RelLimit {
		return swap(r, in, nil)
	}
	kept := map[AttrID]bool{}
	for i, e := range in.Exprs {
		kept[in.Out[i].ID] = e.Op == OpAttr && e.Attr.ID == in.Out[i].ID
		if Volatile(e) {
			return nil
		}
	}
	var below, above []*Expr
	for _, c := range conjuncts(r.Exprs[0]) {
		used := map[AttrID]bool{}
		addUsed(used, c)
		fits := !Contains(c, OpPython) && !Contains(c, OpQuery) && !Volatile(c)
		for id := range used {
			fits = fits && kept[id]
		}
		if fits {
			below = append(below, c)
		} else {
			above = append(above, c)
		}
	}
	if len(below) == 0 {
		return nil
	}
	out := swap(r, in, []*Expr{conjunction(below)})
	if len(above) > 0 {
		rest := *r
		rest.Inputs, rest.Exprs = []*Rel{out}, []*Expr{conjunction(above)}
		return &rest
	}
	return out
}

// swap puts the relation above below in, with other expressions.
func swap(above, in *Rel, exprs []*Expr) *Rel {
	lower, upper := *above, *in
	lower.Inputs, lower.Exprs, lower.Out = in.Inputs, exprs, in.Inputs[0].Out
	upper.Inputs = []*Rel{&lower}
	return &upper
}

// Volatile reports whether e may give another value each time it is computed.
func Volatile(e *Expr) bool {
	found := false
	e.Walk(func(x *Expr) bool {
		if x.Op == OpPython {
			found = found || x.Function.Volatile
		}
		switch x.Name {
		case "rand", "randn", "uuid", "shuffle", "monotonically_increasing_id", "spark_partition_id", "random":
			found = found || x.Op == OpCall
		}
		return !found
	})
	return found
}

// conjuncts lists the conditions that e joins by AND.
func conjuncts(e *Expr) []*Expr {
	if e.Op == OpCall && e.Name == "and" {
		return append(conjuncts(e.Args[0]), conjuncts(e.Args[1])...)
	}
	return []*Expr{e}
}

// conjunction joins conditions by AND.
func conjunction(list []*Expr) *Expr {
	out := list[0]
	for _, e := range list[1:] {
		out = &Expr{Op: OpCall, Name: "and", Type: T(Boolean), Nullable: true, Args: []*Expr{out, e}}
	}
	return out
}

// own takes the calls out of r's own expressions.
func (l *pythonLifter) own(r *Rel) (*Rel, error) {
	var err error
	switch r.Op {
	case RelJoin:
		return l.join(r)
	case RelProject, RelAggregate:
		used := map[AttrID]bool{}
		for _, e := range r.Exprs {
			addUsed(used, e)
		}
		r.Exprs, r.Inputs[0], err = l.columns(r.Exprs, r.Inputs[0], used)
	case RelFilter:
		r = splitFilter(r)
		r.Exprs, r.Inputs[0], err = l.columns(r.Exprs, r.Inputs[0], nil)
	case RelSort:
		keys := append([]SortKey(nil), r.Sort...)
		var exprs []*Expr
		for _, k := range keys {
			exprs = append(exprs, k.Expr)
		}
		exprs, r.Inputs[0], err = l.columns(exprs, r.Inputs[0], nil)
		for i := range keys {
			keys[i].Expr = exprs[i]
		}
		r.Sort = keys
	case RelGenerate:
		return l.generate(r)
	default:
		return nil, unsupported("a Python function in a %s", r.Op)
	}
	return r, err
}

// splitFilter puts the conditions without functions into a filter below, so that functions see only what passes it.
func splitFilter(r *Rel) *Rel {
	var plain, calling []*Expr
	for _, c := range conjuncts(r.Exprs[0]) {
		if Contains(c, OpPython) || Volatile(c) {
			calling = append(calling, c)
		} else {
			plain = append(plain, c)
		}
	}
	if len(plain) == 0 {
		return r
	}
	below, above := *r, *r
	below.Exprs, below.Out = []*Expr{conjunction(plain)}, r.Inputs[0].Out
	above.Inputs, above.Exprs = []*Rel{&below}, []*Expr{conjunction(calling)}
	return &above
}

// generate is own for a generator, whose output goes on from its input's: a projection takes the values of the calls off.
func (l *pythonLifter) generate(r *Rel) (*Rel, error) {
	made := r.Out[len(r.Inputs[0].Out):]
	exprs, in, err := l.columns(r.Exprs, r.Inputs[0], nil)
	if err != nil {
		return nil, err
	}
	inner := *r
	inner.Exprs, inner.Inputs = exprs, []*Rel{in}
	inner.Out = append(append([]Attr(nil), in.Out...), made...)
	return pass(&inner, r.Out), nil
}

// pass is a projection to some columns of r.
func pass(r *Rel, out []Attr) *Rel {
	p := inherit(RelProject, r, out)
	for _, a := range out {
		p.Exprs = append(p.Exprs, attrExpr(a))
	}
	return p
}

// join is own for a condition each of whose calls reads one side alone: that side computes it. Spark itself evaluates a
// function over both sides after the join, and only of an inner one.
func (l *pythonLifter) join(r *Rel) (*Rel, error) {
	for i := range r.Inputs {
		reach := map[AttrID]bool{}
		for _, a := range r.Inputs[i].Out {
			reach[a.ID] = true
		}
		exprs, in, err := l.columnsWhere(r.Exprs, r.Inputs[i], nil, func(e *Expr) bool {
			used := map[AttrID]bool{}
			addUsed(used, e)
			for id := range used {
				if !reach[id] {
					return false
				}
			}
			return len(used) > 0
		})
		if err != nil {
			return nil, err
		}
		r.Exprs, r.Inputs[i] = exprs, in
	}
	if ownPython(r) {
		return nil, unsupported("a Python function over both sides of a join condition")
	}
	return r, nil
}

// columns computes the calls in exprs below them: it gives exprs over the new input. used holds the columns of the input
// that go on, nil for all.
func (l *pythonLifter) columns(exprs []*Expr, in *Rel, used map[AttrID]bool) ([]*Expr, *Rel, error) {
	return l.columnsWhere(exprs, in, used, func(*Expr) bool { return true })
}

// columnsWhere is columns for the calls that fits takes; the others stay.
func (l *pythonLifter) columnsWhere(exprs []*Expr, in *Rel, used map[AttrID]bool, fits func(*Expr) bool) ([]*Expr, *Rel, error) {
	for {
		calls := innermostCalls(exprs, fits)
		if len(calls) == 0 {
			return exprs, in, nil
		}
		var err error
		if exprs, in, err = l.level(exprs, in, used, calls); err != nil {
			return nil, nil, err
		}
	}
}

// innermostCalls finds the calls whose arguments hold no other.
func innermostCalls(exprs []*Expr, fits func(*Expr) bool) []*Expr {
	var out []*Expr
	for _, e := range exprs {
		e.Walk(func(x *Expr) bool {
			if x.Op != OpPython {
				return true
			}
			inner := false
			for _, a := range x.Args {
				inner = inner || Contains(a, OpPython)
			}
			if !inner && fits(x) {
				out = append(out, x)
			}
			return inner
		})
	}
	return out
}

// level makes one RelPython for calls: a projection of the columns and the arguments, and the functions over it. Equal
// calls are made once, unless they are volatile.
func (l *pythonLifter) level(exprs []*Expr, in *Rel, used map[AttrID]bool, calls []*Expr) ([]*Expr, *Rel, error) {
	args := inherit(RelProject, in, nil)
	seen := map[AttrID]bool{}
	for _, a := range in.Out {
		if !seen[a.ID] && (used == nil || used[a.ID]) {
			seen[a.ID] = true
			args.Out, args.Exprs = append(args.Out, a), append(args.Exprs, attrExpr(a))
		}
	}
	out := &Rel{Op: RelPython, Inputs: []*Rel{args}, Keys: len(args.Out)}
	values, once := map[*Expr]Attr{}, map[string]Attr{}
	for _, c := range calls {
		if err := checkReach(c, in); err != nil {
			return nil, nil, err
		}
		key := c.key()
		if a, ok := once[key]; ok && !c.Function.Volatile {
			values[c] = a
			continue
		}
		call := *c
		call.Args = make([]*Expr, len(c.Args))
		for i, arg := range c.Args {
			a := Attr{ID: l.next(), Name: arg.Label, Type: arg.Type, Nullable: arg.Nullable}
			args.Out, args.Exprs = append(args.Out, a), append(args.Exprs, arg)
			call.Args[i] = attrExpr(a)
		}
		value := Attr{ID: l.next(), Name: c.Label, Type: c.Type, Nullable: true}
		out.Exprs = append(out.Exprs, &call)
		values[c], once[key] = value, value
		out.Out = append(out.Out, value)
	}
	out.Out = append(append([]Attr(nil), args.Out[:out.Keys]...), out.Out...)
	if used != nil {
		for _, a := range values {
			used[a.ID] = true
		}
	}
	exprs = rewriteAll(exprs, func(x *Expr) *Expr {
		if a, ok := values[x]; ok {
			return relabel(attrExpr(a), x.Label)
		}
		return nil
	})
	return exprs, out, nil
}

// checkReach refuses a call over columns that are not its relation's: the parameter of a lambda, or a column around a
// subquery.
func checkReach(c *Expr, in *Rel) error {
	var err error
	for _, a := range c.Args {
		a.Walk(func(x *Expr) bool {
			switch {
			case x.Op == OpVar:
				err = unsupported("the Python function %s inside of a lambda", c.Label)
			case x.Op == OpAttr && !hasAttr(in.Out, x.Attr.ID):
				err = unsupported("the Python function %s over a column outside of its subquery", c.Label)
			case x.Op == OpAgg:
				err = fmt.Errorf("spark: the Python function %s stands over an aggregate in its own grouping", c.Label)
			}
			return err == nil && x.Op != OpWindow
		})
	}
	return err
}
