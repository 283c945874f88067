package demo

import (
	"bytes"
	"strings"
	"testing"

	"tenon/internal/glue"
)

// TestParts checks that the parts are the whole, each with its header.
func TestParts(t *testing.T) {
	const rows = 1000
	parts, err := makeParts(rows, Rounds)
	if err != nil {
		t.Fatal(err)
	}
	var whole bytes.Buffer
	if err := Write(&whole, rows, seed); err != nil {
		t.Fatal(err)
	}
	joined := Header + "\n"
	for i, p := range parts {
		body, ok := strings.CutPrefix(string(p), Header+"\n")
		if n := strings.Count(body, "\n"); !ok || n < rows/Rounds || n > rows/Rounds+1 {
			t.Errorf("part %d: header %v, %d rows", i+1, ok, n)
		}
		joined += body
	}
	if len(parts) != Rounds || joined != whole.String() {
		t.Errorf("%d parts of %d bytes, the whole has %d", len(parts), len(joined), whole.Len())
	}
}

// report is an outcome in which everything is as it must be.
func report(rows int64) *Report {
	r := &Report{Without: []float64{1, 2.01, 2.98}, With: []float64{1, 1, 1}}
	for _, bookmarks := range []bool{false, true} {
		for round := range int64(Rounds) {
			for _, job := range []string{InputJob, OutputJob} {
				n := rows / Rounds
				if job == OutputJob && !bookmarks {
					n *= round + 1
				}
				r.Runs = append(r.Runs, Run{Bookmarks: bookmarks, Round: int(round) + 1, Job: job,
					Usage: glue.Usage{RecordsRead: n, RecordsWritten: n}})
			}
		}
	}
	return r
}

// TestJudge checks that a wrong outcome is told, each in its own way, and a right one is not.
func TestJudge(t *testing.T) {
	const rows = 300
	for _, tc := range []struct {
		name string
		harm func(*Report)
		want string
	}{
		{"right", func(*Report) {}, ""},
		{"bookmarks without effect", func(r *Report) { r.With[1] = 2 }, "with bookmarks, round 2: the ratio is 2.00"},
		{"bookmarks where none are", func(r *Report) { r.Without[2] = 1 }, "without bookmarks, round 3: the ratio is 1.00"},
		{"nothing read", func(r *Report) { r.With[2] = 0 }, "with bookmarks, round 3: the ratio is 0.00"},
		{"records lost in a run", func(r *Report) { r.Runs[0].Usage.RecordsWritten-- }, "demo-input, round 1: 100 records read, 99 written"},
		{"records read twice", func(r *Report) {
			last := &r.Runs[len(r.Runs)-1].Usage
			last.RecordsRead, last.RecordsWritten = 200, 200
		}, "demo-output with bookmarks: 400 records in all, expected 300"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := report(rows)
			tc.harm(r)
			r.judge(rows)
			got := strings.Join(r.Off, "\n")
			if (tc.want == "") != (got == "") || !strings.Contains(got, tc.want) {
				t.Errorf("off: %q, want %q", got, tc.want)
			}
		})
	}
}
