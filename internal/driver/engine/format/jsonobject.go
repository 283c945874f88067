package format

import (
	"errors"
	"strings"
)

// JSONStep is a step of a path into a JSON text: a member's name, or with an empty name the place of an element.
type JSONStep struct {
	Name  string
	Place int
	Item  bool // an element of an array
}

// ErrControlCharacter tells that a text has a control character that Spark's parser reads and this one does not.
var ErrControlCharacter = errors.New("a control character inside of a JSON text")

// JSONAt gives what a path finds in a JSON text, as get_json_object does: a string as it is, all else as JSON; false
// when there is nothing, a null, or the text is no JSON.
func JSONAt(text string, path []JSONStep) (string, bool, error) {
	v := &jsonConverter{}
	if err := v.doc.parse([]byte(text)); err != nil || len(v.doc.nodes) == 0 {
		if strings.ContainsFunc(text, func(r rune) bool { return r < ' ' }) {
			return "", false, ErrControlCharacter
		}
		return "", false, nil
	}
	for i := range v.doc.nodes {
		if n := &v.doc.nodes[i]; n.kind == jsonNumber && strings.ContainsAny(string(n.text), "NI") {
			return "", false, nil // NaN and Infinity are numbers to other readers alone
		}
	}
	found, ok := v.at(0, path)
	return found, ok, nil
}

// JSONLength is the number of elements of a JSON array; JSONKeys are the keys of an object. ok is false for other texts.
func JSONLength(text string) (n int64, ok bool, err error) {
	var d jsonDoc
	if err := d.parse([]byte(text)); err != nil || len(d.nodes) == 0 || d.nodes[0].kind != jsonArray {
		if err != nil && strings.ContainsFunc(text, func(r rune) bool { return r < ' ' }) {
			return 0, false, ErrControlCharacter
		}
		return 0, false, nil
	}
	err = d.each(0, func(int) error { n++; return nil })
	return n, true, err
}

// at follows a path from node i.
func (v *jsonConverter) at(i int, path []JSONStep) (string, bool) {
	n := &v.doc.nodes[i]
	if len(path) == 0 {
		return v.text(i), true
	}
	step, place := path[0], 0
	out, ok := "", false
	wanted := jsonObject
	if step.Item {
		wanted = jsonArray
	}
	if n.kind != wanted {
		return "", false
	}
	_ = v.doc.each(i, func(c int) error { // the function below gives no error
		here := step.Item && place == step.Place || !step.Item && v.doc.name(c) == step.Name
		place++
		if here && !ok && (step.Item || v.doc.nodes[c].kind != jsonNull) {
			out, ok = v.at(c, path[1:])
		}
		return nil
	})
	return out, ok
}
