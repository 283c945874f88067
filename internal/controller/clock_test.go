package controller

import (
	"testing"
	"time"
)

func TestClockNeverGoesBack(t *testing.T) {
	start := time.Date(2030, 1, 1, 12, 0, 0, 0, time.UTC)
	var c clock
	c.notBefore(start) // the last plane's time; this one's wall clock is 10 s behind
	last := start
	for i, step := range []struct{ wall, want time.Duration }{
		{-10 * time.Second, 0},
		{-8 * time.Second, time.Second},
		{0, 5 * time.Second},
		{9 * time.Second, 9 * time.Second}, // caught up
		{12 * time.Second, 12 * time.Second},
		{13 * time.Second, 13 * time.Second},
	} {
		got := c.at(start.Add(step.wall))
		if got.Before(last) || !got.Equal(start.Add(step.want)) {
			t.Errorf("step %d: at %s after the start, the clock says %s, want %s", i, step.wall, got.Sub(start), step.want)
		}
		last = got
	}
}

// TestClockSetBackArrives: a loop that sleeps for what is left until a time gets there, however short the sleeps become.
func TestClockSetBackArrives(t *testing.T) {
	reading := time.Date(2030, 1, 1, 12, 0, 0, 0, time.UTC)
	var c clock
	c.notBefore(reading.Add(time.Hour))
	due := c.at(reading).Add(time.Second)
	for range 100 {
		left := due.Sub(c.at(reading))
		if left <= 0 {
			return
		}
		reading = reading.Add(left)
	}
	t.Errorf("%s are left", due.Sub(c.at(reading)))
}
