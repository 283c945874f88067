package wire

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"unicode/utf8"

	"tenon/internal/glue"
)

// maxDepth bounds how deeply a body may nest. The deepest served shape needs about
// ten; documents that Tenon only keeps may need more.
const maxDepth = 64

// Decode turns the body of a request for op into its checked input, a pointer to
// the type that the model names (for CreateJob a *CreateJobRequest). The error is
// always a *glue.Error for the client; see the package comment for which.
// An empty body is an empty object.
func Decode(op *Operation, body []byte) (Checked, error) {
	if !op.Served {
		return nil, NotSupported(op.Name, "")
	}
	in := op.newInput()
	if err := Unmarshal(op, body, in); err != nil {
		return nil, err
	}
	if vs := in.Validate(); len(vs) > 0 {
		return nil, &glue.Error{Code: glue.CodeValidation, Op: op.Name, Message: ViolationMessage(vs)}
	}
	return in, nil
}

// Unmarshal is the first half of Decode: size, syntax and types, no constraints.
func Unmarshal(op *Operation, body []byte, in any) error {
	if len(body) > op.MaxBodyBytes {
		return &glue.Error{Code: glue.CodeInvalidInput, Op: op.Name, Message: fmt.Sprintf(
			"Request size limit exceeded: %s takes at most %d bytes, got %d.", op.Name, op.MaxBodyBytes, len(body))}
	}
	if len(bytes.TrimSpace(body)) == 0 {
		return nil
	}
	err := checkText(body)
	if err == nil {
		err = json.Unmarshal(body, in)
	}
	if err != nil {
		return &glue.Error{Code: glue.CodeSerialization, Op: op.Name, Message: describe(err)}
	}
	return nil
}

// Encode returns the body of an answer, or of a request.
func Encode(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, fmt.Errorf("wire: encode %T: %w", v, err)
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// checkText refuses what encoding/json lets through: bytes that are no UTF-8, a
// body that is not an object, nesting beyond maxDepth.
func checkText(body []byte) error {
	if !utf8.Valid(body) {
		return errors.New("the body is not UTF-8")
	}
	if bytes.TrimLeft(body, " \t\r\n")[0] != '{' {
		return errors.New("the body is not a JSON object")
	}
	depth, inString := 0, false
	for i := 0; i < len(body); i++ {
		switch c := body[i]; {
		case inString && c == '\\':
			i++
		case c == '"':
			inString = !inString
		case inString:
		case c == '{' || c == '[':
			if depth++; depth > maxDepth {
				return fmt.Errorf("the body nests deeper than %d levels", maxDepth)
			}
		case c == '}' || c == ']':
			depth--
		}
	}
	return nil
}

// kindOf names the kind of a JSON value as encoding/json does in its errors.
func kindOf(text []byte) string {
	switch text[0] {
	case '"':
		return "string"
	case '{':
		return "object"
	case '[':
		return "array"
	case 't', 'f':
		return "bool"
	default:
		return "number"
	}
}

// describe turns an error of encoding/json into the message of a
// SerializationException: AWS's words, and the member that AWS does not name.
func describe(err error) string {
	var te *json.UnmarshalTypeError
	var se *json.SyntaxError
	switch {
	case errors.As(err, &te):
		kind, literal, _ := strings.Cut(te.Value, " ") // "number 1e99": the literal where the kind alone would do
		found := strings.ToUpper(kind) + "_VALUE"
		if literal != "" {
			found += " " + cut(literal, maxEchoBytes)
		}
		return fmt.Sprintf("%s cannot be converted to %s at '%s'", found, typeName(te.Type), te.Field)
	case errors.As(err, &se):
		return fmt.Sprintf("the body is not JSON: %s at byte %d", se.Error(), se.Offset)
	default:
		return err.Error()
	}
}

// typeName names a Go type as the model names it.
func typeName(t reflect.Type) string {
	switch t {
	case reflect.TypeFor[Time]():
		return "Timestamp"
	case reflect.TypeFor[Object]():
		return "Map"
	}
	switch t.Kind() {
	case reflect.String:
		return "String"
	case reflect.Bool:
		return "Boolean"
	case reflect.Int32:
		return "Integer"
	case reflect.Int64:
		return "Long"
	case reflect.Float64:
		return "Double"
	case reflect.Slice:
		return "List"
	case reflect.Map:
		return "Map"
	default:
		return "Structure"
	}
}
