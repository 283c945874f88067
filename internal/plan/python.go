package plan

import "encoding/json"

// Function is a Python function that a script made for the engine to call. It lives in the script's process.
type Function struct {
	Process  int    `json:"process"`  // the process that holds it, as its Hello says
	Number   int64  `json:"number"`   // which of that process's functions, from 1
	Type     string `json:"type"`     // what it returns, as Spark's simpleString
	Volatile bool   `json:"volatile"` // asNondeterministic: two calls with equal arguments may differ
}

// Register makes a Function known to SQL under Name.
type Register struct {
	Name     string   `json:"name"`
	Function Function `json:"function"`
}

// Call is what the worker sends before the response to a request: the script's process runs the function once for each
// row of arguments, in order, and sends a Request of OpReturn and the same ID with Returned. Any number of calls go
// before the one response, one at a time. Types are those of the arguments; Columns has for each argument a list of as
// many cells as there are Rows.
type Call struct {
	Function int64             `json:"function"`
	Types    []string          `json:"types"`
	Rows     int               `json:"rows"`
	Columns  []json.RawMessage `json:"columns"`
}

// Returned answers a Call: a cell of the function's type for each row, or what the function raised.
type Returned struct {
	Cells Cells  `json:"cells,omitempty"`
	Error *Error `json:"error,omitempty"`
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
