package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"tenon/internal/client"
	"tenon/internal/core/cron"
	"tenon/internal/core/diagram"
	"tenon/internal/glue"
	"tenon/internal/wire"
)

// workflowsShow is `tenon workflows show`.
func (a *app) workflowsShow() *cobra.Command {
	run, again := "", false
	c := &cobra.Command{
		Use: "show WORKFLOW", Short: "Draw a workflow and how a run of it goes", Args: a.takes("WORKFLOW"),
		Long: `Draw the graph of a workflow: its jobs, what each waits for, and how they go in a run, the newest one or that of
--run. A graph of a run is drawn as it was when the run started. Lines that join are conditions that are met
together; a box says where it is not simply the success of all of them. Where the terminal is too narrow, the jobs
are listed.`,
		Example: `  tenon workflows show nightly
  tenon workflows show nightly --watch
  tenon workflows show nightly --run wr_0193a5b2c -o json`,
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := a.connect()
			if err != nil {
				return err
			}
			id := ""
			if run != "" {
				if id, err = findFlow(cmd.Context(), c, args[0], run); err != nil {
					return err
				}
			}
			return a.watch(cmd.Context(), again, func(ctx context.Context) error {
				w, err := getWorkflow(ctx, c, args[0])
				if err != nil {
					return err
				}
				shown := w.LastRun
				if id != "" {
					if shown, err = getFlow(ctx, c, args[0], id); err != nil {
						return err
					}
				}
				zone, err := startZone(ctx, c, w)
				if err != nil {
					return err
				}
				return a.showWorkflow(w, shown, id != "", zone, time.Now())
			})
		},
	}
	c.Flags().StringVar(&run, "run", "", "show this `run`, not the newest")
	addWatch(c, &again)
	c.Flags().SortFlags = false
	return c
}

// startZone is the time zone of a workflow's schedule; empty where there is none.
func startZone(ctx context.Context, c *client.Client, w *wire.Workflow) (string, error) {
	t := startTrigger(w.Graph)
	if t == nil || val(t.Type) != string(glue.TriggerScheduled) {
		return "", nil
	}
	tags, err := readTags(ctx, c, true, "trigger", val(t.Name))
	return tags[glue.TagTimezone], err
}

// startWhen is what starts a workflow, for a page of its own: with the time zone of a schedule, and when that is due next.
func startWhen(t *wire.Trigger, zone string, now time.Time) string {
	text := startText(t)
	if t == nil || val(t.Type) != string(glue.TriggerScheduled) {
		return text
	}
	text += "  " + orDefault(zone, "UTC")
	s, err := cron.Parse(val(t.Schedule))
	loc, zoneErr := cron.Location(zone)
	if err != nil || zoneErr != nil || val(t.State) != string(glue.TriggerActivated) {
		return text // a schedule of a later server still has its text
	}
	next := s.Next(now, loc)
	if next.IsZero() {
		return text + ", never again"
	}
	return fmt.Sprintf("%s, next %s, in %s", text, next.In(loc).Format("2006-01-02 15:04 MST"), lapse(next.Sub(now)))
}

// showWorkflow writes a workflow and a run of it; asked tells that this run was asked for, zone is that of its schedule.
func (a *app) showWorkflow(w *wire.Workflow, run *wire.WorkflowRun, asked bool, zone string, now time.Time) error {
	graph := w.Graph
	if run != nil && run.Graph != nil {
		graph = run.Graph
	}
	nodes := flowNodes(graph, now)
	switch a.flags.output {
	case formatJSON, formatYAML:
		if asked {
			return a.showDocument(run)
		}
		return a.showDocument(w)
	case formatCSV:
		return showCSV(a.con, nodes, nodeColumns(true, now))
	}
	fields := []field{
		{name: "Workflow", value: val(w.Name), paint: bold},
		{name: "Description", value: val(w.Description)},
		{name: "Starts", value: startWhen(startTrigger(w.Graph), zone, now)},
	}
	if n := val(w.MaxConcurrentRuns); n > 0 {
		fields = append(fields, field{name: "Runs at once", value: fmt.Sprint(n)})
	}
	if run == nil {
		fields = append(fields, field{name: "Properties", value: words(w.DefaultRunProperties)})
	} else {
		fields = append(fields, flowFields(run, now)...)
	}
	for i := range fields { // an id that would be broken is as good shortened
		if room := a.con.outWidth - len("Runs at once"+gap); a.con.outWidth > 0 && len(fields[i].value) > room {
			fields[i].value = shortFlow(fields[i].value)
		}
	}
	if err := a.showItem(nil, fields); err != nil {
		return err
	}
	if len(nodes) == 0 {
		a.con.say("It has no jobs yet.")
		return nil
	}
	a.con.print("\n")
	lines := drawFlow(graph, nodes, run != nil, now, a.con.outWidth)
	if lines == nil {
		showTable(a.con, nodes, nodeColumns(run != nil, now))
		need := diagram.Width(drawBoxes(graph, nodes, run != nil, now, boxForms[len(boxForms)-1]))
		a.con.print("\n%s\n", a.con.onOut(dim, fmt.Sprintf("The picture of it needs %d columns; this terminal has %d.", need, a.con.outWidth)))
	}
	for _, l := range paintLines(a.con.onOut, lines) {
		a.con.print("%s\n", l)
	}
	a.showFlowErrors(nodes)
	return nil
}

// flowFields are the lines of one run of a workflow.
func flowFields(r *wire.WorkflowRun, now time.Time) []field {
	state := flowOutcome(r)
	if s := statistics(r); s != "" {
		state = val(r.Status) + "  " + s
	}
	return []field{
		{name: "Run", value: val(r.WorkflowRunId)},
		{name: "State", value: state, paint: flowStyle(r)},
		{name: "Error", value: val(r.ErrorMessage), paint: red},
		{name: "Started", value: clock(when(r.StartedOn))},
		{name: "Took", value: flowTook(r, now)},
		{name: "Resumes", value: val(r.PreviousRunId)},
		{name: "Properties", value: words(r.WorkflowRunProperties)},
	}
}

// statistics counts the jobs of a workflow run by how they went: 3 succeeded, 1 failed.
func statistics(r *wire.WorkflowRun) string {
	s := val(r.Statistics)
	var parts []string
	for _, n := range []struct {
		count *int32
		word  string
	}{{s.SucceededActions, "succeeded"}, {s.FailedActions, "failed"}, {s.TimeoutActions, "timed out"}, {s.ErroredActions, "in error"},
		{s.StoppedActions, "stopped"}, {s.RunningActions, "running"}, {s.WaitingActions, "waiting"}} {
		if val(n.count) > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", *n.count, n.word))
		}
	}
	return strings.Join(parts, ", ")
}

// showFlowErrors says below the picture what went wrong.
func (a *app) showFlowErrors(nodes []flowNode) {
	first := true
	for _, f := range nodes {
		if f.Error == "" {
			continue
		}
		if first {
			a.con.print("\n")
			first = false
		}
		text := fold(f.Job+": "+shortRuns(f.Error), a.con.outWidth, 2)
		a.con.print("%s %s\n", a.con.onOut(red, "✗"), strings.ReplaceAll(text, "\n", "\n  "))
	}
}

// mapFields are the lines of a map, by name.
func mapFields(m map[string]string) []field {
	var out []field
	for _, k := range slices.Sorted(maps.Keys(m)) {
		out = append(out, field{name: k, value: m[k]})
	}
	return out
}

// followFlow watches a run of a workflow to its end and turns how it went into the exit code: on a terminal as a picture
// that changes, elsewhere a line for each change of a job.
func (a *app) followFlow(ctx context.Context, c *client.Client, workflow, id string) error {
	interrupt, release := interrupts(ctx)
	defer release()
	var pic *picture
	if a.con.errWidth > 0 {
		pic = newPicture(a.con)
		defer pic.end()
	}
	seen := map[string]string{}
	pause := pollLeast
	for {
		run, err := getFlow(ctx, c, workflow, id)
		if err != nil {
			return err
		}
		news := a.flowNews(run, seen, pic, time.Now())
		if glue.WorkflowState(val(run.Status)).Final() {
			return a.flowEnded(run)
		}
		if pause = min(pause*3/2, pollMost); news {
			pause = pollLeast
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-interrupt:
			interrupt = nil
			if pic == nil {
				a.con.say("Stopping the run; Ctrl-C again leaves at once.")
			}
			if err := stopFlow(ctx, c, workflow, id); err != nil && !isCode(err, glue.CodeIllegalWorkflow) {
				return err
			}
		case <-time.After(pause):
		}
	}
}

// flowNews shows what became of a run since the last look, which seen remembers, and whether there was anything.
func (a *app) flowNews(run *wire.WorkflowRun, seen map[string]string, pic *picture, now time.Time) bool {
	nodes := flowNodes(run.Graph, now)
	news := false
	for _, f := range nodes {
		if key := f.RunID + f.State; f.State != "" && seen[f.Job] != key {
			seen[f.Job], news = key, true
			at, text := now, f.Job+flowReason(f)
			if began := when(f.StartedOn); val(run.PreviousRunId) != "" && began.Before(when(run.StartedOn)) {
				at, text = began, f.Job+", carried over"
			}
			if pic == nil {
				a.con.say("%s  %s  %s", at.Local().Format("15:04:05"), align(f.State, len(glue.RunSucceeded), false, false), text)
			}
		}
	}
	if pic == nil {
		return news
	}
	lines := drawFlow(run.Graph, nodes, true, now, a.con.errWidth)
	var text []string
	for _, l := range paintLines(a.con.onErr, lines) {
		text = append(text, l)
	}
	if lines == nil || a.con.errRows > 0 && len(lines) > a.con.errRows-2 { // no room for the picture: one line for each job
		text = nil
		name := 0
		for _, f := range nodes {
			name = max(name, min(utf8.RuneCountInString(f.Job), maxBoxName))
		}
		for _, f := range nodes {
			text = append(text, align(cut(f.Job, maxBoxName), name, false, false)+gap+a.con.onErr(stateStyle(f.State), f.line(now, false)))
		}
		if most := a.con.errRows - 2; a.con.errRows > 0 && len(text) > most {
			text = append(text[:max(most-1, 0)], a.con.onErr(dim, "…"))
		}
	}
	pic.draw(append(text, a.con.onErr(flowStyle(run), val(run.Status))+"  "+statistics(run)+a.con.onErr(dim, "  "+flowTook(run, now))))
	return news
}

// flowReason is why a job's run waits or failed, to stand behind it.
func flowReason(f flowNode) string {
	if f.run == nil {
		return ""
	}
	attempt := ""
	if n := val(f.run.Attempt); n > 0 && !glue.RunState(f.State).Final() {
		attempt = fmt.Sprintf(", attempt %d", n+1)
	}
	switch {
	case f.Error != "" && attempt != "":
		return attempt + " after " + oneLine(shortRuns(f.Error))
	case f.Error != "":
		return ": " + oneLine(shortRuns(f.Error))
	}
	return attempt + reason(f.run)
}

// flowEnded says how a run of a workflow ended, prints it, and turns it into the exit code.
func (a *app) flowEnded(run *wire.WorkflowRun) error {
	if m := val(run.ErrorMessage); m != "" {
		a.con.say("%s", a.con.onErr(red, fold(m, a.con.errWidth, 0)))
	}
	for _, f := range flowNodes(run.Graph, time.Now()) {
		if f.Error != "" && a.con.errWidth > 0 {
			a.con.say("%s", a.con.onErr(red, fold(f.Job+": "+shortRuns(f.Error), a.con.errWidth, 0)))
		}
	}
	if a.con.errWidth == 0 {
		a.con.say("%s in %s: %s", val(run.Status), flowTook(run, time.Now()), statistics(run))
	}
	if a.flags.output == formatTable {
		a.con.print("%s\n", val(run.WorkflowRunId))
	} else if err := a.showItem(run, flowFields(run, time.Now())); err != nil {
		return err
	}
	if code := flowCode(run); code != exitOK {
		return &exitError{code: code}
	}
	return nil
}
