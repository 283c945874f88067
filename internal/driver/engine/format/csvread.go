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
	head   []byte       // the line that names are of, nil with multiLine
	schema spark.Schema // of all columns in the files, in their order, then the corrupt-record column where asked for
	bad    int          // index in schema of the corrupt-record column, or -1
	marks  *marks       // of malformed records, where rows or values depend on them, else nil
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
	if c.mode == "DROPMALFORMED" || c.bad >= 0 {
		c.marks = &marks{}
	}
	if len(parts) > 0 && !c.infer && c.marks == nil {
		return f.openDeferred(c.schema, parts, files, &deferred{
			prepare: func(ctx context.Context, files []input) ([][]prepared, error) { return f.prepareCSV(ctx, c, files) },
			relate:  func(ready []prepared) (relation.Relation, error) { return relate(c.schema, parts, ready, c.scanSQL) },
		})
	}
	made, err := f.prepareCSV(ctx, c, files)
	if err != nil {
		return relation.Opened{}, err
	}
	f.remember(files, heads(made))
	ready := slices.Concat(made...)
	if c.marks == nil {
		rel, err := relate(c.schema, parts, ready, c.scanSQL)
		return opened(rel, files), err
	}
	m := marked{marks: c.marks, columns: c.schema, bad: c.bad, drops: c.mode == "DROPMALFORMED", pruning: c.pruning}
	rel, err := m.relate(parts, ready, c.scanSQL, func(kind int) bool { return kind >= csvPlain })
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
		first, head, err := f.firstRecord(ctx, c, in)
		if err != nil {
			return err
		}
		if first == nil {
			continue
		}
		c.names, c.head = c.columnNames(first), head
		for _, name := range c.names {
			c.schema = append(c.schema, spark.Field{Name: name, Type: spark.T(spark.String), Nullable: true})
		}
		if !c.glue && slices.Contains(c.names, c.corrupt) {
			return plan.Unsupported("a CSV file whose header has the column for corrupt records, "+c.corrupt+",",
				"give columnNameOfCorruptRecord another name")
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
		if field.Name == c.corrupt && !c.glue {
			if field.Type.Kind != spark.String {
				return corruptType()
			}
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

// corruptType is what Spark says of a column for corrupt records that is no text.
func corruptType() error {
	return analysis("The field for corrupt records must be string type and nullable.")
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

// firstRecord reads the first record of a file and the line it stands on (nil with multiLine); nil if it has none.
func (f *Format) firstRecord(ctx context.Context, c *csvSource, in input) ([]field, []byte, error) {
	r, err := f.openPart(ctx, c, in, csvPart{})
	if err != nil {
		return nil, nil, err
	}
	defer r.Close()
	fields, line, err := newCSVParser(&c.dialect, r, in.Path).next()
	if err == io.EOF {
		return nil, nil, nil
	}
	return fields, bytes.Clone(line), err
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
func (c *csvSource) decode(b []byte) string { return validUTF8(b) }

// skipsFirst reports whether the first record of each file is not data.
func (c *csvSource) skipsFirst() bool { return c.header || c.glue && c.skipFirst }

// heads are, of what stands in for each file, the first.
func heads(made [][]prepared) []prepared {
	out := make([]prepared, len(made))
	for i := range made {
		out[i] = made[i][0]
	}
	return out
}

// prepareCSV makes files readable for DuckDB, and counts their records. It gives for each file what stands in for it, at
// least one.
func (f *Format) prepareCSV(ctx context.Context, c *csvSource, files []input) ([][]prepared, error) {
	kinds, err := f.scan(ctx, c, files)
	if err != nil {
		return nil, err
	}
	parts, err := f.cutFiles(c, files, scanSegment)
	if err != nil {
		return nil, err
	}
	parts = slices.DeleteFunc(parts, func(p csvPart) bool { return kinds[p.file] != csvPlain })
	made, pieces := make([]prepared, len(parts)), make([]input, len(parts))
	err = f.each(ctx, len(parts), func(ctx context.Context, i int) error {
		var err error
		pieces[i] = files[parts[i].file]
		made[i], err = f.rewriteCSV(ctx, c, &pieces[i], parts[i])
		return err
	})
	if err != nil {
		return nil, err
	}
	ready := make([][]prepared, len(files))
	for i, next := 0, 0; i < len(files); i++ {
		if kinds[i] != csvPlain {
			local, _ := f.cfg.Storage.LocalPath(files[i].Path) // only what is here is native
			ready[i] = []prepared{{path: local, kind: kinds[i], values: files[i].values}}
			continue
		}
		first := next
		files[i].Records = 0
		for ; next < len(parts) && parts[next].file == i; next++ {
			files[i].Records += pieces[next].Records
			files[i].errors += pieces[next].errors
			files[i].kept = append(files[i].kept, pieces[next].kept...)
		}
		own := made[first:next]
		kind := slices.MaxFunc(own, func(a, b prepared) int { return cmp.Compare(a.kind, b.kind) }).kind
		for k := range own {
			own[k].kind = kind // the parts of a file stay in order
		}
		ready[i] = own
	}
	return ready, nil
}

// maxNativeLine is the longest line, in bytes, that DuckDB reads with its default buffers.
const maxNativeLine = 1 << 20

// rewriteCSV parses a part of a file by its dialect and puts it down in the plain form: all values quoted, or nullMark.
// What is counted and kept of the part goes to in.
func (f *Format) rewriteCSV(ctx context.Context, c *csvSource, in *input, part csvPart) (prepared, error) {
	r, err := f.openPart(ctx, c, *in, part)
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
	p.within(part)
	if c.skipsFirst() && part.from == 0 {
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
	plain := kind >= csvPlain
	if plain && c.marks != nil {
		cols = append(cols, "'"+markColumn+"': 'VARCHAR'")
	}
	opts := []string{"auto_detect = false", "columns = {" + strings.Join(cols, ", ") + "}", `quote = '"'`, `escape = '"'`,
		"compression = 'none'"}
	switch {
	case plain:
		opts = append(opts, "delim = ','", "header = false", `new_line = '\n'`, "nullstr = "+relation.Literal(nullMark),
			"allow_quoted_nulls = false")
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
