package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"tenon/internal/client"
	"tenon/internal/demo"
	"tenon/internal/plane"
)

// quotaFlags are the flags of `tenon demo quota`.
type quotaFlags struct {
	rows int
	keep bool
}

// Bounds of the demonstration of quotas: how often it looks, on a terminal and elsewhere, and how long it may take.
const (
	quotaEvery     = 200 * time.Millisecond
	quotaEveryLine = time.Second
	quotaTimeout   = 10 * time.Minute
)

// quotaMemory is what the server and 50 runs at once take, as measured: 2.7 GB.
const quotaMemory = 3_000_000_000

// demoQuotaCommand is `tenon demo quota`.
func (a *app) demoQuotaCommand() *cobra.Command {
	f := &quotaFlags{}
	c := &cobra.Command{
		Use: "quota", Short: "Watch 120 runs share 50 run slots and one small subnet", Args: a.takes(),
		Long: `Start a server of its own with 50 run slots, 100 DPUs and one subnet of 59 usable addresses, start 120
instances of one job at once, from a file of ids, and watch them wait, start and end.

Each instance is a real run: the embedded engine reads 28 MB of charge records and keeps those of its id. Of
five, three take one worker of one DPU, two more workers or larger ones, so that each limit binds at some time.
Workers, DPUs and addresses are accounted as if the runs were on AWS; what runs here is one worker process for
each run, up to 50 at once, which take 3 GB of memory together. On two cores it lasts half a minute.

In the end it adds up, from the event table, what was held after every single event. The exit code is 1 when a
limit was ever crossed, or an instance has not succeeded. All of it is in a folder that is removed at the end.`,
		Example: "  tenon demo quota\n  tenon demo quota --keep       # leave the server running, to look around\n  tenon demo quota -o json",
		RunE: func(cmd *cobra.Command, _ []string) error {
			if f.rows < leastDemoRows {
				return usageError("--rows %d is below %d", f.rows, leastDemoRows)
			}
			return a.demoQuota(cmd.Context(), f)
		},
	}
	c.Flags().IntVar(&f.rows, "rows", demo.Rows, "records of the input")
	c.Flags().BoolVar(&f.keep, "keep", false, "leave the server running until Ctrl-C")
	c.Flags().SortFlags = false
	return c
}

// demoQuota runs the demonstration of quotas.
func (a *app) demoQuota(ctx context.Context, f *quotaFlags) (err error) {
	ctx, release := signal.NotifyContext(ctx, syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP) // HUP: nothing is to be left then either
	defer release()
	began := time.Now()
	cfg, err := plane.ParseConfig(demo.QuotaConfig)
	if err != nil {
		return err
	}
	if cfg.DataDir, err = os.MkdirTemp("", "tenon-demo-quota-"); err != nil {
		return err
	}
	defer func() { err = a.afterwards(err, os.RemoveAll(cfg.DataDir)) }()
	cfg.Listen = "127.0.0.1:0"
	c, closePlane, err := a.startPlane(ctx, cfg, plane.Options{}, true)
	if err != nil {
		return err
	}
	defer func() { err = a.afterwards(err, closePlane()) }()
	profile, err := client.ReadProfile(cfg.DataDir)
	if err != nil {
		return err
	}
	if have, err := memoryBytes(); err == nil && have < quotaMemory {
		a.con.say("%s this machine has %s of memory, and 50 runs at once take about %s", a.con.onErr(yellow, "warn:"), size(have), size(quotaMemory))
	}
	limit := demo.QuotaLimit
	a.con.say("%s  120 instances of one job; %d run slots, %d DPUs, %d addresses", a.con.onErr(bold, "Tenon demo quota"),
		limit.Slots, limit.QuarterDPUs/4, limit.Addresses)
	show := &quotaShow{con: a.con}
	q := demo.Quota{Glue: c, Rows: f.rows, Timeout: quotaTimeout, Every: quotaEveryLine, Tell: show.line,
		Objects: &client.Objects{Endpoint: profile.S3Endpoint, Region: c.Region, Credentials: c.Credentials, HTTP: c.HTTP}}
	if a.con.errWidth >= quotaWidth && (a.con.errRows == 0 || a.con.errRows > quotaRows) {
		show.picture = newPicture(a.con)
		q.Every, q.Tell = quotaEvery, show.draw
	}
	report, err := q.Run(ctx)
	show.end()
	switch {
	case ctx.Err() != nil:
		a.con.say("Stopping.")
		return &exitError{code: exitStopped}
	case err != nil:
		return &exitError{exitFailed, err}
	}
	if err := a.showQuotaReport(report, time.Since(began)); err != nil {
		return err
	}
	if f.keep {
		tenon := fmt.Sprintf("%s --data-dir %s", shellWord(self()), shellWord(cfg.DataDir))
		a.con.say("\nThe server goes on until Ctrl-C. In another shell:\n\n  %s quotas --in-use\n  %s subnets\n  %s runs explain %s", tenon, tenon, tenon, demo.MedicareJob)
		<-ctx.Done()
	}
	if len(report.Off) > 0 {
		return &exitError{code: exitFailed}
	}
	return nil
}

// quotaShow shows the scenes of the demonstration: drawn in place on a terminal, else a line for each.
type quotaShow struct {
	con     *console
	picture *picture // nil: no terminal
}

// end leaves the last picture standing.
func (s *quotaShow) end() {
	if s.picture != nil {
		s.picture.end()
	}
}

// line says a scene in one line.
func (s *quotaShow) line(sc *demo.Scene) {
	u, l := sc.Replay.Used, sc.Replay.Limit
	var waits []string
	for _, what := range waitsFor {
		if n := sc.Counts[what]; n > 0 {
			waits = append(waits, fmt.Sprintf("%d for %s", n, what))
		}
	}
	why := ""
	if len(waits) > 0 {
		why = " (" + strings.Join(waits, ", ") + ")"
	}
	s.con.say("%6.1f s  done %3d  running %2d  waiting %3d%s  slots %d/%d  DPUs %s/%d  addresses %d/%d", sc.Since.Seconds(),
		sc.Count(demo.Done)+sc.Count(demo.Failed), sc.Count(demo.Running)+sc.Count(demo.Admitted), sc.Count(demo.Waiting), why,
		u.Slots, l.Slots, number(float64(u.QuarterDPUs)/4), l.QuarterDPUs/4, u.Addresses, l.Addresses)
}

// waitsFor are the things that the demonstration's runs wait for.
var waitsFor = []string{demo.ForSlots, demo.ForDPUs, demo.ForAddresses, demo.ForTurn}

// waitStyle is the colour of an instance that waits for something.
func waitStyle(what string) style {
	switch what {
	case demo.ForSlots:
		return yellow
	case demo.ForDPUs:
		return magenta
	case demo.ForAddresses:
		return red
	}
	return dim
}

// The picture takes quotaRows lines of quotaWidth columns at least. quotaCells instances stand in a line, quotaBar is a
// bar's length, and why runs wait takes quotaWords lines in all, quotaIndent from the margin.
const (
	quotaWidth  = 72
	quotaRows   = 21
	quotaCells  = 40
	quotaBar    = 30
	quotaWords  = 6
	quotaIndent = 10
)

// draw draws a scene.
func (s *quotaShow) draw(sc *demo.Scene) {
	con, p := s.con, sc.Replay
	var lines []string
	add := func(format string, args ...any) { lines = append(lines, fmt.Sprintf(format, args...)) }
	add("")
	gauge := func(name string, used, linger, peak, limit float64, note string) {
		add("  %-9s  %s  %s of %3s   %s%s", name, con.onErr(fullStyle(used, limit), bar(quotaBar, used-linger, linger, limit)),
			con.onErr(bold, fmt.Sprintf("%3s", number(used))), number(limit), con.onErr(dim, fmt.Sprintf("peak %3s", number(peak))), note)
	}
	note := ""
	if p.Linger > 0 {
		note = con.onErr(dim, fmt.Sprintf("   %d linger", p.Linger))
	}
	gauge("run slots", float64(p.Used.Slots), 0, float64(p.Peak.Slots), float64(p.Limit.Slots), "")
	gauge("DPUs", float64(p.Used.QuarterDPUs)/4, 0, float64(p.Peak.QuarterDPUs)/4, float64(p.Limit.QuarterDPUs)/4, "")
	gauge("addresses", float64(p.Used.Addresses), float64(p.Linger), float64(p.Peak.Addresses), float64(p.Limit.Addresses), note)
	add("")
	for at := 0; at < sc.Of; at += quotaCells {
		var b strings.Builder
		for n := at; n < min(at+quotaCells, sc.Of); n++ {
			b.WriteString(s.cell(sc, n))
		}
		add("  %s", b.String())
	}
	add("")
	add("  %s done   %s running   %s starting   %s waiting%s", con.onErr(green, fmt.Sprintf("■ %d", sc.Count(demo.Done))),
		con.onErr(cyan, fmt.Sprintf("● %d", sc.Count(demo.Running))), con.onErr(cyan, fmt.Sprintf("◐ %d", sc.Count(demo.Admitted))),
		con.onErr(yellow, fmt.Sprintf("○ %d", sc.Count(demo.Waiting))), con.onErr(dim, fmt.Sprintf("%9.1f s", sc.Since.Seconds())))
	add("")
	if sc.Count(demo.Done)+sc.Count(demo.Failed) == sc.Of {
		s.picture.draw(lines)
		return
	}
	top := len(lines)
	room := quotaWords / max(len(sc.Blocked), 1)
	for _, what := range waitsFor {
		n := sc.Counts[what]
		number := con.onErr(dim, "  ·")
		if n > 0 {
			number = con.onErr(bold, fmt.Sprintf("%3d", n))
		}
		add("  %s for %s", number, con.onErr(waitStyle(what), what))
		if words := sc.Blocked[what]; n > 0 && words != "" {
			for _, l := range lead(fold(shortRuns(oneLine(words)), con.errWidth-len(" …"), quotaIndent), room) {
				add("%*s%s", quotaIndent, "", con.onErr(dim, l))
			}
		}
	}
	for len(lines) < top+len(waitsFor)+quotaWords { // so that the picture keeps its height
		add("")
	}
	s.picture.draw(lines)
}

// lead is the first lines of a text, most of them at most; a text that goes on ends in an ellipsis.
func lead(text string, most int) []string {
	lines := strings.Split(text, "\n")
	if len(lines) <= most {
		return lines
	}
	lines = lines[:most]
	if most > 0 {
		lines[most-1] += " …"
	}
	return lines
}

// cell is one instance.
func (s *quotaShow) cell(sc *demo.Scene, n int) string {
	if n >= len(sc.Instances) {
		return s.con.onErr(dim, "·")
	}
	switch i := sc.Instances[n]; i.Phase {
	case demo.Done:
		return s.con.onErr(green, "■")
	case demo.Failed:
		return s.con.onErr(red, "✗")
	case demo.Running:
		return s.con.onErr(cyan, "●")
	case demo.Admitted:
		return s.con.onErr(cyan, "◐")
	default:
		return s.con.onErr(waitStyle(sc.Replay.Short(i)), "○")
	}
}

// quotaRow is a line of the report: a limit, and what it did.
type quotaRow struct {
	what        string
	peak, limit float64 // limit 0: none
	waited      float64 // run-seconds
}

// showQuotaReport writes what came out.
func (a *app) showQuotaReport(r *demo.QuotaReport, took time.Duration) error {
	if a.flags.output == formatJSON || a.flags.output == formatYAML {
		return a.showDocument(r)
	}
	rows := []quotaRow{
		{demo.ForSlots, float64(r.Peak.Slots), float64(r.Limit.Slots), 0},
		{demo.ForDPUs, float64(r.Peak.QuarterDPUs) / 4, float64(r.Limit.QuarterDPUs) / 4, 0},
		{demo.ForAddresses, float64(r.Peak.Addresses), float64(r.Limit.Addresses), 0},
		{what: demo.ForTurn},
	}
	for i, w := range r.Waits {
		rows[i].waited = w.RunSeconds
	}
	amount := func(n float64, of quotaRow) string {
		if of.limit == 0 {
			return ""
		}
		return number(n)
	}
	columns := []column[quotaRow]{
		{title: "limit", text: func(q quotaRow) string { return q.what }},
		{title: "peak", right: true, text: func(q quotaRow) string { return amount(q.peak, q) }},
		{title: "of", right: true, text: func(q quotaRow) string { return amount(q.limit, q) }},
		{title: "run-seconds waited for it", right: true, text: func(q quotaRow) string { return fmt.Sprintf("%.1f", q.waited) }},
	}
	if a.flags.output == formatCSV {
		return showCSV(a.con, rows, columns)
	}
	con := a.con
	if len(r.Off) > 0 {
		con.print("%s\n", con.onOut(red, "This is off:"))
		for _, s := range r.Off {
			con.print("  %s\n", s)
		}
		con.print("\n")
	} else {
		con.print("%s No limit was ever crossed:\n%s of the event table, added up one after the other.\n\n",
			con.onOut(green, fmt.Sprintf("All %d instances finished in %.1f s.", r.Instances, r.Seconds)), many(int64(r.Events), "event"))
	}
	showTable(con, rows, columns)
	if len(r.Off) == 0 {
		beside, err := polling(r)
		if err != nil {
			return err
		}
		con.print("\nHalf of the runs waited less than %.1f s, none more than %.1f s.\nOf %s records each was kept by one instance, but for %d without a provider.\n\n%s\n",
			r.Median, r.Longest, count(r.Input), r.Input-r.Records, reflow(beside, helpWidth))
	}
	con.say("%s", con.onErr(dim, "Done in "+span(took)+"."))
	return nil
}
