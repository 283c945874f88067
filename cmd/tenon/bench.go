package main

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tenon/internal/benchmark"
)

// benchCommand is `tenon bench`.
func (a *app) benchCommand() *cobra.Command {
	o := benchmark.Options{}
	names, what := benchmark.Names()
	var list strings.Builder
	for i, n := range names {
		fmt.Fprintf(&list, "  %-13s  %s\n", n, what[i])
	}
	c := &cobra.Command{
		Use: "bench [SUITE]...", Short: "Measure this Tenon on this machine", GroupID: groupHelp,
		Long: `Measure the scheduler in virtual time, beside what it is compared with, and the server under load. Stores are
made in a temporary folder; no running server is touched. What the figures mean, and those of a quiet machine,
stand in docs/benchmarks.md.

` + list.String(),
		Example:   "  tenon bench s1 s2 s3              # admission, in seconds\n  tenon bench start get --history 10000 --for 2s\n  tenon bench -o json > figures.json",
		ValidArgs: names,
		RunE: func(cmd *cobra.Command, args []string) error {
			for _, suite := range args {
				if !slices.Contains(names, suite) {
					return usageError("%q is not a suite: there are %s", suite, strings.Join(names, ", "))
				}
			}
			exe, err := os.Executable()
			if err != nil {
				return err
			}
			o.Groups, o.Tenon, o.JSON = args, exe, a.flags.output == formatJSON
			if !o.JSON && a.flags.output != formatTable {
				return usageError("-o %s: bench writes table or json", a.flags.output)
			}
			return benchmark.Run(cmd.Context(), o, a.con.out, a.con.err)
		},
	}
	f := c.Flags()
	f.IntVar(&o.History, "history", 1_000_000, "runs in the store before measuring")
	f.DurationVar(&o.Seconds, "for", 10*time.Second, "how `long` to measure each rate")
	f.IntVar(&o.Repeat, "repeat", 3, "how often to measure each figure; the median counts")
	f.StringVar(&o.Dir, "dir", "", "`folder` of the stores; a history found there is used (default: a temporary one)")
	f.StringVar(&o.Profiles, "profile", "", "`folder` for CPU profiles of the servers")
	f.StringSliceVar(&o.Export, "export", nil, "`files` of an account's history for s8, as docs/simulate.md makes them")
	f.StringVar(&o.PySpark, "pyspark", "", "`python3` with PySpark 3.5, which the engine's suites compare with")
	f.IntVar(&o.Rows, "rows", 26_000_000, "rows of the CSV file of engine-csv; 26 million are 3 GB")
	f.SortFlags = false
	c.AddCommand(benchPlane(), benchEmpty(), benchAlone())
	return c
}

// benchPlane is the server under load: a process of its own that the benchmark starts.
func benchPlane() *cobra.Command {
	return &cobra.Command{
		Use: benchmark.PlaneCommand, Hidden: true, DisableFlagParsing: true,
		RunE: func(_ *cobra.Command, args []string) error { return benchmark.ServePlane(args) },
	}
}

// benchEmpty is a server that does nothing: a process of its own, as the server under load is.
func benchEmpty() *cobra.Command {
	return &cobra.Command{
		Use: benchmark.EmptyCommand, Hidden: true, DisableFlagParsing: true,
		RunE: func(_ *cobra.Command, args []string) error { return benchmark.ServeEmpty(args) },
	}
}

// benchAlone is DuckDB without Tenon's semantics, which the engine's suites compare with: a process of its own.
func benchAlone() *cobra.Command {
	return &cobra.Command{
		Use: benchmark.AloneCommand, Hidden: true, DisableFlagParsing: true,
		RunE: func(cmd *cobra.Command, args []string) error { return benchmark.RunAlone(cmd.Context(), args) },
	}
}
