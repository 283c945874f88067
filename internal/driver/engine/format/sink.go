package format

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"time"

	"tenon/internal/core/spark"
	"tenon/internal/driver/blob"
	"tenon/internal/driver/engine/relation"
	"tenon/internal/plan"
)

// sink is a plan.Write whose options are understood.
type sink struct {
	rel     relation.Relation
	dynamic bool
	plain   bool   // names without an id and a format, as RDDs write them
	format  string // csv, json, parquet
	path    string // without a final slash
	mode    string // append, overwrite, error, ignore
	keys    []int  // partition columns, by index

	dynamicOverwrite bool   // overwrite replaces those partitions alone that the frame has rows of
	data             []int  // all other columns
	text             *codec // compresses text; nil: none
	codec            string // of parquet, as DuckDB names it
	lineSep          []byte // of format text
	csv              csvStyle
	json             jsonStyle
}

// newSink checks a write before anything runs.
func newSink(rel relation.Relation, w plan.Write, disk bool) (*sink, error) {
	k := &sink{rel: rel, dynamic: w.Dynamic, plain: w.PlainNames}
	var o *options
	keys := slices.Clone(w.PartitionKeys)
	path := w.Path
	if w.Dynamic {
		conn := newOptions("connection_options", w.Options)
		path = conn.text("path", path)
		keys = append(keys, conn.strings("partitionKeys")...)
		compression := conn.text("compression", "")
		// How Glue writes, not what; or what only a catalog would see.
		conn.harmless("useS3ListImplementation", "groupFiles", "groupSize", "s3.multipart", "updateBehavior")
		conn.boolean("enableUpdateCatalog", false) // a catalog's affair; the script's log says that there is none
		conn.only("recurse", "true", "false")
		if err := conn.refuse(); err != nil {
			return nil, err
		}
		o = newOptions("format_options", w.FormatOptions)
		if compression != "" {
			if o.has("compression") {
				o.take("compression")
			}
			o.left["compression"] = option{name: "compression", value: plan.Option(`"` + compression + `"`)}
		}
		k.mode = "append"
	} else {
		all := map[string]plan.Option{}
		for _, m := range []map[string]plan.Option{w.FormatOptions, w.Options} {
			for key, v := range m {
				all[key] = v
			}
		}
		o = newOptions("option", all)
		o.times = w.Times
		path = o.text("path", path)
		o.only("maxRecordsPerFile", "0")
		k.dynamicOverwrite = o.choice("partitionOverwriteMode", "static", "static", "dynamic") == "dynamic"
		var err error
		if k.mode, err = saveMode(w.Mode); err != nil {
			return nil, err
		}
	}
	if path == "" {
		return nil, argument("no path to write to")
	}
	path, err := storagePath(path, "write to s3://BUCKET/..., which lies under DATA_DIR/s3/BUCKET", disk)
	if err != nil {
		return nil, err
	}
	k.path = strings.TrimSuffix(path, "/")
	k.format = strings.ToLower(w.Format)
	k.formatOptions(o, w.Format)
	if err := o.refuse(); err != nil {
		return nil, err
	}
	if err := k.split(keys); err != nil {
		return nil, err
	}
	return k, k.checkTypes()
}

// formatOptions takes what the format knows.
func (k *sink) formatOptions(o *options, name string) {
	switch k.format {
	case "csv":
		k.csv = newCSVStyle(o, k.dynamic)
		k.text = textCodec(o, k.dynamic)
	case "json":
		k.json = newJSONStyle(o, k.dynamic)
		k.text = textCodec(o, k.dynamic)
	case "text":
		k.text = textCodec(o, k.dynamic)
		if k.lineSep = takeLineSep(o); k.lineSep == nil {
			k.lineSep = []byte("\n")
		}
		o.only("encoding", "UTF-8", "UTF8")
		if k.dynamic {
			o.fail(plan.Unsupported("writing a DynamicFrame as text", "csv, json and parquet are; or toDF().write.text(path)"))
		}
	case "parquet", "glueparquet":
		k.format = "parquet"
		k.codec = parquetCodec(o)
		// Sizes of blocks and pages: DuckDB has its own.
		o.harmless("blockSize", "pageSize", "useGlueParquetWriter", "parquet.block.size")
	default:
		o.fail(plan.Unsupported(fmt.Sprintf("writing format %q", name), otherFormat(name)))
	}
}

// saveMode reads DataFrameWriter.mode.
func saveMode(mode string) (string, error) {
	switch strings.ToLower(mode) {
	case "overwrite", "append", "ignore":
		return strings.ToLower(mode), nil
	case "error", "errorifexists", "default", "":
		return "error", nil
	}
	return "", argument("Unknown save mode: %s. Accepted save modes are 'overwrite', 'append', 'ignore', 'error', "+
		"'errorifexists', 'default'.", mode)
}

// textCodec takes the compression of text; nil for none.
func textCodec(o *options, dynamic bool) *codec {
	name := o.text("compression", o.text("codec", ""))
	switch strings.ToLower(name) {
	case "", "none", "uncompressed":
		return nil
	case "zstd", "gz", "bzip", "zstandard": // none of Spark's names
	default:
		if c := findCodec(name); c != nil {
			return c
		}
	}
	if c := findCodec(name); c != nil && dynamic {
		return c
	}
	o.fail(argument("Codec [%s] is not available. Known codecs are bzip2, deflate, uncompressed, lz4, gzip, snappy, none.", name))
	return nil
}

// parquetCodec takes the compression of Parquet, snappy by default.
func parquetCodec(o *options) string {
	known := map[string]string{"": "snappy", "snappy": "snappy", "gzip": "gzip", "zstd": "zstd", "lz4_raw": "lz4_raw", "lz4raw": "lz4_raw",
		"brotli": "brotli", "none": "uncompressed", "uncompressed": "uncompressed"}
	c := strings.ToLower(o.text("compression", ""))
	name, ok := known[c]
	switch {
	case ok:
	case c == "lzo" || c == "lz4":
		o.fail(plan.Unsupported(fmt.Sprintf("writing Parquet with compression %q", c), "snappy, gzip, zstd, lz4_raw and none are"))
	default:
		o.fail(argument("Codec [%s] is not available. Available codecs are brotli, uncompressed, lz4, gzip, lzo, lz4raw, snappy, "+
			"lz4_raw, none, zstd.", c))
	}
	return name
}

// split finds the partition columns.
func (k *sink) split(keys []string) error {
	names := make([]string, len(k.rel.Schema))
	for i, f := range k.rel.Schema {
		names[i] = f.Name
	}
	if dup := duplicate(names); dup != "" && (!k.dynamic || k.format == "parquet") {
		return analysis("[COLUMN_ALREADY_EXISTS] The column `%s` already exists. Consider to choose another name or rename "+
			"the existing column.", dup)
	}
	for _, key := range keys {
		at := slices.IndexFunc(names, func(n string) bool { return strings.EqualFold(n, key) })
		if at < 0 {
			return analysis("Partition column `%s` not found in schema %s.", key, spark.Type{Kind: spark.Struct, Fields: k.rel.Schema})
		}
		k.keys = append(k.keys, at)
	}
	for i := range names {
		if !slices.Contains(k.keys, i) {
			k.data = append(k.data, i)
		}
	}
	if len(k.keys) > 0 && len(k.data) == 0 {
		return analysis("[ALL_PARTITION_COLUMNS_NOT_ALLOWED] Cannot use all columns for partition columns.")
	}
	return nil
}

// checkTypes refuses columns that the format cannot hold.
func (k *sink) checkTypes() error {
	for _, f := range k.rel.Schema {
		if holdsUnwritten(f.Type, k.format == "parquet" && !k.dynamic) {
			return plan.Unsupported(fmt.Sprintf("writing column %s of type %s", f.Name, f.Type), "cast it to timestamp, to a number or to string first")
		}
	}
	for _, i := range k.keys {
		switch t := k.rel.Schema[i].Type; t.Kind {
		case spark.Array, spark.Map, spark.Struct, spark.Choice, spark.Binary, spark.Null:
			return analysis("[INVALID_PARTITION_COLUMN_DATA_TYPE] Cannot use %s for partition column `%s`.", t, k.rel.Schema[i].Name)
		}
	}
	if k.format == "text" && len(k.data) != 1 {
		return analysis("Text data source supports only a single column, and you have %d columns.", len(k.data))
	}
	for _, i := range k.data {
		f := k.rel.Schema[i]
		kind, label := f.Type.Kind, ""
		switch {
		case kind == spark.Choice:
			return plan.Unsupported(fmt.Sprintf("writing column %s of type %s", f.Name, f.Type),
				"resolve the choice first, with resolveChoice, or ApplyMapping with the type you want")
		case k.format == "text" && kind != spark.String:
			label = "Text"
		case k.format == "parquet" && !k.dynamic && hasNull(f.Type):
			label = "Parquet"
		case k.format == "csv" && slices.Contains([]spark.Kind{spark.Array, spark.Map, spark.Struct, spark.Binary, spark.Null}, kind) &&
			!(k.dynamic && kind == spark.Null):
			label = "CSV"
		}
		if label != "" {
			return analysis("[UNSUPPORTED_DATA_TYPE_FOR_DATASOURCE] The %s datasource doesn't support the column `%s` of the type %q.",
				label, f.Name, strings.ToUpper(f.Type.String()))
		}
	}
	return nil
}

// holdsUnwritten tells whether t is, or holds, an interval, or a timestamp without zone unless local says that it can be.
func holdsUnwritten(t spark.Type, local bool) bool {
	return t.IsInterval() || t.Kind == spark.TimestampNTZ && !local || t.Elem != nil && holdsUnwritten(*t.Elem, local) ||
		t.Key != nil && holdsUnwritten(*t.Key, local) ||
		slices.ContainsFunc(t.Fields, func(f spark.Field) bool { return holdsUnwritten(f.Type, local) })
}

// hasNull tells whether t is void, or holds it.
func hasNull(t spark.Type) bool {
	return t.Kind == spark.Null || t.Elem != nil && hasNull(*t.Elem) || t.Key != nil && hasNull(*t.Key) ||
		slices.ContainsFunc(t.Fields, func(f spark.Field) bool { return hasNull(f.Type) })
}

// write is the walk of every sink: check the path, stage, run, publish, clear what was overwritten.
func (f *Format) write(ctx context.Context, db *sql.DB, k *sink) (relation.Published, error) {
	old, err := f.existing(ctx, k)
	if err != nil || old == nil && k.mode == "ignore" {
		return relation.Published{}, err
	}
	stage, err := f.stage()
	if err != nil {
		return relation.Published{}, outside(err)
	}
	out := &output{sink: k, stage: stage, name: f.partName(k)}
	if err := f.run(ctx, db, out); err != nil {
		return relation.Published{}, errors.Join(err, stage.Discard())
	}
	if k.dynamic && out.total() == 0 {
		return relation.Published{}, outside(stage.Discard()) // Glue leaves nothing of an empty frame
	}
	if !k.dynamic {
		if err := out.success(); err != nil {
			return relation.Published{}, errors.Join(outside(err), stage.Discard())
		}
	}
	objects, err := stage.Publish(ctx)
	if err != nil {
		if !stage.Sealed() {
			err = errors.Join(err, stage.Discard())
		}
		return relation.Published{}, outside(err)
	}
	if err := f.clear(ctx, k, old, objects); err != nil {
		return relation.Published{}, err
	}
	return out.published(objects), nil
}

// existing lists what lies at the path, as far as the mode asks, and finds out before any work whether the bucket is
// there. Nil says that the write shall not happen (ignore).
func (f *Format) existing(ctx context.Context, k *sink) ([]string, error) {
	old := []string{}
	for o, err := range f.cfg.Storage.List(ctx, k.path, blob.ListOptions{Recursive: true}) {
		if err != nil {
			return nil, outside(err)
		}
		if k.mode == "append" {
			break
		}
		old = append(old, o.Location.String())
		if k.mode != "overwrite" {
			break
		}
	}
	if len(old) == 0 {
		return old, nil
	}
	switch k.mode {
	case "error":
		return nil, analysis("[PATH_ALREADY_EXISTS] Path %s already exists. Set mode as \"overwrite\" to overwrite the existing path.", k.path)
	case "ignore":
		return nil, nil
	}
	for _, url := range old {
		if f.reads(k.rel, url) {
			return nil, analysis("[UNSUPPORTED_OVERWRITE.PATH] Can't overwrite the target that is also being read from. "+
				"The target path is %q.", k.path)
		}
	}
	return old, nil
}

// clear deletes what an overwrite replaced.
func (f *Format) clear(ctx context.Context, k *sink, old []string, objects []blob.Object) error {
	if k.mode != "overwrite" {
		return nil
	}
	fresh, folders := make(map[string]bool, len(objects)), make(map[string]bool, len(objects))
	for _, o := range objects {
		fresh[o.Location.String()], folders[folder(o.Location.String())] = true, true
	}
	partial := k.dynamicOverwrite && len(k.keys) > 0
	for _, url := range old {
		if !fresh[url] && (!partial || folders[folder(url)] && folder(url) != k.path) {
			if err := f.cfg.Storage.Delete(ctx, url); err != nil {
				return outside(err)
			}
		}
	}
	return nil
}

// partName names the files of one write, without extension: as Glue's sinks and Spark's writers do. The digits that
// follow Glue's milliseconds keep two runs that start together from writing over each other.
func (f *Format) partName(k *sink) string {
	if k.dynamic && k.format != "parquet" {
		n, _ := rand.Int(rand.Reader, big.NewInt(1_000_000)) // never fails since Go 1.24
		ms := f.cfg.StartMillis
		if ms == 0 {
			ms = time.Now().UnixMilli()
		}
		return fmt.Sprintf("run-%d%06d-part-r-00000", ms, n)
	}
	if k.plain {
		return "part-00000"
	}
	return "part-00000-" + uuid() + "-c000"
}

// uuid makes a random one.
func uuid() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// extension is what a file's name ends in.
func (k *sink) extension() string {
	if k.format == "parquet" {
		return map[string]string{"snappy": ".snappy", "gzip": ".gz", "zstd": ".zstd", "lz4_raw": ".lz4raw", "brotli": ".br"}[k.codec] + ".parquet"
	}
	ext := "." + k.format
	if k.format == "text" {
		ext = ".txt"
	}
	if k.dynamic || k.plain {
		ext = "" // Glue's names have none
	}
	if k.text != nil {
		ext += k.text.extension
	}
	return ext
}

// output is a sink while it runs.
type output struct {
	*sink
	stage   *blob.Stage
	name    string
	records []int64 // of each staged file, in the order of staging; -1 for those that are not data
}

// url is where the file of a partition folder ("" or "k=v/") shall appear.
func (o *output) url(folder string) string { return o.path + "/" + folder + o.name + o.extension() }

// create stages a file of a partition's folder.
func (o *output) create(folder string) (*blob.File, error) {
	file, err := o.stage.Create(o.url(folder))
	if err == nil {
		o.records = append(o.records, 0)
	}
	return file, outside(err)
}

// total is the number of records in all files.
func (o *output) total() int64 {
	var n int64
	for _, r := range o.records {
		n += r
	}
	return n
}

// success stages the marker that Spark leaves beside a complete output.
func (o *output) success() error {
	file, err := o.stage.Create(o.path + "/_SUCCESS")
	if err != nil {
		return err
	}
	o.records = append(o.records, -1)
	return file.Close()
}

// published sums up.
func (o *output) published(objects []blob.Object) relation.Published {
	var p relation.Published
	for i, obj := range objects {
		if o.records[i] < 0 {
			continue
		}
		p.Written.Files++
		p.Written.Records += o.records[i]
		p.Written.Bytes += obj.Size
		p.Files = append(p.Files, relation.File{Path: obj.Location.String(), Bytes: obj.Size, Records: o.records[i],
			ModTime: obj.ModTime, Version: obj.Version})
	}
	return p
}
