package engine

import (
	"context"
	"database/sql"
	"fmt"
)

// Alone runs one statement on a DuckDB of its own, with so many threads and at most so many bytes of memory: what the
// engine's time is compared with.
func Alone(ctx context.Context, threads int, memory int64, statement string) error {
	db, err := sql.Open("duckdb", fmt.Sprintf("?threads=%d&memory_limit=%dB", threads, memory))
	if err != nil {
		return fmt.Errorf("engine: open DuckDB: %w", err)
	}
	defer db.Close()
	if _, err := db.ExecContext(ctx, statement); err != nil {
		return fmt.Errorf("engine: %w", err)
	}
	return nil
}
