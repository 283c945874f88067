package controller

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"tenon/internal/attempt"
	"tenon/internal/core/placement"
	"tenon/internal/core/quota"
	"tenon/internal/core/scheduler"
	"tenon/internal/driver/store"
	"tenon/internal/glue"
)

// This file takes the scheduler's decisions into the memory and the turn: who is admitted, what is given back and when,
// which subnets are out of order.

// leaseWrite is the row of a lease after the turn.
type leaseWrite struct {
	phase store.LeasePhase // empty: it is gone
	lease *quota.Lease
	there bool // the row is in the store: only its phase moved
}

// leaseDoc is what a row holds of a lease beside its columns.
type leaseDoc struct {
	Job       string       `json:"job"` // the scheduler's name of it
	Queue     string       `json:"queue,omitempty"`
	Need      quota.Vector `json:"need"`
	Subnet    string       `json:"subnet,omitempty"`
	VPC       string       `json:"vpc,omitempty"` // of the subnet
	Addresses []string     `json:"addresses,omitempty"`
}

// step lets the scheduler decide on an event, and does what it decided.
func (s *state) step(t *turn, ev scheduler.Event) { s.apply(t, s.ask(t, ev)) }

// ask lets the scheduler decide on an event.
func (s *state) ask(t *turn, ev scheduler.Event) scheduler.Decisions {
	decided, err := s.sched.Step(ev, t.now)
	if err != nil {
		t.fail(err)
	}
	return decided
}

// apply does what the scheduler decided. What begins to drain was noted by release.
func (s *state) apply(t *turn, d scheduler.Decisions) {
	for _, drain := range d.Drained {
		s.drained(t, drain)
	}
	for _, h := range d.Health {
		t.changed = true
		t.note(glue.Event{Region: h.Region, Kind: glue.EventSubnetHealth}, healthDetail{h.Subnet, h.Zone, h.State, h.Until, h.Failures})
	}
	for _, a := range d.Admitted {
		r := s.open[a.Run.ID]
		if r == nil {
			t.fail(fmt.Errorf("scheduler admits %s, which is not open", a.Run.ID))
			return
		}
		s.admit(t, r, a.Admission())
	}
}

// submit puts r in line.
func (s *state) submit(t *turn, r *run) {
	s.waiting[r.Region]++
	sr := s.schedulerRun(r)
	if r.Attempt == 0 {
		s.times.Submitted(sr)
	}
	s.step(t, scheduler.Event{Submit: &sr})
}

// admit moves a run from WAITING to STARTING: its lease and the intent to start it are written, then it is started.
func (s *state) admit(t *turn, r *run, a scheduler.Admission) {
	lease := a.Lease
	lease.Attempt, lease.Queue, lease.Since = r.Attempt, queueName(&r.JobRun), t.now
	r.State, r.applied, r.lease = glue.RunStarting, 0, &lease
	r.RetryAt = time.Time{}
	r.Placement = nil
	if len(a.Placement.Candidates) > 0 {
		p := a.Placement
		p.At, p.Attempt = t.now, r.Attempt
		r.Placement = &p
	}
	s.waiting[r.Region]--
	s.scorer.Started(r.ID, t.now, t.now.After(r.Submitted))
	t.touch(r)
	t.lease(leaseWrite{phase: store.LeaseReserved, lease: r.lease})
	t.event(r, glue.EventRunAdmitted, "", admitted(r, t.now))
	t.admitted = append(t.admitted, r)
	t.effects = append(t.effects, startEffect(r.JobRun))
	s.alarms.set(r, s.deadline(r))
	s.watchDelay(t, r)
}

// lease notes the row of a lease: the last word of a turn is what is written.
func (t *turn) lease(w leaseWrite) {
	key := attempt.Key{Run: w.lease.ID, Attempt: w.lease.Attempt}
	if t.leases == nil {
		t.leases = map[attempt.Key]leaseWrite{}
	}
	_, touched := t.leases[key] // by an earlier command of the turn: its row may not be in the store
	w.there = w.phase != store.LeaseReserved && !touched
	t.leases[key] = w
}

// write stores or deletes the row of an attempt's lease.
func (w *leaseWrite) write(tx *store.Tx, key attempt.Key) error {
	if w.phase == "" {
		return tx.DeleteLease(key.Run, key.Attempt)
	}
	if w.there && w.phase != store.LeaseDraining {
		return tx.MarkLease(key.Run, key.Attempt, w.phase)
	}
	l := w.lease
	doc, err := json.Marshal(leaseDoc{l.Job, l.Queue, l.Need, l.Subnet, l.VPC, l.Addresses})
	if err != nil {
		return fmt.Errorf("controller: lease of %s: %w", key, err)
	}
	return tx.PutLease(store.Lease{Run: key.Run, Region: l.Region, Attempt: key.Attempt, Phase: w.phase,
		Vector: doc, Since: l.Since, Until: l.Until})
}

// readLease decodes the row of a lease. Rows of before held the vector alone.
func readLease(row *store.Lease) (*quota.Lease, error) {
	var doc leaseDoc
	if err := json.Unmarshal(row.Vector, &doc); err != nil {
		return nil, fmt.Errorf("lease of %s: %w", row.Run, err)
	}
	if doc.Need == (quota.Vector{}) {
		if err := json.Unmarshal(row.Vector, &doc.Need); err != nil {
			return nil, fmt.Errorf("lease of %s: %w", row.Run, err)
		}
	}
	return &quota.Lease{ID: row.Run, Region: row.Region, Job: doc.Job, Need: doc.Need, Attempt: row.Attempt, Queue: doc.Queue,
		Subnet: doc.Subnet, VPC: doc.VPC, Addresses: doc.Addresses, Since: row.Since, Until: row.Until}, nil
}

// given is what an attempt gave back, or will: part of the events of its end.
type given struct {
	Released quota.Vector `json:"released,omitzero"`
	Until    time.Time    `json:"draining_until,omitzero"` // when its addresses are free
}

// release gives back what r holds in the scheduler: its lease, or its place in line. outcome is how its subnet did. What
// follows from it is for the caller to apply, once it has noted its own event.
func (s *state) release(t *turn, r *run, outcome placement.Outcome) (given, scheduler.Decisions) {
	if r.lease == nil {
		s.waiting[r.Region]--
		s.scorer.Gone(r.ID)
		return given{}, s.ask(t, scheduler.Event{Remove: &scheduler.Remove{ID: r.ID}})
	}
	lease := r.lease
	r.lease = nil
	back := given{Released: lease.Need}
	decided := s.ask(t, scheduler.Event{Release: &scheduler.Release{ID: r.ID, Outcome: outcome}})
	w := leaseWrite{lease: lease}
	for _, d := range decided.Draining {
		if d.ID == r.ID && d.Attempt == lease.Attempt {
			back.Until, lease.Until = d.Until, d.Until
			s.drains[attempt.Key{Run: r.ID, Attempt: d.Attempt}] = lease
			w.phase = store.LeaseDraining
		}
	}
	t.lease(w)
	return back, decided
}

// drained notes that the addresses of an attempt are free again.
func (s *state) drained(t *turn, d scheduler.Drain) {
	key := attempt.Key{Run: d.ID, Attempt: d.Attempt}
	lease := s.drains[key]
	if lease == nil {
		return // it drained at once
	}
	delete(s.drains, key)
	t.changed = true
	t.lease(leaseWrite{lease: lease})
	t.note(glue.Event{Region: d.Region, Kind: glue.EventLeaseDrained, Job: jobName(lease.Job), Run: d.ID, Attempt: d.Attempt},
		drainedDetail{lease.Subnet, lease.Need[quota.Addresses]})
}

// jobName is the job in the scheduler's name of it: the inverse of jobKey.String.
func jobName(key string) string {
	_, name, _ := strings.Cut(key, "/")
	return name[:max(0, strings.LastIndexByte(name, '#'))]
}

// drainedDetail is the detail of lease.drained.
type drainedDetail struct {
	Subnet    string `json:"subnet"`
	Addresses int64  `json:"addresses"`
}

// healthDetail is the detail of subnet.health.
type healthDetail struct {
	Subnet   string    `json:"subnet"`
	Zone     string    `json:"zone,omitempty"`
	State    string    `json:"state"` // closed, open, half-open
	Until    time.Time `json:"until,omitzero"`
	Failures int       `json:"failures,omitzero"`
}

// admitDetail is the detail of run.admitted.
type admitDetail struct {
	WaitMicros int64        `json:"wait_us"` // since the submit
	Queue      string       `json:"queue"`
	Need       quota.Vector `json:"need"`
	Subnet     string       `json:"subnet,omitempty"`
	Connection string       `json:"connection,omitempty"`
	Zone       string       `json:"zone,omitempty"`
	Addresses  int64        `json:"addresses,omitzero"`
	Why        string       `json:"why,omitempty"`
}

// admitted tells of an admission.
func admitted(r *run, now time.Time) admitDetail {
	d := admitDetail{WaitMicros: now.Sub(r.Submitted).Microseconds(), Queue: queueName(&r.JobRun), Need: r.lease.Need,
		Addresses: r.lease.Need[quota.Addresses]}
	if p := r.Placement; p != nil {
		d.Subnet, d.Connection, d.Zone, d.Why = p.Subnet, p.Connection, p.Zone, p.Why
	}
	return d
}
