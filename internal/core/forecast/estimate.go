package forecast

import (
	"cmp"
	"math"
	"slices"
	"time"

	"tenon/internal/core/scheduler"
)

// rounds are how many positions are looked at: first a few, then all. So a forecast that is stopped knows at least of the
// first.
var rounds = [...]int{64, math.MaxInt}

// Estimates says when the waiting runs of a state will start, by run id. Runs that nothing but an operator lets start
// (held ones, and those that need more than there is) have no estimate. Runs behind those looked at have one that says
// More: they start after the last of the others. stop, which may be nil, is asked often and ends the work: the answer is
// then made of what is complete, or is empty if that is too little. A state that contradicts itself has no estimates.
func Estimates(in Input, o Options, stop func() bool) map[string]Estimate {
	o = o.withDefaults()
	m := newModel(&in, o)
	n := o.cap(len(in.State.Waiting))
	able := m.able(n)
	out := map[string]Estimate{}
	for i, depth := range rounds {
		if i > 0 && rounds[i-1] >= n {
			break
		}
		r := &round{model: m, n: n, index: map[string]int{}, starts: make([][]float64, min(depth, n)), guesses: make([]bool, min(depth, n))}
		for j := range r.starts {
			if able[j] {
				r.index[in.State.Waiting[j].ID] = j
			}
		}
		samples, stopped, err := r.play(stop)
		if err != nil {
			return nil
		}
		if samples >= min(leastSamples, o.Samples) {
			out = r.answer(samples)
		}
		if stopped {
			break
		}
	}
	return out
}

// round is a forecast of the first positions.
type round struct {
	model   *model
	n       int            // waiting runs that are loaded
	index   map[string]int // of the runs that are looked at and may start
	starts  [][]float64    // seconds from now, a sample each; +Inf beyond the horizon
	guesses []bool         // some run time that mattered was guessed
}

// play plays all samples, and returns how many are complete.
func (r *round) play(stop func() bool) (complete int, stopped bool, err error) {
	m := r.model
	for sample := range m.opts.Samples {
		e := m.engine(sample, stop)
		left := make(map[string]bool, len(r.index))
		for id := range r.index {
			left[id] = true
		}
		note := func(id string, seconds float64) {
			i := r.index[id]
			r.starts[i] = append(r.starts[i], seconds)
			r.guesses[i] = r.guesses[i] || m.guess
			delete(left, id)
		}
		e.started = func(a *scheduler.Admission, at, _ time.Time) {
			if left[a.Run.ID] {
				note(a.Run.ID, at.Sub(m.in.State.At).Seconds())
			}
		}
		m.guess = false
		if err := e.load(m.in.State, r.n); err != nil {
			return complete, false, err
		}
		if stopped, err := e.run(func() bool { return len(left) == 0 }); err != nil || stopped {
			return complete, stopped, err
		}
		for id := range left {
			note(id, math.Inf(1))
		}
		complete++
	}
	return complete, false, nil
}

// able finds out which of the first n waiting runs may start by themselves.
func (m *model) able(n int) []bool {
	s := &m.in.State
	held := map[string]bool{}
	for _, q := range s.Held {
		held[q] = true
	}
	for _, q := range s.Config.Queues {
		held[q.Name] = held[q.Name] || q.Held
	}
	empty := scheduler.New(s.Config)
	able := make([]bool, n)
	for i := range able {
		r := &s.Waiting[i]
		_, never := empty.NeverFits(*r)
		able[i] = !never && !r.Held && !held[cmp.Or(r.Queue, scheduler.DefaultQueue)]
	}
	return able
}

// answer makes estimates of the starts in the complete samples.
func (r *round) answer(samples int) map[string]Estimate {
	in := r.model.in
	made, horizon := in.State.At, r.model.opts.Horizon.Seconds()
	at := func(seconds float64) time.Time {
		return made.Add(time.Duration(min(seconds, horizon) * float64(time.Second)))
	}
	out := make(map[string]Estimate, len(in.State.Waiting))
	last, guess := 0.0, false
	for id, i := range r.index {
		x := slices.Clone(r.starts[i][:samples]) // a sample that was cut short does not count
		slices.Sort(x)
		mid := quantile(x, 0.5)
		out[id] = Estimate{P50: at(mid), Low: at(quantile(x, 0.1)), High: at(quantile(x, 0.9)), More: mid > horizon, Guess: r.guesses[i], Made: made}
		last, guess = max(last, mid), guess || r.guesses[i]
	}
	for _, w := range in.State.Waiting[len(r.starts):] {
		out[w.ID] = Estimate{P50: at(last), Low: at(last), High: at(last), More: true, Guess: guess, Made: made}
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
