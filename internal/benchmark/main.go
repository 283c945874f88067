// Command benchmark measures the server: the table of docs/benchmarks.md. It starts the plane in a process of its own,
// with the store on disk and a history of runs in it, and drives it over its real port with signed requests.
//
//	go run ./internal/benchmark                      every figure, 1,000,000 runs of history
//	go run ./internal/benchmark -history 10000       quicker
//	go run ./internal/benchmark -only start,get -json
//
// The plane under load runs attempts on the fake executor, which no configuration of a Tenon selects; the latency of real
// scripts is measured with bin/tenon itself.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"time"
)

// figure is one measured number beside its target.
type figure struct {
	Name   string  `json:"name"`
	Value  float64 `json:"value"`
	Unit   string  `json:"unit"`
	Target string  `json:"target"`
	Note   string  `json:"note,omitempty"`
}

// suite is one group of figures; it works in dir.
type suite struct {
	name string
	run  func(ctx context.Context, b *bench) error
}

// bench is what the suites share.
type bench struct {
	dir     string
	history int
	seconds time.Duration // how long each rate is measured
	tenon   string
	figures []figure
}

// add notes a figure and shows it.
func (b *bench) add(name string, value float64, unit, target, note string) {
	b.figures = append(b.figures, figure{name, value, unit, target, note})
	fmt.Fprintf(os.Stderr, "  %-52s %10.1f %-6s target %s\n", name, value, unit, target)
}

// main runs the suites and prints the table.
func main() {
	if len(os.Args) > 1 && os.Args[1] == "plane" {
		if err := servePlane(os.Args[2:]); err != nil {
			fmt.Fprintln(os.Stderr, "benchmark plane:", err)
			os.Exit(1)
		}
		return
	}
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "benchmark:", err)
		os.Exit(1)
	}
}

// run parses the flags and runs what they ask for.
func run() error {
	history := flag.Int("history", 1_000_000, "runs in the store before measuring")
	seconds := flag.Duration("for", 10*time.Second, "how long to measure each rate")
	only := flag.String("only", "", "suites to run, comma-separated: idle, start, get, cycle, dispatch, restart, latency")
	asJSON := flag.Bool("json", false, "print JSON")
	tenon := flag.String("tenon", "bin/tenon", "the binary whose scripts' latency is measured")
	dir := flag.String("dir", "", "where the stores are made (default: a temporary folder)")
	flag.Parse()
	if *dir == "" {
		made, err := os.MkdirTemp("", "tenon-benchmark-")
		if err != nil {
			return err
		}
		defer os.RemoveAll(made)
		*dir = made
	}
	b := &bench{dir: *dir, history: *history, seconds: *seconds, tenon: *tenon}
	suites := []suite{{"idle", idle}, {"start", starts}, {"get", gets}, {"cycle", cycles}, {"dispatch", dispatch}, {"restart", restart}, {"latency", latency}}
	for _, s := range suites {
		if *only != "" && !slices.Contains(strings.Split(*only, ","), s.name) {
			continue
		}
		fmt.Fprintln(os.Stderr, s.name)
		if err := s.run(context.Background(), b); err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
	}
	if *asJSON {
		return json.NewEncoder(os.Stdout).Encode(b.figures)
	}
	fmt.Printf("%s/%s, %d processors, %s, history of %d runs\n\n", runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), runtime.Version(), b.history)
	fmt.Printf("| Measure | Result | Target |\n|---|---:|---|\n")
	for _, f := range b.figures {
		fmt.Printf("| %s | %.1f %s%s | %s |\n", f.Name, f.Value, f.Unit, note(f.Note), f.Target)
	}
	return nil
}

// note is a remark in brackets.
func note(s string) string {
	if s == "" {
		return ""
	}
	return " (" + s + ")"
}
