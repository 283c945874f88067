package main

import (
	"fmt"
	"strings"
	"sync/atomic"
	"time"

	"tenon/internal/controller"
	"tenon/internal/demo"
	"tenon/internal/glue"
)

// movedClock is the server's clock in the demonstration: it runs as any, and is set forward.
type movedClock struct {
	ahead atomic.Int64 // of the true time, a time.Duration
	wake  chan struct{}
}

// newMovedClock makes one that shows the true time.
func newMovedClock() *movedClock { return &movedClock{wake: make(chan struct{}, 1)} }

// hooks is what the server is opened with.
func (c *movedClock) hooks() controller.Hooks {
	return controller.Hooks{Skew: func() time.Duration { return time.Duration(c.ahead.Load()) }, Wake: c.wake}
}

// move sets it forward; it is never set back.
func (c *movedClock) move(to time.Time) {
	if ahead := int64(time.Until(to)); ahead > c.ahead.Load() {
		c.ahead.Store(ahead)
	}
	select {
	case c.wake <- struct{}{}:
	default: // it has not looked since the last time
	}
}

// tellDay says what happens at a time of the day.
func (a *app) tellDay(beat *heartbeat, at time.Time, what string) {
	beat.set("")
	a.con.say("  %s  %s", a.con.onErr(bold, at.Format("15:04")), what)
	beat.set("       " + at.Format("15:04"))
}

// The line of time takes dayCells cells of dayCell each, from noon on.
const (
	dayCells = 52
	dayCell  = 150 * time.Second
)

// dayBar draws when a run waited and ran.
func dayBar(r *demo.DayRun, noon time.Time) string {
	cell := func(t time.Time) int { return min(max(int(t.Sub(noon)/dayCell), 0), dayCells-1) }
	row := []rune(strings.Repeat("·", dayCells))
	for i := cell(r.Submitted); i <= cell(r.Ended); i++ {
		row[i] = '░'
	}
	for i := cell(r.Started); i <= cell(r.Ended); i++ {
		row[i] = '█'
	}
	return strings.TrimRight(string(row), "·")
}

// dayAxis is the hours above the bars.
func dayAxis(noon time.Time) string {
	var b strings.Builder
	const half = int(30 * time.Minute / dayCell)
	for n := 0; n*half < dayCells; n++ {
		fmt.Fprintf(&b, "%-*s", half, noon.Add(time.Duration(n)*30*time.Minute).Format("15:04"))
	}
	return strings.TrimRight(b.String(), " ")
}

// showDay writes what the triggers did.
func (a *app) showDay(r *demo.DayReport, noon time.Time) {
	con := a.con
	con.print("\n%s\n\n", con.onOut(bold, "By their triggers: Input every half hour, Output after each of its successes"))
	columns := []column[*demo.DayRun]{
		{title: "job", text: func(r *demo.DayRun) string { return strings.TrimPrefix(r.Job, "demo-day-") }},
		{title: "started by", text: dayCause},
		{title: dayAxis(noon), text: func(r *demo.DayRun) string { return dayBar(r, noon) }, paint: func(r *demo.DayRun) style {
			if r.Job == demo.DayInputJob {
				return cyan
			}
			return yellow
		}, drawn: true},
	}
	showTable(con, r.Runs, columns)
	con.print("\n")
	for _, f := range [][2]string{
		{"fires", fmt.Sprintf("%d of the schedule, %d runs; each success of Input started one run of Output", r.Fires, len(r.Runs))},
		{"overlap", r.Overlap + " ran at once"},
		{"waited", r.Waited},
		{"delays", fmt.Sprintf("%d notified: the slow run of Input, after its NotifyDelayAfter of 10 minutes", len(r.Delayed))},
		{"ratios", dayRatios(r.Ratios) + "  without bookmarks, staging is read again and again"},
		{"clock", "the server's was moved to each half hour of the day to come; in this data directory it goes on from there"},
	} {
		con.print("%s  %s\n", con.onOut(dim, fmt.Sprintf("%-*s", dayFigure-2, f[0])), strings.ReplaceAll(reflow(f[1], dayWidth-dayFigure), "\n", "\n"+strings.Repeat(" ", dayFigure)))
	}
}

// dayFigure is where the words of a figure begin, and dayWidth where they end.
const (
	dayFigure = 9
	dayWidth  = 110
)

// dayCause is what started a run.
func dayCause(r *demo.DayRun) string {
	if r.After != "" {
		return "run " + glue.ShortRunID(r.After)[len(glue.RunIDPrefix):]
	}
	return "the schedule, " + r.Fire.Format("15:04")
}

// dayRatios writes the ratios in a line.
func dayRatios(ratios []float64) string {
	words := make([]string, len(ratios))
	for i, r := range ratios {
		words[i] = fmt.Sprintf("%.2f", r)
	}
	return strings.Join(words, "  ")
}
