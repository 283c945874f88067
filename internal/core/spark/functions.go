package spark

import (
	"sort"
	"strconv"
	"strings"

	"tenon/internal/plan"
)

// funcKind tells where a function may stand.
type funcKind int

// The kinds of functions.
const (
	kindScalar funcKind = iota
	kindAgg
	kindWindow
	kindGen
)

// function is how one function of Spark's is typed. Emission is the engine's affair; it knows functions by their
// canonical name, which is what Expr.Name holds.
type function struct {
	kind     funcKind
	min, max int // number of arguments; max -1 for any number
	// canonical is the name the engine knows, when this one is another spelling of it.
	canonical string
	// want are the types that arguments are cast to, one letter each; the last repeats: s string, i int, l bigint,
	// d double, b boolean, D date, T timestamp, B binary, a array, x as it is.
	want string
	// result is the type of the value when it does not depend on the arguments, else typed tells.
	result Type
	typed  func(c *callTyping) error
	// values is how many arguments of a higher-order function come before its lambdas; 0 for all other functions.
	values int
	// nullable tells that the value may be null even when no argument is; never that it is never null.
	nullable, never bool
}

// callTyping is a call while it is being typed: args are cast as the function's want says, and may be cast further.
type callTyping struct {
	name     string
	args     []*Expr
	label    string
	typ      Type
	nullable bool
	made     []Field // of a generator: the columns of the rows it makes
}

// call resolves a call of a function or operator.
func (s *scope) call(e plan.Expr) (*Expr, error) { return s.callIn(e, false) }

// callIn resolves a call; over tells that it stands before OVER.
func (s *scope) callIn(e plan.Expr, over bool) (*Expr, error) {
	name := strings.ToLower(e.Name)
	f, ok := functions[name]
	if p := s.an.Catalog.Function(e.Name); p != nil && !ok {
		return s.registeredCall(p, e, over)
	}
	if name == updateCall && len(e.Args) > 1 {
		return s.updateFields(e)
	}
	if f.values > 0 && !over {
		return s.higherOrder(name, f, e)
	}
	inner := s
	if ok && f.kind == kindAgg && !over && s.inAgg != nil {
		inner = s.inAgg
	}
	args, err := inner.arguments(name, e)
	if err != nil {
		return nil, err
	}
	label := s.earlyLabel(name, args)
	out, err := s.callOf(e, f, ok, args, over)
	if err != nil || label == "" {
		return out, err
	}
	if out.Op == OpAttr { // a column would go on under its own name
		out = &Expr{Op: OpCast, Type: out.Type, Nullable: out.Nullable, Args: []*Expr{out}}
	}
	return relabelled(out, label), nil
}

// callOf resolves a call of these arguments, of a function that is known or not.
func (s *scope) callOf(e plan.Expr, f function, ok bool, args []*Expr, over bool) (*Expr, error) {
	name := strings.ToLower(e.Name)
	if out, done, err := s.operator(name, args); done || err != nil {
		return out, err
	}
	if e.Filter != nil {
		return s.filteredCall(e, over)
	}
	if name == withinGroupName && len(args) == 2 {
		return typeWithinGroup(args)
	}
	if !ok {
		return nil, unknownFunction(name)
	}
	if f.kind == kindWindow && !over {
		return nil, analysisError("[WINDOW_FUNCTION_WITHOUT_OVER_CLAUSE] Window function %s() requires an OVER clause.", name)
	}
	if e.Distinct && f.kind != kindAgg {
		return nil, analysisError("[INVALID_SQL_SYNTAX.FUNCTION_WITH_UNSUPPORTED_SYNTAX] The function %s does not support "+
			"DISTINCT.", backtick(name))
	}
	if len(args) < f.min || f.max >= 0 && len(args) > f.max {
		return nil, wrongArity(name, f, len(args))
	}
	if f.kind == kindAgg {
		if err := aggregatesRows(args, callLabel(name, args, e.Distinct)); err != nil {
			return nil, err
		}
	}
	if f.kind == kindAgg && !over {
		for _, a := range args {
			if containsAgg(a) {
				return nil, analysisError("[NESTED_AGGREGATE_FUNCTION] It is not allowed to use an aggregate function in the " +
					"argument of another aggregate function. Please use the inner aggregate function in a sub-query.")
			}
		}
	}
	out, err := typeCall(name, f, args, e.Distinct)
	if err != nil {
		return nil, err
	}
	return s.an.ofTexts(s.an.seeded(out))
}

// filteredCall resolves an aggregate with FILTER (WHERE ...).
func (s *scope) filteredCall(e plan.Expr, over bool) (*Expr, error) {
	inner := s
	if s.inAgg != nil && !over {
		inner = s.inAgg
	}
	cond, err := inner.expr(*e.Filter)
	if err != nil {
		return nil, err
	}
	if cond, err = s.an.condition(cond); err != nil {
		return nil, err
	}
	e.Filter = nil
	out, err := s.callIn(e, over)
	if err != nil {
		return nil, err
	}
	if out.Op != OpAgg {
		return nil, analysisError("[INVALID_SQL_SYNTAX.FUNCTION_WITH_UNSUPPORTED_SYNTAX] The function %s does not support FILTER clause.",
			backtick(e.Name))
	}
	out.Filter, out.Label = cond, out.Label+" FILTER (WHERE "+cond.Label+")"
	return out, nil
}

// arguments resolves the arguments of a call; count(*) is count(1), and a star elsewhere is all columns.
func (s *scope) arguments(name string, e plan.Expr) ([]*Expr, error) {
	var out []*Expr
	for _, a := range e.Args {
		if a.Kind == plan.ExprLambda {
			return nil, misplacedLambda(name)
		}
		if a.Kind == plan.ExprStar {
			if name == "count" && len(e.Args) == 1 && a.Name == "" && !e.Distinct {
				return []*Expr{litExpr(T(Int), int64(1))}, nil
			}
			columns, err := s.star(a)
			if err != nil {
				return nil, err
			}
			for _, c := range columns {
				if c.expr.Op == OpField {
					copied := *c.expr
					copied.Label += " AS " + c.name
					c.expr = &copied
				}
				out = append(out, c.expr)
			}
			continue
		}
		x, err := s.expr(a)
		if err != nil {
			return nil, err
		}
		if a.Kind == plan.ExprAlias && name == "struct" {
			x = &Expr{Op: OpCall, Name: structAlias, Args: []*Expr{x}, Type: x.Type, Nullable: x.Nullable, Label: x.Label, Value: a.Name}
		}
		if containsGen := Contains(x, OpGen); containsGen {
			return nil, analysisError("[UNSUPPORTED_GENERATOR.NESTED_IN_EXPRESSIONS] The generator is not supported: nested in "+
				"expressions \"%s\".", x.Label)
		}
		out = append(out, x)
	}
	return out, nil
}

// structAlias is the name of the call that wraps an argument of struct() while the struct is being typed; its Value is
// the member's name.
const structAlias = "struct alias"

// typeCall casts the arguments of a call and gives it its type.
func typeCall(name string, f function, args []*Expr, distinct bool) (*Expr, error) {
	c := &callTyping{name: name, args: args, label: callLabel(name, args, distinct), typ: f.result, nullable: f.nullable}
	for i, a := range args {
		c.nullable = c.nullable || a.Nullable
		if f.want == "" {
			continue
		}
		cast, err := wanted(c, i, f.want[min(i, len(f.want)-1)])
		if err != nil {
			return nil, err
		}
		c.nullable = c.nullable || cast.Nullable
		c.args[i] = cast
	}
	if f.typed != nil {
		if err := f.typed(c); err != nil {
			return nil, err
		}
	}
	op := OpCall
	switch f.kind {
	case kindAgg:
		op = OpAgg
	case kindGen:
		op = OpGen
	}
	canonical := name
	if f.canonical != "" {
		canonical = f.canonical
	}
	return &Expr{Op: op, Name: canonical, Args: c.args, Type: c.typ, Nullable: c.nullable && !f.never, Label: c.label,
		Distinct: distinct, Made: c.made}, nil
}

// letterTypes are the types that the letters of function.want stand for, with Spark's word for them in errors.
var letterTypes = map[byte]struct {
	t    Type
	word string
}{
	's': {T(String), `"STRING"`}, 'i': {T(Int), `"INT"`}, 'l': {T(Long), `"BIGINT"`}, 'd': {T(Double), `"DOUBLE"`},
	'b': {T(Boolean), `"BOOLEAN"`}, 'D': {T(Date), `"DATE"`}, 'T': {T(Timestamp), `"TIMESTAMP"`}, 'B': {T(Binary), `"BINARY"`},
	'I': {T(Int), `("INT" or "SMALLINT" or "TINYINT")`}, 'n': {Type{}, `"NUMERIC" or "ANSI INTERVAL"`}, 'a': {Type{}, `"ARRAY"`},
}

// wanted casts argument i to the type of a letter, where Spark casts implicitly.
func wanted(c *callTyping, i int, letter byte) (*Expr, error) {
	a, l := c.args[i], letterTypes[letter]
	if a.Op == OpCall && a.Name == structAlias && c.name != "struct" {
		a = a.Args[0]
	}
	fail := func() (*Expr, error) { return nil, mismatch(c.label, i, l.word, a) }
	from := a.Type
	if from.Kind == Null && letter != 'x' && letter != 'a' && letter != 'n' {
		return implicitCast(a, l.t), nil
	}
	switch letter {
	case 'x':
		return a, nil
	case 'a':
		if from.Kind != Array {
			return fail()
		}
		return a, nil
	case 'n':
		switch {
		case isNumeric(from):
			return a, nil
		case from.Kind == String || from.Kind == Null:
			return implicitCast(a, T(Double)), nil
		case from.IsInterval() && overIntervals[c.name]:
			return a, nil
		}
		return fail()
	case 's':
		if !isAtomic(from) {
			return fail()
		}
	case 'i', 'l', 'd':
		if !isNumeric(from) && from.Kind != String {
			return fail()
		}
	case 'I':
		text := from.Kind == String && Constant(&Rel{Op: RelOneRow}, a)
		if !text && from.Kind != Int && from.Kind != Short && from.Kind != Byte {
			return fail()
		}
		if !text || a.Op != OpLit {
			break
		}
		digits, _ := a.Value.(string)
		if _, err := strconv.ParseInt(strings.TrimSpace(digits), 10, 32); err != nil {
			return nil, analysisError("[SECOND_FUNCTION_ARGUMENT_NOT_INTEGER] "+
				"The second argument of \"%s\" function needs to be an integer.", c.name)
		}
	case 'b':
		if from.Kind != Boolean && (c.name == "and" || c.name == "or") && !c.args[0].Type.Equal(c.args[1].Type) {
			return nil, differ(c.label, c.args[0], c.args[1])
		}
		if from.Kind != Boolean {
			return fail()
		}
	case 'D', 'T':
		if !isMoment(from) && from.Kind != String {
			return fail()
		}
	case 'B':
		if from.Kind != Binary && from.Kind != String {
			return fail()
		}
	}
	return implicitCast(a, l.t), nil
}

// wrongArity is the error for a wrong number of arguments.
func wrongArity(name string, f function, got int) error {
	want := itoa(f.min)
	switch {
	case f.max < 0:
		want = "> " + itoa(f.min-1)
	case f.max != f.min:
		parts := []string{}
		for n := f.min; n <= f.max; n++ {
			parts = append(parts, itoa(n))
		}
		want = "[" + strings.Join(parts, ", ") + "]"
	}
	return analysisError("[WRONG_NUM_ARGS.WITHOUT_SUGGESTION] The %s requires %s parameters but the actual number is %d. "+
		"Please, refer to 'https://spark.apache.org/docs/latest/sql-ref-functions.html' for a fix.", backtick(name), want, got)
}

// unknownFunction is the error for a name that Tenon does not know: unsupported when Spark has it.
func unknownFunction(name string) error {
	if isSparkOnly(name) {
		return unsupported("the function %s", name)
	}
	return analysisError("[UNRESOLVED_ROUTINE] Cannot resolve function %s on search path [`system`.`builtin`, "+
		"`system`.`session`, `spark_catalog`.`default`].", backtick(name))
}

// operator resolves what is not typed by the function table: operators, field access and type names used as functions.
// done is false for everything else.
func (s *scope) operator(name string, args []*Expr) (out *Expr, done bool, err error) {
	if out, done, err := likeOperator(name, args); done {
		return out, true, err
	}
	n := len(args)
	if name == "not" && n == 1 && Contains(args[0], OpQuery) && args[0].Type.Kind == Boolean {
		return negateIn(args[0]), true, nil
	}
	if out := isFalse(name, args); out != nil {
		return out, true, nil
	}
	switch name {
	case "+", "-", "*", "/", "%", "div":
		if n == 2 {
			out, err = arithmetic(name, args[0], args[1])
			return out, true, err
		}
	case "mod":
		if n == 2 {
			if out, err = arithmetic("%", args[0], args[1]); err == nil {
				copied := *out
				copied.Label = "mod(" + args[0].Label + ", " + args[1].Label + ")"
				out = &copied
			}
			return out, true, err
		}
	case "=", "==", "<", "<=", ">", ">=", "<=>":
		if n == 2 {
			if name == "==" {
				name = "="
			}
			out, err = compare(name, args[0], args[1])
			return out, true, err
		}
	case "!=", "<>":
		if n == 2 {
			out, err = compare("=", args[0], args[1])
			if err == nil {
				out = negate(out)
			}
			return out, true, err
		}
	case "between":
		if n == 3 {
			out, err = between(args)
			return out, true, err
		}
	case "extract", "date_part", "datepart":
		if n == 2 {
			out, err = extractPart(name, args[0], args[1])
			return out, true, err
		}
	case "getfield", "getitem":
		if n == 2 {
			out, err = extract(args[0], args[1])
			return out, true, err
		}
	}
	if t, ok := castFunctions[name]; ok && n == 1 {
		out, err = explicitCast(args[0], t, "CAST")
		if err == nil {
			out.Label = args[0].Label // such a cast is invisible in names
		}
		return out, true, err
	}
	return nil, false, nil
}

// castFunctions are the types whose name is also a function that casts.
var castFunctions = map[string]Type{
	"boolean": T(Boolean), "tinyint": T(Byte), "smallint": T(Short), "int": T(Int), "bigint": T(Long), "float": T(Float),
	"double": T(Double), "string": T(String), "binary": T(Binary), "date": T(Date), "timestamp": T(Timestamp),
	"decimal": decimalType(10, 0),
}

// negate is NOT e.
func negate(e *Expr) *Expr {
	return &Expr{Op: OpCall, Name: "not", Type: T(Boolean), Nullable: e.Nullable, Label: "(NOT " + e.Label + ")", Args: []*Expr{e}}
}

// between is low <= e AND e <= high, as Spark expands it.
func between(args []*Expr) (*Expr, error) {
	low, err := compare(">=", args[0], args[1])
	if err != nil {
		return nil, err
	}
	high, err := compare("<=", args[0], args[2])
	if err != nil {
		return nil, err
	}
	return &Expr{Op: OpCall, Name: "and", Type: T(Boolean), Nullable: low.Nullable || high.Nullable,
		Label: "(" + low.Label + " AND " + high.Label + ")", Args: []*Expr{low, high}}, nil
}

// extract is e[key] and e.getField(name).
func extract(e, key *Expr) (*Expr, error) {
	switch {
	case e.Type.Kind == Struct || e.Type.Kind == Array && e.Type.Elem.Kind == Struct && key.Type.Kind == String:
		name, ok := key.Value.(string)
		if key.Op != OpLit || !ok {
			return nil, analysisError("[INVALID_EXTRACT_FIELD] Cannot extract \"%s\" from \"%s\".", key.Label, e.Label)
		}
		return field(e, name)
	case e.Type.Kind == Array:
		if !isIntegral(key.Type) && key.Type.Kind != String {
			return nil, mismatch(e.Label+"["+key.Label+"]", 1, `"INTEGRAL"`, key)
		}
		return &Expr{Op: OpCall, Name: "getitem", Args: []*Expr{e, implicitCast(key, T(Int))}, Type: *e.Type.Elem,
			Nullable: itemNullable(e, key, 0), Label: e.Label + "[" + key.Label + "]"}, nil
	case e.Type.Kind == Map:
		return &Expr{Op: OpCall, Name: "getitem", Args: []*Expr{e, implicitCast(key, *e.Type.Key)}, Type: *e.Type.Elem,
			Nullable: true, Label: e.Label + "[" + key.Label + "]"}, nil
	default:
		return field(e, key.Label) // says that e has no parts
	}
}

// FunctionNames lists the functions that the analyser types, in order.
func FunctionNames() []string {
	out := make([]string, 0, len(functions))
	for name := range functions {
		out = append(out, name)
	}
	sort.Strings(out)
	return out
}
