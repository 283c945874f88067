package forecast

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"tenon/internal/core/quota"
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
	base, other := newPlay(asItIs, &in, o), newPlay("changed", &changed, o)
	base.whom(&in, nil)
	other.whom(&in, added)
	if err := together(o, stop, base, other); err != nil {
		return Comparison{}, err
	}
	out := base.comparison()
	out.Changed, out.Guess = other.outcomes(), base.model.guess || other.model.guess
	out.Notes = slices.Concat(notes, promises(&changed.State.Config), out.Notes)
	for _, r := range added {
		out.Runs = append(out.Runs, other.outcome(r))
	}
	return out, nil
}

// asItIs names the play of an input without a change.
const asItIs = "as things are"

// promises notes where the queues of a configuration have more of their own than their account has: what is a plan for a
// running plane, which refuses it, is a question here.
func promises(cfg *scheduler.Config) (notes []string) {
	for _, name := range append([]string{""}, slices.Sorted(maps.Keys(cfg.Regions))...) {
		limits, of := cfg.Default, ""
		if name != "" {
			limits, of = cfg.Regions[name], " of "+name
		}
		for _, r := range []struct {
			res   quota.Resource
			limit int64
			share func(*scheduler.Queue) *scheduler.Share
		}{
			{quota.Slots, limits.Slots, func(q *scheduler.Queue) *scheduler.Share { return q.Slots }},
			{quota.DPUs, limits.QuarterDPUs, func(q *scheduler.Queue) *scheduler.Share { return q.QuarterDPUs }},
			{quota.FlexDPUs, limits.FlexQuarterDPUs, func(q *scheduler.Queue) *scheduler.Share { return q.FlexQuarterDPUs }},
		} {
			sum := int64(0)
			for i := range cfg.Queues {
				if s := r.share(&cfg.Queues[i]); s != nil {
					sum += s.Nominal
				}
			}
			if r.limit != scheduler.NoLimit && sum > r.limit {
				notes = append(notes, fmt.Sprintf("The queues have %s %s%s of their own, more than the %s there are: not all can have their nominal amount.",
					r.res.Format(sum), r.res, of, r.res.Format(r.limit)))
			}
		}
	}
	return notes
}

// together plays sample after sample in all worlds. It is an error if not one of them is complete in each.
func together(o Options, stop func() bool, worlds ...*play) error {
	for sample := range o.Samples {
		for _, w := range worlds {
			o.Tell(w.what, sample+1, o.Samples)
			complete, err := w.sample(sample, stop)
			switch {
			case err != nil:
				return err
			case !complete && sample == 0:
				return ErrStopped
			case !complete:
				return nil
			}
		}
	}
	return nil
}

// comparison is the part of a Comparison about one world.
func (p *play) comparison() Comparison {
	return Comparison{Samples: p.done, Base: p.outcomes(), Guess: p.model.guess, Notes: p.notes(),
		Waits: shares(p.accounts), Use: p.use()}
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
	what     string // for Options.Tell
	model    *model
	n        int               // waiting runs looked at
	counted  map[string]bool   // whose outcomes count, but for drawn ones
	quiet    bool              // reasons are not asked
	drawn    bool              // the runs to come of the next hours count
	done     int               // samples that are complete
	lanes    map[lane]*tally   // of the complete samples
	added    map[string]bool   // runs that the change adds
	spans    map[string][]span // theirs
	accounts []*waits
	usage    usage
}

// accountedSamples is in how many samples reasons are asked.
const accountedSamples = 4

// newPlay prepares a world.
func newPlay(what string, in *Input, o Options) *play {
	return &play{what: what, model: newModel(in, o), n: o.cap(len(in.State.Waiting)), lanes: map[lane]*tally{}, added: map[string]bool{}, spans: map[string][]span{}, usage: newUsage(in)}
}

// whom finds the runs whose outcomes count: the same before and after the change.
func (p *play) whom(base *Input, added []scheduler.Run) {
	counted := map[string]bool{}
	for i := range p.model.opts.cap(len(base.State.Waiting)) {
		counted[base.State.Waiting[i].ID] = true
	}
	for i := range base.Arrivals {
		counted[base.Arrivals[i].Run.ID] = true
	}
	p.drawn = len(counted) == 0 && base.pastTells()
	for _, r := range added {
		p.added[r.ID] = true
	}
	p.counted = counted
}

// notes says what the reader should know of how it was counted.
func (p *play) notes() (notes []string) {
	in := p.model.in
	if left := len(in.State.Waiting) - p.n + in.State.More; left > 0 {
		notes = append(notes, fmt.Sprintf("%d waiting runs behind the first %d are left out.", left, p.n))
	}
	switch {
	case in.pastTells():
		notes = append(notes, fmt.Sprintf("Runs to come are drawn from the %d of the last %s.", len(in.Past), rough(in.State.At.Sub(in.PastSince))))
	case len(in.Past) > 0:
		notes = append(notes, "No runs to come are counted: less than half an hour of the past is known.")
	}
	if p.drawn {
		notes = append(notes, fmt.Sprintf("Nothing waits: the runs of the next %s, drawn so, are shown.", rough(ahead)))
	}
	if p.model.guess {
		notes = append(notes, "Some run times are guesses: a job has no history, or a run outlasts it.")
	}
	if p.done < p.model.opts.Samples {
		notes = append(notes, fmt.Sprintf("Time was up after %d of %d samples.", p.done, p.model.opts.Samples))
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

// sample plays one sample. It reports whether it is complete; one that is not counts for nothing.
func (p *play) sample(n int, stop func() bool) (complete bool, err error) {
	in := p.model.in
	x := &sample{play: p, n: n, begin: in.State.At, engine: p.model.engine(n, stop), left: map[string]*scheduler.Run{},
		lanes: map[lane]*tally{}, spans: map[string]span{}, account: newWaits()}
	e := x.engine
	for id := range p.counted {
		x.left[id] = nil
	}
	for id := range p.added {
		x.left[id] = nil
		x.account.of[id] = map[cause]time.Duration{}
	}
	e.arrived = func(a *Arrival) { x.join(&a.Run) }
	e.started = x.started
	if x.asked() {
		e.passing = func(from, _ time.Time) { x.account.look(e.state, from) }
	}
	for i := range p.n {
		x.join(&in.State.Waiting[i])
	}
	if err := e.load(in.State, p.n); err != nil {
		return false, err
	}
	until := x.begin
	if p.drawn {
		until = x.begin.Add(ahead)
	}
	stopped, err := e.run(func() bool { return len(x.left) == 0 && !e.now.Before(until) })
	if err != nil || stopped {
		return false, err
	}
	x.close()
	return true, nil
}

// sample is one sample while it is played.
type sample struct {
	play    *play
	n       int
	begin   time.Time
	engine  *engine
	left    map[string]*scheduler.Run // counted or added, and not started; nil: yet to come
	lanes   map[lane]*tally
	spans   map[string]span // of added runs
	account *waits
}

// asked reports whether reasons are asked in the sample.
func (x *sample) asked() bool { return x.n < accountedSamples && !x.play.quiet }

// tally is the lane of a run.
func (x *sample) tally(r *scheduler.Run) *tally {
	l := laneOf(r)
	if x.lanes[l] == nil {
		x.lanes[l] = &tally{}
	}
	return x.lanes[l]
}

// join notes a run that may wait.
func (x *sample) join(r *scheduler.Run) {
	toCome := x.play.drawn && strings.HasPrefix(r.ID, toComeID) && x.engine.now.Sub(x.begin) < ahead
	counts := x.play.counted[r.ID] || toCome
	if counts {
		x.left[r.ID] = r
		x.tally(r).runs++
	}
	if x.asked() && (counts || x.play.added[r.ID]) {
		x.account.submitted(r)
	}
}

// started notes a run that starts.
func (x *sample) started(a *scheduler.Holder, at, until time.Time) {
	r := a.Run
	x.account.started(r.ID, at)
	x.play.usage.add(x.n, a, at, until)
	if _, ok := x.left[r.ID]; !ok {
		return
	}
	delete(x.left, r.ID)
	end := until.Sub(x.begin).Seconds()
	if x.play.added[r.ID] {
		x.spans[r.ID] = span{at.Sub(x.begin).Seconds(), end}
		return
	}
	t := x.tally(r)
	t.started++
	t.waits = append(t.waits, at.Sub(later(x.begin, r.Submitted)).Seconds())
	if len(t.finish) == 0 {
		t.finish = []float64{0}
	}
	t.finish[0] = max(t.finish[0], end)
}

// close adds a complete sample to its world.
func (x *sample) close() {
	p := x.play
	for id, r := range x.left {
		if r != nil && !p.added[id] {
			t := x.tally(r)
			t.waits = append(t.waits, x.engine.end.Sub(later(x.begin, r.Submitted)).Seconds())
		}
	}
	for l, t := range x.lanes {
		sum := p.lanes[l]
		if sum == nil {
			sum = &tally{}
			p.lanes[l] = sum
		}
		sum.runs += t.runs
		sum.started += t.started
		sum.waits = append(sum.waits, t.waits...)
		sum.finish = append(sum.finish, t.finish...)
	}
	for id, s := range x.spans {
		p.spans[id] = append(p.spans[id], s)
	}
	if x.asked() {
		x.account.close(x.engine.now)
		p.accounts = append(p.accounts, x.account)
	}
	p.done++
}

// order is the lanes by region and queue.
func (p *play) order() []lane {
	return slices.SortedFunc(maps.Keys(p.lanes), func(a, b lane) int {
		return cmp.Or(cmp.Compare(a.region, b.region), cmp.Compare(a.queue, b.queue))
	})
}

// outcomes sums the lanes up, by region and queue.
func (p *play) outcomes() []QueueOutcome {
	keys := p.order()
	out := make([]QueueOutcome, 0, len(keys))
	for _, k := range keys {
		t := p.lanes[k]
		slices.Sort(t.waits)
		slices.Sort(t.finish)
		q := QueueOutcome{Region: k.region, Queue: k.queue, Runs: t.runs / p.done, Started: t.started / p.done, Finish: -1}
		if n := len(t.waits); n > 0 {
			sum := 0.0
			for _, w := range t.waits {
				sum += w
			}
			q.WaitP50, q.WaitP90, q.WaitMax, q.WaitMean = milli(quantile(t.waits, 0.5)), milli(quantile(t.waits, 0.9)), milli(t.waits[n-1]), milli(sum/float64(n))
		}
		if len(t.finish) > 0 {
			q.Finish = milli(quantile(t.finish, 0.5))
		}
		out = append(out, q)
	}
	return out
}

// outcome is how an added run fares.
func (p *play) outcome(r scheduler.Run) RunOutcome {
	out := RunOutcome{Run: r.ID[strings.LastIndex(r.ID, addedID)+1:], Start: -1, Finish: -1, Why: why(p.accounts, r.ID)}
	var starts, ends []float64
	for _, s := range p.spans[r.ID] {
		starts, ends = append(starts, s.start), append(ends, s.end)
	}
	for len(starts) < p.done {
		starts, ends = append(starts, math.Inf(1)), append(ends, math.Inf(1))
	}
	slices.Sort(starts)
	slices.Sort(ends)
	if start := quantile(starts, 0.5); !math.IsInf(start, 1) {
		out.Start, out.Finish = milli(start), milli(quantile(ends, 0.5))
	}
	return out
}
