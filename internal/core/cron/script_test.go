package cron

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/datadriven"
)

// TestScripts runs testdata/*.txt. Each line of the input is an expression.
//
//	next after=2026-01-31T00:00 zone=Europe/Berlin count=3    its fire times after a time on the zone's clock
//	next until=2026-02-01T00:00                               ... up to another one
//	parse                                                     whether it is a schedule, else why not
func TestScripts(t *testing.T) {
	datadriven.Walk(t, "testdata", func(t *testing.T, path string) {
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			var out strings.Builder
			for line := range strings.Lines(d.Input) {
				expr := strings.TrimSuffix(line, "\n")
				s, err := Parse(expr)
				switch {
				case err != nil:
					text := strings.TrimPrefix(err.Error(), "InvalidInputException: ")
					fmt.Fprintln(&out, strings.TrimPrefix(text, "The schedule "+expr+" is not valid: "))
				case d.Cmd == "parse":
					fmt.Fprintln(&out, "good")
				case d.Cmd == "next":
					next(t, d, &out, s)
				default:
					t.Fatalf("%s: unknown command %s", d.Pos, d.Cmd)
				}
			}
			return out.String()
		})
	})
}

// next writes the fire times that a script asks for.
func next(t *testing.T, d *datadriven.TestData, out *strings.Builder, s Schedule) {
	const form = "2006-01-02T15:04"
	zone, count, after, until := "UTC", 3, "2026-01-01T00:00", ""
	d.MaybeScanArgs(t, "zone", &zone)
	d.MaybeScanArgs(t, "count", &count)
	d.MaybeScanArgs(t, "after", &after)
	if d.MaybeScanArgs(t, "until", &until) {
		count = 100
	}
	loc, err := Location(zone)
	if err != nil {
		t.Fatalf("%s: %v", d.Pos, err)
	}
	from, err := time.ParseInLocation(form, after, loc)
	if err != nil {
		t.Fatalf("%s: %v", d.Pos, err)
	}
	to := time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)
	if until != "" {
		if to, err = time.ParseInLocation(form, until, loc); err != nil {
			t.Fatalf("%s: %v", d.Pos, err)
		}
	}
	fmt.Fprintf(out, "%s\n", s)
	times := s.Times(from, to, loc, count)
	for _, at := range times {
		fmt.Fprintf(out, "  %s\n", at.Format("Mon 2006-01-02 15:04:05 -07:00"))
	}
	if len(times) < count && until == "" {
		fmt.Fprintln(out, "  never again")
	}
}
