package plane

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tenon/internal/attempt"
	"tenon/internal/client"
	"tenon/internal/controller"
	"tenon/internal/driver/executor"
	"tenon/internal/driver/executor/fake"
	"tenon/internal/driver/store"
	"tenon/internal/edge/api"
	"tenon/internal/glue"
	"tenon/internal/wire"
)

// served is a plane with a configuration file, opened and served as the program does, but for the executor.
type served struct {
	*Plane
	t      *testing.T
	file   string
	client *client.Client
}

// opened opens a plane on the text of a configuration file; plan says how attempts go.
func opened(t *testing.T, text string, plan func(attempt.Spec) fake.Plan) *served {
	t.Helper()
	s := &served{t: t, file: filepath.Join(t.TempDir(), "tenon.yaml")}
	s.write(text)
	cfg, err := LoadConfig(s.file)
	if err != nil {
		t.Fatal(err)
	}
	overlay := func(c *Config) { c.DataDir, c.Listen = filepath.Join(filepath.Dir(s.file), "data"), "127.0.0.1:0" }
	overlay(&cfg)
	machine := fake.NewMachine(plan)
	t.Cleanup(machine.Close)
	s.Plane, err = Open(t.Context(), slog.New(slog.DiscardHandler), cfg, Options{ConfigFile: s.file, Overlay: overlay,
		Executor: func(sink executor.Sink) (executor.Driver, error) { return machine.Open(sink), nil }})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// serve opens a plane and serves it until the test ends.
func serve(t *testing.T, text string, plan func(attempt.Spec) fake.Plan) *served {
	t.Helper()
	s := opened(t, text, plan)
	ctx, stop := context.WithCancel(context.Background())
	var serving sync.WaitGroup
	serving.Go(func() {
		if err := s.Serve(ctx); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(func() {
		stop()
		serving.Wait()
		if err := s.Close(context.Background(), true); err != nil {
			t.Error(err)
		}
	})
	at := s.Profile()
	s.client = &client.Client{Endpoint: at.Endpoint, Region: at.Region, Credentials: at.SignWith()}
	return s
}

// write replaces the configuration file, as an editor does.
func (s *served) write(text string) {
	s.t.Helper()
	if err := os.WriteFile(s.file, []byte(text), 0o640); err != nil {
		s.t.Fatal(err)
	}
}

// text is what the configuration file says.
func (s *served) text() string {
	s.t.Helper()
	b, err := os.ReadFile(s.file)
	if err != nil {
		s.t.Fatal(err)
	}
	return string(b)
}

// applied lists the details of the events config.applied.
func (s *served) applied() (details []string) {
	s.t.Helper()
	err := s.db.Read(s.t.Context(), func(r *store.Reader) error {
		events, err := r.EventsAfter(0, store.MaxEvents)
		for _, e := range events {
			if e.Kind == glue.EventConfigApplied {
				details = append(details, string(e.Detail))
			}
		}
		return err
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return details
}

// createJob makes a job over the API.
func (s *served) createJob(name string, concurrent int32) error {
	role, script, etl := "r", "s3://b/s.py", glue.CommandETL
	return s.client.Call(s.t.Context(), "CreateJob", wire.CreateJobRequest{Name: &name, Role: &role,
		Command: &wire.JobCommand{Name: &etl, ScriptLocation: &script}, ExecutionProperty: &wire.ExecutionProperty{MaxConcurrentRuns: &concurrent}}, nil)
}

// TestReload: what changed in the file changes in the plane, and is an event.
func TestReload(t *testing.T) {
	s := serve(t, "quotas: {jobs: 1}\n", nil)
	if err := s.createJob("a", 1); err != nil {
		t.Fatal(err)
	}
	want := "ResourceNumberLimitExceededException: The quota jobs (L-611FDDE4 in Service Quotas) is reached: us-east-1 has 1 jobs and the limit is 1. Delete one that is not needed, or raise quotas.jobs in tenon.yaml."
	if err := s.createJob("b", 1); err == nil || !strings.HasSuffix(err.Error(), want) {
		t.Errorf("one job too many: %v", err)
	}
	s.write("quotas: {jobs: 2}\nqueues: [{name: etl, weight: 2}]\nsubnets: [{id: s, zone: a, cidr: 10.0.0.0/26}]\n")
	changed, err := s.Reload(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var keys []string
	for _, c := range changed {
		keys = append(keys, fmt.Sprintf("%s: %s -> %s", c.Key, c.Before, c.After))
	}
	if diff := cmp.Diff([]string{
		"queues.etl.name:  -> etl", "queues.etl.weight:  -> 2", "quotas.jobs: 1 -> 2", "subnets.s.cidr:  -> 10.0.0.0/26", "subnets.s.id:  -> s", "subnets.s.vpc:  -> vpc-default", "subnets.s.zone:  -> a",
	}, keys); diff != "" {
		t.Error(diff)
	}
	if err := s.createJob("b", 1); err != nil {
		t.Errorf("after the reload: %v", err)
	}
	if got := s.applied(); len(got) != 1 || !strings.Contains(got[0], `{"key":"quotas.jobs","before":"1","after":"2"}`) {
		t.Errorf("events: %q", got)
	}
	if again, err := s.Reload(t.Context()); err != nil || len(again) != 0 || len(s.applied()) != 1 {
		t.Errorf("the same file again: %v, %v, %d events", again, err, len(s.applied()))
	}
}

// TestReloadOrder: queues and subnets that change places are a change too; one that only comes or goes moves no others.
func TestReloadOrder(t *testing.T) {
	const a, b, etl, lab = "{id: a, zone: z, cidr: 10.0.0.0/26}", "{id: b, zone: z, cidr: 10.0.1.0/26}", "{name: etl}", "{name: lab}"
	lists := func(subnets, queues string) string {
		return fmt.Sprintf("subnets: [%s]\nqueues: [%s]\nregions: {eu-west-1: {subnets: [%[1]s]}}\n", subnets, queues)
	}
	s := serve(t, lists(a+", "+b, etl+", "+lab), nil)
	s.write(lists(b+", "+a, lab+", "+etl))
	changed, err := s.Reload(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]api.ConfigChange{{Key: "queues", Before: "etl, lab, default", After: "lab, etl, default"},
		{Key: "regions.eu-west-1.subnets", Before: "a, b", After: "b, a"}, {Key: "subnets", Before: "a, b", After: "b, a"}}, changed); diff != "" {
		t.Error(diff)
	}
	if first := s.Config().Subnets[0].ID; first != "b" || len(s.applied()) != 1 {
		t.Errorf("%s is first, %d events", first, len(s.applied()))
	}
	s.write(lists(a, lab))
	changed, err = s.Reload(t.Context())
	if err != nil || slices.ContainsFunc(changed, func(c api.ConfigChange) bool {
		return !strings.Contains(c.Key, ".b.") && !strings.Contains(c.Key, ".etl.")
	}) {
		t.Errorf("without b and etl: %v, %v", changed, err)
	}
}

// TestReloadRefused: a configuration that is refused, from the file or from an operator, says why, and changes nothing.
func TestReloadRefused(t *testing.T) {
	const good = "quotas: {jobs: 7}\nmax_wait: 1h\n"
	s := serve(t, good, nil)
	before := s.Config()
	for _, c := range []struct{ name, text, want string }{
		{"unknown key", "quotas: {jobs: 8}\nquues: []\n", "line 2: unknown key quues"},
		{"not YAML", "quotas: [", "line 1: did not find expected node content"},
		{"circle", "queues:\n- {name: a, parent: b}\n- {name: b, parent: a}\n", "line 2: queues[0].parent: the parents of queue a run in a circle: a under b under a"},
		{"listen is a flag here, the account is not", "listen: 127.0.0.1:1\nquotas: {jobs: 8}\naccount: {id: \"999999999999\"}\n",
			"line 3: account.id cannot change while Tenon runs: restart it"},
		{"several", "retention:\n  runs: 1d\nregion: eu-west-1\nstore: postgres://u:p@127.0.0.1:1/d\n", "line 3: region, retention.runs, store cannot change while Tenon runs: restart it"},
		{"the machine's other keys", "executor: {local: {parallel: 8, threads: 77}}\n", "line 1: executor.local.threads cannot change while Tenon runs: restart it"},
		{"another S3", "s3: {access_key_id: A, secret_access_key: b}\n", "s3.access_key_id, s3.ambient, s3.region, s3.secret_access_key cannot change while Tenon runs: restart it"},
		{"memory below a run's", "executor: {local: {memory: 1GiB}}\n", "line 1: executor.local.run_memory: 2GiB is not between 64MiB and executor.local.memory, 1GiB"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s.write(c.text)
			if _, err := s.Reload(t.Context()); err == nil || glue.CodeOf(err) != glue.CodeInvalidInput || !strings.Contains(err.Error(), s.file+": ") || !strings.Contains(err.Error(), c.want) {
				t.Errorf("reload: %v\nwant %s", err, c.want)
			}
			s.write(good)
			for _, dry := range []bool{true, false} {
				err := s.client.Admin(t.Context(), "ApplyConfig", api.ConfigInput{Text: c.text, DryRun: dry}, nil)
				if err == nil || !strings.Contains(err.Error(), c.want) {
					t.Errorf("apply, dry %v: %v\nwant %s", dry, err, c.want)
				}
			}
			if got := s.text(); got != good {
				t.Errorf("the file is now %q", got)
			}
		})
	}
	if diff := cmp.Diff(flatten(before), flatten(s.Config()), cmp.AllowUnexported(flatValue{})); diff != "" {
		t.Errorf("the configuration moved:\n%s", diff)
	}
	if got := s.applied(); len(got) != 0 {
		t.Errorf("events: %q", got)
	}
}

// TestApplyConfig: an operator's configuration takes the place of the file and is in force; --dry-run only tells.
func TestApplyConfig(t *testing.T) {
	s := serve(t, "max_wait: 1h\n", nil)
	link := s.file
	s.file = filepath.Join(filepath.Dir(link), "real.yaml")
	if err := errors.Join(os.Rename(link, s.file), os.Symlink(s.file, link)); err != nil {
		t.Fatal(err)
	}
	const next = "# ours\nmax_wait: 2h\nexecutor: {local: {parallel: 8}}\n"
	want := []api.ConfigChange{{Key: "executor.local.parallel", Before: "4", After: "8"}, {Key: "max_wait", Before: "1h", After: "2h"}}
	var out api.ConfigOutput
	if err := s.client.Admin(t.Context(), "ApplyConfig", api.ConfigInput{Text: next, DryRun: true}, &out); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(api.ConfigOutput{Changed: want, DryRun: true}, out); diff != "" {
		t.Error(diff)
	}
	if s.text() != "max_wait: 1h\n" || s.Config().MaxWait.String() != "1h" {
		t.Errorf("a dry run changed something: %q, %s", s.text(), s.Config().MaxWait)
	}
	out = api.ConfigOutput{}
	if err := s.client.Admin(t.Context(), "ApplyConfig", api.ConfigInput{Text: next}, &out); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(api.ConfigOutput{Changed: want}, out); diff != "" {
		t.Error(diff)
	}
	if s.text() != next || s.Config().MaxWait.String() != "2h" || s.Config().Executor.Local.RunMemory.String() != "2GiB" {
		t.Errorf("not applied: %q, %s, %s", s.text(), s.Config().MaxWait, s.Config().Executor.Local.RunMemory)
	}
	if info, err := os.Stat(s.file); err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("the file's mode: %v, %v", info.Mode(), err)
	}
	if info, err := os.Lstat(link); err != nil || info.Mode()&os.ModeSymlink == 0 {
		t.Errorf("the link is none any more: %v, %v", info.Mode(), err)
	}
	left, err := os.ReadDir(filepath.Dir(s.file))
	if err != nil || len(left) != 3 { // the file, the link, the data
		t.Errorf("left behind: %v, %v", left, err)
	}
	for name, in := range map[string]api.ConfigInput{"neither": {}, "both": {Text: next, Reload: true}} {
		if err := s.client.Admin(t.Context(), "ApplyConfig", in, nil); err == nil || !strings.Contains(err.Error(), "Give the Text of a configuration, or Reload") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestApplyWithoutFile: there is nothing to read again and nothing to replace.
func TestApplyWithoutFile(t *testing.T) {
	s := serve(t, "", nil)
	s.Plane.file = ""
	for name, in := range map[string]api.ConfigInput{"text": {Text: "max_wait: 1h"}, "reload": {Reload: true}} {
		if err := s.client.Admin(t.Context(), "ApplyConfig", in, nil); err == nil || !strings.Contains(err.Error(), "was started without --config") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := s.client.Admin(t.Context(), "ApplyConfig", api.ConfigInput{Text: "max_wait: 1h", DryRun: true}, nil); err != nil {
		t.Errorf("only to see: %v", err)
	}
}

// TestApplyNotDurable: where the controller cannot store the change, the old file is put back.
func TestApplyNotDurable(t *testing.T) {
	s := opened(t, "max_wait: 1h\n", nil)
	s.cancel() // the controller ends
	if _, err := s.applyConfig(t.Context(), "", &api.ConfigInput{Text: "max_wait: 2h\n"}); !errors.Is(err, controller.ErrStopped) {
		t.Errorf("applied without a controller: %v", err)
	}
	if s.text() != "max_wait: 1h\n" || s.Config().MaxWait.String() != "1h" {
		t.Errorf("something changed: %q, %s", s.text(), s.Config().MaxWait)
	}
	if err := s.Close(t.Context(), false); err != nil {
		t.Error(err)
	}
}

// TestReloadWhileRunning: limits that move while runs are started and end lose none and admit none too many.
func TestReloadWhileRunning(t *testing.T) {
	const runs, most = 60, 4
	var mu sync.Mutex
	running, peak := 0, 0
	machine := func(attempt.Spec) fake.Plan {
		done := make(chan struct{})
		mu.Lock()
		running++
		peak = max(peak, running)
		mu.Unlock()
		time.AfterFunc(2*time.Millisecond, func() {
			mu.Lock()
			running--
			mu.Unlock()
			close(done)
		})
		return fake.Plan{Until: done}
	}
	text := func(slots int) string { return fmt.Sprintf("queueing: all\nquotas: {concurrent_runs: %d}\n", slots) }
	s := serve(t, text(most), machine)
	if err := s.createJob("j", 1000); err != nil {
		t.Fatal(err)
	}
	var starting sync.WaitGroup
	for range 4 {
		starting.Go(func() {
			for range runs / 4 {
				if err := s.client.Call(t.Context(), "StartJobRun", map[string]string{"JobName": "j"}, nil); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for i := range 20 {
		if err := s.client.Admin(t.Context(), "ApplyConfig", api.ConfigInput{Text: text(1 + i%most)}, nil); err != nil {
			t.Error(err)
		}
	}
	starting.Wait()
	for deadline := time.Now().Add(20 * time.Second); ; {
		var out wire.GetJobRunsResponse
		if err := s.client.Call(t.Context(), "GetJobRuns", map[string]any{"JobName": "j", "MaxResults": 200}, &out); err != nil {
			t.Fatal(err)
		}
		ended := 0
		for _, r := range out.JobRuns {
			if *r.JobRunState == string(glue.RunSucceeded) {
				ended++
			}
		}
		if ended == runs {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d of %d runs ended", ended, len(out.JobRuns))
		}
	}
	mu.Lock()
	defer mu.Unlock()
	if peak > most {
		t.Errorf("%d ran at once of at most %d", peak, most)
	}
}
