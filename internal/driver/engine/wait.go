package engine

import (
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

// restWhileIdle has the threads that wait for DuckDB sleep. DuckDB's own loop asks again and again for a task and takes a
// whole processor meanwhile, from our own formatting and compressing among others. The driver calls through a variable.
var restWhileIdle = sync.OnceFunc(func() {
	execute := mapping.ExecutePending
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
