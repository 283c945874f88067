package forecast

import "time"

// Options bound a forecast.
type Options struct {
	Samples      int           // 0 is 32; at most MaxSamples
	Horizon      time.Duration // of virtual time; 0 is 24 hours
	MaxPositions int           // waiting runs looked at, in order; 0 is 2000, NoBound all
	Seed         uint64
	// Tell hears of each sample, from 1, before Simulate or Advise plays it, and what of: as things are, or changed. nil: nobody.
	Tell func(what string, sample, of int)
}

// MaxSamples bounds Options.Samples: beyond, only time is spent.
const MaxSamples = 1024

// NoBound as Options.MaxPositions looks at every waiting run.
const NoBound = -1

// leastSamples is how many samples an answer needs that was cut short.
const leastSamples = 8

// withDefaults fills what is absent.
func (o Options) withDefaults() Options {
	if o.Samples <= 0 {
		o.Samples = 32
	}
	o.Samples = min(o.Samples, MaxSamples)
	if o.Horizon <= 0 {
		o.Horizon = 24 * time.Hour
	}
	if o.MaxPositions == 0 {
		o.MaxPositions = 2000
	}
	if o.Tell == nil {
		o.Tell = func(string, int, int) {}
	}
	return o
}

// cap returns how many of n waiting runs are looked at.
func (o Options) cap(n int) int {
	if o.MaxPositions < 0 {
		return n
	}
	return min(n, o.MaxPositions)
}
