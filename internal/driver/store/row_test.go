package store

import (
	"database/sql/driver"
	"strings"
	"testing"
)

// TestRow copies what drivers give, and refuses what would become something else.
func TestRow(t *testing.T) {
	raw := []byte("xyz")
	var n64 int64
	var n int
	var set bool
	var text, other string
	var doc, none []byte
	r := row{int64(-7), int64(7), int64(1), "a", raw, raw, nil}
	if err := r.scan(&n64, &n, &set, &text, &other, &doc, &none); err != nil {
		t.Fatal(err)
	}
	raw[0] = '!' // a driver uses its bytes again
	if n64 != -7 || n != 7 || !set || text != "a" || other != "xyz" || string(doc) != "xyz" || none != nil {
		t.Errorf("got %d %d %v %q %q %q %v", n64, n, set, text, other, doc, none)
	}
	for _, c := range []struct {
		dest any
		v    driver.Value
		want string
	}{
		{&n64, "7", "column 1 is string"}, {&n, nil, "column 1 is <nil>"}, {&set, true, "column 1 is bool"}, {&text, int64(7), "column 1 is int64"},
		{&text, nil, "column 1 is <nil>"}, {&doc, int64(7), "column 1 is int64"}, {new(float64), 1.5, "does not go into *float64"},
	} {
		if err := (row{c.v}).scan(c.dest); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v into %T: %v, want %q", c.v, c.dest, err, c.want)
		}
	}
	if err := r.scan(&n64); err == nil || !strings.Contains(err.Error(), "a row of 7 columns where 1 are asked for") {
		t.Errorf("one of seven: %v", err)
	}
}
