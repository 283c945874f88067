package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"tenon/internal/client"
	"tenon/internal/demo"
	"tenon/internal/plane"
)

// demoFlags are the flags of `tenon demo`.
type demoFlags struct {
	dir  string
	rows int
	keep bool
}

// demoRunTimeout bounds one run of the demonstration.
const demoRunTimeout = 2 * time.Minute

// leastDemoRows keeps every round's file large enough for its ratio to mean something.
const leastDemoRows = 3000

// demoMark is the file that says that a folder was made by `tenon demo`, which may then empty it.
const demoMark = "made-by-tenon-demo"

// demoCommand is `tenon demo`.
func (a *app) demoCommand() *cobra.Command {
	f := &demoFlags{}
	c := &cobra.Command{
		Use: "demo [COMMAND]", Short: "Watch a two-job pipeline at work: without and with job bookmarks, by its triggers", GroupID: groupServer,
		Args: a.noneBut("a command"), SuggestionsMinimumDistance: typos,
		Long: `Start a server of its own and run the pipeline of AWS's page "Monitoring the Progress of Multiple Jobs":
an Input job turns new CSV files into gzip JSON in staging, an Output job reads staging and writes the
result. Three rounds of new input, once without and once with job bookmarks. Then two hours and a half by the
jobs' triggers, one of Input's runs being slow; for those, the clock of the server is moved.

The input has the shape of CMS's inpatient charge data, and is made here; nothing is fetched, no AWS account
is involved. The exit code is 1 when anything comes out otherwise than it must.`,
		Example: "  tenon demo\n  tenon demo --keep          # leave the server running, to look around\n  tenon demo -o json\n  tenon demo quota           # more runs than the limits let in at once",
		RunE: func(cmd *cobra.Command, _ []string) error {
			if f.rows < leastDemoRows {
				return usageError("--rows %d is below %d", f.rows, leastDemoRows)
			}
			return a.demo(cmd.Context(), f)
		},
	}
	c.Flags().StringVar(&f.dir, "dir", "./.tenon-demo", "`folder` of the demonstration; made anew each time")
	c.Flags().IntVar(&f.rows, "rows", demo.Rows, "records of the input")
	c.Flags().BoolVar(&f.keep, "keep", false, "leave the server running until Ctrl-C")
	c.Flags().SortFlags = false
	c.AddCommand(a.demoQuotaCommand())
	return c
}

// demo runs the demonstration.
func (a *app) demo(ctx context.Context, f *demoFlags) (err error) {
	ctx, release := signal.NotifyContext(ctx, syscall.SIGINT, syscall.SIGTERM)
	defer release()
	began := time.Now()
	cfg, err := demoConfig(f)
	if err != nil {
		return err
	}
	clock := newMovedClock()
	c, closePlane, err := a.startPlane(ctx, cfg, plane.Options{Hooks: clock.hooks()}, true)
	if err != nil {
		return err
	}
	defer func() { err = a.afterwards(err, closePlane()) }()
	profile, err := client.ReadProfile(cfg.DataDir)
	if err != nil {
		return err
	}
	a.con.say("%s  %s records in %d rounds, two jobs, data in %s\n", a.con.onErr(bold, "Tenon demo"), count(int64(f.rows)), demo.Rounds, f.dir)
	line := &progress{con: a.con}
	beat := newHeartbeat(line)
	objects := &client.Objects{Endpoint: profile.S3Endpoint, Region: c.Region, Credentials: c.Credentials, HTTP: c.HTTP}
	pipe := demo.Pipeline{
		Glue: c, Rows: f.rows, Timeout: demoRunTimeout, Tell: func(s demo.Step) { a.tellStep(beat, s) }, Objects: objects,
	}
	day := demo.Day{
		Glue: c, Rows: f.rows, Timeout: demoRunTimeout, Objects: objects, Noon: demo.Noon(began), Move: clock.move,
		Dir: filepath.Dir(cfg.DataDir), Tell: func(at time.Time, what string) { a.tellDay(beat, at, what) },
	}
	report, err := pipe.Run(ctx)
	if err == nil {
		beat.set("")
		a.con.say("%s", a.con.onErr(bold, "By their triggers"))
		report.Day, err = day.Run(ctx)
	}
	beat.end()
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil:
		return &exitError{exitFailed, err}
	}
	if err := a.showReport(report, cfg, day.Noon, time.Since(began)); err != nil {
		return err
	}
	if f.keep {
		a.con.say("\nThe server goes on at %s; Ctrl-C ends it.", c.Endpoint)
		<-ctx.Done()
	}
	if len(report.Off)+len(report.Day.Off) > 0 {
		return &exitError{code: exitFailed}
	}
	return nil
}

// demoConfig empties the demonstration's folder, if one made it, and gives the configuration of a server in it.
func demoConfig(f *demoFlags) (plane.Config, error) {
	cfg, err := plane.LoadConfig("")
	if err != nil {
		return cfg, err
	}
	dir, err := filepath.Abs(f.dir)
	if err != nil {
		return cfg, err
	}
	mark := filepath.Join(dir, demoMark)
	if entries, err := os.ReadDir(dir); err == nil && len(entries) > 0 {
		if _, err := os.Stat(mark); err != nil {
			return cfg, usageError("%s holds something that is not of a demonstration: name another folder with --dir", f.dir)
		}
	}
	cfg.Listen, cfg.DataDir = "127.0.0.1:0", filepath.Join(dir, "data")
	if err := os.RemoveAll(cfg.DataDir); err != nil {
		return cfg, err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return cfg, err
	}
	return cfg, os.WriteFile(mark, nil, 0o644)
}

// heartbeat moves a line of progress while something is under way.
type heartbeat struct {
	mu    sync.Mutex
	line  *progress // guarded by mu
	text  string    // guarded by mu; empty: nothing is under way
	since time.Time // guarded by mu
	quit  chan struct{}
	done  chan struct{}
}

// beatEvery is how often the line moves.
const beatEvery = 80 * time.Millisecond

// newHeartbeat starts one; end ends it.
func newHeartbeat(line *progress) *heartbeat {
	h := &heartbeat{line: line, quit: make(chan struct{}), done: make(chan struct{})}
	go func() {
		defer close(h.done)
		tick := time.NewTicker(beatEvery)
		defer tick.Stop()
		for {
			select {
			case <-h.quit:
				return
			case <-tick.C:
				h.beat()
			}
		}
	}()
	return h
}

// beat moves the line.
func (h *heartbeat) beat() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.text != "" {
		h.line.set("%s  %s", h.text, span(time.Since(h.since)))
	}
}

// set changes what is under way; empty is nothing. When it returns, the line is clear.
func (h *heartbeat) set(text string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.line.clear()
	h.text, h.since = text, time.Now()
}

// end clears the line for good.
func (h *heartbeat) end() {
	h.set("")
	close(h.quit)
	<-h.done
}

// bookmarkWord is how a half of the demonstration is called.
func bookmarkWord(on bool) string {
	if on {
		return "with bookmarks"
	}
	return "without bookmarks"
}

// sentence begins s with a capital letter.
func sentence(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

// tellStep says that a run began or ended.
func (a *app) tellStep(beat *heartbeat, s demo.Step) {
	what := fmt.Sprintf("round %d  %-11s", s.Round, s.Job)
	if s.Ended == nil {
		if s.Round == 1 && s.Job == demo.InputJob {
			beat.set("")
			a.con.say("%s", a.con.onErr(bold, sentence(bookmarkWord(s.Bookmarks))))
		}
		beat.set(what)
		return
	}
	beat.set("")
	r := s.Ended
	a.con.say("  %s  %s %7s   read %8s, wrote %8s", what, a.con.onErr(stateStyle(r.State), r.State), span(time.Duration(r.Seconds*float64(time.Second))),
		size(r.Usage.BytesRead), size(r.Usage.BytesWritten))
}

// showReport writes the table of runs, the ratios, and what to look at next.
func (a *app) showReport(r *demo.Report, cfg plane.Config, noon time.Time, took time.Duration) error {
	if a.flags.output != formatTable && a.flags.output != formatCSV {
		return a.showDocument(r)
	}
	con := a.con
	con.say("")
	if a.flags.output == formatCSV {
		return showCSV(con, r.Runs, demoRecord())
	}
	for _, on := range []bool{false, true} {
		con.print("%s\n\n", con.onOut(bold, sentence(bookmarkWord(on))))
		runs := slices.DeleteFunc(slices.Clone(r.Runs), func(r demo.Run) bool { return r.Bookmarks != on })
		showTable(con, runs, demoColumns())
		con.print("\n")
	}
	con.print("%s\n", con.onOut(dim, "Files, records and bytes: read → written. DPU-seconds: DPUs held times seconds."))
	con.print("\n%s\n\n", con.onOut(bold, "Bytes read by the Output job / bytes written by the Input job"))
	type ratio struct {
		bookmarks bool
		values    []float64
	}
	columns := []column[ratio]{{title: "", text: func(v ratio) string { return bookmarkWord(v.bookmarks) }}}
	for round := range demo.Rounds {
		columns = append(columns, column[ratio]{title: fmt.Sprintf("round %d", round+1), right: true,
			text: func(v ratio) string { return fmt.Sprintf("%.2f", v.values[round]) }})
	}
	columns = append(columns, column[ratio]{title: "", text: func(v ratio) string {
		if v.bookmarks {
			return "only what is new is read"
		}
		return "everything is read again"
	}, paint: func(v ratio) style {
		if v.bookmarks {
			return green
		}
		return yellow
	}})
	showTable(con, []ratio{{false, r.Without}, {true, r.With}}, columns)
	a.showDay(r.Day, noon)
	if off := slices.Concat(r.Off, r.Day.Off); len(off) > 0 {
		con.print("\n%s\n", con.onOut(red, "This is off:"))
		for _, s := range off {
			con.print("  %s\n", s)
		}
		return nil
	}
	a.showWhereNext(cfg, took)
	return nil
}

// demoColumns are the columns of a table of the demonstration's runs, one half of them. What was read and what was
// written share a column.
func demoColumns() []column[demo.Run] {
	return []column[demo.Run]{
		{title: "#", right: true, text: func(r demo.Run) string { return fmt.Sprint(r.Round) }},
		{title: "job", text: func(r demo.Run) string { return strings.TrimPrefix(r.Job, "demo-") }},
		{title: "state", text: func(r demo.Run) string { return r.State }, paint: func(r demo.Run) style { return stateStyle(r.State) }},
		{title: "sec", right: true, text: func(r demo.Run) string { return fmt.Sprintf("%.2f", r.Seconds) }},
		{title: "dpu-s", right: true, text: func(r demo.Run) string { return fmt.Sprintf("%.2f", r.DPUSeconds) }},
		{title: "files", text: func(r demo.Run) string { return fmt.Sprintf("%d → %d", r.Usage.FilesRead, r.Usage.FilesWritten) }},
		{title: "records", text: func(r demo.Run) string {
			return fmt.Sprintf("%7s → %7s", count(r.Usage.RecordsRead), count(r.Usage.RecordsWritten))
		}},
		{title: "bytes", text: func(r demo.Run) string {
			return fmt.Sprintf("%7s → %7s", size(r.Usage.BytesRead), size(r.Usage.BytesWritten))
		}},
	}
}

// demoRecord is a run of the demonstration in CSV: one figure a column.
func demoRecord() []column[demo.Run] {
	exact := func(title string, of func(demo.Run) any) column[demo.Run] {
		return column[demo.Run]{title: title, text: func(r demo.Run) string { return fmt.Sprint(of(r)) }}
	}
	return []column[demo.Run]{
		exact("bookmarks", func(r demo.Run) any { return map[bool]string{true: "on", false: "off"}[r.Bookmarks] }),
		exact("round", func(r demo.Run) any { return r.Round }),
		exact("job", func(r demo.Run) any { return r.Job }),
		exact("state", func(r demo.Run) any { return r.State }),
		exact("seconds", func(r demo.Run) any { return fmt.Sprintf("%.2f", r.Seconds) }),
		exact("dpu-s", func(r demo.Run) any { return fmt.Sprintf("%.2f", r.DPUSeconds) }),
		exact("run", func(r demo.Run) any { return r.ID }),
		exact("files read", func(r demo.Run) any { return r.Usage.FilesRead }),
		exact("records read", func(r demo.Run) any { return r.Usage.RecordsRead }),
		exact("bytes read", func(r demo.Run) any { return r.Usage.BytesRead }),
		exact("files written", func(r demo.Run) any { return r.Usage.FilesWritten }),
		exact("records written", func(r demo.Run) any { return r.Usage.RecordsWritten }),
		exact("bytes written", func(r demo.Run) any { return r.Usage.BytesWritten }),
	}
}

// showWhereNext says where the results are and how to look at them with Tenon's own and AWS's command line.
func (a *app) showWhereNext(cfg plane.Config, took time.Duration) {
	con := a.con
	local := func(on bool) string {
		return filepath.Join(cfg.DataDir, plane.DirStorage, strings.TrimPrefix(demo.OutputPath(on), "s3://"))
	}
	con.print("\n%s\n\n", con.onOut(bold, "Results"))
	con.print("  %s\n  %s\n", demo.OutputPath(true), con.onOut(dim, local(true)))
	con.print("\n%s\n\n", con.onOut(bold, "Look around"))
	tenon := fmt.Sprintf("%s --data-dir %s", shellWord(self()), shellWord(relative(cfg.DataDir)))
	con.print("  %s dev %s\n\n", tenon, con.onOut(dim, "# then, in another shell:"))
	con.print("  %s runs list\n  %s runs files %s\n  %s bookmarks get %s\n\n", tenon, tenon, demo.OutputJob, tenon, demo.OutputJob)
	con.print("%s  aws glue get-job-runs --job-name %s\n  aws s3 ls --recursive %s\n", awsLines(cfg.DataDir), demo.OutputJob, demo.OutputPath(true))
	con.say("\n%s", con.onErr(dim, "Done in "+span(took)+"."))
}
