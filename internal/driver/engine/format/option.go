package format

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"tenon/internal/plan"
)

// options are the named settings of a source or sink. Keys match whatever their case, as in Spark. Each accessor takes
// its key; refuse then names what nobody took. The first bad value sticks in err.
type options struct {
	what  string // "format_options", "connection_options", "option" for messages
	left  map[string]option
	err   error
	given map[string]bool
	times plan.TimePolicy // of the session
}

// option is one setting as the script spelled it.
type option struct {
	name  string
	value plan.Option
}

// newOptions indexes m by lower-case key.
func newOptions(what string, m map[string]plan.Option) *options {
	o := &options{what: what, left: make(map[string]option, len(m)), given: make(map[string]bool, len(m))}
	for k, v := range m {
		o.left[strings.ToLower(k)] = option{name: k, value: v}
		o.given[strings.ToLower(k)] = true
	}
	return o
}

// has reports whether the script set the key, taken or not.
func (o *options) has(key string) bool { return o.given[strings.ToLower(key)] }

// take removes and returns a setting; JSON null counts as not set.
func (o *options) take(key string) (option, bool) {
	k := strings.ToLower(key)
	v, ok := o.left[k]
	delete(o.left, k)
	if ok && string(v.value) == "null" {
		return option{}, false
	}
	return v, ok
}

// fail keeps the first error.
func (o *options) fail(err error) {
	if o.err == nil {
		o.err = err
	}
}

// text takes a setting as text: strings as they are, numbers and booleans as Spark spells them.
func (o *options) text(key, def string) string {
	v, ok := o.take(key)
	if !ok {
		return def
	}
	s, ok := scalarText(v.value)
	if !ok {
		o.fail(argument("%s %q: want a string, got %s", o.what, v.name, v.value))
	}
	return s
}

// scalarText renders a JSON scalar as text.
func scalarText(v plan.Option) (string, bool) {
	var x any
	if err := json.Unmarshal(v, &x); err != nil {
		return "", false
	}
	switch x := x.(type) {
	case string:
		return x, true
	case bool:
		return strconv.FormatBool(x), true
	case float64:
		return string(v), true
	default:
		return "", false
	}
}

// boolean takes true or false, as a boolean or as text in any case.
func (o *options) boolean(key string, def bool) bool {
	v, ok := o.take(key)
	if !ok {
		return def
	}
	s, ok := scalarText(v.value)
	switch strings.ToLower(s) {
	case "true":
		return true
	case "false":
		return false
	}
	o.fail(argument("%s %q: %s is neither true nor false", o.what, v.name, v.value))
	return def
}

// integer takes a whole number that is at least 0, as a number or as text.
func (o *options) integer(key string, def int64) int64 {
	v, ok := o.take(key)
	if !ok {
		return def
	}
	s, _ := scalarText(v.value)
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n < 0 {
		o.fail(argument("%s %q: %s is not a whole number of 0 or more", o.what, v.name, v.value))
		return def
	}
	return n
}

// atLeastOne takes a whole number of 1 or more, as a number or as text; 0 where there is none.
func (o *options) atLeastOne(key string) int64 {
	given := o.has(key)
	n := o.integer(key, -1)
	if given && n == 0 {
		o.fail(argument("%s %q: want a whole number of 1 or more", o.what, key))
	}
	return max(0, n)
}

// choice takes one of several words, whatever their case, and returns it as listed.
func (o *options) choice(key, def string, words ...string) string {
	s := o.text(key, def)
	for _, w := range words {
		if strings.EqualFold(s, w) {
			return w
		}
	}
	o.fail(plan.Unsupported(fmt.Sprintf("%s %q with the value %q", o.what, key, s), "the values are "+strings.TrimPrefix(strings.Join(words, ", "), ", ")))
	return def
}

// strings takes a list of texts: a list, a string holding a JSON list, or one plain string.
func (o *options) strings(key string) []string {
	v, ok := o.take(key)
	if !ok {
		return nil
	}
	var list []string
	if json.Unmarshal(v.value, &list) == nil {
		return list
	}
	s, ok := scalarText(v.value)
	if !ok {
		o.fail(argument("%s %q: want a list of strings, got %s", o.what, v.name, v.value))
		return nil
	}
	if strings.HasPrefix(strings.TrimSpace(s), "[") {
		if err := json.Unmarshal([]byte(s), &list); err != nil {
			o.fail(argument("%s %q: %s is not a JSON list of strings", o.what, v.name, s))
		}
		return list
	}
	return []string{s}
}

// only takes a setting that is honoured at the given values alone.
func (o *options) only(key string, values ...string) {
	v, ok := o.take(key)
	if !ok {
		return
	}
	s, _ := scalarText(v.value)
	if !slices.ContainsFunc(values, func(w string) bool { return strings.EqualFold(w, s) }) {
		o.fail(unsupported("%s %q with the value %s", o.what, v.name, v.value))
	}
}

// harmless takes settings that change how Glue or Spark work, not what comes out.
func (o *options) harmless(keys ...string) {
	for _, k := range keys {
		delete(o.left, strings.ToLower(k))
	}
}

// refuse returns the first bad value, or names the settings that nobody took.
func (o *options) refuse() error {
	if o.err != nil || len(o.left) == 0 {
		return o.err
	}
	var names []string
	for _, v := range o.left {
		names = append(names, strconv.Quote(v.name))
	}
	slices.Sort(names)
	return unsupported("%s %s", o.what, strings.Join(names, ", "))
}
