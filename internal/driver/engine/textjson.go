package engine

import (
	"database/sql/driver"
	"strconv"
	"strings"

	"tenon/internal/driver/engine/format"
)

// jsonPath reads a path of get_json_object: $ with .name, ['name'] and [n]; ok is false for what is no path. Wildcards
// are refused.
func jsonPath(text string) (path []format.JSONStep, ok bool, err error) {
	rest, ok := strings.CutPrefix(text, "$")
	if !ok {
		return nil, false, nil
	}
	for rest != "" {
		switch {
		case strings.HasPrefix(rest, "['"):
			name, after, closed := strings.Cut(rest[2:], "']")
			if !closed || name == "" || strings.ContainsAny(name, "'?") {
				return nil, false, nil
			}
			if name == "*" {
				return nil, false, refuse("the wildcard in the JSON path %q", text)
			}
			path, rest = append(path, format.JSONStep{Name: name}), after
		case rest[0] == '[':
			place, after, closed := strings.Cut(rest[1:], "]")
			if place == "*" {
				return nil, false, refuse("the wildcard in the JSON path %q", text)
			}
			n, err := strconv.ParseUint(place, 10, 31)
			if !closed || err != nil {
				return nil, false, nil
			}
			path, rest = append(path, format.JSONStep{Item: true, Place: int(n)}), after
		case rest[0] == '.':
			end := strings.IndexAny(rest[1:], ".[")
			if end < 0 {
				end = len(rest) - 1
			}
			name := rest[1 : end+1]
			if name == "*" {
				return nil, false, refuse("the wildcard in the JSON path %q", text)
			}
			if name == "" {
				return nil, false, nil
			}
			path, rest = append(path, format.JSONStep{Name: name}), rest[end+1:]
		default:
			return nil, false, nil
		}
	}
	return path, true, nil
}

// goGetJSON is get_json_object.
func goGetJSON(a []driver.Value) (any, error) {
	path, ok, err := jsonPath(a[1].(string))
	if err != nil || !ok {
		return nil, err
	}
	found, ok, err := format.JSONAt(a[0].(string), path)
	if err != nil {
		return nil, refuse("get_json_object of %v", err)
	}
	if !ok {
		return nil, nil
	}
	return found, nil
}

// goJSONLength is json_array_length.
func goJSONLength(a []driver.Value) (any, error) {
	n, ok, err := format.JSONLength(a[0].(string))
	if err != nil {
		return nil, refuse("json_array_length of %v", err)
	}
	if !ok {
		return nil, nil
	}
	return n, nil
}
