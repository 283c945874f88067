package audit

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"tenon/internal/glue"
)

// rows are two events, and the hashes that another program computed for them: the encoding is stored for ever.
var rows = []struct {
	event glue.Event
	hash  string
}{
	{glue.Event{Seq: 1, At: time.UnixMicro(1700000000000001), Region: "eu-west-1", Kind: glue.EventRunAdmitted, Job: "Zürich", Run: "jr_1",
		Attempt: 2, Who: "AKIA", Detail: json.RawMessage(`{"why":"a, b"}`)}, "060b7a6110ded4a31206e7a3410b03100c35877ed08fef211efff5638ae131e9"},
	{glue.Event{Seq: 2}, "3ce0043ee4845b677fd3bc13e66d7df59f426b4b7259e51462c3e3c39c9c7ef6"},
}

func TestNext(t *testing.T) {
	var c Chainer
	var link Link
	for _, row := range rows {
		if link = c.Next(link.Hash, &row.event); link.Hash.String() != row.hash || link.Seq != row.event.Seq {
			t.Errorf("row %d: %v, want %s", row.event.Seq, link, row.hash)
		}
	}
}

func TestCheck(t *testing.T) {
	first := Link{1, mustParse(t, rows[0].hash)}
	second := rows[1].event
	hash := mustParse(t, rows[1].hash)
	at := func(seq int64) glue.Event { e := second; e.Seq = seq; return e }
	for _, test := range []struct {
		event   glue.Event
		hash    Hash
		broken  int64
		problem string
	}{
		{second, hash, 0, ""},
		{second, Hash{}, 2, "one of the two was changed"},
		{glue.Event{Seq: 2, Who: "x"}, hash, 2, "one of the two was changed"},
		{at(3), hash, 2, "Record 2 is missing: after 1 comes 3."},
		{at(5), hash, 2, "Records 2 to 4 are missing: after 1 comes 5."},
		{at(1), hash, 1, "Record 1 is out of order: it comes after 1."},
	} {
		var c Chainer
		link, broken := c.Check(first, &test.event, test.hash)
		switch {
		case test.broken == 0 && (broken != nil || link != Link{2, hash}):
			t.Errorf("%+v: %v, %+v", test, link, broken)
		case test.broken != 0 && (broken == nil || broken.Seq != test.broken || !strings.Contains(broken.Problem, test.problem) || link != first):
			t.Errorf("%+v: %v, %+v", test, link, broken)
		}
	}
}

func TestParseLink(t *testing.T) {
	want := Link{42, mustParse(t, rows[0].hash)}
	if got, err := ParseLink(want.String()); err != nil || got != want {
		t.Errorf("%v, %v", got, err)
	}
	for _, bad := range []string{"", "42", ":" + rows[0].hash, "-1:" + rows[0].hash, "42:" + rows[0].hash[2:], "42:" + strings.Repeat("x", 64)} {
		if got, err := ParseLink(bad); err == nil {
			t.Errorf("%q was read as %v", bad, got)
		}
	}
}

// mustParse reads a hash.
func mustParse(t *testing.T, s string) Hash {
	t.Helper()
	h, err := ParseHash(s)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// BenchmarkNext is what the chain costs each event.
func BenchmarkNext(b *testing.B) {
	var c Chainer
	var link Link
	e := rows[0].event
	e.Run, e.Detail = glue.NewID(glue.RunIDPrefix, e.At, [26]byte{}), json.RawMessage(`{"trigger":"","quarter_dpus":40,"execution_class":"STANDARD","queue":"default","priority":0,"workers":10}`)
	for b.Loop() {
		e.Detail, _ = json.Marshal(e.Detail) // as AppendEvent does
		link = c.Next(link.Hash, &e)
	}
}
