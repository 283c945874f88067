package spark

import (
	"encoding/json"

	"tenon/internal/plan"
)

// ErrorRecord is one record that a reader could not take.
type ErrorRecord struct {
	Message   string // what was wrong with it
	Source    string // the file it stands in
	Input     string // its text
	BytesRead int64  // the bytes of its text
}

// Opened is a source that a Catalog has opened: what the engine finds in Rel.Leaf, and its columns.
type Opened struct {
	Leaf   any
	Schema Schema
	Errors int64         // the error records among what was read
	Kept   []ErrorRecord // those of them that were kept
}

// ErrorSide is one origin of a DynamicFrame's error records: a reader or a transform. It goes along with every frame
// that is made of the one it came with, in Rel.Errors.
type ErrorSide struct {
	// Rel has the error records as rows, in one column "error", a struct of ErrorFields; it runs when somebody asks.
	Rel *Rel
	// Count is how many there are, which may be more than Rel has; below 0 it is the number of Rel's rows.
	Count int64
}

// ErrorTransform is what a transform of DynamicFrames says of its errors: texts for its error records, and how many of
// them are too many. A threshold of 0 is none.
type ErrorTransform struct {
	Site, Info string
	Own        []ErrorSide // those that the transform itself made
	Stage      int64       // the most of Own that do not fail the run
	Total      int64       // the most of Rel.Errors that do not fail the run
}

// ErrorFields are the members of an error record but for the record itself (dynamicRecord), as the Glue developer
// guide shows them ("Use errorsAsDynamicFrame to view error records").
func ErrorFields() []Field {
	callsite := Type{Kind: Struct, Fields: []Field{{"site", T(String), true}, {"info", T(String), true}}}
	return []Field{{"callsite", callsite, true}, {"msg", T(String), true}, {"stackTrace", T(String), true},
		{"input", T(String), true}, {"bytesread", T(Long), true}, {"source", T(String), true}}
}

// readErrors is the side of a source's error records; nil when it has none.
func (an *Analyser) readErrors(o Opened, info string) []ErrorSide {
	if o.Errors == 0 {
		return nil
	}
	t := Type{Kind: Struct, Fields: ErrorFields()}
	rel := &Rel{Op: RelValues, Out: []Attr{an.newAttr("error", t, true)}}
	for _, k := range o.Kept {
		rel.Rows = append(rel.Rows, []json.RawMessage{jsonList(jsonList(jsonText("create_dynamic_frame"), jsonText(info)),
			jsonText(k.Message), jsonText(""), jsonText(k.Input), jsonNumber(k.BytesRead), jsonText(k.Source))})
	}
	return []ErrorSide{{Rel: rel, Count: o.Errors}}
}

// ErrorsOf makes the side of the records that a transform failed on. failed has a row for each; message and stack are
// expressions over it, record lists the columns that make up the record (dynamicRecord; none: left out).
func (an *Analyser) ErrorsOf(failed *Rel, n plan.Node, site string, message, stack *Expr, record []Attr) ErrorSide {
	names := make([]string, 0, 7)
	for _, f := range ErrorFields() {
		names = append(names, f.Name)
	}
	callsite := structOf([]string{"site", "info"}, []*Expr{litExpr(T(String), site), litExpr(T(String), n.Info)})
	empty := litExpr(T(String), "")
	values := []*Expr{callsite, message, stack, empty, litExpr(T(Long), int64(0)), empty}
	if len(record) > 0 {
		members, cells := make([]string, len(record)), make([]*Expr, len(record))
		for i, a := range record {
			members[i], cells[i] = a.Name, attrExpr(a)
		}
		names, values = append(names, "dynamicRecord"), append(values, structOf(members, cells))
	}
	e := structOf(names, values)
	return ErrorSide{Rel: an.projectRel(failed, []named{{name: "error", expr: e}}), Count: -1}
}

// withErrors puts rel, made by the transform n from inputs in, together with the error records that came with them and
// those of its own. A DataFrame's relation has none: they stay behind at toDF.
func (an *Analyser) withErrors(n plan.Node, rel *Rel, in []*Rel, own []ErrorSide) *Rel {
	sides := []ErrorSide{}
	for _, r := range in {
		sides = append(sides, r.Errors...)
	}
	sides = append(sides, own...)
	if len(sides) == 0 && n.StageThreshold == 0 && n.TotalThreshold == 0 {
		return rel
	}
	out := inherit(RelAlias, rel, rel.Out)
	out.Errors = sides
	out.Transform = &ErrorTransform{Site: string(n.Kind), Info: n.Info, Own: own, Stage: n.StageThreshold, Total: n.TotalThreshold}
	return out
}

// errorFrame is errorsAsDynamicFrame: the error records of in, which must all have been kept.
func (an *Analyser) errorFrame(in *Rel) (*Rel, error) {
	if len(in.Errors) == 0 {
		t := Type{Kind: Struct, Fields: ErrorFields()}
		return &Rel{Op: RelValues, Out: []Attr{an.newAttr("error", t, true)}}, nil
	}
	rels := make([]*Rel, len(in.Errors))
	for i, side := range in.Errors {
		if side.Rel.Op == RelValues && side.Count > int64(len(side.Rel.Rows)) {
			return nil, unsupported("errorsAsDynamicFrame of %d error records, of which %d were kept (errorsCount is exact),",
				side.Count, len(side.Rel.Rows))
		}
		rels[i] = side.Rel
	}
	return an.dynamicUnion(rels)
}

// jsonText is a text as a cell.
func jsonText(s string) json.RawMessage {
	b, err := json.Marshal(s)
	if err != nil {
		panic(err) // a string always encodes
	}
	return b
}

// jsonNumber is a whole number as a cell.
func jsonNumber(n int64) json.RawMessage {
	b, err := json.Marshal(n)
	if err != nil {
		panic(err) // a number always encodes
	}
	return b
}

// jsonList is a struct as a cell.
func jsonList(cells ...json.RawMessage) json.RawMessage {
	out := json.RawMessage("[")
	for i, c := range cells {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(out, c...)
	}
	return append(out, ']')
}
