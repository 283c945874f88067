package workflow

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/datadriven"
	"pgregory.net/rapid"

	"tenon/internal/core/cron"
	"tenon/internal/glue"
)

// stamp is how scripts write times: UTC, to the second.
const stamp = "2006-01-02T15:04:05"

// readTime reads a time of a script.
func readTime(t *testing.T, text string) time.Time {
	t.Helper()
	at, err := time.ParseInLocation(stamp, text, time.UTC)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// TestDueScripts runs testdata/due/*.txt. Its one command has a schedule as input:
//
//	due [zone=Z] [missed=POLICY] accounted=T now=T
func TestDueScripts(t *testing.T) {
	datadriven.Walk(t, "testdata/due", func(t *testing.T, path string) {
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			if d.Cmd != "due" {
				d.Fatalf(t, "unknown command %s", d.Cmd)
			}
			var zone, policy, accounted, now string
			d.MaybeScanArgs(t, "zone", &zone)
			d.MaybeScanArgs(t, "missed", &policy)
			d.MaybeScanArgs(t, "accounted", &accounted)
			d.ScanArgs(t, "now", &now)
			s, err := cron.Parse(strings.TrimSpace(d.Input))
			if err != nil {
				d.Fatalf(t, "%v", err)
			}
			loc, err := cron.Location(zone)
			if err != nil {
				d.Fatalf(t, "%v", err)
			}
			var from time.Time
			if accounted != "" {
				from = readTime(t, accounted)
			}
			return spellDues(Due(s, loc, glue.MissedPolicy(policy), from, readTime(t, now)))
		})
	})
}

// spellDues writes dues, many fire times cut short.
func spellDues(d Dues) string {
	var out strings.Builder
	for i, f := range d.Fire {
		if len(d.Fire) > 6 && i == 3 {
			fmt.Fprintf(&out, "... %d more\n", len(d.Fire)-5)
		}
		if len(d.Fire) > 6 && i >= 3 && i < len(d.Fire)-2 {
			continue
		}
		fmt.Fprintf(&out, "fire for %s", f.At.UTC().Format(stamp))
		if f.Missed {
			out.WriteString(", missed")
		}
		out.WriteString("\n")
	}
	if s := d.Skipped; s.Count > 0 {
		fmt.Fprintf(&out, "skip %d, %s to %s\n", s.Count, s.First.UTC().Format(stamp), s.Last.UTC().Format(stamp))
	}
	fmt.Fprintf(&out, "accounted %s\n", d.Accounted.UTC().Format(stamp))
	if d.Next.IsZero() {
		return out.String() + "next never\n"
	}
	return out.String() + "next " + d.Next.UTC().Format(stamp) + "\n"
}

// TestDueProperties compares Due with the list of all fire times: nothing is fired for or skipped twice, nothing is lost.
func TestDueProperties(t *testing.T) {
	schedules := []string{"cron(*/5 * * * ? *)", "cron(0 * * * ? *)", "cron(30 9 * * ? *)", "cron(0 0 L * ? *)", "cron(0 12 ? * MON-FRI *)"}
	zones := []string{"", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe"}
	rapid.Check(t, func(t *rapid.T) {
		s, err := cron.Parse(rapid.SampledFrom(schedules).Draw(t, "schedule"))
		if err != nil {
			t.Fatal(err)
		}
		loc, err := cron.Location(rapid.SampledFrom(zones).Draw(t, "zone"))
		if err != nil {
			t.Fatal(err)
		}
		policy := rapid.SampledFrom(policies).Draw(t, "policy")
		from := time.Date(2026, 3, 20, 0, 0, 0, 0, time.UTC).Add(time.Duration(rapid.IntRange(0, 1e6).Draw(t, "from")) * time.Second)
		down := time.Duration(rapid.IntRange(0, 1e6).Draw(t, "down")) * time.Second
		now := from.Add(down)
		all := s.Times(from, now, loc, 1e6)
		d := Due(s, loc, policy, from, now)
		if len(d.Fire)+d.Skipped.Count != len(all) && d.Skipped.Count != MaxMissedCount {
			t.Fatalf("%d fired for, %d skipped, of %d", len(d.Fire), d.Skipped.Count, len(all))
		}
		for i, f := range d.Fire {
			if want := all[len(all)-len(d.Fire)+i]; !f.At.Equal(want) {
				t.Fatalf("fire %d is for %s, not %s", i, f.At, want)
			}
			if f.Missed != (now.Sub(f.At) > OnTime) {
				t.Fatalf("fire for %s at %s: missed %t", f.At, now, f.Missed)
			}
			if f.Missed && policy == glue.MissedSkip {
				t.Fatalf("fires for %s, missed, under skip", f.At)
			}
		}
		if policy == glue.MissedOnce && len(d.Fire) != min(1, len(all)) {
			t.Fatalf("%d fires under once, of %d", len(d.Fire), len(all))
		}
		if policy == glue.MissedCatchUp && len(d.Fire) != min(MaxCatchUp, len(all)) {
			t.Fatalf("%d fires under catch-up, of %d", len(d.Fire), len(all))
		}
		// What has been dealt with is not dealt with again, at once or in two steps.
		if again := Due(s, loc, policy, d.Accounted, now); len(again.Fire) > 0 || again.Skipped.Count > 0 {
			t.Fatalf("again: %+v", again)
		}
		if d.Next.IsZero() || !d.Next.After(now) {
			t.Fatalf("next is %s, now %s", d.Next, now)
		}
	})
}

// TestDueIsBounded has schedules that a plane comes back to after decades.
func TestDueIsBounded(t *testing.T) {
	for _, expr := range []string{"cron(*/5 * * * ? *)", "cron(*/5 * * * ? 2001)", "cron(0 0 29 2 ? *)"} {
		s, err := cron.Parse(expr)
		if err != nil {
			t.Fatal(err)
		}
		d := Due(s, time.UTC, glue.MissedCatchUp, time.Date(1999, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2190, 1, 1, 0, 0, 0, 0, time.UTC))
		t.Logf("%s: %s", expr, spellDues(d))
		if len(d.Fire) == 0 || len(d.Fire) > MaxCatchUp || d.Skipped.Count > MaxMissedCount {
			t.Errorf("%s: %d fires, %d skipped", expr, len(d.Fire), d.Skipped.Count)
		}
		if last := d.Fire[len(d.Fire)-1].At; !last.Equal(d.Accounted) || s.Next(last, time.UTC).Before(time.Date(2190, 1, 1, 0, 0, 0, 0, time.UTC)) && !s.Next(last, time.UTC).IsZero() {
			t.Errorf("%s: the last fire is for %s, which is not the latest", expr, last)
		}
	}
}
