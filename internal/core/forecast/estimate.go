package forecast

import (
	"cmp"
	"maps"
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
// More: they start after the last of the others. A start that depends on a job which has not run before is not told: its
// estimate only names that job. stop, which may be nil, is asked often and ends the work: the answer is
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
		r := &round{model: m, n: n, index: map[string]int{}, starts: make([][]float64, min(depth, n)),
			blind: make([]int, min(depth, n)), whose: make([]string, min(depth, n))}
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
	model  *model
	n      int            // waiting runs that are loaded
	index  map[string]int // of the runs that are looked at and may start
	starts [][]float64    // seconds from now, a sample each; +Inf beyond the horizon
	blind  []int          // samples in which the start depends on an untimed job
	whose  []string       // the last such job
}

// play plays all samples, and returns how many are complete. One with runs of untimed jobs is played twice, as if they
// ended at once and as if they took their whole Timeout: a start that differs depends on them.
func (r *round) play(stop func() bool) (complete int, stopped bool, err error) {
	for sample := range r.model.opts.Samples {
		short, err := r.once(sample, false, stop)
		if err != nil || short.stopped {
			return complete, err == nil, err
		}
		long := short
		if short.untimed {
			if long, err = r.once(sample, true, stop); err != nil || long.stopped {
				return complete, err == nil, err
			}
		}
		for _, i := range r.index {
			from, to := short.starts[i], long.starts[i]
			r.starts[i] = append(r.starts[i], from)
			if from != to && math.Abs(to-from) > slack.Seconds() {
				r.blind[i]++
				r.whose[i] = cmp.Or(short.after[i], long.after[i])
			}
		}
		complete++
	}
	return complete, false, nil
}

// played is one sample, played once.
type played struct {
	starts  []float64 // by position, in seconds from now; +Inf beyond the horizon
	after   []string  // the untimed job of which a run ended last before; empty: none
	untimed bool      // there was one
	stopped bool      // it is incomplete
}

// once plays a sample. Runs of untimed jobs end at once, or take long: their Timeout.
func (r *round) once(sample int, long bool, stop func() bool) (p played, err error) {
	m := r.model
	p = played{starts: make([]float64, len(r.starts)), after: make([]string, len(r.starts))}
	for i := range p.starts {
		p.starts[i] = math.Inf(1)
	}
	e, last, untimed := m.engine(sample, stop), "", map[string]string{} // its job, by run
	timed := e.took
	e.took = func(run *scheduler.Run, elapsed time.Duration) time.Duration {
		if !m.sampler.untimed(run.Job) {
			return timed(run, elapsed)
		}
		p.untimed, untimed[run.ID] = true, run.Job
		least := elapsed + atOnce
		switch {
		case !long:
			return least
		case run.Timeout > 0:
			return max(least, run.Timeout)
		}
		return elapsed + m.opts.Horizon
	}
	e.ended = func(id string) { last = cmp.Or(untimed[id], last) }
	left := maps.Clone(r.index)
	e.started = func(a *scheduler.Holder, at, _ time.Time) {
		if i, ok := left[a.Run.ID]; ok {
			p.starts[i], p.after[i] = at.Sub(m.in.State.At).Seconds(), last
			delete(left, a.Run.ID)
		}
	}
	if err := e.load(m.in.State, r.n); err != nil {
		return p, err
	}
	p.stopped, err = e.run(func() bool { return len(left) == 0 })
	for _, i := range left {
		p.after[i] = last
	}
	return p, err
}

// atOnce is how soon a run of an untimed job may end. blindShare: a start that depends on one in more than one part in this
// of the samples is not told; the range that is told leaves as much out on each side.
const (
	atOnce     = time.Second
	blindShare = 10
)

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
	last, untimed := 0.0, ""
	for id, i := range r.index {
		x := slices.Clone(r.starts[i][:samples]) // a sample that was cut short does not count
		slices.Sort(x)
		mid := quantile(x, 0.5)
		e := Estimate{P50: at(mid), Low: at(quantile(x, 0.1)), High: at(quantile(x, 0.9)), More: mid > horizon, Made: made}
		if r.blind[i]*blindShare > samples {
			e = Estimate{Untimed: JobName(r.whose[i]), Made: made}
			untimed = max(untimed, e.Untimed)
		}
		out[id] = e
		last = max(last, mid)
	}
	behind := Estimate{P50: at(last), Low: at(last), High: at(last), More: true, Made: made}
	if untimed != "" {
		behind = Estimate{Untimed: untimed, Made: made}
	}
	for _, w := range in.State.Waiting[len(r.starts):] {
		out[w.ID] = behind
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
