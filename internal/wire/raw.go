package wire

import (
	"encoding/json"
	"reflect"
)

// Object is a JSON object that Tenon keeps and returns as it came, without looking
// inside: the nodes of a visual job. nil is absent.
type Object json.RawMessage

// MarshalJSON writes the object as it was read.
func (o Object) MarshalJSON() ([]byte, error) { return json.RawMessage(o).MarshalJSON() }

// UnmarshalJSON takes any JSON object; null is absent.
func (o *Object) UnmarshalJSON(text []byte) error {
	switch {
	case string(text) == "null":
		*o = nil
	case text[0] != '{':
		return &json.UnmarshalTypeError{Value: kindOf(text), Type: reflect.TypeFor[Object]()}
	default:
		*o = append(Object(nil), text...)
	}
	return nil
}

// Document is free-form JSON of any kind, where the model itself says no more: the
// default value of an Iceberg column, the records of a preview. nil is absent.
type Document json.RawMessage

// MarshalJSON writes the document as it was read.
func (d Document) MarshalJSON() ([]byte, error) { return json.RawMessage(d).MarshalJSON() }

// UnmarshalJSON takes any JSON; null is absent.
func (d *Document) UnmarshalJSON(text []byte) error {
	*d = nil
	if string(text) != "null" {
		*d = append(Document(nil), text...)
	}
	return nil
}
