package spark

import "strings"

// pivotFirst tells whether Spark groups by the pivot column first for a value of type t, else evaluates each aggregate over
// IF(the row is of the pivot value, argument, NULL). It does so only when all values of the pivot are such. Source:
// PivotFirst.supportsDataType of Spark 3.5.
func pivotFirst(t Type) bool {
	switch t.Kind {
	case Byte, Short, Int, Long, Float, Double, Boolean, Decimal:
		return true
	default:
		return false
	}
}

// pivotedValue is e over the rows of one pivot value. A group without such rows gives null for all of e, count too, where
// Spark groups by the pivot column first; else it gives what the aggregates give of no rows: 0 for count, an empty list.
func pivotedValue(e, condition *Expr, first bool) (*Expr, error) {
	var failed error
	out := e.rewrite(func(x *Expr) *Expr {
		if x.Op != OpAgg {
			return nil
		}
		copied := *x
		copied.Filter = condition
		if x.Filter != nil {
			copied.Filter = &Expr{Op: OpCall, Name: "and", Type: T(Boolean), Nullable: x.Filter.Nullable, Args: []*Expr{x.Filter, condition}}
		}
		if !first {
			copied.Args, failed = pivotedArgs(x, failed)
		}
		return &copied
	})
	if failed != nil || !first {
		return out, failed
	}
	rows := &Expr{Op: OpAgg, Name: "count", Type: T(Long), Args: []*Expr{litExpr(T(Int), int64(1))}, Filter: condition, Label: "count"}
	some := &Expr{Op: OpCall, Name: ">", Type: T(Boolean), Args: []*Expr{rows, litExpr(T(Long), int64(0))}}
	return &Expr{Op: OpCase, Type: out.Type, Nullable: true, Label: out.Label, Args: []*Expr{some, out}}, nil
}

// pivotedArgs are the arguments of an aggregate whose values of other rows are null in Spark: first and last then pass over
// nulls. What cannot have it so is refused.
func pivotedArgs(x *Expr, failed error) ([]*Expr, error) {
	switch {
	case x.Name != "first" && x.Name != "last":
		if x.Name == "percentile" && !strings.HasPrefix(x.Label, "median(") {
			return x.Args, unsupported("a pivot of %s beside, or in, a value that is no number", x.Label)
		}
		return x.Args, failed
	case strings.HasPrefix(x.Label, "any_value(") && len(x.Args) == 1:
		return x.Args, unsupported("a pivot of %s, which Spark computes over rows of other pivot values too,", x.Label)
	default:
		return []*Expr{x.Args[0], litExpr(T(Boolean), true)}, failed
	}
}
