package javadate

import (
	"errors"
	"testing"
	"time"
)

// TestParse reads texts; the cases of python/tests/expect/patterns_cases.py hold many more to Spark's answers.
func TestParse(t *testing.T) {
	for _, c := range []struct {
		pattern, text, want string
		err                 error
	}{
		{"yyyy-MM-dd", "2020-02-03", "2020-02-03T00:00:00Z", nil},
		{"yyyy-MM-dd", "2020-02-30", "", ErrText},
		{"yyyy-MM-dd", "2020-2-3", "", ErrLegacy},
		{"yyyy-MM-dd", "2020-13-1", "", ErrText},
		{"d MMM yyyy", "3 FEB 2020", "2020-02-03T00:00:00Z", nil},
		{"h:mm a", "12:00 am", "1970-01-01T00:00:00Z", nil},
		{"yyyyMMddHHmmss", "20200203040506", "2020-02-03T04:05:06Z", nil},
		{"yyyy-MM-dd HH:mm:ss[.SSS][XXX]", "2020-02-03 04:05:06+02:00", "2020-02-03T02:05:06Z", nil},
		{"yyyy-MM-dd z", "2020-07-03 PDT", "2020-07-03T07:00:00Z", nil},
		{"y", "300000", "", ErrRange},
	} {
		p, err := Compile(c.pattern, true)
		if err != nil {
			t.Fatalf("%s: %v", c.pattern, err)
		}
		got, err := p.Parse(c.text, time.LoadLocation, false)
		if !errors.Is(err, c.err) || err == nil && got.Format(time.RFC3339) != c.want {
			t.Errorf("%s by %s: %v, %v; want %s, %v", c.text, c.pattern, got, err, c.want, c.err)
		}
	}
}

// TestCompile refuses what is no pattern; whether Spark 2 had taken it makes another error.
func TestCompile(t *testing.T) {
	for pattern, upgrade := range map[string]bool{"YYYY": true, "n": false, "yyyy]": true, "yyyy'": false, "VVV": false} {
		_, err := Compile(pattern, false)
		var bad *PatternError
		if !errors.As(err, &bad) || bad.Upgrade != upgrade {
			t.Errorf("%s: %v", pattern, err)
		}
	}
}
