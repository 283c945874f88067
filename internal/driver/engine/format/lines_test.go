package format

import (
	"encoding/json"
	"strings"
	"testing"
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
