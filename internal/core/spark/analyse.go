package spark

import (
	"bytes"
	"encoding/json"
	"strings"

	"tenon/internal/plan"
)

// maxNodeDepth bounds the nesting of the relations in one request; frames made by earlier requests count as one.
const maxNodeDepth = 400

// maxColumns bounds the columns of one relation.
const maxColumns = 20_000

// Node analyses a relation. The result shares the relations of the frames it is built upon.
func (an *Analyser) Node(n plan.Node) (*Rel, error) { return an.node(n, 0) }

// node analyses n, which is nested depth levels deep.
func (an *Analyser) node(n plan.Node, depth int) (*Rel, error) {
	if depth > maxNodeDepth {
		return nil, analysisError("a relation nests deeper than %d levels", maxNodeDepth)
	}
	in := make([]*Rel, len(n.Inputs))
	for i, child := range n.Inputs {
		var err error
		if n.Lateral && i == 1 {
			in[i], err = an.lateral(child, in[0], depth+1)
		} else {
			in[i], err = an.node(child, depth+1)
		}
		if err != nil {
			return nil, err
		}
	}
	rel, err := an.one(n, in)
	if err != nil {
		return nil, err
	}
	if len(rel.Out) > maxColumns {
		return nil, analysisError("a relation has %d columns; at most %d are accepted", len(rel.Out), maxColumns)
	}
	return rel, nil
}

// one analyses a node whose inputs are analysed, first by how many inputs it takes.
func (an *Analyser) one(n plan.Node, in []*Rel) (*Rel, error) {
	switch n.Kind {
	case plan.NodeFrame:
		return an.Catalog.Frame(n.Frame)
	case plan.NodeSource:
		return an.source(n)
	case plan.NodeValues:
		return an.values(n)
	case plan.NodeRange:
		return an.rangeRel(n)
	case plan.NodeSQL:
		return an.sql(n)
	case plan.NodeTable:
		return an.table(n.Name)
	case plan.NodeProject, plan.NodeGenerate:
		if len(in) == 0 { // SELECT without FROM
			in = []*Rel{{Op: RelOneRow}}
		}
	case plan.NodeAggregate:
		if len(in) == 0 {
			in = []*Rel{{Op: RelOneRow}}
		}
	case plan.NodeFilter:
		if len(in) == 0 {
			in = []*Rel{{Op: RelOneRow}}
		}
	}
	switch n.Kind {
	case plan.NodeJoin, plan.NodeUnion, plan.NodeUnionByName, plan.NodeIntersect, plan.NodeExcept, plan.NodeDynamicJoin,
		plan.NodeDynamicUnion, plan.NodeMapRecords, plan.NodeDynamicMerge:
		if len(in) < 2 {
			return nil, analysisError("a %s needs two inputs", n.Kind)
		}
		return an.binaryNode(n, in)
	}
	if len(in) != 1 {
		return nil, analysisError("a %s needs one input, not %d", n.Kind, len(in))
	}
	return an.unaryNode(n, in[0])
}

// binaryNode analyses nodes of two or more inputs.
func (an *Analyser) binaryNode(n plan.Node, in []*Rel) (*Rel, error) {
	switch n.Kind {
	case plan.NodeJoin:
		return an.join(n, in[0], in[1])
	case plan.NodeDynamicJoin:
		rel, err := an.dynamicJoin(n, in[0], in[1])
		if err != nil {
			return nil, err
		}
		return an.withErrors(n, rel, in, nil), nil
	case plan.NodeDynamicMerge:
		rel, err := an.dynamicMerge(in[0], in[1], n.Names)
		if err != nil {
			return nil, err
		}
		return an.withErrors(n, rel, in, nil), nil
	case plan.NodeMapRecords:
		return an.mapRecords(n, in), nil
	case plan.NodeDynamicUnion:
		rel, err := an.dynamicUnion(in)
		if err != nil {
			return nil, err
		}
		return an.withErrors(n, rel, in, nil), nil
	case plan.NodeUnionByName:
		return an.unionByName(n, in[0], in[1])
	default:
		return an.setOperation(n, in)
	}
}

// unaryNode analyses nodes of one input.
func (an *Analyser) unaryNode(n plan.Node, in *Rel) (*Rel, error) {
	switch n.Kind {
	case plan.NodeProject:
		return an.project(in, n.Exprs, n.FromSQL)
	case plan.NodeWithColumns:
		return an.withColumns(in, n.Exprs)
	case plan.NodeRename:
		return an.rename(in, n.Renames), nil
	case plan.NodeDrop:
		return an.drop(in, n.Names, n.Exprs)
	case plan.NodeToDF:
		return an.toDF(in, n.Names, n.Name)
	case plan.NodeAlias:
		return an.alias(in, n.Name), nil
	case plan.NodeGenerate:
		return an.lateralView(n, in)
	case plan.NodeFilter:
		return an.filter(in, n.Condition)
	case plan.NodeAggregate:
		return an.aggregate(in, n)
	case plan.NodePivot:
		return an.pivot(in, n)
	case plan.NodeBatches:
		return an.batches(in, n)
	case plan.NodeRandom:
		return an.randomColumn(in, n), nil
	case plan.NodeUnpivot:
		return an.unpivot(in, n)
	case plan.NodeDistribute:
		_, err := an.sort(in, n.Exprs)
		return in, err
	case plan.NodeDistinct:
		return an.distinct(in, n.Names)
	case plan.NodeSort:
		return an.sort(in, n.Exprs)
	case plan.NodeLimit:
		return limit(in, n.Limit, n.Offset), nil
	case plan.NodeOffset:
		return limit(in, -1, n.Offset), nil
	case plan.NodeSample:
		return an.sample(in, n)
	case plan.NodeDropNA:
		return an.dropNA(in, n)
	case plan.NodeFillNA:
		return an.fillNA(in, n)
	default:
		return an.dynamicNode(n, in)
	}
}

// source opens files or tables.
func (an *Analyser) source(n plan.Node) (*Rel, error) {
	if n.Source == nil {
		return nil, analysisError("a source without a description")
	}
	o, err := an.Catalog.Open(*n.Source)
	if err != nil {
		return nil, err
	}
	rel := &Rel{Op: RelLeaf, Leaf: o.Leaf, Out: an.attrs(o.Schema)}
	return an.withErrors(n, rel, nil, an.readErrors(o, n.Info)), nil
}

// values takes literal rows.
func (an *Analyser) values(n plan.Node) (*Rel, error) {
	if n.Values == nil {
		return nil, analysisError("values without a schema")
	}
	if n.Values.Upload != 0 {
		o, err := an.Catalog.Uploaded(n.Values.Upload)
		if err != nil {
			return nil, err
		}
		return &Rel{Op: RelLeaf, Leaf: o.Leaf, Out: an.attrs(o.Schema)}, nil
	}
	schema, err := SchemaOf(n.Values.Schema)
	if err != nil {
		return nil, err
	}
	for i, row := range n.Values.Rows {
		if len(row) != len(schema) {
			return nil, analysisError("row %d has %d values, the schema has %d columns", i, len(row), len(schema))
		}
	}
	return &Rel{Op: RelValues, Rows: n.Values.Rows, Out: an.attrs(schema)}, nil
}

// rangeRel is spark.range.
func (an *Analyser) rangeRel(n plan.Node) (*Rel, error) {
	if n.Step == 0 {
		n.Step = 1
	}
	return &Rel{Op: RelRange, Start: n.Start, End: n.End, Step: n.Step, Out: []Attr{an.newAttr("id", T(Long), false)}}, nil
}

// sql analyses a query in SQL; commands are the engine's affair.
func (an *Analyser) sql(n plan.Node) (*Rel, error) {
	st, err := ParseNode(n)
	if err != nil {
		return nil, err
	}
	if st.View != "" || st.Command != nil || st.Query == nil {
		return nil, analysisError("the SQL command makes no relation: %.100s", n.Text)
	}
	return an.Node(*st.Query)
}

// table finds a temporary view; its columns are qualified by its name. In a subquery they get new IDs, so that a view
// that stands outside, too, is told apart: in "b.k = a.k" each side has its own.
func (an *Analyser) table(name string) (*Rel, error) {
	if rel := an.Catalog.View(name); rel != nil {
		if an.outer != nil {
			rel, _ = an.renew(rel, rel)
		}
		view := an.alias(rel, name)
		view.View = view.Op == RelAlias
		return view, nil
	}
	parts := splitName(name)
	for i, p := range parts {
		parts[i] = backtick(p)
	}
	return nil, analysisError("[TABLE_OR_VIEW_NOT_FOUND] The table or view %s cannot be found. Verify the spelling and "+
		"correctness of the schema and catalog.\nIf you did not qualify the name with a schema, verify the current_schema() "+
		"output, or qualify the name with the correct schema and catalog.\nTo tolerate the error on drop use DROP VIEW IF "+
		"EXISTS or DROP TABLE IF EXISTS.", strings.Join(parts, "."))
}

// alias puts the columns under a qualifier.
func (an *Analyser) alias(in *Rel, name string) *Rel {
	out := append([]Attr(nil), in.Out...)
	for i := range out {
		out[i].Qualifier = name
	}
	return inherit(RelAlias, in, out)
}

// filter keeps the rows that a condition is true for. It may use columns that the projection below left out.
func (an *Analyser) filter(in *Rel, condition *plan.Expr) (*Rel, error) {
	if condition == nil {
		return nil, analysisError("a filter needs a condition")
	}
	s := an.scopeOf(in)
	missing := an.missing(in, s)
	cond, err := s.expr(*condition)
	if err != nil {
		return nil, err
	}
	if cond, err = missing.settle(in, cond); err != nil {
		return nil, err
	}
	if cond, err = an.condition(cond); err != nil {
		return nil, err
	}
	below, restore := missing.extend(in)
	rel := inherit(RelFilter, below, below.Out)
	rel.Exprs = []*Expr{cond}
	return restore(an.nameFiles(rel)), nil
}

// condition checks that e can decide about rows.
func (an *Analyser) condition(e *Expr) (*Expr, error) {
	if e.Type.Kind != Boolean {
		return nil, analysisError("[DATATYPE_MISMATCH.FILTER_NOT_BOOLEAN] Cannot resolve \"%s\" due to data type mismatch: Filter "+
			"expression \"%s\" of type \"%s\" is not a boolean.", e.Label, e.Label, e.Type.sqlName())
	}
	switch {
	case containsAgg(e):
		return nil, aggregateInWhere(e)
	case Contains(e, OpWindow):
		return nil, analysisError("[UNSUPPORTED_EXPR_FOR_OPERATOR] It is not allowed to use window functions inside WHERE clause.")
	case Contains(e, OpGen):
		return nil, analysisError("[UNSUPPORTED_GENERATOR.OUTSIDE_SELECT] The generator is not supported: outside the SELECT clause.")
	}
	return e, nil
}

// sort orders rows. It may use columns that the projection below left out, and aggregates of the grouping below; a
// literal whole number is a position.
func (an *Analyser) sort(in *Rel, keys []plan.Expr) (*Rel, error) {
	s := an.scopeOf(in)
	missing := an.missing(in, s)
	var sorted []SortKey
	for _, e := range allKeys(in, s, keys) {
		k, err := s.sortKey(e)
		if err != nil {
			return nil, err
		}
		if n, ok := k.Expr.Value.(int64); ok && k.Expr.Op == OpLit && k.Expr.Type.Kind == Int {
			if n < 1 || int(n) > len(in.Out) {
				return nil, analysisError("[ORDER_BY_POS_OUT_OF_RANGE] ORDER BY position %d is not in select list (valid range is "+
					"[1, %d]).", n, len(in.Out))
			}
			k.Expr = attrExpr(in.Out[n-1])
		}
		if k.Expr, err = missing.settle(in, k.Expr); err != nil {
			return nil, err
		}
		sorted = append(sorted, k)
	}
	below, restore := missing.extend(in)
	rel := inherit(RelSort, below, below.Out)
	rel.Sort = sorted
	return restore(rel), nil
}

// allKeys puts every column in place of ORDER BY ALL.
func allKeys(in *Rel, s *scope, keys []plan.Expr) []plan.Expr {
	if len(keys) != 1 || len(keys[0].Args) != 1 || keys[0].Args[0].Text != sortAll {
		return keys
	}
	if found, _ := s.lookup([]string{keys[0].Args[0].Name}); len(found) > 0 {
		return keys
	}
	out := make([]plan.Expr, len(in.Out))
	for i := range in.Out {
		out[i] = keys[0]
		out[i].Args = []plan.Expr{{Kind: plan.ExprLit, Type: "int", Value: quoteJSON(i + 1)}}
	}
	return out
}

// distinct keeps one row of each that are equal in names, or in all columns.
func (an *Analyser) distinct(in *Rel, names []string) (*Rel, error) {
	rel := inherit(RelDistinct, in, in.Out)
	for _, a := range in.Out {
		if err := comparedAttr(a); len(names) == 0 && err != nil {
			return nil, err
		}
	}
	if err := refuseNeedless(in, attrExprs(in.Out)); err != nil && len(names) == 0 {
		return nil, err
	}
	for _, name := range names {
		found := false
		for _, a := range in.Out {
			if strings.EqualFold(a.Name, name) {
				if err := comparedAttr(a); err != nil {
					return nil, err
				}
				rel.On = append(rel.On, a.ID)
				found = true
			}
		}
		if !found {
			return nil, analysisError("Cannot resolve column name \"%s\" among (%s).", name, nameList(in.Out))
		}
	}
	return rel, nil
}

// comparedAttr is the error for a column that set operations and distinct cannot compare: one with a map in it.
func comparedAttr(a Attr) error {
	if !a.Type.holdsMap() {
		return nil
	}
	return analysisError("[UNSUPPORTED_FEATURE.SET_OPERATION_ON_MAP_TYPE] The feature is not supported: Cannot have MAP "+
		"type columns in DataFrame which calls set operations (INTERSECT, EXCEPT, etc.), but the type of column %s is "+
		"\"%s\".", backtick(a.Name), a.Type.sqlName())
}

// holdsMap reports whether t is a map or has one inside.
func (t Type) holdsMap() bool {
	for _, f := range t.Fields {
		if f.Type.holdsMap() {
			return true
		}
	}
	return t.Kind == Map || t.Kind == Array && t.Elem.holdsMap()
}

// nameList lists the names of columns, separated by commas.
func nameList(attrs []Attr) string {
	names := make([]string, len(attrs))
	for i, a := range attrs {
		names[i] = a.Name
	}
	return strings.Join(names, ", ")
}

// limit keeps some rows; n below 0 is all of them.
func limit(in *Rel, n, offset int64) *Rel {
	rel := inherit(RelLimit, in, in.Out)
	rel.Limit, rel.Offset = max(n, -1), offset
	return rel
}

// sample keeps a share of the rows, the same for the same seed and data; not the ones that Spark would keep.
func (an *Analyser) sample(in *Rel, n plan.Node) (*Rel, error) {
	if n.Replace {
		return nil, unsupported("sample with replacement")
	}
	if n.Fraction < 0 || n.Fraction > 1 {
		return nil, argumentError("requirement failed: Sampling fraction (%g) must be on interval [0, 1] without replacement", n.Fraction)
	}
	rel := inherit(RelSample, in, in.Out)
	rel.Fraction = n.Fraction
	if n.Seed != nil {
		rel.Seed = *n.Seed
	}
	return rel, nil
}

// randomName is the function of a row's number and a seed that gives the row's random number.
const randomName = "row random"

// randomColumn adds a column of random numbers, the same for the same rows in the same order; not the ones of Spark.
func (an *Analyser) randomColumn(in *Rel, n plan.Node) *Rel {
	seed := int64(0)
	if n.Seed != nil {
		seed = *n.Seed
	}
	number := &Expr{Op: OpWindow, Type: T(Long), Window: &WindowSpec{Unit: "rows"},
		Args: []*Expr{{Op: OpCall, Name: "row_number", Type: T(Long)}}}
	random := &Expr{Op: OpCall, Name: randomName, Type: T(Double), Args: []*Expr{number, litExpr(T(Long), seed)}}
	items := make([]named, 0, len(in.Out)+1)
	for _, a := range in.Out {
		items = append(items, named{name: a.Name, expr: attrExpr(a), keep: true})
	}
	return an.projectRel(in, append(items, named{name: n.Name, expr: random}))
}

// dropNA keeps the rows with at least Threshold values that are neither null nor NaN among the named columns.
func (an *Analyser) dropNA(in *Rel, n plan.Node) (*Rel, error) {
	columns, err := an.columnsNamed(in, n.Names)
	if err != nil {
		return nil, err
	}
	count := litExpr(T(Int), int64(0))
	for _, a := range columns {
		ok := &Expr{Op: OpCall, Name: "isnotnull", Type: T(Boolean), Args: []*Expr{attrExpr(a)}}
		if a.Type.Kind == Double || a.Type.Kind == Float {
			nan := &Expr{Op: OpCall, Name: "isnan", Type: T(Boolean), Args: []*Expr{implicitCast(attrExpr(a), T(Double))}}
			ok = &Expr{Op: OpCall, Name: "and", Type: T(Boolean), Args: []*Expr{ok, negate(nan)}}
		}
		one := &Expr{Op: OpCase, Type: T(Int), Args: []*Expr{ok, litExpr(T(Int), int64(1)), litExpr(T(Int), int64(0))}}
		count = &Expr{Op: OpCall, Name: "+", Type: T(Int), Args: []*Expr{count, one}}
	}
	rel := inherit(RelFilter, in, in.Out)
	rel.Exprs = []*Expr{{Op: OpCall, Name: ">=", Type: T(Boolean), Args: []*Expr{count, litExpr(T(Int), int64(n.Threshold))}}}
	return rel, nil
}

// columnsNamed finds columns by name, all of them when there are no names.
func (an *Analyser) columnsNamed(in *Rel, names []string) ([]Attr, error) {
	if len(names) == 0 {
		return in.Out, nil
	}
	s := an.scopeOf(in)
	var out []Attr
	for _, name := range names {
		e, err := s.column(plan.Expr{Kind: plan.ExprColumn, Name: name})
		if err != nil {
			return nil, err
		}
		if e.Op != OpAttr {
			return nil, unsupported("the nested column %s here", name)
		}
		out = append(out, e.Attr)
	}
	return out, nil
}

// fillNA replaces nulls (and NaN, in numbers) by a value, in the columns whose type goes with it.
func (an *Analyser) fillNA(in *Rel, n plan.Node) (*Rel, error) {
	fills := map[string]json.RawMessage{}
	trimmed := bytes.TrimSpace(n.Fill)
	perColumn := len(trimmed) > 0 && trimmed[0] == '{'
	if perColumn {
		if err := json.Unmarshal(trimmed, &fills); err != nil {
			return nil, analysisError("na.fill: %v", err)
		}
		for name := range fills {
			if _, err := an.columnsNamed(in, []string{name}); err != nil {
				return nil, err
			}
		}
	}
	if _, err := an.columnsNamed(in, n.Names); err != nil {
		return nil, err
	}
	var items []named
	for _, a := range in.Out {
		value := trimmed
		if perColumn {
			value = nil
			for name, v := range fills {
				if strings.EqualFold(splitName(name)[0], a.Name) {
					value = v
				}
			}
		} else if len(n.Names) > 0 && !containsFold(n.Names, a.Name) {
			value = nil
		}
		filled := fillOne(a, value, perColumn)
		items = append(items, named{name: a.Name, expr: filled, keep: filled.Op == OpAttr})
	}
	return an.projectRel(in, items), nil
}

// containsFold reports whether list holds name, case aside.
func containsFold(list []string, name string) bool {
	for _, s := range list {
		if strings.EqualFold(s, name) || strings.EqualFold(strings.Trim(s, "`"), name) {
			return true
		}
	}
	return false
}

// fillOne fills the nulls of one column, or leaves it when the value does not go with its type.
func fillOne(a Attr, value json.RawMessage, perColumn bool) *Expr {
	e := attrExpr(a)
	if len(value) == 0 {
		return e
	}
	var kind Type
	switch c := value[0]; {
	case c == '"' && a.Type.Kind == String:
		kind = T(String)
	case (c == 't' || c == 'f') && a.Type.Kind == Boolean:
		kind = T(Boolean)
	case (c == '-' || isDigit(c)) && isNumeric(a.Type):
		kind = T(Double)
		if !bytes.ContainsAny(value, ".eE") {
			kind = T(Long)
		}
	default:
		return e
	}
	fill, err := literalOf(plan.Expr{Kind: plan.ExprLit, Type: kind.String(), Value: value})
	if err != nil {
		return e
	}
	if a.Type.Kind == Double || a.Type.Kind == Float { // NaN counts as null
		nan := &Expr{Op: OpCall, Name: "isnan", Type: T(Boolean), Args: []*Expr{implicitCast(e, T(Double))}}
		e = &Expr{Op: OpCase, Type: a.Type, Nullable: true, Args: []*Expr{negate(nan), e}}
	}
	// The value of all columns is a double in Spark, whose cast to these types counts as one that may give null.
	castIsSeen := a.Type.Kind == Decimal || isIntegral(a.Type) && (!perColumn || kind.Kind == Double)
	return &Expr{Op: OpCall, Name: "coalesce", Type: a.Type, Label: a.Name, Nullable: a.Nullable && castIsSeen,
		Args: []*Expr{e, implicitCast(fill, a.Type)}}
}
