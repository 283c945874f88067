package spark

import (
	"bytes"
	"encoding/json"
	"sort"
	"strings"

	"tenon/internal/plan"
)

// maxExprDepth bounds the nesting of an expression that a script sends.
const maxExprDepth = 400

// scope is where the names of an expression are looked up.
type scope struct {
	an     *Analyser
	attrs  []Attr  // what plain names can mean
	rels   []*Rel  // the inputs, for references by frame; two in a join condition
	depth  int     // of the expression being resolved
	joined *joined // in the condition of a join with shared columns
	// hidden gives attributes that are not among attrs but may be used all the same: ORDER BY and filter may use what
	// the projection below them left out.
	hidden func(plan.Expr) (*Expr, bool)
	// timeWindow is the window of time that a query groups by, nil for none.
	timeWindow *Expr
	// inAgg, when set, is where the arguments of aggregate functions are looked up: HAVING and ORDER BY see the select
	// list, but what they aggregate is what was grouped.
	inAgg *scope
	vars  []lambdaVar // in the body of a lambda: its parameters, and those of the lambdas around it
	// named tells that a column which is cast several times keeps its name, as in the select of a DataFrame.
	named bool
	early early // how names are made of expressions
}

// scopeOf looks names up in the output of rels.
func (an *Analyser) scopeOf(rels ...*Rel) *scope {
	s := &scope{an: an, rels: rels}
	for _, r := range rels {
		s.attrs = append(s.attrs, r.Out...)
	}
	return s
}

// expr resolves an expression that is one value.
func (s *scope) expr(e plan.Expr) (*Expr, error) {
	if s.depth++; s.depth > maxExprDepth {
		return nil, analysisError("an expression nests deeper than %d levels", maxExprDepth)
	}
	defer func() { s.depth-- }()
	switch e.Kind {
	case plan.ExprColumn:
		return s.column(e)
	case plan.ExprLit:
		return literalOf(e)
	case plan.ExprCall:
		if x, done, err := s.selfEqual(e); done {
			return x, err
		}
		return s.call(e)
	case plan.ExprPython:
		return s.pythonCall(e.Name, e.Function, e.Args)
	case plan.ExprCast:
		return s.cast(e)
	case plan.ExprCase:
		return s.caseExpr(e)
	case plan.ExprWindow:
		return s.window(e)
	case plan.ExprQuery:
		return s.subquery(e)
	case plan.ExprSQL:
		parsed, err := ParseExpr(e.Text)
		if err != nil {
			return nil, err
		}
		if before := s.early; before == earlyCall {
			s.early = earlyText
			defer func() { s.early = before }()
		}
		return s.expr(parsed)
	case plan.ExprAlias: // an alias inside of an expression changes names alone
		if len(e.Args) != 1 {
			return nil, analysisError("an alias needs one expression")
		}
		x, err := s.expr(e.Args[0])
		if err != nil || e.Name == "" {
			return x, err
		}
		return aliased(x, e.Name), nil
	case plan.ExprLambda:
		return nil, misplacedLambda("")
	case plan.ExprVar:
		if v := s.variable(e.Name, true); v != nil {
			return v, nil
		}
		return nil, analysisError("a parameter of a lambda function stands outside of it")
	case plan.ExprStar:
		return nil, analysisError("[INVALID_USAGE_OF_STAR_OR_REGEX] Invalid usage of '*' in expression.")
	default:
		return nil, analysisError("an expression of kind %q cannot stand here", e.Kind)
	}
}

// exprs resolves a list.
func (s *scope) exprs(list []plan.Expr) ([]*Expr, error) {
	out := make([]*Expr, len(list))
	for i, e := range list {
		var err error
		if out[i], err = s.expr(e); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// column resolves a name, or a reference to a frame's column.
func (s *scope) column(e plan.Expr) (*Expr, error) {
	if e.Frame != 0 {
		x, err := s.frameColumn(e)
		if err == nil && x.Op == OpField && s.depth > 1 { // inside of an expression, df["s.a"] has a name
			x = aliased(x, x.Name)
		}
		return x, err
	}
	parts := splitName(e.Name)
	if v := s.variable(parts[0], false); v != nil {
		return fieldPath(v, parts[1:])
	}
	found, rest := s.lookup(parts)
	switch len(found) {
	case 1:
		a := found[0]
		a.Name = parts[len(parts)-len(rest)-1] // as the script wrote it
		x, err := fieldPath(attrExpr(a), rest)
		if err == nil && s.early != earlyNot {
			x = relabelled(x, writtenName(parts))
		}
		return x, err
	case 0:
		if m, rest, ok := s.metadata(parts); ok {
			return fieldPath(m, rest)
		}
		if s.hidden != nil {
			if h, ok := s.hidden(e); ok {
				return h, nil
			}
		}
		if s.an.outer != nil {
			return s.an.outerColumn(e)
		}
		return nil, unresolved(e.Name, s.attrs)
	default:
		return nil, ambiguous(parts[0:len(parts)-len(rest)], found)
	}
}

// lookup finds the attributes that a dotted name can mean, and the parts of it that are members of a struct. A
// qualifier goes before a column of the same name.
func (s *scope) lookup(parts []string) (found []Attr, rest []string) {
	if len(parts) > 1 {
		for _, a := range s.attrs {
			if a.Qualifier != "" && strings.EqualFold(a.Qualifier, parts[0]) && strings.EqualFold(a.Name, parts[1]) {
				found = addAttr(found, a)
			}
		}
		if len(found) > 0 {
			return found, parts[2:]
		}
	}
	for _, a := range s.attrs {
		if strings.EqualFold(a.Name, parts[0]) {
			found = addAttr(found, a)
		}
	}
	return found, parts[1:]
}

// addAttr appends a unless the same attribute is there: a column selected twice is not ambiguous.
func addAttr(list []Attr, a Attr) []Attr {
	for _, b := range list {
		if b.ID == a.ID {
			return list
		}
	}
	return append(list, a)
}

// ambiguous is the error for a name that means several columns.
func ambiguous(parts []string, found []Attr) error {
	quoted := make([]string, len(parts))
	for i, p := range parts {
		quoted[i] = backtick(p)
	}
	names := make([]string, len(found))
	for i, a := range found {
		names[i] = backtick(a.Name)
		if a.Qualifier != "" {
			names[i] = backtick(a.Qualifier) + "." + names[i]
		}
	}
	sort.Strings(names)
	return analysisError("[AMBIGUOUS_REFERENCE] Reference %s is ambiguous, could be: [%s].", strings.Join(quoted, "."),
		strings.Join(names, ", "))
}

// frameColumn resolves df["a"]: the attribute of that frame, wherever it stands in the inputs.
func (s *scope) frameColumn(e plan.Expr) (*Expr, error) {
	rel, err := s.an.Catalog.Frame(e.Frame)
	if err != nil {
		return nil, err
	}
	own := s.an.scopeOf(rel)
	target, err := own.column(plan.Expr{Kind: plan.ExprColumn, Name: e.Name})
	if err != nil {
		return nil, err
	}
	attr := target
	for attr.Op != OpAttr {
		if len(attr.Args) == 0 { // the hidden column _metadata
			return s.column(plan.Expr{Kind: plan.ExprColumn, Name: e.Name})
		}
		attr = attr.Args[0]
	}
	meant := attr.Attr
	if s.joined != nil {
		if twin, ok := s.joined.twins[meant.ID]; ok {
			meant = twin
			target = target.rewrite(func(x *Expr) *Expr {
				if x.Op == OpAttr {
					return relabelled(attrExpr(twin), x.Label)
				}
				return nil
			})
		}
	}
	if (s.joined == nil || !s.joined.excused) && s.sharedColumn(rel, attr.Attr.ID, meant.ID) {
		return nil, ambiguousFrame(meant)
	}
	for _, a := range s.attrs {
		if a.ID == meant.ID {
			return target, nil
		}
	}
	if s.hidden != nil {
		if h, ok := s.hidden(e); ok {
			return h, nil
		}
	}
	return nil, s.missingAttr(meant.Name)
}

// missingAttr is the error for a reference by a frame whose column is not among what s can use.
func (s *scope) missingAttr(name string) error {
	names := make([]string, len(s.attrs))
	namesake := false
	for i, a := range s.attrs {
		names[i] = "\"" + a.Name + "\""
		namesake = namesake || a.Name == name
	}
	class, advice := "RESOLVED_ATTRIBUTE_MISSING_FROM_INPUT", ""
	if namesake {
		class = "RESOLVED_ATTRIBUTE_APPEAR_IN_OPERATION"
		advice = " Attribute(s) with the same name appear in the operation: \"" + name + "\".\nPlease check if the right attribute(s) are used."
	}
	return analysisError("[MISSING_ATTRIBUTES.%s] Resolved attribute(s) \"%s\" missing from %s in operator.%s", class, name,
		strings.Join(names, ", "), advice)
}

// ambiguousFrame is the error for a reference by a frame that stands on both sides of a join.
func ambiguousFrame(a Attr) error {
	return analysisError("Column %s#%d are ambiguous. It's probably because you joined several Datasets together, and some of "+
		"these Datasets are the same. This column points to one of the Datasets but Spark is unable to figure out which one. "+
		"Please alias the Datasets with different names via `Dataset.as` before joining them, and specify the column using "+
		"qualified name, e.g. `df.as(\"a\").join(df.as(\"b\"), $\"a.id\" > $\"b.id\")`.", a.Name, a.ID)
}

// fieldPath follows the members of structs that a name goes on with.
func fieldPath(e *Expr, path []string) (*Expr, error) {
	for _, name := range path {
		var err error
		if e, err = field(e, name); err != nil {
			return nil, err
		}
	}
	return e, nil
}

// listLabel names an array of which a member is taken: there Spark shows a cast, which is invisible elsewhere.
func listLabel(e *Expr) string {
	if e.Op == OpCast {
		return "cast(" + e.Args[0].Label + " as " + e.Type.String() + ")"
	}
	return e.Label
}

// field is the member of a struct, or the members of all structs in an array, or the value of a map's key.
func field(e *Expr, name string) (*Expr, error) {
	label := e.Label + "." + name
	switch {
	case e.Type.Kind == Struct:
		f, err := member(e.Type, name)
		if err != nil {
			return nil, err
		}
		return &Expr{Op: OpField, Name: f.Name, Args: []*Expr{e}, Type: f.Type, Nullable: e.Nullable || f.Nullable,
			Label: label}, nil
	case e.Type.Kind == Array && e.Type.Elem.Kind == Struct:
		f, err := member(*e.Type.Elem, name)
		if err != nil {
			return nil, err
		}
		return &Expr{Op: OpField, Name: f.Name, Args: []*Expr{e}, Type: listOf(f.Type, f.Nullable || !e.Type.NoNulls),
			Nullable: e.Nullable, Label: listLabel(e) + "." + name}, nil
	case e.Type.Kind == Map:
		return &Expr{Op: OpCall, Name: "getitem", Args: []*Expr{e, implicitCast(litExpr(T(String), name), *e.Type.Key)},
			Type: *e.Type.Elem, Nullable: true, Label: e.Label + "[" + name + "]"}, nil
	default:
		return nil, analysisError("[INVALID_EXTRACT_BASE_FIELD_TYPE] Can't extract a value from \"%s\". Need a complex type "+
			"[STRUCT, ARRAY, MAP] but got \"%s\".", e.Label, e.Type.sqlName())
	}
}

// member finds a struct's member by name, case aside.
func member(t Type, name string) (Field, error) {
	var found []Field
	names := make([]string, len(t.Fields))
	for i, f := range t.Fields {
		names[i] = backtick(f.Name)
		if strings.EqualFold(f.Name, name) {
			found = append(found, f)
		}
	}
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		return Field{}, analysisError("[FIELD_NOT_FOUND] No such struct field %s in %s.", backtick(name),
			strings.Join(names, ", "))
	default:
		return Field{}, analysisError("[AMBIGUOUS_REFERENCE_TO_FIELDS] Ambiguous reference to the field %s. It appears %d "+
			"times in the schema.", backtick(name), len(found))
	}
}

// literalOf reads a literal's value. Whole numbers stay exact; doubles may be the strings NaN and Infinity.
func literalOf(e plan.Expr) (*Expr, error) {
	t, err := ParseType(e.Type)
	if err != nil {
		return nil, err
	}
	if len(e.Value) == 0 || string(e.Value) == "null" {
		return litExpr(t, nil), nil
	}
	bad := func() (*Expr, error) { return nil, analysisError("the literal %s is no %s", e.Value, t) }
	dec := json.NewDecoder(bytes.NewReader(e.Value))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		return bad()
	}
	switch v := v.(type) {
	case bool:
		if t.Kind == Boolean {
			return litExpr(t, v), nil
		}
	case json.Number:
		if isIntegral(t) || t.IsInterval() {
			if n, err := v.Int64(); err == nil {
				return litExpr(t, n), nil
			}
		}
		if t.Kind == Double || t.Kind == Float {
			if f, err := v.Float64(); err == nil {
				return litExpr(t, f), nil
			}
		}
		if t.Kind == Decimal {
			return litExpr(t, v.String()), nil
		}
	case string:
		switch t.Kind {
		case Double, Float:
			if f, ok := specialDouble(v); ok {
				return litExpr(t, f), nil
			}
		case String, Binary, Decimal, Date, Timestamp, TimestampNTZ:
			return litExpr(t, v), nil
		}
	}
	return bad()
}

// cast resolves an explicit cast.
func (s *scope) cast(e plan.Expr) (*Expr, error) {
	if len(e.Args) != 1 {
		return nil, analysisError("a cast needs one expression")
	}
	arg, err := s.expr(e.Args[0])
	if err != nil {
		return nil, err
	}
	t, err := ParseType(e.Type)
	if err != nil {
		return nil, err
	}
	word := "CAST"
	if e.Name == tryCast {
		word = "TRY_CAST"
	}
	out, err := explicitCast(arg, t, word)
	if err != nil {
		return nil, err
	}
	if e.Name == tryCast {
		out.Name, out.Nullable = tryCast, true
	}
	return out, nil
}

// explicitCast casts as the script asked, which shows in names.
func explicitCast(e *Expr, t Type, word string) (*Expr, error) {
	if !castable(e.Type, t) {
		return nil, analysisError("[DATATYPE_MISMATCH.CAST_WITHOUT_SUGGESTION] Cannot resolve \"%s(%s AS %s)\" due to data "+
			"type mismatch: cannot cast \"%s\" to \"%s\".", word, e.Label, t.sqlName(), e.Type.sqlName(), t.sqlName())
	}
	label := e.Label // a cast to a type with parts is invisible
	if isAtomic(t) {
		label = word + "(" + e.Label + " AS " + t.sqlName() + ")"
	}
	return &Expr{Op: OpCast, Type: t, Args: []*Expr{e}, Nullable: e.Nullable || castMayFail(e.Type, t), Label: label}, nil
}

// castable reports whether Spark has a cast from one type to another.
func castable(from, to Type) bool {
	switch {
	case from.Kind == Null || from.Equal(to):
		return true
	case from.Kind == Choice:
		return true
	case to.Kind == String:
		return true
	case from.Kind == Array && to.Kind == Array:
		return castable(*from.Elem, *to.Elem)
	case from.Kind == Map && to.Kind == Map:
		return castable(*from.Key, *to.Key) && !castMayFail(*from.Key, *to.Key) && castable(*from.Elem, *to.Elem)
	case from.Kind == Struct && to.Kind == Struct:
		if len(from.Fields) != len(to.Fields) {
			return false
		}
		for i := range from.Fields {
			if !castable(from.Fields[i].Type, to.Fields[i].Type) {
				return false
			}
		}
		return true
	case !isAtomic(from) || !isAtomic(to) || to.Kind == Null:
		return false
	case to.Kind == Binary:
		return from.Kind == String || isIntegral(from)
	case from.Kind == Binary:
		return false
	case from.IsInterval() || to.IsInterval():
		return from.Kind == to.Kind || from.Kind == String || isNumeric(from) || isNumeric(to)
	case from.Kind == TimestampNTZ || to.Kind == TimestampNTZ:
		return isMoment(from) && isMoment(to) || from.Kind == String
	case to.Kind == Date:
		return from.Kind == String || from.Kind == Timestamp
	default:
		return true
	}
}

// caseExpr resolves CASE WHEN; branches meet in one type.
func (s *scope) caseExpr(e plan.Expr) (*Expr, error) {
	args, err := s.exprs(e.Args)
	if err != nil {
		return nil, err
	}
	if len(args) < 2 {
		return nil, analysisError("CASE needs a WHEN and a THEN")
	}
	label := "CASE"
	var values []*Expr
	nullable := len(args)%2 == 0
	for i, a := range args {
		switch {
		case i%2 == 0 && i < len(args)-1:
			if a.Type.Kind != Boolean {
				return nil, analysisError("[DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE] WHEN expressions in CaseWhen should all be "+
					"boolean type, but \"%s\" has the type \"%s\".", a.Label, a.Type.sqlName())
			}
			label += " WHEN " + a.Label
			continue
		case i%2 == 1:
			label += " THEN " + a.Label
		default:
			label += " ELSE " + a.Label
		}
		nullable = nullable || a.Nullable
		values = append(values, a)
	}
	wide, t, ok := widerAll(values, true)
	if !ok {
		return nil, analysisError("[DATATYPE_MISMATCH.DATA_DIFF_TYPES] Cannot resolve \"%s END\" due to data type mismatch: "+
			"Input to `casewhen` should all be the same type.", label)
	}
	for i, j := 0, 0; i < len(args); i++ {
		if i%2 == 1 || i == len(args)-1 && len(args)%2 == 1 {
			args[i] = wide[j]
			j++
		}
	}
	return &Expr{Op: OpCase, Type: t, Nullable: nullable, Label: label + " END", Args: args}, nil
}

// sortKey resolves a key of ORDER BY; an expression that is no sort key sorts ascending.
func (s *scope) sortKey(e plan.Expr) (SortKey, error) {
	k := SortKey{}
	if e.Kind == plan.ExprSort {
		k.Descending = e.Descending
		k.NullsLast = e.Descending
		if e.NullsLast != nil {
			k.NullsLast = *e.NullsLast
		}
		if len(e.Args) != 1 {
			return k, analysisError("a sort key needs one expression")
		}
		e = e.Args[0]
	}
	var err error
	if k.Expr, err = s.expr(e); err != nil {
		return k, err
	}
	if k.Expr.Type.holdsMap() {
		return k, analysisError("[DATATYPE_MISMATCH.INVALID_ORDERING_TYPE] Cannot resolve \"%s\" due to data type mismatch: "+
			"The `sortorder` does not support ordering on type \"%s\".", k.Expr.Label, k.Expr.Type.sqlName())
	}
	return k, nil
}

// Literal is the literal of a cell of plan.Rows, of a type without parts.
func Literal(t Type, cell json.RawMessage) (*Expr, error) {
	return literalOf(plan.Expr{Kind: plan.ExprLit, Type: t.String(), Value: cell})
}
