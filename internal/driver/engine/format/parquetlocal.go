package format

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"tenon/internal/plan"
)

// parquetLeaf is what parquet_schema says of one element of a footer.
type parquetLeaf struct {
	name     string
	physical string // INT96, INT64, ...; empty for a group
	children int64
	logical  string // as DuckDB prints it; empty for none
}

// localColumns are the columns of a Parquet file whose timestamps are without zone (isAdjustedToUTC=false), which Spark 3.5
// reads as timestamp_ntz. DuckDB has the same type for them and for INT96, which are instants. Nanoseconds are an error, as
// in Spark; file is the file's name in errors.
func localColumns(ctx context.Context, db *sql.DB, file, path string) (map[string]bool, error) {
	leaves, err := parquetLeaves(ctx, db, path)
	if err != nil {
		return nil, execution("%s is not a Parquet file: %v", file, firstLine(err))
	}
	local := map[string]bool{}
	for at := 1; at < len(leaves); { // the first is the file itself
		name, instants := leaves[at].name, false
		for left := int64(1); left > 0 && at < len(leaves); at++ {
			leaf := leaves[at]
			left += leaf.children - 1
			clock, isStamp := strings.CutPrefix(leaf.logical, "TimestampType(isAdjustedToUTC=")
			switch {
			case isStamp && strings.Contains(clock, "NANOS=NanoSeconds"):
				return nil, execution("[PARQUET_TYPE_ILLEGAL] Illegal Parquet type: INT64 (TIMESTAMP(NANOS,%t)).", clock[0] == '1')
			case isStamp && clock[0] == '0':
				local[name] = true
			case leaf.physical == "INT96":
				instants = true
			}
		}
		if local[name] && instants {
			return nil, plan.Unsupported(fmt.Sprintf("the column %s of %s, with timestamps as INT96 and others without zone,", name, file), "")
		}
	}
	return local, nil
}

// parquetLeaves reads the elements of a file's footer, in their order: each group before what it holds.
func parquetLeaves(ctx context.Context, db *sql.DB, path string) ([]parquetLeaf, error) {
	rows, err := db.QueryContext(ctx, "SELECT name, coalesce(type, ''), coalesce(num_children, 0), coalesce(logical_type, '') "+
		"FROM parquet_schema("+fileList([]string{path})+")")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []parquetLeaf
	for rows.Next() {
		var leaf parquetLeaf
		if err := rows.Scan(&leaf.name, &leaf.physical, &leaf.children, &leaf.logical); err != nil {
			return nil, err
		}
		out = append(out, leaf)
	}
	return out, rows.Err()
}
