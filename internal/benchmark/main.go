// Command benchmark measures the server: the figures of docs/benchmarks.md, which says what each of them means.
//
//	go run ./internal/benchmark                      every figure, 1,000,000 runs of history
//	go run ./internal/benchmark -history 10000       quicker
//	go run ./internal/benchmark -only start,get -json
//	go run ./internal/benchmark -only get -profile /tmp/profiles
//
// The plane under load is a process of its own, with the store on disk, driven over its real port with signed requests.
// Its attempts run on the fake executor, which no configuration of a Tenon selects; the latency of real scripts is
// measured with bin/tenon itself.
//
// The files: suites of what is measured (memory, runs, dispatch, latency), and what they need: plane (the child process),
// process (its parent's hold of it), history (the runs stored beforehand), load (the clients), report (the table).
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

// suite is one group of figures.
type suite struct {
	name string
	run  func(context.Context, *bench) error
}

// suites are all there are, in the order in which they run.
func suites() []suite {
	return []suite{
		{"idle", idle}, {"get", gets}, {"start", starts}, {"cycle", cycles},
		{"dispatch", dispatch}, {"restart", restarts}, {"latency", latency},
	}
}

// bench is what the suites share.
type bench struct {
	dir      string        // where stores are made
	history  int           // runs stored before measuring
	seconds  time.Duration // how long a rate is measured, each time
	repeat   int           // how often; the median counts
	tenon    string        // the binary that runs real scripts
	profiles string        // where the planes write CPU profiles; empty for none
	report   report
}

// main is the benchmark, or, with the argument "plane", the process under load.
func main() {
	run := runSuites
	if len(os.Args) > 1 && os.Args[1] == planeCommand {
		run = func(context.Context) error { return servePlane(os.Args[2:]) }
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "benchmark:", err)
		os.Exit(1)
	}
}

// runSuites parses the flags, runs the suites that they ask for and prints the table.
func runSuites(ctx context.Context) (err error) {
	b := &bench{}
	flag.IntVar(&b.history, "history", 1_000_000, "runs in the store before measuring")
	flag.DurationVar(&b.seconds, "for", 10*time.Second, "how long to measure each rate")
	flag.IntVar(&b.repeat, "repeat", 3, "how often to measure each figure; the median counts")
	flag.StringVar(&b.tenon, "tenon", "bin/tenon", "the binary whose scripts' latency is measured")
	flag.StringVar(&b.dir, "dir", "", "where the stores are made; a history found there is used (default: a temporary folder)")
	flag.StringVar(&b.profiles, "profile", "", "folder for CPU profiles of the planes")
	only := flag.String("only", "", "suites to run, comma-separated: "+suiteNames())
	asJSON := flag.Bool("json", false, "print JSON")
	flag.Parse()
	chosen, err := choose(*only)
	if err != nil {
		return err
	}
	if b.repeat < 1 || b.history < 1 {
		return fmt.Errorf("-repeat and -history are at least 1")
	}
	if b.dir == "" {
		if b.dir, err = os.MkdirTemp("", "tenon-benchmark-"); err != nil {
			return err
		}
		defer func() { _ = os.RemoveAll(b.dir) }() // the figures are out: what stays behind is only untidy
	}
	b.report.machine = machine(b.history)
	for _, s := range chosen {
		fmt.Fprintln(os.Stderr, s.name)
		if err := s.run(ctx, b); err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
	}
	if *asJSON {
		return b.report.writeJSON(os.Stdout)
	}
	return b.report.writeTable(os.Stdout)
}

// suiteNames lists the suites for people.
func suiteNames() string {
	var names []string
	for _, s := range suites() {
		names = append(names, s.name)
	}
	return strings.Join(names, ", ")
}

// choose returns the suites of a comma-separated list, all for an empty one.
func choose(list string) ([]suite, error) {
	if list == "" {
		return suites(), nil
	}
	var chosen []suite
	names := strings.Split(list, ",")
	for _, s := range suites() {
		if i := slices.Index(names, s.name); i >= 0 {
			chosen, names = append(chosen, s), slices.Delete(names, i, i+1)
		}
	}
	if len(names) > 0 {
		return nil, fmt.Errorf("unknown suite %q: there are %s", names[0], suiteNames())
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
