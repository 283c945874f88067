package spark

import (
	"strings"
	"unicode/utf8"

	"tenon/internal/plan"
)

// The operators that LIKE with ESCAPE and with several patterns parse into. No function has such a name.
const (
	likeEscape = "like escape"
	likeMany   = "like many" // before it "not " or "i", after it " any" or " all"
)

// likePattern parses what follows LIKE or ILIKE.
func (p *parser) likePattern(e plan.Expr, op string, negated bool) (plan.Expr, error) {
	if p.is("ANY", "SOME", "ALL") && p.peekAt(1).text == "(" {
		return p.likeSeveral(e, op, negated)
	}
	pattern, err := p.comparison()
	if err != nil {
		return e, err
	}
	out := call(op, e, pattern)
	if p.word("ESCAPE") {
		t := p.peek()
		if t.kind != tokString {
			return e, p.fail()
		}
		if utf8.RuneCountInString(t.text) != 1 {
			return e, &plan.Error{Class: plan.ClassParse, Message: "\n[INVALID_ESC] Found an invalid escape string: '" + t.text +
				"'. The escape string must contain only one character."}
		}
		p.pos++
		out = call(strings.Replace(likeEscape, "like", op, 1), e, pattern, literal("string", t.text))
	}
	if negated {
		out = call("not", out)
	}
	return out, nil
}

// likeSeveral parses ANY (patterns), SOME (patterns) or ALL (patterns).
func (p *parser) likeSeveral(e plan.Expr, op string, negated bool) (plan.Expr, error) {
	which := " any"
	if p.is("ALL") {
		which = " all"
	}
	p.pos += 2
	patterns, err := p.exprList(")")
	if err != nil {
		return e, err
	}
	if len(patterns) == 0 {
		return e, p.fail()
	}
	name := strings.Replace(likeMany, "like", op, 1) + which
	if negated {
		name = "not " + name
	}
	return call(name, append([]plan.Expr{e}, patterns...)...), nil
}

// likeOperator resolves LIKE and ILIKE; done is false for every other operator.
func likeOperator(name string, args []*Expr) (out *Expr, done bool, err error) {
	switch {
	case strings.Contains(name, likeMany):
		out, err = likeEach(name, args)
	case strings.HasSuffix(name, likeEscape):
		out, err = likeWith(strings.TrimSuffix(name, " escape"), args)
	case (name == "like" || name == "ilike") && len(args) == 2:
		out, err = likeOf(name, args[0], args[1])
	default:
		return nil, false, nil
	}
	return out, true, err
}

// likeOf is one LIKE or ILIKE with the escape character \.
func likeOf(name string, e, pattern *Expr) (*Expr, error) {
	if pattern.Op == OpLit && pattern.Type.Kind == String && pattern.Value != nil {
		text, _ := pattern.Value.(string)
		if _, err := escapedPattern(text, '\\'); err != nil {
			return nil, err
		}
	}
	return typeCall(name, functions[name], []*Expr{e, pattern}, false)
}

// likeWith is LIKE or ILIKE with an escape character of its own.
func likeWith(name string, args []*Expr) (*Expr, error) {
	shown, err := typeCall(name, functions[name], []*Expr{args[0], args[1]}, false)
	if err != nil {
		return nil, err
	}
	escape, _ := args[2].Value.(string)
	pattern := args[1]
	if escape == `\` {
		return likeOf(name, args[0], pattern)
	}
	if pattern.Op != OpLit || pattern.Type.Kind != String {
		return nil, unsupported("LIKE ... ESCAPE with a pattern that is no literal")
	}
	if text, ok := pattern.Value.(string); ok {
		r, _ := utf8.DecodeRuneInString(escape)
		if text, err = escapedPattern(text, r); err != nil {
			return nil, err
		}
		pattern = litExpr(T(String), text)
	}
	out, err := typeCall(name, functions[name], []*Expr{args[0], pattern}, false)
	if err != nil {
		return nil, err
	}
	return relabel(out, shown.Label), nil
}

// escapedPattern gives a pattern of LIKE whose escape character is \.
func escapedPattern(text string, escape rune) (string, error) {
	var b strings.Builder
	runes := []rune(text)
	for i := 0; i < len(runes); i++ {
		r := runes[i]
		if r != escape {
			if r == '\\' {
				b.WriteByte('\\')
			}
			b.WriteRune(r)
			continue
		}
		if i++; i == len(runes) {
			return "", analysisError("[INVALID_FORMAT.ESC_AT_THE_END] The format is invalid: '%s'. The escape character is not allowed to "+
				"end with.", text)
		}
		if runes[i] != '_' && runes[i] != '%' && runes[i] != escape {
			return "", analysisError("[INVALID_FORMAT.ESC_IN_THE_MIDDLE] The format is invalid: '%s'. The escape character is not allowed "+
				"to precede '%c'.", text, runes[i])
		}
		if runes[i] == '_' || runes[i] == '%' || runes[i] == '\\' {
			b.WriteByte('\\')
		}
		b.WriteRune(runes[i])
	}
	return b.String(), nil
}

// likeEach is LIKE with several patterns: one OR or AND over them, which Spark names by its own function where every
// pattern is a constant.
func likeEach(name string, args []*Expr) (*Expr, error) {
	rest, negated := strings.CutPrefix(name, "not ")
	rest, lower := strings.CutPrefix(rest, "i")
	joiner := "or"
	if strings.HasSuffix(rest, " all") {
		joiner = "and"
	}
	constant := true
	var out *Expr
	e := args[0]
	if lower {
		var err error
		if e, err = typeCall("lower", functions["lower"], []*Expr{e}, false); err != nil {
			return nil, err
		}
	}
	for _, pattern := range args[1:] {
		constant = constant && pattern.Op == OpLit && pattern.Value != nil
		one, err := likeOne(e, pattern, lower, negated)
		if err != nil {
			return nil, err
		}
		if out == nil {
			out = one
		} else if out, err = typeCall(joiner, functions[joiner], []*Expr{out, one}, false); err != nil {
			return nil, err
		}
	}
	if constant {
		label := "like" + strings.TrimPrefix(rest, likeMany+" ")
		if negated {
			label = "not" + label
		}
		out = relabel(out, label+"("+e.Label+")")
	}
	return out, nil
}

// likeOne is one pattern of several.
func likeOne(e, pattern *Expr, lower, negated bool) (*Expr, error) {
	if lower {
		var err error
		if pattern, err = typeCall("lower", functions["lower"], []*Expr{pattern}, false); err != nil {
			return nil, err
		}
	}
	out, err := likeOf("like", e, pattern)
	if err != nil || !negated {
		return out, err
	}
	return typeCall("not", functions["not"], []*Expr{out}, false)
}
