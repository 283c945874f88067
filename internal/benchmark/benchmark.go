// Package benchmark measures Tenon: the figures of docs/benchmarks.md, which says what each of them means. It is behind
// `tenon bench`.
//
// The plane under load is a process of its own, with the store on disk, driven over its real port with signed requests.
// Its attempts run on the fake executor, which no configuration of a Tenon selects; the latency of real scripts is
// measured with the real one. The suites of admission (S0 to S8, package suite) need no plane: they run in virtual time.
//
// The files: suites of what is measured (admission, memory, runs, latency, triggers, workflow, engine), and what they need: plane and empty
// (the child processes), process (its parent's hold of it), history (the runs stored beforehand), load (the clients), report (the table).
package benchmark

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// group is one group of figures.
type group struct {
	name string
	what string // one line for --help
	run  func(context.Context, *bench) error
}

// groups are all there are, in the order in which they run.
func groups() []group {
	return []group{
		{"s0", "the scheduler alone: events a second, memory of a pending run", step},
		{"s1", "Kueue's workload in virtual time", shared},
		{"s1-live", "the same through the API, with durable commits (about a minute)", sharedLive},
		{"s2", "waits of a mixed day, beside polling, best effort, clairvoyance", mixed},
		{"s3", "large runs in a stream of small ones", large},
		{"s4", "addresses that linger, outsiders, a lost zone", scarce},
		{"s5", "one queue floods", flood},
		{"s8", "an account's exported history (--export) beside polling", replay},
		{"idle", "memory and start of an empty server", idle},
		{"get", "GetJobRun over a long history", gets},
		{"start", "StartJobRun, durable", starts},
		{"cycle", "whole lives of runs", cycles},
		{"dispatch", "from a freed slot to the next start", dispatch},
		{"restart", "a start with 100,000 pending runs", restarts},
		{"latency", "from StartJobRun to the script's first line", latency},
		{"triggers", "10,000 triggers that wait; from an event to the start of a run", triggers},
		{"workflow", "100 jobs in a workflow; 1,000 workflow runs at once", workflows},
		{"workflow-live", "100 jobs in a workflow, with real workers", workflowsLive},
		{"engine-csv", "a large CSV file to Parquet, beside DuckDB and PySpark", csvParquet},
		{"engine-input", "the demonstration's Input job, beside PySpark", demoInput},
		{"engine-sort", "a sort of 20M rows that does not fit its memory", spillingSort},
	}
}

// Names lists the groups, and what each measures.
func Names() (names, what []string) {
	for _, g := range groups() {
		names, what = append(names, g.name), append(what, g.what)
	}
	return names, what
}

// Options say what to measure and how.
type Options struct {
	Groups   []string      // empty: all
	History  int           // runs in the store before measuring
	Seconds  time.Duration // how long to measure each rate
	Repeat   int           // how often to measure each figure; the median counts
	Tenon    string        // the binary that serves and runs scripts
	Dir      string        // where stores are made; a history found there is used; empty: a temporary folder
	Profiles string        // folder for CPU profiles of the planes; empty: none
	Export   []string      // files of an account's history: s8; see docs/simulate.md
	PySpark  string        // a python3 with PySpark, for the engine's suites; empty: Tenon alone
	Rows     int           // of the CSV file of engine-csv
	JSON     bool          // print JSON, not a table
}

// bench is what the suites share.
type bench struct {
	dir      string        // where stores are made
	history  int           // runs stored before measuring
	seconds  time.Duration // how long a rate is measured, each time
	repeat   int           // how often; the median counts
	tenon    string        // the binary that serves and runs scripts
	profiles string        // where the planes write CPU profiles; empty for none
	export   []string      // files of an account's history
	pyspark  string        // a python3 with PySpark, or empty
	rows     int           // of the CSV file of engine-csv
	report   report
}

// Run measures, shows each figure on talk as it comes, and prints the whole on out.
func Run(ctx context.Context, o Options, out, talk io.Writer) error {
	b := &bench{history: o.History, seconds: o.Seconds, repeat: o.Repeat, tenon: o.Tenon, dir: o.Dir, profiles: o.Profiles, export: o.Export,
		pyspark: o.PySpark, rows: o.Rows}
	chosen, err := choose(o.Groups)
	if err != nil {
		return err
	}
	if b.repeat < 1 || b.history < 1 || b.seconds <= 0 {
		return fmt.Errorf("repeat and history are at least 1, and a rate is measured for some time")
	}
	if b.dir == "" {
		if b.dir, err = os.MkdirTemp("", "tenon-benchmark-"); err != nil {
			return err
		}
		defer func() { _ = os.RemoveAll(b.dir) }() // the figures are out: what stays behind is only untidy
	}
	b.report = report{machine: machine(b.history), talk: talk}
	for _, g := range chosen {
		fmt.Fprintln(talk, g.name)
		if err := g.run(ctx, b); err != nil {
			return fmt.Errorf("%s: %w", g.name, err)
		}
	}
	if o.JSON {
		return b.report.writeJSON(out)
	}
	return b.report.writeTable(out)
}

// choose returns the groups of a list of names, all for none, in their order.
func choose(names []string) ([]group, error) {
	if len(names) == 0 {
		return groups(), nil
	}
	all, _ := Names()
	for _, n := range names {
		if !slices.Contains(all, n) {
			return nil, fmt.Errorf("unknown suite %q: there are %s", n, strings.Join(all, ", "))
		}
	}
	var chosen []group
	for _, g := range groups() {
		if slices.Contains(names, g.name) {
			chosen = append(chosen, g)
		}
	}
	return chosen, nil
}

// fresh is the path of an empty folder for one plane, and what removes it.
func (b *bench) fresh(name string) (dir string, remove func(), err error) {
	dir = filepath.Join(b.dir, name)
	if err := os.RemoveAll(dir); err != nil {
		return "", nil, err
	}
	return dir, func() { _ = os.RemoveAll(dir) }, os.MkdirAll(dir, 0o700)
}
