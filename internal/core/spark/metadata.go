package spark

import (
	"slices"
	"strings"
)

// metadataCall stands for the hidden column of files, until nameFiles puts a column there.
const metadataCall = "_metadata"

// FileMetadata is the type of the hidden column _metadata of a source of files. Those of Parquet tell the number of the
// row, too.
func FileMetadata(rows bool) Type {
	t := Type{Kind: Struct, Fields: []Field{{Name: "file_path", Type: T(String)}, {Name: "file_name", Type: T(String)},
		{Name: "file_size", Type: T(Long)}, {Name: "file_block_start", Type: T(Long)}, {Name: "file_block_length", Type: T(Long)},
		{Name: "file_modification_time", Type: T(Timestamp)}}}
	if rows {
		t.Fields = append(t.Fields, Field{Name: "row_index", Type: T(Long)})
	}
	return t
}

// metadata resolves a name that begins with _metadata, qualified or not, where no column is called so: the hidden column
// of the files that the rows come from.
func (s *scope) metadata(parts []string) (e *Expr, rest []string, ok bool) {
	at := slices.IndexFunc(parts, func(p string) bool { return strings.EqualFold(p, metadataCall) })
	if at < 0 || at > 1 {
		return nil, nil, false
	}
	if at == 1 && !slices.ContainsFunc(s.attrs, func(a Attr) bool { return strings.EqualFold(a.Qualifier, parts[0]) }) {
		return nil, nil, false
	}
	for _, r := range s.rels {
		if leaf := metadataLeaf(r); leaf != nil {
			t, _, _ := leaf.Metadata()
			return &Expr{Op: OpCall, Name: metadataCall, Type: t, Label: parts[at]}, parts[at+1:], true
		}
	}
	return nil, nil, false
}

// metadataLeaf is the source of files whose hidden column a relation passes on, nil for none. Of a join, which passes on
// those of both sides, it is the first one; a view, a union and a grouping pass on none.
func metadataLeaf(r *Rel) FileLeaf {
	switch r.Op {
	case RelLeaf:
		if leaf, ok := r.Leaf.(FileLeaf); ok {
			if _, _, has := leaf.Metadata(); has {
				return leaf
			}
		}
		return nil
	case RelAlias:
		if r.View {
			return nil
		}
	case RelFilter, RelProject, RelGenerate, RelSort, RelLimit, RelSample, RelDistinct, RelJoin:
	default:
		return nil
	}
	for _, in := range r.Inputs {
		if leaf := metadataLeaf(in); leaf != nil {
			return leaf
		}
	}
	return nil
}

// knownMembers reports whether expressions over in use those members of _metadata alone that its source knows.
func knownMembers(in *Rel, exprs []*Expr) bool {
	leaf := metadataLeaf(in)
	if leaf == nil {
		return false
	}
	_, unknown, _ := leaf.Metadata()
	known := true
	for _, e := range exprs {
		e.Walk(func(x *Expr) bool {
			switch {
			case x.Op == OpField && x.Args[0].Op == OpCall && x.Args[0].Name == metadataCall:
				known = known && !slices.Contains(unknown, x.Name)
				return false
			case x.Op == OpCall && x.Name == metadataCall:
				known = known && len(unknown) == 0
			}
			return known
		})
	}
	return known
}
