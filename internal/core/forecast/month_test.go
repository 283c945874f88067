package forecast

import (
	"container/heap"
	"fmt"
	"math"
	"os"
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
	cfg.Queues = []scheduler.Queue{{Name: "default"}, {Name: "finance", Weight: 2}}
	return month{cfg: cfg, days: 30, perHour: 17, jobs: []monthJob{
		{name: "ingest", part: 0.50, median: 8 * time.Minute, sigma: 0.4, quarters: 4 * 2, most: 100},
		{name: "urgent", part: 0.05, median: 5 * time.Minute, sigma: 0.3, quarters: 4 * 4, most: 100, priority: 100},
		{name: "transform", part: 0.25, median: 20 * time.Minute, sigma: 0.6, quarters: 4 * 5, most: 100},
		{name: "report", part: 0.15, median: 12 * time.Minute, sigma: 0.9, quarters: 4 * 3, most: 2, queue: "finance"},
		{name: "rebuild", part: 0.05, median: 70 * time.Minute, sigma: 0.5, quarters: 4 * 20, most: 4, queue: "finance"},
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

// Some runs overtake: those of another queue with a smaller share, and the urgent ones. They come from the past that each
// estimate draws from.

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
	woken   time.Time
	runs    int
	waited  int
}

// step does one event.
func (w *world) step(t *testing.T, ev scheduler.Event) {
	t.Helper()
	got, err := w.state.Step(ev, w.now)
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range got.Admitted {
		w.holding[a.Run.ID] = a.Admission()
		heap.Push(&w.ends, finish{w.now.Add(w.took[a.Run.ID]), a.Run.ID})
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
			if w.state.Waiting() > 0 {
				o.Seed++
				w.scorer.Give(Estimates(w.record.Input(w.state.Snapshot(-1)), o, nil))
			}
		}
		if wake := w.state.NextWake(); !wake.IsZero() && wake.After(w.woken) && !wake.After(at) {
			at, do = wake, func() {
				w.woken = wake
				w.step(t, scheduler.Event{Tick: true})
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
				a.Run.Predicted = w.record.P75(a.Run.Job)
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
	seeds, every := []uint64{1}, 20*time.Minute
	m := theMonth()
	if testing.Short() {
		m.days = 10
	} else if os.Getenv("TENON_SOAK") != "" {
		seeds = []uint64{1, 2, 3, 4, 5, 6}
	}
	var first, all Score
	for _, seed := range seeds {
		w := m.live(t, seed, every, Options{Seed: seed << 32})
		c := w.scorer.Calibration()
		t.Logf("seed %d: %d runs, %d waited, %d of them too short for an estimate; first %s; any %s", seed, w.runs, w.waited, c.Missed, told(c.First), told(c.Any))
		first, all = plus(first, c.First), plus(all, c.Any)
	}
	for _, s := range []Score{first, all} {
		if s.Starts < 300 {
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
		Absolute: a.Absolute + b.Absolute, Bias: a.Bias + b.Bias, Pinball: a.Pinball + b.Pinball}
}
