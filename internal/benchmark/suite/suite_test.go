package suite

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"
)

// TestRecommend is what the published formula gives: an exact fit never starts, and too many extra addresses start
// nearly everything.
func TestRecommend(t *testing.T) {
	for _, c := range []struct {
		account, active, subnet, workers, extra int64
		n                                       int64
		loops                                   bool
	}{
		{50, 0, 300, 10, 12, -6, false},
		{50, 0, 60, 2, 2, 0, false}, // 15 fit
		{50, 50, 300, 10, 2, 0, true},
		{50, 0, 300, 10, 0, 0, true},
	} {
		if n, loops := Recommend(c.account, c.active, c.subnet, c.workers, c.extra); n != c.n || loops != c.loops {
			t.Errorf("%+v: %d, %v", c, n, loops)
		}
	}
}

// TestMixed plays a short trace against every policy: all but the published formula end every run and cross no limit,
// and no policy is better than one that knows the future by more than luck.
func TestMixed(t *testing.T) {
	cfg := capacity(50, 300)
	cfg.Default.Subnets = subnets(3, 25)
	trace := mixed("test", cfg, .9, .3, 6*time.Hour, 1, kinds)
	tenon := NewTenon(trace)
	for _, c := range []struct {
		name   string
		policy Policy
	}{
		{"tenon", tenon}, {"best effort", NewBaseline(trace, BestEffort, 0)}, {"strict", NewBaseline(trace, Strict, 0)},
		{"B1", NewBaseline(trace, BestEffort, 5*time.Minute)}, {"B2", NewBaseline(trace, BestEffort, time.Minute)},
	} {
		played, err := Play(trace, c.name, c.policy)
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range played.Runs {
			if o.Ended.IsZero() {
				t.Errorf("%s: %s never ended", c.name, o.Arrival.Run.ID)
			}
		}
		waits := played.Waits("")
		t.Logf("%-12s mean %v p50 %v p90 %v max %v, %d runs, slots %.2f DPUs %.2f, crossed %d %v, %d steps in %v", c.name, Mean(waits), Quantile(waits, .5),
			Quantile(waits, .9), Quantile(waits, 1), len(waits), played.Busy.Slots, played.Busy.DPUs, played.Crossed, played.Violations, played.Steps, played.Wall)
		if played.Crossed > 0 && c.name != "tenon" {
			t.Errorf("%s crossed limits: %v", c.name, played.Violations)
		}
	}
	if err := tenon.Err(); err != nil {
		t.Error(err)
	}
	best := Clairvoyant(trace)
	waits := best.Waits("")
	t.Logf("clairvoyant  mean %v p50 %v p90 %v max %v", Mean(waits), Quantile(waits, .5), Quantile(waits, .9), Quantile(waits, 1))
}

// TestSuites runs the suites of virtual time, smaller than published: every safety counter is 0, and the figures that
// have a target reach it but for those of load and size.
func TestSuites(t *testing.T) {
	var r Report
	small := Scale{Seeds: 1, Day: 4 * time.Hour, Flood: 2000}
	for _, run := range []func(*Report, Scale) error{func(r *Report, _ Scale) error { return S1(r) }, S2, S3, S4, S5} {
		if err := run(&r, small); err != nil {
			t.Fatal(err)
		}
	}
	if err := S0(&r, []int{1000}, 5000); err != nil {
		t.Fatal(err)
	}
	for _, f := range r.Missed() {
		if strings.Contains(f.Target, "<= 0") {
			t.Errorf("%s %s: %v, %s", f.Suite, f.Name, f.Value, f.Note)
		} else {
			t.Logf("at this size missed: %s %s: %v %s, target %s", f.Suite, f.Name, f.Value, f.Unit, f.Target)
		}
	}
	var table, doc bytes.Buffer
	if err := r.WriteTable(&table); err != nil || !strings.Contains(table.String(), "Kueue 351 s") {
		t.Errorf("%v: %s", err, table.String())
	}
	if err := r.WriteJSON(&doc); err != nil || !json.Valid(doc.Bytes()) {
		t.Errorf("%v: %s", err, doc.String())
	}
}
