package spark

import (
	"encoding/json"
	"errors"
	"regexp"
	"strings"

	"tenon/internal/plan"
)

// The functions between texts and values: from_json and its like. Their calls keep the value, or the text, and the options
// as the literal of a JSON object.

// parseFunctions are these functions, and those that look into texts of JSON.
var parseFunctions = map[string]function{
	"from_json": mayNull(typed(2, 3, "x", typeFromJSON)), "to_json": mayNull(typed(1, 2, "x", typeToJSON)),
	"schema_of_json":   typed(1, 2, "x", typeSchemaOf),
	"json_object_keys": mayNull(typed(1, 1, "s", func(c *callTyping) error { c.typ = arrayOf(T(String)); return nil })),
	"json_tuple":       generator(2, -1, typeJSONTuple),
}

// typeFromJSON types from_json(text, schema[, options]).
func typeFromJSON(c *callTyping) error {
	options, err := optionsAt(c.args, 2)
	if err != nil {
		return err
	}
	t, err := schemaArgument(c.args[1])
	if err != nil {
		return err
	}
	if c.label = callLabel(c.name, c.args[:1], false); t.Kind == Map {
		c.label = "entries"
	}
	text := c.args[0]
	switch {
	case t.Kind != Struct && t.Kind != Array && t.Kind != Map:
		return wrongJSONSchema(c.label, t)
	case keyedOtherwise(t) != nil:
		return analysisError("[DATATYPE_MISMATCH.INVALID_JSON_MAP_KEY_TYPE] Cannot resolve \"entries\" due to data type mismatch: Input schema "+
			"\"%s\" can only contain STRING as a key type for a MAP.", keyedOtherwise(t).sqlName())
	case text.Type.Kind != String && text.Type.Kind != Null:
		return mismatch(c.label, 0, `"STRING"`, text)
	}
	c.typ, c.args = t, []*Expr{implicitCast(text, T(String)), options}
	return nil
}

// typeToJSON types to_json(value[, options]).
func typeToJSON(c *callTyping) error {
	options, err := optionsAt(c.args, 1)
	if err != nil {
		return err
	}
	c.label = callLabel(c.name, c.args[:1], false)
	switch t := c.args[0].Type; t.Kind {
	case Struct, Array, Map, Null:
	default:
		return wrongJSONSchema(c.label, t)
	}
	c.typ, c.args = T(String), []*Expr{c.args[0], options}
	return nil
}

// wrongJSONSchema is the error for a value of JSON that has no parts.
func wrongJSONSchema(label string, t Type) error {
	return analysisError("[DATATYPE_MISMATCH.INVALID_JSON_SCHEMA] Cannot resolve \"%s\" due to data type mismatch: Input schema \"%s\" must be a "+
		"struct, an array or a map.", label, t.sqlName())
}

// keyedOtherwise finds in a type a map whose keys are no texts, nil for none.
func keyedOtherwise(t Type) *Type {
	switch t.Kind {
	case Map:
		if t.Key.Kind != String {
			return &t
		}
		return keyedOtherwise(*t.Elem)
	case Array:
		return keyedOtherwise(*t.Elem)
	}
	for _, f := range t.Fields {
		if found := keyedOtherwise(f.Type); found != nil {
			return found
		}
	}
	return nil
}

// schemaArgument reads the schema that a call is given: a type, or columns, as a literal text.
func schemaArgument(e *Expr) (Type, error) {
	text, ok := e.Value.(string)
	if e.Op != OpLit || e.Type.Kind != String || !ok {
		return Type{}, analysisError("[INVALID_SCHEMA.NON_STRING_LITERAL] The input schema \"%s\" is not a valid schema string. The input "+
			"expression must be string literal and not null.", e.Label)
	}
	if t, err := ParseType(text); err == nil {
		return allNullable(t), nil
	}
	fields, err := ParseSchema(text)
	if err != nil {
		return Type{}, wrongSchema(text, err)
	}
	return allNullable(Type{Kind: Struct, Fields: fields}), nil
}

// wrongSchema is the error for a text that is no schema.
func wrongSchema(text string, err error) error {
	var known *plan.Error
	if errors.As(err, &known) && strings.HasPrefix(known.Message, "[UNSUPPORTED_DATATYPE]") {
		return analysisError("%s", known.Message)
	}
	return analysisError("[INVALID_SCHEMA.PARSE_ERROR] The input schema \"%s\" is not a valid schema string. Cannot parse the schema: %v", text, err)
}

// allNullable is t with all its parts nullable.
func allNullable(t Type) Type {
	t.NoNulls = false
	for _, part := range []**Type{&t.Elem, &t.Key} {
		if *part != nil {
			inner := allNullable(**part)
			*part = &inner
		}
	}
	fields := t.Fields
	t.Fields = nil
	for _, f := range fields {
		t.Fields = append(t.Fields, Field{Name: f.Name, Type: allNullable(f.Type), Nullable: true})
	}
	return t
}

// optionsAt reads argument i, map('option', 'value', ...), as a literal that holds a JSON object.
func optionsAt(args []*Expr, i int) (*Expr, error) {
	options := map[string]string{}
	if i < len(args) {
		e := args[i]
		if e.Op != OpCall || e.Name != "map" {
			return nil, analysisError("[INVALID_OPTIONS.NON_MAP_FUNCTION] Invalid options: Must use the `map()` function for options.")
		}
		if e.Type.Key.Kind != String || e.Type.Elem.Kind != String {
			return nil, analysisError("[INVALID_OPTIONS.NON_STRING_TYPE] Invalid options: A type of keys and values in `map()` must be string, but got "+
				"\"%s\".", e.Type.sqlName())
		}
		half := len(e.Args) / 2
		for at, k := range e.Args[:half] {
			key, isText := k.Value.(string)
			value, isText2 := e.Args[half+at].Value.(string)
			if !isText || !isText2 {
				return nil, unsupported("an option that is no literal")
			}
			options[key] = value
		}
	}
	text, err := json.Marshal(options)
	return litExpr(T(String), string(text)), err
}

// TextOptions are the options of a call of from_json or its like.
func TextOptions(e *Expr) (map[string]string, error) {
	options := map[string]string{}
	text, _ := e.Args[len(e.Args)-1].Value.(string)
	err := json.Unmarshal([]byte(text), &options)
	return options, err
}

// typeSchemaOf types schema_of_json(text[, options]), whose text must be a literal.
func typeSchemaOf(c *callTyping) error {
	options, err := optionsAt(c.args, 1)
	if err != nil {
		return err
	}
	text := c.args[0]
	c.label = callLabel(c.name, c.args[:1], false)
	word := c.name[len("schema_of_"):]
	switch {
	case text.Op == OpLit && text.Value == nil:
		return analysisError("[DATATYPE_MISMATCH.UNEXPECTED_NULL] Cannot resolve \"%s\" due to data type mismatch: The %s must not be null.", c.label, word)
	case Contains(text, OpAttr):
		return analysisError("[DATATYPE_MISMATCH.NON_FOLDABLE_INPUT] Cannot resolve \"%s\" due to data type mismatch: the input %s should be a foldable "+
			"\"STRING\" expression; however, got \"%s\".", c.label, word, text.Label)
	case text.Op != OpLit || text.Type.Kind != String:
		return unsupported("%s of what is no literal text", c.name)
	}
	c.typ, c.args, c.nullable = T(String), []*Expr{text, options}, false
	return nil
}

// typeJSONTuple types json_tuple(text, name, ...), which makes one row of texts.
func typeJSONTuple(c *callTyping) error {
	for i, a := range c.args {
		if a.Type.Kind != String {
			return analysisError("[DATATYPE_MISMATCH.NON_STRING_TYPE] Cannot resolve \"%s\" due to data type mismatch: all arguments must be strings.", c.label)
		}
		if i > 0 {
			c.made = append(c.made, Field{Name: "c" + itoa(i-1), Type: T(String), Nullable: true})
		}
	}
	c.typ = Type{Kind: Struct, Fields: c.made}
	return nil
}

// ofTexts checks a call between texts and values against what the readers of files know, and finds the type that
// schema_of_json tells of, which is a literal from then on.
func (an *Analyser) ofTexts(e *Expr) (*Expr, error) {
	t := e.Type
	switch {
	case e.Op != OpCall:
		return e, nil
	case e.Name == "to_json":
		t = e.Args[0].Type
	case e.Name == "schema_of_json":
		return an.schemaOf(e)
	case e.Name != "from_json":
		return e, nil
	}
	options, err := TextOptions(e)
	if err != nil {
		return nil, err
	}
	return e, an.Catalog.CheckText(e.Name, t, options)
}

// schemaOf gives the literal that a call of schema_of_json is.
func (an *Analyser) schemaOf(e *Expr) (*Expr, error) {
	options, err := TextOptions(e)
	if err != nil {
		return nil, err
	}
	text, _ := e.Args[0].Value.(string)
	t, err := an.Catalog.TextType(e.Name, text, options)
	if err != nil {
		return nil, err
	}
	out := litExpr(T(String), t.sqlName())
	out.Label = e.Label
	return out, nil
}

// plainMember matches the names of members that stand without backticks in the SQL of a type.
var plainMember = regexp.MustCompile(`^[0-9_]*[a-zA-Z_][a-zA-Z0-9_]*$`)
