package format

import (
	"encoding/json"
	"strings"
	"testing"

	"tenon/internal/plan"
)

// linesCase is a case of testdata/lines.json.
type linesCase struct {
	Name     string
	Alphabet string
	Length   int
	Options  map[string]any
}

// words lists every text of up to n characters of an alphabet, shortest first.
func words(alphabet string, n int) []string {
	var all []string
	last := []string{""}
	for range n {
		var next []string
		for _, w := range last {
			for _, c := range alphabet {
				next = append(next, w+string(c))
			}
		}
		all, last = append(all, next...), next
	}
	return all
}

// TestLinesLikeSpark cuts every short line over the characters that matter just as Spark does.
func TestLinesLikeSpark(t *testing.T) {
	cases, want := recorded[linesCase](t, "lines")
	for _, c := range cases {
		t.Run(c.Name, func(t *testing.T) {
			var text []string
			for _, w := range words(c.Alphabet, c.Length) {
				if !blank([]byte(w)) {
					text = append(text, w)
				}
			}
			o := newOptions("option", opts(c.Options))
			d := sparkDialect(o)
			if err := o.refuse(); err != nil {
				t.Fatal(err)
			}
			rows := want[c.Name].Rows
			if len(rows) != len(text) {
				t.Fatalf("%d lines, %d recorded", len(text), len(rows))
			}
			p := newCSVParser(&d, strings.NewReader(strings.Join(text, "\n")), "lines")
			for i, line := range text {
				fields, _, err := p.next()
				if err != nil {
					t.Fatal(err)
				}
				got := []any{}
				for _, f := range fields {
					if v := d.value(f); v != nil {
						got = append(got, string(v))
					} else {
						got = append(got, nil)
					}
				}
				for len(got) > 0 && got[len(got)-1] == nil {
					got = got[:len(got)-1]
				}
				a, _ := json.Marshal(got)
				b, _ := json.Marshal(rows[i])
				if string(a) != string(b) {
					t.Errorf("%q: %s, Spark has %s", line, a, b)
				}
			}
		})
	}
}

// TestTypedFileIsReadAsItIs reads a file with types by DuckDB itself, and the same records through the parser.
func TestTypedFileIsReadAsItIs(t *testing.T) {
	b := newBench(t)
	const plainText = "a,b,c,d,e,f,g,h\n" +
		"1,-2,0.5,12.34,true,2024-02-29,2024-01-02 03:04:05,\"x, y\"\n" +
		",,,,,,,\n" +
		"\"7\",\"\",10.25,-0.01,false,1999-12-31,2024-01-02T03:04:05.678901,z\n"
	b.put(t, "s3://bucket/plain/a.csv", []byte(plainText))
	b.put(t, "s3://bucket/crlf/a.csv", []byte(strings.ReplaceAll(plainText, "\n", "\r\n")))
	b.put(t, "s3://bucket/odd/a.csv", []byte(strings.ReplaceAll(plainText, "\"x, y\"", "\"x, y\" ")+"\n"))
	fields := []plan.Field{}
	for i, kind := range []string{"int", "bigint", "double", "decimal(6,2)", "boolean", "date", "timestamp", "string"} {
		fields = append(fields, plan.Field{Name: string(rune('a' + i)), Type: kind, Nullable: true})
	}
	var all [3][][]any
	for i, folder := range []string{"plain", "crlf", "odd"} {
		o := b.mustOpen(t, plan.Source{ConnectionType: "s3", Format: "csv", Paths: []string{"s3://bucket/" + folder},
			Options: opts(map[string]any{"header": true}), Schema: fields})
		if native := strings.Contains(o.SQL, folder); native != (folder != "odd") {
			t.Errorf("%s: native %v: %s", folder, native, o.SQL)
		}
		if o.Files[0].Records != 3 {
			t.Errorf("%s: %d records", folder, o.Files[0].Records)
		}
		all[i] = b.rows(t, o.Relation)
	}
	compareRows(t, all[1], all[0], true)
	compareRows(t, all[2][:2], all[0][:2], true)
	inferred := b.mustOpen(t, plan.Source{ConnectionType: "s3", Format: "csv", Paths: []string{"s3://bucket/plain"},
		Options: opts(map[string]any{"header": true, "inferSchema": true})})
	if !strings.Contains(inferred.SQL, "plain") {
		t.Errorf("not native: %s", inferred.SQL)
	}
}
