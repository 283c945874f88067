package cron

import (
	"strings"
	"testing"
	"time"

	"tenon/internal/glue"
)

// TestLocation checks which names are zones.
func TestLocation(t *testing.T) {
	for name, good := range map[string]bool{"": true, "UTC": true, "Europe/Berlin": true, "America/Argentina/Buenos_Aires": true,
		"Local": false, "local": false, "Berlin": false, "Europe/Berln": false, "../etc/passwd": false, "/etc/localtime": false, "+01:00": false} {
		loc, err := Location(name)
		if (err == nil) != good {
			t.Errorf("%q: %v", name, err)
		}
		if good && loc == nil || !good && glue.CodeOf(err) != glue.CodeInvalidInput {
			t.Errorf("%q: got %v, %v", name, loc, err)
		}
	}
}

// TestZero checks that the zero Schedule never fires.
func TestZero(t *testing.T) {
	if at := (Schedule{}).Next(time.Time{}, time.UTC); !at.IsZero() {
		t.Errorf("it fires at %s", at)
	}
}

// TestLength checks the bound on expressions.
func TestLength(t *testing.T) {
	years := "1970" + strings.Repeat(",1970", (maxLength-len("cron(0 0 * * ? )")-4)/5)
	expr := "cron(0 0 * * ? " + years + ")"
	expr = strings.Replace(expr, "cron(", "cron("+strings.Repeat(" ", maxLength-len(expr)), 1)
	if _, err := Parse(expr); err != nil {
		t.Errorf("of %d bytes: %v", len(expr), err)
	}
	if _, err := Parse(expr + " "); err == nil || !strings.Contains(err.Error(), "characters") {
		t.Errorf("of %d bytes: %v", len(expr)+1, err)
	}
}

// TestTimes checks the bounds of Times: after is excluded, until is not, and most is obeyed.
func TestTimes(t *testing.T) {
	s, err := Parse("cron(0 * * * ? *)")
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		until time.Duration
		most  int
		want  int
	}{{3 * time.Hour, 10, 3}, {3*time.Hour - 1, 10, 2}, {3 * time.Hour, 2, 2}, {time.Hour, 0, 0}, {-time.Hour, 10, 0}} {
		if got := s.Times(at, at.Add(c.until), time.UTC, c.most); len(got) != c.want {
			t.Errorf("until %s, at most %d: got %v", c.until, c.most, got)
		}
	}
}

// FuzzParse checks that any text is a schedule or an InvalidInputException, that fire times increase, and that those of every
// schedule are at least 5 minutes apart in UTC.
func FuzzParse(f *testing.F) {
	for _, expr := range []string{"cron(0/5 8-17 ? * MON-FRI *)", "cron(0 9 LW,15W,L-3 JAN,6-11/2 ? 2026-2030)", "cron(0,59 22-1 ? * 6#2 */7)",
		"cron(30 2 ? * FRIL,2 *)", "rate(5 minutes)", "cron(* * * * ? *)"} {
		f.Add(expr, int64(1_767_225_600))
	}
	berlin, err := Location("Europe/Berlin")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, expr string, seconds int64) {
		s, err := Parse(expr)
		if err != nil {
			if glue.CodeOf(err) != glue.CodeInvalidInput {
				t.Errorf("%q: %v", expr, err)
			}
			return
		}
		if again, err := Parse(s.String()); err != nil || again != s {
			t.Errorf("%q: it is not what its text says: %v", expr, err)
		}
		for _, loc := range []*time.Location{time.UTC, berlin} {
			last := time.Unix(seconds%8_000_000_000, 0)
			for i := range 5 {
				next := s.Next(last, loc)
				if next.IsZero() {
					break
				}
				if !next.After(last) || loc == time.UTC && i > 0 && next.Sub(last) < MinInterval {
					t.Errorf("%q in %s: after %s comes %s", expr, loc, last, next)
				}
				last = next
			}
		}
	})
}

// BenchmarkNext is the cost of one fire time.
func BenchmarkNext(b *testing.B) {
	for _, c := range []struct{ name, expr, zone string }{
		{"every 5 minutes", "cron(0/5 * * * ? *)", ""},
		{"daily", "cron(15 12 * * ? *)", ""},
		{"daily in Berlin", "cron(15 12 * * ? *)", "Europe/Berlin"},
		{"last weekday", "cron(0 9 LW * ? *)", ""},
		{"leap day", "cron(0 0 29 2 ? *)", "Europe/Berlin"},
		{"never", "cron(0 0 30 2 ? *)", "Europe/Berlin"},
	} {
		b.Run(c.name, func(b *testing.B) {
			s, err := Parse(c.expr)
			if err != nil {
				b.Fatal(err)
			}
			loc, err := Location(c.zone)
			if err != nil {
				b.Fatal(err)
			}
			start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
			at := start
			b.ReportAllocs()
			for b.Loop() {
				if at = s.Next(at, loc); at.IsZero() {
					at = start
				}
			}
		})
	}
}

// BenchmarkParse is the cost of reading an expression, with the check of 5 minutes at its worst.
func BenchmarkParse(b *testing.B) {
	for _, expr := range []string{"cron(15 12 * * ? *)", "cron(0,59 0,23 15W * ? *)"} {
		b.Run(expr, func(b *testing.B) {
			for b.Loop() {
				if _, err := Parse(expr); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// TestToTheEnd walks through the days of many years in zones of every kind, on both sides of 2038, from where on they go by
// rule: there is one fire time a day. And it walks to the end of all.
func TestToTheEnd(t *testing.T) {
	s, err := Parse("cron(15 12 * * ? *)")
	if err != nil {
		t.Fatal(err)
	}
	for _, zone := range []string{"UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/Nuuk", "Africa/Casablanca", "Asia/Tokyo"} {
		loc, err := Location(zone)
		if err != nil {
			t.Fatal(err)
		}
		var at time.Time
		for _, years := range [][2]int{{2034, 2054}, {2096, 2104}, {2198, MaxYear}} {
			day := time.Date(years[0], 1, 1, 0, 0, 0, 0, time.UTC)
			for at = time.Date(years[0], 1, 1, 0, 0, 0, 0, loc); day.Year() <= years[1]; day = day.AddDate(0, 0, 1) {
				next := s.Next(at, loc)
				if !next.After(at) || next.Format("2006-01-02 15:04") != day.Format("2006-01-02")+" 12:15" {
					t.Fatalf("%s: after %s comes %s, not noon of %s", zone, at, next, day)
				}
				at = next
			}
		}
		if next := s.Next(at, loc); !next.IsZero() {
			t.Errorf("%s: after %s comes %s", zone, at, next)
		}
	}
}
