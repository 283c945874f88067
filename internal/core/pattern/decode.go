package pattern

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// member is a key of an object of a pattern, and its value.
type member struct {
	key   string
	value any // members, []any, string, float64, bool or nil
}

// members are an object with the order of its keys.
type members []member

// problem is what is wrong at a path of a pattern.
func problem(path, format string, args ...any) error {
	if path == "" {
		path = "the pattern"
	}
	return fmt.Errorf("%s: %s", path, fmt.Sprintf(format, args...))
}

// join adds a key to a path.
func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

// decode reads a whole document: an object. encoding/json would take the last of two members with one name, and not tell.
func decode(doc []byte) (members, error) {
	d := json.NewDecoder(bytes.NewReader(doc))
	v, err := value(d, "", 0)
	if err != nil {
		var syntax *json.SyntaxError
		var number *json.UnmarshalTypeError
		switch {
		case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
			return nil, errors.New("the JSON is not complete")
		case errors.As(err, &syntax):
			return nil, fmt.Errorf("it is not JSON, at byte %d: %s", syntax.Offset, strings.TrimPrefix(syntax.Error(), "json: "))
		case errors.As(err, &number):
			return nil, fmt.Errorf("the %s, at byte %d, is too large", number.Value, number.Offset)
		}
		return nil, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("something follows the pattern, at byte %d", d.InputOffset())
	}
	m, ok := v.(members)
	if !ok {
		return nil, problem("", "it must be an object")
	}
	return m, nil
}

// value reads the next value of d.
func value(d *json.Decoder, path string, depth int) (any, error) {
	token, err := d.Token()
	if err != nil {
		return nil, err
	}
	delim, ok := token.(json.Delim)
	if !ok {
		return token, nil
	}
	if depth == MaxDepth {
		return nil, problem(path, "objects and lists lie more than %d deep", MaxDepth)
	}
	var object members
	list := []any{}
	for d.More() {
		if delim == '[' {
			v, err := value(d, fmt.Sprintf("%s[%d]", path, len(list)), depth+1)
			if err != nil {
				return nil, err
			}
			list = append(list, v)
			continue
		}
		token, err := d.Token()
		if err != nil {
			return nil, err
		}
		key := token.(string) // the decoder takes nothing else for a key
		for _, m := range object {
			if m.key == key {
				return nil, problem(join(path, key), "the key is named twice")
			}
		}
		v, err := value(d, join(path, key), depth+1)
		if err != nil {
			return nil, err
		}
		object = append(object, member{key, v})
	}
	if _, err := d.Token(); err != nil {
		return nil, err
	}
	if delim == '[' {
		return list, nil
	}
	return object, nil
}
