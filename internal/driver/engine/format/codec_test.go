package format

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/base64"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"

	"tenon/internal/core/bookmark"
	"tenon/internal/driver/blob"
	"tenon/internal/driver/blob/mem"
	"tenon/internal/plan"
)

// bzip2Lines is "x,1\ny,2\n" as bzip2 has it, which Go reads but does not write.
const bzip2Lines = "QlpoOTFBWSZTWf43IBIAAANYgAAQAAQwAABgIAAhkxqDALcCF4u5IpwoSH8bkAkA"

// packed compresses text.
func packed(t *testing.T, codec, text string) []byte {
	t.Helper()
	var b bytes.Buffer
	switch codec {
	case "gzip":
		for _, half := range []string{text[:len(text)/2], text[len(text)/2:]} { // two members are one text
			z := gzip.NewWriter(&b)
			z.Write([]byte(half))
			if err := z.Close(); err != nil {
				t.Fatal(err)
			}
		}
	case "zstd":
		z, err := zstd.NewWriter(&b)
		if err != nil {
			t.Fatal(err)
		}
		z.Write([]byte(text))
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
	case "bzip2":
		raw, err := base64.StdEncoding.DecodeString(bzip2Lines)
		if err != nil {
			t.Fatal(err)
		}
		return raw
	case "snappy", "lz4", "deflate":
		for _, half := range []string{text[:len(text)/2], text[len(text)/2:]} {
			part, err := findCodec(codec).write([]byte(half))
			if err != nil {
				t.Fatal(err)
			}
			b.Write(part)
		}
	}
	return b.Bytes()
}

// TestCompressedInput reads text by its name's ending, or by compressionType whatever its name.
func TestCompressedInput(t *testing.T) {
	const text = "x,1\ny,2\n"
	for _, c := range []struct{ codec, name, option string }{
		{"gzip", "a.csv.gz", ""}, {"gzip", "a", "gzip"}, {"bzip2", "a.bz2", ""}, {"bzip2", "a", "bzip2"}, {"zstd", "a.csv.zst", ""},
		{"snappy", "a.csv.snappy", ""}, {"lz4", "a.lz4", ""}, {"deflate", "a.csv.deflate", ""},
	} {
		b := newBench(t)
		b.put(t, "s3://bucket/in/"+c.name, packed(t, c.codec, text))
		conn := map[string]any{"paths": []string{"s3://bucket/in"}}
		if c.option != "" {
			conn["compressionType"] = c.option
		}
		o := b.mustOpen(t, glueSource("csv", conn, nil))
		compareRows(t, b.rows(t, o.Relation), [][]any{{"x", "1"}, {"y", "2"}}, false)
		if o.Files[0].Bytes != int64(len(packed(t, c.codec, text))) || o.Files[0].Records != 2 {
			t.Errorf("%v: accounts %+v", c, o.Files)
		}
	}
	b := newBench(t)
	b.put(t, "s3://bucket/in/a.csv.gz", []byte("x,1\n"))
	b.put(t, "s3://bucket/cut/a.csv.gz", packed(t, "gzip", text)[:20])
	b.put(t, "s3://bucket/other/a.csv.snappy", []byte("x,1\n"))
	for path, part := range map[string]string{"in": "a.csv.gz: not gzip", "cut": "s3://bucket/cut/a.csv.gz", "other": "snappy"} {
		_, err := b.Open(context.Background(), b.db, glueSource("csv", map[string]any{"paths": []string{"s3://bucket/" + path}}, nil))
		if err == nil || !strings.Contains(err.Error(), part) {
			t.Errorf("%s: got %v", path, err)
		}
	}
}

// TestRemote reads and writes storage whose objects are no files.
func TestRemote(t *testing.T) {
	b := newBench(t)
	remote := blob.New(mem.New(t.TempDir(), "bucket"))
	b.Format = New(Config{Storage: remote, Scratch: t.TempDir()})
	columns := [][2]string{{"a", "int"}, {"b", "string"}}
	for _, format := range []string{"csv", "json", "parquet"} {
		path := "s3://bucket/" + format
		b.mustWrite(t, relationOf(t, []string{"1, 'x'", "2, 'y'"}, columns), plan.Write{ConnectionType: "file", Format: format, Path: path, Mode: "error"})
		src := plan.Source{ConnectionType: "file", Format: format, Paths: []string{path}}
		src.Schema = []plan.Field{{Name: "a", Type: "int"}, {Name: "b", Type: "string"}}
		o := b.mustOpen(t, src)
		compareRows(t, b.rows(t, o.Relation), [][]any{{1, "x"}, {2, "y"}}, true)
		if len(o.Files) != 1 || o.Files[0].Records != 2 {
			t.Errorf("%s: accounts %+v", format, o.Files)
		}
	}
}

// TestThreads says that what comes out does not depend on how many files are prepared at a time.
func TestThreads(t *testing.T) {
	var want []string
	for _, threads := range []int{1, 8} {
		b := newBench(t)
		b.cfg.Threads = threads
		for i := range 20 {
			b.put(t, "s3://bucket/in/"+strings.Repeat("f", i+1)+".json", []byte(strings.Repeat("{\"a\":1,\"b\":{\"c\":2.5}}\n{\"d\":\"x\"}\n", i)))
		}
		o := b.mustOpen(t, glueSource("json", map[string]any{"paths": []string{"s3://bucket/in"}}, nil))
		got := []string{schemaText(o.Relation)}
		for _, r := range b.rows(t, o.Relation) {
			got = append(got, encode(t, r))
		}
		if len(got) != 1+2*190 {
			t.Fatalf("%d rows", len(got)-1)
		}
		slices.Sort(got[1:])
		if want != nil && !slices.Equal(got, want) {
			t.Errorf("%d threads give other rows", threads)
		}
		want = got
	}
}

// TestBookmarkOptions passes maxBand, maxFilesInBand and the bounds on.
func TestBookmarkOptions(t *testing.T) {
	b := newBench(t)
	b.put(t, "s3://bucket/in/a.csv", []byte("1\n"))
	var got bookmark.Option
	b.cfg.Select = func(_ string, files []bookmark.File, opt bookmark.Option) ([]bookmark.File, error) {
		got = opt
		return files, nil
	}
	src := glueSource("csv", map[string]any{"paths": []string{"s3://bucket/in"}, "maxBand": "60000", "maxFilesInBand": 7}, nil)
	src.Context = "ctx0"
	b.mustOpen(t, src)
	if got != (bookmark.Option{BandMillis: 60000, MaxFilesInBand: 7}) {
		t.Errorf("got %+v", got)
	}
	src.Options = opts(map[string]any{"paths": []string{"s3://bucket/in"}, "boundedSize": "1000", "maxBand": 0})
	b.mustOpen(t, src)
	if got != (bookmark.Option{BandMillis: 1, MaxBytes: 1000}) {
		t.Errorf("got %+v", got)
	}
}

// TestBoundsWithoutBookmark reads the oldest files.
func TestBoundsWithoutBookmark(t *testing.T) {
	b := newBench(t)
	now := time.Now()
	for i, name := range []string{"c", "b", "a"} {
		b.put(t, "s3://bucket/in/"+name+".csv", []byte(name+"\n"))
		b.age(t, "s3://bucket/in/"+name+".csv", now.Add(time.Duration(i-9)*time.Hour))
	}
	for option, want := range map[string]string{"boundedFiles": `["b"] ["c"]`, "boundedSize": `["c"]`} {
		o := b.mustOpen(t, glueSource("csv", map[string]any{"paths": []string{"s3://bucket/in"}, option: "2"}, nil))
		var got []string
		for _, row := range b.rows(t, o.Relation) {
			got = append(got, encode(t, row))
		}
		slices.Sort(got)
		if strings.Join(got, " ") != want {
			t.Errorf("%s: read %v", option, got)
		}
	}
}

// TestLongRecords reads records beyond DuckDB's default buffers, and refuses those beyond our own limit by name.
func TestLongRecords(t *testing.T) {
	b := newBench(t)
	long := strings.Repeat("y", 3<<20)
	b.put(t, "s3://bucket/in/a.csv", []byte("x,"+long+"\n1,2\n"))
	b.put(t, "s3://bucket/in/a.json", []byte("{\"a\":\""+long+"\"}\n{\"a\":\"z\"}\n"))
	for _, format := range []string{"csv", "json"} {
		o := b.mustOpen(t, glueSource(format, map[string]any{"paths": []string{"s3://bucket/in/a." + format}}, nil))
		rows := b.rows(t, o.Relation)
		if last := rows[0][len(rows[0])-1]; len(rows) != 2 || last != long {
			t.Errorf("%s: %d rows", format, len(rows))
		}
		out := b.mustWrite(t, o.Relation, glueSink(format, map[string]any{"path": "s3://bucket/out"}, nil))
		if out.Written.Bytes < int64(len(long)) {
			t.Errorf("%s: wrote %+v", format, out.Written)
		}
	}
	b.put(t, "s3://bucket/in/b.csv", bytes.Repeat([]byte("z"), MaxRecordBytes+1<<20))
	_, err := b.Open(context.Background(), b.db, glueSource("csv", map[string]any{"paths": []string{"s3://bucket/in/b.csv"}}, nil))
	if err == nil || !strings.Contains(err.Error(), "s3://bucket/in/b.csv: a line is longer") {
		t.Errorf("got %v", err)
	}
}

// TestManyBlocks writes a text of many compressed blocks and reads every row of it back.
func TestManyBlocks(t *testing.T) {
	b := newBench(t)
	const n = 200_000
	rel := relationOf(t, []string{"1"}, [][2]string{{"a", "bigint"}, {"b", "string"}})
	rel.SQL = "SELECT i AS c0, md5(i::VARCHAR) AS c1 FROM range(200000) t(i)"
	out := b.mustWrite(t, rel, glueSink("json", map[string]any{"path": "s3://bucket/out", "compression": "gzip"}, nil))
	if out.Written.Records != n || out.Written.Bytes < 2*blockBytes {
		t.Fatalf("wrote %+v", out.Written)
	}
	o := b.mustOpen(t, glueSource("json", map[string]any{"paths": []string{"s3://bucket/out"}}, nil))
	var count, sum, same int64
	err := b.db.QueryRow("SELECT count(*), sum(c0)::BIGINT, count_if(c1 = md5(c0::VARCHAR)) FROM ("+o.SQL+")").Scan(&count, &sum, &same)
	if err != nil || count != n || sum != n*(n-1)/2 || same != n {
		t.Errorf("read %d rows, sum %d, %d of them whole: %v", count, sum, same, err)
	}
}

// TestCancel ends a write whose caller gives up, and leaves nothing.
func TestCancel(t *testing.T) {
	b := newBench(t)
	rel := relationOf(t, []string{"1"}, [][2]string{{"a", "bigint"}})
	rel.SQL = "SELECT i AS c0 FROM range(100000000000) t(i)"
	for _, format := range []string{"json", "parquet"} {
		ctx, cancel := context.WithTimeout(context.Background(), 200*time.Millisecond)
		_, err := b.Write(ctx, b.db, rel, glueSink(format, map[string]any{"path": "s3://bucket/out"}, nil))
		cancel()
		if err == nil {
			t.Errorf("%s: wrote without end", format)
		}
	}
	if stages, err := b.cfg.Storage.Stages(); err != nil || len(stages) > 0 || len(b.get(t, "s3://bucket/out")) > 0 {
		t.Errorf("left behind: %v, %v", stages, err)
	}
}

// TestCodecsRoundTrip packs a text of several blocks, in two parts, and unpacks it.
func TestCodecsRoundTrip(t *testing.T) {
	text := bytes.Repeat([]byte("a line of text, and another one\n"), 20_000)
	for _, c := range codecs {
		var b bytes.Buffer
		for _, part := range [][]byte{text[:300_000], text[300_000:]} {
			out, err := c.write(part)
			if err != nil {
				t.Fatal(err)
			}
			b.Write(out)
		}
		whole := b.Bytes()
		r, err := c.read(bytes.NewReader(whole))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(r); err != nil || !bytes.Equal(got, text) {
			t.Errorf("%s: %d bytes, want %d, error %v", c.name, len(got), len(text), err)
		}
		if r, err = c.read(bytes.NewReader(whole[:len(whole)-3])); err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadAll(r); err == nil {
			t.Errorf("%s: a text that is cut off is no error", c.name)
		}
	}
}
