package engine

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"maps"
	"math"
	"regexp"
	"strconv"
	"strings"

	"tenon/internal/core/spark"
	"tenon/internal/driver/engine/relation"
	"tenon/internal/plan"
)

// exprs writes expressions over the columns of one level.
type exprs struct {
	em   *emitter
	cols map[spark.AttrID]column
}

// refuse is the error for what Spark has and the engine has not.
func refuse(format string, args ...any) error {
	return plan.Unsupported(fmt.Sprintf(format, args...), "")
}

// refusedAtRun writes an expression that, where a row reaches it, refuses the action by name.
func refusedAtRun(what string) string { return "error(" + relation.Literal(refusalMark+what) + ")" }

// refusalMark begins the texts of errors that are refusals.
const refusalMark = "tenon refuses: "

// letLimit is the longest text, in bytes, that is written twice instead of being bound to a lambda's parameter.
const letLimit = 200

// let writes body, which uses a value several times. A long value is bound once, as the parameter of a lambda over a
// list of one, so that nested expressions grow with their depth and not with its power.
func (em *emitter) let(value string, body func(string) string) string {
	if len(value) <= letLimit {
		return body(value)
	}
	return em.bound(value, body)
}

// bound is let for a body that must not hold the value itself, however short it is.
func (em *emitter) bound(value string, body func(string) string) string {
	v := em.name("v")
	return "list_transform([" + value + "], lambda " + v + ": " + body(v) + ")[1]"
}

// sql writes an expression. The text is an operand: it needs no parentheses around it.
func (x *exprs) sql(e *spark.Expr) (string, error) {
	switch e.Op {
	case spark.OpAttr:
		c, ok := x.cols[e.Attr.ID]
		for i := len(x.em.outer) - 1; !ok && i >= 0; i-- {
			c, ok = x.em.outer[i][e.Attr.ID]
		}
		if !ok {
			return "", fmt.Errorf("engine: the column %s (a%d) is not in reach", e.Attr.Name, e.Attr.ID)
		}
		return c.text, nil
	case spark.OpVar:
		return x.em.vars[e.Name], nil
	case spark.OpLambda: // the function it is an argument of writes it
		return "", nil
	case spark.OpLit:
		return literal(e.Type, e.Value)
	case spark.OpCast:
		arg, err := x.sql(e.Args[0])
		if err != nil {
			return "", err
		}
		if e.Name != "" {
			return x.em.tryCast(arg, e.Args[0].Type, e.Type)
		}
		return x.em.cast(arg, e.Args[0].Type, e.Type)
	case spark.OpCase:
		return x.caseWhen(e)
	case spark.OpField:
		return x.field(e)
	case spark.OpCall:
		if text, done, err := x.dynamicCall(e); done {
			return text, err
		}
		return x.call(e)
	case spark.OpAgg:
		return x.aggregate(e, "")
	case spark.OpWindow:
		return x.window(e)
	case spark.OpPython:
		return x.python(e)
	case spark.OpQuery:
		return x.subquery(e)
	default:
		return "", fmt.Errorf("engine: no emission of the expression %q", e.Op)
	}
}

// subquery writes a query inside of an expression. Its text may name columns of the levels around it, whose subqueries
// have names that are unique in the whole query.
func (x *exprs) subquery(e *spark.Expr) (string, error) {
	outer := x.em.outer
	x.em.outer = append(append([]map[spark.AttrID]column(nil), outer...), x.cols)
	defer func() { x.em.outer = outer }()
	rel, err := x.em.relation(e.Query)
	if err != nil {
		return "", err
	}
	switch e.Name {
	case "exists":
		return "EXISTS (" + rel.SQL + ")", nil
	case "in", "maybe_in":
		return x.inQuery(e, rel.SQL)
	default:
		return "(" + rel.SQL + ")", nil
	}
}

// each writes a call of "each": the body of every element of an array.
func (x *exprs) each(e *spark.Expr) (string, error) {
	array, err := x.sql(e.Args[0])
	if err != nil {
		return "", err
	}
	v := x.em.name("v")
	cols := maps.Clone(x.cols)
	cols[e.Attr.ID] = column{text: v, plain: true}
	body, err := (&exprs{em: x.em, cols: cols}).sql(e.Args[1])
	return "list_transform(" + array + ", lambda " + v + ": " + body + ")", err
}

// inQuery writes IN (query), which is false where the answer is unknown, and maybe_in, which is true there.
func (x *exprs) inQuery(e *spark.Expr, query string) (string, error) {
	values, err := x.list(e.Args)
	if err != nil {
		return "", err
	}
	unknown := strconv.FormatBool(e.Name == "maybe_in")
	if len(values) == 1 {
		return "coalesce(" + values[0] + " IN (" + query + "), " + unknown + ")", nil
	}
	t := x.em.name("t")
	equal := make([]string, len(values))
	for i, v := range values {
		equal[i] = v + " = " + t + "." + relation.Column(i)
	}
	return "EXISTS (SELECT 1 FROM (" + query + ") AS " + t + " WHERE coalesce(" + strings.Join(equal, " AND ") + ", " + unknown + "))", nil
}

// list writes several expressions.
func (x *exprs) list(es []*spark.Expr) ([]string, error) {
	out := make([]string, len(es))
	for i, e := range es {
		var err error
		if out[i], err = x.sql(e); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// literal writes a value with its type.
func literal(t spark.Type, v any) (string, error) {
	duck := relation.DuckType(t)
	switch v := v.(type) {
	case nil:
		return "CAST(NULL AS " + duck + ")", nil
	case bool:
		return strconv.FormatBool(v), nil
	case int64:
		if t.Kind == spark.Int && v >= 0 {
			return strconv.FormatInt(v, 10), nil
		}
		return "CAST(" + strconv.FormatInt(v, 10) + " AS " + duck + ")", nil
	case float64:
		switch {
		case math.IsNaN(v):
			return "CAST('NaN' AS " + duck + ")", nil
		case math.IsInf(v, 1):
			return "CAST('Infinity' AS " + duck + ")", nil
		case math.IsInf(v, -1):
			return "CAST('-Infinity' AS " + duck + ")", nil
		}
		return "CAST('" + strconv.FormatFloat(v, 'e', -1, 64) + "' AS " + duck + ")", nil
	case string:
		switch t.Kind {
		case spark.String:
			return relation.Literal(v), nil
		case spark.Binary:
			raw, err := base64.StdEncoding.DecodeString(v)
			if err != nil {
				return "", &plan.Error{Class: plan.ClassAnalysis, Message: "a binary literal is not base64: " + v}
			}
			return "from_hex('" + hex.EncodeToString(raw) + "')", nil
		default:
			return "CAST(" + relation.Literal(v) + " AS " + duck + ")", nil
		}
	default:
		return "", fmt.Errorf("engine: a literal holds %T", v)
	}
}

// caseWhen writes CASE.
func (x *exprs) caseWhen(e *spark.Expr) (string, error) {
	parts, err := x.list(e.Args)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	b.WriteString("CASE")
	for i := 0; i+1 < len(parts); i += 2 {
		b.WriteString(" WHEN " + parts[i] + " THEN " + parts[i+1])
	}
	if len(parts)%2 == 1 {
		b.WriteString(" ELSE " + parts[len(parts)-1])
	}
	return "(" + b.String() + " END)", nil
}

// field writes the member of a struct, or of every struct of an array.
func (x *exprs) field(e *spark.Expr) (string, error) {
	arg, err := x.sql(e.Args[0])
	if err != nil {
		return "", err
	}
	if e.Args[0].Type.Kind == spark.Array {
		v := x.em.name("v")
		return "list_transform(" + arg + ", lambda " + v + ": struct_extract(" + v + ", " + relation.Literal(e.Name) + "))", nil
	}
	return "struct_extract(" + arg + ", " + relation.Literal(e.Name) + ")", nil
}

// sortKeys writes the keys of an ORDER BY with Spark's order of nulls.
func (x *exprs) sortKeys(keys []spark.SortKey) ([]string, error) {
	out := make([]string, len(keys))
	for i, k := range keys {
		text, err := x.sql(k.Expr)
		if err != nil {
			return nil, err
		}
		if text = x.em.orderKey(text, k.Expr.Type); !nested(k.Expr.Type) {
			text = plainZero(text, k.Expr.Type, 0) // DuckDB's sorting would take the sign off the column itself
		}
		if constant.MatchString(text) {
			text = "(SELECT " + text + ")" // a number would be a position
		}
		direction, nulls := " ASC", " NULLS FIRST"
		if k.Descending {
			direction = " DESC"
		}
		if k.NullsLast {
			nulls = " NULLS LAST"
		}
		out[i] = text + direction + nulls
	}
	return out, nil
}

// constant matches texts of DuckDB's that are a plain literal. A column can be one: a level takes in what it is made of.
var constant = regexp.MustCompile(`^(-?[0-9.]+|true|false|'([^']|'')*')$`)

// window writes a function over a window.
func (x *exprs) window(e *spark.Expr) (string, error) {
	w := e.Window
	if err := refuseRows([]*spark.Expr{e}, "a window; compute it in a column first"); err != nil {
		return "", err
	}
	var parts []string
	if len(w.Partition) > 0 {
		keys, err := x.list(w.Partition)
		if err != nil {
			return "", err
		}
		for i, p := range w.Partition {
			keys[i] = plainZero(keys[i], p.Type, 0)
		}
		parts = append(parts, "PARTITION BY "+strings.Join(keys, ", "))
	}
	if len(w.Order) > 0 {
		keys, err := x.sortKeys(w.Order)
		if err != nil {
			return "", err
		}
		parts = append(parts, "ORDER BY "+strings.Join(keys, ", "))
	}
	f := e.Args[0]
	if f.Op == spark.OpAgg {
		start, end := bound(w.Start, "PRECEDING", w.Interval), bound(w.End, "FOLLOWING", w.Interval)
		parts = append(parts, strings.ToUpper(w.Unit)+" BETWEEN "+start+" AND "+end)
	}
	over := " OVER (" + strings.Join(parts, " ") + ")"
	if f.Op == spark.OpAgg {
		return x.aggregate(f, over)
	}
	return x.ranking(f, over)
}

// bound writes one end of a window frame; interval is the type of bounds that are intervals.
func bound(n *int64, unbounded string, interval spark.Type) string {
	if n == nil {
		return "UNBOUNDED " + unbounded
	}
	size, direction := *n, " FOLLOWING"
	if size < 0 {
		size, direction = -size, " PRECEDING"
	}
	switch {
	case size == 0:
		return "CURRENT ROW"
	case interval.Kind == spark.YearMonth:
		return fmt.Sprintf("to_months(%d)%s", size, direction)
	case interval.Kind == spark.DayTime:
		return fmt.Sprintf("to_microseconds(%d)%s", size, direction)
	default:
		return strconv.FormatInt(size, 10) + direction
	}
}

// ranking writes a function that only windows have.
func (x *exprs) ranking(f *spark.Expr, over string) (string, error) {
	args, err := x.list(f.Args)
	if err != nil {
		return "", err
	}
	if f.Name == "lag" || f.Name == "lead" {
		ignore := ""
		if len(f.Args) == 4 && f.Args[3].Value == true && f.Args[1].Value != int64(0) {
			ignore = " IGNORE NULLS"
		}
		return f.Name + "(" + strings.Join(args[:3], ", ") + ignore + ")" + over, nil
	}
	text := f.Name + "(" + strings.Join(args, ", ") + ")" + over
	return "CAST(" + text + " AS " + relation.DuckType(f.Type) + ")", nil
}
