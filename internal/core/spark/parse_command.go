package spark

import (
	"encoding/json"
	"strings"

	"tenon/internal/plan"
)

// CommandKind tells which fields of a Command count.
type CommandKind string

// The commands that answer with rows, or with none, and make no relation.
const (
	ShowTables    CommandKind = "show tables"    // Database, Pattern
	ShowViews     CommandKind = "show views"     // Database, Pattern
	ShowColumns   CommandKind = "show columns"   // Name
	ShowDatabases CommandKind = "show databases" // Pattern
	Describe      CommandKind = "describe"       // Name, and Column for one column; Query for DESCRIBE QUERY
	Explain       CommandKind = "explain"        // Query
	CacheTable    CommandKind = "cache table"    // Name; Query for CACHE TABLE ... AS
	UncacheTable  CommandKind = "uncache table"  // Name, IfExists
	CheckTable    CommandKind = "refresh table"  // Name: REFRESH TABLE, which changes nothing
	UseDatabase   CommandKind = "use"            // Database
	Nothing       CommandKind = "nothing"        // CLEAR CACHE
)

// Command is one of the commands on temporary views.
type Command struct {
	Kind     CommandKind
	Name     string // of a table, with its qualifiers
	Database string
	Column   string
	Pattern  string // of LIKE: * is any text, | stands between alternatives; empty is every name
	IfExists bool
	Query    *plan.Node
}

// command parses a statement that is no query; done is false for a query.
func (p *parser) command() (st Statement, done bool, err error) {
	start := p.pos
	switch {
	case p.word("CREATE"):
		st, done, err = p.create()
	case p.word("DROP", "VIEW"), p.word("DROP", "TABLE"):
		st, done = Statement{Drop: true, IfExists: p.word("IF", "EXISTS")}, true
		st.View, err = p.dottedName()
	case p.word("SHOW"):
		st, done, err = p.show()
	case p.word("DESCRIBE"), p.word("DESC"):
		st, done, err = p.describe()
	case p.word("EXPLAIN"):
		_ = p.word("EXTENDED") || p.word("FORMATTED") || p.word("CODEGEN") || p.word("COST") || p.word("LOGICAL")
		st, done, err = p.queryCommand(Explain)
	case p.word("CACHE"):
		st, done, err = p.cacheTable()
	case p.word("UNCACHE", "TABLE"):
		c := Command{Kind: UncacheTable, IfExists: p.word("IF", "EXISTS")}
		c.Name, err = p.dottedName()
		st, done = Statement{Command: &c}, true
	case p.word("CLEAR", "CACHE"):
		st, done = Statement{Command: &Command{Kind: Nothing}}, true
	case p.word("REFRESH", "TABLE"):
		c := Command{Kind: CheckTable}
		c.Name, err = p.dottedName()
		st, done = Statement{Command: &c}, true
	case p.word("USE"):
		_ = p.word("DATABASE") || p.word("NAMESPACE") || p.word("SCHEMA")
		c := Command{Kind: UseDatabase}
		c.Database, err = p.dottedName()
		st, done = Statement{Command: &c}, true
	}
	if !done && err == nil {
		p.pos = start
	}
	return st, done, err
}

// dottedName reads a name with its qualifiers as one text.
func (p *parser) dottedName() (string, error) {
	parts, err := p.tableName()
	return strings.Join(parts, "."), err
}

// globalDatabase qualifies global temporary views. There is one session, so that they are views like others.
const globalDatabase = "global_temp."

// create parses what follows CREATE, for temporary views.
func (p *parser) create() (Statement, bool, error) {
	st := Statement{Replace: p.word("OR", "REPLACE")}
	global := p.word("GLOBAL")
	if !p.word("TEMPORARY", "VIEW") && !p.word("TEMP", "VIEW") {
		return st, false, nil
	}
	if p.is("IF") {
		return st, true, &plan.Error{Class: plan.ClassParse,
			Message: "It is not allowed to define a TEMPORARY view with IF NOT EXISTS."}
	}
	parts, err := p.tableName()
	if err != nil {
		return st, true, err
	}
	if len(parts) > 1 {
		return st, true, p.refuse("a temporary view in a database")
	}
	if st.View = parts[0]; global {
		st.View = globalDatabase + st.View
	}
	if p.is("USING") || p.isSymbol("(") && p.usingFollows() {
		err = p.viewUsing(&st)
		return st, true, err
	}
	err = p.viewAs(&st)
	return st, true, err
}

// usingFollows reports whether USING comes after what stands in parentheses here.
func (p *parser) usingFollows() bool {
	depth := 0
	for n := 0; p.peekAt(n).kind != tokEnd; n++ {
		t := p.peekAt(n)
		if t.kind != tokSymbol {
			continue
		}
		if t.text == "(" {
			depth++
		} else if t.text == ")" {
			if depth--; depth == 0 {
				return isWord(p.peekAt(n+1), "USING")
			}
		}
	}
	return false
}

// viewAs parses [(columns)] [COMMENT text] AS query.
func (p *parser) viewAs(st *Statement) error {
	columns, err := p.viewColumns()
	if err != nil {
		return err
	}
	if p.word("COMMENT") {
		p.pos++
	}
	if p.is("TBLPROPERTIES") {
		return p.refuse("TBLPROPERTIES in CREATE VIEW")
	}
	if err := p.needWord("AS"); err != nil {
		return err
	}
	node, err := p.query()
	if err != nil {
		return err
	}
	if columns != nil {
		node = plan.Node{Kind: plan.NodeToDF, Inputs: []plan.Node{node}, Names: columns, Name: st.View}
	}
	st.Query = &node
	return nil
}

// viewColumns parses an optional list of column names.
func (p *parser) viewColumns() ([]string, error) {
	if !p.symbol("(") {
		return nil, nil
	}
	var out []string
	for {
		name, err := p.ident()
		if err != nil {
			return nil, err
		}
		if p.is("COMMENT") {
			return nil, p.refuse("the comment of a column in CREATE VIEW")
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

// viewUsing parses [(schema)] USING format OPTIONS (key value, ...).
func (p *parser) viewUsing(st *Statement) error {
	var schema []plan.Field
	if p.isSymbol("(") {
		text, err := p.inParentheses()
		if err != nil {
			return err
		}
		t, err := ParseType("struct<" + text + ">")
		if err != nil {
			return err
		}
		schema = FieldsOf(Schema(t.Fields))
	}
	p.pos++
	format, err := p.dottedName()
	if err != nil {
		return err
	}
	format = strings.TrimPrefix(strings.ToLower(format), "org.apache.spark.sql.")
	options := map[string]plan.Option{}
	path := ""
	if p.word("OPTIONS") {
		if path, err = p.options(options); err != nil {
			return err
		}
	}
	src := fileSource(strings.TrimPrefix(format, "execution.datasources."), path, options)
	if path == "" {
		src.Paths = nil
	}
	src.Schema = schema
	st.Query = &plan.Node{Kind: plan.NodeSource, Source: src}
	return nil
}

// inParentheses gives the text up to the closing parenthesis, and steps over it.
func (p *parser) inParentheses() (string, error) {
	p.pos++
	start, depth := p.peek().pos, 1
	for ; p.peek().kind != tokEnd; p.pos++ {
		if p.isSymbol("(") {
			depth++
		}
		if p.isSymbol(")") {
			if depth--; depth == 0 {
				text := p.text[start:p.peek().pos]
				p.pos++
				return text, nil
			}
		}
	}
	return "", p.fail()
}

// options parses (key [=] value, ...) into texts, apart from the path.
func (p *parser) options(into map[string]plan.Option) (path string, err error) {
	if err := p.need("("); err != nil {
		return "", err
	}
	for {
		key := p.peek().text
		if p.peek().kind == tokString {
			p.pos++
		} else if key, err = p.dottedName(); err != nil {
			return "", err
		}
		p.symbol("=")
		t := p.peek()
		if t.kind != tokString && t.kind != tokNumber && !p.is("TRUE", "FALSE") {
			return "", p.fail()
		}
		p.pos++
		value := t.text
		if t.kind == tokWord {
			value = strings.ToLower(value)
		}
		if strings.EqualFold(key, "path") {
			path = value
		} else {
			into[key] = json.RawMessage(quoteJSON(value))
		}
		if p.symbol(")") {
			return path, nil
		}
		if err := p.need(","); err != nil {
			return "", err
		}
	}
}

// show parses what follows SHOW.
func (p *parser) show() (Statement, bool, error) {
	var c Command
	switch {
	case p.word("TABLES"):
		c.Kind = ShowTables
	case p.word("VIEWS"):
		c.Kind = ShowViews
	case p.word("DATABASES"), p.word("SCHEMAS"), p.word("NAMESPACES"):
		c.Kind = ShowDatabases
	case p.word("COLUMNS"):
		c.Kind = ShowColumns
	default:
		return Statement{}, false, nil
	}
	var err error
	if p.word("IN") || p.word("FROM") {
		if c.Kind == ShowColumns {
			c.Name, err = p.dottedName()
		} else {
			c.Database, err = p.dottedName()
		}
	}
	if err == nil && c.Kind == ShowColumns && (p.word("IN") || p.word("FROM")) {
		c.Database, err = p.dottedName()
		c.Name = c.Database + "." + c.Name
	}
	if err != nil {
		return Statement{}, true, err
	}
	if p.word("LIKE") || p.peek().kind == tokString {
		if c.Pattern = p.peek().text; p.peek().kind != tokString {
			return Statement{}, true, p.fail()
		}
		p.pos++
	}
	return Statement{Command: &c}, true, nil
}

// describe parses what follows DESCRIBE, of a table, a column or a query.
func (p *parser) describe() (Statement, bool, error) {
	if p.is("FUNCTION", "DATABASE", "SCHEMA", "NAMESPACE") && p.peekAt(1).kind != tokEnd {
		return Statement{}, false, nil
	}
	_ = p.word("TABLE") || p.word("QUERY")
	_ = p.word("EXTENDED") || p.word("FORMATTED")
	if p.is("SELECT", "WITH", "VALUES") || p.isSymbol("(") {
		return p.queryCommand(Describe)
	}
	c := Command{Kind: Describe}
	var err error
	if c.Name, err = p.dottedName(); err == nil && (p.peek().kind == tokWord || p.peek().kind == tokQuoted) {
		c.Column, err = p.dottedName()
	}
	return Statement{Command: &c}, true, err
}

// queryCommand parses the query that a command is about.
func (p *parser) queryCommand(kind CommandKind) (Statement, bool, error) {
	node, err := p.query()
	return Statement{Command: &Command{Kind: kind, Query: &node}}, true, err
}

// cacheTable parses what follows CACHE: [LAZY] TABLE name [OPTIONS ...] [[AS] query].
func (p *parser) cacheTable() (Statement, bool, error) {
	p.word("LAZY")
	if !p.word("TABLE") {
		return Statement{}, false, nil
	}
	c := Command{Kind: CacheTable}
	var err error
	if c.Name, err = p.dottedName(); err != nil {
		return Statement{}, true, err
	}
	if p.word("OPTIONS") {
		if _, err := p.options(map[string]plan.Option{}); err != nil {
			return Statement{}, true, err
		}
	}
	if p.word("AS") || p.is("SELECT", "WITH", "VALUES") {
		node, err := p.query()
		if err != nil {
			return Statement{}, true, err
		}
		c.Query = &node
	}
	return Statement{Command: &c}, true, nil
}
