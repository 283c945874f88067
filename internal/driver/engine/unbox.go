package engine

import (
	"database/sql"
	"database/sql/driver"
	"fmt"
	"sync"

	"github.com/duckdb/duckdb-go/v2"

	"tenon/internal/core/spark"
	"tenon/internal/driver/engine/relation"
	"tenon/internal/plan"
)

// unboxFunction is Go's function behind DynamicFrame.unbox: a text of JSON and a type give the text in a plain form that
// DuckDB reads as just that type; null for a text that is no JSON object.
const unboxFunction = "glue_unbox"

// InferJSON runs a relation of one column of texts for the type that all of them have as JSON.
func (c *catalog) InferJSON(r *spark.Rel) (spark.Type, error) {
	texts := c.engine.cfg.Texts
	if texts == nil {
		return spark.Type{}, plan.Unsupported("unbox", "this engine reads no files")
	}
	shape := texts.JSONShape()
	err := c.engine.rows(c.ctx, r, -1, func(_ spark.Schema, row []any) error {
		if text, ok := row[0].(string); ok {
			shape.Observe([]byte(text))
		}
		return nil
	})
	return shape.Type(), err
}

// registerUnbox makes unboxFunction known to all connections of the database.
func registerUnbox(conn *sql.Conn, texts relation.Texts) error {
	if texts == nil {
		return nil
	}
	text := duckdb.TYPE_VARCHAR
	var pools sync.Map // from the type's text to a *sync.Pool of func(string) (string, bool)
	f := goFunction{unboxFunction, []duckdb.Type{text, text}, text, func(a []driver.Value) (any, error) {
		pool, ok := pools.Load(a[1])
		if !ok {
			t, err := spark.ParseType(a[1].(string))
			if err != nil {
				return nil, fmt.Errorf("engine: unbox: %w", err)
			}
			pool, _ = pools.LoadOrStore(a[1], &sync.Pool{New: func() any { return texts.PlainJSON(t) }})
		}
		plain := pool.(*sync.Pool).Get().(func(string) (string, bool))
		defer pool.(*sync.Pool).Put(plain)
		out, ok := plain(a[0].(string))
		if !ok {
			return nil, nil //nolint:nilnil // null is the answer
		}
		return out, nil
	}}
	if err := duckdb.RegisterScalarUDF(conn, f.name, &f); err != nil {
		return fmt.Errorf("engine: register %s: %w", f.name, err)
	}
	return nil
}
