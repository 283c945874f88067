package forecast

import (
	"math"
	"time"
)

// Calibration is how estimates fared against what came. Each started run scores twice: the first estimate that it was
// given, and one drawn at random of all that it was given, so that a long wait counts no more than a short one.
type Calibration struct {
	First Score `json:"First"`
	Any   Score `json:"Any"`
	// Missed are started runs that waited and were told no time before: it was not known yet.
	Missed int `json:"Missed"`
}

// Score is a sum over started runs. Of honest estimates, Inside is about 80% of Starts and Early as many as Late.
type Score struct {
	Starts int `json:"Starts"`
	Inside int `json:"Inside"`
	Early  int `json:"Early"` // started before Low
	Late   int `json:"Late"`  // started after High
	More   int `json:"More"`  // estimates that only said "after High"; counted inside or early
	// Errors, in seconds, summed over Starts without More.
	Absolute float64 `json:"AbsoluteSeconds"` // |start - P50|
	Bias     float64 `json:"BiasSeconds"`     // start - P50
	Pinball  float64 `json:"PinballSeconds"`  // mean pinball loss of the 10%, 50% and 90% quantiles
}

// Coverage is the part of the starts that the estimates held; NaN without any.
func (s Score) Coverage() float64 { return float64(s.Inside) / float64(s.Starts) }

// MeanError is the mean of |start - P50|, in seconds; NaN without any.
func (s Score) MeanError() float64 { return s.Absolute / float64(s.Starts-s.More) }

// slack is how far an estimate of seconds may miss by the clock's own steps, and by the time a decision takes.
const slack = time.Second

// add scores one estimate.
func (s *Score) add(e Estimate, at time.Time) {
	s.Starts++
	if e.More {
		s.More++
		if at.Before(e.High) {
			s.Early++
		} else {
			s.Inside++
		}
		return
	}
	switch {
	case at.Before(e.Low.Add(-slack)):
		s.Early++
	case at.After(e.High.Add(slack)):
		s.Late++
	default:
		s.Inside++
	}
	off := at.Sub(e.P50).Seconds()
	s.Absolute += math.Abs(off)
	s.Bias += off
	s.Pinball += (pinball(at.Sub(e.Low), 0.1) + pinball(at.Sub(e.P50), 0.5) + pinball(at.Sub(e.High), 0.9)) / 3
}

// pinball is the loss of a predicted p-quantile, in seconds: the expected loss is least for the true one.
func pinball(off time.Duration, p float64) float64 {
	if off >= 0 {
		return p * off.Seconds()
	}
	return (p - 1) * off.Seconds()
}

// given is what one waiting run was told.
type given struct {
	first, any Estimate
	count      int
}

// maxGiven bounds how many waiting runs a Scorer remembers; the estimates of others are not scored.
const maxGiven = 10_000

// Scorer remembers estimates until their runs start. It is not safe for concurrent use.
type Scorer struct {
	runs map[string]*given
	sum  Calibration
}

// NewScorer returns a scorer that has seen nothing.
func NewScorer() *Scorer { return &Scorer{runs: map[string]*given{}} }

// Give notes estimates that were made. One that tells no time cannot be wrong, and is not scored.
func (s *Scorer) Give(estimates map[string]Estimate) {
	for id, e := range estimates {
		if e.Untimed != "" {
			continue
		}
		g := s.runs[id]
		if g == nil {
			if len(s.runs) >= maxGiven {
				continue
			}
			g = &given{first: e}
			s.runs[id] = g
		}
		// The n-th replaces with probability 1/n: each is the one kept with equal probability.
		g.count++
		if d := throw(0, g.count, id); d.below(g.count) == 0 {
			g.any = e
		}
	}
}

// Started scores what a run was told. waited tells whether it ever waited: only then an estimate was due.
func (s *Scorer) Started(id string, at time.Time, waited bool) {
	g := s.runs[id]
	switch {
	case g != nil:
		s.sum.First.add(g.first, at)
		s.sum.Any.add(g.any, at)
		delete(s.runs, id)
	case waited:
		s.sum.Missed++
	}
}

// Gone forgets a run that never started, and what it was told: it was stopped, held, or expired.
func (s *Scorer) Gone(id string) { delete(s.runs, id) }

// Calibration returns the scores so far.
func (s *Scorer) Calibration() Calibration { return s.sum }
