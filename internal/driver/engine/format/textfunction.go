package format

import (
	"encoding/json"
	"slices"
	"strings"

	"tenon/internal/core/spark"
	"tenon/internal/driver/engine/relation"
	"tenon/internal/plan"
)

// TextFunction makes the functions behind from_json and its like.
func (f *Format) TextFunction(name string, t spark.Type, given map[string]string, times plan.TimePolicy) (func() relation.TextFunc, error) {
	if err := relation.CheckSchema(spark.Schema{{Name: name, Type: t}}); err != nil {
		return nil, err
	}
	if err := checkTextType(name, t); err != nil {
		return nil, err
	}
	o := textOptions(given, times)
	switch name {
	case "from_json":
		return fromJSON(o, t)
	case "to_json":
		return toJSON(o, t)
	default:
		return nil, unsupported("the function %s", name)
	}
}

// textOptions are the options of a function, which are texts all.
func textOptions(given map[string]string, times plan.TimePolicy) *options {
	all := make(map[string]plan.Option, len(given))
	for k, v := range given {
		text, err := json.Marshal(v)
		if err != nil {
			panic(err) // a string always encodes
		}
		all[k] = text
	}
	o := newOptions("option", all)
	o.times = times
	return o
}

// checkTextType refuses types that files have not either.
func checkTextType(name string, t spark.Type) error {
	switch t.Kind {
	case spark.DayTime, spark.YearMonth, spark.TimestampNTZ, spark.Choice:
		return unsupported("%s with values of type %s", name, t)
	case spark.Array:
		return checkTextType(name, *t.Elem)
	case spark.Map:
		switch t.Key.Kind {
		case spark.Array, spark.Map, spark.Struct, spark.Binary, spark.DayTime, spark.YearMonth, spark.TimestampNTZ:
			return unsupported("%s of a map with keys of type %s", name, t.Key)
		}
		return checkTextType(name, *t.Elem)
	case spark.Struct:
		for _, f := range t.Fields {
			if err := checkTextType(name, f.Type); err != nil {
				return err
			}
		}
	}
	return nil
}

// TextType is schema_of_json of one text.
func (f *Format) TextType(name, text string, given map[string]string, times plan.TimePolicy) (spark.Type, error) {
	if name != "schema_of_json" {
		return spark.Type{}, unsupported("the function %s", name)
	}
	o := textOptions(given, times)
	j := newJSONSource(&source{options: o})
	if err := o.refuse(); err != nil {
		return spark.Type{}, err
	}
	if len(trimBlanks([]byte(text))) == 0 {
		return spark.T(spark.String), nil
	}
	var d jsonDoc
	if err := d.parse([]byte(text)); err != nil {
		return spark.Type{}, execution("schema_of_json of %q: %v", text, err)
	}
	var s shape
	s.observe(&d, 0)
	if name := s.twiceAnywhere(); name != "" {
		return spark.Type{}, unsupported("schema_of_json of an object with two members %q", name)
	}
	if s.emptyObject() {
		return spark.Type{}, unsupported("schema_of_json of an object without members")
	}
	t, _ := s.sparkType(j)
	return t, nil
}

// twiceAnywhere is a name that stands twice in one object, case and all.
func (s *shape) twiceAnywhere() string {
	found := s.twice
	for _, f := range s.fields {
		found = found + f.shape.twiceAnywhere()
	}
	if s.array != nil {
		found = found + s.array.twiceAnywhere()
	}
	return found
}

// emptyObject reports whether the value is an object without members, in arrays or not.
func (s *shape) emptyObject() bool {
	return s.object && len(s.fields) == 0 || s.array != nil && s.array.emptyObject()
}

// jsonTexts reads texts of JSON as values of one type, as Spark's from_json does.
type jsonTexts struct {
	conv *jsonConverter
	t    spark.Type
	bad  int // the member for malformed texts, or -1
}

// fromJSON makes the functions behind from_json.
func fromJSON(o *options, t spark.Type) (func() relation.TextFunc, error) {
	j := newJSONSource(&source{options: o})
	if err := o.refuse(); err != nil {
		return nil, err
	}
	if j.mode == "DROPMALFORMED" {
		return nil, analysis("from_json() doesn't support the DROPMALFORMED mode. Acceptable modes are PERMISSIVE and FAILFAST.")
	}
	bad := slices.IndexFunc(t.Fields, func(f spark.Field) bool { return f.Name == j.corrupt })
	if bad >= 0 && t.Fields[bad].Type.Kind != spark.String {
		return nil, analysis("The field for corrupt records must be string type and nullable.")
	}
	return func() relation.TextFunc { return (&jsonTexts{conv: newJSONConverter(j), t: t, bad: bad}).read }, nil
}

// read gives the plain form of a text: null for one of blanks; of one that cannot be read a struct of nulls, or null
// for arrays and maps.
func (r *jsonTexts) read(text string) (string, bool, error) {
	if strings.Trim(text, " \t\r\n") == "" {
		return "", false, nil
	}
	doc := &r.conv.doc
	b, bad := []byte("{"), doc.parse([]byte(text))
	if bad == nil {
		b, bad = r.root()
	} else if r.goesOn() {
		bad = goesOnError([]byte(text))
	}
	switch {
	case ends(bad):
		return "", false, bad
	case bad != nil && r.conv.j.mode == "FAILFAST":
		return "", false, execution("[MALFORMED_RECORD_IN_PARSING.WITHOUT_SUGGESTION] Malformed records are detected in record parsing: "+
			"%v. Parse Mode: FAILFAST. To process malformed records as null result, try setting the option 'mode' as 'PERMISSIVE'.", bad)
	case r.t.Kind != spark.Struct:
		return string(b), kept(bad), nil
	}
	if bad != nil && r.bad >= 0 {
		if len(b) > 1 {
			b = append(b, ',')
		}
		b = append(appendJSONString(b, r.t.Fields[r.bad].Name), ':')
		b = appendJSONString(b, text)
	}
	return string(append(b, '}')), true, nil
}

// goesOn reports whether Spark may read something of a text that failed to parse. An error that no struct is around spoils
// arrays and maps.
func (r *jsonTexts) goesOn() bool {
	doc := &r.conv.doc
	if r.t.Kind == spark.Struct {
		return r.conv.goesOn(r.t.Fields)
	}
	switch elem := r.t.Elem; elem.Kind {
	case spark.Struct:
		if r.t.Kind == spark.Array && doc.nodes[0].kind == jsonObject {
			return r.conv.goesOn(elem.Fields)
		}
		return doc.nodes[doc.broken].kind == jsonObject && r.conv.goesOnAfter(doc.second, elem.Fields)
	case spark.Array, spark.Map:
		return doc.second != 0 && !doc.cut
	default:
		return false
	}
}

// root appends the document's value, a struct without its closing brace.
func (r *jsonTexts) root() ([]byte, error) {
	v, kind := r.conv, r.conv.doc.nodes[0].kind
	switch {
	case r.t.Kind == spark.Struct && kind == jsonObject:
		return v.members([]byte("{"), 0, r.t.Fields, func(at int) string { return r.t.Fields[at].Name }, r.bad)
	case r.t.Kind == spark.Struct:
		return []byte("{"), errMismatch
	case r.t.Kind == spark.Array && kind == jsonObject && r.t.Elem.Kind == spark.Struct: // an array of one
		b, err := v.value([]byte("["), 0, *r.t.Elem)
		return append(b, ']'), err
	case kind == jsonNull:
		return nil, errMismatch
	default:
		return v.value(nil, 0, r.t)
	}
}

// toJSON makes the functions behind to_json.
func toJSON(o *options, t spark.Type) (func() relation.TextFunc, error) {
	o.only("pretty", "false")
	style := newJSONStyle(o, false)
	if err := o.refuse(); err != nil {
		return nil, err
	}
	return func() relation.TextFunc {
		s := style
		return func(text string) (string, bool, error) {
			b, err := s.cell(nil, t, []byte(text))
			return string(b), true, err
		}
	}, nil
}
