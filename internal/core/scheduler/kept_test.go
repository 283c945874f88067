package scheduler

import (
	"fmt"
	"testing"
	"time"
)

// TestReservationsKeepNobodyBackWithoutCause plays a crowded day and asks after each event every head that fits by itself:
// what State.permitted concludes from the shortest run of a kind must hold for each.
func TestReservationsKeepNobodyBackWithoutCause(t *testing.T) {
	for _, divided := range []bool{false, true} {
		t.Run(fmt.Sprint("divided=", divided), func(t *testing.T) {
			cfg := Config{Default: Region{Slots: 40, QuarterDPUs: 400, FlexQuarterDPUs: 40}, Workers: NoLimit, MemoryBytes: NoLimit,
				Reservation: Reservation{After: time.Minute, TimeoutOnly: 20 * time.Minute}}
			for i := range 6 {
				q := Queue{Name: fmt.Sprint("queue-", i), Weight: int64(1 + i%3)}
				if divided && i < 3 {
					q.Slots = &Share{Nominal: int64(4 + i), Borrow: int64(8 * i), Lend: NoLimit}
				}
				cfg.Queues = append(cfg.Queues, q)
			}
			s, d, now := New(cfg), dice(7), epoch
			var running []string
			step := func(ev Event) {
				decided, err := s.Step(ev, now)
				if err != nil {
					t.Fatal(err)
				}
				for _, h := range decided.Admitted {
					running = append(running, h.Run.ID)
				}
				if id := s.unkept(now); id != "" {
					t.Fatalf("%s fits, no reservation keeps it back, and it is left", id)
				}
			}
			kept := 0
			for i := range 4000 {
				now = now.Add(time.Duration(d.below(3000)) * time.Millisecond)
				if s.Waiting() < 300 {
					job := d.below(100)
					need := int64(4 * (1 + job%4))
					if job == 0 {
						need = 300
					}
					step(Event{Submit: &Run{ID: fmt.Sprintf("r%06d", i), Region: "east", Job: fmt.Sprint("job-", job), MaxJobRuns: 5, Queue: fmt.Sprint("queue-", job%6),
						QuarterDPUs: need, Priority: (job + 1) % 2, Submitted: now, Timeout: time.Duration(1+d.below(60)) * time.Minute, Predicted: time.Duration(d.below(600)) * time.Second}})
				}
				if n := len(running); n > 0 && d.below(2) == 0 {
					k := d.below(n)
					id := running[k]
					running[k] = running[n-1]
					running = running[:n-1]
					step(Event{Release: &Release{ID: id}})
				}
				if len(s.kept) > 0 {
					kept++
				}
			}
			if kept < 400 {
				t.Fatalf("there were reservations after %d events only: this test shows little", kept)
			}
		})
	}
}

// unkept asks each head that fits by itself whether a reservation keeps it back, and returns one that none does.
func (s *State) unkept(now time.Time) string {
	s.epoch++ // what was known of kinds is forgotten
	for _, reg := range s.order {
		if s.disk.Low() || !reg.room(s) {
			continue
		}
		for _, v := range reg.levels {
			v.fit(s, reg)
		}
		for _, l := range reg.lanes {
			if l.conf == nil || l.conf.Held || s.held[l.queue] {
				continue
			}
			for _, b := range l.bands {
				for _, sh := range b.shapes {
					if !s.within(sh.kind, &reg.free) || !l.grants(sh) {
						continue
					}
					for _, seat := range sh.ready {
						if ask := s.asks(seat.class, now); !s.keepsBack(&ask) {
							return ask.run.ID
						}
					}
				}
			}
		}
	}
	return ""
}
