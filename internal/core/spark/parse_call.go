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
	start := p.pos
	var err error
	if e.Args, err = p.exprList(")"); err != nil {
		return e, err
	}
	if instead := unitCalls[e.Name]; instead != "" && len(e.Args) == 3 {
		p.pos = start
		return e, p.refuseFor(e.Name+"(unit, ...)", instead)
	}
	switch {
	case p.word("FILTER"):
		if err := p.aggregateFilter(&e); err != nil {
			return e, err
		}
	case p.is("WITHIN"):
		return e, p.refuse("WITHIN GROUP")
	case p.is("IGNORE", "RESPECT") && isWord(p.peekAt(1), "NULLS"):
		return e, p.refuse(strings.ToUpper(p.peek().text) + " NULLS")
	}
	if p.word("OVER") {
		return p.over(e)
	}
	return e, nil
}

// unitCalls are the functions whose first argument may be a unit of time, which only the grammar knows, and what to
// write instead.
var unitCalls = map[string]string{
	"timestampdiff": "use datediff(end, start), months_between or unix_timestamp",
	"datediff":      "use datediff(end, start), months_between or unix_timestamp",
	"date_diff":     "use datediff(end, start), months_between or unix_timestamp",
	"timestampadd":  "add an INTERVAL, or use date_add(start, days)",
	"dateadd":       "add an INTERVAL, or use date_add(start, days)",
	"date_add":      "add an INTERVAL, or use date_add(start, days)",
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

// intervalUnits are the units of INTERVAL as months, days and microseconds.
var intervalUnits = map[string][3]int64{
	"YEAR": {12, 0, 0}, "MONTH": {1, 0, 0}, "WEEK": {0, 7, 0}, "DAY": {0, 1, 0}, "HOUR": {0, 0, 3_600_000_000},
	"MINUTE": {0, 0, 60_000_000}, "SECOND": {0, 0, 1_000_000}, "MILLISECOND": {0, 0, 1000}, "MICROSECOND": {0, 0, 1},
}

// maxIntervalCount bounds the number before a unit: ten million years is beyond every date.
const maxIntervalCount = 120_000_000

// interval parses INTERVAL [-]n unit ... and INTERVAL '[-]n' unit and INTERVAL 'n unit ...', with whole numbers, into a
// call of interval(months, days, microseconds).
func (p *parser) interval() (plan.Expr, error) {
	start := p.pos
	p.pos++
	var words []string
	if text := p.peek(); text.kind == tokString && !isUnit(p.peekAt(1).text) {
		p.pos++
		words = strings.Fields(strings.ToUpper(text.text))
	} else {
		for {
			sign := ""
			if p.symbol("-") {
				sign = "-"
			}
			count, unit := p.peek(), p.peekAt(1)
			if count.kind != tokNumber && count.kind != tokString || !isUnit(unit.text) {
				break
			}
			p.pos += 2
			words = append(words, sign+strings.TrimSpace(count.text), strings.ToUpper(unit.text))
		}
	}
	var total [3]int64
	for i := 0; i+1 < len(words); i += 2 {
		n, err := strconv.ParseInt(words[i], 10, 64)
		per, ok := intervalUnits[strings.TrimSuffix(words[i+1], "S")]
		if err != nil || !ok || n > maxIntervalCount || n < -maxIntervalCount {
			p.pos = start
			return plan.Expr{}, p.refuse("this INTERVAL literal")
		}
		for j := range total {
			total[j] += n * per[j]
		}
	}
	if len(words) == 0 || len(words)%2 != 0 || p.is("TO") {
		p.pos = start
		return plan.Expr{}, p.refuse("this INTERVAL literal")
	}
	args := make([]plan.Expr, len(total))
	for j, n := range total {
		args[j] = plan.Expr{Kind: plan.ExprLit, Type: "bigint", Value: quoteJSON(n)}
	}
	return call("interval", args...), nil
}

// isUnit reports whether a word is a unit of INTERVAL.
func isUnit(word string) bool {
	_, ok := intervalUnits[strings.TrimSuffix(strings.ToUpper(word), "S")]
	return ok
}

// over parses the window after OVER.
func (p *parser) over(e plan.Expr) (plan.Expr, error) {
	if !p.symbol("(") {
		return e, p.refuse("a named window")
	}
	w := &plan.Window{FromSQL: true}
	if p.word("PARTITION", "BY") || p.word("DISTRIBUTE", "BY") {
		for {
			key, err := p.expr()
			if err != nil {
				return e, err
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
			return e, err
		}
		w.Order = keys
	}
	if p.is("ROWS", "RANGE") {
		if err := p.frame(w); err != nil {
			return e, err
		}
	}
	return plan.Expr{Kind: plan.ExprWindow, Args: []plan.Expr{e}, Window: w}, p.need(")")
}

// frame parses ROWS or RANGE with its bounds.
func (p *parser) frame(w *plan.Window) error {
	w.Unit = strings.ToLower(p.peek().text)
	p.pos++
	if !p.word("BETWEEN") {
		start, err := p.bound()
		if err != nil {
			return err
		}
		w.Start, w.End = start, new(int64)
		return nil
	}
	start, err := p.bound()
	if err != nil {
		return err
	}
	if err := p.needWord("AND"); err != nil {
		return err
	}
	end, err := p.bound()
	w.Start, w.End = start, end
	return err
}

// bound parses one end of a window frame: nil is unbounded.
func (p *parser) bound() (*int64, error) {
	if p.word("UNBOUNDED", "PRECEDING") || p.word("UNBOUNDED", "FOLLOWING") {
		return nil, nil
	}
	if p.word("CURRENT", "ROW") {
		return new(int64), nil
	}
	t := p.peek()
	n, err := strconv.ParseInt(strings.TrimRight(t.text, "lL"), 10, 64)
	if t.kind != tokNumber || err != nil {
		return nil, p.refuse("a window bound that is no whole number")
	}
	p.pos++
	switch {
	case p.word("PRECEDING"):
		n = -n
	case p.word("FOLLOWING"):
	default:
		return nil, p.fail()
	}
	return &n, nil
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
		p.pos = start
		return e, true, p.refuseFor("the function overlay", "use concat, left and substring")
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
	if strings.HasPrefix(strings.ToUpper(text), "INTERVAL") || strings.EqualFold(text, "timestamp_ntz") {
		return Type{}, p.refuse("the type " + text)
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
