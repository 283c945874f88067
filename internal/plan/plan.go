// Package plan is what a script's process says to the worker that runs its data: the versioned messages that the
// Python shim sends over a Unix socket, and the tree of relations and expressions they carry.
//
// The shim describes, the worker decides: every frame the script makes becomes a Node, which the worker analyses at
// once (so that an unknown column is an error on the script's own line) and runs only when an action asks for rows.
// Python holds no data and no types of its own; it holds frame numbers and the schemas the worker answered with.
//
// Framing: each message is a 4-byte big-endian length and that many bytes of JSON, at most MaxMessage. One request is
// answered by exactly one response, in order; several threads of a script share the connection under one lock. Before
// its response to a request the worker may call functions of the script's (Call), one at a time.
package plan

import "encoding/json"

// Version is the protocol spoken. The worker refuses a hello of another version.
const Version = 1

// MaxMessage bounds one message, in bytes. Rows travel in batches of about BatchBytes, so that only a single row can be
// too large, which is refused by name.
const MaxMessage = 64 << 20

// BatchBytes is how many bytes of cells one batch of rows has, but for its last row, and BatchRows how many rows at most.
const (
	BatchBytes = 4 << 20
	BatchRows  = 20_000
)

// Op names a request.
type Op string

// The requests a script's process can make.
const (
	OpHello     Op = "hello"      // Hello -> HelloReply; first on every connection
	OpFrame     Op = "frame"      // Node -> FrameReply: analyse a node, remember it as a frame
	OpDrop      Op = "drop"       // FrameRef -> {}: forget a frame
	OpView      Op = "view"       // View -> {}: register or drop a temporary view
	OpCollect   Op = "collect"    // Collect -> Rows: the first batch, and a cursor when there are more
	OpFetch     Op = "fetch"      // Fetch -> Rows: the next batch of a cursor
	OpUpload    Op = "upload"     // Upload -> Uploaded: rows ahead of the node that uses them
	OpFunction  Op = "function"   // Register -> {}: a Python function for SQL
	OpReturn    Op = "return"     // Returned: the script's answer to a Call of the worker's, never a request
	OpCount     Op = "count"      // FrameRef -> Count
	OpShow      Op = "show"       // Show -> Text: the table exactly as Spark prints it
	OpExplain   Op = "explain"    // FrameRef -> Text
	OpErrors    Op = "errors"     // FrameRef -> Errors: counts the error records of a DynamicFrame
	OpWrite     Op = "write"      // Write -> Written
	OpCache     Op = "cache"      // FrameRef -> {}: keep the rows of the frame from its next action on
	OpJobInit   Op = "job.init"   // JobInit -> {}
	OpJobCommit Op = "job.commit" // {} -> {}: returns once the bookmark is durable
	OpPurge     Op = "purge"      // Purge -> {}: delete objects under a path (purge_s3_path)

	OpConnection Op = "connection" // ConnectionRef -> Connection: the properties of a Glue connection
)

// Request is one message from the script's process.
type Request struct {
	ID    uint64          `json:"id"` // counts up from 1 on a connection
	Op    Op              `json:"op"`
	Times TimePolicy      `json:"times,omitempty"` // the session's, at the time of the request
	Body  json.RawMessage `json:"body,omitempty"`
}

// TimePolicy is a value of spark.sql.legacy.timeParserPolicy: what becomes of a text that only Spark 2 would have read as
// a time.
type TimePolicy string

// The policies, in upper case.
const (
	TimesException TimePolicy = ""          // the query fails
	TimesCorrected TimePolicy = "CORRECTED" // it is null
	TimesLegacy    TimePolicy = "LEGACY"    // Spark 2's reader and writer are used throughout
)

// Response answers the Request of the same ID: Result or Error, never both. With Call it is no answer yet.
type Response struct {
	ID     uint64          `json:"id"`
	Result json.RawMessage `json:"result,omitempty"`
	Error  *Error          `json:"error,omitempty"`
	Call   *Call           `json:"call,omitempty"`
}

// Class is the Python exception that an Error becomes in the script.
type Class string

// The exceptions the shim raises.
const (
	ClassAnalysis    Class = "AnalysisException"        // pyspark.errors: unresolved column, type mismatch, path not found
	ClassParse       Class = "ParseException"           // pyspark.errors: SQL that does not parse
	ClassArgument    Class = "IllegalArgumentException" // pyspark.errors: an option's value is wrong
	ClassUnsupported Class = "UnsupportedOperation"     // tenon: Spark has it, the embedded engine does not; names the call
	ClassBookmark    Class = "VersionMismatchException" // the bookmark was committed by another run meanwhile
	ClassExecution   Class = "Py4JJavaError"            // anything that failed while rows were flowing
	ClassUpgrade     Class = "SparkUpgradeException"    // pyspark.errors: a date or pattern that only Spark 2 takes
	ClassPython      Class = "PythonException"          // pyspark.errors: a Python function of the script's raised
	ClassInternal    Class = "TenonInternalError"       // a defect of Tenon
)

// Error is a refusal or failure, in words meant for the script's author.
type Error struct {
	Class   Class  `json:"class"`
	Message string `json:"message"`
}

// Error makes a plan.Error usable as a Go error inside the worker.
func (e *Error) Error() string { return string(e.Class) + ": " + e.Message }

// NotSupported ends the name of what the embedded engine does not do, in every refusal of Tenon's.
const NotSupported = " is not supported by the embedded engine"

// Unsupported refuses what Spark or Glue has and the embedded engine has not. Name is the call, option or construct as
// the script's author knows it; instead says what to do, empty for nothing.
func Unsupported(name, instead string) *Error {
	if instead != "" {
		instead = ": " + instead
	}
	return &Error{Class: ClassUnsupported, Message: name + NotSupported + instead}
}

// Hello opens a connection. Token is the run's own secret, from the environment.
type Hello struct {
	Version int    `json:"version"`
	Token   string `json:"token"`
	PID     int    `json:"pid"`
}

// HelloReply tells the script's process about its run.
type HelloReply struct {
	Version     int    `json:"version"`
	JobName     string `json:"job_name"`
	RunID       string `json:"run_id"`
	GlueVersion string `json:"glue_version"`
	Ansi        bool   `json:"ansi"` // Spark 4 semantics (Glue 6.0)
}

// FrameID names a frame within one worker; 0 is none.
type FrameID int64

// FrameRef is the body of requests about one existing frame.
type FrameRef struct {
	Frame FrameID `json:"frame"`
}

// FrameReply is what the worker knows of a frame right after analysis. Frame is 0 for SQL commands that make no frame.
type FrameReply struct {
	Frame  FrameID `json:"frame"`
	Schema []Field `json:"schema"`
}

// Field is a column or struct member. Type is Spark's simpleString, e.g. array<struct<a:int,b:string>>; names inside it
// that are not plain identifiers are quoted by backticks, and NOT NULL follows elements, values and members that are
// never null: array<int not null>.
type Field struct {
	Name     string `json:"name"`
	Type     string `json:"type"`
	Nullable bool   `json:"nullable"`
	// Nulls is what a null of a DynamicFrame's field is, where its reader knows: NullMissing or NullWritten.
	Nulls string `json:"nulls,omitempty"`
}

// What a null cell of a DynamicFrame was in its record: a field that was not there, or one whose value was null.
const (
	NullMissing = "missing"
	NullWritten = "written"
)

// View registers Frame under Name for SQL; Frame 0 drops the view. Replace false makes an existing name an error.
type View struct {
	Name    string  `json:"name"`
	Frame   FrameID `json:"frame"`
	Replace bool    `json:"replace"`
}

// Collect asks for rows. Limit < 0 is all of them.
type Collect struct {
	Frame FrameID `json:"frame"`
	Limit int64   `json:"limit"`
}

// Rows carries values column by column names in the frame's schema. A value is JSON: null, true, number (integers
// exactly; doubles may be the strings "NaN", "Infinity", "-Infinity"), string; decimal, date (2020-01-31) and
// timestamp (2020-01-31T00:00:00.000000, UTC) and binary (base64) as strings; array as list; struct as list in field
// order; map as list of [key, value] pairs.
type Rows struct {
	Schema []Field             `json:"schema,omitempty"`
	Rows   [][]json.RawMessage `json:"rows"`
	Cursor int64               `json:"cursor,omitempty"` // where OpFetch finds more rows, 0 when these are the last
}

// Count answers OpCount.
type Count struct {
	Count int64 `json:"count"`
}

// Errors answers OpErrors: the error records of a DynamicFrame, and those of them that its last transform made.
type Errors struct {
	Total int64 `json:"total"`
	Stage int64 `json:"stage"`
}

// Show asks for the text of DataFrame.show(n, truncate, vertical). Truncate 0 is off; the default of show() is 20.
type Show struct {
	Frame    FrameID `json:"frame"`
	N        int64   `json:"n"`
	Truncate int     `json:"truncate"`
	Vertical bool    `json:"vertical"`
	JSON     bool    `json:"json"` // DynamicFrame.show: one JSON object a line
}

// Text answers OpShow and OpExplain.
type Text struct {
	Text string `json:"text"`
}

// JobInit is Job.init(name, args).
type JobInit struct {
	Name string            `json:"name"`
	Args map[string]string `json:"args"`
}

// ConnectionRef names a Glue connection.
type ConnectionRef struct {
	Name string `json:"name"`
}

// Connection has the properties of a Glue connection; among them is its password.
type Connection struct {
	Properties map[string]string `json:"properties"`
}

// Purge deletes objects under Path older than RetentionHours.
type Purge struct {
	Path           string  `json:"path"`
	RetentionHours float64 `json:"retention_hours"`
}
