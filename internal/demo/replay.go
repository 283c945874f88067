package demo

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"tenon/internal/core/quota"
	"tenon/internal/glue"
)

// Held is an amount of the three things that the demonstration limits.
type Held struct {
	Slots       int64 `json:"run_slots"`
	QuarterDPUs int64 `json:"quarter_dpus"`
	Addresses   int64 `json:"addresses"`
}

// add is h with n times o.
func (h Held) add(o Held, n int64) Held {
	return Held{h.Slots + n*o.Slots, h.QuarterDPUs + n*o.QuarterDPUs, h.Addresses + n*o.Addresses}
}

// most is the larger of h and o in each of the three.
func (h Held) most(o Held) Held {
	return Held{max(h.Slots, o.Slots), max(h.QuarterDPUs, o.QuarterDPUs), max(h.Addresses, o.Addresses)}
}

// The things that a run waits for, in the order in which a shortage is reported; the last is a run that would fit, and
// waits for nothing but the next decision.
const (
	ForSlots     = "run slots"
	ForDPUs      = "DPUs"
	ForAddresses = "addresses"
	ForTurn      = "its turn"
)

// short is what of h, were it added to used, goes over limit.
func (h Held) short(used, limit Held) string {
	sum := used.add(h, 1)
	switch {
	case sum.Slots > limit.Slots:
		return ForSlots
	case sum.QuarterDPUs > limit.QuarterDPUs:
		return ForDPUs
	case sum.Addresses > limit.Addresses:
		return ForAddresses
	}
	return ForTurn
}

// Phase is where a run of the replay stands.
type Phase int

// The phases of a run, in their order.
const (
	Waiting Phase = iota
	Admitted
	Running
	Done
	Failed
)

// Instance is one run of the replay.
type Instance struct {
	Run       string
	Phase     Phase
	Submitted time.Time
	Waited    time.Duration // until it was admitted first
	admitted  time.Time     // last
	ended     time.Time
	state     string // final
	message   string // of its failure
	need      Held   // while it waits
	held      Held   // its lease
	lingers   int64  // addresses of it that are not free yet
}

// Replay adds up what runs hold, from the event table alone: a lease begins at run.admitted and ends at run.ended or
// run.retry, but for its addresses, which stay taken until lease.drained where the event says that they drain. So it
// knows after every single event whether a limit was crossed, which no look from time to time could.
type Replay struct {
	Limit   Held
	Used    Held // Lingering is in Addresses
	Peak    Held
	Linger  int64 // addresses of runs that ended
	Events  int   // that were read
	Last    int64 // number of the last
	Crossed []string
	// Waits are the run-seconds that runs waited, by what was short for them between one event and the next.
	Waits map[string]time.Duration
	runs  map[string]*Instance
	order []*Instance // all, in the order of their submit
	line  []*Instance // that wait
	at    time.Time   // of the last event
}

// newReplay begins with nothing held.
func newReplay(limit Held) *Replay {
	return &Replay{Limit: limit, Waits: map[string]time.Duration{}, runs: map[string]*Instance{}}
}

// eventDetail is what the replay reads of an event's detail.
type eventDetail struct {
	QuarterDPUs int64        `json:"quarter_dpus"` // run.submitted
	Workers     int64        `json:"workers"`
	Need        quota.Vector `json:"need"` // run.admitted
	Wait        int64        `json:"wait_us"`
	State       string       `json:"state"` // run.ended
	Error       string       `json:"error"`
	Draining    time.Time    `json:"draining_until"` // and run.retry
	Addresses   int64        `json:"addresses"`      // lease.drained
}

// apply takes the next event.
func (p *Replay) apply(e *glue.Event) error {
	var d eventDetail
	if len(e.Detail) > 0 {
		if err := json.Unmarshal(e.Detail, &d); err != nil {
			return fmt.Errorf("demo: detail of event %d: %w", e.Seq, err)
		}
	}
	p.pass(e.At)
	p.Events, p.Last = p.Events+1, e.Seq
	r := p.runs[e.Run]
	if r == nil && e.Run != "" {
		r = &Instance{Run: e.Run, Submitted: e.At, need: Held{Slots: 1, QuarterDPUs: d.QuarterDPUs, Addresses: d.Workers}}
		p.runs[e.Run] = r
	}
	switch e.Kind {
	case glue.EventRunSubmitted:
		p.line, p.order = append(p.line, r), append(p.order, r)
	case glue.EventRunAdmitted:
		p.line = slices.DeleteFunc(p.line, func(o *Instance) bool { return o == r })
		r.Phase, r.Waited = Admitted, time.Duration(d.Wait)*time.Microsecond
		r.admitted, r.held = e.At, Held{d.Need[quota.Slots], d.Need[quota.DPUs], d.Need[quota.Addresses]}
		p.Used = p.Used.add(r.held, 1)
	case glue.EventRunStarted:
		r.Phase = Running
	case glue.EventRunRetry:
		p.release(r, d)
		r.Phase = Waiting
		p.line = append(p.line, r)
	case glue.EventRunEnded:
		p.line = slices.DeleteFunc(p.line, func(o *Instance) bool { return o == r })
		p.release(r, d)
		r.Phase, r.ended, r.state, r.message = Failed, e.At, d.State, d.Error
		if d.State == string(glue.RunSucceeded) {
			r.Phase = Done
		}
	case glue.EventLeaseDrained:
		n := min(d.Addresses, r.lingers)
		r.lingers, p.Linger, p.Used.Addresses = r.lingers-n, p.Linger-n, p.Used.Addresses-n
	}
	p.check(e)
	return nil
}

// release ends a lease; its addresses linger where they drain.
func (p *Replay) release(r *Instance, d eventDetail) {
	back := r.held
	if !d.Draining.IsZero() {
		r.lingers, p.Linger = r.lingers+back.Addresses, p.Linger+back.Addresses
		back.Addresses = 0
	}
	p.Used, r.held = p.Used.add(back, -1), Held{}
}

// pass lets time pass: what was short for each waiting run was so until now.
func (p *Replay) pass(now time.Time) {
	if d := now.Sub(p.at); d > 0 && !p.at.IsZero() {
		for _, r := range p.line {
			p.Waits[r.need.short(p.Used, p.Limit)] += d
		}
	}
	p.at = now
}

// check compares with the limits after an event.
func (p *Replay) check(e *glue.Event) {
	p.Peak = p.Peak.most(p.Used)
	for _, c := range []struct {
		what        string
		used, limit int64
	}{
		{ForSlots, p.Used.Slots, p.Limit.Slots},
		{"quarter DPUs", p.Used.QuarterDPUs, p.Limit.QuarterDPUs},
		{ForAddresses, p.Used.Addresses, p.Limit.Addresses},
	} {
		if c.used > c.limit || c.used < 0 {
			p.Crossed = append(p.Crossed, fmt.Sprintf("after event %d, %s of %s, %d %s were held of %d", e.Seq, e.Kind, e.Run, c.used, c.what, c.limit))
		}
	}
}

// Short is what is short for a waiting run at the moment.
func (p *Replay) Short(r *Instance) string { return r.need.short(p.Used, p.Limit) }
