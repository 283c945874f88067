package cron

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/cronexpr"
	"pgregory.net/rapid"
)

// This file knows the meaning of schedules a second time, slowly: it looks at one minute after the other and at the text of
// the fields, not at anything that Parse makes.

// written is an expression as the tests draw it: six fields in AWS's dialect.
type written [6]string

// String gives the expression.
func (w written) String() string { return "cron(" + strings.Join(w[:], " ") + ")" }

// names of the values of Month from 1 and Day-of-week from 1.
var names = map[string]int{"JAN": 1, "FEB": 2, "MAR": 3, "APR": 4, "MAY": 5, "JUN": 6, "JUL": 7, "AUG": 8, "SEP": 9, "OCT": 10, "NOV": 11,
	"DEC": 12, "SUN": 1, "MON": 2, "TUE": 3, "WED": 4, "THU": 5, "FRI": 6, "SAT": 7}

// valueOf reads a value that is known to be good.
func valueOf(text string) int {
	if v, ok := names[strings.ToUpper(text)]; ok {
		return v
	}
	v, err := strconv.Atoi(text)
	if err != nil {
		panic(text)
	}
	return v
}

// holds reports whether v is among what a field lists, where the field's values go from least to most.
func holds(list string, v, least, most int) bool {
	for _, element := range strings.Split(list, ",") {
		base, stepText, stepped := strings.Cut(element, "/")
		step := 1
		if stepped {
			step = valueOf(stepText)
		}
		from, to := least, most
		if first, last, isRange := strings.Cut(base, "-"); isRange {
			from, to = valueOf(first), valueOf(last)
		} else if base != "*" {
			from = valueOf(base)
			if !stepped {
				to = from
			}
		}
		for at := from; ; at += step {
			if from <= to && at > to || from > to && at > to+most-least+1 {
				break
			}
			if at == v || at-(most-least+1) == v {
				return true
			}
		}
	}
	return false
}

// holdsDay reports whether the field Day-of-month lists a day.
func holdsDay(list string, day time.Time) bool {
	last := day.AddDate(0, 1, -day.Day()).Day()
	for _, element := range strings.Split(list, ",") {
		switch {
		case element == "L":
			if day.Day() == last {
				return true
			}
		case strings.HasPrefix(element, "L-"):
			if day.Day() == last-valueOf(element[2:]) {
				return true
			}
		case strings.HasSuffix(element, "W"):
			want := last
			if element != "LW" {
				want = valueOf(strings.TrimSuffix(element, "W"))
			}
			if want > last {
				continue
			}
			// The weekday of the month that is nearest to want; none is farther than two days.
			nearest := 0
			for _, d := range []int{0, -1, 1, -2, 2} {
				at := day.AddDate(0, 0, want+d-day.Day())
				if at.Month() == day.Month() && at.Weekday() != time.Saturday && at.Weekday() != time.Sunday {
					nearest = at.Day()
					break
				}
			}
			if day.Day() == nearest {
				return true
			}
		default:
			if holds(element, day.Day(), 1, 31) {
				return true
			}
		}
	}
	return false
}

// holdsWeekday reports whether the field Day-of-week lists a day.
func holdsWeekday(list string, day time.Time) bool {
	for _, element := range strings.Split(list, ",") {
		of, nth, isNth := strings.Cut(element, "#")
		switch {
		case element == "L":
			if day.Weekday() == time.Saturday {
				return true
			}
		case isNth:
			if int(day.Weekday())+1 == valueOf(of) && (day.Day()+6)/7 == valueOf(nth) {
				return true
			}
		case strings.HasSuffix(element, "L"):
			if int(day.Weekday())+1 == valueOf(strings.TrimSuffix(element, "L")) && day.AddDate(0, 0, 7).Month() != day.Month() {
				return true
			}
		default:
			if holds(element, int(day.Weekday())+1, 1, 7) {
				return true
			}
		}
	}
	return false
}

// names reports whether w names a time on the clock, given in UTC.
func (w written) names(wall time.Time) bool {
	day := holdsDay
	list := w[2]
	if list == "?" {
		day, list = holdsWeekday, w[4]
	}
	return holds(w[0], wall.Minute(), 0, 59) && holds(w[1], wall.Hour(), 0, 23) && holds(w[3], int(wall.Month()), 1, 12) &&
		holds(w[5], wall.Year(), MinYear, MaxYear) && day(list, wall)
}

// fires returns the fire times in (after, until], looking at every minute.
func (w written) fires(after, until time.Time, loc *time.Location) (times []time.Time) {
	everyHour := true
	for h := range 24 {
		everyHour = everyHour && holds(w[1], h, 0, 23)
	}
	twice := everyHour || strings.ContainsAny(w[1], "*/")
	clock := func(t time.Time) time.Time {
		t = t.In(loc)
		return time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), 0, 0, time.UTC)
	}
	shown := map[time.Time]bool{}
	start := after.Truncate(time.Minute).Add(-26 * time.Hour)
	for t := start; !t.After(until); t = t.Add(time.Minute) {
		now, before := clock(t), clock(t.Add(-time.Minute))
		fire := w.names(now) && (!shown[now] || twice)
		for skipped := before.Add(time.Minute); skipped.Before(now); skipped = skipped.Add(time.Minute) {
			fire = fire || !everyHour && w.names(skipped)
		}
		if fire && t.After(after) {
			times = append(times, t)
		}
		shown[now] = true
	}
	return times
}

// drawn draws an expression whose values are good; it may be too fast. dense ones fire often.
func drawn(t *rapid.T, dense bool) written {
	var w written
	spelled := func(label string, v int, spell []string) string {
		if spell != nil && rapid.Bool().Draw(t, label+" by name") {
			return spell[v-1]
		}
		return strconv.Itoa(v)
	}
	values := func(label string, least, most int, round bool, spell []string) string {
		value := rapid.IntRange(least, most)
		var elements []string
		for i := range rapid.SampledFrom([]int{1, 1, 1, 2, 3}).Draw(t, label+" elements") {
			l := fmt.Sprint(label, i)
			a, b := value.Draw(t, l+" from"), value.Draw(t, l+" to")
			if !round && b < a {
				a, b = b, a
			}
			step := rapid.SampledFrom([]int{2, 3, 5, 7}).Draw(t, l+" step")
			kind := rapid.IntRange(0, 5).Draw(t, l+" kind")
			if dense && kind == 0 {
				kind = 1
			}
			elements = append(elements, []string{spelled(l, a, spell), "*", spelled(l, a, spell) + "-" + spelled(l, b, spell),
				fmt.Sprintf("%d/%d", a, step), fmt.Sprintf("*/%d", step), fmt.Sprintf("%d-%d/%d", a, b, step)}[kind])
		}
		return strings.Join(elements, ",")
	}
	w[0] = rapid.SampledFrom([]string{"0", "30", "0/5", "*/10", "5,35", "15/20", "55-10/5", "17"}).Draw(t, "minutes")
	w[1] = values("hours", 0, 23, true, nil)
	w[3], w[5] = "*", "*"
	if !dense {
		w[3] = values("months", 1, 12, true, fields[3].spelled())
		w[5] = values("years", 2010, 2050, false, nil)
	}
	if rapid.Bool().Draw(t, "by weekday") {
		w[2] = "?"
		day := rapid.IntRange(1, 7)
		w[4] = values("weekdays", 1, 7, true, fields[4].spelled())
		switch rapid.IntRange(0, 4).Draw(t, "weekday kind") {
		case 0:
			w[4] = spelled("nth", day.Draw(t, "nth of"), fields[4].spelled()) + "#" + strconv.Itoa(rapid.IntRange(1, 5).Draw(t, "nth"))
		case 1:
			w[4] = spelled("last", day.Draw(t, "last of"), fields[4].spelled()) + "L"
		case 2:
			w[4] += ",L"
		}
		return w
	}
	w[4] = "?"
	w[2] = values("days", 1, 31, false, nil)
	switch rapid.IntRange(0, 4).Draw(t, "day kind") {
	case 0:
		w[2] = fmt.Sprintf("%dW", rapid.IntRange(1, 31).Draw(t, "near"))
	case 1:
		w[2] = rapid.SampledFrom([]string{"L", "LW", "L,1", "LW,15W"}).Draw(t, "last")
	case 2:
		w[2] = fmt.Sprintf("L-%d", rapid.IntRange(1, 30).Draw(t, "before last"))
	}
	return w
}

// spelled lists the names of a field.
func (f field) spelled() (all []string) {
	for part := range slices.Chunk([]byte(f.names), 3) {
		all = append(all, string(part))
	}
	return all
}

// TestMinutes compares Next with a look at every minute, in days around changes of clocks and elsewhere.
func TestMinutes(t *testing.T) {
	places := []struct{ zone, day string }{
		{"UTC", "2026-02-27"}, {"UTC", "2028-02-28"}, {"UTC", "2025-12-30"},
		{"Europe/Berlin", "2026-03-28"}, {"Europe/Berlin", "2026-10-24"},
		{"America/New_York", "2026-03-07"}, {"America/New_York", "2026-10-31"},
		{"Australia/Lord_Howe", "2026-10-03"}, {"Australia/Lord_Howe", "2026-04-04"},
		{"America/Sao_Paulo", "2018-11-03"}, {"America/Sao_Paulo", "2018-02-17"},
		{"Pacific/Apia", "2011-12-28"}, {"Africa/Casablanca", "2026-02-14"}, {"Africa/Casablanca", "2026-03-21"},
		{"Europe/Berlin", "2040-12-30"}, {"America/New_York", "2096-12-30"}, {"Australia/Lord_Howe", "2103-04-07"},
		{"Asia/Kathmandu", "1985-12-31"}, {"Asia/Pyongyang", "2018-05-04"}, {"Antarctica/Troll", "2026-03-28"},
	}
	rapid.Check(t, func(t *rapid.T) {
		w := drawn(t, rapid.IntRange(0, 3).Draw(t, "dense") > 0)
		s, err := Parse(w.String())
		if err != nil {
			if !strings.Contains(err.Error(), "less than 5 minutes apart") {
				t.Fatalf("%s: %v", w, err)
			}
			t.Skip("too fast")
		}
		place := rapid.SampledFrom(places).Draw(t, "place")
		loc, err := Location(place.zone)
		if err != nil {
			t.Fatal(err)
		}
		day, err := time.ParseInLocation(time.DateOnly, place.day, loc)
		if err != nil {
			t.Fatal(err)
		}
		after := day.Add(time.Duration(rapid.IntRange(0, 36*60*60).Draw(t, "seconds")) * time.Second)
		until := after.Add(time.Duration(rapid.IntRange(1, 48).Draw(t, "hours")) * time.Hour)
		want := w.fires(after, until, loc)
		got := s.Times(after, until, loc, 1000)
		if !slices.EqualFunc(got, want, time.Time.Equal) {
			t.Fatalf("%s in %s after %s:\n got %v\nwant %v", w, place.zone, after, got, want)
		}
	})
}

// TestTooFast compares the check of 5 minutes with a walk through all fire times of eight years, leap years among them.
func TestTooFast(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := drawn(t, false)
		w[0] = rapid.SampledFrom([]string{"0,59", "58,1", "0,55", "2,57", "56,0,30", "0/20", "59,3", "4,59", "0/7"}).Draw(t, "risky minutes")
		w[1] = rapid.SampledFrom([]string{"23,0", "0,23", "22-1", "5,6", "5,7", "0/23", "23", "0", "*/2", "1/22"}).Draw(t, "risky hours")
		w[5] = "2020-2027"
		var s Schedule
		if err := s.read(w[:]); err != nil {
			t.Fatalf("%s: %v", w, err)
		}
		close := false
		last, ok := s.nextWall(time.Date(MinYear, 1, 1, 0, 0, 0, 0, time.UTC))
		for n := 0; ok && !close && n < 300_000; n++ {
			var next time.Time
			if next, ok = s.nextWall(last.Add(time.Minute)); ok {
				close = next.Sub(last) < MinInterval
				last = next
			}
		}
		fires := s.nextWallExists()
		if fast := s.tooFast(); fires && (fast != "") != close {
			t.Fatalf("%s: it is said to be too fast by %q; two times are closer than 5 minutes: %t", w, fast, close)
		}
	})
}

// nextWallExists reports whether s fires at all. One that never does may be refused for its minutes.
func (s *Schedule) nextWallExists() bool {
	_, ok := s.nextWall(time.Date(MinYear, 1, 1, 0, 0, 0, 0, time.UTC))
	return ok
}

// TestLibrary compares fire times with those of a widely used library, whose dialect is near AWS's. The expressions are
// translated; what it does not know or understands otherwise is not drawn:
//
//   - Sunday is 0 or 7 there, so that numbers are one less; an open step of weekdays would take Sunday twice, and a range
//     that ends on Sunday is taken to end on Saturday.
//   - It has no L-3, no L alone among weekdays, no ranges over the end of a field, and no years after 2099.
//   - 31W in a shorter month is nothing by AWS's rule, which stays within the month; the library agrees.
func TestLibrary(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := drawn(t, false)
		w[0] = rapid.SampledFrom([]string{"0", "30", "0/5", "*/10", "5,35", "15/20"}).Draw(t, "minutes of both")
		s, err := Parse(w.String())
		if err != nil {
			t.Skip("too fast")
		}
		theirs, ok := translated(w)
		if !ok {
			t.Skip("the library has no such thing")
		}
		e, err := cronexpr.Parse(theirs)
		if err != nil && strings.HasPrefix(err.Error(), "invalid interval") {
			t.Skip("the library refuses a step that leads out of its range at once")
		}
		if err != nil {
			t.Fatalf("%s, translated as %s: %v", w, theirs, err)
		}
		at := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(rapid.IntRange(0, 10*365*24*60).Draw(t, "minutes after")) * time.Minute)
		for range 20 {
			got, want := s.Next(at, time.UTC), e.Next(at)
			if got.Year() > 2099 && want.IsZero() {
				return
			}
			if !got.Equal(want) {
				t.Fatalf("%s after %s: got %s; %s gives %s", w, at, got, theirs, want)
			}
			if at = got; at.IsZero() {
				return
			}
		}
	})
}

// translated gives an expression in the library's dialect, or false where it has none.
func translated(w written) (string, bool) {
	for _, f := range w {
		for _, element := range strings.Split(f, ",") {
			base, _, _ := strings.Cut(element, "/")
			first, last, isRange := strings.Cut(base, "-")
			if isRange && (first == "L" || valueOf(first) > valueOf(last)) {
				return "", false
			}
		}
	}
	if w[4] != "?" {
		var days []string
		for _, element := range strings.Split(w[4], ",") {
			base, step, stepped := strings.Cut(element, "/")
			first, last, isRange := strings.Cut(base, "-")
			of, nth, isNth := strings.Cut(base, "#")
			less := func(text string) string { return strconv.Itoa(valueOf(text) - 1) }
			switch {
			case element == "L":
				element = "6"
			case isNth:
				element = less(of) + "#" + nth
			case strings.HasSuffix(element, "L"):
				element = less(strings.TrimSuffix(element, "L")) + "L"
			case isRange && valueOf(last) == 1:
				element, stepped = "0", false
			case isRange:
				element = less(first) + "-" + less(last)
			case base == "*" && stepped:
				element = "0-6"
			case stepped:
				element = less(base) + "-6"
			case base != "*":
				element = less(base)
			}
			if stepped {
				element += "/" + step
			}
			days = append(days, element)
		}
		w[4] = strings.Join(days, ",")
	}
	return "0 " + strings.Join(w[:], " "), true
}
