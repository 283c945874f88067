package spark

import (
	"strconv"
	"strings"

	"tenon/internal/plan"
)

// call parses the arguments of a function whose name and ( were read, and what may follow: FILTER, OVER.
func (p *parser) call(name string) (plan.Expr, error) {
	e := plan.Expr{Kind: plan.ExprCall, Name: strings.ToLower(name)}
	if e.Distinct = p.word("DISTINCT"); !e.Distinct {
		p.word("ALL")
	}
	var err error
	if e.Args, err = p.exprList(")"); err != nil {
		return e, err
	}
	if n := e.Name; len(e.Args) == 2 && (n == "trim" || n == "ltrim" || n == "rtrim") {
		e.Args[0], e.Args[1] = e.Args[1], e.Args[0] // written as calls they take the characters first
	}
	e = withUnit(e)
	switch {
	case p.word("FILTER"):
		if err := p.aggregateFilter(&e); err != nil {
			return e, err
		}
	case p.is("WITHIN"):
		if err := p.withinGroup(&e); err != nil {
			return e, err
		}
	case p.is("IGNORE", "RESPECT") && isWord(p.peekAt(1), "NULLS"):
		if err := p.nulls(&e); err != nil {
			return e, err
		}
	}
	if p.word("OVER") {
		return p.over(e)
	}
	return e, nil
}

// unitCalls are the functions whose first argument may be a unit of time, which only the grammar knows, and what they
// are then.
var unitCalls = map[string]string{
	"timestampdiff": "timestampdiff", "datediff": "timestampdiff", "date_diff": "timestampdiff",
	"timestampadd": "timestampadd", "dateadd": "timestampadd", "date_add": "timestampadd",
}

// withUnit turns f(unit, a, b) into the function of that unit; any other call stays what it is.
func withUnit(e plan.Expr) plan.Expr {
	name := unitCalls[e.Name]
	if name == "" || len(e.Args) != 3 || e.Args[0].Kind != plan.ExprColumn {
		return e
	}
	unit := strings.ToUpper(e.Args[0].Name)
	if !isUnit(unit) && unit != "QUARTER" && unit != "DAYOFYEAR" || strings.HasSuffix(unit, "S") {
		return e
	}
	e.Name = name
	e.Args[0] = literal("string", e.Args[0].Name)
	return e
}

// ignoringNulls are the functions that may ignore nulls, with the number of arguments before the one that says so.
var ignoringNulls = map[string]int{"first": 1, "first_value": 1, "last": 1, "last_value": 1, "any_value": 1, "nth_value": 2,
	"lag": 3, "lead": 3}

// lagDefaults are the arguments that lag and lead may leave out.
var lagDefaults = []plan.Expr{{Kind: plan.ExprLit, Type: "int", Value: quoteJSON(1)}, {Kind: plan.ExprLit, Type: "void", Value: quoteJSON(nil)}}

// nulls parses IGNORE NULLS and RESPECT NULLS, which is the default.
func (p *parser) nulls(e *plan.Expr) error {
	if p.word("RESPECT", "NULLS") {
		return nil
	}
	if e.Name == "lag" || e.Name == "lead" {
		e.Args = append(e.Args, lagDefaults[min(max(len(e.Args)-1, 0), 2):]...)
	}
	if n, ok := ignoringNulls[e.Name]; !ok || len(e.Args) != n {
		return p.refuse("IGNORE NULLS of " + e.Name)
	}
	p.word("IGNORE", "NULLS")
	if e.Name == "first_value" || e.Name == "last_value" { // which is how Spark names the column
		e.Name = strings.TrimSuffix(e.Name, "_value")
	}
	e.Args = append(e.Args, plan.Expr{Kind: plan.ExprLit, Type: "boolean", Value: quoteJSON(true)})
	return nil
}

// aggregateFilter parses (WHERE condition) after FILTER.
func (p *parser) aggregateFilter(e *plan.Expr) error {
	if err := p.need("("); err != nil {
		return err
	}
	if err := p.needWord("WHERE"); err != nil {
		return err
	}
	cond, err := p.expr()
	if err != nil {
		return err
	}
	e.Filter = &cond
	return p.need(")")
}

// subquery parses a query up to its ), as an expression of a kind: scalar, exists, in.
func (p *parser) subquery(kind string, args ...plan.Expr) (plan.Expr, error) {
	node, err := p.query()
	if err != nil {
		return plan.Expr{}, err
	}
	return plan.Expr{Kind: plan.ExprQuery, Name: kind, Args: args, Query: &node}, p.need(")")
}

// over parses the window after OVER.
func (p *parser) over(e plan.Expr) (plan.Expr, error) {
	w, err := p.windowSpec()
	return plan.Expr{Kind: plan.ExprWindow, Args: []plan.Expr{e}, Window: w}, err
}

// windowSpec parses a window: the name of one, or what stands in parentheses.
func (p *parser) windowSpec() (*plan.Window, error) {
	w := &plan.Window{FromSQL: true}
	if !p.symbol("(") {
		name, err := p.ident()
		p.windows = append(p.windows, namedWindow{name, w})
		return w, err
	}
	if t := p.peek(); (t.kind == tokWord || t.kind == tokQuoted) && p.peekAt(1).kind == tokSymbol && p.peekAt(1).text == ")" {
		p.windows = append(p.windows, namedWindow{t.text, w})
		p.pos += 2
		return w, nil
	}
	if p.word("PARTITION", "BY") || p.word("DISTRIBUTE", "BY") {
		for {
			key, err := p.expr()
			if err != nil {
				return w, err
			}
			w.Partition = append(w.Partition, key)
			if !p.symbol(",") {
				break
			}
		}
	}
	if p.word("ORDER", "BY") || p.word("SORT", "BY") {
		keys, err := p.sortKeys()
		if err != nil {
			return w, err
		}
		w.Order = keys
	}
	if p.is("ROWS", "RANGE") {
		if err := p.frame(w); err != nil {
			return w, err
		}
	}
	return w, p.need(")")
}

// frame parses ROWS or RANGE with its bounds.
func (p *parser) frame(w *plan.Window) error {
	w.Unit = strings.ToLower(p.peek().text)
	p.pos++
	if !p.word("BETWEEN") {
		w.End = new(int64)
		var err error
		w.Start, w.StartType, err = p.bound()
		return err
	}
	var err error
	if w.Start, w.StartType, err = p.bound(); err != nil {
		return err
	}
	if err := p.needWord("AND"); err != nil {
		return err
	}
	w.End, w.EndType, err = p.bound()
	return err
}

// bound parses one end of a window frame: nil is unbounded. An interval has a type, too.
func (p *parser) bound() (*int64, string, error) {
	if p.word("UNBOUNDED", "PRECEDING") || p.word("UNBOUNDED", "FOLLOWING") {
		return nil, "", nil
	}
	if p.word("CURRENT", "ROW") {
		return new(int64), "", nil
	}
	n, typ, err := p.offset()
	if err != nil {
		return nil, "", err
	}
	switch {
	case p.word("PRECEDING"):
		n = -n
	case p.word("FOLLOWING"):
	default:
		return nil, "", p.fail()
	}
	return &n, typ, nil
}

// offset parses the number or interval of a bound; typ is the type of an interval.
func (p *parser) offset() (n int64, typ string, err error) {
	if p.is("INTERVAL") {
		e, err := p.interval()
		if err != nil {
			return 0, "", err
		}
		lit, err := literalOf(e)
		if err != nil {
			return 0, "", err
		}
		n, ok := lit.Value.(int64)
		if !ok || n == 0 {
			return 0, "", p.refuse("a window bound of no time")
		}
		return n, e.Type, nil
	}
	t := p.peek()
	n, err = strconv.ParseInt(strings.TrimRight(t.text, "lL"), 10, 64)
	if t.kind != tokNumber || err != nil {
		return 0, "", p.refuse("a window bound that is no whole number")
	}
	p.pos++
	return n, "", nil
}

// sortKeys parses the keys of ORDER BY.
func (p *parser) sortKeys() ([]plan.Expr, error) {
	var out []plan.Expr
	for {
		e, err := p.expr()
		if err != nil {
			return nil, err
		}
		key := plan.Expr{Kind: plan.ExprSort, Args: []plan.Expr{e}}
		if !p.word("ASC") {
			key.Descending = p.word("DESC")
		}
		switch {
		case p.word("NULLS", "LAST"):
			last := true
			key.NullsLast = &last
		case p.word("NULLS", "FIRST"):
			last := false
			key.NullsLast = &last
		}
		out = append(out, key)
		if !p.symbol(",") {
			return out, nil
		}
	}
}

// specialCall parses the calls with a grammar of their own. done is false for every other call.
func (p *parser) specialCall() (e plan.Expr, done bool, err error) {
	start := p.pos
	name := strings.ToUpper(p.peek().text)
	p.pos += 2
	switch name {
	case "CAST", "TRY_CAST":
		e, err = p.cast(name == "TRY_CAST")
	case "OVERLAY":
		e, done, err = p.overlay()
		if !done && err == nil {
			p.pos = start
		}
		return e, done, err
	case "EXTRACT":
		if p.peekAt(1).text == "," { // the function extract(field, source)
			p.pos = start
			return e, false, nil
		}
		e, err = p.extract()
	case "TRIM":
		e, done, err = p.trim()
		if !done && err == nil {
			p.pos = start
		}
		return e, done, err
	case "SUBSTRING", "SUBSTR":
		e, done, err = p.substring()
		if !done && err == nil {
			p.pos = start
		}
		return e, done, err
	case "POSITION":
		e, done, err = p.position()
		if !done && err == nil {
			p.pos = start
		}
		return e, done, err
	default:
		p.pos = start
		return e, false, nil
	}
	return e, true, err
}

// cast parses e AS type).
func (p *parser) cast(try bool) (plan.Expr, error) {
	e, err := p.expr()
	if err != nil {
		return e, err
	}
	if err := p.needWord("AS"); err != nil {
		return e, err
	}
	t, err := p.typeName()
	if err != nil {
		return e, err
	}
	out := plan.Expr{Kind: plan.ExprCast, Type: t.String(), Args: []plan.Expr{e}}
	if try {
		out.Name = tryCast
	}
	return out, p.need(")")
}

// tryCast in Expr.Name marks a cast as TRY_CAST.
const tryCast = "try_cast"

// typeName reads a type up to the ) that closes the cast.
func (p *parser) typeName() (Type, error) {
	start, depth := p.peek().pos, 0
	for ; p.peek().kind != tokEnd; p.pos++ {
		if p.isSymbol("(") {
			depth++
		}
		if p.isSymbol(")") {
			if depth == 0 {
				break
			}
			depth--
		}
	}
	text := strings.TrimSpace(p.text[start:p.peek().pos])
	if strings.EqualFold(text, "INTERVAL") {
		return Type{}, p.refuseFor("the type "+text, "use interval day to second or interval year to month")
	}
	return ParseType(text)
}

// extract parses field FROM e).
func (p *parser) extract() (plan.Expr, error) {
	field, err := p.ident()
	if err != nil {
		return plan.Expr{}, err
	}
	if err := p.needWord("FROM"); err != nil {
		return plan.Expr{}, err
	}
	e, err := p.expr()
	if err != nil {
		return e, err
	}
	return call("extract", literal("string", field), e), p.need(")")
}

// trim parses [BOTH|LEADING|TRAILING] [chars] FROM e); other forms are plain calls.
func (p *parser) trim() (plan.Expr, bool, error) {
	name := "trim"
	switch {
	case p.word("LEADING"):
		name = "ltrim"
	case p.word("TRAILING"):
		name = "rtrim"
	default:
		p.word("BOTH")
	}
	if p.word("FROM") {
		e, err := p.expr()
		if err != nil {
			return e, true, err
		}
		return call(name, e), true, p.need(")")
	}
	chars, err := p.expr()
	if err != nil || !p.word("FROM") {
		return plan.Expr{}, false, err
	}
	e, err := p.expr()
	if err != nil {
		return e, true, err
	}
	return call(name, e, chars), true, p.need(")")
}

// substring parses s FROM i [FOR n]); other forms are plain calls.
func (p *parser) substring() (plan.Expr, bool, error) {
	s, err := p.expr()
	if err != nil || !p.word("FROM") {
		return plan.Expr{}, false, err
	}
	from, err := p.expr()
	if err != nil {
		return s, true, err
	}
	args := []plan.Expr{s, from}
	if p.word("FOR") {
		n, err := p.expr()
		if err != nil {
			return s, true, err
		}
		args = append(args, n)
	}
	return call("substring", args...), true, p.need(")")
}

// overlay parses s PLACING r FROM i [FOR n]); other forms are plain calls.
func (p *parser) overlay() (plan.Expr, bool, error) {
	s, err := p.expr()
	if err != nil || !p.word("PLACING") {
		return plan.Expr{}, false, err
	}
	args := []plan.Expr{s}
	for _, before := range []string{"FROM", "FOR"} {
		e, err := p.expr()
		if err != nil {
			return s, true, err
		}
		args = append(args, e)
		if before == "FOR" && !p.is("FOR") {
			return call("overlay", args...), true, p.need(")")
		}
		if err := p.needWord(before); err != nil {
			return s, true, err
		}
	}
	n, err := p.expr()
	if err != nil {
		return s, true, err
	}
	return call("overlay", append(args, n)...), true, p.need(")")
}

// position parses needle IN s); other forms are plain calls.
func (p *parser) position() (plan.Expr, bool, error) {
	needle, err := p.binary(0)
	if err != nil || !p.word("IN") {
		return plan.Expr{}, false, err
	}
	s, err := p.expr()
	if err != nil {
		return s, true, err
	}
	return call("locate", needle, s), true, p.need(")")
}
