package controller

import (
	"encoding/json"
	"math/rand/v2"
	"testing"
	"time"

	"tenon/internal/glue"
)

// TestIDsIncrease: ids are in the order in which they were given, within a millisecond, across a restart, and when the
// clock stands still; and no two look alike where they are shown short.
func TestIDsIncrease(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	now := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
	var ids idSource
	last := ""
	for i := range 100_000 {
		if i%100 == 99 {
			ids = idSource{}
			ids.after(last)
		}
		if i%10 == 0 && i < 5000 {
			now = now.Add(time.Millisecond)
		}
		id := ids.next(glue.RunIDPrefix, now, random)
		if id <= last || len(id) != 67 || glue.ShortRunID(id) == glue.ShortRunID(last) {
			t.Fatalf("id %d is %s after %s", i, id, last)
		}
		last = id
	}
}

// TestAlarms: a run has one alarm, the one set last.
func TestAlarms(t *testing.T) {
	at := func(s int) time.Time { return time.Unix(int64(s), 0) }
	a := newAlarms(func(r *run) **alarm[*run] { return &r.alarm })
	x, y := &run{}, &run{}
	a.set(x, at(5))
	a.set(y, at(3))
	a.set(x, at(1))
	a.set(x, at(4))
	a.set(y, time.Time{})
	for s, want := range []*run{nil, nil, nil, nil, x, nil, nil} {
		if got, _ := a.pop(at(s)); got != want {
			t.Errorf("at %d: %p, want %p (x is %p, y %p)", s, got, want, x, y)
		}
	}
	a.set(x, at(9))
	a.set(x, time.Time{})
	if len(a.heap) != 0 || a.heap[:1][0] != nil {
		t.Error("the heap keeps what has no alarm")
	}
}

// TestEndedRunsAreForgotten: nothing of a run is kept until the time at which it would have been stopped.
func TestEndedRunsAreForgotten(t *testing.T) {
	bubble(t, Config{}, taking(time.Second), func(t *testing.T, p *plane) {
		for range 20 {
			req := request(job("j"))
			req.Notification = json.RawMessage(`{"NotifyDelayAfter":60}`)
			p.wait(p.submit(req), glue.RunSucceeded)
		}
		must(t, p.c.do(t.Context(), &inspect{newReply(), func(s *state) {
			if n, m := len(s.alarms.heap), len(s.delays.heap); n+m != 0 {
				t.Errorf("%d alarms and %d delays are left", n, m)
			}
		}}))
	})
}
