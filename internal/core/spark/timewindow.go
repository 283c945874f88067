package spark

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"tenon/internal/plan"
)

// Windows of time are columns of the relation below: a call becomes one there when the projection or grouping that it
// stands in is made. One relation has one of them.

// timeWindowFunctions are the functions of windows of time.
var timeWindowFunctions = map[string]function{
	windowCall: typed(2, 4, "x", typeTimeWindow), sessionCall: typed(2, 2, "x", typeSessionWindow),
	"window_time": typed(1, 1, "x", typeWindowTime),
}

// The calls that put a row into windows of time. Their arguments are the time and literal microseconds.
const (
	windowCall  = "window"
	sessionCall = "session_window"
)

// isTimeWindow reports whether e is a window of time that stands in no relation yet.
func isTimeWindow(e *Expr) bool {
	return e.Op == OpCall && (e.Name == windowCall || e.Name == sessionCall)
}

// typeTimeWindow types window(time, duration[, slide[, start]]), a struct of start and end.
func typeTimeWindow(c *callTyping) error {
	if err := windowedTime(c); err != nil {
		return err
	}
	length, err := windowLength(c.name, c.args[1])
	if err != nil {
		return err
	}
	slide, start := length, int64(0)
	if len(c.args) > 2 {
		if slide, err = windowLength(c.name, c.args[2]); err != nil {
			return err
		}
	}
	if len(c.args) > 3 {
		if start, err = windowLength(c.name, c.args[3]); err != nil {
			return err
		}
	}
	label := fmt.Sprintf("window(%s, %d, %d, %d)", c.args[0].Label, length, slide, start)
	if err := windowBounds(label, length, slide, start); err != nil {
		return err
	}
	c.args = []*Expr{c.args[0], litExpr(T(Long), length), litExpr(T(Long), slide), litExpr(T(Long), start)}
	c.label, c.nullable = windowCall, slide < length
	return nil
}

// maxOverlap bounds the windows that a row is in.
const maxOverlap = 10_000

// windowBounds are the errors of lengths that make no windows.
func windowBounds(label string, length, slide, start int64) error {
	outOfRange := func(name string, n int64) error {
		return analysisError("[DATATYPE_MISMATCH.VALUE_OUT_OF_RANGE] Cannot resolve \"%s\" due to data type mismatch: The `%s` must be between "+
			"(0, 9223372036854775807] (current value = %dL).", label, name, n)
	}
	violates := func(text string, args ...any) error {
		return analysisError("[DATATYPE_MISMATCH.PARAMETER_CONSTRAINT_VIOLATION] Cannot resolve \"%s\" due to data type mismatch: %s", label,
			fmt.Sprintf(text, args...))
	}
	switch {
	case length <= 0:
		return outOfRange("window_duration", length)
	case slide <= 0:
		return outOfRange("slide_duration", slide)
	case slide > length:
		return violates("The `slide_duration`(%dL) must be <= the `window_duration`(%dL).", slide, length)
	case max(start, -start) >= slide:
		return violates("The `abs(start_time)`(%dL) must be < the `slide_duration`(%dL).", max(start, -start), slide)
	case length/slide >= maxOverlap:
		return unsupported("a window that slides so little that a row is in more than %d", maxOverlap)
	}
	return nil
}

// windowedTime casts the time of a window, and gives the window its type.
func windowedTime(c *callTyping) error {
	time := c.args[0]
	switch {
	case time.Type.Kind == Struct:
		return unsupported("%s over a window (use window_time(%s))", c.name, time.Label)
	case time.Type.Kind == TimestampNTZ:
	case isMoment(time.Type), time.Type.Kind == String, time.Type.Kind == Null:
		time = implicitCast(time, T(Timestamp))
	default:
		return mismatch(c.label, 0, `("(TIMESTAMP OR TIMESTAMP WITHOUT TIME ZONE)" or "STRUCT<start: TIMESTAMP, end: TIMESTAMP>" or `+
			`"STRUCT<start: TIMESTAMP_NTZ, end: TIMESTAMP_NTZ>")`, time)
	}
	c.args[0] = time
	c.typ = Type{Kind: Struct, Fields: []Field{{Name: "start", Type: time.Type, Nullable: true}, {Name: "end", Type: time.Type, Nullable: true}}}
	return nil
}

// windowLength reads a literal duration, a text such as "5 minutes" or a number of microseconds.
func windowLength(name string, e *Expr) (int64, error) {
	if n, ok := e.Value.(int64); ok && e.Op == OpLit && (e.Type.Kind == Int || e.Type.Kind == Long) {
		return n, nil
	}
	text, ok := e.Value.(string)
	if !ok || e.Op != OpLit || e.Type.Kind != String {
		if name == sessionCall {
			return 0, unsupported("session_window with a gap that is no literal")
		}
		return 0, analysisError("The duration and time inputs to window must be an integer, long or string literal.")
	}
	words := strings.Fields(text)
	if len(words) > 0 && strings.EqualFold(words[0], "interval") {
		words = words[1:]
	}
	var list []countedUnit
	for i := 0; i+1 < len(words); i += 2 {
		list = append(list, countedUnit{words[i], words[i+1]})
	}
	t, n, ok := intervalSum(list)
	switch {
	case !strings.ContainsAny(text, "0123456789"):
		return 0, analysisError("[CANNOT_PARSE_INTERVAL] Unable to parse '%s'. Please ensure that the value provided is in a valid format for "+
			"defining an interval.", text)
	case !ok || len(words)%2 != 0:
		return 0, unsupported("%s with the duration %q, which is no list of numbers and units,", name, text)
	case t.Kind == YearMonth && name == sessionCall:
		return 0, unsupported("session_window with a gap of months")
	case t.Kind == YearMonth:
		return 0, analysisError("[FAILED_FUNCTION_CALL] Failed preparing of the function %s for call. Please, double check function's "+
			"arguments.", backtick(name))
	}
	return n, nil
}

// typeSessionWindow types session_window(time, gap).
func typeSessionWindow(c *callTyping) error {
	if err := windowedTime(c); err != nil {
		return err
	}
	gap, err := windowLength(c.name, c.args[1])
	if err != nil {
		return err
	}
	if gap <= 0 || gap > math.MaxInt64/2 {
		return unsupported("session_window with a gap of %d microseconds", gap)
	}
	c.args[1] = litExpr(T(Long), gap)
	c.label, c.nullable = sessionCall, false
	return nil
}

// typeWindowTime types window_time(window), the last microsecond of a window.
func typeWindowTime(c *callTyping) error {
	t := c.args[0].Type
	if t.Kind != Struct || len(t.Fields) != 2 || t.Fields[0].Name != "start" || t.Fields[1].Name != "end" || !isMoment(t.Fields[1].Type) {
		return mismatch(c.label, 0, `("STRUCT<start: TIMESTAMP, end: TIMESTAMP>" or "STRUCT<start: TIMESTAMP_NTZ, end: TIMESTAMP_NTZ>")`, c.args[0])
	}
	c.typ = t.Fields[1].Type
	return nil
}

// timeWindowLabel is how Spark spells a window of time before it knows what it is; "" for a call of anything else.
func timeWindowLabel(name string, args []*Expr) string {
	if name != windowCall && name != sessionCall {
		return ""
	}
	c := &callTyping{name: name, args: append([]*Expr(nil), args...)}
	rule := timeWindowFunctions[name]
	if len(args) < rule.min || len(args) > rule.max || rule.typed(c) != nil {
		return ""
	}
	if name == sessionCall {
		return callLabel("sessionwindow", args, false)
	}
	return callLabel(name, c.args, false)
}

// placeWindow puts the window of time in a relation that was just made, a projection or a grouping, into the relation
// below. A window that stays in place is refused when it is emitted.
func (an *Analyser) placeWindow(rel *Rel) (*Rel, error) {
	asking := rel.Exprs
	if rel.Op == RelAggregate {
		asking = asking[:rel.Keys]
	}
	window, err := onlyWindow(asking)
	if window == nil || err != nil {
		return rel, err
	}
	if _, err := onlyWindow(rel.Exprs); err != nil {
		return nil, err
	}
	below, at, err := an.windowed(rel, window)
	if err != nil {
		return nil, err
	}
	rel.Inputs = []*Rel{below}
	rel.Exprs = rewriteAll(rel.Exprs, func(x *Expr) *Expr {
		if isTimeWindow(x) {
			return relabel(attrExpr(at), x.Label)
		}
		return nil
	})
	return rel, nil
}

// onlyWindow finds the one window of time that expressions have, nil for none.
func onlyWindow(list []*Expr) (window *Expr, err error) {
	for _, e := range list {
		e.Walk(func(x *Expr) bool {
			switch {
			case !isTimeWindow(x):
				return true
			case window != nil && window.key() != x.key():
				err = analysisError("Multiple time/session window expressions would result in a cartesian product of rows, therefore they are " +
					"currently not supported.")
			}
			window = x
			return false
		})
	}
	return window, err
}

// windowKey finds the window of time that rows are grouped by, which the select list may call by its name.
func (s *scope) windowKey(e plan.Expr) (*Expr, bool) {
	parts := splitName(e.Name)
	if s.timeWindow == nil || e.Frame != 0 || !strings.EqualFold(parts[0], s.timeWindow.Name) {
		return nil, false
	}
	out, err := fieldPath(s.timeWindow, parts[1:])
	return out, err == nil
}

// windowed is the relation below rel with the column of a window of time. Rows without a time are in none.
func (an *Analyser) windowed(rel *Rel, window *Expr) (*Rel, Attr, error) {
	in := rel.Inputs[0]
	at := an.newAttr(window.Name, window.Type, window.Nullable)
	if window.Name == windowCall && window.Args[1].Value != window.Args[2].Value {
		slides := &Expr{Op: OpCall, Name: "sliding_windows", Args: window.Args, Type: arrayOf(window.Type), Nullable: true}
		out := inherit(RelGenerate, in, withAttr(in.Out, at))
		out.Exprs = []*Expr{{Op: OpGen, Name: "explode", Args: []*Expr{slides}, Type: window.Type, Made: []Field{{Name: window.Name, Type: window.Type}}}}
		return out, at, nil
	}
	timed := inherit(RelFilter, in, in.Out)
	timed.Exprs = []*Expr{{Op: OpCall, Name: "isnotnull", Type: T(Boolean), Args: window.Args[:1]}}
	if window.Name == sessionCall && rel.Op == RelAggregate && slices.ContainsFunc(rel.Exprs[:rel.Keys], isTimeWindow) {
		if rel.Sets != nil {
			return nil, at, unsupported("session_window in rollup, cube or grouping sets")
		}
		return an.sessions(rel, timed, window, at)
	}
	value := &Expr{Op: OpCall, Name: "time_window", Args: window.Args, Type: window.Type}
	if window.Name == sessionCall {
		value = &Expr{Op: OpCall, Name: "session_between", Args: []*Expr{window.Args[0], window.Args[0], window.Args[1]}, Type: window.Type}
	}
	return projectMore(timed, []Attr{at}, []*Expr{value}), at, nil
}

// projectMore is a projection of all columns and some more.
func projectMore(in *Rel, attrs []Attr, exprs []*Expr) *Rel {
	out := inherit(RelProject, in, append(in.Out[:len(in.Out):len(in.Out)], attrs...))
	for _, a := range in.Out {
		out.Exprs = append(out.Exprs, attrExpr(a))
	}
	out.Exprs = append(out.Exprs, exprs...)
	return out
}

// sessions gives each row of a grouping its session among the rows of its other keys: rows in the order of time, as long as
// each is within the gap of the one before.
func (an *Analyser) sessions(rel, in *Rel, window *Expr, at Attr) (*Rel, Attr, error) {
	var partition []*Expr
	for _, k := range rel.Exprs[:rel.Keys] {
		if other, err := onlyWindow([]*Expr{k}); other != nil || err != nil {
			continue
		}
		partition = append(partition, k)
	}
	time, gap := window.Args[0], window.Args[1]
	order := []SortKey{{Expr: time}}
	before := &Expr{Op: OpWindow, Type: time.Type, Nullable: true, Window: &WindowSpec{Partition: partition, Order: order, Unit: "rows"},
		Args: []*Expr{{Op: OpCall, Name: "lag", Type: time.Type, Nullable: true, Args: []*Expr{time, litExpr(T(Int), int64(1)), litExpr(time.Type, nil)}}}}
	begins := an.newAttr("begins", T(Int), false)
	marked := projectMore(in, []Attr{begins}, []*Expr{{Op: OpCall, Name: "begins_session", Type: T(Int), Args: []*Expr{time, before, gap}}})

	aggregate := func(name string, arg *Expr, w *WindowSpec) *Expr {
		return &Expr{Op: OpWindow, Type: arg.Type, Nullable: true, Window: w, Args: []*Expr{{Op: OpAgg, Name: name, Type: arg.Type, Nullable: true, Args: []*Expr{arg}}}}
	}
	number := an.newAttr("number", T(Int), true)
	numbered := projectMore(marked, []Attr{number}, []*Expr{aggregate("sum", attrExpr(begins), &WindowSpec{Partition: partition, Order: order, Unit: "rows", End: new(int64)})})

	whole := &WindowSpec{Partition: append(partition[:len(partition):len(partition)], attrExpr(number)), Unit: "rows"}
	value := &Expr{Op: OpCall, Name: "session_between", Type: window.Type, Args: []*Expr{aggregate("min", time, whole), aggregate("max", time, whole), gap}}
	return projectMore(numbered, []Attr{at}, []*Expr{value}), at, nil
}
