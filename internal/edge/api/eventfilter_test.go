package api

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"tenon/internal/glue"
)

// TestNewestEvents: going backwards, a page at a time, finds the same events as going forwards, in the order of the table,
// filtered or not.
func TestNewestEvents(t *testing.T) {
	a := recorded(t, 3*eventScan/2)
	for _, tc := range []struct {
		name string
		in   EventInput
	}{
		{"all", EventInput{}}, {"of a kind", EventInput{Kind: "run.*"}}, {"rare", EventInput{Pattern: []byte(`{"detail": {"jobRunId": ["jr_a"]}}`)}},
		{"none", EventInput{Kind: "rule.fired"}},
	} {
		in := tc.in
		in.Limit = glue.MaxPageSize
		var forwards, backwards []int64
		for more := true; more; {
			out, err := a.listEvents(t.Context(), Call{}, &in)
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range out.Events {
				forwards = append(forwards, e.Seq)
			}
			more, in.After = out.More, out.Last
		}
		in.After, in.Before = 0, math.MaxInt64
		for more := true; more; {
			out, err := a.listEvents(t.Context(), Call{}, &in)
			if err != nil {
				t.Fatal(err)
			}
			if out.More && out.Last >= in.Before {
				t.Fatalf("%s: before %d it goes on before %d", tc.name, in.Before, out.Last)
			}
			var page []int64
			for _, e := range out.Events {
				page = append(page, e.Seq)
			}
			more, in.Before, backwards = out.More, out.Last, append(page, backwards...)
		}
		if fmt.Sprint(forwards) != fmt.Sprint(backwards) || (len(forwards) == 0) != (tc.name == "none") {
			t.Errorf("%s: %d events forwards, %d backwards", tc.name, len(forwards), len(backwards))
		}
	}
	if _, err := a.listEvents(t.Context(), Call{}, &EventInput{After: 1, Before: 2}); glue.CodeOf(err) != glue.CodeInvalidInput {
		t.Errorf("After and Before: %v", err)
	}
}

// TestUnknownKinds: a filter that could let nothing through is refused, and says which kinds there are.
func TestUnknownKinds(t *testing.T) {
	a := open(t, nil)
	for kind, want := range map[string]string{
		"run.endd":         "There are run.admitted, run.boosted, ",
		"run.ended,rule.x": "There are rule.failed, rule.fired.",
		"jobs.*":           "There are bookmark.*, config.*, ",
		"run.*,trigger.*":  "", "rule.fired": "",
	} {
		_, err := a.EventFilter(kind, nil)
		if want == "" && err != nil || want != "" && (glue.CodeOf(err) != glue.CodeValidation || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: %v, want %q", kind, err, want)
		}
	}
}
