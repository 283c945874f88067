package main

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"tenon/internal/core/forecast"
	"tenon/internal/core/history"
	"tenon/internal/core/scheduler"
	"tenon/internal/plane"
)

// offline is the flags of a history.
type offline struct {
	runs, jobs, subnets, connections []string
	config                           string
	limits                           []string
	lag                              time.Duration
}

// wanted reports whether a history is to be played.
func (o *offline) wanted() bool {
	return len(o.runs)+len(o.jobs)+len(o.subnets)+len(o.connections) > 0
}

// limited reports whether limits of a history are given.
func (o *offline) limited() bool { return o.config != "" || len(o.limits) > 0 || o.lag != 0 }

// Bounds of what is read.
const (
	maxHistoryFiles = 100_000
	maxHistoryBytes = 4 << 30
)

// offlineSamples is how often the run times that a history does not tell are drawn; most are told.
const offlineSamples = 8

// offlineAfter is how long after the last submit of a history the play goes on: runs that have not started by then wait
// for ever.
const offlineAfter = 30 * 24 * time.Hour

// maxLimit bounds a --limit.
const maxLimit = 10_000_000

// simulateOffline plays a history, with no server.
func (a *app) simulateOffline(ctx context.Context, o *offline, change forecast.Change, samples int) error {
	if len(o.runs) == 0 {
		return usageError("--runs is missing: the output of aws glue get-job-runs")
	}
	var export history.Export
	for _, paths := range [][]string{o.runs, o.jobs, o.subnets, o.connections} {
		if err := readExport(&export, paths); err != nil {
			return err
		}
	}
	cfg, err := o.admission()
	if err != nil {
		return err
	}
	region := orDefault(a.flags.region, regionOf(&export))
	in, report, err := export.Replay(cfg, region)
	a.sayReport(&report) // now: to play a large history takes minutes
	if err != nil {
		return err
	}
	opts := forecast.Options{Samples: samples, Horizon: report.To.Sub(report.From) + offlineAfter, MaxPositions: forecast.NoBound, Seed: 1}
	if samples == 0 {
		opts.Samples = 1
		if report.Drawn > 0 {
			opts.Samples = offlineSamples
		}
	}
	if change.Region == "" {
		change.Region = region
	}
	s := &simulation{History: &report, changed: changes(&change)}
	line := &progress{con: a.con}
	defer line.clear()
	opts.Tell = func(what string, sample, of int) { line.set("playing sample %d of %d, %s", sample, of, what) }
	stop := func() bool { return ctx.Err() != nil }
	if s.changed {
		s.Comparison, err = forecast.Simulate(in, change, opts, stop)
	} else {
		s.Comparison, s.Helps, err = forecast.Advise(in, region, opts, stop)
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		return err
	}
	line.clear()
	return a.showSimulation(s)
}

// changes reports whether a change is more than a region.
func changes(c *forecast.Change) bool {
	return c.ConcurrentRuns != nil || c.DPUs != nil || c.FlexDPUs != nil || c.LocalWorkers != nil || c.LoseZone != "" || c.LoseSubnet != "" ||
		len(c.AddSubnets)+len(c.QueueWeights)+len(c.Runs)+len(c.MaxJobRuns) > 0
}

// sayReport says how the history was understood.
func (a *app) sayReport(r *history.Report) {
	a.con.say("Read %s, used %s.", many(int64(r.Read), "run"), count(int64(r.Used)))
	if r.Used > 0 {
		a.con.say("From %s to %s; start-up takes about %s; on AWS the runs waited %s in all, as far as its times tell.",
			clock(r.From), clock(r.To), secondsText(r.StartUp), secondsText(r.Observed))
	}
	for _, s := range r.Skipped {
		a.con.say("Left out %s: %s, such as %s.", many(int64(s.Runs), "run"), s.Why, s.Like)
	}
	for _, n := range r.Notes {
		a.con.say("%s", n)
	}
}

// readExport reads files, and the *.json of folders.
func readExport(x *history.Export, paths []string) error {
	var files []string
	for _, p := range paths {
		info, err := os.Stat(p)
		if err != nil {
			return err
		}
		if !info.IsDir() {
			files = append(files, p)
			continue
		}
		before := len(files)
		err = filepath.WalkDir(p, func(path string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() && strings.HasSuffix(path, ".json") {
				files = append(files, path)
			}
			return err
		})
		if err != nil {
			return err
		}
		if len(files) == before {
			return fmt.Errorf("%s: the folder has no *.json", p)
		}
	}
	if len(files) > maxHistoryFiles {
		return fmt.Errorf("%d files are more than %d", len(files), maxHistoryFiles)
	}
	left := int64(maxHistoryBytes)
	for _, path := range files {
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		if info, err := f.Stat(); err == nil {
			left -= info.Size()
		}
		if left < 0 {
			f.Close()
			return fmt.Errorf("the history is larger than %d GiB", int64(maxHistoryBytes)>>30)
		}
		err = x.Read(path, f)
		f.Close()
		if err != nil {
			return err
		}
	}
	return nil
}

// admission is the limits that the history is played under: AWS's defaults or a tenon.yaml's, without this machine's.
func (o *offline) admission() (scheduler.Config, error) {
	cfg, err := plane.LoadConfig(o.config)
	if err != nil {
		return scheduler.Config{}, err
	}
	out := cfg.Admission()
	out.Workers, out.MemoryBytes = scheduler.NoLimit, scheduler.NoLimit
	if o.lag < 0 {
		return out, usageError("--release-lag %s is negative", o.lag)
	}
	if o.lag > 0 {
		out.Placement.ReleaseLag = o.lag
	}
	given, err := pairs("--limit", o.limits)
	if err != nil {
		return out, err
	}
	for name, value := range given {
		n, err := strconv.ParseFloat(value, 64)
		if err != nil || n < 0 || n > maxLimit || n*4 != float64(int64(n*4)) || name == "concurrent_runs" && n != float64(int64(n)) {
			return out, usageError("--limit %s=%s: not a number from 0 to %d; runs are whole, DPUs in steps of 0.25", name, value, maxLimit)
		}
		set := func(r scheduler.Region) scheduler.Region {
			switch name {
			case "concurrent_runs":
				r.Slots = int64(n)
			case "dpus":
				r.QuarterDPUs = int64(n * 4)
			case "flex_dpus":
				r.FlexQuarterDPUs = int64(n * 4)
			}
			return r
		}
		if !slices.Contains([]string{"concurrent_runs", "dpus", "flex_dpus"}, name) {
			return out, usageError("--limit %q is not one of concurrent_runs, dpus, flex_dpus", name)
		}
		out.Default = set(out.Default)
		for region, r := range out.Regions {
			out.Regions[region] = set(r)
		}
	}
	return out, nil
}

// zoneForm is the name of an availability zone: its region and a letter.
var zoneForm = regexp.MustCompile(`^([a-z]+-[a-z-]+-\d+)[a-z]$`)

// regionOf is the region of the subnets, or us-east-1.
func regionOf(x *history.Export) string {
	for _, s := range x.Subnets {
		if m := zoneForm.FindStringSubmatch(s.Zone); m != nil {
			return m[1]
		}
	}
	return "us-east-1"
}
