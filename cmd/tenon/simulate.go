package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tenon/internal/core/forecast"
	"tenon/internal/core/history"
	"tenon/internal/core/scheduler"
	"tenon/internal/edge/api"
)

// simulateLong explains `tenon simulate`.
const simulateLong = `Ask what would be: with other limits, one more subnet, more runs, other weights, a zone lost. The scheduler
itself is run ahead of time, with run times drawn from each job's history, once as things are and once changed;
shown are waits and finish of each queue before and after. Nothing is changed and nothing is started.

From a running server, the runs that wait now are played (and if none waits, those that come in the next hours).
RUN of --run is a list such as job=nightly,workers=50,dpus=100,count=3,takes=30m,queue=finance; a run of no job
may go to every subnet.

From the history of a Glue account, with no server and no credentials, its past is played under Tenon's scheduler:
where waits came from, how far the limits were used, and what would have helped. Three commands export it:

  aws glue get-jobs > jobs.json
  aws ec2 describe-subnets > subnets.json
  for job in $(aws glue list-jobs --query 'JobNames[]' --output text); do
    aws glue get-job-runs --job-name "$job"; done > runs.json

and, for what connection leads to what subnet, aws glue get-connections --hide-password > connections.json.
The limits are AWS's defaults, or those of --config FILE, or --limit.`

// simulateExample shows how.
const simulateExample = `  tenon simulate --dpus 200
  tenon simulate --run workers=50,takes=30m,queue=finance
  tenon simulate --queue-weight finance=3 --lose-zone us-east-1a -o json
  tenon simulate --runs runs.json --jobs jobs.json --subnets subnets.json
  tenon simulate --runs history/ --limit dpus=300 --add-subnet 10.0.9.0/26`

// whatIf is the flags of a change.
type whatIf struct {
	slots, workers int64
	dpus, flex     float64
	subnets        []string
	runs           []string
	weights        []string
	jobs           []string
	zone, subnet   string
	samples        int
}

// simulateCommand is `tenon simulate`.
func (a *app) simulateCommand() *cobra.Command {
	var w whatIf
	var off offline
	c := &cobra.Command{
		Use: "simulate", Short: "Ask what would be with other limits, subnets, runs or weights", GroupID: groupWork, Args: a.takes(),
		Long: simulateLong, Example: simulateExample,
		RunE: func(cmd *cobra.Command, _ []string) error {
			change, err := w.change(cmd)
			if err != nil {
				return err
			}
			if off.wanted() {
				return a.simulateOffline(cmd.Context(), &off, change, w.samples)
			}
			if off.limited() {
				return usageError("--config, --limit and --release-lag are for a history: give --runs")
			}
			c, err := a.connect()
			if err != nil {
				return err
			}
			if change.Region == "" {
				change.Region = c.Region
			}
			var out forecast.Comparison
			if err := c.Admin(cmd.Context(), "Simulate", api.SimulateInput{Change: change, Samples: w.samples}, &out); err != nil {
				return err
			}
			return a.showSimulation(&simulation{Comparison: out, changed: w.any(cmd)})
		},
	}
	f := c.Flags()
	f.SortFlags = false
	f.Int64Var(&w.slots, "concurrent-runs", 0, "so many run slots of the account")
	f.Float64Var(&w.dpus, "dpus", 0, "so many DPUs of the account")
	f.Float64Var(&w.flex, "flex-dpus", 0, "so many FLEX DPUs of the account")
	f.StringArrayVar(&w.subnets, "add-subnet", nil, "one more subnet: `CIDR` or CIDR@ZONE; repeatable")
	f.StringArrayVar(&w.runs, "run", nil, "one more `RUN`, now; repeatable")
	f.StringArrayVar(&w.weights, "queue-weight", nil, "another weight of a queue: `QUEUE=N`; repeatable")
	f.StringArrayVar(&w.jobs, "max-concurrent-runs", nil, "of a job: `JOB=N`; repeatable")
	f.StringVar(&w.zone, "lose-zone", "", "without the subnets of a `zone`")
	f.StringVar(&w.subnet, "lose-subnet", "", "without a `subnet`")
	f.Int64Var(&w.workers, "local-workers", 0, "so many runs at once on this machine")
	f.IntVar(&w.samples, "samples", 0, "draw run times so often (default 32, of a history 8)")
	f.StringArrayVar(&off.runs, "runs", nil, "a history: `file` or folder of get-job-runs; repeatable")
	f.StringArrayVar(&off.jobs, "jobs", nil, "its jobs: `file` of get-jobs")
	f.StringArrayVar(&off.subnets, "subnets", nil, "its subnets: `file` of ec2 describe-subnets")
	f.StringArrayVar(&off.connections, "connections", nil, "its connections: `file` of get-connections")
	f.StringVar(&off.config, "config", "", "its limits, queues and placement: `file` tenon.yaml")
	f.StringArrayVar(&off.limits, "limit", nil, "its limits: `NAME=N`; concurrent_runs, dpus, flex_dpus")
	f.DurationVar(&off.lag, "release-lag", 0, "its addresses come back so long after a run")
	return c
}

// changeFlags are the flags that make a change.
var changeFlags = []string{"concurrent-runs", "dpus", "flex-dpus", "add-subnet", "run", "queue-weight", "max-concurrent-runs", "lose-zone", "lose-subnet", "local-workers"}

// any reports whether a change was asked for.
func (w *whatIf) any(cmd *cobra.Command) bool {
	for _, name := range changeFlags {
		if cmd.Flags().Changed(name) {
			return true
		}
	}
	return false
}

// change reads the flags.
func (w *whatIf) change(cmd *cobra.Command) (c forecast.Change, err error) {
	given := cmd.Flags().Changed
	if w.samples < 0 || w.samples > forecast.MaxSamples {
		return c, usageError("--samples %d is not between 1 and %d", w.samples, forecast.MaxSamples)
	}
	if given("concurrent-runs") {
		c.ConcurrentRuns = &w.slots
	}
	if given("dpus") {
		c.DPUs = &w.dpus
	}
	if given("flex-dpus") {
		c.FlexDPUs = &w.flex
	}
	if given("local-workers") {
		c.LocalWorkers = &w.workers
	}
	if given("lose-zone") && w.zone == "" || given("lose-subnet") && w.subnet == "" {
		return c, usageError("--lose-zone and --lose-subnet take a name")
	}
	c.LoseZone, c.LoseSubnet = w.zone, w.subnet
	for _, s := range w.subnets {
		cidr, zone, _ := strings.Cut(s, "@")
		c.AddSubnets = append(c.AddSubnets, forecast.AddedSubnet{CIDR: cidr, Zone: zone})
	}
	if c.QueueWeights, err = numbers("--queue-weight", w.weights); err != nil {
		return c, err
	}
	if c.MaxJobRuns, err = numbers("--max-concurrent-runs", w.jobs); err != nil {
		return c, err
	}
	for _, s := range w.runs {
		r, err := addedRun(s)
		if err != nil {
			return c, err
		}
		c.Runs = append(c.Runs, r)
	}
	return c, nil
}

// numbers reads NAME=N words.
func numbers(flag string, words []string) (map[string]int64, error) {
	given, err := pairs(flag, words)
	if err != nil || len(given) == 0 {
		return nil, err
	}
	out := map[string]int64{}
	for k, v := range given {
		n, err := strconv.ParseInt(v, 10, 64)
		if err != nil {
			return nil, usageError("%s %s=%s: %q is not a whole number", flag, k, v, v)
		}
		out[k] = n
	}
	return out, nil
}

// addedRun reads the value of --run.
func addedRun(s string) (r forecast.AddedRun, err error) {
	fields, err := pairs("--run", strings.Split(s, ","))
	if err != nil {
		return r, err
	}
	for k, v := range fields {
		switch k {
		case "job":
			r.Job = v
		case "queue":
			r.Queue = v
		case "workers":
			r.Workers, err = strconv.ParseInt(v, 10, 64)
		case "count":
			r.Count, err = strconv.Atoi(v)
		case "dpus":
			r.DPUs, err = strconv.ParseFloat(v, 64)
		case "takes":
			var d time.Duration
			d, err = time.ParseDuration(v)
			r.Takes = d.Seconds()
		default:
			return r, usageError("--run: %q is not one of job, workers, dpus, count, takes, queue", k)
		}
		if err != nil {
			return r, usageError("--run: %s=%s is not a number, or for takes a duration such as 30m", k, v)
		}
	}
	return r, nil
}

// simulation is what `tenon simulate` shows.
type simulation struct {
	History *history.Report `json:"History,omitempty"`
	forecast.Comparison
	Helps []forecast.Advice `json:"Helps,omitempty"`

	changed bool // there is an after
}

// maxCauses is how many causes of waits a table shows.
const maxCauses = 10

// showSimulation writes a simulation.
func (a *app) showSimulation(s *simulation) error {
	rows := compared(s)
	if a.flags.output == formatCSV {
		return showCSV(a.con, rows, outcomeColumns(s.changed, true, " after"))
	}
	if a.flags.output != formatTable {
		return a.showDocument(s)
	}
	several := slices.ContainsFunc(rows, func(o outcome) bool { return o.before.Region != rows[0].before.Region })
	if len(rows) == 0 {
		a.con.say("No run waits and none is expected.")
	} else {
		showTable(a.con, rows, outcomeColumns(s.changed, several, ""))
	}
	if len(s.Runs) > 0 {
		a.con.print("\n")
		showTable(a.con, s.Runs, addedColumns())
	}
	if len(s.Waits) > 0 {
		a.con.print("\n")
		showTable(a.con, s.Waits[:min(len(s.Waits), maxCauses)], waitColumns(s.Waits, several))
		if more := len(s.Waits) - maxCauses; more > 0 {
			a.con.say("And %s; -o json has all.", many(int64(more), "lesser cause"))
		}
	}
	if len(s.Use) > 0 {
		a.con.print("\n")
		showTable(a.con, s.Use, useColumns(several))
	}
	if len(s.Helps) > 0 {
		a.con.print("\n")
		showTable(a.con, s.Helps, helpColumns(s))
	}
	for _, n := range s.Notes {
		a.con.say("%s", n)
	}
	if slices.ContainsFunc(rows, func(o outcome) bool { return o.before.Started < o.before.Runs || o.after.Started < o.after.Runs }) {
		a.con.say("A run that does not start counts as waiting until the simulation ends.")
	}
	if s.History == nil {
		a.con.say("%s.", many(int64(s.Samples), "sample"))
	}
	return nil
}

// outcome is one queue before and after.
type outcome struct{ before, after forecast.QueueOutcome }

// compared pairs the queues of a comparison.
func compared(s *simulation) (out []outcome) {
	find := func(list []forecast.QueueOutcome, q forecast.QueueOutcome) (forecast.QueueOutcome, bool) {
		for _, x := range list {
			if x.Region == q.Region && x.Queue == q.Queue {
				return x, true
			}
		}
		return forecast.QueueOutcome{Region: q.Region, Queue: q.Queue}, false
	}
	for _, q := range s.Base {
		after, _ := find(s.Changed, q)
		out = append(out, outcome{q, after})
	}
	for _, q := range s.Changed {
		if before, known := find(s.Base, q); !known {
			out = append(out, outcome{before, q})
		}
	}
	return out
}

// secondsText is a number of seconds for people.
func secondsText(s float64) string {
	d := time.Duration(s * float64(time.Second))
	switch {
	case s < 0:
		return "never"
	case d < time.Second:
		return "0"
	case d < time.Minute:
		return fmt.Sprintf("%ds", d/time.Second)
	case d >= 48*time.Hour:
		return fmt.Sprintf("%dd%02dh", d/(24*time.Hour), d%(24*time.Hour)/time.Hour)
	}
	return span(d)
}

// regionColumn is the column of an item's region, where there are several.
func regionColumn[T any](several bool, of func(T) string) []column[T] {
	if !several {
		return nil
	}
	return []column[T]{{title: "region", text: func(x T) string { return orDefault(of(x), "-") }}}
}

// outcomeColumns are the columns of the queues' outcomes. suffix is the word that the second of two columns has behind the
// first one's name; a table calls it "then".
func outcomeColumns(changed, several bool, suffix string) []column[outcome] {
	then := func(title string) string {
		if suffix == "" {
			return "then"
		}
		return title + suffix
	}
	seconds := func(title string, of func(outcome) float64, whole bool) column[outcome] {
		return column[outcome]{title: title, right: true, whole: whole, text: func(o outcome) string { return secondsText(of(o)) },
			exact: func(o outcome) string { return number(of(o)) }}
	}
	columns := []column[outcome]{{title: "queue", text: func(o outcome) string { return o.before.Queue }, paint: func(outcome) style { return bold }}}
	columns = append(columns, regionColumn(several, func(o outcome) string { return o.before.Region })...)
	columns = append(columns, []column[outcome]{
		{title: "runs", right: true, text: func(o outcome) string { return fmt.Sprint(max(o.before.Runs, o.after.Runs)) }},
		{title: "started", right: true, text: func(o outcome) string { return fmt.Sprint(o.before.Started) }},
	}...)
	if changed {
		columns = append(columns, column[outcome]{title: then("started"), right: true, text: func(o outcome) string { return fmt.Sprint(o.after.Started) }})
	}
	for _, c := range []struct {
		title string
		whole bool
		of    func(forecast.QueueOutcome) float64
	}{
		{"mean wait", false, func(q forecast.QueueOutcome) float64 { return q.WaitMean }},
		{"p50", true, func(q forecast.QueueOutcome) float64 { return q.WaitP50 }},
		{"p90", false, func(q forecast.QueueOutcome) float64 { return q.WaitP90 }},
		{"max", changed, func(q forecast.QueueOutcome) float64 { return q.WaitMax }},
		{"finish", false, func(q forecast.QueueOutcome) float64 { return q.Finish }},
	} {
		columns = append(columns, seconds(c.title, func(o outcome) float64 { return c.of(o.before) }, c.whole))
		if changed {
			columns = append(columns, seconds(then(c.title), func(o outcome) float64 { return c.of(o.after) }, c.whole))
		}
	}
	return columns
}

// addedColumns are the columns of the added runs.
func addedColumns() []column[forecast.RunOutcome] {
	type run = forecast.RunOutcome
	return []column[run]{
		{title: "added run", text: func(r run) string { return r.Run }, paint: func(run) style { return bold }},
		{title: "starts in", right: true, text: func(r run) string { return secondsText(r.Start) }},
		{title: "ends in", right: true, text: func(r run) string { return secondsText(r.Finish) }},
		{title: "waits for", text: func(r run) string { return orDefault(r.Why, "-") }},
	}
}

// leastPool is the width that names of pools keep on a narrow terminal: a job's name in one may have 255 characters.
const leastPool = 32

// waitColumns are the columns of where waits came from.
func waitColumns(all []forecast.WaitShare, several bool) []column[forecast.WaitShare] {
	type share = forecast.WaitShare
	endless := func(s share) bool { // no wait for capacity, and as long as the simulation
		return s.Tier == string(scheduler.TierHeld) || s.Tier == string(scheduler.TierNever)
	}
	sum := 0.0
	for _, s := range all {
		if !endless(s) {
			sum += s.Seconds
		}
	}
	columns := regionColumn(several, func(s share) string { return s.Region })
	return append(columns, []column[share]{
		{title: "waits came from", text: func(s share) string { return orDefault(s.Pool, s.Tier) }, paint: func(share) style { return bold }, least: leastPool},
		{title: "tier", text: func(s share) string { return s.Tier }},
		{title: "runs", right: true, text: func(s share) string { return count(int64(s.Runs)) }},
		{title: "waited", right: true, text: func(s share) string { return secondsText(s.Seconds) }},
		{title: "part", right: true, text: func(s share) string {
			if endless(s) {
				return "-"
			}
			return percent(s.Seconds, sum)
		}},
	}...)
}

// percent is a part of a whole, in whole percents.
func percent(part, whole float64) string {
	if whole <= 0 {
		return "-"
	}
	return fmt.Sprintf("%.0f%%", 100*part/whole)
}

// useColumns are the columns of how far the limits were used.
func useColumns(several bool) []column[forecast.Use] {
	type use = forecast.Use
	columns := regionColumn(several, func(u use) string { return u.Region })
	return append(columns, []column[use]{
		{title: "limit", text: func(u use) string { return u.Pool }, paint: func(use) style { return bold }, least: leastPool},
		{title: "of", right: true, text: func(u use) string { return number(u.Limit) }},
		{title: "mean use", right: true, text: func(u use) string { return percent(u.Mean, u.Limit) }},
		{title: "peak", right: true, text: func(u use) string { return number(u.Peak) }},
	}...)
}

// helpColumns are the columns of what would help.
func helpColumns(s *simulation) []column[forecast.Advice] {
	type advice = forecast.Advice
	before := 0.0
	for _, q := range s.Base {
		before += q.WaitMean * float64(q.Runs)
	}
	return []column[advice]{
		{title: "what would help", text: func(h advice) string { return h.What }, paint: func(advice) style { return bold }, least: leastPool},
		{title: "saves", right: true, text: func(h advice) string {
			if h.Saved < 0 {
				return "-" + secondsText(-h.Saved)
			}
			return secondsText(h.Saved)
		}},
		{title: "part", right: true, text: func(h advice) string { return percent(h.Saved, before) }},
		{title: "longest wait", right: true, text: func(h advice) string { return secondsText(h.MaxWait) }},
	}
}
