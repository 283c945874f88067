package spark

import (
	"fmt"
	"slices"
	"strings"

	"tenon/internal/plan"
)

// pythonCall resolves a call of a Python function. Its value may always be null, and its type is the declared one.
func (s *scope) pythonCall(name string, f *plan.Function, list []plan.Expr) (*Expr, error) {
	if f == nil {
		return nil, analysisError("a call of the Python function %s does not say which it is", name)
	}
	t, err := ParseType(f.Type)
	if err != nil {
		return nil, err
	}
	args, err := s.arguments(name, plan.Expr{Args: list})
	if err != nil {
		return nil, err
	}
	for _, a := range args {
		if severalTypes(a.Type) {
			return nil, unsupported("a Python function over %s, which has several types,", a.Label)
		}
	}
	labels := make([]string, len(args))
	for i, a := range args {
		labels[i] = spelled(a)
	}
	call := &Expr{Op: OpPython, Name: name, Args: args, Type: t, Nullable: true, Function: f,
		Label: name + "(" + strings.Join(labels, ", ") + ")"}
	if f.Kind == plan.FunctionAggregate {
		return gathered(call)
	}
	return chained(call), nil
}

// chained puts a call over the value of another of its kind into one: what the inner function gives goes to the outer one
// as it is, as Spark has it, and not by way of the inner one's type.
func chained(call *Expr) *Expr {
	if len(call.Args) != 1 || !chains(call.Function, call.Args[0]) {
		return call
	}
	return through(call, call.Args[0])
}

// chains reports whether a function over the value of e runs together with it.
func chains(f *plan.Function, e *Expr) bool {
	apart := f.Kind == plan.FunctionAggregate || f.Kind == plan.FunctionCells || f.Over != 0
	return !apart && e.Op == OpPython && e.Function.Kind == f.Kind && e.Function.Over == 0 && e.Function.Process == f.Process
}

// through is the call over the arguments of inner, by way of inner's function.
func through(call, inner *Expr) *Expr {
	out, f := *call, *call.Function
	f.Chain = append(append(append([]int64(nil), inner.Function.Chain...), inner.Function.Number), call.Function.Chain...)
	f.Volatile = f.Volatile || inner.Function.Volatile
	out.Function, out.Args = &f, inner.Args
	return &out
}

// gathered is the call of a function over the rows of a group: over a list of structs of its arguments.
func gathered(call *Expr) (*Expr, error) {
	if len(call.Args) == 0 {
		return nil, unsupported("the Python function %s over groups, without arguments,", call.Name)
	}
	if slices.ContainsFunc(call.Args, containsAgg) {
		return nil, analysisError("[NESTED_AGGREGATE_FUNCTION] It is not allowed to use an aggregate function in the argument of another " +
			"aggregate function. Please use the inner aggregate function in a sub-query.")
	}
	row := &Expr{Op: OpCall, Name: "struct", Label: "struct"}
	row.Type.Kind = Struct
	for i, a := range call.Args {
		name := fmt.Sprintf("_%d", i)
		row.Args = append(row.Args, a)
		row.Type.Fields = append(row.Type.Fields, Field{Name: name, Type: a.Type, Nullable: a.Nullable})
	}
	rows := &Expr{Op: OpAgg, Name: "collect_list", Args: []*Expr{row}, Label: "collect_list"}
	rows.Type = Type{Kind: Array, Elem: &row.Type}
	call.Args = []*Expr{rows}
	return call, nil
}

// gathersRows reports whether outputs of a grouping call Python functions over the rows of groups. Spark has them beside
// no other aggregate.
func gathersRows(outputs []named, sets [][]int) (bool, error) {
	name, other := "", false
	for _, o := range outputs {
		o.expr.Walk(func(x *Expr) bool {
			switch {
			case x.Op == OpPython && x.Function.Kind == plan.FunctionAggregate:
				name = x.Name
				return false
			case x.Op == OpWindow:
				return false
			}
			other = other || x.Op == OpAgg
			return true
		})
	}
	switch {
	case name != "" && other:
		return false, analysisError("[INVALID_PANDAS_UDF_PLACEMENT] The group aggregate pandas UDF `%s` cannot be invoked together with as "+
			"other, non-pandas aggregate functions.", name)
	case name != "" && sets != nil:
		return false, unsupported("the Python function %s over groups of a rollup, cube or grouping sets", name)
	}
	return name != "", nil
}

// unlessEmpty is the one group of all rows, or no group where there are no rows: a Python function is not called then.
func (g *grouping) unlessEmpty() *Rel {
	count := &Expr{Op: OpAgg, Name: "count", Type: T(Long), Args: []*Expr{litExpr(T(Int), int64(1))}, Label: "count(1)"}
	a := g.an.newAttr("count", count.Type, false)
	g.rel.Exprs, g.rel.Out = append(g.rel.Exprs, count), append(g.rel.Out, a)
	out := inherit(RelFilter, g.rel, nil)
	out.Exprs = []*Expr{{Op: OpCall, Name: ">", Type: T(Boolean), Args: []*Expr{attrExpr(a), litExpr(T(Long), int64(0))}}}
	return out
}

// pythonWindow is the call of a function over the rows of a window: one over all rows, which gets before its arguments
// the number of each row's partition, the row's place in it, how many rows its frame has (-1: the whole partition), and
// at which row of the partition the frame ends.
func pythonWindow(call *Expr, w *WindowSpec) (*Expr, error) {
	if call.Function.Over == 0 {
		return nil, unsupported("the Python function %s over a window", call.Name)
	}
	current := new(int64)
	over := func(f *Expr, spec WindowSpec) *Expr {
		return &Expr{Op: OpWindow, Type: f.Type, Args: []*Expr{f}, Window: &spec, Label: f.Name}
	}
	number := func(name string) *Expr { return &Expr{Op: OpCall, Name: name, Type: T(Int), Label: name} }
	count := func() *Expr {
		return &Expr{Op: OpAgg, Name: "count", Type: T(Long), Args: []*Expr{litExpr(T(Int), int64(1))}, Label: "count"}
	}
	whole := w.Start == nil && w.End == nil
	args := []*Expr{litExpr(T(Int), int64(0)), litExpr(T(Int), int64(0)), litExpr(T(Int), int64(-1)), litExpr(T(Int), int64(0))}
	if len(w.Partition) > 0 {
		by := WindowSpec{Unit: "rows", End: current}
		for _, p := range w.Partition {
			by.Order = append(by.Order, SortKey{Expr: p})
		}
		args[0] = over(number("dense_rank"), by)
	}
	if len(w.Order) > 0 {
		args[1] = over(number("row_number"), WindowSpec{Partition: w.Partition, Order: w.Order, Unit: "rows", End: current})
	}
	if !whole {
		args[2] = over(count(), WindowSpec{Partition: w.Partition, Order: w.Order, Unit: w.Unit, Start: w.Start, End: w.End})
		args[3] = over(count(), WindowSpec{Partition: w.Partition, Order: w.Order, Unit: w.Unit, End: w.End})
	}
	f := *call.Function
	f.Kind, f.Number = plan.FunctionBatches, f.Over
	return &Expr{Op: OpPython, Name: call.Name, Args: append(args, call.Args[0].Args[0].Args...), Type: call.Type, Nullable: true,
		Function: &f, Label: call.Label + " OVER " + w.label()}, nil
}

// spelledWords are the functions whose name toString writes in another way.
var spelledWords = map[string]string{"startswith": "StartsWith", "endswith": "EndsWith", "contains": "Contains"}

// spelled is the label of an argument of a Python function, which Spark writes by toString where it writes all others as
// SQL: cast(a as int), isnull(a), NOT a, a IN (1,2).
func spelled(e *Expr) string {
	label := e.Label
	parts := make([]string, len(e.Args))
	for i, a := range e.Args {
		parts[i] = spelled(a)
		if a.Label != "" {
			label = strings.Replace(label, a.Label, parts[i], 1)
		}
	}
	switch {
	case e.Op == OpLit && (e.Type.Kind == Date || e.Type.Kind == Timestamp):
		return strings.Trim(strings.TrimPrefix(label, e.Type.sqlName()+" "), "'")
	case e.Op == OpAgg && e.Distinct:
		return strings.Replace(label, "(DISTINCT ", "(distinct ", 1)
	case e.Op == OpCall && e.Name == "negative" && strings.HasPrefix(label, "(- "):
		return "-" + parts[0]
	case e.Op == OpCall && e.Name == "size":
		return "size(" + parts[0] + ", true)"
	case e.Op == OpCall && spelledWords[e.Name] != "":
		return spelledWords[e.Name] + strings.TrimPrefix(label, e.Name)
	case e.Op == OpCast && strings.HasPrefix(e.Label, "CAST("):
		return "cast(" + parts[0] + " as " + e.Type.String() + ")"
	case e.Op == OpCall && e.Name == "isnull" || e.Op == OpCall && e.Name == "isnotnull":
		return e.Name + "(" + parts[0] + ")"
	case e.Op == OpCall && e.Name == "not":
		return "NOT " + parts[0]
	case e.Op == OpCall && e.Name == "in":
		return parts[0] + " IN (" + strings.Join(parts[1:], ",") + ")"
	}
	return label
}

// registeredCall resolves a call in SQL of a function that the script has registered.
func (s *scope) registeredCall(f *plan.Function, e plan.Expr, over bool) (*Expr, error) {
	if over || e.Distinct || e.Filter != nil {
		return nil, unsupported("the Python function %s with OVER, DISTINCT or FILTER", e.Name)
	}
	return s.pythonCall(e.Name, f, e.Args)
}

// severalTypes reports whether a value of several types is in t.
func severalTypes(t Type) bool {
	if t.Kind == Choice || t.Elem != nil && severalTypes(*t.Elem) {
		return true
	}
	for _, f := range t.Fields {
		if severalTypes(f.Type) {
			return true
		}
	}
	return false
}

// operatorWords are the operators that the API calls by a name.
const operatorWords = " div mod extract date_part datepart getfield getitem between "

// KnownFunction reports whether SQL means something of Spark's own by a function's name, case aside.
func KnownFunction(name string) bool {
	name = strings.ToLower(name)
	_, cast := castFunctions[name]
	_, known := functions[name]
	return known || cast || isSparkOnly(name) || strings.Contains(operatorWords, " "+name+" ")
}
