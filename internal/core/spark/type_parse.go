package spark

import (
	"strconv"
	"strings"

	"tenon/internal/plan"
)

// maxTypeDepth bounds the nesting of a parsed type: deeper ones come from generated or hostile input only.
const maxTypeDepth = 64

// maxDecimalPrecision is the largest number of decimal digits that Spark keeps.
const maxDecimalPrecision = 38

// typeNames maps every spelling of a type without parameters to its kind: simpleString, DDL, and Glue's own names.
var typeNames = map[string]Kind{
	"void": Null, "null": Null, "boolean": Boolean, "bool": Boolean,
	"tinyint": Byte, "byte": Byte, "smallint": Short, "short": Short,
	"int": Int, "integer": Int, "bigint": Long, "long": Long,
	"float": Float, "real": Float, "double": Double,
	"string": String, "str": String, "binary": Binary,
	"date": Date, "timestamp": Timestamp, "timestamp_ltz": Timestamp,
	"timestamp_ntz": TimestampNTZ,
}

// ParseType reads a type as Spark's simpleString or DDL spells it, case-insensitively: array<struct<a:int>>,
// DECIMAL(10,2), and the aliases long, integer, short, byte. The error is a ParseException that quotes the text.
func ParseType(text string) (Type, error) {
	p := typeParser{text: text}
	t, err := p.parse(0)
	if err != nil {
		return Type{}, err
	}
	if p.skip(); p.pos < len(p.text) {
		return Type{}, p.fail()
	}
	return t, nil
}

// ParseSchema reads the DDL of columns, "a INT, b ARRAY<STRING> NOT NULL", as StructType.fromDDL does.
func ParseSchema(text string) (Schema, error) {
	p := typeParser{text: text}
	fields, err := p.fields(0)
	if err != nil {
		return nil, err
	}
	if p.skip(); p.pos < len(p.text) {
		return nil, p.fail()
	}
	return fields, nil
}

// FieldsOf turns a schema into its form on the wire.
func FieldsOf(s Schema) []plan.Field {
	out := make([]plan.Field, len(s))
	for i, f := range s {
		out[i] = plan.Field{Name: f.Name, Type: f.Type.spell(true), Nullable: f.Nullable}
	}
	return out
}

// SchemaOf parses a schema from its form on the wire.
func SchemaOf(fields []plan.Field) (Schema, error) {
	out := make(Schema, len(fields))
	for i, f := range fields {
		t, err := ParseType(f.Type)
		if err != nil {
			return nil, err
		}
		out[i] = Field{Name: f.Name, Type: t, Nullable: f.Nullable}
	}
	return out, nil
}

// typeParser walks the text of a type from left to right.
type typeParser struct {
	text string
	pos  int
}

// fail is the error for what stands at the current position.
func (p *typeParser) fail() error {
	return &plan.Error{Class: plan.ClassParse,
		Message: "[UNSUPPORTED_DATATYPE] Unsupported data type \"" + strings.ToUpper(p.text) + "\" (at position " +
			strconv.Itoa(p.pos) + ")."}
}

// skip steps over blanks.
func (p *typeParser) skip() {
	for p.pos < len(p.text) && strings.IndexByte(" \t\r\n", p.text[p.pos]) >= 0 {
		p.pos++
	}
}

// accept steps over c if it comes next.
func (p *typeParser) accept(c byte) bool {
	p.skip()
	if p.pos < len(p.text) && p.text[p.pos] == c {
		p.pos++
		return true
	}
	return false
}

// name reads a plain or backticked name.
func (p *typeParser) name() (string, error) {
	p.skip()
	if p.accept('`') {
		var b strings.Builder
		for p.pos < len(p.text) {
			c := p.text[p.pos]
			p.pos++
			if c != '`' {
				b.WriteByte(c)
				continue
			}
			if p.pos < len(p.text) && p.text[p.pos] == '`' {
				b.WriteByte('`')
				p.pos++
				continue
			}
			return b.String(), nil
		}
		return "", p.fail()
	}
	start := p.pos
	for p.pos < len(p.text) && strings.IndexByte(" \t\r\n<>(),:`'", p.text[p.pos]) < 0 {
		p.pos++
	}
	if start == p.pos {
		return "", p.fail()
	}
	return p.text[start:p.pos], nil
}

// parse reads one type.
func (p *typeParser) parse(depth int) (Type, error) {
	if depth > maxTypeDepth {
		return Type{}, p.fail()
	}
	name, err := p.name()
	if err != nil {
		return Type{}, err
	}
	switch lower := strings.ToLower(name); lower {
	case "array", "map", "struct", "choice":
		return p.nested(Kind(lower), depth+1)
	case "decimal", "dec", "numeric":
		return p.decimal()
	case "interval":
		return p.interval()
	case "varchar", "char", "character":
		if _, err := p.numbers(); err != nil {
			return Type{}, err
		}
		return T(String), nil
	default:
		kind, ok := typeNames[lower]
		if !ok {
			return Type{}, p.fail()
		}
		return T(kind), nil
	}
}

// interval reads the units of an interval: day, or day to second.
func (p *typeParser) interval() (Type, error) {
	first, err := p.name()
	if err != nil {
		return Type{}, err
	}
	last, start := first, p.pos
	if word, err := p.name(); err == nil && strings.EqualFold(word, "to") {
		if last, err = p.name(); err != nil {
			return Type{}, err
		}
	} else {
		p.pos = start
	}
	t, ok := intervalType(strings.ToLower(first), strings.ToLower(last))
	if !ok {
		return Type{}, p.fail()
	}
	return t, nil
}

// numbers reads an optional list (n, m, ...) of small numbers.
func (p *typeParser) numbers() ([]int, error) {
	if !p.accept('(') {
		return nil, nil
	}
	var out []int
	for {
		word, err := p.name()
		if err != nil {
			return nil, err
		}
		n, err := strconv.Atoi(word)
		if err != nil {
			return nil, p.fail()
		}
		out = append(out, n)
		if p.accept(')') {
			return out, nil
		}
		if !p.accept(',') {
			return nil, p.fail()
		}
	}
}

// decimal reads the parameters of a decimal, by default (10,0).
func (p *typeParser) decimal() (Type, error) {
	n, err := p.numbers()
	if err != nil {
		return Type{}, err
	}
	t := Type{Kind: Decimal, Precision: 10}
	if len(n) > 0 {
		t.Precision = n[0]
	}
	if len(n) > 1 {
		t.Scale = n[1]
	}
	if len(n) > 2 || t.Precision < 1 || t.Precision > maxDecimalPrecision || t.Scale < 0 || t.Scale > t.Precision {
		return Type{}, p.fail()
	}
	return t, nil
}

// nested reads <...> of an array, map, struct or choice.
func (p *typeParser) nested(kind Kind, depth int) (Type, error) {
	if !p.accept('<') {
		return Type{}, p.fail()
	}
	t := Type{Kind: kind}
	if p.accept('>') {
		if kind != Struct {
			return Type{}, p.fail()
		}
		return t, nil
	}
	var err error
	switch kind {
	case Struct:
		t.Fields, err = p.fields(depth)
	case Choice:
		t.Fields, err = p.alternatives(depth)
	default:
		err = p.elements(&t, depth)
	}
	if err != nil {
		return Type{}, err
	}
	if !p.accept('>') {
		return Type{}, p.fail()
	}
	return t, nil
}

// elements reads the element of an array, or key and value of a map.
func (p *typeParser) elements(t *Type, depth int) error {
	first, err := p.parse(depth)
	if err != nil {
		return err
	}
	if t.Kind == Array {
		t.Elem = &first
		return p.noNulls(t)
	}
	if !p.accept(',') {
		return p.fail()
	}
	value, err := p.parse(depth)
	if err != nil {
		return err
	}
	t.Key, t.Elem = &first, &value
	return p.noNulls(t)
}

// noNulls reads an optional NOT NULL after the elements of an array or the values of a map.
func (p *typeParser) noNulls(t *Type) error {
	f := Field{Nullable: true}
	err := p.suffix(&f)
	t.NoNulls = !f.Nullable
	return err
}

// alternatives reads the types of a choice; each is a field named by Glue's name of its type.
func (p *typeParser) alternatives(depth int) ([]Field, error) {
	var out []Field
	for {
		t, err := p.parse(depth)
		if err != nil {
			return nil, err
		}
		out = append(out, Field{Name: t.GlueName(), Type: t, Nullable: true})
		if !p.accept(',') {
			return out, nil
		}
	}
}

// fields reads "name: type" or "name type" pairs, each with an optional NOT NULL and COMMENT.
func (p *typeParser) fields(depth int) ([]Field, error) {
	var out []Field
	for {
		name, err := p.name()
		if err != nil {
			return nil, err
		}
		p.accept(':')
		t, err := p.parse(depth)
		if err != nil {
			return nil, err
		}
		f := Field{Name: name, Type: t, Nullable: true}
		if err := p.suffix(&f); err != nil {
			return nil, err
		}
		out = append(out, f)
		if !p.accept(',') {
			return out, nil
		}
	}
}

// suffix reads what may follow a field's type.
func (p *typeParser) suffix(f *Field) error {
	for {
		p.skip()
		if p.pos == len(p.text) || strings.IndexByte(",>", p.text[p.pos]) >= 0 {
			return nil
		}
		word, err := p.name()
		if err != nil {
			return err
		}
		switch strings.ToUpper(word) {
		case "NOT":
			if null, err := p.name(); err != nil || !strings.EqualFold(null, "NULL") {
				return p.fail()
			}
			f.Nullable = false
		case "COMMENT":
			if !p.accept('\'') {
				return p.fail()
			}
			end := strings.IndexByte(p.text[p.pos:], '\'')
			if end < 0 {
				return p.fail()
			}
			p.pos += end + 1
		default:
			return p.fail()
		}
	}
}

// GlueName is the name that Glue gives t in a choice and in make_cols: long for bigint, short for smallint, byte for
// tinyint; otherwise the head of the simpleString.
func (t Type) GlueName() string {
	switch t.Kind {
	case Long:
		return "long"
	case Short:
		return "short"
	case Byte:
		return "byte"
	case Null:
		return "null"
	default:
		return string(t.Kind)
	}
}

// quoteName puts backticks around a name unless it is a plain identifier.
func quoteName(name string) string {
	plain := name != ""
	for _, r := range name {
		if !isWordRune(r) {
			plain = false
		}
	}
	if plain {
		return name
	}
	return backtick(name)
}

// backtick quotes a name as Spark's error texts do, always.
func backtick(name string) string { return "`" + strings.ReplaceAll(name, "`", "``") + "`" }

// isWordRune reports whether r can stand in an identifier without backticks.
func isWordRune(r rune) bool {
	return r == '_' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
}
