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
	if f.Op == OpPython && f.Function.Kind == plan.FunctionAggregate {
		return pythonWindow(f, w)
	}
	isWindow := f.Op == OpCall && known && spec.kind == kindWindow
	if !isWindow && f.Op != OpAgg {
		return nil, analysisError("[UNSUPPORTED_EXPR_FOR_WINDOW] Expression \"%s\" not supported within a window function.", f.Label)
	}
	if f.Distinct {
		return nil, analysisError("[DISTINCT_WINDOW_FUNCTION_UNSUPPORTED] Distinct window functions are not supported: "+
			"\"%s\".", f.Label)
	}
	if f.Op == OpAgg && f.Name == "nth_value" && len(w.Order) == 0 {
		return nil, windowNotOrdered(f)
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
	if err := rangeFrame(w, out); err != nil {
		return nil, err
	}
	return out, nil
}

// rangeFrame checks a frame that is bounded by values of its order: numbers, days from a date, or intervals from a time.
func rangeFrame(w plan.Window, out *WindowSpec) error {
	offsets := func(n *int64) bool { return n != nil && *n != 0 }
	if !offsets(out.Start) && !offsets(out.End) {
		return nil
	}
	if out.Unit != "range" {
		if w.StartType+w.EndType != "" {
			return unsupported("an interval as the bound of ROWS")
		}
		return nil
	}
	if len(out.Order) != 1 {
		return analysisError("[DATATYPE_MISMATCH.RANGE_FRAME_MULTI_ORDER] A range window frame with value boundaries " +
			"cannot be used in a window specification with multiple order by expressions.")
	}
	if out.Start != nil && out.End != nil && *out.Start > *out.End {
		return unsupported("a window frame that ends before it begins")
	}
	by := &out.Order[0]
	if w.StartType+w.EndType != "" {
		return intervalFrame(w, out, by.Expr.Type)
	}
	if w.FromSQL && by.Expr.Type.Kind == Date {
		by.Expr = &Expr{Op: OpCall, Name: "unix_date", Type: T(Int), Nullable: by.Expr.Nullable, Label: by.Expr.Label, Args: []*Expr{by.Expr}}
	}
	if !isNumeric(by.Expr.Type) {
		return unsupported("a RANGE window frame with offsets over the type %s", by.Expr.Type)
	}
	out.adapted = w.FromSQL && by.Expr.Type.Kind != Int
	return nil
}

// intervalFrame checks the bounds of a frame that are intervals, over an order of type t.
func intervalFrame(w plan.Window, out *WindowSpec, t Type) error {
	for _, text := range []string{w.StartType, w.EndType} {
		if text == "" {
			continue
		}
		bound, err := ParseType(text)
		if err != nil {
			return err
		}
		if out.Interval.Kind != "" && !out.Interval.Equal(bound) {
			return analysisError("[DATATYPE_MISMATCH.SPECIFIED_WINDOW_FRAME_DIFF_TYPES] Window frame bounds do not have the same type: \"%s\" <> "+
				"\"%s\".", out.Interval.sqlName(), bound.sqlName())
		}
		out.Interval = bound
	}
	plain := func(n *int64, text string) bool { return text == "" && n != nil && *n != 0 }
	switch {
	case !isMoment(t):
		return unsupported("a RANGE window frame of intervals over the type %s", t)
	case t.Kind != Timestamp && t.Kind != TimestampNTZ && (t.Kind != Date || out.Interval.Kind != YearMonth):
		return analysisError("[DATATYPE_MISMATCH.RANGE_FRAME_INVALID_TYPE] Cannot resolve \"%s\" due to data type mismatch: The data type \"%s\" "+
			"used in the order specification does not match the data type \"%s\" which is used in the range frame.", out.label(), t.sqlName(),
			out.Interval.sqlName())
	case plain(w.Start, w.StartType) || plain(w.End, w.EndType):
		return analysisError("[DATATYPE_MISMATCH.SPECIFIED_WINDOW_FRAME_DIFF_TYPES] Window frame bounds do not have the same type.")
	}
	return nil
}

// windowNotOrdered is the error for a function whose window must have an order, and has none.
func windowNotOrdered(f *Expr) error {
	return analysisError("Window function %s requires window to be ordered, please add ORDER BY clause. For example "+
		"SELECT %s(value_expr) OVER (PARTITION BY window_partition ORDER BY window_ordering) from table", f.Label, f.Name)
}

// rankFrame gives the frame that Spark shows for functions which have one of their own, and checks that there is an
// order.
func rankFrame(f *Expr, w *WindowSpec) error {
	if len(w.Order) == 0 {
		return windowNotOrdered(f)
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
