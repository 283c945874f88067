package spark

import (
	"math/big"
	"strconv"
	"strings"

	"tenon/internal/plan"
)

// namedWindow is a window written as a name, and the window to fill in.
type namedWindow struct {
	name   string
	window *plan.Window
}

// windowClause parses WINDOW name AS window, ... and fills in the windows of the SELECT that are names.
func (p *parser) windowClause() error {
	known := map[string]*plan.Window{}
	if p.is("WINDOW") && p.peekAt(1).kind != tokEnd && isWord(p.peekAt(2), "AS") {
		p.pos++
		for {
			name, err := p.ident()
			if err != nil {
				return err
			}
			if err := p.needWord("AS"); err != nil {
				return err
			}
			if known[name], err = p.windowSpec(); err != nil {
				return err
			}
			if !p.symbol(",") {
				break
			}
		}
	}
	return p.fillWindows(known)
}

// fillWindows gives the windows that are names what these names stand for.
func (p *parser) fillWindows(known map[string]*plan.Window) error {
	for i := len(p.windows) - 1; i >= 0; i-- { // a window that stands for another was read last
		w := p.windows[i]
		meant := known[w.name]
		if meant == nil || meant == w.window {
			return analysisError("Window specification %s is not defined in the WINDOW clause.", w.name)
		}
		*w.window = *meant
	}
	p.windows = nil
	return nil
}

// order parses ORDER BY, SORT BY, CLUSTER BY and DISTRIBUTE BY. There is one partition, so that to sort each is to sort
// all, and to distribute changes nothing.
func (p *parser) order(node plan.Node) (plan.Node, error) {
	outside := p.windows
	p.windows = nil
	defer func() { p.windows = outside }()
	var keys []plan.Expr
	var err error
	switch {
	case p.word("ORDER", "BY"):
		if keys, err = p.orderAll(); err == nil && keys == nil {
			keys, err = p.sortKeys()
		}
	case p.word("SORT", "BY"), p.word("CLUSTER", "BY"):
		keys, err = p.sortKeys()
	case p.word("DISTRIBUTE", "BY"):
		node = plan.Node{Kind: plan.NodeDistribute, Inputs: []plan.Node{node}}
		if node.Exprs, err = p.expressions(); err == nil && p.word("SORT", "BY") {
			keys, err = p.sortKeys()
		}
	}
	if err == nil {
		err = p.fillWindows(nil)
	}
	if err != nil || keys == nil {
		return node, err
	}
	return plan.Node{Kind: plan.NodeSort, Inputs: []plan.Node{node}, Exprs: keys}, nil
}

// expressions parses expressions separated by commas.
func (p *parser) expressions() ([]plan.Expr, error) {
	var out []plan.Expr
	for {
		e, err := p.expr()
		if err != nil {
			return nil, err
		}
		out = append(out, e)
		if !p.symbol(",") {
			return out, nil
		}
	}
}

// sortAll in the text of a sort key's column marks ORDER BY ALL: by all columns, unless one has that name.
const sortAll = "order by all"

// orderAll parses ALL [ASC|DESC] [NULLS FIRST|LAST] after ORDER BY; nil when something else comes.
func (p *parser) orderAll() ([]plan.Expr, error) {
	if !p.is("ALL") || p.followsName() {
		return nil, nil
	}
	keys, err := p.sortKeys()
	if err == nil && len(keys) == 1 && keys[0].Args[0].Kind == plan.ExprColumn {
		keys[0].Args[0].Text = sortAll
	}
	return keys, err
}

// rowCount reads the number of LIMIT or OFFSET: a whole number, or arithmetic over such.
func (p *parser) rowCount() (int64, error) {
	at := p.peek().pos
	e, err := p.expr()
	if err != nil {
		return 0, err
	}
	n, err := countOf(e)
	if err != nil {
		return 0, err
	}
	shown := strings.TrimSpace(p.text[at:p.peek().pos])
	switch {
	case n == nil:
		return 0, plan.Unsupported("the LIMIT or OFFSET "+shown, "write a whole number")
	case n.Sign() < 0:
		return 0, analysisError("[INVALID_LIMIT_LIKE_EXPRESSION.IS_NEGATIVE] The limit like expression \"%s\" is invalid. The limit "+
			"expression must be equal to or greater than 0, but got %s.", shown, n)
	}
	return n.Int64(), nil
}

// countOf computes a constant whole number that fits an int; nil when it is something else.
func countOf(e plan.Expr) (*big.Int, error) {
	switch {
	case e.Kind == plan.ExprLit && (e.Type == "int" || e.Type == "smallint" || e.Type == "tinyint"):
		n, err := strconv.ParseInt(string(e.Value), 10, 64)
		return big.NewInt(n), err
	case e.Kind == plan.ExprLit:
		lit, err := literalOf(e)
		if err != nil {
			return nil, err
		}
		return nil, analysisError("[INVALID_LIMIT_LIKE_EXPRESSION.DATA_TYPE] The limit like expression \"%s\" is invalid. The limit "+
			"expression must be integer type, but got \"%s\".", lit.Label, lit.Type.sqlName())
	case e.Kind == plan.ExprColumn, e.Kind == plan.ExprQuery:
		return nil, analysisError("[INVALID_LIMIT_LIKE_EXPRESSION.IS_UNFOLDABLE] The limit like expression \"%s\" is invalid. The limit "+
			"expression must evaluate to a constant value.", e.Name)
	case e.Kind == plan.ExprCast && e.Type == "int" && e.Args[0].Kind == plan.ExprLit && e.Args[0].Type == "string":
		text, err := strconv.Unquote(string(e.Args[0].Value))
		if err != nil {
			return nil, nil //nolint:nilerr // a text that is no plain number is refused
		}
		n, ok := new(big.Int).SetString(text, 10)
		if !ok || !n.IsInt64() || int64(int32(n.Int64())) != n.Int64() {
			return nil, nil
		}
		return n, nil
	case e.Kind == plan.ExprCall && len(e.Args) == 2:
		return countOfTwo(e)
	default:
		return nil, nil
	}
}

// countOfTwo is countOf for an operator over two numbers.
func countOfTwo(e plan.Expr) (*big.Int, error) {
	var args [2]*big.Int
	for i := range args {
		var err error
		if args[i], err = countOf(e.Args[i]); err != nil || args[i] == nil {
			return nil, err
		}
	}
	out := new(big.Int)
	switch e.Name {
	case "+":
		out.Add(args[0], args[1])
	case "-":
		out.Sub(args[0], args[1])
	case "*":
		out.Mul(args[0], args[1])
	default:
		return nil, nil
	}
	if int64(int32(out.Int64())) != out.Int64() {
		return nil, nil
	}
	return out, nil
}
