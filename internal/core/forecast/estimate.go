package forecast

import (
	"math"
	"slices"
	"time"

	"tenon/internal/core/scheduler"
)

// Estimates says when the waiting runs of a state will start, by run id. Runs that nothing but an operator lets start
// (held ones, and those that need more than there is) have no estimate. Runs behind MaxPositions start after the last of
// those looked at. stop, which may be nil, is asked often and ends the work: the answer is then made of the samples that
// are complete, or is empty if they are too few. A state that contradicts itself has no estimates.
func Estimates(in Input, o Options, stop func() bool) map[string]Estimate {
	o = o.withDefaults()
	m := newModel(&in, o)
	n := o.cap(len(in.State.Waiting))
	starts := make([][]float64, n)   // seconds from now, a sample each; +Inf beyond the horizon
	guesses := make([]bool, n)       // some run time that mattered was guessed
	index := make(map[string]int, n) // of the runs that may start
	complete := 0
	for sample := range o.Samples {
		e := m.engine(sample, stop)
		left := map[string]bool{}
		e.started = func(a *scheduler.Admission, at, _ time.Time) {
			if i, ok := index[a.Run.ID]; ok {
				starts[i] = append(starts[i], at.Sub(in.State.At).Seconds())
				guesses[i] = guesses[i] || m.guess
				delete(left, a.Run.ID)
			}
		}
		if sample == 0 {
			if err := m.open(index, n); err != nil {
				return nil
			}
		}
		for id := range index {
			left[id] = true
		}
		m.guess = false
		if err := e.load(&in.State, n); err != nil {
			return nil
		}
		stopped, err := e.run(func() bool { return len(left) == 0 })
		if err != nil {
			return nil
		}
		if stopped {
			break
		}
		complete++
		for id := range left {
			i := index[id]
			starts[i] = append(starts[i], math.Inf(1))
			guesses[i] = guesses[i] || m.guess
		}
	}
	if complete < min(leastSamples, o.Samples) {
		return map[string]Estimate{}
	}
	return m.answer(index, starts, guesses, complete)
}

// open finds the runs that may start by themselves.
func (m *model) open(index map[string]int, n int) error {
	s := &m.in.State
	held := map[string]bool{}
	for _, q := range s.Held {
		held[q] = true
	}
	for _, q := range s.Config.Queues {
		held[q.Name] = held[q.Name] || q.Held
	}
	empty := scheduler.New(s.Config)
	for i := range n {
		r := &s.Waiting[i]
		queue := r.Queue
		if queue == "" {
			queue = scheduler.DefaultQueue
		}
		if _, never := empty.NeverFits(*r); !never && !r.Held && !held[queue] {
			index[r.ID] = i
		}
	}
	return nil
}

// answer makes estimates of the starts in the samples.
func (m *model) answer(index map[string]int, starts [][]float64, guesses []bool, samples int) map[string]Estimate {
	made, horizon := m.in.State.At, m.opts.Horizon.Seconds()
	at := func(seconds float64) time.Time {
		return made.Add(time.Duration(min(seconds, horizon) * float64(time.Second)))
	}
	out := make(map[string]Estimate, len(index))
	last, guess := 0.0, false
	for id, i := range index {
		x := starts[i][:samples] // a sample that was cut short does not count
		slices.Sort(x)
		mid := quantile(x, 0.5)
		out[id] = Estimate{P50: at(mid), Low: at(quantile(x, 0.1)), High: at(quantile(x, 0.9)), More: mid > horizon, Guess: guesses[i], Made: made}
		last, guess = max(last, mid), guess || guesses[i]
	}
	for i := len(starts); i < len(m.in.State.Waiting); i++ {
		out[m.in.State.Waiting[i].ID] = Estimate{P50: at(last), Low: at(last), High: at(last), More: true, Guess: guess, Made: made}
	}
	return out
}

// quantile is the p-quantile of sorted numbers, at position p(n+1): between two neighbours lies 1/(n+1) of what is to
// come, on average, whatever the distribution. +Inf is a number here.
func quantile(sorted []float64, p float64) float64 {
	if len(sorted) == 0 {
		return math.Inf(1)
	}
	at := p*float64(len(sorted)+1) - 1
	i := int(math.Floor(at))
	switch {
	case i < 0:
		return sorted[0]
	case i >= len(sorted)-1:
		return sorted[len(sorted)-1]
	}
	a, b := sorted[i], sorted[i+1]
	if math.IsInf(b, 1) {
		if at == float64(i) {
			return a
		}
		return b
	}
	return a + (b-a)*(at-float64(i))
}
