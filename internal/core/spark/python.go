package spark

import (
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
	return &Expr{Op: OpPython, Name: name, Args: args, Type: t, Nullable: true, Function: f,
		Label: name + "(" + strings.Join(labels, ", ") + ")"}, nil
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
