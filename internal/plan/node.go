package plan

import "encoding/json"

// NodeKind tells which fields of a Node count.
type NodeKind string

// The relations a script can ask for. Fields in parentheses are those of Node.
const (
	NodeFrame        NodeKind = "frame"         // an existing frame (Frame)
	NodeSource       NodeKind = "source"        // files or tables (Source)
	NodeValues       NodeKind = "values"        // literal rows (Values)
	NodeRange        NodeKind = "range"         // spark.range (Start, End, Step)
	NodeSQL          NodeKind = "sql"           // a query or command in Spark SQL (Text)
	NodeTable        NodeKind = "table"         // a temporary view by name (Name)
	NodeProject      NodeKind = "project"       // select (Exprs)
	NodeWithColumns  NodeKind = "with_columns"  // add or replace (Exprs, each an alias)
	NodeRename       NodeKind = "rename"        // withColumnRenamed (Renames)
	NodeDrop         NodeKind = "drop"          // drop columns (Names)
	NodeFilter       NodeKind = "filter"        // where (Condition)
	NodeAggregate    NodeKind = "aggregate"     // groupBy().agg() (Exprs = keys, Aggs); GroupKind for rollup and cube
	NodePivot        NodeKind = "pivot"         // groupBy().pivot() (Exprs, Pivot, PivotValues, Aggs)
	NodeJoin         NodeKind = "join"          // two inputs (How, Condition or Names for USING)
	NodeUnion        NodeKind = "union"         // by position, keeps duplicates
	NodeUnionByName  NodeKind = "union_by_name" // (AllowMissing)
	NodeIntersect    NodeKind = "intersect"     // (All)
	NodeExcept       NodeKind = "except"        // (All)
	NodeDistinct     NodeKind = "distinct"      // dropDuplicates (Names; empty = all columns)
	NodeSort         NodeKind = "sort"          // orderBy (Exprs of kind sort)
	NodeLimit        NodeKind = "limit"         // (Limit, -1 for none; Offset)
	NodeOffset       NodeKind = "offset"        // (Offset)
	NodeSample       NodeKind = "sample"        // (Fraction, Seed, Replace)
	NodeDropNA       NodeKind = "drop_na"       // na.drop (Names, Threshold = least number of non-null values)
	NodeFillNA       NodeKind = "fill_na"       // na.fill (Names, Fill)
	NodeToDF         NodeKind = "to_df"         // toDF(*names): rename all by position (Names)
	NodeAlias        NodeKind = "alias"         // df.alias(Name)
	NodeDistribute   NodeKind = "distribute"    // repartition by Exprs: the same rows
	NodeRandom       NodeKind = "random"        // with a column Name of random numbers below 1 (Seed), one for each row
	NodeUnpivot      NodeKind = "unpivot"       // (Exprs = columns kept, Unpivot)
	NodeGenerate     NodeKind = "generate"      // LATERAL VIEW (Exprs[0], a generator; Outer; Name, its alias; Names, its columns)
	NodeBatches      NodeKind = "batches"       // Exprs[0], a Python function over all columns and the keys, the other Exprs; rows come sorted by these
	NodeApplyMapping NodeKind = "apply_mapping" // DynamicFrame (Mappings)
	NodeSelectFields NodeKind = "select_fields" // DynamicFrame (Names are paths)
	NodeDropFields   NodeKind = "drop_fields"   // DynamicFrame (Names are paths)
	NodeRenameField  NodeKind = "rename_field"  // DynamicFrame (Renames, paths)
	NodeDropNull     NodeKind = "drop_null_fields"
	NodeDynamic      NodeKind = "to_dynamic"   // DynamicFrame.fromDF
	NodeDataFrame    NodeKind = "to_dataframe" // DynamicFrame.toDF
	NodeDynamicJoin  NodeKind = "dynamic_join" // Join.apply (Keys1, Keys2)
)

// Node is one relation. Inputs hold other nodes, usually of kind frame; a tree of any depth is allowed.
type Node struct {
	Kind         NodeKind        `json:"kind"`
	Inputs       []Node          `json:"inputs,omitempty"`
	Frame        FrameID         `json:"frame,omitempty"`
	Source       *Source         `json:"source,omitempty"`
	Values       *Values         `json:"values,omitempty"`
	Text         string          `json:"text,omitempty"`
	Parameters   map[string]Expr `json:"parameters,omitempty"` // of SQL: what :name stands for
	Arguments    []Expr          `json:"arguments,omitempty"`  // of SQL: what each ? stands for, in order
	Name         string          `json:"name,omitempty"`
	Names        []string        `json:"names,omitempty"`
	Exprs        []Expr          `json:"exprs,omitempty"`
	Aggs         []Expr          `json:"aggs,omitempty"`
	Condition    *Expr           `json:"condition,omitempty"`
	Having       *Expr           `json:"having,omitempty"`
	FromSQL      bool            `json:"-"`                    // a select of a query's text, whose columns are named otherwise than the API's
	GroupKind    string          `json:"group_kind,omitempty"` // "", rollup, cube; in SQL also sets (GroupSets) and all
	GroupSets    [][]int         `json:"group_sets,omitempty"` // GROUPING SETS: positions in Exprs
	OmitKeys     bool            `json:"omit_keys,omitempty"`  // SQL's GROUP BY: the output is Aggs alone, which may use the keys
	Pivot        *Expr           `json:"pivot,omitempty"`
	PivotValues  []Expr          `json:"pivot_values,omitempty"`
	PivotRest    bool            `json:"pivot_rest,omitempty"` // SQL's PIVOT: grouped by every column that it does not use
	Unpivot      *Unpivot        `json:"unpivot,omitempty"`
	How          string          `json:"how,omitempty"`     // inner left right full left_semi left_anti cross
	Natural      bool            `json:"natural,omitempty"` // a join by all names that both sides have
	Lateral      bool            `json:"lateral,omitempty"` // a join whose right side may use columns of the left
	Renames      []Rename        `json:"renames,omitempty"`
	Mappings     []Mapping       `json:"mappings,omitempty"`
	Resolutions  []Resolution    `json:"resolutions,omitempty"`
	Comparisons  []Comparison    `json:"comparisons,omitempty"`
	Keys1        []string        `json:"keys1,omitempty"`
	Keys2        []string        `json:"keys2,omitempty"`
	Start        int64           `json:"start,omitempty"`
	End          int64           `json:"end,omitempty"`
	Step         int64           `json:"step,omitempty"`
	Limit        int64           `json:"limit,omitempty"`
	Offset       int64           `json:"offset,omitempty"`
	Fraction     float64         `json:"fraction,omitempty"`
	Seed         *int64          `json:"seed,omitempty"`
	Replace      bool            `json:"replace,omitempty"`
	All          bool            `json:"all,omitempty"`
	Outer        bool            `json:"outer,omitempty"` // LATERAL VIEW OUTER
	AllowMissing bool            `json:"allow_missing,omitempty"`
	Threshold    int             `json:"threshold,omitempty"`
	Fill         json.RawMessage `json:"fill,omitempty"` // a scalar, or an object column -> scalar
	Context      string          `json:"ctx,omitempty"`  // transformation_ctx; only a source's counts for bookmarks

	// What every transform of DynamicFrames takes: a text for its error records, and the most error records that it may
	// make itself (stage), or have (total), before the run fails; 0 is no bound.
	Info           string `json:"info,omitempty"`
	StageThreshold int64  `json:"stage_threshold,omitempty"`
	TotalThreshold int64  `json:"total_threshold,omitempty"`
}

// Unpivot turns columns into rows: one row for each of Values, whose columns become the columns Names after a column
// Variable that says which they were: by Labels, an empty one being the columns' own names.
type Unpivot struct {
	Values   [][]Expr `json:"values"`
	Labels   []string `json:"labels,omitempty"`
	Variable string   `json:"variable"`
	Names    []string `json:"names"`
	Rest     bool     `json:"rest,omitempty"`       // the columns kept are all that are in no Values
	DropNull bool     `json:"drop_nulls,omitempty"` // without rows in which all of Names are null
}

// Rename is one old -> new pair.
type Rename struct {
	Old string `json:"old"`
	New string `json:"new"`
}

// Mapping is one tuple of ApplyMapping: (source path, source type, target path, target type). The shim expands tuples
// of two (source, target) and three; empty types mean "keep".
type Mapping struct {
	Source     string `json:"source"`
	SourceType string `json:"source_type,omitempty"`
	Target     string `json:"target"`
	TargetType string `json:"target_type,omitempty"`
}

// Source reads data from outside. Dynamic true is GlueContext.create_dynamic_frame (Glue's reader semantics: CSV gives
// strings, records with bad lines become error records); false is spark.read (Spark's semantics). Options and
// FormatOptions keep the script's own spelling; every key is honoured, harmless by a documented list, or refused.
type Source struct {
	Dynamic        bool              `json:"dynamic"`
	ConnectionType string            `json:"connection_type"` // s3, file, postgresql, mysql, ...
	Format         string            `json:"format"`          // csv, json, parquet, ...
	Paths          []string          `json:"paths,omitempty"`
	Options        map[string]Option `json:"options,omitempty"`
	FormatOptions  map[string]Option `json:"format_options,omitempty"`
	Schema         []Field           `json:"schema,omitempty"` // of spark.read.schema(...), else inferred
	Database       string            `json:"database,omitempty"`
	Table          string            `json:"table,omitempty"`
	Predicate      string            `json:"predicate,omitempty"`
	Context        string            `json:"ctx,omitempty"`
	Times          TimePolicy        `json:"-"` // of the request that opens it
}

// Option is a value as Python passed it: JSON string, number, boolean, null, list or object.
type Option = json.RawMessage

// Values are literal rows of createDataFrame. Cells follow the encoding of Rows. Schema is always given: the shim infers
// as PySpark does.
type Values struct {
	Schema []Field             `json:"schema"`
	Rows   [][]json.RawMessage `json:"rows"`
	Upload int64               `json:"upload,omitempty"` // instead of Rows: what OpUpload has sent
}

// Write runs a frame into files. Mode is append, overwrite, error or ignore; a DynamicFrame sink always appends.
type Write struct {
	Frame          FrameID           `json:"frame"`
	Dynamic        bool              `json:"dynamic"`
	ConnectionType string            `json:"connection_type"`
	Format         string            `json:"format"`
	Path           string            `json:"path"`
	Mode           string            `json:"mode"`
	PartitionKeys  []string          `json:"partition_keys,omitempty"`
	Options        map[string]Option `json:"options,omitempty"`
	FormatOptions  map[string]Option `json:"format_options,omitempty"`
	Database       string            `json:"database,omitempty"` // setCatalogInfo
	Table          string            `json:"table,omitempty"`
	Context        string            `json:"ctx,omitempty"`
	PlainNames     bool              `json:"plain_names,omitempty"` // files are part-00000 as those of an RDD, without an id and a format
	Times          TimePolicy        `json:"-"`                     // of the request
}

// Written tells what a Write published.
type Written struct {
	Files   int64 `json:"files"`
	Records int64 `json:"records"`
	Bytes   int64 `json:"bytes"`
}
