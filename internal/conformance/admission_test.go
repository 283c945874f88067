package conformance

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/glue"
	"github.com/aws/aws-sdk-go-v2/service/glue/types"

	"tenon/internal/driver/store"
	"tenon/internal/edge/api"
	noun "tenon/internal/glue"
	"tenon/internal/plane"
	"tenon/internal/sim"
)

// ledger is a ledger of its own of a server's events, under the server's configuration.
func (s *server) ledger() *sim.Ledger {
	s.t.Helper()
	cfg, err := plane.ParseConfig([]byte(s.config))
	if err != nil {
		s.t.Fatal(err)
	}
	return sim.NewLedger(cfg.Admission(), int64(cfg.Executor.Local.RunMemory))
}

// follow holds a ledger to the store of a server that is down: each event, the lease rows, and the chain of the events.
func (s *server) follow(l *sim.Ledger) {
	s.t.Helper()
	ctx := s.t.Context()
	db, err := store.Open(ctx, store.Config{Dir: s.dir})
	if err != nil {
		s.t.Fatal(err)
	}
	defer db.Close() // only read from
	if err := db.Read(ctx, l.Follow); err != nil {
		s.t.Fatal(err)
	}
	if wrong := l.Violations(); len(wrong) > 0 {
		s.t.Fatal(strings.Join(wrong, "\n"))
	}
}

// verifyAudit has the server verify its own record.
func (s *server) verifyAudit() {
	s.t.Helper()
	var proof api.AuditProof
	if err := s.client().Admin(s.t.Context(), "VerifyAudit", struct{}{}, &proof); err != nil {
		s.t.Fatal(err)
	}
	if !proof.OK || proof.Records == 0 {
		s.t.Errorf("the audit is %+v", proof)
	}
}

// seed002Config has the two subnets of the article, and Glue's own order: as the job lists its connections.
const seed002Config = `
subnets:
  - {id: subnet-1, vpc: vpc-1, zone: us-east-1a, cidr: 10.192.20.0/24}
  - {id: subnet-2, vpc: vpc-1, zone: us-east-1b, cidr: 10.192.21.0/24}
placement: {strategy: ordered}
`

// TestSeed002DAG runs the DAG of the article against Tenon as it stands: it reads the free addresses over EC2, rewrites
// the job with the order that it chose, and the job's log names the subnet of the connection that it put first. A
// connection of another kind stays on the job, one that leads to a subnet that nobody knows comes last.
func TestSeed002DAG(t *testing.T) {
	s := start(t, seed002Config+"executor: {local: {python: "+python(t)+"}}")
	s.connection("MWAA-Glue-Blog-Subnet1", "subnet-1")
	s.connection("MWAA-Glue-Blog-Subnet2", "subnet-2")
	s.connection("elsewhere", "subnet-x")
	_, err := s.glue().CreateConnection(t.Context(), &glue.CreateConnectionInput{ConnectionInput: &types.ConnectionInput{
		Name: aws.String("warehouse"), ConnectionType: types.ConnectionTypeJdbc,
		ConnectionProperties: map[string]string{"JDBC_CONNECTION_URL": "jdbc:postgresql://db/x", "USERNAME": "u", "PASSWORD": "p"}}})
	if err != nil {
		t.Fatal(err)
	}
	s.job("AirflowBlogJob", "glueetl", script(t, "seed002_job.py"), func(in *glue.CreateJobInput) {
		in.Role = aws.String("arn:aws:iam::123456789012:role/service-role/AWSGlueServiceRole")
		in.Connections = &types.ConnectionsList{Connections: []string{"MWAA-Glue-Blog-Subnet1", "MWAA-Glue-Blog-Subnet2", "warehouse"}}
	})
	s.job("holds", "glueetl", "import time\ntime.sleep(600)\n", func(in *glue.CreateJobInput) {
		in.NumberOfWorkers = aws.Int32(10)
		in.Connections = &types.ConnectionsList{Connections: []string{"MWAA-Glue-Blog-Subnet1"}}
	})
	holder := s.run("holds", nil)
	waitFor(t, 30*time.Second, "the other run to begin", func() bool { return s.get("holds", holder).JobRunState == types.JobRunStateRunning })

	dag := func(strategy string) (got struct {
		Order, Connections, Lines []string
		State                     string
	}) {
		out := s.command("python", "testdata/seed002_dag.py", "AirflowBlogJob", strategy, "elsewhere,MWAA-Glue-Blog-Subnet1,MWAA-Glue-Blog-Subnet2")
		if err := json.Unmarshal([]byte(out[strings.LastIndex(out, "\n{")+1:]), &got); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		return got
	}
	got := dag("capacity")
	if want := []string{"MWAA-Glue-Blog-Subnet2", "MWAA-Glue-Blog-Subnet1", "elsewhere"}; !slices.Equal(got.Order, want) {
		t.Errorf("order %v, want %v", got.Order, want)
	}
	if want := append(slices.Clone(got.Order), "warehouse"); !slices.Equal(got.Connections, want) {
		t.Errorf("the job has the connections %v, want %v", got.Connections, want)
	}
	for range 3 {
		if first := got.Order[0]; got.State != "SUCCEEDED" || !strings.HasSuffix(got.Lines[len(got.Lines)-1], " which belongs to the subnet: Private"+first[len(first)-len("Subnet1"):]) {
			t.Errorf("%s, order %v, log %q", got.State, got.Order, got.Lines)
		}
		got = dag("random")
	}
}

// seed000Config is the situation of the audit framework: run slots of the account, and one small subnet.
const seed000Config = `
quotas: {concurrent_runs: 50}
subnets:
  - {id: subnet-medicare, vpc: vpc-1, zone: us-east-1a, cidr: 10.0.0.0/26}
executor: {local: {parallel: 60, memory: 30GiB, run_memory: 512MiB}}
`

// TestSeed000: 120 instances of one job against 50 run slots and one subnet with 59 addresses. All finish, a waiting run
// says why, the limits are reached and never crossed, and the record of it verifies.
func TestSeed000(t *testing.T) {
	const instances, slots = 120, 50
	s := start(t, seed000Config)
	s.connection("medicare-subnet", "subnet-medicare")
	gate := filepath.Join(t.TempDir(), "gate") // the first of them work until all have come
	s.job("medicare", "pythonshell", "import os, sys, time\nwhile not os.path.exists(sys.argv[sys.argv.index('--gate') + 1]): time.sleep(0.2)\n", func(in *glue.CreateJobInput) {
		in.ExecutionProperty = &types.ExecutionProperty{MaxConcurrentRuns: 200}
		in.Connections = &types.ConnectionsList{Connections: []string{"medicare-subnet"}}
	})
	var ids []string
	for i := range instances {
		ids = append(ids, s.run("medicare", map[string]string{"--gate": gate, "--instance": fmt.Sprintf("provider-%03d", i)}))
	}
	waitFor(t, 10*time.Second, "50 addresses to be shown as used", func() bool { n := s.subnets()[0]; return n.Used == slots && n.Free == 59-slots })
	waitFor(t, 10*time.Second, "the last run to say why it waits", func() bool { // readers see the state of a moment ago
		detail := aws.ToString(s.get("medicare", ids[instances-1]).StateDetail)
		return strings.Contains(detail, "account run slots: needs 1, 0 of 50 free") && strings.Contains(detail, "Position 70 of 70 in its queue.")
	})
	if err := os.WriteFile(gate, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, id := range ids {
		if run := s.wait("medicare", id); run.JobRunState != types.JobRunStateSucceeded {
			t.Errorf("run %s is %s: %s", id, run.JobRunState, aws.ToString(run.ErrorMessage))
		}
	}
	s.verifyAudit()
	active, peak := 0, 0
	for _, e := range s.events() {
		switch e.Kind {
		case noun.EventRunAdmitted:
			active++
			peak = max(peak, active)
		case noun.EventRunEnded:
			active--
		}
	}
	if peak != slots || active != 0 {
		t.Errorf("at most %d runs were active, want %d; at the end %d", peak, slots, active)
	}
	waitFor(t, 10*time.Second, "all addresses to be shown as free", func() bool { return s.subnets()[0].Free == 59 })
	l := s.ledger()
	s.stop()
	s.follow(l)
	if n := l.Events()[noun.EventRunAdmitted]; n != instances {
		t.Errorf("%d admissions, want %d", n, instances)
	}
	if kept, err := filepath.Glob(filepath.Join(s.dir, "attempts", "*", "scratch")); err != nil || len(kept) > 0 {
		t.Errorf("scratch folders are left: %v %v", kept, err)
	}
}

// subnets lists the subnets of the region.
func (s *server) subnets() []api.SubnetInfo {
	s.t.Helper()
	var list api.SubnetList
	if err := s.client().Admin(s.t.Context(), "ListSubnets", api.QuotaInput{}, &list); err != nil {
		s.t.Fatal(err)
	}
	return list.Subnets
}

// events lists all events, in order.
func (s *server) events() (all []noun.Event) {
	s.t.Helper()
	for after := int64(0); ; {
		var page api.EventList
		if err := s.client().Admin(s.t.Context(), "ListEvents", api.EventInput{After: after, Limit: 1000}, &page); err != nil {
			s.t.Fatal(err)
		}
		if len(page.Events) == 0 {
			return all
		}
		all = append(all, page.Events...)
		after = page.Events[len(page.Events)-1].Seq
	}
}
