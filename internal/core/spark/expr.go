package spark

import (
	"fmt"
	"strings"

	"tenon/internal/plan"
)

// ExprOp tells which fields of an Expr count.
type ExprOp string

// The expressions that remain after analysis.
const (
	OpAttr   ExprOp = "attr"   // Attr
	OpLit    ExprOp = "lit"    // Value
	OpCall   ExprOp = "call"   // scalar function or operator Name over Args
	OpAgg    ExprOp = "agg"    // aggregate function Name over Args; Distinct; Filter
	OpWindow ExprOp = "window" // Args[0], an OpAgg or a window function's OpCall, OVER Window
	OpCast   ExprOp = "cast"   // Args[0] to Type, by Spark's rules without ANSI; Name try_cast: null wherever ANSI fails
	OpCase   ExprOp = "case"   // when, then, when, then, ...[, else]
	OpField  ExprOp = "field"  // member Name of the struct, or of every struct in the array, Args[0]
	OpGen    ExprOp = "gen"    // a generator: explode, inline, ... over Args, with the columns Made; only in RelGenerate
	OpLambda ExprOp = "lambda" // Args[0] over Params; only an argument of a higher-order function
	OpVar    ExprOp = "var"    // the parameter Name of a lambda around, which the script calls Attr.Name
	OpPython ExprOp = "python" // the Python function Function, called Name, over Args; gone after LiftPython
	OpQuery  ExprOp = "query"  // a subquery: Name is scalar, exists, in or maybe_in with Args what is looked for in Query
)

// Expr is a resolved, typed expression. It never changes once made.
type Expr struct {
	Op       ExprOp
	Type     Type
	Nullable bool
	// Label is how Spark spells the expression in the name of a column that has no alias: (a + 1), count(1).
	Label string

	Attr     Attr
	Value    any // of OpLit: nil, bool, int64, float64, or the text of a string, decimal, date, timestamp, base64 binary
	Name     string
	Args     []*Expr
	Params   []*Expr // of OpLambda, each an OpVar
	Made     []Field // of OpGen
	Distinct bool
	Filter   *Expr
	Window   *WindowSpec
	Function *plan.Function
	Query    *Rel // of OpQuery; may use attributes of the relations around it
}

// WindowSpec is a resolved OVER clause. Bounds are offsets from the current row, nil is unbounded.
type WindowSpec struct {
	Partition []*Expr
	Order     []SortKey
	Unit      string // rows, range, or empty for none
	Start     *int64
	End       *int64
	Interval  Type // of the bounds that are intervals, of so many months or microseconds; of no kind where they are numbers
	fromSQL   bool // bounds are labelled n PRECEDING, not -n FOLLOWING
	adapted   bool // bounds of SQL are cast to the order's type, which labels n PRECEDING as (- n) FOLLOWING
	shifted   bool // the frame of lag and lead, which Spark spells in its own way
}

// key is a text that is equal for expressions that mean the same, used to match grouping keys.
func (e *Expr) key() string {
	var b strings.Builder
	e.writeKey(&b)
	return b.String()
}

// writeKey appends the key of e.
func (e *Expr) writeKey(b *strings.Builder) {
	b.WriteString(string(e.Op) + ":" + strings.ToLower(e.Name) + ":")
	switch e.Op {
	case OpAttr:
		writeValue(b, int64(e.Attr.ID))
	case OpLit:
		writeValue(b, e.Value)
	}
	b.WriteString(":" + e.Type.String())
	if f := e.Function; f != nil {
		fmt.Fprintf(b, ":%d:%d%v", f.Process, f.Number, f.Chain)
	}
	if e.Distinct {
		b.WriteString(":distinct")
	}
	if e.Query != nil {
		fmt.Fprintf(b, ":%p", e.Query)
	}
	if e.Filter != nil {
		b.WriteString(":filter")
		e.Filter.writeKey(b)
	}
	b.WriteByte('(')
	for _, a := range e.Args {
		a.writeKey(b)
		b.WriteByte(',')
	}
	b.WriteByte(')')
	if w := e.Window; w != nil {
		b.WriteString(w.label())
		for _, p := range w.Partition {
			p.writeKey(b)
		}
		for _, o := range w.Order {
			o.Expr.writeKey(b)
		}
	}
}

// Walk calls f on e and all below it until f returns false for a branch.
func (e *Expr) Walk(f func(*Expr) bool) {
	if e == nil || !f(e) {
		return
	}
	for _, a := range e.Args {
		a.Walk(f)
	}
	e.Filter.Walk(f)
	if e.Window != nil {
		for _, p := range e.Window.Partition {
			p.Walk(f)
		}
		for _, o := range e.Window.Order {
			o.Expr.Walk(f)
		}
	}
}

// rewrite replaces sub-expressions from the top: where f returns an expression, it stands instead of the branch.
func (e *Expr) rewrite(f func(*Expr) *Expr) *Expr {
	if e == nil {
		return nil
	}
	if r := f(e); r != nil {
		return r
	}
	out := *e
	out.Args = rewriteAll(e.Args, f)
	out.Filter = e.Filter.rewrite(f)
	if e.Window != nil {
		w := *e.Window
		w.Partition = rewriteAll(w.Partition, f)
		w.Order = append([]SortKey(nil), w.Order...)
		for i := range w.Order {
			w.Order[i].Expr = w.Order[i].Expr.rewrite(f)
		}
		out.Window = &w
	}
	return &out
}

// rewriteAll rewrites every expression of a list.
func rewriteAll(list []*Expr, f func(*Expr) *Expr) []*Expr {
	if list == nil {
		return nil
	}
	out := make([]*Expr, len(list))
	for i, e := range list {
		out[i] = e.rewrite(f)
	}
	return out
}

// attrExpr refers to an attribute.
func attrExpr(a Attr) *Expr {
	return &Expr{Op: OpAttr, Attr: a, Type: a.Type, Nullable: a.Nullable, Label: a.Name}
}

// litExpr is a literal; its label is its text.
func litExpr(t Type, value any) *Expr {
	e := &Expr{Op: OpLit, Type: t, Value: value, Nullable: value == nil}
	e.Label = literalLabel(e)
	return e
}

// implicitCast casts e to t the way the analyser does on its own: invisible in names. A cast to the same type is e.
func implicitCast(e *Expr, t Type) *Expr {
	if e.Type.Equal(t) {
		return e
	}
	if e.Op == OpLit && e.Value == nil {
		return &Expr{Op: OpLit, Type: t, Nullable: true, Label: e.Label}
	}
	return &Expr{Op: OpCast, Type: t, Args: []*Expr{e}, Nullable: e.Nullable || castMayFail(e.Type, t), Label: e.Label}
}

// castMayFail reports whether a cast can give null for a value that is not.
func castMayFail(from, to Type) bool {
	switch {
	case from.Kind == String:
		return to.Kind != String && to.Kind != Binary
	case to.Kind == Decimal, from.Kind == Date && (isNumeric(to) || to.Kind == Boolean):
		return true
	default:
		return (to.Kind == Date || to.Kind == Timestamp) && isNumeric(from) && from.Kind != Long ||
			from.Kind == TimestampNTZ && to.Kind == Date || from.Kind == Date && to.Kind == TimestampNTZ
	}
}

// containsAgg reports whether e holds an aggregate function outside of any window.
func containsAgg(e *Expr) bool {
	found := false
	e.Walk(func(x *Expr) bool {
		if x.Op == OpWindow {
			for _, a := range x.Args[0].Args {
				found = found || containsAgg(a)
			}
			for _, p := range x.Window.Partition {
				found = found || containsAgg(p)
			}
			for _, o := range x.Window.Order {
				found = found || containsAgg(o.Expr)
			}
			return false
		}
		found = found || x.Op == OpAgg
		return !found
	})
	return found
}

// Contains reports whether e holds an expression of op.
func Contains(e *Expr, op ExprOp) bool {
	found := false
	e.Walk(func(x *Expr) bool {
		found = found || x.Op == op
		return !found
	})
	return found
}

// writeValue appends a literal's value to a key.
func writeValue(b *strings.Builder, v any) { fmt.Fprintf(b, "%T=%v", v, v) }
