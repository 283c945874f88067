package plan

import "encoding/json"

// ExprKind tells which fields of an Expr count.
type ExprKind string

// The expressions a Column can be.
const (
	ExprColumn ExprKind = "col"    // Name, a dotted path with backticks; Frame when written df["a"] or df.a
	ExprStar   ExprKind = "star"   // *, or Name.* with Name a qualifier
	ExprLit    ExprKind = "lit"    // Value of Type
	ExprCall   ExprKind = "call"   // function Name over Args; Distinct for count(distinct ...)
	ExprCast   ExprKind = "cast"   // Args[0] to Type
	ExprAlias  ExprKind = "alias"  // Args[0] AS Name, or AS (Names) when a generator makes several columns
	ExprCase   ExprKind = "case"   // Args = when1, then1, when2, then2, ...[, else]
	ExprSort   ExprKind = "sort"   // Args[0]; Descending, NullsLast (nil = Spark's default: nulls first ascending)
	ExprWindow ExprKind = "window" // Args[0] OVER Window
	ExprSQL    ExprKind = "sql"    // Text: an expression in Spark SQL, as in expr() and filter("...")
	ExprPython ExprKind = "python" // Function, a Python function that Spark would call Name, over Args
	ExprQuery  ExprKind = "query"  // a subquery (Query): Name is scalar, exists, or in with Args[0] what is looked for
	ExprLambda ExprKind = "lambda" // Args[0] over the parameters Names: an argument of a higher-order function
	ExprVar    ExprKind = "var"    // the parameter Name of a lambda that the API made
)

// Expr is one expression. Operators are calls by their SQL spelling: + - * / % = <=> != < <= > >= and or not
// & | ^ ~ || isnull isnotnull isnan like ilike rlike in between getitem getfield startswith endswith contains negative.
// Functions carry Spark's own SQL name in lower case (f.countDistinct(a, b) is count, Distinct).
type Expr struct {
	Kind       ExprKind        `json:"kind"`
	Name       string          `json:"name,omitempty"`
	Names      []string        `json:"names,omitempty"`
	Frame      FrameID         `json:"frame,omitempty"`
	Args       []Expr          `json:"args,omitempty"`
	Type       string          `json:"type,omitempty"`  // Spark's simpleString
	Value      json.RawMessage `json:"value,omitempty"` // encoded as a cell of Rows
	Distinct   bool            `json:"distinct,omitempty"`
	Descending bool            `json:"descending,omitempty"`
	NullsLast  *bool           `json:"nulls_last,omitempty"`
	Window     *Window         `json:"window,omitempty"`
	Text       string          `json:"text,omitempty"`
	Filter     *Expr           `json:"filter,omitempty"` // of an aggregate: FILTER (WHERE ...)
	Query      *Node           `json:"query,omitempty"`
	Function   *Function       `json:"function,omitempty"`
}

// Window is the OVER clause. Frame bounds are offsets from the current row; nil is unbounded.
type Window struct {
	Partition []Expr `json:"partition,omitempty"`
	Order     []Expr `json:"order,omitempty"`
	Unit      string `json:"unit,omitempty"` // rows, range, or empty for Spark's default
	Start     *int64 `json:"start,omitempty"`
	End       *int64 `json:"end,omitempty"`
	// StartType and EndType are the types of bounds that are intervals, of so many months or microseconds; SQL alone has such.
	StartType string `json:"-"`
	EndType   string `json:"-"`
	FromSQL   bool   `json:"-"` // written as n PRECEDING, and labelled so; the API's bounds are numbers
}
