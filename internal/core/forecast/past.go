package forecast

import (
	"fmt"
	"slices"
	"time"

	"tenon/internal/core/scheduler"
)

// source gives the runs to come, in order.
type source interface {
	// peek returns when the next one comes; false: none.
	peek() (time.Time, bool)
	// take removes it.
	take() Arrival
}

// listed is a source of given arrivals.
type listed []Arrival

func (l *listed) peek() (time.Time, bool) {
	if len(*l) == 0 {
		return time.Time{}, false
	}
	return (*l)[0].At, true
}

func (l *listed) take() Arrival {
	a := (*l)[0]
	*l = (*l)[1:]
	return a
}

// Blocks of the past stand for blocks of the future: so bursts stay bursts.
const (
	block     = 30 * time.Minute
	day       = 24 * time.Hour
	daysBack  = 7
	leastPast = block // of a shorter past each burst would come again and again
)

// drawn is a source of arrivals that are drawn from the past: for each half hour to come, that of the same time of one of
// the days before, or where they are not known, any half hour that is.
type drawn struct {
	past         []scheduler.Run // by Submitted
	since, until time.Time       // of the past
	limits       map[string]int64
	dice         dice
	at           time.Time // begin of the next block to draw
	queue        []Arrival
	made, most   int
}

// newDrawn returns the runs to come of one sample, at most so many; nil if the past says nothing.
func newDrawn(in *Input, limits map[string]int64, seed uint64, sample, most int) *drawn {
	if !in.pastTells() {
		return nil
	}
	return &drawn{past: in.Past, since: in.PastSince, until: in.State.At, limits: limits, dice: throw(seed, sample, "arrivals"), at: in.State.At, most: most}
}

// pastTells reports whether runs to come can be drawn from the past.
func (in *Input) pastTells() bool {
	return len(in.Past) > 0 && in.State.At.Sub(in.PastSince) >= leastPast
}

// emptyBlocks is how many blocks without a run are passed over before no more are expected.
const emptyBlocks = 1000

func (d *drawn) peek() (time.Time, bool) {
	for range emptyBlocks {
		if len(d.queue) > 0 {
			return d.queue[0].At, true
		}
		if d.made >= d.most {
			break
		}
		d.draw()
	}
	return time.Time{}, false
}

func (d *drawn) take() Arrival {
	a := d.queue[0]
	d.queue = d.queue[1:]
	return a
}

// draw fills the queue with the runs of the next block.
func (d *drawn) draw() {
	var days []time.Duration
	for n := time.Duration(1); n <= daysBack; n++ {
		// A block beyond a day from now repeats the day that was drawn for the one before it.
		from := d.at.Add(-n * day)
		if !from.Before(d.since) && !from.Add(block).After(d.until) {
			days = append(days, n*day)
		}
	}
	var shift time.Duration
	if len(days) > 0 {
		shift = days[d.dice.below(len(days))]
	} else {
		room := d.until.Sub(d.since) - block
		from := d.since.Add(time.Duration(d.dice.float() * float64(room)))
		shift = d.at.Sub(from)
	}
	from := d.at.Add(-shift)
	i, _ := slices.BinarySearchFunc(d.past, from, func(r scheduler.Run, t time.Time) int { return r.Submitted.Compare(t) })
	for ; i < len(d.past) && d.past[i].Submitted.Before(from.Add(block)) && d.made < d.most; i++ {
		r := d.past[i]
		at := r.Submitted.Add(shift)
		d.made++
		r.ID = fmt.Sprintf("%s%09d", toComeID, d.made)
		r.Submitted, r.NotBefore, r.Attempt, r.Held, r.Avoid = at, time.Time{}, 0, false, nil
		if most, ok := d.limits[r.Job]; ok {
			r.MaxJobRuns = most
		}
		d.queue = append(d.queue, Arrival{At: at, Run: r})
	}
	d.at = d.at.Add(block)
}

// Ids of runs that are made up, as ids sort by submission: an added one has the youngest run's id before this, and those to
// come sort behind all.
const (
	addedID  = "~added-"
	toComeID = "~come-"
)

// jobLimits is MaxConcurrentRuns of each job, as its youngest run says.
func jobLimits(in *Input) map[string]int64 {
	told, limits := map[string]string{}, map[string]int64{}
	tell := func(r *scheduler.Run) {
		if r.ID >= told[r.Job] {
			told[r.Job], limits[r.Job] = r.ID, r.MaxJobRuns
		}
	}
	for i := range in.Past {
		tell(&in.Past[i])
	}
	for i := range in.State.Holding {
		tell(&in.State.Holding[i].Run)
	}
	for i := range in.State.Waiting {
		tell(&in.State.Waiting[i])
	}
	return limits
}
