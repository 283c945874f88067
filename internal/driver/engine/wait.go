package engine

import (
	"strings"
	"sync"
	"time"

	"github.com/duckdb/duckdb-go/v2/mapping"
)

// How long a query's own thread sleeps when all of its tasks are in the hands of other threads: at first briefly, since
// most queries are short.
const (
	idleLeast = 20 * time.Microsecond
	idleMost  = 500 * time.Microsecond
)

// afterFailure is what DuckDB puts before an error when it is asked for the result of a query that has failed already.
const afterFailure = "Invalid Input Error: Attempting to execute an unsuccessful or closed pending query result\nError: "

// restWhileIdle has the threads that wait for DuckDB sleep. DuckDB's own loop asks again and again for a task and takes a
// whole processor meanwhile, from our own formatting and compressing among others. The driver calls through
// variables.
var restWhileIdle = sync.OnceFunc(func() {
	execute, resultError := mapping.ExecutePending, mapping.ResultError
	mapping.ResultError = func(result *mapping.Result) string {
		return strings.TrimPrefix(resultError(result), afterFailure)
	}
	mapping.ExecutePending = func(pending mapping.PendingResult, result *mapping.Result) mapping.State {
		idle := idleLeast
		for {
			switch mapping.PendingExecuteTask(pending) {
			case mapping.PendingStateResultNotReady:
				idle = idleLeast
			case mapping.PendingStateNoTasksAvailable:
				time.Sleep(idle)
				idle = min(2*idle, idleMost)
			default: // there is a result, or an error
				return execute(pending, result)
			}
		}
	}
})
