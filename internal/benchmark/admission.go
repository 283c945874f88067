package benchmark

import (
	"context"
	"errors"
	"fmt"
	"os"

	"tenon/internal/benchmark/suite"
	past "tenon/internal/core/history"
	"tenon/internal/core/scheduler"
	"tenon/internal/glue"
)

// pendings are the queue lengths of S0, and stepEvents how many events are measured at each.
var pendings = []int{100_000, 1_000_000}

const stepEvents = 200_000

// step is S0.
func step(_ context.Context, b *bench) error {
	return b.virtual(func(r *suite.Report) error { return suite.S0(r, pendings, stepEvents) })
}

// shared is S1 in virtual time.
func shared(_ context.Context, b *bench) error { return b.virtual(suite.S1) }

// mixed is S2.
func mixed(_ context.Context, b *bench) error {
	return b.virtual(func(r *suite.Report) error { return suite.S2(r, suite.Full) })
}

// large is S3.
func large(_ context.Context, b *bench) error {
	return b.virtual(func(r *suite.Report) error { return suite.S3(r, suite.Full) })
}

// scarce is S4.
func scarce(_ context.Context, b *bench) error {
	return b.virtual(func(r *suite.Report) error { return suite.S4(r, suite.Full) })
}

// flood is S5.
func flood(_ context.Context, b *bench) error {
	return b.virtual(func(r *suite.Report) error { return suite.S5(r, suite.Full) })
}

// virtual runs a suite in virtual time and takes its figures.
func (b *bench) virtual(run func(*suite.Report) error) error {
	var r suite.Report
	err := run(&r)
	for _, f := range r.Figures {
		b.report.note(figure{Name: f.Suite + " " + f.Name, Value: f.Value, Values: []float64{f.Value}, Unit: f.Unit, Target: f.Target, Met: f.Met, Note: f.Note})
	}
	return err
}

// replay is S8, on the export that the options name.
func replay(_ context.Context, b *bench) error {
	if len(b.export) == 0 {
		return nil // nothing to replay: --help says how to make an export
	}
	var x past.Export
	for _, path := range b.export {
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		err = x.Read(path, f)
		if err = errors.Join(err, f.Close()); err != nil {
			return err
		}
	}
	const region = "us-east-1" // of the replay: names stay as they are
	limits := scheduler.Config{Workers: scheduler.NoLimit, MemoryBytes: scheduler.NoLimit, Default: scheduler.Region{
		Slots:           int64(glue.Quotas(nil).Limit(glue.QuotaConcurrentRuns)),
		QuarterDPUs:     glue.QuarterDPUs(glue.Quotas(nil).Limit(glue.QuotaDPUs)),
		FlexQuarterDPUs: glue.QuarterDPUs(glue.Quotas(nil).Limit(glue.QuotaFlexDPUs))}}
	in, report, err := x.Replay(limits, region)
	if err != nil {
		return err
	}
	fmt.Fprintf(b.report.talk, "  %d runs read, %d used\n", report.Read, report.Used)
	return b.virtual(func(r *suite.Report) error { return suite.S8(r, &in) })
}
