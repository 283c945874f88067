package format

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"path/filepath"
	"slices"
	"strings"

	"tenon/internal/core/spark"
	"tenon/internal/driver/blob"
	"tenon/internal/driver/engine/relation"
)

// run produces the output's files in its stage.
func (f *Format) run(ctx context.Context, db *sql.DB, o *output) error {
	if len(o.rel.Schema) == 0 {
		return o.emptyFile(nil) // a DynamicFrame over no file: no column, no row
	}
	if o.format == "parquet" {
		return f.runParquet(ctx, db, o)
	}
	return f.runText(ctx, db, o)
}

// runText writes CSV or JSON: rows come sorted by partition, so that one file is open at a time.
func (f *Format) runText(ctx context.Context, db *sql.DB, o *output) error {
	var cols []string
	for _, i := range o.data {
		cols = append(cols, relation.PipeText(relation.Column(i), o.rel.Schema[i].Type))
	}
	query := "FROM (" + o.rel.SQL + ")"
	if len(o.keys) > 0 {
		var order []string
		for _, i := range o.keys {
			// '' and null are one partition.
			key := "nullif(CAST(" + relation.Column(i) + " AS VARCHAR), '')"
			cols, order = append(cols, key), append(order, key)
		}
		query += " ORDER BY " + strings.Join(order, ", ")
	}
	t := &textFiles{f: f, o: o, prefixes: o.jsonPrefixes()}
	err := f.pump(ctx, db, "SELECT "+strings.Join(cols, ", ")+" "+query, len(cols), t.row)
	if err = errors.Join(err, t.close()); err != nil {
		return err
	}
	if len(o.records) == 0 && len(o.keys) == 0 {
		return o.emptyFile(t)
	}
	return nil
}

// emptyFile is what an empty frame leaves: nothing of a DynamicFrame, one file without records of a DataFrame.
func (o *output) emptyFile(t *textFiles) error {
	if o.dynamic {
		return nil
	}
	if t == nil {
		return analysis("Datasource does not support writing empty or nested empty schemas. Please make sure the data schema has at " +
			"least one or more column(s).")
	}
	if err := t.open(""); err != nil {
		return err
	}
	return t.close()
}

// textFiles writes rows into one text file after the other.
type textFiles struct {
	f        *Format
	o        *output
	prefixes [][]byte
	keys     [][]byte // of the file that is open
	file     *blob.File
	w        *blockWriter
}

// row writes one row; a change of keys opens the next file.
func (t *textFiles) row(cells [][]byte) error {
	n := len(t.o.data)
	if t.file == nil || !slices.EqualFunc(t.keys, cells[n:], sameCell) {
		if err := t.turn(cells[n:]); err != nil {
			return err
		}
	}
	var err error
	switch t.o.format {
	case "json":
		t.w.buf, err = t.o.jsonRow(t.w.buf, cells[:n], t.prefixes)
	case "text": // null is an empty line
		t.w.buf = append(append(t.w.buf, cells[0]...), t.o.lineSep...)
	default:
		t.w.buf, err = t.o.csvRow(t.w.buf, cells[:n])
	}
	if err != nil {
		return err
	}
	t.o.records[len(t.o.records)-1]++
	return t.w.full()
}

// sameCell compares two cells; null is not the empty text.
func sameCell(a, b []byte) bool { return (a == nil) == (b == nil) && bytes.Equal(a, b) }

// turn closes the present file and opens the one for keys.
func (t *textFiles) turn(keys [][]byte) error {
	if err := t.close(); err != nil {
		return err
	}
	t.keys = t.keys[:0]
	var folder strings.Builder
	for i, key := range keys {
		t.keys = append(t.keys, bytes.Clone(key))
		col := t.o.rel.Schema[t.o.keys[i]]
		text, err := partitionText(col.Type, key)
		if err != nil {
			return err
		}
		folder.WriteString(escapePath(col.Name) + "=" + escapePath(text) + "/")
	}
	return t.open(folder.String())
}

// partitionText respells a partition value from the pipe as Spark's cast to string does; "" for null.
func partitionText(t spark.Type, cell []byte) (string, error) {
	switch {
	case cell == nil:
		return "", nil
	case t.Kind == spark.Float || t.Kind == spark.Double:
		b, err := appendPipeDouble(nil, t.Kind, string(cell))
		return string(b), err
	default:
		return string(cell), nil
	}
}

// open stages the file of a partition's folder.
func (t *textFiles) open(folder string) error {
	var err error
	if t.file, err = t.o.create(folder); err != nil {
		return err
	}
	t.w = newBlockWriter(t.file, t.o.text, t.f.cfg.Threads)
	switch t.o.format {
	case "csv":
		t.w.charset = t.o.csv.charset
	case "json":
		t.w.charset = t.o.json.charset
	}
	if t.o.format == "csv" && t.o.csv.header {
		t.w.buf = t.o.csvHeader(t.w.buf)
	}
	return nil
}

// close ends the present file.
func (t *textFiles) close() error {
	if t.file == nil {
		return nil
	}
	err := errors.Join(t.w.close(), t.file.Close())
	t.file, t.w = nil, nil
	if err != nil {
		return outside(fmt.Errorf("format: write: %w", err))
	}
	return nil
}

// runParquet lets DuckDB write.
func (f *Format) runParquet(ctx context.Context, db *sql.DB, o *output) error {
	var cols []string
	for _, i := range o.data {
		col := o.rel.Schema[i]
		cols = append(cols, parquetExpr(relation.Column(i), col.Type)+" AS "+relation.Ident(col.Name))
	}
	if len(o.keys) > 0 {
		return f.runPartitionedParquet(ctx, db, o, cols)
	}
	file, err := o.create("")
	if err != nil {
		return err
	}
	if err := file.Close(); err != nil {
		return outside(err)
	}
	res, err := db.ExecContext(ctx, "COPY (SELECT "+strings.Join(cols, ", ")+" FROM ("+o.rel.SQL+")) TO "+relation.Literal(file.Path())+
		" ("+o.parquetOptions()+", USE_TMP_FILE false)")
	if err != nil {
		return err
	}
	n, err := res.RowsAffected()
	if err != nil {
		return fmt.Errorf("format: count rows: %w", err)
	}
	o.records[0] = n
	return nil
}

// parquetOptions are COPY's. Bloom filters, which Spark does not write either unless it is told to, cost time.
func (o *output) parquetOptions() string {
	return "FORMAT parquet, WRITE_BLOOM_FILTER false, COMPRESSION " + o.codec
}

// parquetExpr is column c as Spark would have it in Parquet: timestamps are instants in UTC.
func parquetExpr(c string, t spark.Type) string {
	switch {
	case !hasTimestamp(t):
		return c
	case t.Kind == spark.Timestamp: // the same instant, without what a cast asks the calendar for each value
		return "make_timestamptz(epoch_us(" + c + "))"
	}
	return "CAST(" + c + " AS " + parquetType(t) + ")"
}

// parquetType is the type of DuckDB's that is written as Spark writes t.
func parquetType(t spark.Type) string {
	switch t.Kind {
	case spark.Timestamp:
		return "TIMESTAMP WITH TIME ZONE"
	case spark.Array:
		return parquetType(*t.Elem) + "[]"
	case spark.Map:
		return "MAP(" + parquetType(*t.Key) + ", " + parquetType(*t.Elem) + ")"
	case spark.Struct:
		members := make([]string, len(t.Fields))
		for i, f := range t.Fields {
			members[i] = relation.Ident(f.Name) + " " + parquetType(f.Type)
		}
		return "STRUCT(" + strings.Join(members, ", ") + ")"
	default:
		return relation.DuckType(t)
	}
}

// hasTimestamp reports whether t is or holds a timestamp.
func hasTimestamp(t spark.Type) bool {
	switch t.Kind {
	case spark.Timestamp:
		return true
	case spark.Array:
		return hasTimestamp(*t.Elem)
	case spark.Map:
		return hasTimestamp(*t.Key) || hasTimestamp(*t.Elem)
	case spark.Struct:
		return slices.ContainsFunc(t.Fields, func(f spark.Field) bool { return hasTimestamp(f.Type) })
	default:
		return false
	}
}

// runPartitionedParquet has DuckDB write a folder for each tuple of keys, then names folders and files as Spark does.
func (f *Format) runPartitionedParquet(ctx context.Context, db *sql.DB, o *output, cols []string) error {
	var by []string
	for n, i := range o.keys {
		name := fmt.Sprintf("tenon_key_%d", n)
		// A letter before each value keeps empty texts and nulls apart from what DuckDB does with them.
		cols = append(cols, "coalesce('v' || nullif(CAST("+relation.Column(i)+" AS VARCHAR), ''), 'n') AS "+name)
		by = append(by, name)
	}
	root := filepath.Join(o.stage.Dir(), "parts")
	res, err := db.ExecContext(ctx, "COPY (SELECT "+strings.Join(cols, ", ")+" FROM ("+o.rel.SQL+")) TO "+relation.Literal(root)+
		" ("+o.parquetOptions()+", PARTITION_BY ("+strings.Join(by, ", ")+"), WRITE_PARTITION_COLUMNS false, FILENAME_PATTERN 'f_{uuid}')")
	if err != nil {
		return err
	}
	if _, err := res.RowsAffected(); err != nil {
		return fmt.Errorf("format: count rows: %w", err)
	}
	serial := map[string]int{}
	var files []string
	err = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err == nil && !d.IsDir() {
			files = append(files, path)
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("format: partitions: %w", err)
	}
	for _, path := range files {
		rel, err := filepath.Rel(root, filepath.Dir(path))
		if err != nil {
			return fmt.Errorf("format: partitions: %w", err)
		}
		folder, err := o.hiveFolder(rel)
		if err != nil {
			return err
		}
		name := o.name
		if n := serial[folder]; n > 0 {
			name = strings.Replace(name, "part-00000", fmt.Sprintf("part-%05d", n), 1)
		}
		serial[folder]++
		if err := o.stage.Add(path, o.path+"/"+folder+name+o.extension()); err != nil {
			return outside(err)
		}
		n, err := parquetRows(ctx, db, path)
		if err != nil {
			return err
		}
		o.records = append(o.records, n)
	}
	return nil
}

// hiveFolder renames a folder of DuckDB's, tenon_key_0=vX/tenon_key_1=n, as Spark would name it.
func (o *output) hiveFolder(rel string) (string, error) {
	var out strings.Builder
	for n, seg := range strings.Split(filepath.ToSlash(rel), "/") {
		_, value, _ := strings.Cut(seg, "=")
		value, err := url.PathUnescape(value)
		if err != nil || value == "" {
			return "", fmt.Errorf("format: partition folder %q", seg)
		}
		var cell []byte
		if value[0] == 'v' {
			cell = []byte(value[1:])
		}
		col := o.rel.Schema[o.keys[n]]
		text, err := partitionText(col.Type, cell)
		if err != nil {
			return "", err
		}
		out.WriteString(escapePath(col.Name) + "=" + escapePath(text) + "/")
	}
	return out.String(), nil
}

// parquetRows reads the number of rows from a file's footer.
func parquetRows(ctx context.Context, db *sql.DB, path string) (int64, error) {
	var n int64
	err := db.QueryRowContext(ctx, "SELECT num_rows FROM parquet_file_metadata("+fileList([]string{path})+")").Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("format: footer: %w", err)
	}
	return n, nil
}
