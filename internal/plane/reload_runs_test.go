package plane

import (
	"strings"
	"testing"

	"tenon/internal/attempt"
	"tenon/internal/driver/executor/fake"
	"tenon/internal/edge/api"
	"tenon/internal/glue"
	"tenon/internal/wire"
)

// explained is where a run stands.
func (s *served) explained(id string) api.RunExplanation {
	s.t.Helper()
	return admin[api.RunExplanation](s, "ExplainRun", api.ExplainInput{RunID: id})
}

// reload replaces the file and reads it again.
func (s *served) reload(text string) {
	s.t.Helper()
	s.write(text)
	if _, err := s.Reload(s.t.Context()); err != nil {
		s.t.Fatal(err)
	}
}

// TestReloadReachesRuns: a run that waits feels what changes: a limit that is raised, a queue that goes and comes back, a
// hold of the file's, the state that it is shown in.
func TestReloadReachesRuns(t *testing.T) {
	release := make(chan struct{})
	s := serve(t, "queueing: all\nquotas: {concurrent_runs: 1}\nqueues: [{name: etl}]\n", func(attempt.Spec) fake.Plan { return fake.Plan{Until: release} })
	defer close(release)
	if err := s.createJob("j", 100); err != nil {
		t.Fatal(err)
	}
	var ids []string
	for range 2 {
		id, err := s.startRun("j", map[string]string{"--tenon-queue": "etl"})
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, id)
	}
	says := func(what, word string) {
		t.Helper()
		eventually(t, what, func() bool { return strings.Contains(s.explained(ids[1]).Detail, word) })
	}
	says("it waits for a slot", "Waiting for account run slots: needs 1, 0 of 1 free.")
	s.reload("queueing: all\nquotas: {concurrent_runs: 2}\nreport_queued_as: STARTING\n")
	says("its queue is gone", "etl")
	if e := s.explained(ids[1]); e.State != glue.RunWaiting || e.Reason.Tier != "queue" {
		t.Errorf("without its queue: %+v, %+v", e, e.Reason)
	}
	if first := s.explained(ids[0]); first.State.Final() {
		t.Errorf("a run of a queue that is gone runs on, but is %s", first.State)
	}
	var shown wire.GetJobRunResponse
	if err := s.client.Call(t.Context(), "GetJobRun", map[string]string{"JobName": "j", "RunId": ids[1]}, &shown); err != nil || *shown.JobRun.JobRunState != "STARTING" {
		t.Errorf("shown as %v, %v", *shown.JobRun.JobRunState, err)
	}
	s.reload("queueing: all\nquotas: {concurrent_runs: 2}\nqueues: [{name: etl, held: true}]\n")
	says("the file holds its queue", "Held: the configuration holds queue etl.")
	s.reload("queueing: all\nquotas: {concurrent_runs: 2}\nqueues: [{name: etl}]\n")
	eventually(t, "it starts", func() bool { return s.explained(ids[1]).State == glue.RunRunning })
}

// TestMissingConnection: a job's connection that does not exist is a candidate that nobody can check; a run goes there only
// if it has no other.
func TestMissingConnection(t *testing.T) {
	s := serve(t, "subnets: [{id: subnet-a, zone: us-east-1a, cidr: 10.0.0.0/26}]\n", nil)
	name, kind, subnet := "net", "NETWORK", "subnet-a"
	if err := s.client.Call(t.Context(), "CreateConnection", wire.CreateConnectionRequest{ConnectionInput: &wire.ConnectionInput{
		Name: &name, ConnectionType: &kind, ConnectionProperties: map[string]string{},
		PhysicalConnectionRequirements: &wire.PhysicalConnectionRequirements{SubnetId: &subnet}}}, nil); err != nil {
		t.Fatal(err)
	}
	for job, want := range map[string]struct {
		connections []string
		placed      string
		category    map[string]string
	}{
		"both": {[]string{"gone", "net"}, "net", map[string]string{"gone": "unchecked", "net": "good"}},
		"one":  {[]string{"gone"}, "gone", map[string]string{"gone": "unchecked"}},
	} {
		role, script, etl := "r", "s3://b/s.py", glue.CommandETL
		if err := s.client.Call(t.Context(), "CreateJob", wire.CreateJobRequest{Name: &job, Role: &role,
			Command:     &wire.JobCommand{Name: &etl, ScriptLocation: &script},
			Connections: &wire.ConnectionsList{Connections: want.connections}}, nil); err != nil {
			t.Fatal(err)
		}
		id, err := s.startRun(job, nil)
		if err != nil {
			t.Fatal(err)
		}
		eventually(t, "it ended", func() bool { return s.explained(id).State == glue.RunSucceeded })
		p := s.explained(id).Placement
		if p == nil || p.Connection != want.placed || len(p.Candidates) != len(want.category) {
			t.Errorf("%s: placed %+v", job, p)
			continue
		}
		for _, c := range p.Candidates {
			if c.Category != want.category[c.Connection] || (c.Note == "there is no such connection") != (c.Connection == "gone") {
				t.Errorf("%s: %+v", job, c)
			}
		}
	}
}
