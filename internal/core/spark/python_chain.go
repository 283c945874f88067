package spark

// chain makes of r's calls over a column that a call in a projection below computes one call: there Spark puts both
// projections into one, and the outer function gets what the inner one gave, not what its type makes of it.
func (l *pythonLifter) chain(r *Rel) {
	if r.Op != RelProject && r.Op != RelFilter && r.Op != RelAggregate {
		return
	}
	r.Exprs = rewriteAll(r.Exprs, func(x *Expr) *Expr {
		call := x
		for call.Op == OpPython && len(call.Args) == 1 && call.Args[0].Op == OpAttr {
			in, inner := l.inner(r.Inputs[0], call.Args[0].Attr.ID, call)
			if inner == nil {
				break
			}
			r.Inputs[0], call = in, through(call, inner)
		}
		if call == x {
			return nil
		}
		return call
	})
}

// inner finds the call that makes a column of in, if a call over that column chains with it: over arguments that the
// relation it gives passes on. Nil where there is none.
func (l *pythonLifter) inner(in *Rel, id AttrID, call *Expr) (*Rel, *Expr) {
	if l.stop(in) || !passes(in) {
		return nil, nil
	}
	if in.Op == RelProject {
		e := in.made(id)
		switch {
		case e == nil:
			return nil, nil
		case chains(call.Function, e) && !Volatile(e):
			return l.passing(in, e)
		case e.Op != OpAttr:
			return nil, nil
		}
		id = e.Attr.ID
	}
	lower, inner := l.inner(in.Inputs[0], id, call)
	if inner == nil {
		return nil, nil
	}
	out := *in
	out.Inputs, out.Out = []*Rel{lower}, append([]Attr(nil), in.Out...)
	for _, a := range inner.Args {
		out.Out = append(out.Out, a.Attr)
		if in.Op == RelProject {
			out.Exprs = append(append([]*Expr(nil), out.Exprs...), a)
		}
	}
	return &out, inner
}

// passes reports whether a projection above r comes together with one below it.
func passes(r *Rel) bool {
	switch r.Op {
	case RelAlias, RelProject:
		return true
	case RelFilter:
		return !Volatile(r.Exprs[0])
	case RelLimit:
		return r.Offset == 0
	default:
		return false
	}
}

// made is the expression of a projection's column, nil where it has none of that number.
func (r *Rel) made(id AttrID) *Expr {
	for i, a := range r.Out {
		if a.ID == id {
			return r.Exprs[i]
		}
	}
	return nil
}

// passing is a projection that passes on the arguments of one of its calls as columns, and the call over these.
func (l *pythonLifter) passing(r *Rel, call *Expr) (*Rel, *Expr) {
	out, over := *r, *call
	out.Out, out.Exprs, over.Args = append([]Attr(nil), r.Out...), append([]*Expr(nil), r.Exprs...), nil
	for _, arg := range call.Args {
		a := Attr{ID: l.next(), Name: arg.Label, Type: arg.Type, Nullable: arg.Nullable}
		if arg.Op == OpAttr {
			a = arg.Attr
		}
		out.Out, out.Exprs = append(out.Out, a), append(out.Exprs, arg)
		over.Args = append(over.Args, attrExpr(a))
	}
	return &out, &over
}
