package scheduler

import (
	"fmt"
	"time"

	"tenon/internal/core/quota"
)

// entry is one waiting run.
type entry struct {
	run   Run
	class *class
	gone  bool // left the queues, which forget it later
	place int  // in State.asleep
}

// job is what one job's runs share: a limit, kept by the ledger, and the classes that become ready when it has room.
type job struct {
	name    string
	classes []*class // one per line in which runs of the job wait; at most two
	waiting int      // runs, in all classes, asleep and never
	told    string   // the youngest run so far, which told the limit
}

// class is the runs of one job in one line.
type class struct {
	job   *job
	line  *line
	queue queue
	place int // in line.ready
}

// line is the runs of one region that compete for the same pools: standard ones, or FLEX.
type line struct {
	region string
	flex   bool
	queue  queue           // every run in line, for positions
	ready  indexed[*class] // classes whose head may start, by head
	held   *hold           // why the head could not start at the last fixpoint
}

// hold says which run stops a line, and for lack of what.
type hold struct {
	id       string
	shortage quota.Shortage
}

// submit puts a run in line, or to sleep.
func (s *State) submit(r Run, now time.Time) error {
	if _, ok := s.waiting[r.ID]; ok || s.ledger.Holds(r.ID) {
		return fmt.Errorf("scheduler: submit: %s is known already", r.ID)
	}
	j := s.job(r)
	e := &entry{run: r, class: s.class(j, r)}
	s.waiting[r.ID] = e
	j.waiting++
	if r.NotBefore.After(now) {
		s.asleep.put(e)
	} else {
		s.enqueue(e)
	}
	s.refreshJob(j) // its limit may have changed
	return nil
}

// restore takes note of a run that holds its lease, whatever the limits are now.
func (s *State) restore(a Admission) error {
	if _, ok := s.waiting[a.Run.ID]; ok {
		return fmt.Errorf("scheduler: restore: %s is waiting", a.Run.ID)
	}
	j := s.job(a.Run)
	if err := s.ledger.Restore(a.Lease); err != nil {
		return fmt.Errorf("scheduler: restore: %w", err)
	}
	s.refreshJob(j)
	return nil
}

// job returns the record of r's job. The limit is what the run submitted last brings, so that a raised limit helps those
// that wait already.
func (s *State) job(r Run) *job {
	j := s.jobs[r.Job]
	if j == nil {
		j = &job{name: r.Job}
		s.jobs[r.Job] = j
	}
	if r.ID >= j.told {
		j.told = r.ID
		s.ledger.SetJob(r.Job, r.MaxJobRuns)
	}
	return j
}

// class returns the class of r, made when it is the first.
func (s *State) class(j *job, r Run) *class {
	for _, c := range j.classes {
		if c.line.region == r.Region && c.line.flex == r.Flex {
			return c
		}
	}
	c := &class{job: j, line: s.line(r)}
	j.classes = append(j.classes, c)
	return c
}

// line returns the line of r, made when it is the first.
func (s *State) line(r Run) *line {
	for _, l := range s.lines {
		if l.region == r.Region && l.flex == r.Flex {
			return l
		}
	}
	l := &line{region: r.Region, flex: r.Flex, ready: indexed[*class]{
		less:  func(a, b *class) bool { return a.queue.items[0].run.ID < b.queue.items[0].run.ID },
		place: func(c *class) *int { return &c.place },
	}}
	s.lines = append(s.lines, l)
	return l
}

// enqueue puts a run that may start into its queues.
func (s *State) enqueue(e *entry) {
	e.class.queue.push(e)
	e.class.line.queue.push(e)
	s.refresh(e.class)
}

// remove takes a waiting run out of wherever it is.
func (s *State) remove(e *entry) {
	delete(s.waiting, e.run.ID)
	e.class.job.waiting--
	if e.place != 0 {
		s.asleep.drop(e)
		return
	}
	if _, ok := s.never[e.run.ID]; ok {
		delete(s.never, e.run.ID)
		return
	}
	s.dequeue(e)
}

// dequeue takes e out of its queues.
func (s *State) dequeue(e *entry) {
	e.gone = true
	e.class.line.queue.removed()
	e.class.queue.removed()
	s.refresh(e.class)
}

// refresh puts a class among the ready ones, or takes it away, as its head and its job's limit say.
func (s *State) refresh(c *class) {
	// The heap compares heads: c leaves it before its head is looked at by others.
	if c.queue.first() == nil || s.ledger.Free(quota.Pool{Resource: quota.JobRuns, Scope: c.job.name}) == 0 {
		c.line.ready.drop(c)
		return
	}
	c.line.ready.put(c)
}

// refreshJob does so for all classes of a job, and forgets a job that has no runs left.
func (s *State) refreshJob(j *job) {
	for _, c := range j.classes {
		s.refresh(c)
	}
	if j.waiting == 0 && s.ledger.Used(quota.Pool{Resource: quota.JobRuns, Scope: j.name}) == 0 {
		delete(s.jobs, j.name)
		s.ledger.ForgetJob(j.name)
	}
}

// wake puts the runs in line whose backoff is over.
func (s *State) wake(now time.Time) {
	for {
		e, ok := s.asleep.first()
		if !ok || e.run.NotBefore.After(now) {
			return
		}
		s.asleep.drop(e)
		s.enqueue(e)
	}
}

// reconsider puts the runs back in line that could never fit under the limits of before.
func (s *State) reconsider() {
	for id, e := range s.never {
		delete(s.never, id)
		s.enqueue(e)
	}
}

// settle admits heads, oldest first, until none is left that fits and is permitted.
func (s *State) settle() []Admission {
	for _, l := range s.lines {
		l.held = nil
	}
	if s.disk.Low() {
		return nil
	}
	var admitted []Admission
	var lacking []*hold // pools that a run ahead lacks
	for {
		l, e := s.next()
		if e == nil {
			return admitted
		}
		lease := e.run.Lease()
		if _, never := s.ledger.Never(&lease); never {
			s.setAside(e)
			continue
		}
		if l.held = s.refusal(&lease, &lacking); l.held != nil {
			continue
		}
		s.remove(e)
		if err := s.ledger.Acquire(lease); err != nil {
			panic(err) // Invariant: refusal asked the same ledger a moment ago.
		}
		s.refreshJob(e.class.job)
		admitted = append(admitted, Admission{Run: e.run, Lease: lease})
	}
}

// next returns the oldest head of the lines that are not held.
func (s *State) next() (*line, *entry) {
	var least *entry
	var of *line
	for _, l := range s.lines {
		if l.held != nil {
			continue
		}
		if c, ok := l.ready.first(); ok {
			if e := c.queue.first(); least == nil || e.run.ID < least.run.ID {
				least, of = e, l
			}
		}
	}
	return of, least
}

// refusal returns why a run may not take its lease, and notes every pool that it lacks: nothing later takes from them.
func (s *State) refusal(lease *quota.Lease, lacking *[]*hold) *hold {
	var own *hold
	for _, r := range quota.Resources() {
		short, refused := s.ledger.Refusing(lease, r)
		if !refused || !r.Shared() {
			continue
		}
		h := &hold{id: lease.ID, shortage: short}
		*lacking = append(*lacking, h)
		if own == nil {
			own = h
		}
	}
	if own != nil {
		return own
	}
	for _, h := range *lacking {
		p := h.shortage.Pool
		if lease.Need[p.Resource] > 0 && lease.Pool(p.Resource) == p {
			return h
		}
	}
	return nil
}

// setAside takes a run that can never fit out of the line. Its entry is a fresh one: the queues remember the old as gone.
func (s *State) setAside(e *entry) {
	s.dequeue(e)
	again := &entry{run: e.run, class: e.class}
	s.waiting[e.run.ID], s.never[e.run.ID] = again, again
}
