package controller

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"tenon/internal/driver/store"
	"tenon/internal/glue"
)

// sleepUntil waits until a time; a plane that is up is not wanted for long: it looks at the disk every 5 seconds.
func sleepUntil(t time.Time) { time.Sleep(time.Until(t)) }

// day is a time on the first day of a bubble, or a later one.
func day(d, hour, minute int) time.Time { return time.Date(2000, 1, d, hour, minute, 0, 0, time.UTC) }

// fireTimes lists the fire times that runs were started for, "!" behind those that had been missed.
func (p *plane) fireTimes() []string {
	p.t.Helper()
	var times []string
	for _, r := range p.runs() {
		if r.Cause == nil || r.Cause.Kind != glue.CauseSchedule {
			continue
		}
		text := r.Cause.Time.UTC().Format("02 15:04")
		if r.Cause.Missed {
			text += "!"
		}
		times = append(times, text)
	}
	return times
}

// expectTimes checks the fire times.
func (p *plane) expectTimes(want ...string) {
	p.t.Helper()
	if got := p.fireTimes(); !slices.Equal(got, want) {
		p.t.Errorf("fired for %q, want %q", got, want)
	}
}

// progress reads what a trigger has behind it.
func (p *plane) progress(name string) glue.TriggerProgress {
	p.t.Helper()
	var progress glue.TriggerProgress
	err := p.db.Read(p.t.Context(), func(r *store.Reader) (err error) {
		progress, err = r.TriggerProgress("us-east-1", name)
		return err
	})
	if err != nil {
		p.t.Fatal(err)
	}
	return progress
}

// TestSchedule: a trigger fires at its times, at once and once, and no more after it was stopped or deleted.
func TestSchedule(t *testing.T) {
	for name, end := range map[string]func(p *plane) error{
		"stopped": func(p *plane) error { return p.c.StopTrigger(p.t.Context(), named("tr")) },
		"deleted": func(p *plane) error { return p.c.DeleteTrigger(p.t.Context(), named("tr")) },
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, Config{}, taking(time.Second), func(t *testing.T, p *plane) {
				p.storeJobs("a")
				p.create(at("tr", "cron(10,40 * * * ? *)", "a"))
				sleepUntil(day(1, 1, 30))
				p.expectTimes("01 00:10", "01 00:40", "01 01:10")
				for _, r := range p.runs() {
					if late := r.Submitted.Sub(r.Cause.Time); late > time.Millisecond {
						t.Errorf("the run for %s came %s late", r.Cause.Time, late)
					}
				}
				if err := end(p); err != nil {
					t.Fatal(err)
				}
				sleepUntil(day(1, 4, 0))
				p.expectTimes("01 00:10", "01 00:40", "01 01:10")
				p.calm()
			})
		})
	}
}

// TestMissed: the fire times that passed while no plane was up, by policy, and the ones after that.
func TestMissed(t *testing.T) {
	for policy, want := range map[string][]string{
		"":         {"01 05:00!", "01 06:00"},
		"once":     {"01 05:00!", "01 06:00"},
		"skip":     {"01 06:00"},
		"catch-up": {"01 01:00!", "01 02:00!", "01 03:00!", "01 04:00!", "01 05:00!", "01 06:00"},
	} {
		t.Run("policy "+policy, func(t *testing.T) {
			bubble(t, Config{}, taking(time.Second), func(t *testing.T, p *plane) {
				p.storeJobs("a")
				tags := map[string]string{}
				if policy != "" {
					tags["tenon:missed"] = policy
				}
				p.createTagged(at("tr", "cron(0 * * * ? *)", "a"), tags)
				p.kill()
				sleepUntil(day(1, 5, 30))
				p.start()
				sleepUntil(day(1, 6, 30))
				p.expectTimes(want...)
				missed := p.told(glue.EventTriggerMissed)
				skipped := 5 - (len(want) - 1)
				if (len(missed) == 1) != (skipped > 0) {
					t.Fatalf("there are %d events of fires missed", len(missed))
				}
				if skipped > 0 {
					var d missedDetail
					if err := json.Unmarshal(missed[0].Detail, &d); err != nil {
						t.Fatal(err)
					}
					if d.Count != skipped || !d.First.Equal(day(1, 1, 0)) || string(d.Policy) != first(policy, "once") {
						t.Errorf("missed is %+v, want %d", d, skipped)
					}
				}
				told := slices.ContainsFunc(p.progress("tr").Recent, func(f glue.Fired) bool {
					return f.Skipped == fmt.Sprintf("it was missed, the last of %d, and tenon:missed is %s", skipped, first(policy, "once"))
				})
				if told != (skipped > 0) {
					t.Errorf("what the trigger has behind it is %+v", p.progress("tr").Recent)
				}
				if got := p.progress("tr"); got.Count != int64(len(want)) || !got.Accounted.Equal(day(1, 6, 0)) {
					t.Errorf("progress is %+v", got)
				}
				p.calm()
			})
		})
	}
}

// TestRestartInTime: fire times within a minute of the restart are not missed, whatever the policy.
func TestRestartInTime(t *testing.T) {
	bubble(t, Config{}, taking(time.Second), func(t *testing.T, p *plane) {
		p.storeJobs("a")
		p.createTagged(at("tr", "cron(0 1 * * ? *)", "a"), map[string]string{"tenon:missed": "skip"})
		p.kill()
		sleepUntil(day(1, 1, 0).Add(50 * time.Second))
		p.start()
		time.Sleep(time.Second)
		p.expectTimes("01 01:00")
	})
}

// TestClockJump: what the wall clock jumps over is missed, also while the plane is up.
func TestClockJump(t *testing.T) {
	var skew atomic.Int64
	cfg := Config{Hooks: Hooks{Skew: func() time.Duration { return time.Duration(skew.Load()) }}}
	bubble(t, cfg, taking(time.Second), func(t *testing.T, p *plane) {
		p.storeJobs("a")
		p.create(at("tr", "cron(0 * * * ? *)", "a"))
		sleepUntil(day(1, 1, 30))
		skew.Store(int64(3 * time.Hour)) // 04:30
		time.Sleep(2 * time.Minute)
		p.expectTimes("01 01:00", "01 04:00!")
		skew.Store(0) // back to 01:32: the plane's time goes on slowly, and nothing is fired for again
		sleepUntil(day(1, 3, 0))
		p.expectTimes("01 01:00", "01 04:00!", "01 05:00")
	})
}

// TestScheduleFailingCommits: whichever commit fails around a fire time, and whether it was made, the trigger fires once.
func TestScheduleFailingCommits(t *testing.T) {
	for commits := range 5 { // there are as many
		for _, made := range []bool{false, true} {
			t.Run(fmt.Sprint(commits, " then a failure, made ", made), func(t *testing.T) {
				bubble(t, Config{}, taking(time.Second), func(t *testing.T, p *plane) {
					p.storeJobs("a")
					p.create(at("tr", "cron(0 1 * * ? *)", "a"))
					sleepUntil(day(1, 1, 0).Add(-time.Millisecond))
					failed := p.failCommit(commits, made)
					time.Sleep(10 * time.Minute)
					p.expectTimes("01 01:00")
					if !failed.Load() {
						t.Error("no commit failed")
					}
					p.calm()
				})
			})
		}
	}
}

// TestTimeZone: a schedule in a time zone, over the days on which its clocks change. 02:30 is not there on one, and twice on
// the other.
func TestTimeZone(t *testing.T) {
	for name, c := range map[string]struct {
		eve  time.Time
		want []string
	}{
		"spring": {time.Date(2000, 3, 25, 0, 0, 0, 0, time.UTC), []string{"25 01:30", "26 01:00", "27 00:30"}},
		"autumn": {time.Date(2000, 10, 28, 0, 0, 0, 0, time.UTC), []string{"28 00:30", "29 00:30", "30 01:30"}},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, Config{}, taking(time.Second), func(t *testing.T, p *plane) {
				p.kill()
				sleepUntil(c.eve)
				p.start()
				p.storeJobs("a")
				p.createTagged(at("tr", "cron(30 2 * * ? *)", "a"), map[string]string{"tenon:timezone": "Europe/Berlin"})
				for d := range 3 { // over a restart each night
					sleepUntil(c.eve.Add(time.Duration(d)*24*time.Hour + 3*time.Hour))
					p.kill()
					sleepUntil(c.eve.Add(time.Duration(d)*24*time.Hour + 22*time.Hour))
					p.start()
				}
				p.expectTimes(c.want...)
			})
		})
	}
}

// TestTagsChanged: another time zone holds at once, for the times to come.
func TestTagsChanged(t *testing.T) {
	bubble(t, Config{}, taking(time.Second), func(t *testing.T, p *plane) {
		p.storeJobs("a")
		p.create(at("tr", "cron(0 6 * * ? *)", "a"))
		sleepUntil(day(1, 5, 30)) // 06:30 in Berlin
		err := p.db.Commit(t.Context(), time.Now(), func(tx *store.Tx) error {
			return tx.PutTags("us-east-1", glue.KindTrigger, "tr", map[string]string{"tenon:timezone": "Europe/Berlin"})
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := p.c.TagsChanged(t.Context(), "us-east-1", glue.KindTrigger, "tr"); err != nil {
			t.Fatal(err)
		}
		sleepUntil(day(2, 4, 0))
		p.expectTimes()
		sleepUntil(day(2, 5, 30))
		p.expectTimes("02 05:00")
	})
}

// TestUpdateSchedule: another schedule counts from when it was set, and holds over a restart.
func TestUpdateSchedule(t *testing.T) {
	bubble(t, Config{}, taking(time.Second), func(t *testing.T, p *plane) {
		p.storeJobs("a", "b")
		p.create(at("tr", "cron(0 * * * ? *)", "a"))
		sleepUntil(day(1, 2, 30))
		got, err := p.c.UpdateTrigger(t.Context(), TriggerUpdate{Region: "us-east-1", Name: "tr", Update: at("", "cron(15 * * * ? *)", "b")})
		if err != nil || got.State != glue.TriggerActivated || got.Name != "tr" || got.Version != 2 {
			t.Fatalf("updated is %+v, %v", got, err)
		}
		p.kill()
		p.start()
		sleepUntil(day(1, 4, 30))
		p.expectTimes("01 01:00", "01 02:00", "01 03:15", "01 04:15")
		refusedUpdate := func(up glue.Trigger, text string) {
			_, err := p.c.UpdateTrigger(t.Context(), TriggerUpdate{Region: "us-east-1", Name: "tr", Update: up})
			refused(t, err, glue.CodeInvalidInput, text)
		}
		refusedUpdate(at("", "cron(* * * * ? *)", "b"), "")
		refusedUpdate(at("", "", "b"), "Schedule")
		refusedUpdate(at("", "cron(0 * * * ? *)"), "Actions")
	})
}

// TestUpdateBesideFireTime: a change that the loop hears of together with a fire time that has come takes nothing from it.
func TestUpdateBesideFireTime(t *testing.T) {
	for name, change := range map[string]func(p *plane) error{
		"another definition": func(p *plane) error {
			_, err := p.c.UpdateTrigger(p.t.Context(), TriggerUpdate{Region: "us-east-1", Name: "tr", Update: at("", "cron(0 5 * * ? *)", "a")})
			return err
		},
		"another zone": func(p *plane) error {
			err := p.db.Commit(p.t.Context(), time.Now(), func(tx *store.Tx) error {
				return tx.PutTags("us-east-1", glue.KindTrigger, "tr", map[string]string{"tenon:timezone": "Asia/Tokyo"})
			})
			return errors.Join(err, p.c.TagsChanged(p.t.Context(), "us-east-1", glue.KindTrigger, "tr"))
		},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, Config{}, taking(time.Second), func(t *testing.T, p *plane) {
				p.storeJobs("a")
				p.create(at("tr", "cron(0 1 * * ? *)", "a"))
				sleepUntil(day(1, 0, 59))
				done := make(chan error, 1)
				p.hold(func() {
					sleepUntil(day(1, 1, 0).Add(time.Second))
					go func() { done <- change(p) }()
					synctest.Wait()
				})
				must(t, <-done)
				sleepUntil(day(1, 1, 30))
				p.expectTimes("01 01:00")
			})
		})
	}
}

// TestManyAtOnce: more triggers than one turn deals with have one fire time; each fires.
func TestManyAtOnce(t *testing.T) {
	bubble(t, Config{}, taking(time.Second), func(t *testing.T, p *plane) {
		p.storeJobs("a")
		for i := range maxDue + 50 {
			p.create(at(fmt.Sprint("tr", i), "cron(0 1 * * ? *)", "a"))
		}
		sleepUntil(day(1, 1, 5))
		if got := p.fireTimes(); len(got) != maxDue+50 || strings.Count(strings.Join(got, " "), "01 01:00") != len(got) {
			t.Errorf("%d runs", len(got))
		}
		p.calm()
	})
}

// TestUnfitTrigger: a stored trigger that cannot be understood is not armed, keeps nobody from starting, and is mended by an
// update.
func TestUnfitTrigger(t *testing.T) {
	bubble(t, Config{}, taking(time.Second), func(t *testing.T, p *plane) {
		p.storeJobs("a")
		tr := at("tr", "cron(once upon a time)", "a")
		tr.State = glue.TriggerActivated
		doc, err := json.Marshal(tr)
		must(t, err)
		d := store.Definition{Region: "us-east-1", Kind: glue.KindTrigger, Name: "tr", Doc: doc}
		must(t, p.db.Commit(t.Context(), time.Now(), func(tx *store.Tx) error { return tx.CreateDefinition(&d) }))
		p.kill()
		p.start()
		sleepUntil(day(1, 2, 30))
		p.expectTimes()
		_, err = p.c.UpdateTrigger(t.Context(), TriggerUpdate{Region: "us-east-1", Name: "tr", Update: at("", "cron(0 * * * ? *)", "a")})
		must(t, err)
		sleepUntil(day(1, 3, 30))
		p.expectTimes("01 03:00")
	})
}

// TestStoppedTimesAreNotMissed: what passes while a trigger is stopped is not made up for.
func TestStoppedTimesAreNotMissed(t *testing.T) {
	bubble(t, Config{}, taking(time.Second), func(t *testing.T, p *plane) {
		p.storeJobs("a")
		p.createTagged(at("tr", "cron(0 * * * ? *)", "a"), map[string]string{"tenon:missed": "catch-up"})
		sleepUntil(day(1, 1, 30))
		must(t, p.c.StopTrigger(t.Context(), named("tr")))
		sleepUntil(day(1, 4, 30))
		p.kill()
		p.start()
		p.startTrigger("tr")
		sleepUntil(day(1, 6, 30))
		p.expectTimes("01 01:00", "01 05:00", "01 06:00")
		if n := len(p.told(glue.EventTriggerActivated)) + len(p.told(glue.EventTriggerDeactivated)); n != 3 {
			t.Errorf("%d events of its states, want 3", n)
		}
	})
}
