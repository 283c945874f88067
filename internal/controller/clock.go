package controller

import "time"

// clock gives the plane's time, in UTC and microseconds, the store's precision. It follows the wall clock and never goes
// back: when the wall clock was set back it goes on at half speed until the wall clock has caught up, so that timers
// still fire and stamps stay in order.
type clock struct {
	now  time.Time            // the last time given
	read time.Time            // the reading it was made from, with its monotonic part
	skew func() time.Duration // see Hooks; nil is none
}

// at returns the plane's time for a reading of time.Now.
func (c *clock) at(reading time.Time) time.Time {
	wall := reading.UTC()
	if c.skew != nil {
		wall = wall.Add(c.skew())
	}
	wall = wall.Truncate(time.Microsecond)
	switch {
	case wall.After(c.now):
		c.now = wall
	case !c.read.IsZero():
		half := (reading.Sub(c.read) / 2).Truncate(time.Microsecond)
		c.now = c.now.Add(half)
		c.read = c.read.Add(2 * half) // what is too short to count adds up: a loop that waits for the next microsecond gets there
		return c.now
	}
	c.read = reading
	return c.now
}

// notBefore moves the clock on to a time that was given by an earlier plane.
func (c *clock) notBefore(t time.Time) { c.now = latest(c.now, t) }

// latest returns the later of two times.
func latest(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
