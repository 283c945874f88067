package format

import (
	"bytes"
	"slices"
	"strconv"
	"strings"

	"tenon/internal/core/spark"
	"tenon/internal/plan"
)

// shape is what a place in JSON records holds: every kind of value that was met there.
type shape struct {
	texts   bool // a string with a character in it
	blanks  bool // an empty string
	bools   bool
	ints    bool // numbers without point or exponent that fit 64 bits
	narrow  bool // among them one that fits 32 bits
	wide    bool // among them one that does not
	big     int  // the most digits of a whole number that does not fit 64 bits
	doubles bool
	// digits before and after the point of the fractions met, for prefersDecimal
	whole, scale int

	null bool // a null that was written

	array  *shape // of the elements, nil if no array was met
	fields []shapeField
	object bool
	twice  string // a name that stood twice in one object, for Spark's refusal
	index  map[string]int
	serial int // counts objects, to find names that stand twice
}

// shapeField is one member.
type shapeField struct {
	name  string
	shape *shape
	last  int   // the serial of the last object that had it
	count int64 // how many objects had it
}

// observe adds the value at node i of d.
func (s *shape) observe(d *jsonDoc, i int) {
	n := &d.nodes[i]
	switch n.kind {
	case jsonNull:
		s.null = true
	case jsonText:
		s.texts = s.texts || len(n.text) > 0
		s.blanks = s.blanks || len(n.text) == 0
	case jsonBool:
		s.bools = true
	case jsonNumber:
		s.number(n.text)
	case jsonArray:
		if s.array == nil {
			s.array = &shape{}
		}
		for c := n.first; c != 0; c = d.nodes[c].next {
			s.array.observe(d, c)
		}
	case jsonObject:
		s.object = true
		s.serial++
		at := 0
		for c := n.first; c != 0; c = d.nodes[c].next {
			at = s.find(d, c, at)
			f := &s.fields[at]
			if f.last == s.serial && s.twice == "" {
				s.twice = f.name
			}
			f.last = s.serial
			f.count++
			f.shape.observe(d, c)
			at++
		}
	}
}

// find returns the index of the field that node c is, which is new or, most often, the one at guess.
func (s *shape) find(d *jsonDoc, c, guess int) int {
	n := &d.nodes[c]
	if guess < len(s.fields) && !n.keyEscape && string(n.key) == s.fields[guess].name {
		return guess
	}
	if !n.keyEscape {
		if at, ok := s.index[string(n.key)]; ok {
			return at
		}
	}
	return s.field(d.name(c))
}

// field returns the index of the field called name, adding it where it is new.
func (s *shape) field(name string) int {
	if s.index == nil {
		s.index = map[string]int{}
	}
	at, ok := s.index[name]
	if !ok {
		at = len(s.fields)
		s.index[name] = at
		s.fields = append(s.fields, shapeField{name: name, shape: &shape{}})
	}
	return at
}

// number adds a number.
func (s *shape) number(text []byte) {
	if bytes.ContainsAny(text, ".eEIN") {
		s.doubles = true
		if d, ok := parseDecimal(string(text)); ok {
			s.whole, s.scale = max(s.whole, d.digits()-d.scale), max(s.scale, d.scale)
		} else {
			s.whole = maxPrecision + 1
		}
		return
	}
	v, err := strconv.ParseInt(string(text), 10, 64)
	if err != nil {
		s.big = max(s.big, len(bytes.TrimPrefix(text, []byte("-"))))
		return
	}
	s.ints = true
	fits := int64(int32(v)) == v
	s.narrow, s.wide = s.narrow || fits, s.wide || !fits
}

// merge adds all that o has met.
func (s *shape) merge(o *shape) {
	s.texts, s.blanks, s.bools = s.texts || o.texts, s.blanks || o.blanks, s.bools || o.bools
	s.ints, s.narrow, s.wide, s.doubles = s.ints || o.ints, s.narrow || o.narrow, s.wide || o.wide, s.doubles || o.doubles
	s.big, s.whole, s.scale = max(s.big, o.big), max(s.whole, o.whole), max(s.scale, o.scale)
	s.object, s.null = s.object || o.object, s.null || o.null
	if s.twice == "" {
		s.twice = o.twice
	}
	if o.array != nil {
		if s.array == nil {
			s.array = &shape{}
		}
		s.array.merge(o.array)
	}
	for _, f := range o.fields {
		mine := &s.fields[s.field(f.name)]
		mine.count += f.count
		mine.shape.merge(f.shape)
	}
}

// nullFields tells what a null of each field is in so many records, of fields that hold plain values: missing where none was
// written, written where no record lacks the field. Others, and records with a name twice, it leaves open.
func (s *shape) nullFields(records int64) map[string]string {
	if s.twice != "" {
		return nil
	}
	out := map[string]string{}
	for _, f := range s.fields {
		switch {
		case f.shape.object || f.shape.array != nil:
		case !f.shape.null:
			out[f.name] = plan.NullMissing
		case f.count == records:
			out[f.name] = plan.NullWritten
		}
	}
	return out
}

// kinds lists the kinds of values met, null aside.
func (s *shape) kinds() []string {
	var out []string
	for _, k := range []struct {
		met  bool
		name string
	}{{s.texts, "string"}, {s.bools, "boolean"}, {s.ints || s.doubles || s.big > 0, "number"}, {s.array != nil, "array"}, {s.object, "struct"}} {
		if k.met {
			out = append(out, k.name)
		}
	}
	return out
}

// sparkType is the type that JsonInferSchema of Spark 3.5 finds; false where it leaves the field out: an object without
// members, or nothing but nulls with dropFieldIfAllNull.
func (s *shape) sparkType(j *jsonSource) (spark.Type, bool) {
	switch kinds := s.kinds(); {
	case len(kinds) == 0:
		return spark.T(spark.String), !j.dropNull
	case len(kinds) > 1, s.texts:
		return spark.T(spark.String), true
	case s.object:
		t, ok := s.sparkStruct(j)
		return t, ok
	case s.array != nil:
		elem, ok := s.array.sparkType(j)
		return spark.Type{Kind: spark.Array, Elem: &elem}, ok
	case j.asStrings:
		return spark.T(spark.String), true
	case s.bools:
		return spark.T(spark.Boolean), true
	default:
		return s.numberType(j.preferDecimal), true
	}
}

// sparkStruct is sparkType of an object: its members sorted by name.
func (s *shape) sparkStruct(j *jsonSource) (spark.Type, bool) {
	t := spark.Type{Kind: spark.Struct}
	for _, f := range s.fields {
		if ft, ok := f.shape.sparkType(j); ok {
			t.Fields = append(t.Fields, spark.Field{Name: f.name, Type: ft, Nullable: true})
		}
	}
	slices.SortFunc(t.Fields, func(a, b spark.Field) int { return strings.Compare(a.Name, b.Name) })
	return t, len(t.Fields) > 0
}

// numberType joins the numbers met.
func (s *shape) numberType(preferDecimal bool) spark.Type {
	switch {
	case preferDecimal && s.doubles:
		whole := max(s.whole, s.big)
		if s.ints {
			whole = max(whole, 20) // a bigint counts as decimal(20,0)
		}
		if scale := max(s.scale, 0); whole+scale <= maxPrecision {
			return spark.Type{Kind: spark.Decimal, Precision: whole + scale, Scale: scale}
		}
		return spark.T(spark.Double)
	case s.doubles, s.big > maxPrecision:
		return spark.T(spark.Double)
	case s.big > 0 && s.ints:
		return spark.Type{Kind: spark.Decimal, Precision: max(s.big, 20)}
	case s.big > 0:
		return spark.Type{Kind: spark.Decimal, Precision: s.big}
	default:
		return spark.T(spark.Long)
	}
}

// glueType is the type that a DynamicFrame has: members in order of appearance, int and long apart, and a choice where
// a place held several types. False leaves the field out: an object without members has no type here.
func (s *shape) glueType() (spark.Type, bool) {
	var met []spark.Type
	for _, k := range []struct {
		met  bool
		kind spark.Kind
	}{{s.bools, spark.Boolean}, {s.doubles, spark.Double}, {s.narrow, spark.Int}, {s.wide, spark.Long}, {s.texts || s.blanks, spark.String}} {
		if k.met {
			met = append(met, spark.T(k.kind))
		}
	}
	if s.big > 0 {
		met = append(met, (&shape{big: s.big}).numberType(false))
	}
	if s.array != nil {
		if elem, ok := s.array.glueType(); ok {
			met = append(met, spark.Type{Kind: spark.Array, Elem: &elem})
		}
	}
	if t := s.glueStruct(); len(t.Fields) > 0 {
		met = append(met, t)
	}
	if len(met) == 0 {
		return spark.T(spark.Null), s.array == nil && !s.object
	}
	return choiceOf(met), true
}

// glueStruct is glueType of an object.
func (s *shape) glueStruct() spark.Type {
	t := spark.Type{Kind: spark.Struct}
	for _, f := range s.fields {
		if ft, ok := f.shape.glueType(); ok {
			t.Fields = append(t.Fields, spark.Field{Name: f.name, Type: ft, Nullable: true})
		}
	}
	return t
}

// choiceOf is the type of a column that holds values of all the types given: that type if there is one, else a choice,
// its alternatives sorted by Glue's names for them.
func choiceOf(types []spark.Type) spark.Type {
	if len(types) == 1 {
		return types[0]
	}
	t := spark.Type{Kind: spark.Choice}
	for _, alt := range types {
		t.Fields = append(t.Fields, spark.Field{Name: alt.GlueName(), Type: alt, Nullable: true})
	}
	slices.SortFunc(t.Fields, func(a, b spark.Field) int { return strings.Compare(a.Name, b.Name) })
	return t
}

// duplicate returns a name that stands twice in one object, or twice but for its case, at any depth.
func (s *shape) duplicate() string {
	if s.twice != "" {
		return s.twice
	}
	names := make([]string, len(s.fields))
	for i, f := range s.fields {
		names[i] = f.name
		if d := f.shape.duplicate(); d != "" {
			return d
		}
	}
	if s.array != nil {
		if d := s.array.duplicate(); d != "" {
			return d
		}
	}
	return duplicate(names)
}

// native reports whether DuckDB reads the values met here as values of type t, just as Spark does.
func (s *shape) native(t spark.Type) bool {
	only := func(kind string) bool {
		k := s.kinds()
		return (len(k) == 0 || len(k) == 1 && k[0] == kind) && s.twice == ""
	}
	switch t.Kind {
	case spark.Null:
		return true
	case spark.String:
		return only("string")
	case spark.Boolean:
		return only("boolean") && !s.blanks
	case spark.Int, spark.Long, spark.Double:
		return only("number") && !s.blanks && s.big == 0
	case spark.Array:
		return only("array") && !s.blanks && (s.array == nil || s.array.native(*t.Elem))
	case spark.Struct:
		if !only("struct") || s.blanks {
			return false
		}
		for _, f := range t.Fields {
			if at, ok := s.index[f.Name]; ok && !s.fields[at].shape.native(f.Type) {
				return false
			}
		}
		return true
	default:
		return false
	}
}
