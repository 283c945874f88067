package spark

import (
	"slices"

	"tenon/internal/plan"
)

// A relation that is joined with what was made of it stands on both sides of the join. As in Spark, each side then has
// columns of its own: whatever the right side shares with the left, be it seen or not, gets new IDs there. A reference by
// a frame (df["a"]) is to an ID, so that it means the left side's column; where df itself stands on the right side, too,
// and its column is among what can be used, Spark takes the reference for ambiguous. Source: DeduplicateRelations and
// DetectAmbiguousSelfJoin of Spark 3.5.

// renew gives new IDs to the right side's attributes that are made on the left side too, so that IDs are unique. twins
// maps each that is seen to the right side's new attribute.
func (an *Analyser) renew(left, right *Rel) (renewedRight *Rel, twins map[AttrID]Attr) {
	onLeft, onRight := madeIn(left), madeIn(right)
	rel := inherit(RelProject, right, nil)
	rel.renewed = map[AttrID]AttrID{}
	for id := range onRight {
		if onLeft[id] {
			rel.renewed[id] = 0
		}
	}
	if len(rel.renewed) == 0 {
		return right, nil
	}
	twins = map[AttrID]Attr{}
	for _, a := range right.Out {
		b := a
		if _, ok := rel.renewed[a.ID]; ok {
			b.ID = an.Catalog.NextID()
			rel.renewed[a.ID], twins[a.ID] = b.ID, b
		}
		rel.Exprs, rel.Out = append(rel.Exprs, attrExpr(a)), append(rel.Out, b)
	}
	return rel, twins
}

// madeIn is the set of all attributes that r or a relation below it has, as they are called at r.
func madeIn(r *Rel) map[AttrID]bool {
	below := map[*Rel]map[AttrID]bool{} // of the inputs of relations that renew
	var made func(*Rel) map[AttrID]bool
	made = func(top *Rel) map[AttrID]bool {
		out, seen := map[AttrID]bool{}, map[*Rel]bool{}
		var collect func(*Rel)
		collect = func(one *Rel) {
			if seen[one] {
				return
			}
			seen[one] = true
			for _, a := range one.Out {
				out[a.ID] = true
			}
			if one.renewed == nil {
				for _, in := range one.Inputs {
					collect(in)
				}
				return
			}
			if below[one] == nil {
				below[one] = made(one.Inputs[0])
			}
			for id := range below[one] {
				if _, ok := one.renewed[id]; !ok {
					out[id] = true
				}
			}
		}
		collect(top)
		return out
	}
	return made(r)
}

// seenAs are the IDs that the column id of the relation part has at top, below which part stands in as many places.
func seenAs(top, part *Rel, id AttrID) []AttrID {
	known := map[*Rel][]AttrID{}
	var at func(*Rel) []AttrID
	at = func(one *Rel) []AttrID {
		if one == part {
			return []AttrID{id}
		}
		if ids, ok := known[one]; ok {
			return ids
		}
		var ids []AttrID
		for _, in := range one.Inputs {
			for _, seen := range at(in) {
				if to, ok := one.renewed[seen]; ok {
					seen = to
				}
				if seen != 0 && !slices.Contains(ids, seen) {
					ids = append(ids, seen)
				}
			}
		}
		known[one] = ids
		return ids
	}
	return at(top)
}

// sharedColumn tells whether the column id of a frame's relation stands under another ID, too, among what s can use.
func (s *scope) sharedColumn(frame *Rel, id, meant AttrID) bool {
	for _, r := range s.rels {
		for _, seen := range seenAs(r, frame, id) {
			usable := func(a Attr) bool { return a.ID == seen }
			if seen != meant && slices.ContainsFunc(s.rels, func(in *Rel) bool { return slices.ContainsFunc(in.Out, usable) }) {
				return true
			}
		}
	}
	return false
}

// joined is what a join's condition knows of its sides.
type joined struct {
	left, right *Rel // right with its new IDs
	twins       map[AttrID]Attr
	same        bool // both sides are one frame
	common      bool // a column of the left side is one of the right's before it is renewed
	excused     bool // what is resolved now may be ambiguous
}

// selfEqual resolves an equality in a join's condition that names columns by their frames, where Spark tells the sides
// apart: of one column on both sides it compares the left side's with the right's, and with a constant it does not count
// which side of a frame joined with itself is meant. done is false for every other expression.
func (s *scope) selfEqual(e plan.Expr) (out *Expr, done bool, err error) {
	j := s.joined
	if j == nil || len(e.Args) != 2 || !slices.Contains([]string{"=", "==", "<=>", "!=", "<>"}, e.Name) {
		return nil, false, nil
	}
	a, b := s.frameAttr(e.Args[0]), s.frameAttr(e.Args[1])
	switch {
	case a != nil && b != nil && a.ID == b.ID:
		if j.common && e.Args[0].Kind == plan.ExprColumn && e.Args[1].Kind == plan.ExprColumn {
			out, err = s.eachSide(e, a.Name, b.Name)
			return out, true, err
		}
	case j.same && (a != nil && literals(e.Args[1]) || b != nil && literals(e.Args[0])):
	default:
		return nil, false, nil
	}
	before := j.excused
	j.excused = true
	defer func() { j.excused = before }()
	out, err = s.call(e)
	return out, true, err
}

// eachSide compares the left side's column a with the right side's b, by name.
func (s *scope) eachSide(e plan.Expr, a, b string) (*Expr, error) {
	left, err := s.an.scopeOf(s.joined.left).column(plan.Expr{Kind: plan.ExprColumn, Name: backtick(a)})
	if err != nil {
		return nil, err
	}
	right, err := s.an.scopeOf(s.joined.right).column(plan.Expr{Kind: plan.ExprColumn, Name: backtick(b)})
	if err != nil {
		return nil, err
	}
	f, known := functions[e.Name]
	return s.callOf(e, f, known, []*Expr{left, right}, false)
}

// frameAttr is the attribute that a reference by a frame means, be it cast or not; nil for other expressions.
func (s *scope) frameAttr(e plan.Expr) *Attr {
	for e.Kind == plan.ExprCast && len(e.Args) == 1 {
		e = e.Args[0]
	}
	if e.Kind != plan.ExprColumn || e.Frame == 0 {
		return nil
	}
	rel, err := s.an.Catalog.Frame(e.Frame)
	if err != nil {
		return nil
	}
	x, err := s.an.scopeOf(rel).column(plan.Expr{Kind: plan.ExprColumn, Name: e.Name})
	if err != nil || x.Op != OpAttr {
		return nil
	}
	if twin, ok := s.joined.twins[x.Attr.ID]; ok {
		return &twin
	}
	return &x.Attr
}

// literals tells whether e is made of literals alone.
func literals(e plan.Expr) bool {
	switch e.Kind {
	case plan.ExprLit:
		return true
	case plan.ExprCall, plan.ExprCast:
		return len(e.Args) > 0 && !slices.ContainsFunc(e.Args, func(arg plan.Expr) bool { return !literals(arg) })
	default:
		return false
	}
}
