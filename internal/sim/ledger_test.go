package sim

import (
	"encoding/json"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"tenon/internal/attempt"
	"tenon/internal/core/quota"
	"tenon/internal/core/scheduler"
	"tenon/internal/glue"
)

// story is a ledger that is told events one by one.
type story struct {
	t *testing.T
	l *Ledger
}

// newStory has runs a to h of two workers, with a choice of subnet-a, which may be twice at once of their job.
func newStory(t *testing.T) *story {
	cfg := configuration(rand.New(rand.NewPCG(1, 1)))
	cfg.Default.Slots, cfg.Workers, cfg.Placement.ReleaseLag, cfg.Placement.ExtraAddresses = 6, 4, time.Minute, 0
	cfg.Queues = []scheduler.Queue{
		{Name: "etl", Slots: share1(2, 1, 0)}, // its two are its own, and it may borrow one
		{Name: "adhoc"},
	}
	s := &story{t, NewLedger(cfg, runMemory)}
	for id := range strings.SplitSeq("a b c d e f g h", " ") {
		s.l.runs[id] = &account{admitted: map[int]bool{}, run: glue.JobRun{ID: id, Region: home, Job: "job-" + id, QuarterDPUs: 8,
			NumberOfWorkers: 2, MaxConcurrent: 2, Subnets: []glue.Choice{{Connection: "to-a", Subnet: "subnet-a"}}}}
	}
	return s
}

// tell appends an event.
func (s *story) tell(kind glue.EventKind, run string, attempt int, more string) {
	s.t.Helper()
	e := glue.Event{Seq: s.l.seq + 1, At: s.l.at.Add(time.Second), Region: home, Kind: kind, Run: run, Attempt: attempt, Detail: json.RawMessage(more)}
	if err := s.l.take(nil, &e); err != nil {
		s.t.Fatal(err)
	}
}

// admit tells that first attempts were admitted to two addresses of subnet-a.
func (s *story) admit(runs ...string) {
	for _, run := range runs {
		s.tell(glue.EventRunAdmitted, run, 0, `{"subnet": "subnet-a", "addresses": 2}`)
	}
}

const (
	failed  = `{"state": "FAILED"}`
	drains  = `{"state": "FAILED", "draining_until": "2000-01-01T01:00:00Z"}`
	retried = `{"draining_until": "2000-01-01T01:00:00Z"}`
)

// TestLedger: what must not happen is seen, and what may is not.
func TestLedger(t *testing.T) {
	for name, c := range map[string]struct {
		story func(s *story)
		want  string // part of the one violation; empty is none
	}{
		"in order": {story: func(s *story) {
			s.admit("a")
			s.tell(glue.EventRunRetry, "a", 0, retried)
			s.tell(glue.EventRunAdmitted, "a", 1, `{"subnet": "subnet-a", "addresses": 2}`)
			s.tell(glue.EventRunEnded, "a", 1, drains)
			s.tell(glue.EventLeaseDrained, "a", 0, "")
			s.tell(glue.EventLeaseDrained, "a", 1, "")
			s.l.Finish(map[string]bool{"a": true})
			s.l.violations = s.l.violations[:len(s.l.violations)-7] // b to h
		}},
		"twice": {func(s *story) { s.admit("a", "a") }, "admitted twice"},
		"beside its own": {func(s *story) {
			s.admit("a")
			s.tell(glue.EventRunAdmitted, "a", 1, `{"subnet": "subnet-a", "addresses": 2}`)
		}, "while a/0 holds a lease"},
		"machine":         {func(s *story) { s.l.limits.Workers = 3; s.admit("a", "b", "c", "d") }, "brings local workers of \"\" to 4 of 3"},
		"lowered, not up": {func(s *story) { s.admit("a", "b"); s.l.limits.Workers = 1 }, ""},
		"lowered, and up": {func(s *story) { s.admit("a"); s.l.limits.Workers = 1; s.admit("b") }, "local workers"},
		"job": {func(s *story) {
			for _, run := range []string{"a", "b", "c"} {
				s.l.runs[run].run.Job = "one"
			}
			s.admit("a", "b", "c")
		}, "concurrent runs of the job"},
		"addresses that linger": {func(s *story) {
			for range 2 { // five times two of 11 are taken, though no run is there any more
				for _, run := range []string{"a", "b", "c"} {
					if s.l.runs[run].admitted[0] {
						continue
					}
					s.admit(run)
					s.tell(glue.EventRunEnded, run, 0, drains)
				}
			}
			s.l.runs["d"].run.NumberOfWorkers = 6
			s.tell(glue.EventRunAdmitted, "d", 0, `{"subnet": "subnet-a", "addresses": 6}`)
		}, "subnet addresses of \"us-east-1/subnet-a\" to 12 of 11"},
		"no lag":         {func(s *story) { s.admit("a"); s.tell(glue.EventRunEnded, "a", 0, failed) }, "drains: false"},
		"too few":        {func(s *story) { s.tell(glue.EventRunAdmitted, "a", 0, `{"subnet": "subnet-a", "addresses": 1}`) }, "takes 1 addresses, not 2 to 2"},
		"not its choice": {func(s *story) { s.tell(glue.EventRunAdmitted, "a", 0, `{"subnet": "subnet-b", "addresses": 2}`) }, "did not choose"},
		"nowhere":        {func(s *story) { s.l.runs["a"].run.MinWorkers = 0; s.tell(glue.EventRunAdmitted, "a", 0, "") }, "is on \"\""},
		"held":           {func(s *story) { s.tell(glue.EventRunHeld, "a", 0, ""); s.admit("a") }, "while the run is held"},
		"held queue":     {func(s *story) { s.tell(glue.EventQueueHeld, "", 0, `{"queue": "default"}`); s.admit("a") }, "which an operator holds"},
		"not lent": {func(s *story) {
			s.l.limits.Workers = 10
			s.admit("a", "b", "c", "d", "e") // four of six are lent
		}, "that others do not lend"},
		"borrowed": {func(s *story) {
			for _, run := range []string{"a", "b", "c", "d"} {
				s.l.runs[run].run.Queue = "etl"
			}
			s.admit("a", "b", "c", "d")
		}, "of queue etl to 4, of 2 and 1 borrowed"},
		"wrong need": {func(s *story) {
			s.tell(glue.EventRunAdmitted, "a", 0, `{"subnet": "subnet-a", "addresses": 2, "need": {"slots": 2}}`)
		}, "and needs"},
		"two ends":     {func(s *story) { s.tell(glue.EventRunEnded, "a", 0, failed); s.tell(glue.EventRunEnded, "a", 0, failed) }, "which has ended"},
		"no end":       {func(s *story) { s.l.runs = map[string]*account{"a": s.l.runs["a"]}; s.l.Finish(nil) }, "has 0 ends"},
		"not there":    {func(s *story) { s.l.runs = nil; s.l.Finish(map[string]bool{"x": true}) }, "accepted and is not there"},
		"never drains": {func(s *story) { s.tell(glue.EventLeaseDrained, "a", 0, "") }, "did not drain"},
		"gap":          {func(s *story) { s.l.seq = 5; s.l.at = time.Time{}; s.skip() }, "event 7 follows"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStory(t)
			c.story(s)
			got := strings.Join(s.l.violations, "\n")
			if c.want == "" && got != "" || !strings.Contains(got, c.want) || len(s.l.violations) > 1 && name != "nowhere" {
				t.Errorf("violations are %q, want %q", got, c.want)
			}
		})
	}
}

// skip tells an event that leaves a number out.
func (s *story) skip() {
	e := glue.Event{Seq: s.l.seq + 2, At: s.l.at, Region: home, Kind: glue.EventQueueUnheld, Detail: json.RawMessage("{}")}
	if err := s.l.take(nil, &e); err != nil {
		s.t.Fatal(err)
	}
}

// TestLedgerAddresses: addresses that two leases have, that are reserved or not of the subnet, or too many, are seen.
func TestLedgerAddresses(t *testing.T) {
	for name, c := range map[string]struct{ first, second, want string }{
		"apart":    {"10.0.0.4-10.0.0.5", "10.0.0.6-10.0.0.7", ""},
		"shared":   {"10.0.0.4-10.0.0.5", "10.0.0.5-10.0.0.6", "is held by a/0 and by b/0"},
		"reserved": {"10.0.0.3-10.0.0.4", "10.0.0.6-10.0.0.7", "is reserved"},
		"last":     {"10.0.0.14-10.0.0.15", "10.0.0.6-10.0.0.7", "is not one of"},
		"outside":  {"10.0.1.4-10.0.1.5", "10.0.0.6-10.0.0.7", "is not one of"},
		"one more": {"10.0.0.4-10.0.0.6", "10.0.0.7-10.0.0.8", "has 3 addresses, and needs 2"},
		"no range": {"10.0.0.4-", "10.0.0.7-10.0.0.8", "ParseAddr"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStory(t)
			s.admit("a", "b")
			taken := map[string]attempt.Key{}
			for i, text := range []string{c.first, c.second} {
				key := attempt.Key{Run: string("ab"[i])}
				s.l.compareAddresses(key, s.l.held[key], &quota.Lease{Subnet: "subnet-a", Addresses: []string{text}}, taken)
			}
			if got := strings.Join(s.l.violations, "\n"); c.want == "" && got != "" || !strings.Contains(got, c.want) {
				t.Errorf("violations are %q, want %q", got, c.want)
			}
		})
	}
}
