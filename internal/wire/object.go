package wire

import "encoding/json"

// Object is a JSON object that Tenon keeps and returns as it came, without looking
// inside: the nodes of a visual job, free-form documents. nil is absent.
type Object json.RawMessage

// MarshalJSON writes the object as it was read.
func (o Object) MarshalJSON() ([]byte, error) { return json.RawMessage(o).MarshalJSON() }

// UnmarshalJSON takes any JSON object; null is absent.
func (o *Object) UnmarshalJSON(text []byte) error {
	switch {
	case string(text) == "null":
		*o = nil
	case text[0] != '{':
		return &typeError{found: foundKind(text), want: "Map"}
	default:
		*o = append(Object(nil), text...)
	}
	return nil
}
