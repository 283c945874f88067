package api

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tenon/internal/glue"
	"tenon/internal/wire"
)

// TestMayDefine: a trigger or workflow does not begin one region too many either.
func TestMayDefine(t *testing.T) {
	a := open(t, nil)
	for i := range maxRegions {
		region := fmt.Sprint("region-", i)
		if err := a.mayDefine(t.Context(), region); err != nil {
			t.Fatalf("region %d: %v", i, err)
		}
		if _, err := a.createConnection(t.Context(), Call{Region: region}, &wire.CreateConnectionRequest{ConnectionInput: network("c", "subnet-a")}); err != nil {
			t.Fatal(err)
		}
	}
	if err := a.mayDefine(t.Context(), "one-more"); glue.CodeOf(err) != glue.CodeResourceNumberLimit {
		t.Errorf("region %d: %v", maxRegions+1, err)
	}
	if err := a.mayDefine(t.Context(), "region-0"); err != nil {
		t.Errorf("a region that has begun: %v", err)
	}
}

// TestStartingCondition: of the two members, the one that made the trigger fire is there.
func TestStartingCondition(t *testing.T) {
	graph := glue.Graph{Nodes: []glue.Node{
		{Kind: glue.NodeJob, Name: "arrivals"},
		{Kind: glue.NodeTrigger, Name: "arrivals", Trigger: &glue.Trigger{Name: "arrivals", Batching: &glue.EventBatching{BatchSize: 3, BatchWindow: 60}}},
		{Kind: glue.NodeTrigger, Name: "single", Trigger: &glue.Trigger{Name: "single"}},
	}}
	events := []string{"a", "b"}
	for name, c := range map[string]struct {
		trigger string
		cause   glue.Cause
		want    *wire.StartingEventBatchCondition
	}{
		"by hand":     {"arrivals", glue.Cause{Kind: glue.CauseDemand}, nil},
		"by size":     {"arrivals", glue.Cause{Kind: glue.CauseEvents, Events: events}, &wire.StartingEventBatchCondition{BatchSize: ptr(int32(2))}},
		"by window":   {"arrivals", glue.Cause{Kind: glue.CauseEvents, Events: events, Window: true}, &wire.StartingEventBatchCondition{BatchWindow: ptr(int32(60))}},
		"its default": {"single", glue.Cause{Kind: glue.CauseEvents, Events: events, Window: true}, &wire.StartingEventBatchCondition{BatchWindow: ptr(int32(900))}},
	} {
		if diff := cmp.Diff(c.want, batchShape(&glue.WorkflowRun{Trigger: c.trigger, Cause: c.cause, Graph: graph})); diff != "" {
			t.Errorf("%s:\n%s", name, diff)
		}
	}
}

// TestWorkflowNoun: what the model does not say of a workflow.
func TestWorkflowNoun(t *testing.T) {
	for name, c := range map[string]struct {
		most       *int32
		properties map[string]string
		refused    bool
	}{
		"no maximum":       {nil, nil, false},
		"one at a time":    {ptr(int32(1)), map[string]string{"k": ""}, false},
		"none at all":      {ptr(int32(0)), nil, true},
		"less than none":   {ptr(int32(-1)), nil, true},
		"a key of nothing": {nil, map[string]string{"": "v"}, true},
	} {
		w, err := workflowNoun(ptr("w"), nil, c.properties, c.most)
		if refused := glue.CodeOf(err) == glue.CodeInvalidInput; err != nil && !refused || refused != c.refused {
			t.Errorf("%s: %v", name, err)
		}
		if err == nil && int32(w.MaxConcurrentRuns) != val(c.most) {
			t.Errorf("%s: %+v", name, w)
		}
	}
}
