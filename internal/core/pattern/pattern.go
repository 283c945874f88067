// Package pattern is EventBridge's event patterns: which events a rule is for.
//
//	{
//	  "source": ["aws.glue"],
//	  "detail": {
//	    "jobName": [{"prefix": "nightly-"}],
//	    "state":   ["FAILED", "TIMEOUT"]
//	  }
//	}
//
// A pattern is an object with the keys of the events that it matches. Every key must match. The value of a key is an object,
// a pattern for what lies under that key of the event, or a list of tests, of which one must hold. A list with 2 or more
// patterns under the key $or must have one that matches. A test is
//
//	"text"  12.5  true  false  null                  this very value; numbers by their value, 3.0e2 is 300
//	{"prefix": "a"}  {"suffix": "a"}                 a string that begins, ends so
//	{"equals-ignore-case": "a"}                      a string, upper and lower case alike
//	{"prefix": {"equals-ignore-case": "a"}}          and so with suffix
//	{"wildcard": "a*b"}                              a string; * stands for any characters, \* for a star, \\ for a backslash
//	{"numeric": [">=", 0, "<", 5]}                   a number; also one of < <= > >= = alone
//	{"cidr": "10.0.0.0/24"}                          a string, an address of that network, IPv4 or IPv6
//	{"exists": true}  {"exists": false}              there is a value under the key, or none
//	{"anything-but": X}                              a value but X: a string, a number, or a list of only strings or only numbers
//	{"anything-but": {OPERATOR: X}}                  a value of which {OPERATOR: X} does not hold: prefix, suffix,
//	                                                 equals-ignore-case or wildcard; X is a string or a list of strings
//
// A value is a string, number, boolean or null. Where the event has a list, one of its values must hold, and where the
// pattern has an object and the event a list of objects, one of them must match as a whole. An object or an empty list is
// no value: {"exists": false} holds for it.
//
// All else is refused by Parse, with the path of the key at fault: other operators, values outside lists, empty lists and
// objects, a key named twice. Differences from AWS: a number may have any size; a key with a dot is just that key; in a list of
// objects {"exists": false} asks each object for itself, where AWS asks whether any of them has the key; and what stands under
// $or may be met by another object of a list than what stands beside it.
//
// Nothing here grows with an event: depth is bounded by MaxDepth, and no test takes more time than the length of the value
// times the length of the pattern.
package pattern

import (
	"bytes"
	"encoding/json"
	"errors"

	"tenon/internal/glue"
)

// MaxSize bounds a pattern, in bytes: EventBridge's limit.
const MaxSize = 4096

// MaxDepth bounds how deep objects and lists lie in each other, in patterns and in what is looked at of an event.
const MaxDepth = 32

// Pattern is a checked pattern. It is immutable and may be used by many goroutines at once. The zero Pattern matches every
// event.
type Pattern struct{ root object }

// object matches an object of an event: all of its parts must.
type object struct {
	values []leaf
	inner  []branch
	either [][]object // of each, one must match
}

// leaf is a key whose value is a list of tests.
type leaf struct {
	key   string
	tests []test
}

// branch is a key whose value is a pattern.
type branch struct {
	key string
	object
}

// test is one of a list.
type test struct {
	holds  func(value any) bool
	absent bool // {"exists": false}; holds is unused
}

// Parse reads a pattern. Every error is an InvalidInputException whose text begins as EventBridge's do and names the path of
// what is at fault.
func Parse(doc []byte) (*Pattern, error) {
	p := &Pattern{}
	if len(doc) > MaxSize {
		return nil, glue.Invalid("Event pattern is not valid. Reason: It has %d bytes; at most %d are allowed.", len(doc), MaxSize)
	}
	root, err := decode(doc)
	if err == nil {
		p.root, err = compile("", root)
	}
	if err != nil {
		return nil, glue.Invalid("Event pattern is not valid. Reason: %s", err)
	}
	return p, nil
}

// Decode reads an event for Match, to be done once for many patterns. An error says that it is no JSON, or no object.
func Decode(event []byte) (map[string]any, error) {
	var values map[string]any
	err := json.Unmarshal(event, &values)
	if wrong := (*json.UnmarshalTypeError)(nil); errors.As(err, &wrong) && values != nil {
		return decodeHuge(event)
	}
	if err == nil && values == nil {
		err = glue.Invalid("an event is an object, not null")
	}
	return values, err
}

// decodeHuge reads an event with numbers that no float64 holds: they become infinite, so that the event is still compared with
// patterns.
func decodeHuge(event []byte) (values map[string]any, err error) {
	d := json.NewDecoder(bytes.NewReader(event))
	d.UseNumber()
	if err := d.Decode(&values); err != nil {
		return nil, err
	}
	return floats(values).(map[string]any), nil
}

// floats replaces the numbers of a decoded value.
func floats(value any) any {
	switch v := value.(type) {
	case json.Number:
		f, _ := v.Float64() // out of range, it is infinite
		return f
	case map[string]any:
		for k, e := range v {
			v[k] = floats(e)
		}
	case []any:
		for i, e := range v {
			v[i] = floats(e)
		}
	}
	return value
}

// Match reports whether p matches an event in the form that Decode gives.
func (p *Pattern) Match(event map[string]any) bool { return p.root.match(event) }

// MayMatch reports whether p could match any event of a source, such as aws.s3, whatever else the event says. A false is
// certain; a true need not be.
func (p *Pattern) MayMatch(source string) bool { return p.root.mayMatch(source) }

// match reports whether all parts of o match.
func (o *object) match(event map[string]any) bool {
	for i := range o.values {
		value, ok := event[o.values[i].key]
		if !o.values[i].match(value, ok) {
			return false
		}
	}
	for i := range o.inner {
		// What is absent is matched as an empty object: {"exists": false} may ask for it.
		if !o.inner[i].matchAny(event[o.inner[i].key], 0) {
			return false
		}
	}
	for _, alternatives := range o.either {
		found := false
		for i := range alternatives {
			if found = alternatives[i].match(event); found {
				break
			}
		}
		if !found {
			return false
		}
	}
	return true
}

// matchAny reports whether o matches a value, or one of a list. Whatever is no object has no keys.
func (o *object) matchAny(value any, depth int) bool {
	list, ok := value.([]any)
	if !ok || len(list) == 0 || depth == MaxDepth {
		inner, _ := value.(map[string]any)
		return o.match(inner)
	}
	for _, v := range list {
		if o.matchAny(v, depth+1) {
			return true
		}
	}
	return false
}

// match reports whether one of the tests holds.
func (l *leaf) match(value any, present bool) bool {
	for _, t := range l.tests {
		switch {
		case t.absent && !(present && anyValue(value, isValue, 0)):
			return true
		case !t.absent && present && anyValue(value, t.holds, 0):
			return true
		}
	}
	return false
}

// anyValue reports whether holds does for a value, or for one of a list.
func anyValue(value any, holds func(any) bool, depth int) bool {
	switch v := value.(type) {
	case map[string]any:
		return false
	case []any:
		if depth == MaxDepth {
			return false
		}
		for _, e := range v {
			if anyValue(e, holds, depth+1) {
				return true
			}
		}
		return false
	}
	return holds(value)
}

// isValue holds for every value: anyValue keeps objects and lists from it.
func isValue(any) bool { return true }

// mayMatch asks only what o says of the source.
func (o *object) mayMatch(source string) bool {
	for i := range o.values {
		if o.values[i].key == "source" && !o.values[i].match(source, true) {
			return false
		}
	}
	for i := range o.inner {
		if o.inner[i].key == "source" && !o.inner[i].match(nil) {
			return false // a source is never an object
		}
	}
	for _, alternatives := range o.either {
		found := false
		for i := range alternatives {
			found = found || alternatives[i].mayMatch(source)
		}
		if !found {
			return false
		}
	}
	return true
}
