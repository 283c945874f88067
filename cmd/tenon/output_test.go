package main

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestNarrowTable: where a terminal has too little room, spare columns go first, then what may be cut is, and last the text of
// the last column moves below its row. No line is broken by the terminal.
func TestNarrowTable(t *testing.T) {
	type row struct{ name, kind, text string }
	rows := []row{{"a-name-of-twenty-four-ch", "CONDITIONAL", "when the first has ended well"}, {"b", "SCHEDULED", "when the first has ended well"}}
	columns := []column[row]{
		{title: "name", least: 8, text: func(r row) string { return r.name }},
		{title: "kind", spare: true, text: func(r row) string { return r.kind }},
		{title: "fires", text: func(r row) string { return r.text }, below: func(r row) string { return r.text }, each: true},
	}
	for _, tc := range []struct {
		width int
		want  string
	}{
		{0, "NAME                      KIND         FIRES\n" +
			"a-name-of-twenty-four-ch  CONDITIONAL  when the first has ended well\n" +
			"b                         SCHEDULED    when the first has ended well\n"},
		{60, "NAME                      FIRES\n" +
			"a-name-of-twenty-four-ch  when the first has ended well\n" +
			"b                         when the first has ended well\n"},
		{40, "NAME\n" +
			"a-name-of-twenty-four-ch\n     when the first has ended well\n" +
			"b\n     when the first has ended well\n"},
		{20, "NAME\n" +
			"a-name-of-twenty-fo…\n     when the first has\n     ended well\n" +
			"b\n     when the first has\n     ended well\n"},
	} {
		var out bytes.Buffer
		showTable(&console{out: &out, outWidth: tc.width, noColor: true}, rows, columns)
		if diff := cmp.Diff(tc.want, out.String()); diff != "" {
			t.Errorf("width %d: -want +got\n%s", tc.width, diff)
		}
	}
}
