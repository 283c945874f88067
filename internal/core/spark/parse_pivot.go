package spark

import "tenon/internal/plan"

// pivotFollows tells the clauses PIVOT and UNPIVOT from aliases of these names.
func (p *parser) pivotFollows() bool {
	next := p.peekAt(1)
	return next.kind == tokSymbol && next.text == "(" || p.is("UNPIVOT") && isWord(next, "INCLUDE", "EXCLUDE")
}

// pivoted parses PIVOT or UNPIVOT over a relation.
func (p *parser) pivoted(in plan.Node) (plan.Node, error) {
	if err := p.count(1); err != nil {
		return in, err
	}
	if p.word("PIVOT") {
		return p.pivot(in)
	}
	return p.unpivot(in)
}

// pivot parses (aggregates FOR column IN (values)).
func (p *parser) pivot(in plan.Node) (plan.Node, error) {
	node := plan.Node{Kind: plan.NodePivot, Inputs: []plan.Node{in}, PivotRest: true}
	if err := p.need("("); err != nil {
		return in, err
	}
	for {
		e, err := p.namedUntil("FOR")
		if err != nil {
			return in, err
		}
		node.Aggs = append(node.Aggs, e)
		if !p.symbol(",") {
			break
		}
	}
	if err := p.needWord("FOR"); err != nil {
		return in, err
	}
	by, err := p.primary()
	if err != nil {
		return in, err
	}
	node.Pivot = &by
	if err := p.needWord("IN"); err != nil {
		return in, err
	}
	if err := p.need("("); err != nil {
		return in, err
	}
	if node.PivotValues, err = p.exprList(")"); err != nil {
		return in, err
	}
	return node, p.need(")")
}

// namedUntil is namedExpr where a keyword ends the item, so that it is no alias without AS.
func (p *parser) namedUntil(keyword string) (plan.Expr, error) {
	e, err := p.expr()
	if err != nil {
		return e, err
	}
	if !p.word("AS") {
		if t := p.peek(); t.kind != tokQuoted && (t.kind != tokWord || p.is(keyword)) {
			return e, nil
		}
	}
	name, err := p.ident()
	return plan.Expr{Kind: plan.ExprAlias, Name: name, Args: []plan.Expr{e}}, err
}

// unpivot parses [INCLUDE|EXCLUDE NULLS] (values FOR variable IN (columns)) and an alias.
func (p *parser) unpivot(in plan.Node) (plan.Node, error) {
	p.pos++
	u := &plan.Unpivot{Rest: true, DropNull: !p.word("INCLUDE", "NULLS")}
	p.word("EXCLUDE", "NULLS")
	if err := p.need("("); err != nil {
		return in, err
	}
	var err error
	several := p.isSymbol("(")
	if several {
		u.Names, err = p.columnList()
	} else {
		u.Names = []string{""}
		u.Names[0], err = p.ident()
	}
	if err != nil {
		return in, err
	}
	if err := p.needWord("FOR"); err != nil {
		return in, err
	}
	if u.Variable, err = p.ident(); err != nil {
		return in, err
	}
	if err := p.needWord("IN"); err != nil {
		return in, err
	}
	if err := p.need("("); err != nil {
		return in, err
	}
	if err := p.unpivotColumns(u, several); err != nil {
		return in, err
	}
	if err := p.need(")"); err != nil {
		return in, err
	}
	return p.alias(plan.Node{Kind: plan.NodeUnpivot, Inputs: []plan.Node{in}, Unpivot: u})
}

// unpivotColumns parses the columns of UNPIVOT, each a name or several in parentheses, with labels.
func (p *parser) unpivotColumns(u *plan.Unpivot, several bool) error {
	for {
		var set []plan.Expr
		var err error
		if several {
			if err := p.need("("); err != nil {
				return err
			}
			set, err = p.exprList(")")
		} else {
			var e plan.Expr
			e, err = p.primary()
			set = []plan.Expr{e}
		}
		if err != nil {
			return err
		}
		label := ""
		if p.word("AS") || p.peek().kind == tokWord || p.peek().kind == tokQuoted {
			if label, err = p.ident(); err != nil {
				return err
			}
		}
		u.Values, u.Labels = append(u.Values, set), append(u.Labels, label)
		if p.symbol(")") {
			return nil
		}
		if err := p.need(","); err != nil {
			return err
		}
	}
}
