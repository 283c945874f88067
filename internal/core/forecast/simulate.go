package forecast

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"time"

	"tenon/internal/core/scheduler"
)

// ErrStopped says that a simulation was ended before a sample was complete.
var ErrStopped = errors.New("forecast: stopped before a sample was complete")

// ahead is how far runs to come are looked at where nothing waits.
const ahead = 4 * time.Hour

// Simulate plays an input as it is and as a Change makes it, with the same run times and the same runs to come in both,
// and tells how the runs fare that wait now or are among Arrivals. An error names what of the change is impossible. stop,
// which may be nil, is asked often and ends the work: the answer is then made of the samples that are complete.
func Simulate(in Input, c Change, o Options, stop func() bool) (Comparison, error) {
	o = o.withDefaults()
	changed, added, notes, err := c.apply(&in)
	if err != nil {
		return Comparison{}, err
	}
	base, other := newPlay(&in, o), newPlay(&changed, o)
	base.counted, other.counted = base.whom(&in, nil), other.whom(&in, added)
	done := 0
	for sample := range o.Samples {
		complete, err := base.sample(sample, stop)
		if complete && err == nil {
			complete, err = other.sample(sample, stop)
		}
		if err != nil {
			return Comparison{}, err
		}
		if !complete {
			break
		}
		done++
	}
	if done == 0 {
		return Comparison{}, ErrStopped
	}
	out := Comparison{Samples: done, Base: base.outcomes(done), Changed: other.outcomes(done), Guess: base.model.guess || other.model.guess,
		Waits: shares(base.accounts), Use: base.use(), Notes: append(notes, base.notes(done)...)}
	for _, r := range added {
		out.Runs = append(out.Runs, other.outcome(r, done))
	}
	return out, nil
}

// lane is where the outcomes of a queue are counted.
type lane struct{ region, queue string }

// laneOf is the lane of a run.
func laneOf(r *scheduler.Run) lane { return lane{r.Region, cmp.Or(r.Queue, scheduler.DefaultQueue)} }

// tally is what became of the runs of a lane, in all samples.
type tally struct {
	runs, started int
	waits         []float64
	finish        []float64 // of the last one, one a sample
}

// span is one run's start and end in a sample, in seconds from the begin.
type span struct{ start, end float64 }

// play is one world of a comparison: its samples and what became of the runs in them.
type play struct {
	model    *model
	n        int             // waiting runs looked at
	counted  map[string]bool // whose outcomes count, but for drawn ones
	drawn    bool            // the runs to come of the next hours count
	lanes    map[lane]*tally
	added    map[string][]span
	accounts []*waits
	usage    usage
}

// accountedSamples is in how many samples reasons are asked.
const accountedSamples = 4

// newPlay prepares a world.
func newPlay(in *Input, o Options) *play {
	return &play{model: newModel(in, o), n: o.cap(len(in.State.Waiting)), lanes: map[lane]*tally{}, added: map[string][]span{}, usage: newUsage(in)}
}

// whom finds the runs whose outcomes count: the same before and after the change.
func (p *play) whom(base *Input, added []scheduler.Run) map[string]bool {
	counted := map[string]bool{}
	for i := range p.model.opts.cap(len(base.State.Waiting)) {
		counted[base.State.Waiting[i].ID] = true
	}
	for i := range base.Arrivals {
		counted[base.Arrivals[i].Run.ID] = true
	}
	p.drawn = len(counted) == 0 && len(base.Past) > 0
	for _, r := range added {
		p.added[r.ID] = nil
	}
	return counted
}

// notes says what the reader should know of how it was counted.
func (p *play) notes(samples int) (notes []string) {
	in := p.model.in
	if left := len(in.State.Waiting) - p.n + in.State.More; left > 0 {
		notes = append(notes, fmt.Sprintf("%d waiting runs behind the first %d are left out.", left, p.n))
	}
	if len(in.Past) > 0 {
		notes = append(notes, fmt.Sprintf("Runs to come are drawn from the %d of the last %s.", len(in.Past), rough(in.State.At.Sub(in.PastSince))))
	}
	if p.drawn {
		notes = append(notes, fmt.Sprintf("Nothing waits: the runs of the next %s, drawn so, are shown.", rough(ahead)))
	}
	if p.model.guess {
		notes = append(notes, "Some run times are guesses: a job has no history, or a run outlasts it.")
	}
	if samples < p.model.opts.Samples {
		notes = append(notes, fmt.Sprintf("Time was up after %d of %d samples.", samples, p.model.opts.Samples))
	}
	return notes
}

// rough writes a duration without its small parts.
func rough(d time.Duration) string {
	switch {
	case d >= 48*time.Hour:
		return fmt.Sprintf("%d days", d/day)
	case d >= 2*time.Hour:
		return fmt.Sprintf("%d hours", d/time.Hour)
	}
	return fmt.Sprintf("%d minutes", d/time.Minute)
}

// tally is the lane of a run.
func (p *play) tally(r *scheduler.Run) *tally {
	l := laneOf(r)
	if p.lanes[l] == nil {
		p.lanes[l] = &tally{}
	}
	return p.lanes[l]
}

// sample plays one sample. It reports whether it is complete.
func (p *play) sample(n int, stop func() bool) (complete bool, err error) {
	in := p.model.in
	begin := in.State.At
	e := p.model.engine(n, stop)
	left := map[string]*scheduler.Run{} // counted and not started, or yet to come
	last := map[*tally]float64{}
	account := newWaits()
	asked := n < accountedSamples
	for id := range p.added {
		account.of[id] = map[cause]time.Duration{}
		left[id] = nil
	}
	counts := func(r *scheduler.Run, at time.Time) bool {
		return p.counted[r.ID] || p.drawn && len(r.ID) > len(toComeID) && r.ID[:len(toComeID)] == toComeID && at.Sub(begin) < ahead
	}
	join := func(r *scheduler.Run) {
		if counts(r, e.now) {
			left[r.ID] = r
			p.tally(r).runs++
		}
		if asked {
			account.submitted(r)
		}
	}
	for id := range p.counted {
		left[id] = nil
	}
	e.arrived = func(a *Arrival) { join(&a.Run) }
	e.started = func(a *scheduler.Admission, at, until time.Time) {
		r := &a.Run
		account.started(r.ID, at)
		p.usage.add(n, &a.Lease, at, until)
		if _, ok := p.added[r.ID]; ok {
			p.added[r.ID] = append(p.added[r.ID], span{at.Sub(begin).Seconds(), until.Sub(begin).Seconds()})
			delete(left, r.ID)
		}
		if _, ok := left[r.ID]; !ok {
			return
		}
		delete(left, r.ID)
		t := p.tally(r)
		t.started++
		t.waits = append(t.waits, at.Sub(later(begin, r.Submitted)).Seconds())
		last[t] = max(last[t], until.Sub(begin).Seconds())
	}
	if asked {
		e.passing = func(from, _ time.Time) { account.look(e.state, from) }
	}
	for i := range p.n {
		join(&in.State.Waiting[i])
	}
	if err := e.load(&in.State, p.n); err != nil {
		return false, err
	}
	until := begin
	if p.drawn {
		until = begin.Add(ahead)
	}
	stopped, err := e.run(func() bool { return len(left) == 0 && !e.now.Before(until) })
	if err != nil || stopped {
		return false, err
	}
	for _, r := range left {
		if r != nil && p.added[r.ID] == nil {
			t := p.tally(r)
			t.waits = append(t.waits, e.end.Sub(later(begin, r.Submitted)).Seconds())
		}
	}
	for t, f := range last {
		t.finish = append(t.finish, f)
	}
	if asked {
		account.close(e.now)
		p.accounts = append(p.accounts, account)
	}
	return true, nil
}

// outcomes sums the lanes up, by region and queue.
func (p *play) outcomes(samples int) []QueueOutcome {
	keys := slices.SortedFunc(maps.Keys(p.lanes), func(a, b lane) int {
		return cmp.Or(cmp.Compare(a.region, b.region), cmp.Compare(a.queue, b.queue))
	})
	out := make([]QueueOutcome, 0, len(keys))
	for _, k := range keys {
		t := p.lanes[k]
		slices.Sort(t.waits)
		slices.Sort(t.finish)
		q := QueueOutcome{Region: k.region, Queue: k.queue, Runs: t.runs / samples, Started: t.started / samples}
		if n := len(t.waits); n > 0 {
			sum := 0.0
			for _, w := range t.waits {
				sum += w
			}
			q.WaitP50, q.WaitP90, q.WaitMax, q.WaitMean = quantile(t.waits, 0.5), quantile(t.waits, 0.9), t.waits[n-1], sum/float64(n)
		}
		if len(t.finish) > 0 {
			q.Finish = quantile(t.finish, 0.5)
		}
		out = append(out, q)
	}
	return out
}

// outcome is how an added run fares.
func (p *play) outcome(r scheduler.Run, samples int) RunOutcome {
	out := RunOutcome{Run: r.ID[1:], Start: -1, Finish: -1, Why: why(p.accounts, r.ID)}
	var starts, ends []float64
	for _, s := range p.added[r.ID] {
		starts, ends = append(starts, s.start), append(ends, s.end)
	}
	for len(starts) < samples {
		starts, ends = append(starts, math.Inf(1)), append(ends, math.Inf(1))
	}
	slices.Sort(starts)
	slices.Sort(ends)
	if start := quantile(starts, 0.5); !math.IsInf(start, 1) {
		out.Start, out.Finish = start, quantile(ends, 0.5)
	}
	return out
}
