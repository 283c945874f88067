package main

import (
	"context"
	"time"

	"tenon/internal/client"
	"tenon/internal/glue"
	"tenon/internal/wire"
)

// The feed of `tenon dev` looks at the newest feedRuns runs every feedEvery: enough to see what a developer starts by
// hand; of a burst it shows a part.
const (
	feedEvery = 300 * time.Millisecond
	feedRuns  = 50
)

// feed says what runs do while `tenon dev` serves, until ctx ends: one line where a run begins, one where it ends. It is
// talk: if the server does not answer, it is silent and looks again.
func (a *app) feed(ctx context.Context, c *client.Client) {
	seen := map[string]string{}
	first := true
	tick := time.NewTicker(feedEvery)
	defer tick.Stop()
	for {
		if runs, err := newest(ctx, c, "", feedRuns); err == nil {
			next := make(map[string]string, len(runs))
			for i := len(runs) - 1; i >= 0; i-- {
				r := &runs[i]
				id, state := val(r.Id), val(r.JobRunState)
				next[id] = state
				if !first && seen[id] != state {
					a.feedLine(r)
				}
			}
			seen, first = next, false
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// feedLine says one change of a run; those between submit and RUNNING only where the run waits for something.
func (a *app) feedLine(r *wire.JobRun) {
	state := val(r.JobRunState)
	what := ""
	switch s := glue.RunState(state); {
	case s == glue.RunWaiting && val(r.StateDetail) != "":
		what = firstSentence(val(r.StateDetail))
	case s == glue.RunWaiting || s == glue.RunStarting || s == glue.RunStopping:
		return
	case s.Final():
		what = "after " + span(when(r.CompletedOn).Sub(when(r.StartedOn)))
	}
	a.con.print("  %s  %s  %s  %s  %s\n", a.con.onOut(dim, time.Now().Format("15:04:05")), a.con.onOut(stateStyle(state), align(state, len(glue.RunSucceeded), false, false)),
		val(r.JobName), a.con.onOut(dim, shortRun(val(r.Id))), what)
	if m := val(r.ErrorMessage); m != "" {
		a.con.print("            %s\n", a.con.onOut(red, cut(oneLine(m), max(a.con.outWidth, 80)-13)))
	}
}
