package plane

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"tenon/internal/glue"
	"tenon/internal/wire"
)

// TestRules: the end of a run starts a job, and tells a webhook, by a rule; the event that they get is the same.
func TestRules(t *testing.T) {
	posted := make(chan string, 10)
	hook := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, req *http.Request) {
		body, _ := io.ReadAll(req.Body)
		posted <- string(body)
	}))
	defer hook.Close()
	s := serve(t, "", nil)
	for _, job := range []string{"first", "second"} {
		if err := s.createJob(job, 10); err != nil {
			t.Fatal(err)
		}
	}
	admin[struct{}](s, "PutRule", glue.Rule{Name: "r",
		Pattern: json.RawMessage(`{"source": ["aws.glue"], "detail": {"jobName": ["first"], "state": ["SUCCEEDED"]}}`),
		Targets: []glue.Target{{ID: "1", Job: "second", Arguments: map[string]string{"--why": "rule"}}, {ID: "2", Webhook: hook.URL}}})
	first, err := s.startRun("first", nil)
	if err != nil {
		t.Fatal(err)
	}
	var event struct {
		ID     string
		Detail struct{ JobRunID string }
	}
	if err := json.Unmarshal([]byte(<-posted), &event); err != nil || event.Detail.JobRunID != first {
		t.Fatalf("posted %+v, %v, want an event of run %s", event, err, first)
	}
	job := "second"
	var runs wire.GetJobRunsResponse
	eventually(t, "the rule's run ended", func() bool {
		if err := s.client.Call(t.Context(), "GetJobRuns", map[string]string{"JobName": job}, &runs); err != nil {
			t.Fatal(err)
		}
		return len(runs.JobRuns) == 1 && *runs.JobRuns[0].JobRunState == string(glue.RunSucceeded)
	})
	run, err := s.api.FindRun(t.Context(), s.cfg.Region, *runs.JobRuns[0].Id)
	if err != nil {
		t.Fatal(err)
	}
	if run.Cause == nil || run.Cause.Kind != glue.CauseRule || run.Cause.Rule != "r" || len(run.Cause.Events) != 1 || run.Cause.Events[0] != event.ID || run.Arguments["--why"] != "rule" {
		t.Errorf("started by %+v with %v, want rule r and event %s", run.Cause, run.Arguments, event.ID)
	}
	if len(posted) != 0 {
		t.Error("the webhook was called more than once")
	}
}
