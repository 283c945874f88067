package spark

import (
	"strings"

	"tenon/internal/plan"
)

// lateralViews parses the LATERAL VIEW clauses after FROM; each may use the columns of those before it.
func (p *parser) lateralViews(node plan.Node) (plan.Node, error) {
	for p.is("LATERAL") && isWord(p.peekAt(1), "VIEW") {
		p.pos += 2
		view := plan.Node{Kind: plan.NodeGenerate, Inputs: []plan.Node{node}, Outer: p.word("OUTER")}
		if err := p.count(1); err != nil {
			return node, err
		}
		name, err := p.ident()
		if err != nil {
			return node, err
		}
		if err := p.need("("); err != nil {
			return node, err
		}
		args, err := p.exprList(")")
		if err != nil {
			return node, err
		}
		view.Exprs = []plan.Expr{call(strings.ToLower(name), args...)}
		if err := p.viewNames(&view); err != nil {
			return node, err
		}
		node = view
	}
	return node, nil
}

// viewNames parses alias [[AS] column, ...] after the generator of a lateral view.
func (p *parser) viewNames(view *plan.Node) error {
	var err error
	named := func() bool {
		t := p.peek()
		return t.kind == tokQuoted || t.kind == tokWord && !p.is(notAnAlias...)
	}
	if !named() {
		return p.fail()
	}
	if !p.is("AS") {
		if view.Name, err = p.ident(); err != nil {
			return err
		}
	}
	if !p.word("AS") && !named() {
		return nil
	}
	for {
		name, err := p.ident()
		if err != nil {
			return err
		}
		view.Names = append(view.Names, name)
		if !p.symbol(",") {
			return nil
		}
	}
}

// tableFunction parses a table-valued function after its name and (: range, or a generator.
func (p *parser) tableFunction(name string) (plan.Node, error) {
	start := p.pos
	p.pos++
	args, err := p.exprList(")")
	if err != nil {
		return plan.Node{}, err
	}
	lower := strings.ToLower(name)
	if lower == "range" {
		node, ok := rangeNode(args)
		if !ok {
			p.pos = start
			return node, p.refuseFor("range of bounds that are no whole numbers", "write whole numbers")
		}
		return p.alias(node)
	}
	if f, ok := functions[lower]; !ok || f.kind != kindGen {
		p.pos = start
		return plan.Node{}, p.refuse("the table-valued function " + name)
	}
	return p.alias(plan.Node{Kind: plan.NodeGenerate, Exprs: []plan.Expr{call(lower, args...)}})
}

// rangeNode is range(end), range(start, end[, step[, partitions]]) of literals.
func rangeNode(args []plan.Expr) (plan.Node, bool) {
	var n []int64
	for _, a := range args {
		e, err := literalOf(a)
		if a.Kind != plan.ExprLit || err != nil || !isIntegral(e.Type) {
			return plan.Node{}, false
		}
		value, ok := e.Value.(int64)
		if !ok {
			return plan.Node{}, false
		}
		n = append(n, value)
	}
	node := plan.Node{Kind: plan.NodeRange, Step: 1}
	switch {
	case len(n) == 1:
		node.End = n[0]
	case len(n) > 1 && len(n) < 5:
		node.Start, node.End = n[0], n[1]
		if len(n) > 2 {
			node.Step = n[2]
		}
	}
	return node, len(n) > 0 && len(n) < 5 && node.Step != 0
}
