package controller

import (
	"container/heap"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"time"

	"tenon/internal/attempt"
	"tenon/internal/core/bookmark"
	"tenon/internal/core/forecast"
	"tenon/internal/core/placement"
	"tenon/internal/core/quota"
	"tenon/internal/core/scheduler"
	"tenon/internal/driver/store"
	"tenon/internal/glue"
)

// state is the loop's memory. It can be thrown away at any time and loaded again: see load.
type state struct {
	cfg    *Config
	policy Policy    // a part of cfg is replaced by it
	now    time.Time // of the last turn; never goes back
	sched  *scheduler.State
	// Invariant: open holds every run that is not final, and no other; a run is waiting in sched if its state is
	// WAITING and holds a lease there if its state is active.
	open    map[string]*run
	perJob  map[jobKey]int       // open runs
	names   map[jobKey]string    // jobKey.String of the jobs in perJob: one string, not one a run
	deleted map[jobKey]time.Time // lately
	limits  map[jobKey]jobLimit  // of jobs with open runs whose definition changed, or that waited at start
	ids     idSource
	alarms  alarms[*run]                 // of states
	delays  alarms[*run]                 // of NotifyDelayAfter
	waiting map[string]int               // runs, by region
	drains  map[attempt.Key]*quota.Lease // of attempts that ended, whose addresses are not free yet
	held    map[string]bool              // queues, by an operator
	times   *times
	scorer  *forecast.Scorer // of the estimates that waiting runs were given

	triggers  map[triggerKey]*trigger
	schedule  alarms[*trigger]          // fire times, and ends of batch windows
	watchers  map[triggerKey][]*trigger // by the job that they watch: CONDITIONAL, ACTIVATED, in no workflow
	members   map[triggerKey][]*trigger // by the workflow that they name, which may not exist
	workflows map[triggerKey]*wfDef
	// Invariant: flows holds those with an open run, a pending fire or an open workflow run, and no other.
	flows   map[string]*flow
	pending map[string]*fireLine // fires to be carried out, by region; only regions that have some

	strays      []store.Lease     // leases found whose runs are not active: to be deleted
	orphans     []orphan          // jobs found deleted while runs of theirs wait: those are to be ended
	over        []scheduler.Drain // drains found to be over while the memory was loaded
	resume      []*run            // found STARTING or STOPPING by a reload: their effects are to be repeated
	nextDisk    time.Time         // when to measure the disk; zero while that is done, or never
	nextTidy    time.Time         // when to look for logs past retention; zero while that is done
	nextPrune   time.Time         // when to delete rows past retention
	nextAudit   time.Time         // when to compare the memory with the rows of leases
	pruneBefore time.Time         // runs submitted before this are
}

// run is what the loop knows of an open run.
type run struct {
	glue.JobRun
	seq     int64        // of its row; 0 until it is inserted
	applied int64        // the last report of the current attempt
	lease   *quota.Lease // of the current attempt; nil while it waits
	alarm   *alarm[*run] // in state.alarms
	delay   *alarm[*run] // in state.delays

	touched bool // the current turn has to write it
}

// jobKey names one incarnation of a job.
type jobKey struct {
	region, name string
	incarnation  int64
}

// String is the scheduler's name of the job.
func (k jobKey) String() string { return fmt.Sprintf("%s/%s#%d", k.region, k.name, k.incarnation) }

// key returns the job of a run.
func (r *run) key() jobKey { return jobKey{r.Region, r.Job, r.Incarnation} }

// schedulerRun is what the scheduler knows of a run of a job (jobKey.String) that uses so much memory, but for how long
// it is likely to run.
func schedulerRun(r *glue.JobRun, job string, memory int64) scheduler.Run {
	return scheduler.Run{
		ID:          r.ID,
		Attempt:     r.Attempt,
		Region:      r.Region,
		Job:         job,
		MaxJobRuns:  int64(r.MaxConcurrent),
		QuarterDPUs: r.QuarterDPUs,
		Flex:        r.ExecutionClass == classFlex,
		MemoryBytes: memory,
		NotBefore:   r.RetryAt,
		Submitted:   latest(r.Submitted, r.RetryAt),
		Queue:       r.Queue,
		Priority:    r.Priority,
		Held:        r.Held,
		Workers:     int64(workersOf(r)),
		MinWorkers:  int64(r.MinWorkers),
		Choices:     r.Subnets,
		Strategy:    placement.Strategy(r.Strategy),
		Avoid:       r.Avoid,
		Timeout:     time.Duration(r.TimeoutMinutes) * time.Minute,
	}
}

// classFlex is the ExecutionClass that takes FLEX DPUs.
const classFlex = "FLEX"

// turn is one pass of the loop: what it was given, what it decided, and what remains to be done.
type turn struct {
	now      time.Time
	rand     *rand.Rand
	commands []command
	found    found
	err      error // the turn failed: nothing is written, every caller hears it

	runs        []*run // new or changed, each once
	leases      map[attempt.Key]leaseWrite
	events      []glue.Event
	refusals    map[refusal]int // place in events of the one that counts them
	keys        []store.StartKey
	bookmarks   map[bookmarkKey]*bookmarkWrite
	files       []fileWrite
	reports     []reportWrite
	strays      []store.Lease
	fires       []*fire           // new or done, each once
	flows       []*wfRun          // new or changed, each once
	triggers    []*trigger        // whose progress changed, each once
	definitions []definitionWrite // in their order
	cursor      int64             // of the rules, if it moved
	held        []string          // queues held by an operator, if that changed; not nil
	tidy        *tidy             // delete what is past retention
	more        bool              // tidy left something
	logs        *logCursor        // how far logs are removed
	effects     []effect
	admitted    []*run   // their keys become valid
	ended       []string // runs whose keys are no longer valid
	changed     bool     // something a View shows
	reordered   bool     // by an operator: who goes first, or may go at all
	decided     bool     // the memory has changed
}

// bookmarkKey names the bookmark of a job.
type bookmarkKey struct{ region, job string }

// bookmarkWrite is the bookmark of a job after the turn.
type bookmarkWrite struct {
	state   bookmark.State
	had     int64 // the version stored
	run     string
	deleted bool
}

// fileWrite is the files of one report.
type fileWrite struct {
	run     *run
	attempt int
	report  int64
	files   []attempt.File
}

// writes reports whether the turn has anything to commit.
func (t *turn) writes() bool {
	return len(t.runs)+len(t.leases)+len(t.events)+len(t.keys)+len(t.bookmarks)+len(t.files)+len(t.reports)+len(t.strays) > 0 ||
		len(t.fires)+len(t.flows)+len(t.triggers)+len(t.definitions) > 0 ||
		t.cursor != 0 || t.held != nil || t.tidy != nil || t.logs != nil
}

// fail makes the turn void. It is for contradictions inside the program: the memory is loaded again.
func (t *turn) fail(err error) {
	if t.err == nil {
		t.err = err
	}
}

// touch notes that r has to be written.
func (t *turn) touch(r *run) {
	t.changed = true
	if !r.touched {
		r.touched = true
		t.runs = append(t.runs, r)
	}
}

// event notes what happened to r. detail is encoded as JSON; nil is none.
func (t *turn) event(r *run, kind glue.EventKind, who string, detail any) {
	t.note(glue.Event{Region: r.Region, Kind: kind, Job: r.Job, Run: r.ID, Attempt: r.Attempt, Who: who}, detail)
}

// note takes down an event.
func (t *turn) note(e glue.Event, detail any) {
	e.At = t.now
	if detail != nil {
		b, err := json.Marshal(detail)
		if err != nil {
			t.fail(fmt.Errorf("event %s of %s: %w", e.Kind, e.Run, err))
			return
		}
		e.Detail = b
	}
	t.events = append(t.events, e)
}

// decide applies the turn's commands in the order they came, then what time has brought about.
func (s *state) decide(t *turn) {
	if t.err != nil {
		return
	}
	t.decided = true
	for _, cmd := range t.commands {
		cmd.begin()
		cmd.decide(s, t)
	}
	s.tick(t)
}

// schedulerRun is what the scheduler knows of r.
func (s *state) schedulerRun(r *run) scheduler.Run {
	sr := schedulerRun(&r.JobRun, s.names[r.key()], s.cfg.RunMemory)
	sr.MaxJobRuns = int64(s.policy.jobLimit(r.MaxConcurrent))
	sr.Predicted = min(s.times.predict(sr.Job), sr.Timeout)
	return sr
}

// opened counts r among the open runs.
func (s *state) opened(r *run) {
	s.open[r.ID] = r
	k := r.key()
	if s.perJob[k]++; s.perJob[k] == 1 {
		s.names[k] = k.String()
	}
}

// closed takes r out of the open runs.
func (s *state) closed(r *run) {
	delete(s.open, r.ID)
	k := r.key()
	if s.perJob[k]--; s.perJob[k] == 0 {
		delete(s.perJob, k)
		delete(s.limits, k)
		delete(s.names, k)
	}
}

// due is when the loop has to wake without a command; zero is never.
func (s *state) due() time.Time {
	if len(s.resume)+len(s.strays)+len(s.orphans)+len(s.over) > 0 {
		return s.now
	}
	var due time.Time
	for _, at := range []time.Time{s.sched.NextWake(), s.alarms.next(), s.delays.next(), s.schedule.next(), s.firesDue(),
		s.nextDisk, s.nextTidy, s.nextPrune, s.nextAudit} {
		if !at.IsZero() && (due.IsZero() || at.Before(due)) {
			due = at
		}
	}
	return due
}

// alarm is a time at which something wants to be looked at.
type alarm[T any] struct {
	at    time.Time
	of    T
	place int // in the heap
}

// alarms is a heap of them, at most one of each T. What has none is not in it: nothing that has ended is kept for it.
type alarms[T any] struct {
	heap alarmHeap[T]
	slot func(T) **alarm[T] // where a T keeps its alarm; nil there is none
}

// newAlarms makes an empty heap.
func newAlarms[T any](slot func(T) **alarm[T]) alarms[T] { return alarms[T]{slot: slot} }

// set gives x one alarm, in place of the one it had; the zero time is none.
func (a *alarms[T]) set(x T, at time.Time) {
	slot := a.slot(x)
	switch old := *slot; {
	case old == nil && at.IsZero():
	case old == nil:
		*slot = &alarm[T]{at: at, of: x}
		heap.Push(&a.heap, *slot)
	case at.IsZero():
		*slot = nil
		heap.Remove(&a.heap, old.place)
	default:
		old.at = at
		heap.Fix(&a.heap, old.place)
	}
}

// next is the time of the first alarm; zero if there is none.
func (a *alarms[T]) next() time.Time {
	if len(a.heap) == 0 {
		return time.Time{}
	}
	return a.heap[0].at
}

// pop takes the next alarm that is due, if there is one.
func (a *alarms[T]) pop(now time.Time) (x T, ok bool) {
	if len(a.heap) == 0 || a.heap[0].at.After(now) {
		return x, false
	}
	first := heap.Pop(&a.heap).(*alarm[T])
	*a.slot(first.of) = nil
	return first.of, true
}

// alarmHeap is the heap.Interface of alarms.
type alarmHeap[T any] []*alarm[T]

// Len is of heap.Interface, as are the four that follow.
func (h alarmHeap[T]) Len() int { return len(h) }

// Less orders by time.
func (h alarmHeap[T]) Less(i, j int) bool { return h[i].at.Before(h[j].at) }

// Swap exchanges two alarms.
func (h alarmHeap[T]) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].place, h[j].place = i, j
}

// Push appends x, an alarm.
func (h *alarmHeap[T]) Push(x any) {
	last := x.(*alarm[T])
	last.place = len(*h)
	*h = append(*h, last)
}

// Pop takes the last alarm.
func (h *alarmHeap[T]) Pop() any {
	old := *h
	last := old[len(old)-1]
	old[len(old)-1] = nil
	*h = old[:len(old)-1]
	return last
}

// idSource makes ids that increase strictly, so that the order of runs' ids is the order of submission (the lines of the
// scheduler rely on it): of two ids in one millisecond, the random part of the second starts higher.
type idSource struct {
	milli int64
	high  uint64 // the first 8 random bytes of the last id
}

// idStep is the least distance of two ids within one millisecond, and the most beyond it: so much that they differ in what
// is shown of them (glue.ShortRunID), the first four digits after the time.
const idStep = 1 << 48

// next returns an id for something accepted at now. Where a millisecond has no ids left, the next one lends its own.
func (i *idSource) next(prefix string, now time.Time, random *rand.Rand) string {
	milli := now.UnixMilli()
	if step := idStep + random.Uint64N(idStep); milli <= i.milli && i.high <= math.MaxUint64-step {
		i.high += step
	} else {
		i.milli, i.high = max(milli, i.milli+1), random.Uint64()>>1
	}
	var b [26]byte
	for at, n := 0, i.high; at < 8; at++ {
		b[at] = byte(n >> (56 - 8*at))
	}
	for at := 8; at < len(b); at++ {
		b[at] = byte(random.Uint32())
	}
	return glue.NewID(prefix, time.UnixMilli(i.milli), b)
}
