package spark

import (
	"strings"

	"tenon/internal/plan"
)

// maxGroupingSets bounds the sets that one GROUP BY stands for: a cube of 12 keys has 4,096.
const maxGroupingSets = 4096

// grouping parses GROUP BY and HAVING, and gives the relation of the select list.
func (p *parser) grouping(items []plan.Expr, inputs []plan.Node) (plan.Node, error) {
	node := plan.Node{Kind: plan.NodeProject, Inputs: inputs, Exprs: items, FromSQL: true}
	if p.word("GROUP", "BY") {
		node = plan.Node{Kind: plan.NodeAggregate, Inputs: inputs, Aggs: items, OmitKeys: true}
		if err := p.groupKeys(&node); err != nil {
			return node, err
		}
	}
	if p.word("HAVING") {
		cond, err := p.expr()
		if err != nil {
			return node, err
		}
		if node.Kind == plan.NodeProject {
			node = plan.Node{Kind: plan.NodeAggregate, Inputs: inputs, Aggs: items, OmitKeys: true}
		}
		node.Having = &cond
	}
	return node, nil
}

// groupKeys parses the keys of GROUP BY into node. ROLLUP, CUBE and GROUPING SETS among them become sets of keys; what
// stands beside them is in every set.
func (p *parser) groupKeys(node *plan.Node) error {
	if p.is("ALL") && !p.followsName() {
		p.pos++
		node.GroupKind = groupAll
		return nil
	}
	sets := [][]int{nil}
	analytic := false
	for {
		part, isSets, err := p.groupElement(node)
		if err != nil {
			return err
		}
		analytic = analytic || isSets
		if sets = crossSets(sets, part); len(sets) > maxGroupingSets {
			return p.refuse("GROUP BY with so many grouping sets")
		}
		if !p.symbol(",") {
			break
		}
	}
	if !analytic {
		return p.groupSuffix(node)
	}
	node.GroupSets, node.GroupKind = sets, groupSets
	return nil
}

// The kinds of grouping that only SQL can say, as plan.Node.GroupKind has them.
const (
	groupSets = "sets" // by GroupSets
	groupAll  = "all"  // by every item of the select list that aggregates nothing
)

// followsName reports whether the word after GROUP BY goes on, so that it is a name and no keyword.
func (p *parser) followsName() bool {
	next := p.peekAt(1)
	return next.kind == tokSymbol && next.text != ")" && next.text != ";"
}

// crossSets joins every set of a with every set of b.
func crossSets(a, b [][]int) [][]int {
	out := make([][]int, 0, len(a)*len(b))
	for _, x := range a {
		for _, y := range b {
			out = append(out, append(append(make([]int, 0, len(x)+len(y)), x...), y...))
		}
	}
	return out
}

// groupElement parses one element of GROUP BY and gives the sets it stands for, as positions in node.Exprs.
func (p *parser) groupElement(node *plan.Node) (sets [][]int, isSets bool, err error) {
	switch {
	case p.word("GROUPING", "SETS"):
		sets, err = p.setList(node)
		return sets, true, err
	case p.is("ROLLUP", "CUBE") && p.peekAt(1).kind == tokSymbol && p.peekAt(1).text == "(":
		kind := strings.ToLower(p.peek().text)
		p.pos++
		parts, err := p.setList(node)
		if err != nil {
			return nil, true, err
		}
		sets, ok := expandSets(kind, parts)
		if !ok {
			return nil, true, p.refuse("GROUP BY with so many grouping sets")
		}
		return sets, true, nil
	}
	key, err := p.expr()
	if err != nil {
		return nil, false, err
	}
	node.Exprs = append(node.Exprs, key)
	return [][]int{{len(node.Exprs) - 1}}, false, nil
}

// setList parses (set, set, ...) where a set is one key, (key, ...), (), or ROLLUP, CUBE or GROUPING SETS again.
func (p *parser) setList(node *plan.Node) ([][]int, error) {
	if err := p.need("("); err != nil {
		return nil, err
	}
	if err := p.enter(); err != nil {
		return nil, err
	}
	defer p.leave()
	var out [][]int
	for {
		if p.isSymbol("(") {
			set, err := p.keySet(node)
			if err != nil {
				return nil, err
			}
			out = append(out, set)
		} else {
			sets, _, err := p.groupElement(node)
			if err != nil {
				return nil, err
			}
			out = append(out, sets...)
		}
		if p.symbol(")") {
			return out, nil
		}
		if err := p.need(","); err != nil {
			return nil, err
		}
	}
}

// keySet parses (key, ...) or (), or an expression that begins with a parenthesis.
func (p *parser) keySet(node *plan.Node) ([]int, error) {
	start := p.pos
	p.pos++
	keys, err := p.exprList(")")
	if err != nil {
		return nil, err
	}
	if !p.isSymbol(",") && !p.isSymbol(")") {
		p.pos = start
		key, err := p.expr()
		if err != nil {
			return nil, err
		}
		keys = []plan.Expr{key}
	}
	set := make([]int, len(keys))
	for i, key := range keys {
		node.Exprs = append(node.Exprs, key)
		set[i] = len(node.Exprs) - 1
	}
	return set, nil
}

// groupSuffix parses what may follow plain keys: WITH ROLLUP, WITH CUBE, or GROUPING SETS over these keys.
func (p *parser) groupSuffix(node *plan.Node) error {
	switch {
	case p.word("WITH", "ROLLUP"):
		node.GroupKind = "rollup"
	case p.word("WITH", "CUBE"):
		node.GroupKind = "cube"
	case p.word("GROUPING", "SETS"):
		sets, err := p.setList(node)
		node.GroupSets, node.GroupKind = sets, groupSets
		return err
	}
	return nil
}

// expandSets gives the grouping sets of a rollup or cube over parts, each of which is one key or several that go
// together; false when there are too many.
func expandSets(kind string, parts [][]int) ([][]int, bool) {
	join := func(picked [][]int) []int {
		set := []int{}
		for _, part := range picked {
			set = append(set, part...)
		}
		return set
	}
	var out [][]int
	if kind == "rollup" {
		for n := len(parts); n >= 0; n-- {
			out = append(out, join(parts[:n]))
		}
		return out, len(out) <= maxGroupingSets
	}
	if 1<<min(len(parts), 30) > maxGroupingSets {
		return nil, false
	}
	for mask := 1<<len(parts) - 1; mask >= 0; mask-- {
		var picked [][]int
		for i, part := range parts {
			if mask>>(len(parts)-1-i)&1 == 1 {
				picked = append(picked, part)
			}
		}
		out = append(out, join(picked))
	}
	return out, true
}
