package engine

import (
	"database/sql/driver"

	"github.com/duckdb/duckdb-go/v2"

	"tenon/internal/core/spark"
	"tenon/internal/plan"
)

// The functions that know where a row stands or comes from. The rows of a frame are counted as those of one partition.

// rowNumber counts the rows of a SELECT from 0, in their order.
const rowNumber = "(row_number() OVER () - 1)"

// rowTemplates are those that are one expression of DuckDB's.
var rowTemplates = map[string]string{
	"monotonically_increasing_id": rowNumber, "spark_partition_id": "0",
	"rand": "spark_rand($1, " + rowNumber + ")", "randn": "spark_randn($1, " + rowNumber + ")",
}

// rowEmitterOf finds the emitter of one of the others, nil for none.
func rowEmitterOf(name string) callEmitter {
	if name == "_metadata" {
		return func(*exprs, *spark.Expr, []string) (string, error) {
			return "", plan.Unsupported("_metadata after a join or distinct, in an order, beside input_file_name(), of a long file's blocks, or with "+
				"row_index, which belongs to the whole of it in Parquet,", "make columns of its other members right after reading")
		}
	}
	if name != "input_file_name" {
		return nil
	}
	return func(*exprs, *spark.Expr, []string) (string, error) {
		return "", plan.Unsupported("input_file_name() where rows do not come straight from the files (after a join, grouping, sort, limit "+
			"or window, or of a source that is no file)", "call it in a column right after reading")
	}
}

// rowGoFunctions are the functions of Go's that their texts use.
func rowGoFunctions() []goFunction {
	whole := duckdb.TYPE_BIGINT
	numbers := &randomCache{}
	return []goFunction{
		{"spark_rand", []duckdb.Type{whole, whole}, duckdb.TYPE_DOUBLE, func(a []driver.Value) (any, error) {
			return numbers.at(a[0].(int64), a[1].(int64), false), nil
		}},
		{"spark_randn", []duckdb.Type{whole, whole}, duckdb.TYPE_DOUBLE, func(a []driver.Value) (any, error) {
			return numbers.at(a[0].(int64), a[1].(int64), true), nil
		}},
	}
}

// countsRows reports whether one of several expressions depends on the number of the row.
func countsRows(list []*spark.Expr) bool {
	for _, e := range list {
		if spark.KnowsRows(e) {
			return true
		}
	}
	return false
}

// refuseRows refuses expressions that depend on the number of the row where there is none to count.
func refuseRows(list []*spark.Expr, where string) error {
	if countsRows(list) {
		return refuse("rand, randn or monotonically_increasing_id in %s", where)
	}
	return nil
}

// refuseBranches refuses seeded random numbers in expressions that are not evaluated for every row: the numbers of the
// rows behind would be others than Spark's.
func refuseBranches(e *spark.Expr) error {
	conditional := map[string]bool{"if": true, "coalesce": true, "and": true, "or": true, "nvl2": true, "nullif": true, "nanvl": true}
	var err error
	e.Walk(func(x *spark.Expr) bool {
		if err == nil && (x.Op == spark.OpCase || x.Op == spark.OpCall && conditional[x.Name]) && len(x.Args) > 1 {
			err = refuseRows(x.Args[1:], "a branch that not every row takes; compute it in a column of its own first")
		}
		return err == nil
	})
	return err
}

// filterRows keeps the rows of a level by a condition that counts them.
func (em *emitter) filterRows(r *spark.Rel, in *level) (*level, error) {
	in = em.wrap(in, r.Inputs[0].Out)
	text, err := (&exprs{em: em, cols: in.cols}).sql(r.Exprs[0])
	if err != nil {
		return nil, err
	}
	keep := em.name("keep")
	items := []string{text + " AS " + keep}
	seen := map[spark.AttrID]bool{}
	for _, a := range r.Inputs[0].Out {
		if !seen[a.ID] {
			seen[a.ID] = true
			items = append(items, in.cols[a.ID].text+" AS "+attrName(a.ID))
		}
	}
	l := em.over("("+in.render(items)+")", r.Out)
	l.where = []string{keep}
	return l, nil
}
