package worker

import (
	"context"

	"tenon/internal/driver/engine"
)

// DuckDBAlone runs one statement on DuckDB without Spark's semantics around it, for benchmarks.
func DuckDBAlone(ctx context.Context, threads int, memory int64, statement string) error {
	return engine.Alone(ctx, threads, memory, statement)
}
