// Package format reads and writes the files of a script: CSV, JSON and Parquet, as Spark reads and writes them
// (spark.read, DataFrame.write) and as Glue does (create_dynamic_frame, write_dynamic_frame).
//
// # Reading
//
// Open works in the same steps for every format:
//
//  1. options: each key is honoured, known to be harmless, or refused by name;
//  2. list: the source's files, once, by the rules of Spark's or Glue's directories;
//  3. select: the bookmark leaves the files that are new;
//  4. schema: from the script, from headers, or inferred from every record, never sniffed;
//  5. prepare: each file becomes one that DuckDB reads exactly as Spark would;
//  6. relate: the SQL that reads them, with partition values as columns.
//
// Steps 5 and 6 of a source in Hive partitions wait until a query reads it, and are done for the partitions that its
// conditions leave (deferred), unless columns or rows depend on every file.
//
// Step 5 is where correctness lies. DuckDB's own readers are fast, but not Spark's: they guess, rename, and take other
// texts for null. So a text file is first scanned in Go. Where every line is of a kind on which DuckDB and Spark
// agree (the scan knows those by construction; it must be sure, not clever), DuckDB reads the file itself. Any other
// file is parsed in Go by Spark's rules and put down in the scratch folder in a plain form: typed values, one way of
// quoting, one way of writing null. Compressed and remote files always take that second way. Both ways are tested
// against what real Spark gave for the same bytes (testdata/*.spark35.json).
//
// # Writing
//
// Text is formatted in Go, row by row, by the rules of Spark's own writers, since it is there that text differs from
// DuckDB's in a hundred small ways. Parquet is written by DuckDB. All output goes to a blob.Stage and appears by one
// Publish at the end, or not at all.
//
// # Options
//
// options.md, beside this file, lists every option that is honoured and every one that is known to change nothing.
// Whatever stands in no list there is refused by name, by options.refuse, before anything is read or written.
//
// # Accounting
//
// Bytes of a file are the size of the object. A file that is read at all counts whole: also a Parquet file of which
// DuckDB reads some columns only. Records are counted here: by the scan, from Parquet's footers, by the writers.
package format
