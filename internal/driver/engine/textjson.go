package engine

import (
	"database/sql/driver"
	"strconv"
	"strings"

	"tenon/internal/driver/engine/format"
)

// joinTexts lists texts with commas.
func joinTexts(texts []string) string { return strings.Join(texts, ", ") }

// jsonPath reads a path of get_json_object: $ with .name, ['name'], [n] and [*]; ok is false for what is no path. A name
// * finds nothing, as in Spark.
func jsonPath(text string) (path []format.JSONStep, ok bool) {
	rest, ok := strings.CutPrefix(text, "$")
	if !ok {
		return nil, false
	}
	for rest != "" {
		step := format.JSONStep{}
		switch {
		case strings.HasPrefix(rest, "['"):
			name, after, closed := strings.Cut(rest[2:], "']")
			if !closed || name == "" || strings.ContainsAny(name, "'?") {
				return nil, false
			}
			step, rest = format.JSONStep{Name: name, Never: name == "*"}, after
		case rest[0] == '[':
			place, after, closed := strings.Cut(rest[1:], "]")
			n, err := strconv.ParseUint(place, 10, 31)
			if !closed || err != nil && place != "*" {
				return nil, false
			}
			step, rest = format.JSONStep{Item: true, Every: place == "*", Place: int(n)}, after
		case rest[0] == '.':
			end := strings.IndexAny(rest[1:], ".[")
			if end < 0 {
				end = len(rest) - 1
			}
			name := rest[1 : end+1]
			if name == "" {
				return nil, false
			}
			step, rest = format.JSONStep{Name: name, Never: name == "*"}, rest[end+1:]
		default:
			return nil, false
		}
		path = append(path, step)
	}
	return path, true
}

// goGetJSON is get_json_object.
func goGetJSON(a []driver.Value) (any, error) {
	path, ok := jsonPath(a[1].(string))
	if !ok {
		return nil, nil
	}
	if found, ok := format.JSONAt(a[0].(string), path); ok {
		return found, nil
	}
	return nil, nil
}

// goJSONLength is json_array_length.
func goJSONLength(a []driver.Value) (any, error) {
	if n, ok := format.JSONLength(a[0].(string)); ok {
		return n, nil
	}
	return nil, nil
}

// goJSONKeys is json_object_keys.
func goJSONKeys(a []driver.Value) (any, error) {
	if keys, ok := format.JSONKeys(a[0].(string)); ok {
		return keys, nil
	}
	return nil, nil
}

// goJSONTuple is json_tuple: the values of the members called so, null for those that are not there.
func goJSONTuple(a []driver.Value) (any, error) {
	names, _ := a[1].([]any)
	found := format.JSONMembers(a[0].(string))
	out := make([]any, len(names))
	for i, n := range names {
		if name, ok := n.(string); ok {
			if value, ok := found[name]; ok {
				out[i] = value
			}
		}
	}
	return out, nil
}
