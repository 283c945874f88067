package format

import (
	"fmt"
	"strings"

	"tenon/internal/core/spark"
)

// duckScalars maps DuckDB's types, as it reads them from Parquet, to what Spark reads there. Unsigned integers take the
// next wider type.
var duckScalars = map[string]spark.Type{
	"BOOLEAN": {Kind: spark.Boolean}, "TINYINT": {Kind: spark.Byte}, "SMALLINT": {Kind: spark.Short},
	"INTEGER": {Kind: spark.Int}, "BIGINT": {Kind: spark.Long}, "FLOAT": {Kind: spark.Float}, "DOUBLE": {Kind: spark.Double},
	"UTINYINT": {Kind: spark.Short}, "USMALLINT": {Kind: spark.Int}, "UINTEGER": {Kind: spark.Long},
	"UBIGINT": {Kind: spark.Decimal, Precision: 20}, "VARCHAR": {Kind: spark.String}, "JSON": {Kind: spark.String},
	"BLOB": {Kind: spark.Binary}, "DATE": {Kind: spark.Date}, "TIMESTAMP": {Kind: spark.Timestamp},
	"TIMESTAMP WITH TIME ZONE": {Kind: spark.Timestamp}, "TIMESTAMP_NS": {Kind: spark.Timestamp},
	"TIMESTAMPTZ_NS": {Kind: spark.Timestamp}, `"NULL"`: {Kind: spark.Null},
}

// duckParser reads DuckDB's spelling of types.
type duckParser struct {
	text  string
	pos   int
	local bool // TIMESTAMP is one without zone, not an instant
}

// sparkType reads a type as DESCRIBE spells it. With local, its timestamps without zone are no instants.
func sparkType(duck string, local bool) (spark.Type, error) {
	p := duckParser{text: duck, local: local}
	t, err := p.parse()
	if err == nil && p.pos < len(p.text) {
		err = fmt.Errorf("DuckDB's type %s is unknown to Spark", duck)
	}
	return t, err
}

// parse reads one type and the [] behind it.
func (p *duckParser) parse() (spark.Type, error) {
	t, err := p.single()
	for err == nil && p.accept("[]") {
		elem := t
		t = spark.Type{Kind: spark.Array, Elem: &elem}
	}
	return t, err
}

// single reads a type without [].
func (p *duckParser) single() (spark.Type, error) {
	switch {
	case p.accept("STRUCT("):
		t := spark.Type{Kind: spark.Struct}
		for {
			name := p.name()
			p.accept(" ")
			ft, err := p.parse()
			if err != nil {
				return t, err
			}
			t.Fields = append(t.Fields, spark.Field{Name: name, Type: ft, Nullable: true})
			if !p.accept(", ") {
				return t, p.expect(")")
			}
		}
	case p.accept("MAP("):
		key, err := p.parse()
		if err != nil {
			return key, err
		}
		if err := p.expect(", "); err != nil {
			return key, err
		}
		value, err := p.parse()
		if err != nil {
			return value, err
		}
		return spark.Type{Kind: spark.Map, Key: &key, Elem: &value}, p.expect(")")
	case p.accept("DECIMAL("):
		t := spark.Type{Kind: spark.Decimal}
		n, err := fmt.Sscanf(p.text[p.pos:], "%d,%d", &t.Precision, &t.Scale)
		if err != nil || n != 2 {
			return t, fmt.Errorf("DuckDB's type %s", p.text)
		}
		p.pos += strings.IndexByte(p.text[p.pos:], ')')
		return t, p.expect(")")
	}
	end := p.pos
	for end < len(p.text) && !strings.ContainsRune(",()[", rune(p.text[end])) {
		end++
	}
	word := p.text[p.pos:end]
	t, ok := duckScalars[word]
	if !ok {
		return t, fmt.Errorf("its type is %s, which Spark does not read", word)
	}
	p.pos = end
	if p.local && (word == "TIMESTAMP" || word == "TIMESTAMP_NS") {
		t.Kind = spark.TimestampNTZ
	}
	return t, nil
}

// accept passes over s where it stands next.
func (p *duckParser) accept(s string) bool {
	if !strings.HasPrefix(p.text[p.pos:], s) {
		return false
	}
	p.pos += len(s)
	return true
}

// expect is accept or an error.
func (p *duckParser) expect(s string) error {
	if !p.accept(s) {
		return fmt.Errorf("DuckDB's type %s: no %q at %d", p.text, s, p.pos)
	}
	return nil
}

// name reads a member's name, quoted or not.
func (p *duckParser) name() string {
	if !p.accept(`"`) {
		end := p.pos + max(0, strings.IndexByte(p.text[p.pos:], ' '))
		name := p.text[p.pos:end]
		p.pos = end
		return name
	}
	var b strings.Builder
	for p.pos < len(p.text) {
		c := p.text[p.pos]
		p.pos++
		if c == '"' && !p.accept(`"`) {
			break
		}
		b.WriteByte(c)
	}
	return b.String()
}
