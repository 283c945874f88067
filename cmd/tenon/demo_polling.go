package main

import (
	"fmt"
	"net/netip"
	"time"

	"tenon/internal/benchmark/suite"
	"tenon/internal/core/placement"
	"tenon/internal/core/scheduler"
	"tenon/internal/demo"
	"tenon/internal/glue"
)

// pollingEvery is how often the usual scheduler of Glue runs looks: a state machine on a timer.
const pollingEvery = 5 * time.Minute

// pollingExtra is how many addresses the published formula leaves for each run beside one a worker: its smallest.
const pollingExtra = 1

// polling plays the runs of the demonstration, with the times that they took, under a scheduler that looks every five
// minutes: with exact accounting, and with the published formula. It says so in words.
func polling(r *demo.QuotaReport) (string, error) {
	exact, formula := pollingTrace(r), pollingTrace(r)
	careful, err := suite.Play(exact, "exact", suite.NewBaseline(exact, suite.BestEffort, pollingEvery))
	if err != nil {
		return "", err
	}
	published, err := suite.Play(formula, "published", suite.NewPublished(formula, 1, pollingExtra))
	if err != nil {
		return "", err
	}
	took := func(p *suite.Played) (string, float64) {
		d := p.End.Sub(suite.Epoch)
		return span(d), d.Seconds() / r.Seconds
	}
	carefulTook, carefulTimes := took(careful)
	publishedTook, publishedTimes := took(published)
	over := ""
	if published.Crossed > 0 {
		over = ", limits crossed " + many(int64(published.Crossed), "time")
	}
	return fmt.Sprintf("In virtual time, a scheduler that polls every five minutes takes %s for the same runs with exact "+
		"accounting, %.0f times as long; with the published formula %s, %.0f times%s. (Runs of seconds show it at its worst.)", carefulTook, carefulTimes, publishedTook, publishedTimes, over), nil
}

// pollingTrace is the demonstration as a trace.
func pollingTrace(r *demo.QuotaReport) *suite.Trace {
	subnet := placement.Subnet{ID: "subnet", VPC: "vpc", Zone: "us-east-1a", CIDR: netip.MustParsePrefix("10.0.0.0/26")}
	t := &suite.Trace{Name: "demo", Linger: demo.QuotaLag, Config: scheduler.Config{
		Default: scheduler.Region{Slots: r.Limit.Slots, QuarterDPUs: r.Limit.QuarterDPUs, Subnets: []placement.Subnet{subnet}},
		Workers: scheduler.NoLimit, MemoryBytes: scheduler.NoLimit}}
	for i, run := range r.Runs {
		took := time.Duration(run.Held * float64(time.Second))
		t.Arrivals = append(t.Arrivals, suite.Arrival{At: suite.Epoch, Took: took, Run: scheduler.Run{
			ID: fmt.Sprintf("run-%06d", i), Job: demo.MedicareJob, MaxJobRuns: int64(len(r.Runs)), QuarterDPUs: int64(run.DPUs * 4),
			Workers: run.Addresses, Choices: []glue.Choice{{Connection: "network", Subnet: subnet.ID}}, Predicted: took, Timeout: time.Hour}})
	}
	return t
}
