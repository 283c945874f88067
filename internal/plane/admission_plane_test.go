package plane

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"tenon/internal/attempt"
	"tenon/internal/driver/executor/fake"
	"tenon/internal/edge/api"
	"tenon/internal/glue"
	"tenon/internal/wire"
)

// eventually asks until a condition holds: the view of readers is up to a second old.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !holds(); {
		if time.Now().After(deadline) {
			t.Fatalf("not in time: %s", what)
		}
		select {
		case <-t.Context().Done():
			t.Fatal(t.Context().Err())
		case <-time.After(5 * time.Millisecond):
		}
	}
}

// admin makes one of Tenon's own calls.
func admin[Out any](s *served, op string, in any) (out Out) {
	s.t.Helper()
	if err := s.client.Admin(s.t.Context(), op, in, &out); err != nil {
		s.t.Fatalf("%s: %v", op, err)
	}
	return out
}

// startRun starts a run over the API.
func (s *served) startRun(job string, args map[string]string) (id string, err error) {
	var out wire.StartJobRunResponse
	if err = s.client.Call(s.t.Context(), "StartJobRun", wire.StartJobRunRequest{JobName: &job, Arguments: args}, &out); err == nil {
		id = *out.JobRunId
	}
	return id, err
}

// TestAdmissionOperations walks through what an operator sees and does: two runs hold two slots and their addresses, four
// wait, one of them is held, one is boosted.
func TestAdmissionOperations(t *testing.T) {
	release := make(chan struct{})
	s := serve(t, `
queueing: all
quotas: {concurrent_runs: 2, dpus: 100}
subnets: [{id: subnet-a, zone: us-east-1a, cidr: 10.0.0.0/28}]
queues: [{name: etl, priority: 7, concurrent_runs: {nominal: 1, borrow: 5}}]
`, func(attempt.Spec) fake.Plan { return fake.Plan{Until: release} })
	defer close(release)
	if err := s.createJob("j", 100); err != nil {
		t.Fatal(err)
	}
	name, kind, subnet := "net", "NETWORK", "subnet-a"
	if err := s.client.Call(t.Context(), "CreateConnection", wire.CreateConnectionRequest{ConnectionInput: &wire.ConnectionInput{
		Name: &name, ConnectionType: &kind, ConnectionProperties: map[string]string{},
		PhysicalConnectionRequirements: &wire.PhysicalConnectionRequirements{SubnetId: &subnet}}}, nil); err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, args := range []map[string]string{{"--tenon-connections": "net"}, {"--tenon-queue": "etl"}, nil, nil, {"--tenon-queue": "etl"}, nil} {
		id, err := s.startRun("j", args)
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, id)
	}
	eventually(t, "two run and four wait", func() bool {
		return admin[api.WaitingList](s, "ListWaiting", api.WaitingInput{}).Total == 4 &&
			admin[api.RunExplanation](s, "ExplainRun", api.ExplainInput{RunID: ids[1]}).State == glue.RunRunning
	})

	lines := map[string]api.Quota{}
	for _, q := range admin[api.QuotaList](s, "ListQuotas", api.QuotaInput{}).Quotas {
		lines[strings.TrimSpace(q.Name+" "+q.Scope)] = q
	}
	for key, want := range map[string]api.Quota{
		"concurrent_runs":           {Unit: "runs", Used: 2, Free: 0, Limit: 2, Source: "configured"},
		"dpus":                      {Unit: "DPU", Used: 20, Free: 80, Limit: 100, Source: "configured"},
		"flex_dpus":                 {Unit: "DPU", Free: 50, Limit: 50, Source: "default L-096DBB95"},
		"queued_runs":               {Unit: "runs", Used: 4, Free: -1, Limit: -1, Source: "default L-A457CBAB"},
		"jobs":                      {Unit: "jobs", Used: 1, Free: 999, Limit: 1000, Source: "default L-611FDDE4"},
		"connections":               {Unit: "connections", Used: 1, Free: 999, Limit: 1000, Source: "default L-4256D6D2"},
		"triggers":                  {Unit: "triggers", Free: 1000, Limit: 1000, Source: "default L-F1653A6D"},
		"concurrent_runs_per_job":   {Unit: "runs", Used: 2, Free: 998, Limit: 1000, Source: "default L-F574AED9"},
		"workers machine":           {Unit: "workers", Used: 2, Free: 2, Limit: 4, Source: "configured"},
		"concurrent_runs queue etl": {Unit: "runs", Used: 1, Free: 0, Limit: 6, Source: "configured"},
		"addresses subnet subnet-a": {Unit: "addresses", Used: 10, Free: 1, Limit: 11, Source: "configured"},
	} {
		got := lines[key]
		want.Name, want.Scope, _ = strings.Cut(key, " ")
		if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(api.Quota{}, "Reserved")); diff != "" {
			t.Errorf("%s:\n%s", key, diff)
		}
	}

	queues := admin[api.QueueList](s, "ListQueues", api.QuotaInput{}).Queues
	var words []string
	for _, q := range queues {
		words = append(words, fmt.Sprintf("%s: %d waiting, %d running, held %v", q.Name, q.Waiting, q.Running, q.Held))
	}
	if diff := cmp.Diff([]string{"etl: 1 waiting, 1 running, held false", "default: 3 waiting, 1 running, held false"}, words); diff != "" {
		t.Error(diff)
	}
	subnets := admin[api.SubnetList](s, "ListSubnets", api.QuotaInput{}).Subnets
	if diff := cmp.Diff([]api.SubnetInfo{{ID: "subnet-a", VPC: "vpc-default", Zone: "us-east-1a", CIDR: "10.0.0.0/28", Usable: 11, Used: 10, Free: 1, Health: "ok"}}, subnets); diff != "" {
		t.Error(diff)
	}

	placed := admin[api.RunExplanation](s, "ExplainRun", api.ExplainInput{RunID: ids[0]})
	if p := placed.Placement; p == nil || p.Subnet != "subnet-a" || p.Connection != "net" || p.Driver() != "10.0.0.4" || placed.Reason != nil {
		t.Errorf("placed: %+v, %+v", placed, p)
	}
	waits := admin[api.RunExplanation](s, "ExplainRun", api.ExplainInput{RunID: ids[5]})
	if r := waits.Reason; r == nil || r.Tier != "account" || r.Need != 1 || r.Free != 0 || r.Limit != 2 || r.Held != 2 ||
		waits.Position != 3 || waits.Of != 3 || !cmp.Equal(waits.Ahead, ids[2:4]) || !strings.HasPrefix(waits.Detail, "Waiting for account run slots: needs 1, 0 of 2 free.") {
		t.Errorf("waits: %+v, %+v", waits, r)
	}

	admin[struct{}](s, "Boost", api.BoostInput{RunID: ids[5], Priority: 9})
	admin[struct{}](s, "Hold", api.HoldInput{RunID: ids[2], Held: true})
	admin[struct{}](s, "Hold", api.HoldInput{Queue: "etl", Held: true})
	want := []string{ids[5] + " account", ids[4] + " held", ids[3] + " account", ids[2] + " held"}
	for _, size := range []int{0, 1, 3} {
		eventually(t, "the new order, in pages of "+fmt.Sprint(size), func() bool {
			return cmp.Equal(want, s.waiting(api.WaitingInput{Limit: size}))
		})
	}
	for _, q := range admin[api.QuotaList](s, "ListQuotas", api.QuotaInput{}).Quotas {
		if q.Name == glue.QuotaQueuedRuns && q.Used != 4 {
			t.Errorf("%v runs are queued: the held ones count too", q.Used)
		}
	}
	if got := s.waiting(api.WaitingInput{Queue: "etl"}); !cmp.Equal(got, want[1:2]) {
		t.Errorf("of queue etl: %q", got)
	}
	if got := s.waiting(api.WaitingInput{JobName: "other"}); len(got) != 0 {
		t.Errorf("of another job: %q", got)
	}
	for name, in := range map[string][2]any{
		"a run that runs":  {"Hold", api.HoldInput{RunID: ids[0], Held: true}},
		"a run that isn't": {"ExplainRun", api.ExplainInput{RunID: "jr_0"}},
		"an unknown queue": {"Hold", api.HoldInput{Queue: "nope", Held: true}},
		"a wild priority":  {"Boost", api.BoostInput{RunID: ids[3], Priority: 5000}},
		"a made-up token":  {"ListWaiting", api.WaitingInput{NextToken: "x"}},
		"another's token":  {"ListWaiting", api.WaitingInput{Queue: "etl", NextToken: admin[api.WaitingList](s, "ListWaiting", api.WaitingInput{Limit: 1}).NextToken}},
	} {
		if err := s.client.Admin(t.Context(), in[0].(string), in[1], nil); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// waiting lists all that ListWaiting brings, page by page: run and tier.
func (s *served) waiting(in api.WaitingInput) (all []string) {
	s.t.Helper()
	for {
		page := admin[api.WaitingList](s, "ListWaiting", in)
		for _, r := range page.Runs {
			all = append(all, r.RunID+" "+r.Reason.Tier)
		}
		if in.NextToken = page.NextToken; in.NextToken == "" {
			return all
		}
	}
}

// TestStartSettings: what a run may say beside Glue's members is refused by name where it means nothing.
func TestStartSettings(t *testing.T) {
	s := serve(t, "queues: [{name: etl}]\n", nil)
	if err := s.createJob("j", 100); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ arg, value, refused string }{
		{"queue", "etl", ""},
		{"queue", "nope", "InvalidInputException: Queue nope is not configured; configured are etl, default."},
		{"strategy", "best", "Unknown strategy specified: best"},
		{"connections", "none", "Connection none, which tenon:connections names, does not exist in us-east-1."},
		{"quue", "etl", "Argument --tenon-quue is not supported by Tenon"},
		{"deadline", "6h", "Argument --tenon-deadline is not supported by Tenon yet."},
	} {
		_, err := s.startRun("j", map[string]string{"--tenon-" + c.arg: c.value})
		if c.refused == "" && err != nil || c.refused != "" && (err == nil || !strings.Contains(err.Error(), c.refused)) {
			t.Errorf("%s %s: %v, want %q", c.arg, c.value, err, c.refused)
		}
	}
}
