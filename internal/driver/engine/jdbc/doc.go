// Package jdbc reads from and writes to databases, as Spark's and Glue's JDBC sources and sinks do: PostgreSQL and MySQL
// (MariaDB with it), through drivers of Go's.
//
// A source's rows are read once, when its frame is made, into a table of DuckDB's that may spill; every action sees
// those rows. A sink writes in one transaction: all rows or none. (MySQL ends a transaction at the statements that make,
// empty or drop a table.)
//
// Types of columns are those that Spark 3.5 gives them through the databases' own JDBC drivers. A type or value that it
// is not known to give is refused by name.
package jdbc

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"sync/atomic"
	"time"

	"tenon/internal/core/bookmark"
	"tenon/internal/core/spark"
	"tenon/internal/driver/engine/relation"
	"tenon/internal/plan"
)

// Config is what databases need of their run.
type Config struct {
	// Lookup finds the properties of a Glue connection by its name. Nil: there are no connections.
	Lookup func(ctx context.Context, name string) (map[string]string, error)
	// Bookmark answers which rows of a bookmarked source are to be read; nil reads all. It is called for sources with a
	// transformation_ctx only.
	Bookmark Bookmarks
	// ReadOnly refuses sinks: the run is one that must leave databases as they are.
	ReadOnly bool
}

// Bookmarks remember by transformation_ctx how far the keys of a source have been read.
type Bookmarks interface {
	// On tells whether bookmarks are on at all.
	On() bool
	// Range is what to read: rows after the key from, up to the key to; nil is unbounded.
	Range(ctx string, keys bookmark.Keys) (from, to []string, err error)
	// Read notes the last key that was read, for the next commit.
	Read(ctx string, keys bookmark.Keys) error
}

// JDBC is both a relation.Reader and a relation.Writer. It may be used concurrently.
type JDBC struct {
	cfg    Config
	serial atomic.Int64 // numbers tables
}

// New makes readers and writers for one run.
func New(cfg Config) *JDBC { return &JDBC{cfg: cfg} }

// Serves tells whether a source or sink of this kind is a database's.
func Serves(connectionType, format string) bool {
	switch connectionType {
	case "postgresql", "mysql", "jdbc":
		return true
	}
	return format == "jdbc"
}

// connectTimeout bounds the opening of a connection.
const connectTimeout = 15 * time.Second

// session is one connection to a database.
type session interface {
	// query runs a SELECT and tells its columns.
	query(ctx context.Context, text string) (cursor, error)
	// primaryKey lists the columns of a table's primary key.
	primaryKey(ctx context.Context, table string) ([]string, error)
	// exists tells whether a table is there.
	exists(ctx context.Context, table string) (bool, error)
	// begin, commit, and exec of statements that change something.
	exec(ctx context.Context, text string) error
	// insert appends the rows of a cursor of DuckDB's.
	insert(ctx context.Context, table string, schema spark.Schema, rows *sql.Rows) (int64, error)
	// quote writes a name as an identifier.
	quote(name string) string
	// columnType is the type of a column of a new table.
	columnType(t spark.Type) (string, error)
	close()
}

// cursor walks over the rows of a query.
type cursor interface {
	columns() []column
	// next gives the next row as the database's text, nil for null, or nil when there is none. It is valid until the
	// next call.
	next() ([][]byte, error)
	close()
}

// column is a column of a query: its Spark type, and how its text becomes a value of DuckDB's.
type column struct {
	name  string
	typ   spark.Type
	parse func(text []byte) (driver.Value, error)
	// timeOfDay: the database has no date, where the Spark type has one.
	timeOfDay bool
}

// execution is an error of the database, or on the way to it.
func execution(format string, args ...any) error {
	return &plan.Error{Class: plan.ClassExecution, Message: fmt.Sprintf(format, args...)}
}

// argument is the error for an option that is wrong.
func argument(format string, args ...any) error {
	return &plan.Error{Class: plan.ClassArgument, Message: fmt.Sprintf(format, args...)}
}

var (
	_ relation.Reader = (*JDBC)(nil)
	_ relation.Writer = (*JDBC)(nil)
)
