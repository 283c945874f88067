package forecast

import (
	"container/heap"
	"fmt"
	"math"
	"testing"
	"time"

	"tenon/internal/core/scheduler"
)

// month is a made-up account: jobs with lognormal run times, submitted by day more than by night and in bursts, on an
// account that is too small by day.
type month struct {
	cfg  scheduler.Config
	days int
	jobs []monthJob
	// perHour are submits an hour at the height of the day.
	perHour float64
}

// monthJob is one job of the mix.
type monthJob struct {
	name     string
	part     float64 // of the submits
	median   time.Duration
	sigma    float64 // of the logarithm of the run time
	quarters int64
	most     int64
	priority int
	queue    string
}

// theMonth has small frequent jobs, large rare ones, and one that is limited by itself.
func theMonth() month {
	cfg := slots(12)
	cfg.Default.QuarterDPUs = 4 * 34
	return month{cfg: cfg, days: 30, perHour: 12, jobs: []monthJob{
		{name: "ingest", part: 0.55, median: 8 * time.Minute, sigma: 0.4, quarters: 4 * 2, most: 100},
		{name: "transform", part: 0.25, median: 20 * time.Minute, sigma: 0.6, quarters: 4 * 5, most: 100},
		{name: "report", part: 0.15, median: 12 * time.Minute, sigma: 0.9, quarters: 4 * 3, most: 2},
		{name: "rebuild", part: 0.05, median: 70 * time.Minute, sigma: 0.5, quarters: 4 * 20, most: 4},
	}}
}

// arrivals draws the month's runs.
func (m month) arrivals(seed uint64) []Arrival {
	d := throw(seed, 0, "month")
	var out []Arrival
	end := epoch.Add(time.Duration(m.days) * day)
	for at := epoch; ; {
		// Thinning: a Poisson process at the height of the day, of which the hour keeps a part.
		at = at.Add(time.Duration(-math.Log(1-d.float()) / m.perHour * float64(time.Hour)))
		if at.After(end) {
			return out
		}
		hour := at.Sub(epoch).Hours()
		light := 0.15 + 0.85*math.Pow((1-math.Cos(2*math.Pi*hour/24))/2, 2)
		if at.Weekday() == time.Saturday || at.Weekday() == time.Sunday {
			light *= 0.5
		}
		if d.float() > light {
			continue
		}
		burst := 1
		if d.float() < 0.03 {
			burst = 2 + d.below(12)
		}
		pick := d.float()
		job := m.jobs[0]
		for _, j := range m.jobs {
			if job = j; pick < j.part {
				break
			}
			pick -= j.part
		}
		for range burst {
			r := aRun(len(out), job.name)
			r.MaxJobRuns, r.QuarterDPUs, r.Submitted, r.Priority, r.Queue = job.most, job.quarters, at, job.priority, job.queue
			took := time.Duration(float64(job.median) * math.Exp(job.sigma*d.normal()))
			out = append(out, Arrival{At: at, Run: r, Took: took})
		}
	}
}

// world is the truth that the estimates are held against: the scheduler under the month's arrivals.
type world struct {
	state   *scheduler.State
	cfg     scheduler.Config
	now     time.Time
	ends    finishes
	holding map[string]scheduler.Admission
	order   []string // of holding, oldest first, with some that are over
	waiting []scheduler.Run
	took    map[string]time.Duration
	record  *Record
	scorer  *Scorer
	runs    int
	waited  int
}

// snapshot is the state as the scheduler's own snapshot has it.
func (w *world) snapshot() scheduler.Snapshot {
	snap := scheduler.Snapshot{At: w.now, Config: w.cfg, Waiting: append([]scheduler.Run(nil), w.waiting...)}
	live := w.order[:0]
	for _, id := range w.order {
		if a, ok := w.holding[id]; ok {
			snap.Holding = append(snap.Holding, a)
			live = append(live, id)
		}
	}
	w.order = live
	return snap
}

// step does one event.
func (w *world) step(t *testing.T, ev scheduler.Event) {
	t.Helper()
	got, err := w.state.Step(ev, w.now)
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range got.Admitted {
		a.Lease.Since = w.now
		w.holding[a.Run.ID] = a
		w.order = append(w.order, a.Run.ID)
		heap.Push(&w.ends, finish{w.now.Add(w.took[a.Run.ID]), a.Run.ID})
		for i := range w.waiting {
			if w.waiting[i].ID == a.Run.ID {
				w.waiting = append(w.waiting[:i:i], w.waiting[i+1:]...)
				break
			}
		}
		waited := w.now.After(a.Run.Submitted)
		w.scorer.Started(a.Run.ID, w.now, waited)
		w.runs++
		if waited {
			w.waited++
		}
	}
}

// live plays the month: estimates are made every interval while something waits.
func (m month) live(t *testing.T, seed uint64, every time.Duration, o Options) *world {
	w := &world{state: scheduler.New(m.cfg), cfg: m.cfg, now: epoch, holding: map[string]scheduler.Admission{}, took: map[string]time.Duration{},
		record: NewRecord(epoch), scorer: NewScorer()}
	todo := m.arrivals(seed)
	next := epoch.Add(every)
	for len(todo) > 0 || len(w.ends) > 0 {
		at, do := next, func() {
			next = next.Add(every)
			if len(w.waiting) > 0 {
				o.Seed++
				w.scorer.Give(Estimates(w.record.Input(w.snapshot()), o, nil))
			}
		}
		if len(w.ends) > 0 && !w.ends[0].at.After(at) {
			at, do = w.ends[0].at, func() {
				f := heap.Pop(&w.ends).(finish)
				a := w.holding[f.id]
				w.record.Took(a.Run.Job, w.now.Sub(a.Lease.Since))
				delete(w.holding, f.id)
				w.step(t, scheduler.Event{Release: &scheduler.Release{ID: f.id}})
			}
		}
		if len(todo) > 0 && !todo[0].At.After(at) {
			at, do = todo[0].At, func() {
				a := todo[0]
				todo = todo[1:]
				w.took[a.Run.ID] = a.Took
				w.record.Submitted(a.Run)
				w.waiting = append(w.waiting, a.Run)
				w.step(t, scheduler.Event{Submit: &a.Run})
			}
		}
		w.now = at
		do()
	}
	return w
}

// TestCalibrationOverAMonth: of the starts of a month, the estimates' middle 80% hold between 75% and 85%.
func TestCalibrationOverAMonth(t *testing.T) {
	seeds, every := []uint64{1, 2}, 2*time.Minute
	if testing.Short() {
		seeds, every = seeds[:1], 20*time.Minute
	}
	var first, all Score
	for _, seed := range seeds {
		w := theMonth().live(t, seed, every, Options{Seed: seed << 32})
		c := w.scorer.Calibration()
		t.Logf("seed %d: %d runs, %d waited, %d of them too short for an estimate; first %s; any %s", seed, w.runs, w.waited, c.Missed, told(c.First), told(c.Any))
		first, all = plus(first, c.First), plus(all, c.Any)
	}
	for _, s := range []Score{first, all} {
		if s.Starts < 500 {
			t.Errorf("%d starts say nothing", s.Starts)
		}
		if c := s.Coverage(); c < 0.75 || c > 0.85 {
			t.Errorf("the middle 80%% held %.1f%% of %d starts (%d early, %d late), want 75%% to 85%%", 100*c, s.Starts, s.Early, s.Late)
		}
	}
}

// told writes a score.
func told(s Score) string {
	return fmt.Sprintf("%.1f%% of %d inside, %d early, %d late, off by %.0f s on average, bias %.0f s", 100*s.Coverage(), s.Starts, s.Early, s.Late, s.MeanError(), s.Bias/float64(s.Starts))
}

// plus adds two scores.
func plus(a, b Score) Score {
	return Score{Starts: a.Starts + b.Starts, Inside: a.Inside + b.Inside, Early: a.Early + b.Early, Late: a.Late + b.Late, More: a.More + b.More,
		Guess: a.Guess + b.Guess, Absolute: a.Absolute + b.Absolute, Bias: a.Bias + b.Bias, Pinball: a.Pinball + b.Pinball}
}
