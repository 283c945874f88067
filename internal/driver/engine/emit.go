package engine

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"tenon/internal/core/spark"
	"tenon/internal/driver/engine/relation"
	"tenon/internal/plan"
)

// mergeLimit is the longest text, in bytes, that an expression may grow to by taking in the expressions of the
// projection below. Beyond it the projection becomes a subquery, so that chains of projections stay linear in size.
const mergeLimit = 2000

// maxSQL bounds the text of one query. DuckDB parses about 20 MB a second.
const maxSQL = 32 << 20

// column is how an attribute is spelled at one level of a query. plain is a reference that costs nothing to repeat.
type column struct {
	text  string
	plain bool
}

// level is one SELECT under construction. What a relation adds either fits into it or makes it a subquery first.
type level struct {
	from     string // empty for one row without columns
	cols     map[spark.AttrID]column
	where    []string
	order    []string
	limit    string
	windowed bool // some column is a window function
}

// emitter writes the query of one action.
type emitter struct {
	now      time.Time
	times    plan.TimePolicy           // how times are read and written by patterns
	tables   map[*spark.Rel]string     // relations whose rows are in a table
	checking bool                      // nothing is going to run: it is only asked whether all can be emitted
	last     int                       // the last number of a subquery or lambda
	vars     map[string]string         // inside a lambda: what its parameters stand for
	outer    []map[spark.AttrID]column // inside a subquery expression: the columns of the levels around it
}

// name makes a name that is unique in the query.
func (em *emitter) name(prefix string) string {
	em.last++
	return prefix + strconv.Itoa(em.last)
}

// attrName is the name of an attribute between levels.
func attrName(id spark.AttrID) string { return "a" + strconv.FormatInt(int64(id), 10) }

// relation writes the query of a whole tree, by the conventions of package relation.
func (em *emitter) relation(r *spark.Rel) (relation.Relation, error) {
	l, err := em.level(r)
	if err != nil {
		return relation.Relation{}, err
	}
	items := make([]string, len(r.Out))
	for i, a := range r.Out {
		items[i] = l.cols[a.ID].text + " AS " + relation.Column(i)
	}
	sql := l.render(items)
	if len(sql) > maxSQL {
		return relation.Relation{}, refuse("a query of %d bytes (at most %d)", len(sql), maxSQL)
	}
	return relation.Relation{SQL: sql, Schema: r.Schema()}, nil
}

// render writes the SELECT of a level.
func (l *level) render(items []string) string {
	var b strings.Builder
	b.WriteString("SELECT ")
	if len(items) == 0 {
		items = []string{"1 AS nothing"} // a SELECT needs a column; nothing reads this one
	}
	b.WriteString(strings.Join(items, ", "))
	l.renderTail(&b)
	return b.String()
}

// renderTail writes what follows the select list.
func (l *level) renderTail(b *strings.Builder) {
	if l.from != "" {
		b.WriteString(" FROM " + l.from)
	}
	if len(l.where) > 0 {
		b.WriteString(" WHERE " + strings.Join(l.where, " AND "))
	}
	if len(l.order) > 0 {
		b.WriteString(" ORDER BY " + strings.Join(l.order, ", "))
	}
	b.WriteString(l.limit)
}

// wrap makes a level a subquery that gives the columns out.
func (em *emitter) wrap(l *level, out []spark.Attr) *level {
	var items []string
	seen := map[spark.AttrID]bool{}
	for _, a := range out {
		if !seen[a.ID] {
			seen[a.ID] = true
			items = append(items, l.cols[a.ID].text+" AS "+attrName(a.ID))
		}
	}
	return em.over("("+l.render(items)+")", out)
}

// over is the level on top of a table expression whose columns are attributes by name.
func (em *emitter) over(table string, out []spark.Attr) *level {
	t := em.name("t")
	l := &level{from: table + " AS " + t, cols: map[spark.AttrID]column{}}
	for _, a := range out {
		l.cols[a.ID] = column{text: t + "." + attrName(a.ID), plain: true}
	}
	return l
}

// positional is the level on top of a table expression whose columns are c0, c1, ...
func (em *emitter) positional(table string, out []spark.Attr) *level {
	t := em.name("t")
	l := &level{from: table + " AS " + t, cols: map[spark.AttrID]column{}}
	for i, a := range out {
		l.cols[a.ID] = column{text: t + "." + relation.Column(i), plain: true}
	}
	return l
}

// level writes the query of a relation.
func (em *emitter) level(r *spark.Rel) (*level, error) {
	if table := em.tables[r]; table != "" {
		return em.positional(table, r.Out), nil
	}
	switch r.Op {
	case spark.RelLeaf:
		leaf, ok := r.Leaf.(relation.Relation)
		if !ok {
			return nil, fmt.Errorf("engine: a leaf holds %T", r.Leaf)
		}
		return em.positional("("+leaf.SQL+")", r.Out), nil
	case spark.RelOneRow:
		return &level{cols: map[spark.AttrID]column{}}, nil
	case spark.RelRange:
		t := em.name("t")
		return &level{from: fmt.Sprintf("range(%d, %d, %d) AS %s(c0)", r.Start, r.End, r.Step, t),
			cols: map[spark.AttrID]column{r.Out[0].ID: {text: t + ".c0", plain: true}}}, nil
	case spark.RelValues:
		return em.values(r)
	case spark.RelJoin:
		return em.join(r)
	case spark.RelUnion:
		return em.union(r)
	case spark.RelIntersect, spark.RelExcept:
		return em.setOperation(r)
	}
	in, err := em.level(r.Inputs[0])
	if err != nil {
		return nil, err
	}
	return em.unary(r, in)
}

// unary adds a relation of one input to that input's level.
func (em *emitter) unary(r *spark.Rel, in *level) (*level, error) {
	switch r.Op {
	case spark.RelAlias:
		return in, nil
	case spark.RelProject:
		return em.project(r, in)
	case spark.RelFilter:
		return em.filter(r, in)
	case spark.RelAggregate:
		return em.aggregate(r, in)
	case spark.RelDistinct:
		return em.distinct(r, in), nil
	case spark.RelSort:
		return em.sort(r, in)
	case spark.RelLimit:
		return em.limit(r, in), nil
	case spark.RelSample:
		l := em.wrap(in, r.Out)
		l.from += fmt.Sprintf(" TABLESAMPLE bernoulli(%g%%) REPEATABLE (%d)", r.Fraction*100, uint32(r.Seed))
		return em.wrap(l, r.Out), nil
	case spark.RelGenerate:
		return em.generate(r, in)
	case spark.RelBatches:
		return em.unknown(r)
	default:
		return nil, fmt.Errorf("engine: no emission of the relation %q", r.Op)
	}
}

// project computes columns. The level below is taken in unless that would repeat or pile up expressions.
func (em *emitter) project(r *spark.Rel, in *level) (*level, error) {
	windows := false
	for _, e := range r.Exprs {
		windows = windows || spark.Contains(e, spark.OpWindow) || spark.KnowsRows(e)
		if err := refuseBranches(e); err != nil {
			return nil, err
		}
	}
	if windows && (in.windowed || in.limit != "" || len(in.order) > 0) || !mergeable(r.Exprs, in) {
		in = em.wrap(in, r.Inputs[0].Out)
	}
	cols := make(map[spark.AttrID]column, len(r.Out))
	x := &exprs{em: em, cols: in.cols}
	for i, e := range r.Exprs {
		if c, ok := in.cols[e.Attr.ID]; ok && e.Op == spark.OpAttr {
			cols[r.Out[i].ID] = c
			continue
		}
		text, err := x.sql(e)
		if err != nil {
			return nil, err
		}
		cols[r.Out[i].ID] = column{text: text}
	}
	out := *in
	out.cols = cols
	out.windowed = windows || in.windowed
	return &out, nil
}

// mergeable reports whether the expressions may take in the computed columns of the level below: each at most once, and
// only while they are short.
func mergeable(list []*spark.Expr, in *level) bool {
	uses := map[spark.AttrID]int{}
	size := 0
	for _, e := range list {
		computed := e.Op != spark.OpAttr
		e.Walk(func(x *spark.Expr) bool {
			if x.Op != spark.OpAttr {
				return true
			}
			c, ok := in.cols[x.Attr.ID]
			if c.plain || !ok { // not here: a column around a subquery
				return true
			}
			uses[x.Attr.ID]++
			if computed {
				size = max(size, len(c.text))
			}
			return true
		})
	}
	for _, n := range uses {
		if n > 1 {
			return false
		}
	}
	return size <= mergeLimit
}

// filter keeps rows.
func (em *emitter) filter(r *spark.Rel, in *level) (*level, error) {
	if countsRows(r.Exprs) {
		return em.filterRows(r, in)
	}
	if in.limit != "" || in.windowed || !mergeable(r.Exprs, in) {
		in = em.wrap(in, r.Inputs[0].Out)
	}
	text, err := (&exprs{em: em, cols: in.cols}).sql(r.Exprs[0])
	if err != nil {
		return nil, err
	}
	out := *in
	out.where = append(append([]string(nil), in.where...), text)
	return &out, nil
}

// sort orders rows.
func (em *emitter) sort(r *spark.Rel, in *level) (*level, error) {
	if in.limit != "" || in.windowed {
		in = em.wrap(in, r.Inputs[0].Out)
	}
	order, err := (&exprs{em: em, cols: in.cols}).sortKeys(r.Sort)
	if err != nil {
		return nil, err
	}
	out := *in
	out.order = order
	return &out, nil
}

// limit keeps a part of the rows.
func (em *emitter) limit(r *spark.Rel, in *level) *level {
	if in.limit != "" {
		in = em.wrap(in, r.Out)
	}
	out := *in
	if r.Limit >= 0 {
		out.limit = fmt.Sprintf(" LIMIT %d", r.Limit)
	}
	if r.Offset > 0 {
		out.limit += fmt.Sprintf(" OFFSET %d", r.Offset)
	}
	return &out
}

// distinct keeps one of equal rows. Where some columns tell them apart it groups: DuckDB tests a condition above DISTINCT ON
// before it, on the rows that would have been dropped.
func (em *emitter) distinct(r *spark.Rel, in *level) *level {
	if len(r.On) > 0 || in.limit != "" || len(in.order) > 0 || in.windowed {
		in = em.wrap(in, r.Out)
	}
	var items, on []string
	seen := map[spark.AttrID]bool{}
	for _, a := range r.Out {
		if !seen[a.ID] {
			seen[a.ID] = true
			text := in.cols[a.ID].text
			if len(r.On) == 0 || slices.Contains(r.On, a.ID) {
				text = groupKey(r.Inputs[0], &spark.Expr{Op: spark.OpAttr, Attr: a, Type: a.Type}, text)
			}
			if len(r.On) > 0 {
				text = "first(" + text + ")"
			}
			items = append(items, text+" AS "+attrName(a.ID))
		}
	}
	for _, id := range r.On {
		on = append(on, "("+in.cols[id].text+")")
	}
	var b strings.Builder
	b.WriteString("(SELECT ")
	if len(on) == 0 {
		b.WriteString("DISTINCT ")
	}
	if len(items) == 0 {
		items = []string{"1 AS nothing"}
	}
	b.WriteString(strings.Join(items, ", "))
	in.renderTail(&b)
	if len(on) > 0 {
		b.WriteString(" GROUP BY " + strings.Join(on, ", "))
	}
	b.WriteString(")")
	return em.over(b.String(), r.Out)
}

// aggregate groups rows.
func (em *emitter) aggregate(r *spark.Rel, in *level) (*level, error) {
	if in.limit != "" || len(in.order) > 0 || in.windowed || r.Sets != nil || !mergeable(r.Exprs, in) {
		in = em.wrap(in, r.Inputs[0].Out)
	}
	if err := refuseRows(r.Exprs, "a grouping; compute it in a column first"); err != nil {
		return nil, err
	}
	var keys []string
	if r.Sets != nil {
		var err error
		if in, keys, err = em.withKeys(r, in); err != nil {
			return nil, err
		}
	}
	x := &exprs{em: em, cols: in.cols}
	items := make([]string, len(r.Exprs))
	for i, e := range r.Exprs {
		text, err := x.aggregateItem(r, i, keys)
		if err != nil {
			return nil, err
		}
		if i < r.Keys && keys == nil {
			text = groupKey(r.Inputs[0], e, text)
		}
		items[i] = text + " AS " + attrName(r.Out[i].ID)
	}
	var b strings.Builder
	b.WriteString("(" + in.render(items))
	switch {
	case r.Sets != nil:
		b.WriteString(" GROUP BY GROUPING SETS (" + setsSQL(r.Sets, keys) + ") HAVING count(*) > 0")
	case r.Keys > 0:
		positions := make([]string, r.Keys)
		for i := range positions {
			positions[i] = strconv.Itoa(i + 1)
		}
		b.WriteString(" GROUP BY " + strings.Join(positions, ", "))
	case len(items) == 0:
		b.WriteString(" LIMIT 1")
	}
	b.WriteString(")")
	return em.over(b.String(), r.Out), nil
}

// groupKey writes a value that the rows of in are grouped by. Both zeros are one group, and Spark shows it as the positive
// one, but for a constant.
func groupKey(in *spark.Rel, e *spark.Expr, text string) string {
	if spark.Constant(in, e) {
		return text
	}
	return plainZero(text, e.Type, 0)
}

// joinWords are DuckDB's words for the kinds of joins.
var joinWords = map[string]string{
	"inner": "JOIN", "cross": "CROSS JOIN", "left": "LEFT JOIN", "right": "RIGHT JOIN", "full": "FULL JOIN",
	"left_semi": "SEMI JOIN", "left_anti": "ANTI JOIN",
}

// join combines two inputs. Their attributes differ, so that their columns do.
func (em *emitter) join(r *spark.Rel) (*level, error) {
	var sides [2]*level
	for i, in := range r.Inputs {
		outer := em.outer
		if r.Lateral && i == 1 {
			em.outer = append(slices.Clip(outer), sides[0].cols)
		}
		l, err := em.level(in)
		em.outer = outer
		if err != nil {
			return nil, err
		}
		sides[i] = em.wrap(l, in.Out)
	}
	if r.Lateral {
		sides[1].from = "LATERAL " + sides[1].from
	}
	cols := map[spark.AttrID]column{}
	for _, s := range sides {
		for id, c := range s.cols {
			cols[id] = c
		}
	}
	out := &level{from: sides[0].from + " " + joinWords[r.How] + " " + sides[1].from, cols: cols}
	switch {
	case len(r.Exprs) > 0:
		if err := refuseRows(r.Exprs, "the condition of a join"); err != nil {
			return nil, err
		}
		cond, err := (&exprs{em: em, cols: cols}).sql(r.Exprs[0])
		if err != nil {
			return nil, err
		}
		out.from += " ON " + cond
	case r.How != "cross":
		out.from += " ON true"
	}
	return em.wrap(out, r.Out), nil
}

// union puts the rows of all inputs one after the other; unions of unions become one.
func (em *emitter) union(r *spark.Rel) (*level, error) {
	var parts []string
	var add func(in *spark.Rel) error
	add = func(in *spark.Rel) error {
		if in.Op == spark.RelUnion && em.tables[in] == "" {
			for _, below := range in.Inputs {
				if err := add(below); err != nil {
					return err
				}
			}
			return nil
		}
		l, err := em.level(in)
		if err != nil {
			return err
		}
		parts = append(parts, "("+l.render(em.listAs(l, in.Out, r.Out))+")")
		return nil
	}
	if rows, ok, err := em.literalRows(r); ok || err != nil {
		return rows, err
	}
	if err := add(r); err != nil {
		return nil, err
	}
	return em.over("("+strings.Join(parts, " UNION ALL ")+")", r.Out), nil
}

// literalRows writes a union of single rows, as VALUES in SQL is, so that the rows keep their order: the branches of a
// union run at the same time. ok is false for any other union.
func (em *emitter) literalRows(r *spark.Rel) (l *level, ok bool, err error) {
	var rows []string
	for _, in := range r.Inputs {
		if in.Op != spark.RelProject || len(in.Exprs) == 0 {
			return nil, false, nil
		}
		l, err := em.level(in)
		if err != nil || l.from != "" || len(l.where) > 0 || l.limit != "" {
			return nil, false, err
		}
		cells := make([]string, len(in.Out))
		for i, a := range in.Out {
			cells[i] = l.cols[a.ID].text
		}
		rows = append(rows, "("+strings.Join(cells, ", ")+")")
	}
	return em.positional("(SELECT * FROM (VALUES "+strings.Join(rows, ", ")+") AS v("+relation.Columns(len(r.Out))+"))", r.Out), true, nil
}

// listAs lists the columns in by position under the names of out.
func (em *emitter) listAs(l *level, in, out []spark.Attr) []string {
	items := make([]string, len(out))
	for i := range out {
		items[i] = l.cols[in[i].ID].text + " AS " + attrName(out[i].ID)
	}
	return items
}

// setOperation is INTERSECT and EXCEPT.
func (em *emitter) setOperation(r *spark.Rel) (*level, error) {
	word := " INTERSECT "
	if r.Op == spark.RelExcept {
		word = " EXCEPT "
	}
	if r.All {
		word += "ALL "
	}
	parts := make([]string, len(r.Inputs))
	for i, in := range r.Inputs {
		l, err := em.level(in)
		if err != nil {
			return nil, err
		}
		items := make([]string, len(r.Out))
		for j, a := range in.Out {
			text := plainZero(l.cols[a.ID].text, a.Type, 0)
			if !r.All {
				text = groupKey(in, &spark.Expr{Op: spark.OpAttr, Attr: a, Type: a.Type}, l.cols[a.ID].text)
			}
			items[j] = text + " AS " + attrName(r.Out[j].ID)
		}
		parts[i] = "(" + l.render(items) + ")"
	}
	return em.over("("+strings.Join(parts, word)+")", r.Out), nil
}
