package worker

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tenon/internal/attempt"
)

// pumped runs a pump over what the writes (with a pause longer than unfinishedWait at each nil) give.
func pumped(t *testing.T, limit int64, writes ...string) (*pump, []attempt.LogEvent) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "log")
	p, err := newPump(r, name, limit)
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- p.run() }()
	for _, s := range writes {
		if _, err := w.WriteString(s); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	events, _, err := attempt.ReadLog(f, 0, 1000)
	if err != nil {
		t.Fatal(err)
	}
	return p, events
}

// TestPumpLines keeps lines, splits long ones, and writes a last one without its end.
func TestPumpLines(t *testing.T) {
	long := strings.Repeat("y", attempt.MaxLogLine+5)
	p, got := pumped(t, 0, "one\ntw", "o\n\n", long+"\nlast")
	want := []string{"one", "two", "", long[5:], "yyyyy", "last"}
	if len(got) != len(want) {
		t.Fatalf("%d records", len(got))
	}
	for i, e := range got {
		if e.Text != want[i] || e.Continues != (i == 4) || time.Since(e.At) > time.Minute {
			t.Errorf("record %d: %.20q %v %v", i, e.Text, e.Continues, e.At)
		}
	}
	if !strings.HasSuffix(string(p.tail), "yyyy\nlast") || len(p.tail) != tailBytes {
		t.Errorf("tail of %d bytes", len(p.tail))
	}
}

// TestPumpLimit writes whole records up to the limit, one that says so, and counts the rest.
func TestPumpLimit(t *testing.T) {
	line := strings.Repeat("z", 99) + "\n"
	p, got := pumped(t, 1000, strings.Repeat(line, 50))
	if len(got) < 5 || len(got) > 12 {
		t.Fatalf("%d records", len(got))
	}
	if mark := got[len(got)-2].Text; !strings.Contains(mark, "limit of 1000 bytes") {
		t.Errorf("mark: %q", mark)
	}
	if p.dropped == 0 || p.written > 1200 {
		t.Errorf("%d written, %d dropped", p.written, p.dropped)
	}
}
