package benchmark

import (
	"context"

	"tenon/internal/benchmark/suite"
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
