package controller

import "sync/atomic"

// Stats is how the loop does, for metrics. All but the last four count since the start.
type Stats struct {
	Turns    int64 // of the loop
	Failed   int64 // turns that could not be made durable
	Commands int64 // decided
	Audits   int64 // comparisons of the memory with the leases
	Drifts   int64 // that found a difference: above 0 there is an error in Tenon

	Queued  int // commands that wait
	Open    int // runs that are not final
	Waiting int // of those, in line
	Leases  int // of attempts; without those that drain
}

// stats are the counters behind Stats.
type stats struct {
	turns, failed, commands, audits, drifts atomic.Int64
	open, waiting, leases                   atomic.Int64
}

// Stats returns the counters of the loop.
func (c *Controller) Stats() Stats {
	s := &c.stats
	return Stats{
		Turns: s.turns.Load(), Failed: s.failed.Load(), Commands: s.commands.Load(), Audits: s.audits.Load(), Drifts: s.drifts.Load(),
		Queued: len(c.commands), Open: int(s.open.Load()), Waiting: int(s.waiting.Load()), Leases: int(s.leases.Load()),
	}
}

// count notes a turn.
func (c *Controller) count(t *turn) {
	s := &c.stats
	s.turns.Add(1)
	if t.err != nil {
		s.failed.Add(1)
	}
	s.commands.Add(int64(len(t.commands)))
	s.open.Store(int64(len(c.state.open)))
	s.waiting.Store(int64(c.state.sched.Waiting()))
	s.leases.Store(int64(c.state.sched.Leases()))
}
