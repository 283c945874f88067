package spark

import (
	"encoding/json"

	"tenon/internal/plan"
)

// AttrID identifies one column of one relation through everything that is built upon it, as Spark's exprId does. A
// column that is passed on unchanged keeps its ID; whatever is computed gets a new one.
type AttrID int64

// Attr is one output column of a relation.
type Attr struct {
	ID        AttrID
	Name      string
	Type      Type
	Nullable  bool
	Qualifier string // the alias of the relation it came through, empty for none
}

// RelOp tells which fields of a Rel count.
type RelOp string

// The relations that remain after analysis. Every shorthand of the API (withColumn, drop, na.fill, ApplyMapping, ...)
// is one of them.
const (
	RelLeaf      RelOp = "leaf"      // Leaf: what a source opened; column i is Out[i]
	RelOneRow    RelOp = "one_row"   // one row without columns
	RelRange     RelOp = "range"     // Start, End, Step; one bigint column
	RelValues    RelOp = "values"    // Rows of literal cells, encoded as in plan.Rows
	RelProject   RelOp = "project"   // Exprs[i] makes Out[i]
	RelFilter    RelOp = "filter"    // Exprs[0]
	RelAggregate RelOp = "aggregate" // Exprs: first Keys grouping keys, then aggregates; Exprs[i] makes Out[i]; Sets
	RelJoin      RelOp = "join"      // How; Exprs[0], when present, is the condition; Out = left's, then right's
	RelUnion     RelOp = "union"     // keeps duplicates; column i of every input has Out[i].Type
	RelIntersect RelOp = "intersect" // All
	RelExcept    RelOp = "except"    // All
	RelDistinct  RelOp = "distinct"  // On: the columns that tell rows apart, empty for all
	RelSort      RelOp = "sort"      // Sort
	RelLimit     RelOp = "limit"     // Limit (-1 for none), Offset
	RelSample    RelOp = "sample"    // Fraction, Seed
	RelGenerate  RelOp = "generate"  // Exprs[0] is a generator; Out = input's, then what it makes; Outer
	RelPython    RelOp = "python"    // Exprs are Python functions over columns; Out = the input's first Keys columns, then theirs
	RelBatches   RelOp = "batches"   // Function, over all columns of the input sorted by Sort, makes the rows, each a struct
	RelAlias     RelOp = "alias"     // the input under another qualifier
)

// Rel is an analysed relation: every name is resolved to an attribute, every expression has its type, every implicit
// cast is explicit. A Rel never changes once made; trees share their branches.
type Rel struct {
	Op     RelOp
	Inputs []*Rel
	Out    []Attr

	Exprs            []*Expr
	Keys             int     // of RelAggregate and RelPython
	Sets             [][]int // of RelAggregate: grouping sets, as positions among the keys; nil is one set of all
	How              string  // of RelJoin: inner left right full left_semi left_anti cross
	View             bool    // of RelAlias: a temporary view
	Lateral          bool    // of RelJoin: the right side uses columns of the left
	Sort             []SortKey
	On               []AttrID
	All              bool
	Outer            bool // of RelGenerate: rows that nothing is made of stay, with nulls
	Limit, Offset    int64
	Start, End, Step int64
	Fraction         float64
	Seed             int64
	Rows             [][]json.RawMessage
	Leaf             any
	Origin           *Rel           // what this relation is with one more column, the files of its rows
	Function         *plan.Function // of RelBatches

	// Errors are the error records of a DynamicFrame, by where they come from; Transform is the transform that made it,
	// nil where it has neither errors of its own nor thresholds.
	Errors    []ErrorSide
	Transform *ErrorTransform

	// renewed tells which IDs a join's right side has anew in this projection, and what became of them; 0 where nobody
	// above can see the column.
	renewed map[AttrID]AttrID
}

// SortKey is one key of a sort, with Spark's default of nulls first when ascending made explicit.
type SortKey struct {
	Expr       *Expr
	Descending bool
	NullsLast  bool
}

// Schema is what the users of r see.
func (r *Rel) Schema() Schema {
	out := make(Schema, len(r.Out))
	for i, a := range r.Out {
		out[i] = Field{Name: a.Name, Type: a.Type, Nullable: a.Nullable}
	}
	return out
}

// Catalog is the world around a query.
type Catalog interface {
	// Frame finds the relation of a frame made before.
	Frame(id plan.FrameID) (*Rel, error)
	// View finds a temporary view, case aside; nil when there is none.
	View(name string) *Rel
	// InferJSON runs r, which has one column of texts, and gives the struct that all of them have as JSON objects.
	InferJSON(r *Rel) (Type, error)
	// CheckText tells whether a function between texts and values, such as from_json, takes a type and options.
	CheckText(function string, t Type, options map[string]string) error
	// TextType gives the type that schema_of_json finds in a text.
	TextType(function, text string, options map[string]string) (Type, error)
	// Open opens a source.
	Open(src plan.Source) (Opened, error)
	// Distinct runs r, which has one column, and gives its distinct values in order, at most limit+1, each as a literal.
	Distinct(r *Rel, limit int) ([]*Expr, error)
	// Uploaded finds the rows that a script has sent ahead.
	Uploaded(id int64) (Opened, error)
	// Function finds a Python function that SQL may call, case aside; nil when there is none.
	Function(name string) *plan.Function
	// NextID gives a number that was never given before.
	NextID() AttrID
	// Seed chooses the seed of random numbers that have none.
	Seed() int64
}

// Analyser resolves what a script asked for against a Catalog. It holds no state of its own.
type Analyser struct {
	Catalog Catalog
	outer   *scope // around a subquery: where a name is looked up that means nothing inside
}

// newAttr makes an attribute with a new ID.
func (an *Analyser) newAttr(name string, t Type, nullable bool) Attr {
	return Attr{ID: an.Catalog.NextID(), Name: name, Type: t, Nullable: nullable}
}

// attrs makes new attributes for a schema.
func (an *Analyser) attrs(s Schema) []Attr {
	out := make([]Attr, len(s))
	for i, f := range s {
		out[i] = an.newAttr(f.Name, f.Type, f.Nullable)
	}
	return out
}

// inherit makes a relation over one input.
func inherit(op RelOp, in *Rel, out []Attr) *Rel { return &Rel{Op: op, Inputs: []*Rel{in}, Out: out} }
