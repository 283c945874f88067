package glue

import (
	"fmt"
	"testing"
)

// TestBrief: of a cause with many events or runs, the first are kept and the others counted; the cause itself stays whole.
func TestBrief(t *testing.T) {
	var whole Cause
	for i := range 500 {
		whole.Runs = append(whole.Runs, Predecessor{Job: "j", Run: fmt.Sprint(i)})
	}
	f := Fired{Cause: whole}.Brief()
	if len(f.Cause.Runs) != MaxRecentCause || f.More != 490 || f.Cause.Runs[9].Run != "9" || len(whole.Runs) != 500 {
		t.Errorf("%d runs and %d more, of %d", len(f.Cause.Runs), f.More, len(whole.Runs))
	}
	few := Fired{Cause: Cause{Events: []string{"a", "b"}}}.Brief()
	if len(few.Cause.Events) != 2 || few.More != 0 {
		t.Errorf("%d events and %d more, of 2", len(few.Cause.Events), few.More)
	}
}
