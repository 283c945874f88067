package format

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"tenon/internal/core/bookmark"
	"tenon/internal/driver/engine/relation"
	"tenon/internal/plan"
)

// glueSource is create_dynamic_frame.from_options.
func glueSource(format string, conn, opt map[string]any) plan.Source {
	return plan.Source{Dynamic: true, ConnectionType: "s3", Format: format, Options: opts(conn), FormatOptions: opts(opt)}
}

// glueSink is write_dynamic_frame.from_options.
func glueSink(format string, conn, opt map[string]any) plan.Write {
	return plan.Write{Dynamic: true, ConnectionType: "s3", Format: format, Mode: "append", Options: opts(conn), FormatOptions: opts(opt)}
}

// mustOpen opens a source.
func (b *bench) mustOpen(t testing.TB, src plan.Source) relation.Opened {
	t.Helper()
	o, err := b.Open(context.Background(), b.db, src)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// mustWrite writes a relation.
func (b *bench) mustWrite(t testing.TB, rel relation.Relation, w plan.Write) relation.Published {
	t.Helper()
	p, err := b.Write(context.Background(), b.db, rel, w)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// schemaText spells a schema.
func schemaText(rel relation.Relation) string {
	var parts []string
	for _, f := range rel.Schema {
		parts = append(parts, f.Name+":"+f.Type.String())
	}
	return strings.Join(parts, " ")
}

// TestSeedPipeline makes the calls of the data-flow page's two jobs, with their very options.
func TestSeedPipeline(t *testing.T) {
	b := newBench(t)
	b.put(t, "s3://bucket/input/2020/a.json", []byte(`{"id":1,"name":"x","amount":1.5}`+"\n"+`{"id":2,"name":null,"amount":2.0}`+"\n"))
	read := map[string]any{"paths": []string{"s3://bucket/input"}, "useS3ListImplementation": true, "recurse": true}
	in := b.mustOpen(t, glueSource("json", read, nil))
	if got, want := schemaText(in.Relation), "id:int name:string amount:double"; got != want {
		t.Fatalf("schema %s, want %s", got, want)
	}
	if len(in.Files) != 1 || in.Files[0].Bytes != 67 || in.Files[0].Records != 2 || in.Files[0].Version == "" {
		t.Errorf("accounts %+v", in.Files)
	}
	out := b.mustWrite(t, in.Relation, glueSink("json", map[string]any{"path": "s3://bucket/staging", "compression": "gzip"}, nil))
	if out.Written.Files != 1 || out.Written.Records != 2 || out.Written.Bytes != out.Files[0].Bytes {
		t.Errorf("wrote %+v", out)
	}
	for name, text := range b.get(t, "s3://bucket/staging") {
		if !strings.HasPrefix(name, "run-1700000000000") || !strings.HasSuffix(name, "-part-r-00000.gz") {
			t.Errorf("file %s", name)
		}
		if got, want := gunzip(t, text), `{"id":1,"name":"x","amount":1.5}`+"\n"+`{"id":2,"amount":2.0}`+"\n"; got != want {
			t.Errorf("staging holds %q, want %q", got, want)
		}
	}
	read["paths"] = []string{"s3://bucket/staging"}
	again := b.mustOpen(t, glueSource("json", read, nil))
	b.mustWrite(t, again.Relation, glueSink("json", map[string]any{"path": "s3://bucket/out/"}, nil))
	b.mustWrite(t, again.Relation, glueSink("json", map[string]any{"path": "s3://bucket/out/"}, nil))
	if files := b.get(t, "s3://bucket/out"); len(files) != 2 {
		t.Errorf("a DynamicFrame's sink appends: %v", files)
	}
}

// TestGlueRead holds what Glue's readers make of files.
func TestGlueRead(t *testing.T) {
	for _, c := range []struct {
		name, format string
		conn, opt    map[string]any
		files        map[string]string
		schema       string
		rows         string
		records      int64
		errors       int64
	}{
		{name: "csv is text, empty is empty", format: "csv", opt: map[string]any{"withHeader": true},
			files:  map[string]string{"a.csv": "a, B ,c\n1,,\"\"\n01/02/2020,t,x;y\n"},
			schema: "a:string  B :string c:string", rows: `["1","",""]["01/02/2020","t","x;y"]`, records: 2},
		{name: "csv without header", format: "csv", files: map[string]string{"a.csv": "1,2\n"},
			schema: "col0:string col1:string", rows: `["1","2"]`, records: 1},
		{name: "csv quotes", format: "csv", files: map[string]string{"a.csv": "\"a \"\"b\"\"\",\"c,d\"\ne\\,\"f\"g\n"},
			schema: "col0:string col1:string", rows: `["a \"b\"","c,d"]["e\\","fg"]`, records: 2},
		{name: "csv escaper", format: "csv", opt: map[string]any{"escaper": "\\"}, files: map[string]string{"a.csv": "a\\,b,c\\nd\n"},
			schema: "col0:string col1:string", rows: `["a,b","c\nd"]`, records: 1},
		{name: "csv no quotes", format: "csv", opt: map[string]any{"quoteChar": -1, "separator": "|"}, files: map[string]string{"a.csv": "\"a|b\"\n"},
			schema: "col0:string col1:string", rows: `["\"a","b\""]`, records: 1},
		{name: "csv ragged rows are error records", format: "csv", opt: map[string]any{"withHeader": true},
			files: map[string]string{"a.csv": "a,b\n1,2\n3\n4,5,6\n7,8\n"}, schema: "a:string b:string", rows: `["1","2"]["7","8"]`, records: 2, errors: 2},
		{name: "csv skipFirst", format: "csv", opt: map[string]any{"skipFirst": true}, files: map[string]string{"a.csv": "x,y\n1,2\n"},
			schema: "col0:string col1:string", rows: `["1","2"]`, records: 1},
		{name: "csv multiLine", format: "csv", opt: map[string]any{"multiLine": true}, files: map[string]string{"a.csv": "\"a\nb\",c\n"},
			schema: "col0:string col1:string", rows: `["a\nb","c"]`, records: 1},
		{name: "json keeps order, knows int and long", format: "json",
			files:  map[string]string{"a.json": "{\"b\":1,\"a\":3000000000,\"c\":null}\n{\"d\":[1],\"e\":{\"z\":1,\"y\":true}}\n"},
			schema: "b:int a:bigint c:void d:array<int> e:struct<z:int,y:boolean>", rows: `[1,3000000000,null,null,null][null,null,null,[1],[1,true]]`, records: 2},
		{name: "json choice", format: "json", files: map[string]string{"a.json": "{\"a\":1,\"b\":1,\"c\":[1]}\n{\"a\":\"x\",\"b\":2.5,\"c\":[true,null]}\n{\"a\":null,\"c\":{\"d\":1}}\n"},
			schema: "a:choice<int,string> b:choice<double,int> c:choice<array<choice<boolean,int>>,struct<d:int>>",
			rows:   `[[1,null],[null,1],[[[null,1]],null]][[null,"x"],[2.5,null],[[[true,null],null],null]][null,null,[null,[1]]]`, records: 3},
		{name: "json case", format: "json", files: map[string]string{"a.json": "{\"ID\":1,\"id\":2}\n"}, schema: "ID:int id:int", rows: "[1,2]", records: 1},
		{name: "json array over lines", format: "json", files: map[string]string{"a.json": "[\n{\"a\":1},\n{\"a\":2}\n]\n"}, schema: "a:int", rows: "[1][2]", records: 2},
		{name: "json jsonPath", format: "json", opt: map[string]any{"jsonPath": "$[*]"}, files: map[string]string{"a.json": "[{\"a\":1},{\"a\":2}]"},
			schema: "a:int", rows: "[1][2]", records: 2},
		{name: "json bad lines are error records", format: "json", files: map[string]string{"a.json": "{\"a\":1}\nbad\n{\"a\":2}\n"},
			schema: "a:int", rows: "[1][2]", records: 2, errors: 1},
		{name: "json objects side by side", format: "json", opt: map[string]any{"multiline": true}, files: map[string]string{"a.json": "{\"a\":\n1}\n{\"a\":2}\n"},
			schema: "a:int", rows: "[1][2]", records: 2},
		{name: "only this level", format: "csv", files: map[string]string{"a.csv": "x\n", "sub/b.csv": "y\n"}, schema: "col0:string", rows: `["x"]`, records: 1},
		{name: "no partition columns", format: "csv", conn: map[string]any{"recurse": true}, files: map[string]string{"p=1/a.csv": "x\n"},
			schema: "col0:string", rows: `["x"]`, records: 1},
		{name: "hidden and empty", format: "csv", conn: map[string]any{"recurse": true},
			files:  map[string]string{"a.csv": "x\n", "_b": "y\n", ".c": "z\n", "d_$folder$": "", "e.csv": "", "_t/f.csv": "w\n"},
			schema: "col0:string", rows: `["x"]`, records: 1},
		{name: "exclusions", format: "csv", conn: map[string]any{"recurse": true, "exclusions": `["**/b*.csv", "**.tmp"]`},
			files:  map[string]string{"a.csv": "x\n", "s/b1.csv": "y\n", "c.tmp": "z\n"},
			schema: "col0:string", rows: `["x"]`, records: 1},
		{name: "options that change nothing", format: "csv", conn: map[string]any{"groupFiles": "inPartition", "groupSize": "1048576"},
			opt: map[string]any{"optimizePerformance": true}, files: map[string]string{"a.csv": "x\n"}, schema: "col0:string", rows: `["x"]`, records: 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t)
			for name, text := range c.files {
				b.put(t, "s3://bucket/in/"+name, []byte(text))
			}
			b.put(t, "s3://bucket/in2/other.csv", []byte("never\n"))
			if c.conn == nil {
				c.conn = map[string]any{}
			}
			c.conn["paths"] = []string{"s3://bucket/in"}
			o := b.mustOpen(t, glueSource(c.format, c.conn, c.opt))
			if got := schemaText(o.Relation); got != c.schema {
				t.Errorf("schema %s, want %s", got, c.schema)
			}
			var rows []string
			for _, r := range b.rows(t, o.Relation) {
				rows = append(rows, encode(t, r))
			}
			if got := strings.Join(rows, ""); got != c.rows {
				t.Errorf("rows %s, want %s", got, c.rows)
			}
			var records int64
			for _, f := range o.Files {
				records += f.Records
			}
			if records != c.records {
				t.Errorf("%d records counted, want %d", records, c.records)
			}
			if o.Errors != c.errors {
				t.Errorf("%d error records, want %d", o.Errors, c.errors)
			}
		})
	}
}

// TestRefusals wants what is not honoured named, and nothing else to happen.
func TestRefusals(t *testing.T) {
	b := newBench(t)
	b.put(t, "s3://bucket/in/a.json", []byte("{\"a\":1,\"o\":{\"b\":1}}\n{\"a\":\"x\"}\n"))
	b.put(t, "s3://bucket/in/b.csv", []byte("x\n"))
	paths := func(more map[string]any) map[string]any {
		m := map[string]any{"paths": []string{"s3://bucket/in"}}
		for k, v := range more {
			m[k] = v
		}
		return m
	}
	for _, c := range []struct {
		src   plan.Source
		class plan.Class
		part  string
	}{
		{glueSource("csv", paths(map[string]any{"boundedFiles": "0"}), nil), plan.ClassArgument, `"boundedFiles": want a whole number of 1`},
		{glueSource("csv", paths(map[string]any{"boundedSize": "1GB"}), nil), plan.ClassArgument, `"boundedSize"`},
		{glueSource("csv", paths(map[string]any{"boundedSize": "9", "boundedFiles": 1}), nil), plan.ClassArgument, "give one of them"},
		{glueSource("csv", paths(nil), map[string]any{"attachFilename": "f"}), plan.ClassUnsupported, `"attachFilename"`},
		{glueSource("csv", paths(nil), map[string]any{"separator": ""}), plan.ClassArgument, "separator"},
		{glueSource("csv", paths(map[string]any{"recurse": "maybe"}), nil), plan.ClassArgument, `"maybe"`},
		{glueSource("orc", paths(nil), nil), plan.ClassUnsupported, `"orc"`},
		{glueSource("xml", paths(nil), nil), plan.ClassUnsupported, `"xml"`},
		{glueSource("csv", map[string]any{"paths": []string{"s3://bucket/none"}}, nil), plan.ClassExecution, "s3://bucket/none"},
		{glueSource("csv", map[string]any{"paths": []string{"s3://nobucket/x"}}, nil), plan.ClassExecution, "s3://nobucket/x"},
		{glueSource("csv", map[string]any{"paths": []string{"hdfs://x/y"}}, nil), plan.ClassUnsupported, "hdfs"},
		{glueSource("csv", nil, nil), plan.ClassArgument, "no path"},
		{plan.Source{Dynamic: true, ConnectionType: "mysql", Format: "csv"}, plan.ClassUnsupported, "mysql"},
		{plan.Source{ConnectionType: "file", Format: "csv", Paths: []string{"s3://bucket/in"}, Options: opts(map[string]any{"dateFormat": "dd MMM yyyy z"})},
			plan.ClassUnsupported, `"dateFormat"`},
	} {
		_, err := b.Open(context.Background(), b.db, c.src)
		e, ok := err.(*plan.Error)
		if !ok || e.Class != c.class || !strings.Contains(e.Message, c.part) {
			t.Errorf("%s %v: got %v, want %s naming %s", c.src.Format, c.src.Options, err, c.class, c.part)
		}
	}
	rel := relationOf(t, []string{"1"}, [][2]string{{"a", "int"}})
	for _, c := range []struct {
		w    plan.Write
		part string
	}{
		{glueSink("json", map[string]any{"path": "s3://bucket/out", "compression": "lzo"}, nil), "lzo"},
		{glueSink("json", map[string]any{"path": "s3://bucket/out", "enableUpdateCatalog": 7}, nil), "enableUpdateCatalog"},
		{glueSink("avro", map[string]any{"path": "s3://bucket/out"}, nil), `"avro"`},
		{glueSink("json", map[string]any{"path": "s3://bucket/out", "partitionKeys": []string{"nope"}}, nil), "nope"},
		{glueSink("json", map[string]any{"path": "s3://nobucket/out"}, nil), "nobucket"},
		{plan.Write{ConnectionType: "file", Format: "json", Path: "s3://bucket/in", Mode: "error"}, "[PATH_ALREADY_EXISTS] Path s3://bucket/in already exists"},
		{plan.Write{ConnectionType: "file", Format: "json", Path: "s3://bucket/out", Options: opts(map[string]any{"nonsense": 1})}, `"nonsense"`},
	} {
		if _, err := b.Write(context.Background(), b.db, rel, c.w); err == nil || !strings.Contains(err.Error(), c.part) {
			t.Errorf("%+v: got %v, want it to name %s", c.w, err, c.part)
		}
	}
	if files := b.get(t, "s3://bucket"); len(files) != 2 {
		t.Errorf("refused writes left %v", files)
	}
}

// TestBookmark shows which files the hook sees, and that what it leaves out is not read.
func TestBookmark(t *testing.T) {
	b := newBench(t)
	b.put(t, "s3://bucket/in/a.csv", []byte("1\n"))
	b.put(t, "s3://bucket/in/b.csv", []byte("2\n"))
	b.put(t, "s3://bucket/in/empty.csv", nil)
	var seen []string
	b.cfg.Select = func(ctx string, files []bookmark.File, opt bookmark.Option) ([]bookmark.File, error) {
		for _, f := range files {
			seen = append(seen, fmt.Sprint(ctx, " ", f.Path, " ", f.Size, " ", f.ModMillis > 0, f.Version != "", " ", opt.BandMillis))
		}
		return files[1:2], nil
	}
	src := glueSource("csv", map[string]any{"paths": []string{"s3://bucket/in"}}, nil)
	if o := b.mustOpen(t, src); len(seen) != 0 || len(o.Files) != 2 {
		t.Errorf("without a context: %v, %v", seen, o.Files)
	}
	src.Context = "ctx0"
	o := b.mustOpen(t, src)
	want := []string{"ctx0 s3://bucket/in/a.csv 2 true true 900000", "ctx0 s3://bucket/in/b.csv 2 true true 900000", "ctx0 s3://bucket/in/empty.csv 0 true true 900000"}
	if !slices.Equal(seen, want) {
		t.Errorf("the hook saw %q", seen)
	}
	if len(o.Files) != 1 || o.Files[0].Path != "s3://bucket/in/b.csv" || encode(t, b.rows(t, o.Relation)[0]) != `["2"]` {
		t.Errorf("read %+v", o.Files)
	}
	b.cfg.Select = func(string, []bookmark.File, bookmark.Option) ([]bookmark.File, error) { return nil, nil }
	o = b.mustOpen(t, src)
	if len(o.Files) != 0 || len(o.Schema) != 0 {
		t.Errorf("nothing new, yet %+v", o)
	}
	if out := b.mustWrite(t, o.Relation, glueSink("json", map[string]any{"path": "s3://bucket/out"}, nil)); out.Written.Files != 0 || len(b.get(t, "s3://bucket/out")) != 0 {
		t.Errorf("an empty frame wrote %+v", out)
	}
}

// TestRoundTrip writes and reads back every format, with partitions and compression.
func TestRoundTrip(t *testing.T) {
	columns := [][2]string{{"a", "bigint"}, {"s", "string"}, {"p", "string"}, {"n", "int"}}
	rows := []string{"9007199254740993, 'x', 'a/b c', 1", "2, NULL, 'é', 1", "3, 'z', NULL, 2", "4, '', '', 2"}
	for _, format := range []string{"csv", "json", "parquet"} {
		for _, codec := range []string{"", "gzip"} {
			b := newBench(t)
			w := plan.Write{ConnectionType: "file", Format: format, Path: "s3://bucket/out", Mode: "overwrite", PartitionKeys: []string{"p", "n"}}
			if codec != "" {
				w.Options = opts(map[string]any{"compression": codec})
			}
			for range 2 { // the second overwrites the first
				out := b.mustWrite(t, relationOf(t, rows, columns), w)
				if out.Written.Records != 4 || out.Written.Files != 3 {
					t.Errorf("%s %s: wrote %+v", format, codec, out.Written)
				}
			}
			if files := b.get(t, "s3://bucket/out"); len(files) != 4 {
				t.Errorf("%s: %d files after overwriting", format, len(files))
			}
			schema := relationOf(t, rows, columns[:2]).Schema
			src := plan.Source{ConnectionType: "file", Format: format, Paths: []string{"s3://bucket/out"}}
			for _, f := range schema {
				src.Schema = append(src.Schema, plan.Field{Name: f.Name, Type: f.Type.String(), Nullable: true})
			}
			o := b.mustOpen(t, src)
			got := [][]any{}
			for _, r := range b.rows(t, o.Relation) {
				if r[1] == "" && format == "csv" {
					t.Error("an empty text is null in Spark's CSV")
				}
				if r[1] == "" {
					r[1] = nil
				}
				got = append(got, r)
			}
			big := int64(9007199254740993)
			compareRows(t, got, [][]any{{big, "x", "a/b c", 1}, {2, nil, "é", 1}, {3, "z", nil, 2}, {4, nil, nil, 2}}, true)
			if schemaText(o.Relation) != "a:bigint s:string p:string n:int" {
				t.Errorf("%s: schema %s", format, schemaText(o.Relation))
			}
		}
	}
}

// TestOverwriteOfInput refuses to replace what is being read.
func TestOverwriteOfInput(t *testing.T) {
	b := newBench(t)
	b.put(t, "s3://bucket/in/a.json", []byte("{\"a\":1}\n"))
	src := plan.Source{ConnectionType: "file", Format: "json", Paths: []string{"s3://bucket/in"}}
	o := b.mustOpen(t, src)
	w := plan.Write{ConnectionType: "file", Format: "json", Path: "s3://bucket/in", Mode: "overwrite"}
	_, err := b.Write(context.Background(), b.db, o.Relation, w)
	if err == nil || !strings.Contains(err.Error(), "also being read") {
		t.Errorf("got %v", err)
	}
	if files := b.get(t, "s3://bucket/in"); files["a.json"] != "{\"a\":1}\n" {
		t.Errorf("the input is now %v", files)
	}
}

// TestFailureLeavesNothing runs a query that fails after many rows.
func TestFailureLeavesNothing(t *testing.T) {
	b := newBench(t)
	rel := relationOf(t, []string{"1"}, [][2]string{{"a", "int"}})
	rel.SQL = "SELECT CASE WHEN i = 900000 THEN error('boom') ELSE i END::INTEGER AS c0 FROM range(1000000) t(i)"
	for _, format := range []string{"json", "csv", "parquet"} {
		w := plan.Write{ConnectionType: "file", Format: format, Path: "s3://bucket/out", Mode: "append"}
		if _, err := b.Write(context.Background(), b.db, rel, w); err == nil || !strings.Contains(err.Error(), "boom") {
			t.Errorf("%s: got %v", format, err)
		}
	}
	if stages, err := b.cfg.Storage.Stages(); err != nil || len(stages) > 0 {
		t.Errorf("stages left: %v, %v", stages, err)
	}
	if files := b.get(t, "s3://bucket/out"); len(files) > 0 {
		t.Errorf("files left: %v", files)
	}
}

// TestParquetSchemas reads files of different schemas.
func TestParquetSchemas(t *testing.T) {
	b := newBench(t)
	write := func(name, query string) {
		t.Helper()
		path := t.TempDir() + "/x.parquet"
		if _, err := b.db.Exec("COPY (" + query + ") TO " + relation.Literal(path) + " (FORMAT parquet)"); err != nil {
			t.Fatal(err)
		}
		b.put(t, "s3://bucket/in/"+name, readFile(t, path))
	}
	write("a.parquet", "SELECT 1 AS a, 'x' AS b")
	write("b.parquet", "SELECT 2 AS a, true AS c")
	spark := plan.Source{ConnectionType: "file", Format: "parquet", Paths: []string{"s3://bucket/in"}}
	o := b.mustOpen(t, spark)
	if schemaText(o.Relation) != "a:int b:string" {
		t.Errorf("Spark takes the first file's schema: %s", schemaText(o.Relation))
	}
	compareRows(t, b.rows(t, o.Relation), [][]any{{1, "x"}, {2, nil}}, true)
	spark.Options = opts(map[string]any{"mergeSchema": true})
	for _, src := range []plan.Source{spark, glueSource("parquet", map[string]any{"paths": []string{"s3://bucket/in/"}}, nil)} {
		o := b.mustOpen(t, src)
		if schemaText(o.Relation) != "a:int b:string c:boolean" || o.Files[0].Records != 1 {
			t.Errorf("merged %s, %+v", schemaText(o.Relation), o.Files)
		}
		compareRows(t, b.rows(t, o.Relation), [][]any{{1, "x", nil}, {2, nil, true}}, true)
	}
	write("c.parquet", "SELECT 'text' AS a")
	o = b.mustOpen(t, glueSource("parquet", map[string]any{"paths": []string{"s3://bucket/in/"}}, nil))
	if schemaText(o.Relation) != "a:choice<int,string> b:string c:boolean" {
		t.Errorf("a DynamicFrame has a choice: %s", schemaText(o.Relation))
	}
	compareRows(t, b.rows(t, o.Relation), [][]any{{[]any{1, nil}, "x", nil}, {[]any{2, nil}, nil, true}, {[]any{nil, "text"}, nil, nil}}, true)
	for _, src := range []plan.Source{spark, {ConnectionType: "file", Format: "parquet", Paths: []string{"s3://bucket/in"}}} {
		if _, err := b.Open(context.Background(), b.db, src); err == nil || !strings.Contains(err.Error(), "c.parquet") {
			t.Errorf("a of two types: %v", err)
		}
	}
	b.put(t, "s3://bucket/bad/a.parquet", bytes.Repeat([]byte("x"), 100))
	if _, err := b.Open(context.Background(), b.db, plan.Source{ConnectionType: "file", Format: "parquet", Paths: []string{"s3://bucket/bad"}}); err == nil ||
		!strings.Contains(err.Error(), "s3://bucket/bad/a.parquet") {
		t.Errorf("not Parquet: %v", err)
	}
}

// TestPaths holds how a script may spell the places of its data: several slashes are one, and the disk is no place.
func TestPaths(t *testing.T) {
	b := newBench(t)
	b.put(t, "s3://bucket/in/deep/a.json", []byte(`{"id":1}`+"\n"))
	o := b.mustOpen(t, glueSource("json", map[string]any{"paths": []string{"s3a://bucket//in///deep//"}}, nil))
	if len(o.Files) != 1 || o.Files[0].Path != "s3://bucket/in/deep/a.json" {
		t.Errorf("files %+v", o.Files)
	}
	b.mustWrite(t, o.Relation, glueSink("json", map[string]any{"path": "s3://bucket/out//sink/"}, nil))
	if files := b.get(t, "s3://bucket/out/sink"); len(files) != 1 {
		t.Errorf("the sink holds %v", files)
	}
	predicate := glueSource("json", map[string]any{"paths": []string{"s3://bucket/in/deep"}}, nil)
	predicate.Predicate = "year = 2020"
	for name, c := range map[string]struct {
		src  plan.Source
		want string
	}{
		"predicate":  {predicate, "push_down_predicate is not supported by the embedded engine: it is an option of catalog tables"},
		"no recurse": {glueSource("json", map[string]any{"paths": []string{"s3://bucket/in"}}, nil), `set "recurse": True`},
		"bare":       {glueSource("json", map[string]any{"paths": []string{"/x/y.json"}}, nil), "copy it under DATA_DIR/s3/BUCKET and read s3://BUCKET/..."},
		"file":       {glueSource("json", map[string]any{"paths": []string{"file:///x/y.json"}}, nil), "copy it under DATA_DIR/s3/BUCKET and read s3://BUCKET/..."},
		"hdfs":       {glueSource("json", map[string]any{"paths": []string{"hdfs://h/y.json"}}, nil), "data lies at s3://BUCKET/..."},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := b.Open(t.Context(), b.db, c.src); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
	catalog := map[string]any{"path": "s3://bucket/table", "partitionKeys": []string{}, "updateBehavior": "LOG", "enableUpdateCatalog": false}
	b.mustWrite(t, o.Relation, glueSink("json", catalog, nil))
	catalog["enableUpdateCatalog"] = true
	b.mustWrite(t, o.Relation, glueSink("json", catalog, nil))
	empty := glueSource("json", map[string]any{"paths": []string{"s3://bucket/nothing"}}, nil)
	if _, err := b.Open(t.Context(), b.db, empty); err == nil || strings.Contains(err.Error(), "recurse") {
		t.Errorf("a path with nothing below: %v", err)
	}
}
