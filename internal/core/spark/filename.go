package spark

import "cmp"

// fileNameCall is the function that gives the name of the file that a row is from.
const fileNameCall = "input_file_name"

// FileLeaf is a leaf that can tell the file of each row.
type FileLeaf interface {
	// WithFiles is the same leaf with one more column, the names of the files, or their metadata; false where they are not
	// known.
	WithFiles(metadata bool) (leaf any, ok bool)
	// Metadata is the type of the hidden column _metadata, and those of its members that are not known; false for a leaf
	// without.
	Metadata() (t Type, unknown []string, ok bool)
}

// calls reports whether e has a call of the function name.
func calls(e *Expr, name string) bool {
	found := false
	e.Walk(func(x *Expr) bool {
		found = found || x.Op == OpCall && x.Name == name
		return !found
	})
	return found
}

// nameFiles puts the names of files, and their metadata, into the expressions of a relation that was just made.
func (an *Analyser) nameFiles(rel *Rel) *Rel {
	return an.carryFiles(an.carryFiles(rel, fileNameCall), metadataCall)
}

// carryFiles puts a column about files in the place of each call of a function: the relation below gets it as one more
// column. Where it is not known the call stays, and is refused when it is emitted: Spark has an empty text for a name
// there, or a name by chance.
func (an *Analyser) carryFiles(rel *Rel, call string) *Rel {
	asking := rel.Exprs
	if rel.Op == RelAggregate && call == fileNameCall {
		asking = asking[:rel.Keys]
	}
	found := false
	for _, e := range asking {
		found = found || calls(e, call)
	}
	if !found || call == metadataCall && !knownMembers(rel.Inputs[0], asking) {
		return rel
	}
	below, file, ok := an.withFile(rel.Inputs[0], call)
	if !ok {
		return rel
	}
	rel.Inputs = []*Rel{below}
	exprs := append([]*Expr(nil), rel.Exprs...)
	for i, e := range asking {
		exprs[i] = e.rewrite(func(x *Expr) *Expr {
			switch {
			case x.Op == OpWindow && call == fileNameCall: // after a shuffle
				return x
			case x.Op == OpCall && x.Name == call:
				return relabel(attrExpr(file), x.Label)
			}
			return nil
		})
	}
	rel.Exprs = exprs
	return rel
}

// withFile is a relation with one more column, the last but for what a generator makes: the file of each row. ok is false
// for what Spark moves rows to other tasks for, or may; metadata goes along where that leaves the row what it was.
func (an *Analyser) withFile(in *Rel, call string) (out *Rel, file Attr, ok bool) {
	copied := *in
	if call == fileNameCall || in.Op == RelLeaf { // metadata is read anew, whatever is cached
		copied.Origin = cmp.Or(in.Origin, in)
	}
	out = &copied
	switch in.Op {
	case RelLeaf:
		if in.Origin != nil {
			file = in.Out[len(in.Out)-1]
			return in, file, (file.Type.Kind == Struct) == (call == metadataCall)
		}
		leaf, has := in.Leaf.(FileLeaf)
		if !has {
			return nil, file, false
		}
		file = an.newAttr("", T(String), false)
		if call == metadataCall {
			file.Type, _, _ = leaf.Metadata()
		}
		out.Leaf, ok = leaf.WithFiles(call == metadataCall)
		out.Out = withAttr(in.Out, file)
		return out, file, ok
	case RelOneRow, RelRange, RelValues: // of no file
		return an.withoutFile(in)
	case RelAlias, RelFilter, RelProject, RelGenerate:
	case RelSort, RelLimit, RelSample:
		if call != metadataCall {
			return nil, file, false
		}
	case RelUnion:
		return an.unionWithFile(out, call)
	default:
		return nil, file, false
	}
	for _, e := range in.Exprs {
		if Contains(e, OpWindow) || Contains(e, OpPython) || Contains(e, OpQuery) {
			return nil, file, false
		}
	}
	below, file, ok := an.withFile(in.Inputs[0], call)
	if !ok {
		return nil, file, false
	}
	out.Inputs = []*Rel{below}
	switch in.Op {
	case RelGenerate:
		kept := len(in.Inputs[0].Out)
		out.Out = append(withAttr(in.Out[:kept], file), in.Out[kept:]...)
	case RelProject:
		out.Exprs = append(in.Exprs[:len(in.Exprs):len(in.Exprs)], attrExpr(file))
		fallthrough
	default:
		out.Out = withAttr(in.Out, file)
	}
	return out, file, true
}

// withoutFile is a relation of rows that no file has, with an empty name.
func (an *Analyser) withoutFile(in *Rel) (*Rel, Attr, bool) {
	out, file := inherit(RelProject, in, nil), an.newAttr("", T(String), false)
	for _, a := range in.Out {
		out.Exprs = append(out.Exprs, attrExpr(a))
	}
	out.Exprs, out.Out = append(out.Exprs, litExpr(T(String), "")), withAttr(in.Out, file)
	return out, file, true
}

// unionWithFile gives each input of a union its column of files.
func (an *Analyser) unionWithFile(out *Rel, call string) (*Rel, Attr, bool) {
	inputs := make([]*Rel, len(out.Inputs))
	for i, in := range out.Inputs {
		below, file, ok := an.withFile(in, call)
		if !ok {
			return nil, file, false
		}
		if below.Out[len(below.Out)-1].ID != file.ID { // a generator's columns come after it
			return nil, file, false
		}
		inputs[i] = below
	}
	file := an.newAttr("", T(String), false)
	out.Inputs, out.Out = inputs, withAttr(out.Out, file)
	return out, file, true
}

// withAttr is a list of columns with one more.
func withAttr(list []Attr, a Attr) []Attr { return append(list[:len(list):len(list)], a) }
