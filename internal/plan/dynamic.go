package plan

// The relations of DynamicFrames beside those that NodeKind's own list has.
const (
	NodeDynamicUnion  NodeKind = "dynamic_union"  // Union.apply: by name
	NodeDynamicMerge  NodeKind = "dynamic_merge"  // mergeDynamicFrame (Names = primary keys)
	NodeResolveChoice NodeKind = "resolve_choice" // (Resolutions, or Text = one action for every choice)
	NodeUnnest        NodeKind = "unnest"         // structs become columns
	NodeSplitRows     NodeKind = "split_rows"     // (Comparisons; All = the rows that fail them)
	NodeSimplifyDDB   NodeKind = "simplify_ddb_json"
	NodeUnnestDDB     NodeKind = "unnest_ddb_json"
	NodeNumbered      NodeKind = "numbered"       // relationalize: flat rows with their number first, of the array Text if given
	NodeKeyed         NodeKind = "keyed"          // relationalize: a numbered relation, arrays replaced by the number
	NodeUnbox         NodeKind = "unbox"          // (Names[0] = path of a text of JSON)
	NodeFilterRecords NodeKind = "filter_records" // DynamicFrame.filter (Exprs[0], a Python function over all columns)
	NodeMapRecords    NodeKind = "map_records"    // DynamicFrame.map: inputs are its records, the frame before, what failed
	NodeErrors        NodeKind = "errors"         // errorsAsDynamicFrame: the error records of a DynamicFrame
)

// Resolution is one (path, action) pair of resolveChoice. [] after a name in the path steps into the array of that name.
type Resolution struct {
	Path   string `json:"path"`
	Action string `json:"action"` // cast:type, project:type, make_cols or make_struct
}

// Comparison is one condition of split_rows: the field at Path compared with a literal.
type Comparison struct {
	Path  string `json:"path"`
	Op    string `json:"op"` // < <= > >= = !=
	Value Expr   `json:"value"`
}
