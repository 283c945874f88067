package pattern

import (
	"fmt"
	"net/netip"
	"strings"
)

// compile checks an object of a pattern and makes its tests.
func compile(path string, m members) (object, error) {
	var o object
	if len(m) == 0 {
		return o, problem(path, "an empty object matches nothing that could be meant")
	}
	for _, member := range m {
		at := join(path, member.key)
		if member.key == "$or" {
			alternatives, err := compileOr(at, member.value)
			if err != nil {
				return o, err
			}
			o.either = append(o.either, alternatives)
			continue
		}
		switch v := member.value.(type) {
		case members:
			inner, err := compile(at, v)
			if err != nil {
				return o, err
			}
			o.inner = append(o.inner, branch{member.key, inner})
		case []any:
			if len(v) == 0 {
				return o, problem(at, "an empty list matches nothing")
			}
			l := leaf{key: member.key}
			for i, t := range v {
				made, err := compileTest(fmt.Sprintf("%s[%d]", at, i), t)
				if err != nil {
					return o, err
				}
				l.tests = append(l.tests, made)
			}
			o.values = append(o.values, l)
		default:
			return o, problem(at, "it must be an object or a list: write [%s]", spell(v))
		}
	}
	return o, nil
}

// compileOr makes the alternatives of $or.
func compileOr(path string, value any) ([]object, error) {
	list, ok := value.([]any)
	if !ok || len(list) < 2 {
		return nil, problem(path, "it must be a list of 2 or more patterns")
	}
	var alternatives []object
	for i, v := range list {
		at := fmt.Sprintf("%s[%d]", path, i)
		m, ok := v.(members)
		if !ok {
			return nil, problem(at, "it must be a pattern, an object")
		}
		o, err := compile(at, m)
		if err != nil {
			return nil, err
		}
		alternatives = append(alternatives, o)
	}
	return alternatives, nil
}

// compileTest makes one test of a list.
func compileTest(path string, value any) (test, error) {
	switch v := value.(type) {
	case members:
		return compileOperator(path, v)
	case []any:
		return test{}, problem(path, "a list within a list")
	}
	return test{holds: func(event any) bool { return event == value }}, nil
}

// compileOperator makes the test that an object stands for.
func compileOperator(path string, m members) (test, error) {
	if len(m) != 1 {
		return test{}, problem(path, "a test has one operator, this has %d", len(m))
	}
	name, operand := m[0].key, m[0].value
	at := join(path, name)
	switch name {
	case "exists":
		want, ok := operand.(bool)
		if !ok {
			return test{}, problem(at, "it must be true or false, not %s", spell(operand))
		}
		return test{holds: isValue, absent: !want}, nil
	case "numeric":
		return compileNumeric(at, operand)
	case "cidr":
		return compileCIDR(at, operand)
	case "anything-but":
		return compileAnythingBut(at, operand)
	case "prefix", "suffix":
		fold, ok := operand.(members)
		if !ok {
			break
		}
		if len(fold) != 1 || fold[0].key != "equals-ignore-case" {
			return test{}, problem(at, `it must be a string or {"equals-ignore-case": "..."}`)
		}
		return compileText(join(at, fold[0].key), folded[name], fold[0].value)
	}
	of, ok := texts[name]
	if !ok {
		return test{}, problem(path, "unrecognized match type %s", name)
	}
	return compileText(at, of, operand)
}

// maker checks the operand of a test on strings, and makes it.
type maker func(operand string) (func(string) bool, error)

// texts are the operators on strings.
var texts = map[string]maker{
	"prefix": func(p string) (func(string) bool, error) {
		return func(s string) bool { return strings.HasPrefix(s, p) }, nil
	},
	"suffix": func(p string) (func(string) bool, error) {
		return func(s string) bool { return strings.HasSuffix(s, p) }, nil
	},
	"equals-ignore-case": func(p string) (func(string) bool, error) {
		return func(s string) bool { return strings.EqualFold(s, p) }, nil
	},
	"wildcard": wildcard,
}

// folded are the operators that take {"equals-ignore-case": ...}.
var folded = map[string]maker{
	"prefix": func(p string) (func(string) bool, error) {
		return func(s string) bool { return foldedPrefix(s, p) }, nil
	},
	"suffix": func(p string) (func(string) bool, error) {
		return func(s string) bool { return foldedSuffix(s, p) }, nil
	},
}

// compileText makes a test on strings.
func compileText(path string, of maker, operand any) (test, error) {
	text, ok := operand.(string)
	if !ok {
		return test{}, problem(path, "it must be a string, not %s", spell(operand))
	}
	holds, err := of(text)
	if err != nil {
		return test{}, problem(path, "%s", err)
	}
	return test{holds: func(event any) bool {
		s, ok := event.(string)
		return ok && holds(s)
	}}, nil
}

// compileNumeric makes a range: one comparison, or one from below and then one from above.
func compileNumeric(path string, operand any) (test, error) {
	list, _ := operand.([]any)
	if len(list) != 2 && len(list) != 4 {
		return test{}, problem(path, `it must be a list such as ["<", 10] or [">=", 0, "<", 10]`)
	}
	var compare [2]func(float64) bool
	var bound [2]float64
	for i := range len(list) / 2 {
		op, _ := list[2*i].(string)
		n, ok := list[2*i+1].(float64)
		if !ok {
			return test{}, problem(path, "%s is not a number", spell(list[2*i+1]))
		}
		bound[i] = n
		switch op {
		case "<":
			compare[i] = func(v float64) bool { return v < n }
		case "<=":
			compare[i] = func(v float64) bool { return v <= n }
		case ">":
			compare[i] = func(v float64) bool { return v > n }
		case ">=":
			compare[i] = func(v float64) bool { return v >= n }
		case "=":
			compare[i] = func(v float64) bool { return v == n }
		default:
			return test{}, problem(path, "%s is not one of < <= > >= =", spell(list[2*i]))
		}
	}
	if len(list) == 2 {
		return test{holds: func(event any) bool { v, ok := event.(float64); return ok && compare[0](v) }}, nil
	}
	if !strings.HasPrefix(list[0].(string), ">") || !strings.HasPrefix(list[2].(string), "<") {
		return test{}, problem(path, "of two comparisons the first is > or >=, the second < or <=")
	}
	if bound[0] >= bound[1] {
		return test{}, problem(path, "the range from %s to %s is empty", spell(list[1]), spell(list[3]))
	}
	return test{holds: func(event any) bool {
		v, ok := event.(float64)
		return ok && compare[0](v) && compare[1](v)
	}}, nil
}

// compileCIDR makes a test on addresses.
func compileCIDR(path string, operand any) (test, error) {
	text, _ := operand.(string)
	network, err := netip.ParsePrefix(text)
	if err != nil {
		return test{}, problem(path, "%s is not a network such as 10.0.0.0/24", spell(operand))
	}
	return test{holds: func(event any) bool {
		s, ok := event.(string)
		if !ok {
			return false
		}
		addr, err := netip.ParseAddr(s)
		return err == nil && network.Contains(addr)
	}}, nil
}

// compileAnythingBut makes a test that holds where others do not.
func compileAnythingBut(path string, operand any) (test, error) {
	compileOne := compileTest
	if m, ok := operand.(members); ok {
		if len(m) != 1 {
			return test{}, problem(path, "a test has one operator, this has %d", len(m))
		}
		name := m[0].key
		switch name {
		case "prefix", "suffix", "equals-ignore-case", "wildcard":
		default:
			return test{}, problem(path, "unrecognized match type %s", name)
		}
		path, operand = join(path, name), m[0].value
		compileOne = func(path string, v any) (test, error) {
			if v == "" && (name == "prefix" || name == "suffix") {
				return test{}, problem(path, "an empty string would leave nothing")
			}
			return compileText(path, texts[name], v)
		}
	}
	list, ok := operand.([]any)
	if !ok {
		list = []any{operand}
	}
	if len(list) == 0 {
		return test{}, problem(path, "an empty list")
	}
	var not []test
	for i, v := range list {
		_, isString := v.(string)
		_, isNumber := v.(float64)
		_, firstIsString := list[0].(string)
		if !isString && !isNumber || isString != firstIsString {
			return test{}, problem(path, "it must be a string, a number, or a list of only strings or only numbers")
		}
		at := path
		if ok {
			at = fmt.Sprintf("%s[%d]", path, i)
		}
		t, err := compileOne(at, v)
		if err != nil {
			return test{}, err
		}
		not = append(not, t)
	}
	return test{holds: func(event any) bool {
		for _, t := range not {
			if t.holds(event) {
				return false
			}
		}
		return true
	}}, nil
}
