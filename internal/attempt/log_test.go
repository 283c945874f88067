package attempt

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// TestLogRoundTrip writes random records and reads them back forwards and backwards in pages of any size.
func TestLogRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var file []byte
		var want []LogEvent
		for i := range rapid.IntRange(0, 30).Draw(t, "records") {
			e := LogEvent{
				At: time.UnixMilli(1761234567890 + int64(i)).UTC(), Continues: rapid.Bool().Draw(t, "continues"), Offset: int64(len(file)),
				Text: rapid.StringMatching(`[ +0-9a-z]{0,20}`).Draw(t, "text"),
			}
			file = AppendLogRecord(file, e.At, e.Continues, []byte(e.Text))
			e.Next = int64(len(file))
			want = append(want, e)
		}
		torn := append(bytes.Clone(file), "17612345"...) // a record being written
		limit := rapid.IntRange(1, 7).Draw(t, "limit")
		var got []LogEvent
		for next := int64(0); ; {
			page, n, err := ReadLog(bytes.NewReader(torn), next, limit)
			if err != nil {
				t.Fatal(err)
			}
			if len(page) == 0 {
				break
			}
			got, next = append(got, page...), n
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Fatalf("forwards: %s", d)
		}
		got = nil
		for end := int64(len(file)); end > 0; {
			page, err := ReadLogBack(bytes.NewReader(torn), end, limit)
			if err != nil || len(page) == 0 {
				t.Fatalf("backwards at %d: %v, %v", end, page, err)
			}
			got, end = append(page, got...), page[0].Offset
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Fatalf("backwards: %s", d)
		}
	})
}

// TestLogOffsets: an offset inside a record means the next one; pages are bounded in bytes; damage is an error.
func TestLogOffsets(t *testing.T) {
	at := time.UnixMilli(1)
	file := AppendLogRecord(nil, at, false, []byte("one"))
	second := int64(len(file))
	file = AppendLogRecord(file, at, false, []byte("two"))
	for _, offset := range []int64{1, second - 1, second} {
		if got, next, err := ReadLog(bytes.NewReader(file), offset, 10); err != nil || len(got) != 1 || got[0].Text != "two" || next != int64(len(file)) {
			t.Errorf("from %d: %+v, %d, %v", offset, got, next, err)
		}
	}
	if got, next, err := ReadLog(bytes.NewReader(file), 9999, 10); err != nil || got != nil || next != 9999 {
		t.Errorf("past the end: %v, %d, %v", got, next, err)
	}
	long := []byte(strings.Repeat("x", MaxLogLine))
	var big []byte
	for range 40 {
		big = AppendLogRecord(big, at, false, long)
	}
	page, _, err := ReadLog(bytes.NewReader(big), 0, 1000)
	if err != nil || len(page) != MaxLogPage/MaxLogLine-1 {
		t.Errorf("%d records of %d bytes in a page, %v", len(page), MaxLogLine, err)
	}
	for _, bad := range []string{"no time\n", "12\n", "x 12\n", strings.Repeat("1", maxLogRecord)} {
		if _, _, err := ReadLog(strings.NewReader(bad), 0, 10); err == nil {
			t.Errorf("%.20q was taken", bad)
		}
	}
}
