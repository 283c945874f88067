package spark

import (
	"math"
	"strconv"

	"tenon/internal/plan"
)

// specialDouble reads the doubles that JSON has no number for.
func specialDouble(s string) (float64, bool) {
	switch s {
	case "NaN":
		return math.NaN(), true
	case "Infinity":
		return math.Inf(1), true
	case "-Infinity":
		return math.Inf(-1), true
	}
	f, err := strconv.ParseFloat(s, 64)
	return f, err == nil
}

// window resolves a function over a window.
func (s *scope) window(e plan.Expr) (*Expr, error) {
	if len(e.Args) != 1 || e.Window == nil {
		return nil, analysisError("OVER needs one function and a window")
	}
	w, err := s.windowSpec(*e.Window)
	if err != nil {
		return nil, err
	}
	var f *Expr
	if e.Args[0].Kind == plan.ExprCall {
		f, err = s.callIn(e.Args[0], true)
	} else {
		f, err = s.expr(e.Args[0])
	}
	if err != nil {
		return nil, err
	}
	spec, known := functions[f.Name]
	for _, a := range f.Args {
		if Contains(a, OpWindow) {
			return nil, analysisError("[UNSUPPORTED_FEATURE.LATERAL_COLUMN_ALIAS_IN_WINDOW] The feature is not supported: a window "+
				"function inside of the window expression \"%s\".", f.Label)
		}
	}
	isWindow := f.Op == OpCall && known && spec.kind == kindWindow
	if !isWindow && f.Op != OpAgg {
		return nil, analysisError("[UNSUPPORTED_EXPR_FOR_WINDOW] Expression \"%s\" not supported within a window function.", f.Label)
	}
	if f.Distinct {
		return nil, analysisError("[DISTINCT_WINDOW_FUNCTION_UNSUPPORTED] Distinct window functions are not supported: "+
			"\"%s\".", f.Label)
	}
	if isWindow {
		if err := rankFrame(f, w); err != nil {
			return nil, err
		}
	}
	return &Expr{Op: OpWindow, Type: f.Type, Nullable: f.Nullable, Args: []*Expr{f}, Window: w,
		Label: f.Label + " OVER " + w.label()}, nil
}

// windowSpec resolves an OVER clause; without a frame it gets Spark's default one.
func (s *scope) windowSpec(w plan.Window) (*WindowSpec, error) {
	out := &WindowSpec{Unit: w.Unit, Start: w.Start, End: w.End, fromSQL: w.FromSQL}
	var err error
	if out.Partition, err = s.exprs(w.Partition); err != nil {
		return nil, err
	}
	for _, o := range w.Order {
		k, err := s.sortKey(o)
		if err != nil {
			return nil, err
		}
		out.Order = append(out.Order, k)
	}
	switch w.Unit {
	case "rows", "range":
	case "":
		if out.Unit = "rows"; len(out.Order) > 0 {
			out.Unit, out.End = "range", new(int64)
		}
		out.Start = nil
	default:
		return nil, analysisError("a window frame counts rows or a range, not %q", w.Unit)
	}
	offsets := func(n *int64) bool { return n != nil && *n != 0 }
	if out.Unit == "range" && (offsets(out.Start) || offsets(out.End)) {
		if len(out.Order) != 1 {
			return nil, analysisError("[DATATYPE_MISMATCH.RANGE_FRAME_MULTI_ORDER] A range window frame with value boundaries " +
				"cannot be used in a window specification with multiple order by expressions.")
		}
		if !isNumeric(out.Order[0].Expr.Type) {
			return nil, unsupported("a RANGE window frame with offsets over the type %s", out.Order[0].Expr.Type)
		}
	}
	return out, nil
}

// rankFrame gives the frame that Spark shows for functions which have one of their own, and checks that there is an
// order.
func rankFrame(f *Expr, w *WindowSpec) error {
	if len(w.Order) == 0 {
		return analysisError("Window function %s requires window to be ordered, please add ORDER BY clause. For example "+
			"SELECT %s(value_expr) OVER (PARTITION BY window_partition ORDER BY window_ordering) from table", f.Label, f.Name)
	}
	w.Unit, w.Start, w.End = "rows", nil, new(int64)
	if f.Name == "cume_dist" {
		w.Unit = "range"
	}
	if f.Name == "lag" || f.Name == "lead" {
		offset := int64(1)
		if n, ok := f.Args[1].Value.(int64); ok {
			offset = n
		}
		if f.Name == "lag" {
			offset = -offset
		}
		w.Start, w.End, w.shifted = &offset, &offset, true
	}
	return nil
}
