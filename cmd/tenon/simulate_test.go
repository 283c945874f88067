package main

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"tenon/internal/core/forecast"
)

// TestSimulateRegions: where several regions have queues, the table tells them apart.
func TestSimulateRegions(t *testing.T) {
	there := forecast.QueueOutcome{Region: "eu-west-1", Queue: "default", Runs: 4, Started: 4, WaitMean: 60, WaitP90: 60, WaitMax: 60, Finish: 120}
	here := there
	here.Region, here.Runs, here.Started = "us-east-1", 2, 2
	c := forecast.Comparison{Samples: 32, Base: []forecast.QueueOutcome{there, here},
		Waits: []forecast.WaitShare{{Region: "eu-west-1", Tier: "account", Pool: "account DPUs", Seconds: 240, Runs: 4}},
		Use:   []forecast.Use{{Region: "us-east-1", Pool: "account DPUs", Limit: 4, Mean: 1, Peak: 4}, {Pool: "local workers", Limit: 4, Mean: 2, Peak: 3}}}
	s := &answering{answers: map[string]any{"Simulate": &c}}
	out, _, _ := tell(t, s, 0, "simulate")
	want := `QUEUE    REGION     RUNS  STARTED  MEAN WAIT    P90    MAX  FINISH
default  eu-west-1     4        4      1m00s  1m00s  1m00s   2m00s
default  us-east-1     2        2      1m00s  1m00s  1m00s   2m00s

REGION     WAITS CAME FROM  TIER     RUNS  WAITED  PART
eu-west-1  account DPUs     account     4   4m00s  100%

REGION     LIMIT          OF  MEAN USE  PEAK
us-east-1  account DPUs    4       25%     4
-          local workers   4       50%     3
`
	if diff := cmp.Diff(want, out); diff != "" {
		t.Error(diff)
	}
	c.Base = c.Base[:1]
	out, _, _ = tell(t, s, 0, "simulate")
	if want := "QUEUE    RUNS  STARTED "; out[:len(want)] != want {
		t.Errorf("of one region:\n%s", out)
	}
}
