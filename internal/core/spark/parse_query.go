package spark

import (
	"encoding/json"
	"fmt"
	"strings"

	"tenon/internal/plan"
)

// maxValuesRows bounds an inline VALUES table: each row becomes a relation of its own.
const maxValuesRows = 1000

// query parses [WITH ...] set operations [ORDER BY] [LIMIT] [OFFSET].
func (p *parser) query() (plan.Node, error) {
	if err := p.enter(); err != nil {
		return plan.Node{}, err
	}
	defer p.leave()
	outer := len(p.ctes)
	defer func() { p.ctes = p.ctes[:outer] }()
	if p.word("WITH") {
		if err := p.with(); err != nil {
			return plan.Node{}, err
		}
	}
	node, err := p.setOperation(0)
	if err != nil {
		return plan.Node{}, err
	}
	return p.tail(node)
}

// with parses the names of a WITH clause; each may use those before it.
func (p *parser) with() error {
	if p.is("RECURSIVE") {
		return p.refuse("WITH RECURSIVE")
	}
	for {
		name, err := p.ident()
		if err != nil {
			return err
		}
		columns, err := p.columnList()
		if err != nil {
			return err
		}
		p.word("AS")
		if err := p.need("("); err != nil {
			return err
		}
		before := p.nodes
		node, err := p.query()
		if err != nil {
			return err
		}
		if err := p.need(")"); err != nil {
			return err
		}
		if len(columns) > 0 {
			node = plan.Node{Kind: plan.NodeToDF, Inputs: []plan.Node{node}, Names: columns}
		}
		p.ctes = append(p.ctes, cte{name: name, node: node, nodes: p.nodes - before})
		if !p.symbol(",") {
			return nil
		}
	}
}

// columnList reads an optional (a, b, c).
func (p *parser) columnList() ([]string, error) {
	if !p.symbol("(") {
		return nil, nil
	}
	var out []string
	for {
		name, err := p.ident()
		if err != nil {
			return nil, err
		}
		out = append(out, name)
		if p.symbol(")") {
			return out, nil
		}
		if err := p.need(","); err != nil {
			return nil, err
		}
	}
}

// tail parses what may follow a set operation.
func (p *parser) tail(node plan.Node) (plan.Node, error) {
	node, err := p.order(node)
	if err != nil {
		return node, err
	}
	if p.word("LIMIT") && !p.word("ALL") {
		n, err := p.rowCount()
		if err != nil {
			return node, err
		}
		node = plan.Node{Kind: plan.NodeLimit, Inputs: []plan.Node{node}, Limit: n}
	}
	if p.word("OFFSET") {
		n, err := p.rowCount()
		if err != nil {
			return node, err
		}
		if node.Kind == plan.NodeLimit {
			node.Offset = n
		} else {
			node = plan.Node{Kind: plan.NodeLimit, Inputs: []plan.Node{node}, Limit: -1, Offset: n}
		}
	}
	return node, nil
}

// setOperation parses UNION, EXCEPT and MINUS (level 0) over INTERSECT (level 1) over plain queries (level 2).
func (p *parser) setOperation(level int) (plan.Node, error) {
	if level == 2 {
		return p.queryPrimary()
	}
	left, err := p.setOperation(level + 1)
	if err != nil {
		return left, err
	}
	for {
		var kind plan.NodeKind
		switch {
		case level == 0 && p.word("UNION"):
			kind = plan.NodeUnion
		case level == 0 && (p.word("EXCEPT") || p.word("MINUS")):
			kind = plan.NodeExcept
		case level == 1 && p.word("INTERSECT"):
			kind = plan.NodeIntersect
		default:
			return left, nil
		}
		all := p.word("ALL")
		if !all {
			p.word("DISTINCT")
		}
		right, err := p.setOperation(level + 1)
		if err != nil {
			return left, err
		}
		if err := p.count(1); err != nil {
			return left, err
		}
		left = plan.Node{Kind: kind, Inputs: []plan.Node{left, right}, All: all}
		if kind == plan.NodeUnion && !all {
			left = plan.Node{Kind: plan.NodeDistinct, Inputs: []plan.Node{left}}
		}
	}
}

// queryPrimary parses SELECT, VALUES, TABLE name or a query in parentheses.
func (p *parser) queryPrimary() (plan.Node, error) {
	if err := p.count(1); err != nil {
		return plan.Node{}, err
	}
	switch {
	case p.is("SELECT"):
		return p.selectQuery()
	case p.is("VALUES"):
		return p.valuesTable()
	case p.word("TABLE"):
		name, err := p.tableName()
		return plan.Node{Kind: plan.NodeTable, Name: strings.Join(name, ".")}, err
	case p.word("FROM"):
		from, err := p.from()
		if err != nil {
			return from, err
		}
		if !p.is("SELECT") {
			return from, p.fail()
		}
		return p.selectFrom(&from)
	case p.symbol("("):
		node, err := p.query()
		if err != nil {
			return node, err
		}
		return node, p.need(")")
	default:
		return plan.Node{}, p.fail()
	}
}

// valuesTable parses VALUES rows into a union of one-row projections, with columns col1, col2, ... unless an alias
// says else.
func (p *parser) valuesTable() (plan.Node, error) {
	p.pos++
	var rows []plan.Node
	for {
		var cells []plan.Expr
		e, err := p.expr()
		if err != nil {
			return plan.Node{}, err
		}
		if e.Kind == plan.ExprCall && e.Name == rowConstructor {
			cells = e.Args
		} else {
			cells = []plan.Expr{e}
		}
		for i := range cells {
			cells[i] = plan.Expr{Kind: plan.ExprAlias, Name: fmt.Sprintf("col%d", i+1), Args: []plan.Expr{cells[i]}}
		}
		rows = append(rows, plan.Node{Kind: plan.NodeProject, Exprs: cells})
		if len(rows) > maxValuesRows {
			return plan.Node{}, p.refuse(fmt.Sprintf("a VALUES table of more than %d rows", maxValuesRows))
		}
		if !p.symbol(",") {
			break
		}
	}
	node := rows[0]
	if len(rows) > 1 {
		node = plan.Node{Kind: plan.NodeUnion, Inputs: rows}
	}
	return p.alias(node)
}

// scriptFollows tells SELECT TRANSFORM(...) USING 'script' from a call of the function transform, at the name.
func (p *parser) scriptFollows() bool {
	depth := 0
	for n := 1; p.peekAt(n).kind != tokEnd; n++ {
		if t := p.peekAt(n); t.kind == tokSymbol && t.text == "(" {
			depth++
		} else if t.kind == tokSymbol && t.text == ")" {
			if depth--; depth == 0 {
				return isWord(p.peekAt(n+1), "USING", "ROW", "RECORDWRITER")
			}
		}
	}
	return false
}

// selectQuery parses SELECT ... FROM ... WHERE ... GROUP BY ... HAVING.
func (p *parser) selectQuery() (plan.Node, error) { return p.selectFrom(nil) }

// selectFrom is selectQuery, where what it selects from may have come before, as in FROM t SELECT a.
func (p *parser) selectFrom(from *plan.Node) (plan.Node, error) {
	p.pos++
	outside := p.windows
	p.windows = nil
	defer func() { p.windows = outside }()
	distinct := p.word("DISTINCT")
	if !distinct {
		p.word("ALL")
	}
	if p.is("TRANSFORM") && p.peekAt(1).text == "(" && p.scriptFollows() {
		return plan.Node{}, p.refuse("SELECT TRANSFORM")
	}
	var items []plan.Expr
	for {
		item, err := p.namedExpr()
		if err != nil {
			return plan.Node{}, err
		}
		items = append(items, item)
		if !p.symbol(",") {
			break
		}
	}
	var inputs []plan.Node
	if from != nil {
		inputs = []plan.Node{*from}
	} else if p.word("FROM") {
		from, err := p.from()
		if err != nil {
			return plan.Node{}, err
		}
		inputs = []plan.Node{from}
	}
	if len(inputs) > 0 {
		viewed, err := p.lateralViews(inputs[0])
		if err != nil {
			return plan.Node{}, err
		}
		inputs[0] = viewed
	}
	if p.word("WHERE") {
		cond, err := p.expr()
		if err != nil {
			return plan.Node{}, err
		}
		inputs = []plan.Node{{Kind: plan.NodeFilter, Inputs: inputs, Condition: &cond}}
	}
	node, err := p.grouping(items, inputs)
	if err == nil {
		err = p.windowClause()
	}
	if err != nil {
		return node, err
	}
	if distinct {
		node = plan.Node{Kind: plan.NodeDistinct, Inputs: []plan.Node{node}}
	}
	return node, nil
}

// from parses a comma-separated list of relations with their joins.
func (p *parser) from() (plan.Node, error) {
	left, err := p.joins()
	for err == nil && p.symbol(",") {
		var right plan.Node
		lateral := p.lateral()
		if lateral {
			right, err = p.relation()
		} else {
			right, err = p.joins()
		}
		left = plan.Node{Kind: plan.NodeJoin, Inputs: []plan.Node{left, right}, How: "cross", Lateral: lateral}
	}
	return left, err
}

// joinKinds are the spellings of joins and the kind each is.
var joinKinds = []struct {
	words []string
	how   string
}{
	{[]string{"INNER", "JOIN"}, "inner"}, {[]string{"CROSS", "JOIN"}, "cross"}, {[]string{"JOIN"}, "inner"},
	{[]string{"LEFT", "OUTER", "JOIN"}, "left"}, {[]string{"LEFT", "JOIN"}, "left"},
	{[]string{"RIGHT", "OUTER", "JOIN"}, "right"}, {[]string{"RIGHT", "JOIN"}, "right"},
	{[]string{"FULL", "OUTER", "JOIN"}, "full"}, {[]string{"FULL", "JOIN"}, "full"},
	{[]string{"LEFT", "SEMI", "JOIN"}, "left_semi"}, {[]string{"SEMI", "JOIN"}, "left_semi"},
	{[]string{"LEFT", "ANTI", "JOIN"}, "left_anti"}, {[]string{"ANTI", "JOIN"}, "left_anti"},
}

// joins parses one relation and the joins that follow it.
func (p *parser) joins() (plan.Node, error) {
	left, err := p.relation()
	if err != nil {
		return left, err
	}
	for {
		if p.is("PIVOT", "UNPIVOT") && p.pivotFollows() {
			if left, err = p.pivoted(left); err != nil {
				return left, err
			}
			continue
		}
		natural := p.word("NATURAL")
		how := ""
		for _, k := range joinKinds {
			if p.word(k.words...) {
				how = k.how
				break
			}
		}
		if natural && how == "cross" {
			return left, &plan.Error{Class: plan.ClassParse,
				Message: "\n[INCOMPATIBLE_JOIN_TYPES] The join types NATURAL and CROSS are incompatible."}
		}
		if natural && how == "" {
			return left, p.fail()
		}
		if how == "" {
			return left, nil
		}
		lateral := p.lateral()
		right, err := p.relation()
		if err != nil {
			return left, err
		}
		if left, err = p.joinCondition(left, right, how); err != nil {
			return left, err
		}
		left.Natural, left.Lateral = natural, lateral
		if lateral && (how == "right" || how == "full" || strings.HasPrefix(how, "left_")) {
			return left, &plan.Error{Class: plan.ClassParse, Message: "\n[INVALID_LATERAL_JOIN_TYPE] This kind of join with LATERAL " +
				"correlation is not allowed because an OUTER subquery cannot correlate to its join partner. Remove the LATERAL " +
				"correlation or use an INNER JOIN, or LEFT OUTER JOIN instead."}
		}
	}
}

// joinCondition parses ON or USING.
func (p *parser) joinCondition(left, right plan.Node, how string) (plan.Node, error) {
	node := plan.Node{Kind: plan.NodeJoin, Inputs: []plan.Node{left, right}, How: how}
	if err := p.count(1); err != nil {
		return node, err
	}
	switch {
	case p.word("ON"):
		cond, err := p.expr()
		node.Condition = &cond
		return node, err
	case p.word("USING"):
		if !p.isSymbol("(") {
			return node, p.fail()
		}
		var err error
		node.Names, err = p.columnList()
		return node, err
	}
	return node, nil
}

// relation parses a table, a subquery or a parenthesised join, with its alias.
func (p *parser) relation() (plan.Node, error) {
	if err := p.enter(); err != nil {
		return plan.Node{}, err
	}
	defer p.leave()
	if err := p.count(1); err != nil {
		return plan.Node{}, err
	}
	if p.is("VALUES") {
		return p.valuesTable()
	}
	if p.symbol("(") {
		var node plan.Node
		var err error
		if p.is("SELECT", "WITH", "VALUES", "TABLE") || p.isSymbol("(") {
			node, err = p.query()
		} else {
			node, err = p.from()
		}
		if err != nil {
			return node, err
		}
		if err := p.need(")"); err != nil {
			return node, err
		}
		return p.alias(node)
	}
	return p.table()
}

// table parses a table's name: a name of WITH, else a temporary view.
func (p *parser) table() (plan.Node, error) {
	parts, err := p.tableName()
	if err != nil {
		return plan.Node{}, err
	}
	name := parts[0]
	if p.isSymbol("(") {
		return p.tableFunction(name)
	}
	node := plan.Node{Kind: plan.NodeTable, Name: strings.Join(parts, ".")}
	if len(parts) == 1 {
		for i := len(p.ctes) - 1; i >= 0; i-- {
			if strings.EqualFold(p.ctes[i].name, name) {
				if err := p.count(p.ctes[i].nodes); err != nil {
					return node, err
				}
				node = p.ctes[i].node
				break
			}
		}
	}
	if file := fileQuery(parts); file != nil {
		return p.alias(*file)
	}
	if p.is("VERSION", "TIMESTAMP") && isWord(p.peekAt(1), "AS") {
		return node, p.refuse("time travel")
	}
	if node, err = p.sample(node); err != nil {
		return node, err
	}
	last := parts[len(parts)-1]
	return p.alias(plan.Node{Kind: plan.NodeAlias, Name: last, Inputs: []plan.Node{node}})
}

// notAnAlias are the keywords that end a relation or select item, so that they are no alias without AS.
var notAnAlias = []string{
	"ANTI", "CLUSTER", "CROSS", "DISTRIBUTE", "EXCEPT", "FROM", "FULL", "GROUP", "HAVING", "INNER", "INTERSECT", "JOIN",
	"LATERAL", "LEFT", "LIMIT", "MINUS", "NATURAL", "OFFSET", "ON", "ORDER", "RIGHT", "SELECT", "SEMI", "SORT",
	"TABLESAMPLE", "UNION", "USING", "WHERE", "WINDOW",
}

// alias parses an optional TABLESAMPLE and [AS] name [(columns)].
func (p *parser) alias(node plan.Node) (plan.Node, error) {
	node, err := p.sample(node)
	if err != nil {
		return node, err
	}
	if !p.word("AS") {
		t := p.peek()
		if t.kind != tokQuoted && (t.kind != tokWord || p.is(notAnAlias...) || p.is("PIVOT", "UNPIVOT") && p.pivotFollows()) {
			return node, nil
		}
	}
	name, err := p.ident()
	if err != nil {
		return node, err
	}
	columns, err := p.columnList()
	if err != nil {
		return node, err
	}
	if len(columns) > 0 {
		node = plan.Node{Kind: plan.NodeToDF, Inputs: []plan.Node{node}, Names: columns}
	}
	return plan.Node{Kind: plan.NodeAlias, Name: name, Inputs: []plan.Node{node}}, nil
}

// quoteJSON encodes a literal's text for plan.Expr.Value.
func quoteJSON(v any) json.RawMessage {
	b, err := json.Marshal(v)
	if err != nil { // strings, numbers and booleans always encode
		panic(err)
	}
	return b
}
