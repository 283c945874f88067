package format

import (
	"bufio"
	"bytes"
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

// How DuckDB reads a prepared JSON file.
const (
	jsonNative    = iota // the text itself: keys are the columns' names
	jsonPlain            // our plain form: keys are c0, c1, ...
	jsonPlainLong        // our plain form, with lines beyond maxNativeLine
)

// jsonSource is a JSON source.
type jsonSource struct {
	*source
	multiLine     bool
	elements      bool       // jsonPath $[*]: records are the elements of each file's array
	path          []pathStep // any other jsonPath
	mode          string
	corrupt       string // columnNameOfCorruptRecord
	asStrings     bool   // primitivesAsString
	preferDecimal bool   // prefersDecimal
	dropNull      bool   // dropFieldIfAllNull
	lineSep       []byte
	charset       *charset // what the text is in; nil: UTF-8
	moments       moments
	columns       spark.Schema      // of the data, with the corrupt-record column where there is one
	bad           int               // its index, or -1
	marks         *marks            // of malformed records, where rows or values depend on them, else nil
	nulls         map[string]string // of a DynamicFrame's columns, see relation.Relation
}

// scanned is a JSON file after its first reading.
type scanned struct {
	root    shape  // what its records look like
	path    string // where its text is, on this machine and without compression
	native  bool   // as far as syntax goes, DuckDB can read it
	records int64  // the good ones
	bad     int64  // the malformed ones
}

// openJSON opens a JSON source.
func (f *Format) openJSON(ctx context.Context, s *source) (relation.Opened, error) {
	j := newJSONSource(s)
	if err := s.options.refuse(); err != nil {
		return relation.Opened{}, err
	}
	listed, partNames, err := f.list(ctx, s)
	if err != nil {
		return relation.Opened{}, err
	}
	if len(listed) == 0 && !s.dynamic && s.schema == nil {
		return relation.Opened{}, cannotInfer("JSON")
	}
	parts, err := s.typePartitions(listed, partNames)
	if err != nil {
		return relation.Opened{}, err
	}
	files, err := f.choose(s, listed)
	if err != nil {
		return relation.Opened{}, err
	}
	if len(parts) > 0 && s.schema != nil { // the columns are known without a look at the files
		if err := j.findColumns(nil); err != nil {
			return relation.Opened{}, err
		}
		if !j.marking() {
			return f.openDeferred(j.columns, parts, files, &deferred{
				relate: func(ready []prepared) (relation.Relation, error) { return relate(j.columns, parts, ready, j.scanSQL) },
				prepare: func(ctx context.Context, files []input) ([][]prepared, error) {
					texts, err := f.scanAllJSON(ctx, j, files)
					if err != nil {
						return nil, err
					}
					return f.prepareAllJSON(ctx, j, texts, files)
				},
			})
		}
	}
	texts, err := f.scanAllJSON(ctx, j, files)
	if err != nil {
		return relation.Opened{}, err
	}
	if err := j.findColumns(texts); err != nil {
		return relation.Opened{}, err
	}
	if j.marking() {
		j.marks = &marks{}
	}
	made, err := f.prepareAllJSON(ctx, j, texts, files)
	if err != nil {
		return relation.Opened{}, err
	}
	ready := heads(made)
	f.remember(files, ready)
	if j.marks == nil {
		rel, err := relate(j.columns, parts, ready, j.scanSQL)
		rel.Nulls = j.nulls
		return opened(rel, files), err
	}
	m := marked{marks: j.marks, columns: j.columns, bad: j.bad, drops: j.mode == "DROPMALFORMED", json: true}
	rel, err := m.relate(parts, ready, j.scanSQL, func(kind int) bool { return kind != jsonNative })
	return opened(rel, files), err
}

// marking reports whether rows or values depend on which records are malformed.
func (j *jsonSource) marking() bool { return j.bad >= 0 || j.mode == "DROPMALFORMED" }

// scanAllJSON reads files a first time.
func (f *Format) scanAllJSON(ctx context.Context, j *jsonSource, files []input) ([]*scanned, error) {
	texts := make([]*scanned, len(files))
	return texts, f.each(ctx, len(files), func(ctx context.Context, i int) error {
		var err error
		texts[i], err = f.scanJSON(ctx, j, &files[i])
		return err
	})
}

// prepareAllJSON makes files readable, and gives what stands in for each.
func (f *Format) prepareAllJSON(ctx context.Context, j *jsonSource, texts []*scanned, files []input) ([][]prepared, error) {
	made := make([][]prepared, len(files))
	return made, f.each(ctx, len(files), func(ctx context.Context, i int) error {
		one, err := f.prepareJSON(ctx, j, texts[i], &files[i])
		made[i] = []prepared{one}
		return err
	})
}

// newJSONSource takes the format's options. Sources: "JSON Files" of the Spark SQL guide, "JSON configuration
// reference" of the Glue developer guide.
func newJSONSource(s *source) *jsonSource {
	o := s.options
	j := &jsonSource{source: s, bad: -1, mode: "PERMISSIVE", multiLine: o.boolean("multiLine", false)}
	if s.dynamic {
		switch path := o.text("jsonPath", "$"); path {
		case "$":
		case "$[*]", "$.[*]":
			j.elements = true
		default:
			var err error
			if j.path, err = parseJSONPath(path); err != nil {
				o.fail(err)
			}
		}
		j.charset = takeCharset(o, false, false)
		o.only("withSchema", "")
		o.harmless("optimizePerformance")
		return j
	}
	j.mode = parseMode(o)
	j.corrupt = o.text("columnNameOfCorruptRecord", "_corrupt_record")
	j.asStrings = o.boolean("primitivesAsString", false)
	j.preferDecimal = o.boolean("prefersDecimal", false)
	j.dropNull = o.boolean("dropFieldIfAllNull", false)
	if sep := o.text("lineSep", ""); sep != "" {
		j.lineSep = []byte(sep)
	}
	j.moments = takeMoments(o, true)
	for _, key := range []string{"allowComments", "allowUnquotedFieldNames", "allowNumericLeadingZeros",
		"allowBackslashEscapingAnyCharacter", "allowUnquotedControlChars", "inferTimestamp"} {
		o.only(key, "false")
	}
	o.only("allowSingleQuotes", "true")
	o.only("allowNonNumericNumbers", "true")
	o.only("samplingRatio", "1.0", "1")
	j.charset = jsonCharset(o, j.multiLine, j.lineSep != nil)
	o.only("locale", "en-US", "en_US")
	return j
}

// jsonCharset takes the encoding of JSON, which Spark wants a lineSep for unless it is UTF-8.
func jsonCharset(o *options, multiLine, lineSep bool) *charset {
	name := o.text("encoding", o.text("charset", "UTF-8"))
	switch strings.ToLower(name) {
	case "utf-8", "utf8", "utf_8":
		return nil
	}
	c := findCharset(name)
	switch {
	case c == nil:
		o.fail(unsupported("option \"encoding\" with the value %q", name))
	case !multiLine && (c.name == "utf-16" || c.name == "utf-32"):
		o.fail(argument("requirement failed: The %s encoding must not be included in the denyList when multiLine is disabled: "+
			"denylist: UTF-16, UTF-32", name))
	case !multiLine && !lineSep:
		o.fail(argument("requirement failed: The lineSep option must be specified for the %s encoding", name))
	}
	return c
}

// scanJSON reads every record of a file for its shape. A compressed or remote file is put down as text on the way.
func (f *Format) scanJSON(ctx context.Context, j *jsonSource, in *input) (*scanned, error) {
	r, err := f.openText(ctx, j.codec, *in)
	if err != nil {
		return nil, err
	}
	if j.charset != nil {
		r = j.charset.reader(r, in.Path, !j.multiLine)
	}
	defer r.Close()
	t := &scanned{native: true}
	var text io.Reader = r
	copied := bufio.NewWriter(io.Discard)
	if local, ok := f.cfg.Storage.LocalPath(in.Path); ok && !compressed(j.codec, in.Path) && j.charset == nil {
		t.path = local
	} else {
		file, err := os.Create(f.scratch(".json"))
		if err != nil {
			return nil, fmt.Errorf("format: scratch: %w", err)
		}
		defer file.Close()
		t.path = file.Name()
		copied = bufio.NewWriterSize(file, readBuffer)
		text = io.TeeReader(r, copied)
	}
	recs := newRecords(j, text, in.Path)
	var d jsonDoc
	for n := 0; ; n++ {
		if n%4096 == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		record, err := recs.next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, err
		}
		if err := j.observe(t, &d, record, recs, in); err != nil {
			return nil, err
		}
	}
	if err := copied.Flush(); err != nil {
		return nil, fmt.Errorf("format: scratch: %w", err)
	}
	t.native = t.native && t.bad == 0 && recs.plain()
	return t, nil
}

// observe adds one record to a file's shape. A malformed one adds to the count alone, or ends the run in FAILFAST.
func (j *jsonSource) observe(t *scanned, d *jsonDoc, record []byte, recs *records, in *input) error {
	if !j.dynamic && j.charset == nil && foreign(record) {
		return plan.Unsupported(in.Path+": JSON that is not UTF-8, of which Spark reads a part,",
			"say what it is by the option \"encoding\", with \"lineSep\" or \"multiLine\"")
	}
	if err := j.parse(d, record); err != nil {
		if j.dynamic && recs.lines != nil && d.pos >= len(record) {
			if record, err = recs.whole(record); err != nil {
				return err
			}
			err = j.parse(d, record)
		}
		t.bad++
		if j.dynamic {
			j.reject(in, err, record)
		}
		if j.mode == "FAILFAST" {
			return j.failFast(in.Path, t.records+t.bad, err)
		}
		return nil
	}
	if d.nodes[0].kind == jsonArray {
		t.native = false
		for c := d.nodes[0].first; c != 0; c = d.nodes[c].next {
			t.root.observe(d, c)
			t.records++
		}
		return nil
	}
	t.native = t.native && !d.odd && !d.rest() && utf8.Valid(record)
	t.root.observe(d, 0)
	t.records++
	return nil
}

// foreign reports whether a record holds bytes that are no UTF-8, or begins as UTF-16 and UTF-32 do, which Spark's parser
// finds out by itself.
func foreign(record []byte) bool {
	return !utf8.Valid(record) || bytes.IndexByte(record[:min(4, len(record))], 0) >= 0
}

// failFast is what Spark says of a malformed record in FAILFAST.
func (j *jsonSource) failFast(name string, n int64, err error) error {
	return execution("[MALFORMED_RECORD_IN_PARSING.WITHOUT_SUGGESTION] Malformed records are detected in record parsing: "+
		"%s, record %d: %v. Parse Mode: FAILFAST.", name, n, err)
}

// parse reads a record: an object or, for Spark, an array of objects.
func (j *jsonSource) parse(d *jsonDoc, record []byte) error {
	if err := d.parse(record); err != nil {
		return err
	}
	switch d.nodes[0].kind {
	case jsonObject:
		if j.dynamic && d.rest() {
			return d.fail("text after the record")
		}
		return nil
	case jsonArray:
		if j.dynamic {
			break
		}
		return d.each(0, func(c int) error {
			if d.nodes[c].kind != jsonObject {
				return d.fail("an element that is not an object")
			}
			return nil
		})
	}
	return d.fail("a record that is not an object")
}

// findColumns makes the columns from the script's schema, or from all shapes.
func (j *jsonSource) findColumns(texts []*scanned) error {
	if j.schema != nil {
		j.columns = j.schema
		return j.findCorrupt()
	}
	var root shape
	bad, records := int64(0), int64(0)
	for _, t := range texts {
		root.merge(&t.root)
		bad, records = bad+t.bad, records+t.records
	}
	if j.dynamic {
		j.columns, j.nulls = root.glueStruct().Fields, root.nullFields(records)
		return relation.CheckSchema(j.columns)
	}
	if name := root.duplicate(); name != "" {
		return analysis("[COLUMN_ALREADY_EXISTS] The column `%s` already exists. Consider to choose another name or rename "+
			"the existing column.", strings.ToLower(name))
	}
	t, _ := root.sparkStruct(j)
	j.columns = t.Fields
	if err := j.findCorrupt(); err != nil {
		return err
	}
	if bad > 0 && j.mode == "PERMISSIVE" && j.bad < 0 {
		if len(j.columns) == 0 {
			return analysis("Since Spark 2.3, the queries from raw JSON/CSV files are disallowed when the referenced columns only " +
				"include the internal corrupt record column (named _corrupt_record by default).")
		}
		j.columns = append(j.columns, spark.Field{Name: j.corrupt, Type: spark.T(spark.String), Nullable: true})
		slices.SortStableFunc(j.columns, func(a, b spark.Field) int { return strings.Compare(a.Name, b.Name) })
		j.bad = slices.IndexFunc(j.columns, func(f spark.Field) bool { return f.Name == j.corrupt })
	}
	return relation.CheckSchema(j.columns)
}

// findCorrupt finds the column for corrupt records, which takes the place of a member of the records that is called so.
func (j *jsonSource) findCorrupt() error {
	if j.dynamic {
		return nil
	}
	j.bad = slices.IndexFunc(j.columns, func(f spark.Field) bool { return f.Name == j.corrupt })
	if j.bad >= 0 && j.columns[j.bad].Type.Kind != spark.String {
		return corruptType()
	}
	return nil
}

// prepareJSON makes a file readable for DuckDB.
func (f *Format) prepareJSON(ctx context.Context, j *jsonSource, t *scanned, in *input) (prepared, error) {
	in.Records = t.records
	names := make([]string, len(j.columns))
	for i, c := range j.columns {
		names[i] = c.Name
	}
	whole := spark.Type{Kind: spark.Struct, Fields: j.columns}
	if t.native && j.schema == nil && j.bad < 0 && duplicate(names) == "" && !slices.Contains(names, "") && t.root.native(whole) {
		return prepared{path: t.path, kind: jsonNative, values: in.values}, nil
	}
	r, err := os.Open(t.path)
	if err != nil {
		return prepared{}, fmt.Errorf("format: %s: %w", in.Path, err)
	}
	defer r.Close()
	out, err := os.Create(f.scratch(".json"))
	if err != nil {
		return prepared{}, fmt.Errorf("format: scratch: %w", err)
	}
	defer out.Close()
	w := bufio.NewWriterSize(out, readBuffer)
	conv := newJSONConverter(j)
	recs := newRecords(j, r, in.Path)
	recs.joins = j.dynamic && t.bad > 0
	var b []byte
	longest := 0
	in.Records = 0
	for n := int64(1); ; n++ {
		if n%4096 == 0 && ctx.Err() != nil {
			return prepared{}, ctx.Err()
		}
		record, err := recs.next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return prepared{}, err
		}
		var rows int64
		b, rows, err = conv.record(b[:0], record)
		if known := (*plan.Error)(nil); errors.As(err, &known) {
			return prepared{}, err
		}
		if err != nil {
			return prepared{}, j.failFast(in.Path, n, err)
		}
		in.Records += rows
		longest = max(longest, len(b))
		w.Write(b) // Flush tells
	}
	if err := errors.Join(w.Flush(), out.Close()); err != nil {
		return prepared{}, fmt.Errorf("format: scratch: %w", err)
	}
	kind := jsonPlain
	switch {
	case longest > maxPlainRow:
		return prepared{}, execution("%s: a record takes %d bytes, at most %d", in.Path, longest, maxPlainRow)
	case longest > maxNativeLine:
		kind = jsonPlainLong
	}
	return prepared{path: out.Name(), kind: kind, values: in.values}, nil
}

// scanSQL reads prepared files of one kind.
func (j *jsonSource) scanSQL(paths []string, kind int) string {
	cols := make([]string, len(j.columns))
	outs := make([]string, len(j.columns))
	for i, c := range j.columns {
		key := relation.Column(i)
		if kind == jsonNative {
			key = c.Name
		}
		cols[i] = relation.Literal(key) + ": " + relation.Literal(relation.DuckType(c.Type))
		outs[i] = relation.Ident(key) + " AS " + relation.Column(i)
	}
	if j.marks != nil && kind != jsonNative {
		cols, outs = append(cols, "'"+markColumn+"': 'VARCHAR'"), append(outs, markColumn)
	}
	// DuckDB takes twice this for each thread.
	size := 2 * maxNativeLine
	if kind == jsonPlainLong {
		size = maxPlainRow
	}
	return "SELECT " + strings.Join(outs, ", ") + " FROM read_json(" + fileList(paths) +
		", format = 'newline_delimited', records = true, auto_detect = false, compression = 'uncompressed', columns = {" + strings.Join(cols, ", ") +
		"}, dateformat = '%Y-%m-%d', timestampformat = '%Y-%m-%d %H:%M:%S.%f', maximum_object_size = " + strconv.Itoa(size) + ")"
}
