package format

import (
	"strconv"
)

// appendMalformed appends the members of a row of a malformed record that tell of it: its mark, and its text in the
// corrupt-record column. body is where the row's members begin in b.
func (v *jsonConverter) appendMalformed(b []byte, body int, mark string, record []byte) []byte {
	if v.j.marks != nil {
		v.j.marks.add(mark)
		if len(b) > body {
			b = append(b, ',')
		}
		b = appendJSONString(append(b, `"`+markColumn+`":`...), mark)
	}
	if v.j.bad >= 0 {
		if len(b) > body {
			b = append(b, ',')
		}
		b = v.corrupt(b, record)
	}
	return b
}

// markOf is the mark of the object at node i, which is malformed.
func (v *jsonConverter) markOf(i int) string {
	if mark := v.partsOf(i); mark != "" {
		return mark
	}
	return string(appendMark(nil, markShape))
}

// partsOf is the mark of the object at node i by the columns whose values are not of their types.
func (v *jsonConverter) partsOf(i int) string {
	var mark, spare []byte
	for at, col := range v.j.columns {
		malformed := false
		for c := v.doc.nodes[i].first; c != 0 && at != v.j.bad; c = v.doc.nodes[c].next {
			if v.doc.nodes[c].kind != jsonNull && v.doc.name(c) == col.Name {
				var bad error
				spare, bad = v.value(spare[:0], c, col.Type)
				malformed = malformed || bad != nil
			}
		}
		if malformed {
			mark = appendMark(mark, strconv.Itoa(at))
		}
	}
	return string(mark)
}

// markOfAll is the mark of all objects of an array, which are one record: one is malformed when another is.
func (v *jsonConverter) markOfAll() (string, error) {
	if v.j.marks == nil {
		return "", nil
	}
	var mark []byte
	have := map[string]bool{}
	err := v.doc.each(0, func(c int) error {
		for _, part := range markParts(v.partsOf(c)) {
			if !have[part] {
				have[part] = true
				mark = appendMark(mark, part)
			}
		}
		return nil
	})
	return string(mark), err
}
