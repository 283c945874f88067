package spark

import (
	"strings"

	"tenon/internal/plan"
)

// tableName reads a name with its qualifiers.
func (p *parser) tableName() ([]string, error) {
	name, err := p.ident()
	if err != nil {
		return nil, err
	}
	parts := []string{name}
	for p.symbol(".") {
		part, err := p.ident()
		if err != nil {
			return nil, err
		}
		parts = append(parts, part)
	}
	return parts, nil
}

// fileFormats are the formats whose name may stand before a path in place of a database: csv.`s3://bucket/folder`.
var fileFormats = []string{"csv", "json", "parquet", "text", "orc", "avro", "binaryfile", "delta"}

// fileQuery is the source that format.`path` reads, or nil when parts are another name.
func fileQuery(parts []string) *plan.Node {
	if len(parts) != 2 {
		return nil
	}
	for _, format := range fileFormats {
		if strings.EqualFold(parts[0], format) {
			return &plan.Node{Kind: plan.NodeSource, Source: fileSource(format, parts[1], nil)}
		}
	}
	return nil
}

// fileSource is what spark.read.format(format).options(...).load(path) reads.
func fileSource(format, path string, options map[string]plan.Option) *plan.Source {
	kind := "file"
	if scheme, _, ok := strings.Cut(path, "://"); ok && strings.HasPrefix(scheme, "s3") {
		kind = "s3"
	}
	return &plan.Source{ConnectionType: kind, Format: format, Paths: []string{path}, Options: options}
}

// lateral steps over LATERAL before a subquery or a table-valued function.
func (p *parser) lateral() bool {
	if !p.is("LATERAL") || isWord(p.peekAt(1), "VIEW") {
		return false
	}
	p.pos++
	return true
}

// sample parses an optional TABLESAMPLE: a share of the rows, which no seed makes the same at every run, or the first
// rows.
func (p *parser) sample(node plan.Node) (plan.Node, error) {
	if !p.word("TABLESAMPLE") {
		return node, nil
	}
	var seed *int64
	if err := p.need("("); err != nil {
		return node, err
	}
	out, err := p.sampleMethod(node)
	if err != nil {
		return node, err
	}
	if err := p.need(")"); err != nil {
		return node, err
	}
	if p.word("REPEATABLE") {
		if err := p.need("("); err != nil {
			return node, err
		}
		n, err := p.wholeNumber()
		if err != nil {
			return node, err
		}
		seed = &n
		if err := p.need(")"); err != nil {
			return node, err
		}
	}
	out.Seed = seed
	return out, nil
}

// sampleMethod parses what stands between the parentheses of TABLESAMPLE.
func (p *parser) sampleMethod(node plan.Node) (plan.Node, error) {
	sample := plan.Node{Kind: plan.NodeSample, Inputs: []plan.Node{node}}
	if p.word("BUCKET") {
		part, err := p.wholeNumber()
		if err != nil {
			return node, err
		}
		if !p.word("OUT", "OF") {
			return node, p.fail()
		}
		all, err := p.wholeNumber()
		if err != nil {
			return node, err
		}
		if p.is("ON") {
			return node, p.refuse("TABLESAMPLE (BUCKET ... ON ...)")
		}
		if part < 1 || all < 1 || part > all {
			return node, p.fail()
		}
		sample.Fraction = float64(part) / float64(all)
		return sample, nil
	}
	at := p.peek()
	e, err := p.expr()
	if err != nil {
		return node, err
	}
	switch {
	case p.word("ROWS"):
		n, err := countOf(e)
		if err != nil || n == nil {
			return node, plan.Unsupported("TABLESAMPLE ("+at.text+" ROWS)", "write a whole number")
		}
		return plan.Node{Kind: plan.NodeLimit, Inputs: []plan.Node{node}, Limit: n.Int64()}, nil
	case p.word("PERCENT"):
		percent, ok := numberOf(e)
		if !ok || percent < 0 || percent > 100 {
			return node, &plan.Error{Class: plan.ClassParse, Message: "Sampling fraction (" + at.text + " percent) must be on interval [0, 1]"}
		}
		sample.Fraction = percent / 100
		return sample, nil
	default:
		return node, p.refuse("TABLESAMPLE by bytes")
	}
}

// numberOf is the value of a numeric literal.
func numberOf(e plan.Expr) (float64, bool) {
	if e.Kind != plan.ExprLit {
		return 0, false
	}
	return specialDouble(strings.Trim(string(e.Value), `"`))
}

// wholeNumber reads a number of digits.
func (p *parser) wholeNumber() (int64, error) {
	e, err := p.expr()
	if err != nil {
		return 0, err
	}
	n, err := countOf(e)
	if err != nil {
		return 0, err
	}
	if n == nil {
		return 0, p.fail()
	}
	return n.Int64(), nil
}

// parameter parses ? or :name and gives what it stands for.
func (p *parser) parameter() (plan.Expr, error) {
	at := p.peek().pos
	if p.symbol("?") {
		if len(p.arguments) == 0 {
			return plan.Expr{}, unboundParameter("_" + itoa(at))
		}
		e := p.arguments[0]
		p.arguments = p.arguments[1:]
		return e, nil
	}
	p.pos++
	name, err := p.ident()
	if err != nil {
		return plan.Expr{}, err
	}
	e, ok := p.parameters[name]
	if !ok {
		return e, unboundParameter(name)
	}
	return e, nil
}

// unboundParameter is the error for a marker without a value.
func unboundParameter(name string) error {
	return analysisError("[UNBOUND_SQL_PARAMETER] Found the unbound parameter: %s. Please, fix `args` and provide a mapping of the "+
		"parameter to a SQL literal.", name)
}
