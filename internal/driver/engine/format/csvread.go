package format

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"tenon/internal/core/spark"
	"tenon/internal/driver/engine/relation"
	"tenon/internal/plan"
)

// How DuckDB reads a prepared CSV file.
const (
	csvNativeLF   = iota // the file itself, lines end in \n
	csvNativeCRLF        // the file itself, lines end in \r\n
	csvPlain             // our plain form
	csvPlainLines        // our plain form, with line breaks inside values
	csvPlainLong         // our plain form, with rows beyond maxNativeLine, perhaps line breaks too
)

// maxPlainRow bounds a row of our plain forms, in bytes: a record of MaxRecordBytes in which every byte takes several.
const maxPlainRow = 8 * MaxRecordBytes

// nullMark is null in our plain form: without quotes, where every other value has them.
const nullMark = `\N`

// csvSource is a CSV source whose dialect and columns are known.
type csvSource struct {
	*source
	dialect
	names  []string     // of all columns in the files
	schema spark.Schema // of all columns in the files, in their order, then the corrupt-record column where asked for
	bad    int          // index in schema of the corrupt-record column, or -1
}

// openCSV opens a CSV source.
func (f *Format) openCSV(ctx context.Context, s *source) (relation.Opened, error) {
	c := &csvSource{source: s, bad: -1}
	if s.dynamic {
		c.dialect = glueDialect(s.options)
	} else {
		c.dialect = sparkDialect(s.options)
	}
	if err := s.options.refuse(); err != nil {
		return relation.Opened{}, err
	}
	listed, partNames, err := f.list(ctx, s)
	if err != nil {
		return relation.Opened{}, err
	}
	if len(listed) == 0 && !s.dynamic && s.schema == nil {
		return relation.Opened{}, cannotInfer("CSV")
	}
	parts, err := s.typePartitions(listed, partNames)
	if err != nil {
		return relation.Opened{}, err
	}
	files, err := f.choose(s, listed)
	if err != nil {
		return relation.Opened{}, err
	}
	if err := f.csvSchema(ctx, c, files); err != nil {
		return relation.Opened{}, err
	}
	ready := make([]prepared, len(files))
	err = f.each(ctx, len(files), func(ctx context.Context, i int) error {
		var err error
		ready[i], err = f.prepareCSV(ctx, c, &files[i])
		return err
	})
	if err != nil {
		return relation.Opened{}, err
	}
	f.remember(files, ready)
	rel, err := relate(c.schema, parts, ready, c.scanSQL)
	return opened(rel, files), err
}

// cannotInfer is what Spark says of a source without a file to learn the schema from.
func cannotInfer(format string) error {
	return analysis("[UNABLE_TO_INFER_SCHEMA] Unable to infer schema for %s. It must be specified manually.", format)
}

// csvSchema finds the columns: from the script, or from the first record of the first file that Spark would read, which
// is the largest.
func (f *Format) csvSchema(ctx context.Context, c *csvSource, files []input) error {
	if c.source.schema != nil {
		return c.givenSchema()
	}
	bySize := slices.Clone(files)
	if !c.glue {
		slices.SortStableFunc(bySize, func(a, b input) int { return -cmp.Compare(a.Bytes, b.Bytes) })
	}
	for _, in := range bySize {
		first, err := f.firstRecord(ctx, c, in)
		if err != nil {
			return err
		}
		if first == nil {
			continue
		}
		c.names = c.columnNames(first)
		for _, name := range c.names {
			c.schema = append(c.schema, spark.Field{Name: name, Type: spark.T(spark.String), Nullable: true})
		}
		if dup := duplicate(c.names); dup != "" && !c.glue {
			return analysis("[COLUMN_ALREADY_EXISTS] The column `%s` already exists. Consider to choose another name or rename "+
				"the existing column.", dup)
		}
		break
	}
	if !c.infer || len(c.names) == 0 {
		return nil
	}
	types, err := f.inferCSV(ctx, c, files)
	for i := range types {
		c.schema[i].Type = types[i]
	}
	return err
}

// givenSchema takes the columns from the script. The corrupt-record column is none of the file's.
func (c *csvSource) givenSchema() error {
	var names []string
	for i, field := range c.source.schema {
		names = append(names, field.Name)
		if field.Name == c.corrupt && field.Type.Kind == spark.String && !c.glue {
			c.bad = i
		} else {
			c.names = append(c.names, field.Name)
		}
		switch field.Type.Kind {
		case spark.Array, spark.Map, spark.Struct, spark.Choice, spark.Null:
			return analysis("[UNSUPPORTED_DATA_TYPE_FOR_DATASOURCE] The CSV datasource doesn't support the column `%s` of the type %q.",
				field.Name, strings.ToUpper(field.Type.String()))
		}
	}
	if dup := duplicate(names); dup != "" {
		return analysis("[COLUMN_ALREADY_EXISTS] The column `%s` already exists. Consider to choose another name or rename "+
			"the existing column.", dup)
	}
	if c.bad >= 0 && c.multiLine {
		return unsupported("the column %s with multiLine", c.corrupt)
	}
	c.schema = c.source.schema
	return nil
}

// duplicate returns a name, in lower case, that occurs twice whatever its case, or "".
func duplicate(names []string) string {
	seen := make(map[string]bool, len(names))
	for _, n := range names {
		n = strings.ToLower(n)
		if seen[n] {
			return n
		}
		seen[n] = true
	}
	return ""
}

// firstRecord reads the first record of a file; nil if it has none.
func (f *Format) firstRecord(ctx context.Context, c *csvSource, in input) ([]field, error) {
	r, err := f.openText(ctx, c.codec, in)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	fields, _, err := newCSVParser(&c.dialect, r, in.Path).next()
	if err == io.EOF {
		return nil, nil
	}
	return fields, err
}

// columnNames makes names of the first record: as Spark's makeSafeHeader, or as Glue has them.
func (c *csvSource) columnNames(first []field) []string {
	names := make([]string, len(first))
	if c.glue {
		for i, fl := range first {
			if names[i] = "col" + strconv.Itoa(i); c.header && len(fl.text) > 0 {
				names[i] = c.decode(fl.text)
			}
		}
		return names
	}
	count := map[string]int{}
	for i, fl := range first {
		if v := c.value(fl); v != nil && c.header {
			names[i] = c.decode(v)
			count[strings.ToLower(names[i])]++
		}
	}
	for i, n := range names {
		switch {
		case n == "" || !c.header:
			names[i] = "_c" + strconv.Itoa(i)
		case count[strings.ToLower(n)] > 1:
			names[i] = n + strconv.Itoa(i)
		}
	}
	return names
}

// decode turns the bytes of a value into text.
func (c *csvSource) decode(b []byte) string {
	if c.latin1 {
		runes := make([]rune, len(b))
		for i, x := range b {
			runes[i] = rune(x)
		}
		return string(runes)
	}
	return validUTF8(b)
}

// skipsFirst reports whether the first record of each file is not data.
func (c *csvSource) skipsFirst() bool { return c.header || c.glue && c.skipFirst }

// prepareCSV makes a file readable for DuckDB, and counts its records.
func (f *Format) prepareCSV(ctx context.Context, c *csvSource, in *input) (prepared, error) {
	if local, ok := f.cfg.Storage.LocalPath(in.Path); ok && c.allStrings() && c.native() && !compressed(c.codec, in.Path) {
		kind, err := f.scanCSV(ctx, c, in)
		if err != nil {
			return prepared{}, err
		}
		if kind != csvPlain {
			return prepared{path: local, kind: kind, values: in.values}, nil
		}
	}
	return f.rewriteCSV(ctx, c, in)
}

// allStrings reports whether every column is one of text.
func (c *csvSource) allStrings() bool {
	for _, fl := range c.schema {
		if fl.Type.Kind != spark.String {
			return false
		}
	}
	return c.bad < 0
}

// scanCSV counts the records of a file and answers how DuckDB can read it; csvPlain where it cannot. Nothing is
// guessed: the file is native only if every line is plain.
func (f *Format) scanCSV(ctx context.Context, c *csvSource, in *input) (int, error) {
	r, err := f.openText(ctx, c.codec, *in)
	if err != nil {
		return 0, err
	}
	defer r.Close()
	l := newLines(r, in.Path, nil)
	records := int64(0)
	for first := true; ; first = false {
		line, err := l.next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return 0, err
		}
		header := first && c.skipsFirst()
		fields := len(c.names)
		if header {
			fields = bytes.Count(line, c.sep) + 1 // a header of another length is skipped all the same
		}
		if !c.plainLine(line, fields) || !utf8.Valid(line) || bytes.IndexByte(line, 0) >= 0 {
			return csvPlain, nil
		}
		if !header {
			records++
		}
	}
	if l.cr || l.bom || l.crlf && l.lf || l.longest > maxNativeLine {
		return csvPlain, nil
	}
	in.Records = records
	if l.crlf {
		return csvNativeCRLF, nil
	}
	return csvNativeLF, nil
}

// maxNativeLine is the longest line, in bytes, that DuckDB reads with its default buffers.
const maxNativeLine = 1 << 20

// rewriteCSV parses a file by its dialect and puts it down in the plain form: all values quoted, or nullMark.
func (f *Format) rewriteCSV(ctx context.Context, c *csvSource, in *input) (prepared, error) {
	r, err := f.openText(ctx, c.codec, *in)
	if err != nil {
		return prepared{}, err
	}
	defer r.Close()
	out, err := os.Create(f.scratch(".csv"))
	if err != nil {
		return prepared{}, fmt.Errorf("format: scratch: %w", err)
	}
	defer out.Close()
	p := newCSVParser(&c.dialect, r, in.Path)
	if c.skipsFirst() {
		if _, _, err := p.next(); err != nil && err != io.EOF {
			return prepared{}, err
		}
	}
	conv := newCSVConverter(c)
	w := bufio.NewWriterSize(out, readBuffer)
	row, longest := []byte{}, 0
	in.Records = 0
	for {
		if in.Records%4096 == 0 && ctx.Err() != nil {
			return prepared{}, ctx.Err()
		}
		fields, line, err := p.next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return prepared{}, err
		}
		var keep bool
		row, keep, err = conv.row(row[:0], fields, line)
		if known := (*plan.Error)(nil); errors.As(err, &known) {
			return prepared{}, err
		}
		if err != nil && c.glue {
			c.reject(in, err, line)
			continue
		}
		if err != nil {
			return prepared{}, execution("[MALFORMED_CSV_RECORD] %s: record %d: %v", in.Path, p.records, err)
		}
		if keep {
			in.Records++
			longest = max(longest, len(row))
			w.Write(row) // Flush tells
		}
	}
	if err := errors.Join(w.Flush(), out.Close()); err != nil {
		return prepared{}, fmt.Errorf("format: scratch: %w", err)
	}
	kind := csvPlain
	switch {
	case longest > maxPlainRow:
		return prepared{}, execution("%s: a record takes %d bytes, at most %d", in.Path, longest, maxPlainRow)
	case longest > maxNativeLine:
		kind = csvPlainLong
	case conv.lineBreaks:
		kind = csvPlainLines
	}
	return prepared{path: out.Name(), kind: kind, values: in.values}, nil
}

// scanSQL reads prepared files of one kind.
func (c *csvSource) scanSQL(paths []string, kind int) string {
	cols := make([]string, len(c.schema))
	for i, fl := range c.schema {
		cols[i] = relation.Literal(relation.Column(i)) + ": " + relation.Literal(relation.DuckType(fl.Type))
	}
	opts := []string{"auto_detect = false", "columns = {" + strings.Join(cols, ", ") + "}", `quote = '"'`, `escape = '"'`,
		"compression = 'none'"}
	switch {
	case kind == csvPlain || kind == csvPlainLines || kind == csvPlainLong:
		opts = append(opts, "delim = ','", "header = false", `new_line = '\n'`, "nullstr = "+relation.Literal(nullMark),
			"allow_quoted_nulls = false", "dateformat = '%Y-%m-%d'", "timestampformat = '%Y-%m-%d %H:%M:%S.%f'")
		if kind != csvPlain {
			opts = append(opts, "parallel = false")
		}
		if kind == csvPlainLong {
			opts = append(opts, "max_line_size = "+strconv.Itoa(maxPlainRow), "buffer_size = "+strconv.Itoa(2*maxPlainRow))
		}
	default:
		opts = append(opts, "delim = "+relation.Literal(string(c.sep)), "header = false")
		if c.skipsFirst() {
			opts = append(opts, "skip = 1")
		}
		if c.glue {
			names := make([]string, len(c.schema))
			for i := range names {
				names[i] = relation.Literal(relation.Column(i))
			}
			opts = append(opts, "force_not_null = ["+strings.Join(names, ", ")+"]")
		}
		if kind == csvNativeCRLF {
			opts = append(opts, `new_line = '\r\n'`)
		} else {
			opts = append(opts, `new_line = '\n'`)
		}
	}
	return "SELECT * FROM read_csv(" + fileList(paths) + ", " + strings.Join(opts, ", ") + ")"
}
