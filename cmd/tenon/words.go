package main

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"

	"tenon/internal/glue"
	"tenon/internal/wire"
)

// val is what p points to, or the zero value.
func val[T any](p *T) T {
	if p == nil {
		var zero T
		return zero
	}
	return *p
}

// when is a wire time, zero where there is none.
func when(t *wire.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return t.Time
}

// exactTime is t for CSV: ISO 8601 in UTC, to the millisecond; empty where there is none.
func exactTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02T15:04:05.000Z")
}

// clock is t for people: local time to the second; empty where there is none.
func clock(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Local().Format("2006-01-02 15:04:05 MST")
}

// age is how long ago t was: 12s, 3m, 2h, 5d.
func age(t, now time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return lapse(max(now.Sub(t), 0))
}

// lapse is a duration in the largest unit of which it has at least two: 90s, 3m, 30h, 5d.
func lapse(d time.Duration) string {
	switch {
	case d < 2*time.Minute:
		return fmt.Sprintf("%ds", d/time.Second)
	case d < 2*time.Hour:
		return fmt.Sprintf("%dm", d/time.Minute)
	case d < 48*time.Hour:
		return fmt.Sprintf("%dh", d/time.Hour)
	}
	return fmt.Sprintf("%dd", d/(24*time.Hour))
}

// ago is age in a sentence: 12s ago.
func ago(t, now time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return age(t, now) + " ago"
}

// moment is t in a table, in local time: 15:04:05 in the 20 hours before now, where no day is needed to tell, else
// Jan 02 15:04, else Jan 02 2006.
func moment(t, now time.Time) string {
	d := now.Sub(t)
	switch {
	case t.IsZero():
		return ""
	case d < 20*time.Hour:
		return t.Local().Format("15:04:05")
	case d < 300*24*time.Hour:
		return t.Local().Format("Jan 02 15:04")
	}
	return t.Local().Format("Jan 02 2006")
}

// span is a duration for people: 0.84 s, 12.3 s, 3m12s, 2h05m.
func span(d time.Duration) string {
	switch {
	case d < 10*time.Second:
		return fmt.Sprintf("%.2f s", d.Seconds())
	case d < time.Minute:
		return fmt.Sprintf("%.1f s", d.Seconds())
	case d < time.Hour:
		return fmt.Sprintf("%dm%02ds", d/time.Minute, d%time.Minute/time.Second)
	}
	return fmt.Sprintf("%dh%02dm", d/time.Hour, d%time.Hour/time.Minute)
}

// size is a number of bytes for people, in decimal units as disks and S3 bills count: 28.4 MB.
func size(n int64) string {
	const unit = 1000
	if n < unit {
		return fmt.Sprintf("%d B", n)
	}
	v, i := float64(n)/unit, 0
	for v >= unit && i < len("kMGTP")-1 {
		v, i = v/unit, i+1
	}
	return fmt.Sprintf("%.1f %cB", v, "kMGTP"[i])
}

// count is a number with its thousands parted: 163,065.
func count(n int64) string {
	s := strconv.FormatInt(n, 10)
	sign := ""
	if n < 0 {
		sign, s = "-", s[1:]
	}
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return sign + s
}

// many is a number and its noun: 1 file, 3 files.
func many(n int64, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return count(n) + " " + noun + "s"
}

// number is a float to four decimals, a sixteenth of a DPU, without needless zeros.
func number(f float64) string {
	return strconv.FormatFloat(math.Round(f*1e4)/1e4, 'f', -1, 64)
}

// shortRun is the beginning of a run's id; the commands take it for the whole.
func shortRun(id string) string { return glue.ShortRunID(id) }

// wholeRun is the id of a run, of a job or a workflow, within a text.
var wholeRun = regexp.MustCompile(`\b[jw]r_[0-9a-f]+`)

// shortRuns is a text for people, the ids of runs in it shortened.
func shortRuns(text string) string {
	return wholeRun.ReplaceAllStringFunc(text, func(id string) string { return shortFlow(shortRun(id)) })
}

// closest is the word of words that takes the fewest changed letters to make of given, typos at most, and of several
// such the one that begins like it; empty: none is near.
func closest(given string, words []string) string {
	best, least, like := "", typos+1, 0
	for _, w := range words {
		d := distance(given, w)
		if len(given) > 1 && strings.HasPrefix(w, given) {
			d = min(d, typos)
		}
		same := 0
		for same < min(len(given), len(w)) && given[same] == w[same] {
			same++
		}
		if d < len(given) && (d < least || d == least && same > like) {
			best, least, like = w, d, same
		}
	}
	return best
}

// distance is the Levenshtein distance of two words: how many letters are changed, put in or left out.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		before := row[0]
		row[0] = i + 1
		for j := range len(b) {
			d := before
			if a[i] != b[j] {
				d = 1 + min(before, row[j], row[j+1])
			}
			before, row[j+1] = row[j+1], d
		}
	}
	return row[len(b)]
}

// pairs reads K=V words into a map; a key given twice is refused. what is the flag they came with.
func pairs(what string, words []string) (map[string]string, error) {
	if len(words) == 0 {
		return nil, nil
	}
	out := make(map[string]string, len(words))
	for _, w := range words {
		k, v, ok := strings.Cut(w, "=")
		if !ok || k == "" {
			return nil, usageError("%s %q is not KEY=VALUE", what, w)
		}
		if _, twice := out[k]; twice {
			return nil, usageError("%s %q: %s is given twice", what, w, k)
		}
		out[k] = v
	}
	return out, nil
}

// arguments reads K=V words into job arguments, whose names begin with two hyphens whether or not they were typed.
func arguments(what string, words []string) (map[string]string, error) {
	given, err := pairs(what, words)
	if err != nil || given == nil {
		return nil, err
	}
	out := make(map[string]string, len(given))
	for k, v := range given {
		out["--"+strings.TrimLeft(k, "-")] = v
	}
	return out, nil
}
