// Package engine runs what a script asks for on DuckDB, so that the rows are the ones Spark would give.
//
// A request travels in four steps. Serve reads it from the script's connection. The analyser of package spark turns the
// relation it describes into a tree in which every name, type and cast is explicit. The tree is kept as a frame: nothing
// runs yet. When an action comes (collect, count, show, write), the emitter writes one query of DuckDB's for the whole
// tree, and the rows are encoded as the protocol says.
//
// # Where Spark and DuckDB differ
//
// DuckDB's own operators are used only where they agree with Spark's. Everything else is spelled out in the query
// (emit_*.go: arithmetic that wraps, casts that give null, division by zero, order of nulls, ...) or, where SQL cannot
// say it, is one of the Go functions in udf.go, called only for the rows that need it. A cast of a text that looks
// like a plain number, for one, is DuckDB's; what is left goes to Go. Anything that is neither is refused by name.
//
// Inside a query an attribute is a<ID>, never the user's name, so that equal names and odd characters are harmless.
// Projections are merged into one level where that repeats no work, which keeps a loop of hundreds of withColumn calls
// flat; otherwise a level becomes a subquery.
//
// # Failure handling
//
// Errors meant for the script's author are *plan.Error. What DuckDB raises while rows flow is ClassExecution. A panic
// inside a request is ClassInternal and ends that request only. When the script's connection closes, its running
// query is interrupted.
package engine
