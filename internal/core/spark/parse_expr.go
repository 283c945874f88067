package spark

import (
	"encoding/base64"
	"encoding/hex"
	"math/big"
	"strconv"
	"strings"

	"tenon/internal/plan"
)

// rowConstructor names the call that (a, b) parses into.
const rowConstructor = "struct"

// call makes a call of a function or operator.
func call(name string, args ...plan.Expr) plan.Expr {
	return plan.Expr{Kind: plan.ExprCall, Name: name, Args: args}
}

// namedExpr parses an expression with an optional alias.
func (p *parser) namedExpr() (plan.Expr, error) {
	e, err := p.expr()
	if err != nil {
		return e, err
	}
	if !p.word("AS") {
		t := p.peek()
		named := p.is("WINDOW") && !isWord(p.peekAt(2), "AS") // a name, and no WINDOW clause
		if t.kind != tokQuoted && (t.kind != tokWord || p.is(notAnAlias...) && !named) {
			return e, nil
		}
	} else if p.isSymbol("(") {
		names, err := p.columnList()
		return plan.Expr{Kind: plan.ExprAlias, Names: names, Args: []plan.Expr{e}}, err
	}
	name, err := p.ident()
	if err != nil {
		return e, err
	}
	return plan.Expr{Kind: plan.ExprAlias, Name: name, Args: []plan.Expr{e}}, nil
}

// expr parses a boolean expression: OR over AND over NOT over predicates.
func (p *parser) expr() (plan.Expr, error) {
	if err := p.enter(); err != nil {
		return plan.Expr{}, err
	}
	defer p.leave()
	left, err := p.and()
	for err == nil && p.word("OR") {
		var right plan.Expr
		right, err = p.and()
		left = call("or", left, right)
	}
	return left, err
}

// and parses conjunctions.
func (p *parser) and() (plan.Expr, error) {
	left, err := p.not()
	for err == nil && p.word("AND") {
		var right plan.Expr
		right, err = p.not()
		left = call("and", left, right)
	}
	return left, err
}

// not parses NOT, EXISTS and predicates.
func (p *parser) not() (plan.Expr, error) {
	if p.is("EXISTS") && p.peekAt(1).text == "(" && isWord(p.peekAt(2), "SELECT", "WITH") {
		p.pos += 2
		return p.subquery("exists")
	}
	if p.is("NOT") || p.isSymbol("!") {
		if err := p.enter(); err != nil {
			return plan.Expr{}, err
		}
		defer p.leave()
		p.pos++
		e, err := p.not()
		return call("not", e), err
	}
	return p.predicate()
}

// comparisons maps the spellings of comparison operators to those of plan.Expr.
var comparisons = map[string]string{
	"=": "=", "==": "=", "<>": "!=", "!=": "!=", "<": "<", "<=": "<=", ">": ">", ">=": ">=", "<=>": "<=>",
}

// comparison parses the left-associative comparisons, which are what a predicate is about.
func (p *parser) comparison() (plan.Expr, error) {
	left, err := p.binary(0)
	for err == nil {
		op, isComparison := comparisons[p.peek().text]
		if !isComparison || p.peek().kind != tokSymbol {
			break
		}
		p.pos++
		var right plan.Expr
		right, err = p.binary(0)
		left = call(op, left, right)
	}
	return left, err
}

// predicate parses comparisons and, once behind them, BETWEEN, IN, LIKE, RLIKE or IS; nothing may follow these but AND and OR.
func (p *parser) predicate() (plan.Expr, error) {
	left, err := p.comparison()
	if err != nil {
		return left, err
	}
	negated := false
	if p.is("NOT") && isWord(p.peekAt(1), "BETWEEN", "IN", "LIKE", "ILIKE", "RLIKE", "REGEXP") {
		negated = true
		p.pos++
	}
	at := p.pos
	out := left
	switch {
	case p.word("BETWEEN"):
		out, err = p.between(left)
	case p.word("IN"):
		out, err = p.in(left)
	case p.is("LIKE", "ILIKE", "RLIKE", "REGEXP"):
		out, err = p.like(left, negated)
		negated = negated && isWord(p.toks[at], "RLIKE", "REGEXP")
	case p.word("IS"):
		out, err = p.isPredicate(left)
	}
	if err == nil && negated {
		out = call("not", out)
	}
	return out, err
}

// between parses what follows BETWEEN.
func (p *parser) between(e plan.Expr) (plan.Expr, error) {
	low, err := p.comparison()
	if err != nil {
		return e, err
	}
	if err := p.needWord("AND"); err != nil {
		return e, err
	}
	high, err := p.comparison()
	return call("between", e, low, high), err
}

// in parses the list after IN.
func (p *parser) in(e plan.Expr) (plan.Expr, error) {
	if err := p.need("("); err != nil {
		return e, err
	}
	if p.is("SELECT", "WITH") {
		return p.subquery("in", e)
	}
	args, err := p.exprList(")")
	return call("in", append([]plan.Expr{e}, args...)...), err
}

// like parses LIKE, ILIKE, RLIKE and REGEXP; the first two say NOT themselves.
func (p *parser) like(e plan.Expr, negated bool) (plan.Expr, error) {
	op := strings.ToLower(p.peek().text)
	p.pos++
	if op == "regexp" {
		op = "rlike"
	}
	if op != "rlike" {
		return p.likePattern(e, op, negated)
	}
	pattern, err := p.comparison()
	return call(op, e, pattern), err
}

// isPredicate parses what follows IS.
func (p *parser) isPredicate(e plan.Expr) (plan.Expr, error) {
	negated := p.word("NOT")
	var out plan.Expr
	switch {
	case p.word("NULL"):
		if negated {
			return call("isnotnull", e), nil
		}
		return call("isnull", e), nil
	case p.is("TRUE", "FALSE"):
		out = call("<=>", e, plan.Expr{Kind: plan.ExprLit, Type: "boolean", Value: quoteJSON(p.is("TRUE"))})
		p.pos++
	case p.word("UNKNOWN"):
		out = call("isnull", e)
	case p.word("DISTINCT", "FROM"):
		right, err := p.comparison()
		if err != nil {
			return e, err
		}
		out, negated = call("<=>", e, right), !negated
	default:
		return e, p.fail()
	}
	if negated {
		out = call("not", out)
	}
	return out, nil
}

// binaryLevels are the binary operators from the loosest to the tightest level.
var binaryLevels = [][]string{{"|"}, {"^"}, {"&"}, {"+", "-", "||"}, {"*", "/", "%", "div"}}

// binary parses the left-associative operators of a level and all tighter ones.
func (p *parser) binary(level int) (plan.Expr, error) {
	if level == len(binaryLevels) {
		return p.unary()
	}
	left, err := p.binary(level + 1)
	for err == nil {
		op := ""
		for _, o := range binaryLevels[level] {
			if p.symbol(o) || o == "div" && p.word("div") {
				op = o
				break
			}
		}
		if op == "" {
			return left, nil
		}
		var right plan.Expr
		right, err = p.binary(level + 1)
		if op == "||" {
			op = "concat"
		}
		left = call(op, left, right)
	}
	return left, err
}

// unary parses signs and ~.
func (p *parser) unary() (plan.Expr, error) {
	if err := p.enter(); err != nil {
		return plan.Expr{}, err
	}
	defer p.leave()
	switch {
	case p.isSymbol("-") && p.peekAt(1).kind == tokNumber:
		p.pos++
		e, err := p.number("-")
		if err != nil {
			return e, err
		}
		return p.postfix(e)
	case p.symbol("-"):
		e, err := p.unary()
		return call("-", e), err
	case p.symbol("+"):
		e, err := p.unary()
		return call("positive", e), err
	case p.symbol("~"):
		e, err := p.unary()
		return call("~", e), err
	}
	e, err := p.primary()
	if err != nil {
		return e, err
	}
	return p.postfix(e)
}

// postfix parses .field and [index] after an expression.
func (p *parser) postfix(e plan.Expr) (plan.Expr, error) {
	for {
		switch {
		case p.symbol("["):
			index, err := p.expr()
			if err != nil {
				return e, err
			}
			if err := p.need("]"); err != nil {
				return e, err
			}
			e = call("getitem", e, index)
		case p.isSymbol("."):
			p.pos++
			name, err := p.ident()
			if err != nil {
				return e, err
			}
			e = call("getfield", e, plan.Expr{Kind: plan.ExprLit, Type: "string", Value: quoteJSON(name)})
		default:
			return e, nil
		}
	}
}

// exprList parses expressions separated by commas up to the closing mark.
func (p *parser) exprList(closing string) ([]plan.Expr, error) {
	var out []plan.Expr
	if p.symbol(closing) {
		return nil, nil
	}
	for {
		e, err := p.namedExpr()
		if err != nil {
			return nil, err
		}
		out = append(out, e)
		if p.symbol(closing) {
			return out, nil
		}
		if err := p.need(","); err != nil {
			return nil, err
		}
	}
}

// primary parses literals, names, calls, CASE, CAST and parentheses.
func (p *parser) primary() (plan.Expr, error) {
	t := p.peek()
	switch t.kind {
	case tokNumber:
		return p.number("")
	case tokString:
		var text strings.Builder
		for p.peek().kind == tokString { // adjacent literals are one
			text.WriteString(p.peek().text)
			p.pos++
		}
		return literal("string", text.String()), nil
	case tokQuoted:
		return p.nameOrCall()
	case tokWord:
		return p.keywordOrName()
	}
	switch {
	case p.symbol("*"):
		return plan.Expr{Kind: plan.ExprStar}, nil
	case p.symbol("("):
		return p.parenthesis()
	case p.isSymbol("?"), p.isSymbol(":"):
		return p.parameter()
	default:
		return plan.Expr{}, p.fail()
	}
}

// parenthesis parses (e) and the row constructor (a, b).
func (p *parser) parenthesis() (plan.Expr, error) {
	if p.is("SELECT", "WITH") {
		return p.subquery("scalar")
	}
	args, err := p.exprList(")")
	if err != nil {
		return plan.Expr{}, err
	}
	if p.isSymbol("->") {
		return p.lambda(args...)
	}
	if len(args) == 1 && args[0].Kind != plan.ExprAlias {
		return args[0], nil
	}
	if len(args) == 0 {
		return plan.Expr{}, p.fail()
	}
	return call(rowConstructor, args...), nil
}

// literal makes a literal of a type whose value travels as text.
func literal(typ, text string) plan.Expr {
	return plan.Expr{Kind: plan.ExprLit, Type: typ, Value: quoteJSON(text)}
}

// number parses a numeric literal by its suffix; without one, digits are int, bigint or decimal by size, an exponent
// makes a double and a point a decimal.
func (p *parser) number(sign string) (plan.Expr, error) {
	t := p.peek()
	p.pos++
	text := strings.ToUpper(t.text)
	digits := strings.TrimRight(text, "LSYDFB")
	suffix := text[len(digits):]
	digits = sign + digits
	kinds := map[string]struct {
		typ  string
		bits int
	}{"L": {"bigint", 64}, "S": {"smallint", 16}, "Y": {"tinyint", 8}}
	if k, ok := kinds[suffix]; ok {
		n, err := strconv.ParseInt(digits, 10, k.bits)
		if err != nil {
			return plan.Expr{}, syntaxError(p.text, t.pos, "'"+t.text+"' (out of the range of its type)")
		}
		return plan.Expr{Kind: plan.ExprLit, Type: k.typ, Value: quoteJSON(n)}, nil
	}
	switch {
	case suffix == "D", suffix == "F", suffix == "" && strings.Contains(digits, "E"):
		f, err := strconv.ParseFloat(digits, 64)
		if err != nil {
			return plan.Expr{}, syntaxError(p.text, t.pos, "'"+t.text+"' (out of the range of a double)")
		}
		typ := "double"
		if suffix == "F" {
			typ, f = "float", float64(float32(f))
		}
		return plan.Expr{Kind: plan.ExprLit, Type: typ, Value: quoteJSON(f)}, nil
	case suffix == "" && !strings.Contains(digits, "."):
		if n, err := strconv.ParseInt(digits, 10, 64); err == nil {
			typ := "bigint"
			if int64(int32(n)) == n {
				typ = "int"
			}
			return plan.Expr{Kind: plan.ExprLit, Type: typ, Value: quoteJSON(n)}, nil
		}
	}
	return p.decimalLiteral(digits, t)
}

// decimalLiteral makes a decimal literal, whose type is as wide as its digits.
func (p *parser) decimalLiteral(digits string, t token) (plan.Expr, error) {
	if strings.Contains(digits, "E") {
		r, ok := new(big.Rat).SetString(digits)
		if !ok || len(digits) > maxDecimalPrecision+8 {
			return plan.Expr{}, syntaxError(p.text, t.pos, "'"+t.text+"'")
		}
		digits = strings.TrimRight(strings.TrimRight(r.FloatString(maxDecimalPrecision), "0"), ".")
	}
	if strings.Trim(digits, "-+0.") == "" { // a BigDecimal has no minus zero
		digits = strings.TrimLeft(digits, "-+")
	}
	typ, ok := decimalTypeOf(digits)
	if !ok {
		return plan.Expr{}, syntaxError(p.text, t.pos, "'"+t.text+"' (more than 38 digits)")
	}
	return literal(typ.String(), digits), nil
}

// decimalTypeOf gives the narrowest decimal that holds the digits, as BigDecimal's precision and scale do.
func decimalTypeOf(digits string) (Type, bool) {
	whole, fraction, _ := strings.Cut(strings.TrimLeft(digits, "+-"), ".")
	whole = strings.TrimLeft(whole, "0")
	t := Type{Kind: Decimal, Precision: max(len(whole)+len(fraction), 1), Scale: len(fraction)}
	if whole == "" {
		t.Precision = max(len(fraction), 1)
	}
	return t, t.Precision <= maxDecimalPrecision
}

// keywordOrName parses what begins with a word: a keyword's construct, a name or a call.
func (p *parser) keywordOrName() (plan.Expr, error) {
	next := p.peekAt(1)
	switch {
	case p.is("NULL"):
		p.pos++
		return plan.Expr{Kind: plan.ExprLit, Type: "void", Value: quoteJSON(nil)}, nil
	case p.is("TRUE", "FALSE"):
		value := p.is("TRUE")
		p.pos++
		return plan.Expr{Kind: plan.ExprLit, Type: "boolean", Value: quoteJSON(value)}, nil
	case p.is("DATE", "TIMESTAMP", "TIMESTAMP_LTZ", "TIMESTAMP_NTZ") && next.kind == tokString:
		return p.typedLiteral()
	case p.is("X") && next.kind == tokString:
		raw, err := hex.DecodeString(next.text)
		if err != nil {
			return plan.Expr{}, p.fail()
		}
		p.pos += 2
		return literal("binary", base64.StdEncoding.EncodeToString(raw)), nil
	case p.is("INTERVAL") && (next.kind == tokString || next.kind == tokNumber || next.text == "-"):
		return p.interval()
	case p.is("CASE"):
		return p.caseExpr()
	case next.kind == tokSymbol && next.text == "(":
		if e, done, err := p.specialCall(); done || err != nil {
			return e, err
		}
	case p.is("CURRENT_DATE", "CURRENT_TIMESTAMP", "CURRENT_USER"):
		name := strings.ToLower(p.peek().text)
		p.pos++
		return call(name), nil
	}
	return p.nameOrCall()
}

// typedLiteral parses DATE '...' and TIMESTAMP '...', whose text follows the rules of a cast.
func (p *parser) typedLiteral() (plan.Expr, error) {
	typ, text, at := strings.ToLower(p.peek().text), p.peekAt(1).text, p.peek().pos
	var canonical string
	var ok bool
	switch typ {
	case "date":
		canonical, ok = DateText(text)
	case "timestamp_ntz":
		canonical, ok = localText(text)
	default:
		typ = "timestamp"
		canonical, ok = TimestampText(text)
	}
	if !ok {
		return plan.Expr{}, &plan.Error{Class: plan.ClassParse, Message: "\n[INVALID_TYPED_LITERAL] The value of the typed literal \"" +
			strings.ToUpper(typ) + "\" is invalid: '" + text + "'.(position " + strconv.Itoa(at) + ")"}
	}
	p.pos += 2
	return literal(typ, canonical), nil
}

// caseExpr parses CASE [operand] WHEN ... THEN ... [ELSE ...] END.
func (p *parser) caseExpr() (plan.Expr, error) {
	p.pos++
	var operand *plan.Expr
	if !p.is("WHEN") {
		e, err := p.expr()
		if err != nil {
			return e, err
		}
		operand = &e
	}
	out := plan.Expr{Kind: plan.ExprCase}
	for p.word("WHEN") {
		when, err := p.expr()
		if err != nil {
			return out, err
		}
		if operand != nil {
			when = call("=", *operand, when)
		}
		if err := p.needWord("THEN"); err != nil {
			return out, err
		}
		then, err := p.expr()
		if err != nil {
			return out, err
		}
		out.Args = append(out.Args, when, then)
	}
	if len(out.Args) == 0 {
		return out, p.fail()
	}
	if p.word("ELSE") {
		e, err := p.expr()
		if err != nil {
			return out, err
		}
		out.Args = append(out.Args, e)
	}
	return out, p.needWord("END")
}

// lambda parses what follows the parameters of a lambda.
func (p *parser) lambda(params ...plan.Expr) (plan.Expr, error) {
	out := plan.Expr{Kind: plan.ExprLambda}
	for _, e := range params {
		name := splitName(e.Name)
		if e.Kind != plan.ExprColumn || len(name) != 1 {
			return out, p.fail()
		}
		out.Names = append(out.Names, name[0])
	}
	if err := p.need("->"); err != nil {
		return out, err
	}
	body, err := p.expr()
	out.Args = []plan.Expr{body}
	return out, err
}

// nameOrCall parses a dotted name, name.*, or a call.
func (p *parser) nameOrCall() (plan.Expr, error) {
	at := p.peek()
	first, err := p.ident()
	if err != nil {
		return plan.Expr{}, err
	}
	if p.isSymbol("->") {
		return p.lambda(plan.Expr{Kind: plan.ExprColumn, Name: quoteName(first)})
	}
	if p.symbol("(") {
		return p.call(first)
	}
	if at.kind == tokWord && isWord(at, notAnAlias...) && !isWord(at, "WINDOW") {
		p.pos--
		return plan.Expr{}, p.fail()
	}
	path := []string{quoteName(first)}
	for p.symbol(".") {
		if p.symbol("*") {
			return plan.Expr{Kind: plan.ExprStar, Name: strings.Join(path, ".")}, nil
		}
		part, err := p.ident()
		if err != nil {
			return plan.Expr{}, err
		}
		path = append(path, quoteName(part))
	}
	return plan.Expr{Kind: plan.ExprColumn, Name: strings.Join(path, ".")}, nil
}
