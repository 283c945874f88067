package spark

import "cmp"

// fileNameCall is the function that gives the name of the file that a row is from.
const fileNameCall = "input_file_name"

// FileLeaf is a leaf that can tell the file of each row.
type FileLeaf interface {
	// WithFiles is the same leaf with one more column, the names of the files; false where they are not known.
	WithFiles() (leaf any, ok bool)
}

// callsFileName reports whether e asks for the name of a file.
func callsFileName(e *Expr) bool {
	found := false
	e.Walk(func(x *Expr) bool {
		found = found || x.Op == OpCall && x.Name == fileNameCall
		return !found
	})
	return found
}

// nameFiles puts the names of files into the expressions of a relation that was just made: the relation below gets them as
// one more column. Where they are not known the call stays, and is refused when it is emitted: Spark has an empty text
// there, or a name by chance.
func (an *Analyser) nameFiles(rel *Rel) *Rel {
	asking := rel.Exprs
	if rel.Op == RelAggregate {
		asking = asking[:rel.Keys]
	}
	found := false
	for _, e := range asking {
		found = found || callsFileName(e)
	}
	if !found {
		return rel
	}
	below, file, ok := an.withFile(rel.Inputs[0])
	if !ok {
		return rel
	}
	rel.Inputs = []*Rel{below}
	exprs := append([]*Expr(nil), rel.Exprs...)
	for i, e := range asking {
		exprs[i] = e.rewrite(func(x *Expr) *Expr {
			switch {
			case x.Op == OpWindow: // after a shuffle
				return x
			case x.Op == OpCall && x.Name == fileNameCall:
				return relabel(attrExpr(file), x.Label)
			}
			return nil
		})
	}
	rel.Exprs = exprs
	return rel
}

// withFile is a relation with one more column, the last but for what a generator makes: the file of each row. ok is false
// for what Spark moves rows to other tasks for, or may.
func (an *Analyser) withFile(in *Rel) (out *Rel, file Attr, ok bool) {
	copied := *in
	copied.Origin = cmp.Or(in.Origin, in)
	out = &copied
	switch in.Op {
	case RelLeaf:
		if in.Origin != nil {
			return in, in.Out[len(in.Out)-1], true
		}
		leaf, has := in.Leaf.(FileLeaf)
		if !has {
			return nil, file, false
		}
		file = an.newAttr("", T(String), false)
		out.Leaf, ok = leaf.WithFiles()
		out.Out = withAttr(in.Out, file)
		return out, file, ok
	case RelOneRow, RelRange, RelValues: // of no file
		return an.withoutFile(in)
	case RelAlias, RelFilter, RelProject, RelGenerate:
	case RelUnion:
		return an.unionWithFile(out)
	default:
		return nil, file, false
	}
	for _, e := range in.Exprs {
		if Contains(e, OpWindow) || Contains(e, OpPython) || Contains(e, OpQuery) {
			return nil, file, false
		}
	}
	below, file, ok := an.withFile(in.Inputs[0])
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
func (an *Analyser) unionWithFile(out *Rel) (*Rel, Attr, bool) {
	inputs := make([]*Rel, len(out.Inputs))
	for i, in := range out.Inputs {
		below, file, ok := an.withFile(in)
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
