package spark

import (
	"fmt"
	"strings"

	"tenon/internal/plan"
)

// maxParseDepth bounds the nesting of queries and expressions in one statement. Spark itself overflows its stack at a
// few thousand.
const maxParseDepth = 200

// maxParseNodes bounds the relations of one statement after its WITH names are put in place.
const maxParseNodes = 5000

// Statement is one parsed statement of Spark SQL: a query, or one of the commands on temporary views.
type Statement struct {
	Query *plan.Node // of a query, and of CREATE TEMPORARY VIEW
	View  string     // the view that is created or dropped, empty for a query
	// Replace is CREATE OR REPLACE; Drop is DROP VIEW; IfExists is DROP VIEW IF EXISTS.
	Replace, Drop, IfExists bool
	Command                 *Command // of every other command
}

// ParseStatement parses one statement, with an optional semicolon at its end. What Spark has and Tenon has not is an
// UnsupportedOperation that names it; all else is a ParseException that names the position.
func ParseStatement(text string) (Statement, error) {
	return ParseNode(plan.Node{Kind: plan.NodeSQL, Text: text})
}

// ParseNode parses the statement of an SQL node, with its parameters.
func ParseNode(n plan.Node) (Statement, error) {
	p, err := newParser(n.Text)
	if err != nil {
		return Statement{}, err
	}
	p.parameters, p.arguments = n.Parameters, n.Arguments
	st, err := p.statement()
	if err != nil {
		return Statement{}, err
	}
	p.symbol(";")
	return st, p.end()
}

// ParseExpr parses one expression, with an optional AS name, as expr() and selectExpr take.
func ParseExpr(text string) (plan.Expr, error) {
	p, err := newParser(text)
	if err != nil {
		return plan.Expr{}, err
	}
	e, err := p.namedExpr()
	if err != nil {
		return plan.Expr{}, err
	}
	return e, p.end()
}

// parser walks the tokens of one statement.
type parser struct {
	text  string
	toks  []token
	pos   int
	depth int
	nodes int
	ctes  []cte // names of WITH in scope, innermost last

	parameters map[string]plan.Expr // what markers stand for, by name
	arguments  []plan.Expr          // and by position, what is left of them

	windows []namedWindow // windows of the current SELECT that are written as a name, to be filled in by its WINDOW clause
}

// cte is one name of a WITH clause and its query.
type cte struct {
	name  string
	node  plan.Node
	nodes int // how many relations node holds
}

// newParser splits text into tokens.
func newParser(text string) (*parser, error) {
	toks, err := lex(text)
	if err != nil {
		return nil, err
	}
	return &parser{text: text, toks: toks}, nil
}

// peek is the current token.
func (p *parser) peek() token { return p.toks[p.pos] }

// peekAt is the token n further on.
func (p *parser) peekAt(n int) token { return p.toks[min(p.pos+n, len(p.toks)-1)] }

// is reports whether the current token is one of these keywords, case aside.
func (p *parser) is(words ...string) bool { return isWord(p.peek(), words...) }

// isWord reports whether t is one of these keywords, case aside.
func isWord(t token, words ...string) bool {
	if t.kind != tokWord {
		return false
	}
	for _, w := range words {
		if strings.EqualFold(t.text, w) {
			return true
		}
	}
	return false
}

// word steps over a sequence of keywords if all of them come next.
func (p *parser) word(words ...string) bool {
	for i, w := range words {
		if !isWord(p.peekAt(i), w) {
			return false
		}
	}
	p.pos += len(words)
	return true
}

// isSymbol reports whether the current token is this operator or mark.
func (p *parser) isSymbol(s string) bool { return p.peek().kind == tokSymbol && p.peek().text == s }

// symbol steps over an operator or mark if it comes next.
func (p *parser) symbol(s string) bool {
	if p.isSymbol(s) {
		p.pos++
		return true
	}
	return false
}

// need steps over an operator or mark that must come next.
func (p *parser) need(s string) error {
	if !p.symbol(s) {
		return p.fail()
	}
	return nil
}

// needWord steps over a keyword that must come next.
func (p *parser) needWord(w string) error {
	if !p.word(w) {
		return p.fail()
	}
	return nil
}

// end fails unless all tokens are used.
func (p *parser) end() error {
	if p.peek().kind != tokEnd {
		return p.fail()
	}
	return nil
}

// fail is the syntax error at the current token.
func (p *parser) fail() error {
	t := p.peek()
	near := "'" + t.text + "'"
	if t.kind == tokEnd {
		near = "end of input"
	}
	return syntaxError(p.text, t.pos, near)
}

// refuse is the error for something that Spark SQL has and Tenon has not, at the current token.
func (p *parser) refuse(what string) error {
	return p.refuseFor(what, "")
}

// refuseFor is refuse with what to write instead.
func (p *parser) refuseFor(what, instead string) error {
	return plan.Unsupported(fmt.Sprintf("%s (at position %d of the SQL text)", what, p.peek().pos), instead)
}

// enter counts one level of nesting; the caller defers leave.
func (p *parser) enter() error {
	if p.depth++; p.depth > maxParseDepth {
		return &plan.Error{Class: plan.ClassParse, Message: fmt.Sprintf(
			"the SQL text nests deeper than %d levels at position %d", maxParseDepth, p.peek().pos)}
	}
	return nil
}

// leave ends one level of nesting.
func (p *parser) leave() { p.depth-- }

// count adds n relations to the statement.
func (p *parser) count(n int) error {
	if p.nodes += n; p.nodes > maxParseNodes {
		return &plan.Error{Class: plan.ClassParse, Message: fmt.Sprintf(
			"the SQL text makes more than %d relations", maxParseNodes)}
	}
	return nil
}

// ident reads a plain or backticked name.
func (p *parser) ident() (string, error) {
	t := p.peek()
	if t.kind != tokWord && t.kind != tokQuoted {
		return "", p.fail()
	}
	p.pos++
	return t.text, nil
}

// refusedStatements are the first words of statements that Spark has and Tenon has not.
var refusedStatements = []string{
	"ADD", "ALTER", "ANALYZE", "CACHE", "CLEAR", "COMMENT", "CREATE", "DELETE", "DESC", "DESCRIBE", "DFS", "DROP",
	"EXPLAIN", "EXPORT", "GRANT", "IMPORT", "INSERT", "LIST", "LOAD", "LOCK", "MAP", "MERGE", "MSCK", "REDUCE",
	"REFRESH", "REPAIR", "REPLACE", "RESET", "REVOKE", "ROLLBACK", "SET", "SHOW", "START", "TRUNCATE", "UNCACHE",
	"UNLOCK", "UPDATE", "USE",
}

// statement parses a query or command.
func (p *parser) statement() (Statement, error) {
	if st, done, err := p.command(); done || err != nil {
		return st, err
	}
	switch {
	case p.is(refusedStatements...):
		return Statement{}, p.refuse("the SQL statement " + strings.ToUpper(p.peek().text) + " " +
			strings.ToUpper(p.peekAt(1).text))
	}
	node, err := p.query()
	return Statement{Query: &node}, err
}
