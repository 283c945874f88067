package pattern

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"tenon/internal/glue"
)

// TestErrorsAreGlues checks the code and the beginning of what Parse answers with.
func TestErrorsAreGlues(t *testing.T) {
	_, err := Parse([]byte(`{"a": 1}`))
	if glue.CodeOf(err) != glue.CodeInvalidInput {
		t.Errorf("the code is %s", glue.CodeOf(err))
	}
	if want := "InvalidInputException: Event pattern is not valid. Reason: a: "; !strings.HasPrefix(err.Error(), want) {
		t.Errorf("got %q, want it to begin with %q", err, want)
	}
}

// TestSizes checks the bounds: each is met by the largest that is allowed and by one more.
func TestSizes(t *testing.T) {
	long := func(n int) []byte { return fmt.Appendf(nil, `{"a": [%q]}`, strings.Repeat("x", n-len(`{"a": [""]}`))) }
	deep := func(n int) []byte {
		return []byte(strings.Repeat(`{"a":`, n-1) + `[1]` + strings.Repeat("}", n-1))
	}
	for _, c := range []struct {
		name string
		doc  []byte
		good bool
	}{
		{"size", long(MaxSize), true},
		{"size + 1", long(MaxSize + 1), false},
		{"depth", deep(MaxDepth), true},
		{"depth + 1", deep(MaxDepth + 1), false},
	} {
		if _, err := Parse(c.doc); (err == nil) != c.good {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

// TestDeepEvents checks that lists within lists, which anybody may send, are not followed without an end.
func TestDeepEvents(t *testing.T) {
	p, err := Parse([]byte(`{"a": [1], "b": {"c": [1]}}`))
	if err != nil {
		t.Fatal(err)
	}
	for depth, want := range map[int]bool{1: true, MaxDepth: true, MaxDepth + 1: false, 9000: false} {
		open, shut := strings.Repeat("[", depth), strings.Repeat("]", depth)
		event, err := Decode([]byte(`{"a": ` + open + `1` + shut + `, "b": ` + open + `{"c": 1}` + shut + `}`))
		if err != nil {
			t.Fatal(err)
		}
		if got := p.Match(event); got != want {
			t.Errorf("%d lists deep: got %t, want %t", depth, got, want)
		}
	}
}

// TestDecode checks what is an event.
func TestDecode(t *testing.T) {
	for doc, good := range map[string]bool{`{}`: true, `null`: false, `[]`: false, `{`: false, ``: false, `{"a": 1} x`: false} {
		if _, err := Decode([]byte(doc)); (err == nil) != good {
			t.Errorf("%q: %v", doc, err)
		}
	}
}

// TestHuge checks that an event with a number that no float64 holds is matched all the same, by it and by all else.
func TestHuge(t *testing.T) {
	event, err := Decode([]byte(`{"a": [1, {"b": 1e999}], "c": -1e999, "d": "x", "e": 2.5}`))
	if err != nil {
		t.Fatal(err)
	}
	for doc, want := range map[string]bool{
		`{"d": ["x"], "e": [2.5], "a": [1]}`:                       true,
		`{"a": {"b": [{"numeric": [">", 1e300]}]}}`:                true,
		`{"c": [{"numeric": ["<", -1e300]}]}`:                      true,
		`{"c": [{"numeric": [">", -1e300]}]}`:                      false,
		`{"c": [null]}`:                                            false,
		`{"c": [{"exists": true}], "e": [{"exists": false}, 2.5]}`: true,
	} {
		p, err := Parse([]byte(doc))
		if err != nil {
			t.Fatal(err)
		}
		if got := p.Match(event); got != want {
			t.Errorf("%s: got %t, want %t", doc, got, want)
		}
	}
}

// TestZero checks that the zero Pattern matches every event, as its comment says.
func TestZero(t *testing.T) {
	p := &Pattern{}
	if !p.Match(nil) || !p.Match(map[string]any{"a": 1.0}) || !p.MayMatch("aws.s3") {
		t.Error("the zero Pattern does not match")
	}
}

// FuzzMatch checks, for any pattern and event, that nothing panics, that the order of a pattern's keys and its spaces mean nothing,
// and that MayMatch is never wrong when it says no.
func FuzzMatch(f *testing.F) {
	for _, seed := range [][2]string{
		{`{"source":["aws.glue"],"detail":{"state":[{"anything-but":"RUNNING"}]}}`, `{"source":"aws.glue","detail":{"state":"FAILED"}}`},
		{`{"$or":[{"a":[{"numeric":[">",0,"<=",5]}]},{"b":[{"wildcard":"a*b\\*"}]}]}`, `{"a":[1,[2]],"b":"axb*"}`},
		{`{"a":[{"cidr":"::1/8"},{"exists":false},null],"b":{"c":[{"suffix":{"equals-ignore-case":"É"}}]}}`, `{"b":[{"c":"xé"}]}`},
	} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, doc, event string) {
		p, err := Parse([]byte(doc))
		if err != nil {
			if glue.CodeOf(err) != glue.CodeInvalidInput {
				t.Errorf("%q: %v", doc, err)
			}
			return
		}
		values, err := Decode([]byte(event))
		if err != nil {
			return
		}
		got := p.Match(values)
		var tree map[string]any
		if err := json.Unmarshal([]byte(doc), &tree); err != nil {
			t.Fatalf("Parse took %q: %v", doc, err)
		}
		sorted, err := json.MarshalIndent(tree, " ", "  ")
		if err != nil {
			t.Fatal(err)
		}
		if len(sorted) <= MaxSize {
			q, err := Parse(sorted)
			if err != nil {
				t.Fatalf("with sorted keys, %s: %v", sorted, err)
			}
			if q.Match(values) != got {
				t.Errorf("%s and %s differ on %s", doc, sorted, event)
			}
		}
		if source, ok := values["source"].(string); ok && got && !p.MayMatch(source) {
			t.Errorf("%s matches %s, but MayMatch(%q) is false", doc, event, source)
		}
	})
}

// BenchmarkMatch1000 matches one event against 1,000 rules, as the consumer of rules does for each event. One operation is
// all 1,000.
func BenchmarkMatch1000(b *testing.B) {
	patterns := make([]*Pattern, 1000)
	for i := range patterns {
		var doc string
		switch i % 4 {
		case 0:
			doc = fmt.Sprintf(`{"source":["aws.glue"],"detail":{"jobName":["job-%d"],"state":["FAILED","TIMEOUT"]}}`, i)
		case 1:
			doc = fmt.Sprintf(`{"source":["aws.s3"],"detail":{"bucket":{"name":["in-%d"]},"object":{"key":[{"wildcard":"in/*/part-*.csv"}]}}}`, i)
		case 2:
			doc = fmt.Sprintf(`{"detail-type":["Glue Job State Change"],"detail":{"jobName":[{"prefix":"team-%d-"}],"state":[{"anything-but":"SUCCEEDED"}]}}`, i)
		case 3:
			doc = fmt.Sprintf(`{"source":["aws.glue"],"$or":[{"detail":{"state":["TIMEOUT"]}},{"detail":{"jobName":["job-%d"]}}]}`, i)
		}
		p, err := Parse([]byte(doc))
		if err != nil {
			b.Fatal(err)
		}
		patterns[i] = p
	}
	event, err := Decode([]byte(`{"version":"0","id":"0b7e8e5a-0000-5000-8000-000000000000","detail-type":"Glue Job State Change","source":"aws.glue",
		"account":"123456789012","time":"2026-03-01T00:00:00Z","region":"us-east-1","resources":[],
		"detail":{"jobName":"job-4","severity":"ERROR","state":"FAILED","jobRunId":"jr_1","message":"x"}}`))
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		n := 0
		for _, p := range patterns {
			if p.Match(event) {
				n++
			}
		}
		if n != 1 {
			b.Fatalf("%d match", n)
		}
	}
}
