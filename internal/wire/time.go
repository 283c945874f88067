package wire

import (
	"encoding/json"
	"math"
	"reflect"
	"strconv"
	"time"
)

// Time is a timestamp member: on the wire a JSON number of seconds since 1970,
// with fractions down to milliseconds. (An RFC 3339 string in its place breaks
// aws-sdk-go-v2.)
type Time struct{ time.Time }

// The years that a timestamp may name; beyond them time.Time arithmetic and
// other clients' dates stop making sense.
const (
	minTimeSeconds = -62135596800 // 0001-01-01
	maxTimeSeconds = 253402300799 // 9999-12-31T23:59:59
)

// At returns t as a timestamp member; the zero time.Time is absent (nil).
func At(t time.Time) *Time {
	if t.IsZero() {
		return nil
	}
	return &Time{t}
}

// MarshalJSON writes seconds with at most three decimals: 1700000000, 1700000000.25.
func (t Time) MarshalJSON() ([]byte, error) {
	ms := t.UnixMilli()
	if ms%1000 == 0 {
		return strconv.AppendInt(nil, ms/1000, 10), nil
	}
	return strconv.AppendFloat(nil, float64(ms)/1000, 'f', -1, 64), nil
}

// UnmarshalJSON reads a JSON number of seconds, rounded to milliseconds.
func (t *Time) UnmarshalJSON(text []byte) error {
	seconds, err := strconv.ParseFloat(string(text), 64)
	if err != nil {
		return &json.UnmarshalTypeError{Value: kindOf(text), Type: reflect.TypeFor[Time]()}
	}
	if seconds < minTimeSeconds || seconds > maxTimeSeconds {
		return &json.UnmarshalTypeError{Value: "number " + string(text), Type: reflect.TypeFor[Time]()}
	}
	t.Time = time.UnixMilli(int64(math.Round(seconds * 1000))).UTC()
	return nil
}
