package plan

import "encoding/json"

// Function is a Python function that a script made for the engine to call. It lives in the script's process.
type Function struct {
	Process  int    `json:"process"`  // the process that holds it, as its Hello says
	Number   int64  `json:"number"`   // which of that process's functions, from 1
	Type     string `json:"type"`     // what it returns, as Spark's simpleString
	Volatile bool   `json:"volatile"` // asNondeterministic: two calls with equal arguments may differ

	Kind  FunctionKind `json:"kind,omitempty"`
	Over  int64        `json:"over,omitempty"`  // of FunctionAggregate: the function, of FunctionBatches, that stands for it in windows
	Chain []int64      `json:"chain,omitempty"` // functions that the arguments go through before this one, the first one first
}

// FunctionKind tells what a Function takes.
type FunctionKind string

// Streams reports whether a function of the kind takes all rows in one run.
func (k FunctionKind) Streams() bool { return k == FunctionBatches || k == FunctionIterator }

// The kinds of functions.
const (
	FunctionRows      FunctionKind = ""          // one row's arguments, and gives one value
	FunctionCells     FunctionKind = "cells"     // as FunctionRows, of cells as they come; it never runs together with another
	FunctionBatches   FunctionKind = "batches"   // the rows in batches, all in one run, and gives as many values
	FunctionIterator  FunctionKind = "iterator"  // an iterator over the batches, otherwise as FunctionBatches
	FunctionAggregate FunctionKind = "aggregate" // a list of structs of arguments, the rows of a group, and gives one value
)

// Register makes a Function known to SQL under Name.
type Register struct {
	Name     string   `json:"name"`
	Function Function `json:"function"`
}

// Call is what the worker sends before the response to a request: the script's process runs the function once for each
// row of arguments, in order, and sends a Request of OpReturn and the same ID with Returned. Any number of calls go
// before the one response, one at a time. Types are those of the arguments; Columns has for each argument a list of as
// many cells as there are Rows.
//
// A stream is one run of a function over all rows: each call of it brings more rows, the last one says End, and the
// function gives cells whenever it likes, of any number.
type Call struct {
	Function int64             `json:"function"`
	Chain    []int64           `json:"chain,omitempty"`
	Types    []string          `json:"types"`
	Rows     int               `json:"rows"`
	Columns  []json.RawMessage `json:"columns"`
	Stream   bool              `json:"stream,omitempty"`
	End      bool              `json:"end,omitempty"`
}

// Returned answers a Call: a cell of the function's type for each row, or what the function raised. Of a stream these are
// the cells since the call before; Done says that it takes no more calls, More that it has cells left: the next call
// brings no rows then.
type Returned struct {
	Cells Cells  `json:"cells,omitempty"`
	Error *Error `json:"error,omitempty"`
	More  bool   `json:"more,omitempty"`
	Done  bool   `json:"done,omitempty"`
}

// Upload sends rows of createDataFrame ahead of the node that uses them, as Values.Upload. Upload 0 begins a new one;
// its Schema counts then.
type Upload struct {
	Upload int64               `json:"upload"`
	Schema []Field             `json:"schema,omitempty"`
	Rows   [][]json.RawMessage `json:"rows"`
}

// Uploaded answers OpUpload with the number that the next batch and the node give.
type Uploaded struct {
	Upload int64 `json:"upload"`
}

// Fetch asks for the next batch of a Collect that answered with a cursor, or with Close for its end.
type Fetch struct {
	Cursor int64 `json:"cursor"`
	Close  bool  `json:"close"`
}
