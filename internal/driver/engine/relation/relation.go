// Package relation holds what the engine and its readers and writers share: how a frame of Spark's looks as a query of
// DuckDB's.
//
// Three conventions carry everything else:
//
//   - A Relation's SQL is one SELECT that yields exactly the columns c0, c1, ... in the order of its Schema, each of
//     the type DuckType gives for the Spark type. Names as the user knows them live in the Schema alone, so that
//     duplicates, case and any character are harmless inside DuckDB.
//   - Members of structs keep their names inside DuckDB (STRUCT("a" INTEGER)), because Parquet and JSON carry them.
//     Two members that differ in case only are refused where a schema enters (CheckSchema).
//   - A Spark timestamp is DuckDB's TIMESTAMP holding UTC; the connections run with TimeZone = 'UTC'. What comes as
//     TIMESTAMP WITH TIME ZONE is cast by the reader.
//
// A Relation is a value: it holds no rows and no connection, and may be embedded into a larger query any number of
// times, also concurrently. Whatever it refers to (files, tables) must live until the engine is closed.
package relation

import (
	"context"
	"database/sql"
	"strconv"
	"strings"
	"time"

	"tenon/internal/core/spark"
	"tenon/internal/plan"
)

// Relation is a query and the schema that Spark's users see of it.
type Relation struct {
	SQL    string
	Schema spark.Schema
	// Narrow gives the query where rows or values depend on which columns are read, as those of malformed records do in
	// Spark: SQL is for all columns. least are those that are read for certain, most are those that may be; where they
	// give different rows, that is an error. Nil where nothing depends on it. The result has all columns.
	Narrow func(least, most []bool) (string, error)
	// Files gives the query with one more column, about the file that each row is from; "" for too many files. Nil where that
	// is not known.
	Files func(FileColumn) string
	// Hidden is the type of the column _metadata, without members where there is none; Unknown are those of its members that
	// cannot be told.
	Hidden  spark.Type
	Unknown []string
	// Nulls tells of columns what their nulls are, plan.NullMissing or plan.NullWritten, where the reader knows.
	Nulls map[string]string
	// Parts, where it is not nil, gives the query over some of the source's partitions; SQL and Files then are empty.
	Parts *Partitions
}

// Partitions are a source's folders by the values of its partition columns. Their files are opened when a query reads them.
type Partitions struct {
	Columns []int      // the partition columns, by their places in the schema
	Values  [][]string // of each partition, a value for each of Columns, as SQL of the column's type
	File    FileColumn // the column of Files that the query has too
	// Read gives the query over the partitions that are to be kept, which has all columns and the one about files,
	// and those of their files that no query has read before.
	Read func(ctx context.Context, keep []bool, column FileColumn) (query string, files []File, err error)
}

// FileColumn is a column about the file that a row is from, beside the columns of a source.
type FileColumn int

// The columns about files.
const (
	NoFile       FileColumn = iota
	FileName                // as input_file_name() gives it
	FileMetadata            // the struct _metadata
)

// WithFiles is the relation with a column of Files.
func (r Relation) WithFiles(metadata bool) (leaf any, ok bool) {
	column, t := FileName, spark.T(spark.String)
	if metadata {
		column, t = FileMetadata, r.Hidden
	}
	out := Relation{Schema: append(r.Schema[:len(r.Schema):len(r.Schema)], spark.Field{Type: t}), Hidden: r.Hidden, Unknown: r.Unknown}
	if r.Parts != nil {
		parts := *r.Parts
		parts.File = column
		out.Parts = &parts
		return out, true
	}
	if r.Files == nil {
		return nil, false
	}
	out.SQL = r.Files(column)
	return out, out.SQL != ""
}

// Metadata is the type of the hidden column _metadata, and those of its members that are not known; false for a relation
// without.
func (r Relation) Metadata() (t spark.Type, unknown []string, ok bool) {
	return r.Hidden, r.Unknown, len(r.Hidden.Fields) > 0
}

// File is one object that a source reads or a sink wrote.
type File struct {
	Path    string // as the script would name it: s3://bucket/key, or a local path
	Bytes   int64
	Records int64 // -1 when unknown
	ModTime time.Time
	Version string // the object's ETag or version, empty when the store has none
}

// Opened is a source after its files were listed and its schema is known, before any row is read. Files is fixed here:
// every later action and the bookmark's upper bound use this list. It is empty where Parts tells of the files.
type Opened struct {
	Relation
	Files []File
	// Errors counts the records that a DynamicFrame's reader left out as error records: rows of CSV with too few or too
	// many values, lines that are no JSON object. Always 0 for spark.read, which has modes for them.
	Errors int64
	// Kept are the error records themselves, of at most a bounded number and size: all of Errors, or the first of them.
	Kept []spark.ErrorRecord
}

// Published is what a sink made visible.
type Published struct {
	plan.Written
	Files []File
}

// Reader opens sources. Errors that the script's author can act upon are *plan.Error, everything unknown is refused by
// name with ClassUnsupported or ClassArgument.
type Reader interface {
	Open(ctx context.Context, db *sql.DB, src plan.Source) (Opened, error)
}

// Texts is what a Reader of files knows of texts, for those that are a column of a frame.
type Texts interface {
	TextFunctions
	// JSONShape begins the type of texts that are JSON objects, as a DynamicFrame's reader finds it.
	JSONShape() JSONShape
	// PlainJSON makes a function that spells a text of JSON so that DuckDB's from_json reads it as type t, which must be
	// what a JSONShape made of this text and others; false for a text that is no object. It is for one goroutine.
	PlainJSON(t spark.Type) func(text string) (string, bool)
}

// JSONShape gathers the type of texts.
type JSONShape interface {
	// Observe adds a text; one that is no JSON object adds nothing.
	Observe(text []byte)
	// Type is the struct of all objects seen; without members when there was none.
	Type() spark.Type
}

// Writer runs a relation into files. Output is atomic: an error leaves nothing new visible at the path.
type Writer interface {
	Write(ctx context.Context, db *sql.DB, rel Relation, w plan.Write) (Published, error)
}

// Column names column i of a relation: c0, c1, ...
func Column(i int) string { return "c" + strconv.Itoa(i) }

// Columns lists the column names of a relation with n columns, separated by commas.
func Columns(n int) string {
	names := make([]string, n)
	for i := range names {
		names[i] = Column(i)
	}
	return strings.Join(names, ", ")
}

// Ident quotes a name as a DuckDB identifier.
func Ident(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

// Literal quotes a text as a DuckDB string literal. A NUL character, which DuckDB's parser ends a query at, is spliced
// in by chr(0).
func Literal(s string) string {
	quoted := "'" + strings.ReplaceAll(s, "'", "''") + "'"
	if !strings.Contains(quoted, "\x00") {
		return quoted
	}
	return "(" + strings.ReplaceAll(quoted, "\x00", "' || chr(0) || '") + ")"
}
