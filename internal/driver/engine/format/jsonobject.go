package format

import "strings"

// JSONStep is a step of a path into a JSON text: a member's name, or the place of an element.
type JSONStep struct {
	Name  string
	Place int
	Item  bool // an element of an array
	Every bool // all elements of an array
	Never bool // what finds nothing
}

// hiveJSON parses a text as the functions do that Spark has of Hive; nil when it is no JSON.
func hiveJSON(text string) *jsonConverter {
	v := &jsonConverter{}
	v.doc.hive = true
	if err := v.doc.parse([]byte(text)); err != nil {
		return nil
	}
	return v
}

// JSONAt gives what a path finds in a JSON text, as get_json_object does: a string as it is, all else as JSON; false
// when there is nothing, a null, or the text is no JSON.
func JSONAt(text string, path []JSONStep) (string, bool) {
	v := hiveJSON(text)
	if v == nil {
		return "", false
	}
	var found []string
	ok := v.find(0, rawStyle, path, &found)
	return strings.Join(found, " "), ok
}

// JSONLength is the number of elements of a JSON array; ok is false for other texts.
func JSONLength(text string) (n int64, ok bool) {
	v := hiveJSON(text)
	if v == nil || v.doc.nodes[0].kind != jsonArray {
		return 0, false
	}
	_ = v.doc.each(0, func(int) error { n++; return nil }) // the function gives no error
	return n, true
}

// JSONKeys are the names of a JSON object's members, in their order, each as often as it is there; ok is false for other
// texts.
func JSONKeys(text string) (keys []string, ok bool) {
	v := hiveJSON(text)
	if v == nil || v.doc.nodes[0].kind != jsonObject {
		return nil, false
	}
	keys = []string{}
	for c := v.doc.nodes[0].first; c != 0; c = v.doc.nodes[c].next {
		keys = append(keys, v.doc.name(c))
	}
	return keys, true
}

// JSONMembers are the members of a JSON object that are not null, as texts, the last one of each name; none for other
// texts.
func JSONMembers(text string) map[string]string {
	v := hiveJSON(text)
	if v == nil || v.doc.nodes[0].kind != jsonObject {
		return nil
	}
	found := map[string]string{}
	for c := v.doc.nodes[0].first; c != 0; c = v.doc.nodes[c].next {
		if v.doc.nodes[c].kind != jsonNull {
			found[v.doc.name(c)] = v.text(c)
		}
	}
	return found
}

// The styles in which values are found: raw gives a string as it is, quoted as JSON, flat opens arrays. Source:
// GetJsonObject of Spark 3.5, which has them of Hive.
const (
	rawStyle = iota
	quotedStyle
	flatStyle
)

// find adds to found what a path finds at node i, and reports whether that counts as found.
func (v *jsonConverter) find(i, style int, path []JSONStep, found *[]string) bool {
	n := &v.doc.nodes[i]
	if len(path) == 0 {
		return v.findHere(i, style, found)
	}
	step := path[0]
	switch {
	case step.Never:
		return false
	case n.kind == jsonObject && !step.Item:
		for c := n.first; c != 0; c = v.doc.nodes[c].next {
			if v.doc.nodes[c].kind != jsonNull && v.doc.name(c) == step.Name && v.find(c, style, path[1:], found) {
				return true
			}
		}
		return false
	case n.kind == jsonArray && step.Every:
		return v.findEvery(i, style, path[1:], found)
	case n.kind == jsonArray && step.Item:
		if len(path) > 1 && path[1].Every {
			style = quotedStyle
		}
		c := n.first
		for place := 0; c != 0 && place < step.Place; place++ {
			c = v.doc.nodes[c].next
		}
		return c != 0 && v.find(c, style, path[1:], found)
	default:
		return false
	}
}

// findHere is find at the end of a path.
func (v *jsonConverter) findHere(i, style int, found *[]string) bool {
	switch n := &v.doc.nodes[i]; {
	case n.kind == jsonText && style == rawStyle:
		*found = append(*found, v.text(i))
	case n.kind == jsonArray && style == flatStyle:
		any := false
		for c := n.first; c != 0; c = v.doc.nodes[c].next {
			any = v.findHere(c, style, found) || any
		}
		return any
	default:
		*found = append(*found, string(v.generate(nil, i)))
	}
	return true
}

// findEvery is find in all elements of array i. One result stands alone, unless a place before in the path was in an
// array; of two [*] in a row the second opens arrays.
func (v *jsonConverter) findEvery(i, style int, rest []JSONStep, found *[]string) bool {
	alone, inner := style != quotedStyle, style
	switch {
	case len(rest) > 0 && rest[0].Every:
		alone, inner, rest = false, flatStyle, rest[1:]
	case style == rawStyle:
		inner = quotedStyle
	}
	var list []string
	count := 0
	for c := v.doc.nodes[i].first; c != 0; c = v.doc.nodes[c].next {
		if v.find(c, inner, rest, &list) {
			count++
		}
	}
	text := strings.Join(list, ",")
	switch {
	case !alone || count > 1:
		*found = append(*found, "["+text+"]")
	case count == 1:
		*found = append(*found, text)
	}
	return count > 0
}
