package conformance

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	bustypes "github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	awsglue "github.com/aws/aws-sdk-go-v2/service/glue"
	"github.com/aws/aws-sdk-go-v2/service/glue/types"
	"github.com/google/go-cmp/cmp"

	"tenon/internal/attempt"
	"tenon/internal/controller"
	"tenon/internal/core/scheduler"
	"tenon/internal/driver/executor/fake"
	"tenon/internal/driver/store"
	"tenon/internal/edge/api"
	"tenon/internal/edge/neighbour"
	front "tenon/internal/edge/server"
	"tenon/internal/rules"
)

// Whole days pass here in virtual time: the real API, controller and store behind the real AWS SDK, with workers whose scripts
// only take their time. The clock of a bubble begins at the year 2000, which has a leap day.

// dayAccount is the account of a Tenon in a bubble.
const dayAccount = "123456789012"

// days is a Tenon in a bubble.
type days struct {
	t       *testing.T
	dir     string
	machine *fake.Machine
	took    func(job string, nth int) time.Duration // a run's script
	mu      sync.Mutex
	begun   map[string]int // runs of a job; guarded by mu
	glue    *awsglue.Client
	bus     *eventbridge.Client
	db      *store.DB
	close   func()
}

// newDays opens one at a time.
func newDays(t *testing.T, at time.Time) *days {
	time.Sleep(time.Until(at))
	d := &days{t: t, dir: t.TempDir(), begun: map[string]int{}, took: func(string, int) time.Duration { return time.Minute }}
	d.machine = fake.NewMachine(func(s attempt.Spec) fake.Plan {
		d.mu.Lock()
		defer d.mu.Unlock()
		d.begun[s.Job]++
		return fake.Plan{Duration: d.took(s.Job, d.begun[s.Job])}
	})
	t.Cleanup(d.machine.Close)
	d.open()
	t.Cleanup(func() { d.close() })
	return d
}

// wire hands requests to a server without a network: a bubble's clock stands still while a socket is waited for. What
// passes is the bytes of HTTP, both ways.
type wire struct{ server http.Handler }

// RoundTrip implements http.RoundTripper.
func (w wire) RoundTrip(req *http.Request) (*http.Response, error) {
	var sent bytes.Buffer
	if err := req.Write(&sent); err != nil {
		return nil, err
	}
	got, err := http.ReadRequest(bufio.NewReader(&sent))
	if err != nil {
		return nil, err
	}
	answer := httptest.NewRecorder()
	w.server.ServeHTTP(answer, got.WithContext(req.Context()))
	return answer.Result(), nil
}

// open starts a plane over what the folder holds, with a client of it; d.close ends both.
func (d *days) open() {
	t := d.t
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	must := func(err error) {
		if err != nil {
			t.Helper()
			t.Fatal(err)
		}
	}
	db, err := store.Open(ctx, store.Config{Dir: d.dir})
	must(err)
	lg := slog.New(slog.DiscardHandler)
	ctl, err := controller.New(ctx, lg, db, controller.Config{
		Admission: scheduler.Config{Default: scheduler.Region{Slots: 50, QuarterDPUs: 4000}, Workers: 50, MemoryBytes: 1 << 40}})
	must(err)
	driver := d.machine.Open(ctl)
	ended := make(chan error, 2)
	go func() { ended <- ctl.Run(ctx, driver) }()
	follow := rules.New(lg, db, ctl, rules.Config{Account: dayAccount})
	go func() { follow.Run(ctx); ended <- nil }()
	keys, err := api.NewKeyring(ctx, db, make([]byte, 32), func(string) (string, bool) { return "", false })
	must(err)
	const id, secret = "AKIADAYS", "a secret of the test's own, long enough"
	if _, _, err := keys.Ensure(ctx, id, secret, "admin"); err != nil {
		t.Fatal(err)
	}
	a := api.New(lg, db, ctl, keys, api.Config{Account: dayAccount, PageKey: make([]byte, 32), Settings: api.Settings{ReportQueuedAs: "WAITING"}})
	s := front.New(lg, a, &neighbour.Logs{Root: d.dir, Run: a.FindRun, Recent: a.RecentRuns},
		front.Config{Account: dayAccount, Lookup: keys.Lookup})
	d.glue = awsglue.New(awsglue.Options{Region: region, BaseEndpoint: aws.String("http://bubble"), HTTPClient: &http.Client{Transport: wire{s}},
		Credentials: credentials.NewStaticCredentialsProvider(id, secret, "")})
	d.bus = eventbridge.New(eventbridge.Options{Region: region, BaseEndpoint: aws.String("http://bubble"), HTTPClient: &http.Client{Transport: wire{s}},
		Credentials: credentials.NewStaticCredentialsProvider(id, secret, "")})
	d.db = db
	d.close = sync.OnceFunc(func() {
		cancel()
		if err := errors.Join(<-ended, <-ended, driver.Close(), db.Close()); err != nil {
			t.Error(err)
		}
	})
}

// down is the time without a plane.
func (d *days) down(t time.Duration) {
	d.close()
	time.Sleep(t)
	d.open()
}

// job makes a job of which one run goes at a time.
func (d *days) job(name string) {
	d.t.Helper()
	_, err := d.glue.CreateJob(d.t.Context(), &awsglue.CreateJobInput{Name: &name, Role: aws.String("any"),
		Command: &types.JobCommand{Name: aws.String("glueetl"), ScriptLocation: aws.String("s3://scripts/" + name + ".py")}})
	if err != nil {
		d.t.Fatal(err)
	}
}

// schedule makes an active trigger that starts a job.
func (d *days) schedule(name, cron, job string, tags map[string]string, notify int32) {
	d.t.Helper()
	action := types.Action{JobName: &job}
	if notify > 0 {
		action.NotificationProperty = &types.NotificationProperty{NotifyDelayAfter: &notify}
	}
	_, err := d.glue.CreateTrigger(d.t.Context(), &awsglue.CreateTriggerInput{Name: &name, Type: types.TriggerTypeScheduled, Schedule: &cron,
		StartOnCreation: true, Actions: []types.Action{action}, Tags: tags})
	if err != nil {
		d.t.Fatal(err)
	}
}

// runs lists the runs of a job, oldest first.
func (d *days) runs(job string) []types.JobRun {
	d.t.Helper()
	var all []types.JobRun
	p := awsglue.NewGetJobRunsPaginator(d.glue, &awsglue.GetJobRunsInput{JobName: &job})
	for p.HasMorePages() {
		page, err := p.NextPage(d.t.Context())
		if err != nil {
			d.t.Fatal(err)
		}
		all = append(all, page.JobRuns...)
	}
	slices.Reverse(all)
	return all
}

// starts lists when the runs of a job were started, to the minute, in UTC.
func (d *days) starts(job string) []string {
	d.t.Helper()
	var at []string
	for _, r := range d.runs(job) {
		at = append(at, r.StartedOn.UTC().Format("Mon 02 Jan 15:04"))
	}
	return at
}

// TestSchedulesAcrossTheYear lets schedules pass the leap day and both changes of the clocks.
func TestSchedulesAcrossTheYear(t *testing.T) {
	for _, tc := range []struct {
		name, cron, zone string
		from             time.Time
		days             int
		want             []string
	}{
		{"leap day", "cron(0 6 29 2 ? *)", "", time.Date(2000, 2, 27, 0, 0, 0, 0, time.UTC), 4, []string{"Tue 29 Feb 06:00"}},
		{"last day of February", "cron(0 6 L * ? *)", "", time.Date(2000, 2, 27, 0, 0, 0, 0, time.UTC), 4, []string{"Tue 29 Feb 06:00"}},
		{"at two in Berlin, in spring", "cron(30 2 * * ? *)", "Europe/Berlin", time.Date(2000, 3, 24, 12, 0, 0, 0, time.UTC), 4,
			[]string{"Sat 25 Mar 01:30", "Sun 26 Mar 01:00", "Mon 27 Mar 00:30", "Tue 28 Mar 00:30"}},
		{"at two in Berlin, in autumn", "cron(30 2 * * ? *)", "Europe/Berlin", time.Date(2000, 10, 27, 12, 0, 0, 0, time.UTC), 4,
			[]string{"Sat 28 Oct 00:30", "Sun 29 Oct 00:30", "Mon 30 Oct 01:30", "Tue 31 Oct 01:30"}},
		{"the same in UTC", "cron(30 2 * * ? *)", "", time.Date(2000, 10, 28, 0, 0, 0, 0, time.UTC), 3,
			[]string{"Sat 28 Oct 02:30", "Sun 29 Oct 02:30", "Mon 30 Oct 02:30"}},
		{"weekdays in New York", "cron(0 9 ? * MON-FRI *)", "America/New_York", time.Date(2000, 3, 31, 0, 0, 0, 0, time.UTC), 5,
			[]string{"Fri 31 Mar 14:00", "Mon 03 Apr 13:00", "Tue 04 Apr 13:00"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				d := newDays(t, tc.from)
				d.job("report")
				tags := map[string]string{}
				if tc.zone != "" {
					tags["tenon:timezone"] = tc.zone
				}
				d.schedule("daily", tc.cron, "report", tags, 0)
				time.Sleep(time.Duration(tc.days) * 24 * time.Hour)
				if diff := cmp.Diff(tc.want, d.starts("report")); diff != "" {
					t.Errorf("starts (-want +got):\n%s", diff)
				}
			})
		})
	}
}

// TestDayOfThePipeline is a day of AWS's two jobs: Input every half hour, Output after each success, one run of each at a
// time. Some of Input's runs are slower than the half hour, so that fires wait for each other; none is lost.
func TestDayOfThePipeline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		midnight := time.Date(2000, 5, 1, 0, 0, 0, 0, time.UTC)
		d := newDays(t, midnight.Add(-time.Minute))
		d.took = func(job string, nth int) time.Duration {
			switch {
			case job == "input" && nth%10 == 3:
				return 70 * time.Minute // two more fires come meanwhile
			case job == "output" && nth%7 == 0:
				return 45 * time.Minute
			}
			return 5 * time.Minute
		}
		d.job("input")
		d.job("output")
		d.schedule("every-half-hour", "cron(0/30 * * * ? *)", "input", nil, 60)
		_, err := d.glue.CreateTrigger(t.Context(), &awsglue.CreateTriggerInput{Name: aws.String("after-input"), Type: types.TriggerTypeConditional,
			StartOnCreation: true, Actions: []types.Action{{JobName: aws.String("output")}},
			Predicate: &types.Predicate{Conditions: []types.Condition{{JobName: aws.String("input"), LogicalOperator: types.LogicalOperatorEquals, State: types.JobRunStateSucceeded}}}})
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(24 * time.Hour)
		if _, err := d.glue.StopTrigger(t.Context(), &awsglue.StopTriggerInput{Name: aws.String("every-half-hour")}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(6 * time.Hour)
		inputs, outputs := d.runs("input"), d.runs("output")
		if len(inputs) != 48 || len(outputs) != 48 {
			t.Fatalf("%d runs of input and %d of output, want 48 of each", len(inputs), len(outputs))
		}
		started := map[string]int{}
		for n, r := range outputs {
			got, err := d.glue.GetJobRun(t.Context(), &awsglue.GetJobRunInput{JobName: aws.String("output"), RunId: r.Id, PredecessorsIncluded: true})
			if err != nil {
				t.Fatal(err)
			}
			if p := got.JobRun.PredecessorRuns; len(p) != 1 {
				t.Errorf("output %d has %d predecessors", n, len(p))
			} else {
				started[*p[0].RunId]++
			}
		}
		for n, r := range inputs {
			if want := midnight.Add(time.Duration(n) * 30 * time.Minute); r.StartedOn.Sub(want).Abs() > time.Second {
				t.Errorf("input %d was started at %s, want %s", n, r.StartedOn, want)
			}
			if r.JobRunState != types.JobRunStateSucceeded || started[*r.Id] != 1 || aws.ToString(r.TriggerName) != "every-half-hour" {
				t.Errorf("input %d: %s by %s, %d runs of output after it", n, r.JobRunState, aws.ToString(r.TriggerName), started[*r.Id])
			}
			if n > 0 && r.CompletedOn.Add(-5*time.Minute).Before(*inputs[n-1].CompletedOn) {
				t.Errorf("inputs %d and %d ran at once", n-1, n)
			}
		}
		if got := d.count("run.delayed"); got != 5 { // of the slow ones, 3, 13, ... 43; those that waited for them ended in time
			t.Errorf("%d delays notified, want 5", got)
		}
		if got := d.count("trigger.fired"); got != 96 {
			t.Errorf("%d fires, want 96", got)
		}
	})
}

// count is how many events of a kind there are.
func (d *days) count(kind string) int {
	d.t.Helper()
	n := 0
	err := d.db.Read(d.t.Context(), func(r *store.Reader) error {
		for after := int64(0); ; {
			page, err := r.EventsAfter(after, store.MaxList)
			if err != nil || len(page) == 0 {
				return err
			}
			for _, e := range page {
				after = e.Seq
				if string(e.Kind) == kind {
					n++
				}
			}
		}
	})
	if err != nil {
		d.t.Fatal(err)
	}
	return n
}

// TestMissedSchedules has no plane from 10:10 to 13:20: three fire times pass, and each policy does with them as it says.
func TestMissedSchedules(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDays(t, time.Date(2000, 6, 1, 8, 30, 0, 0, time.UTC))
		policies := []string{"", "once", "skip", "catch-up"}
		for _, p := range policies {
			tags := map[string]string{}
			if p != "" {
				tags["tenon:missed"] = p
			}
			d.job("job-" + p)
			d.schedule("hourly-"+p, "cron(0 * * * ? *)", "job-"+p, tags, 0)
		}
		time.Sleep(100 * time.Minute) // 10:10
		d.down(3*time.Hour + 10*time.Minute)
		time.Sleep(50 * time.Minute) // 14:10
		want := map[string][]string{
			"":         {"09:00", "10:00", "13:20", "14:00"},
			"once":     {"09:00", "10:00", "13:20", "14:00"},
			"skip":     {"09:00", "10:00", "14:00"},
			"catch-up": {"09:00", "10:00", "13:20", "13:20", "13:20", "14:00"},
		}
		for _, p := range policies {
			var got []string
			for _, at := range d.starts("job-" + p) {
				got = append(got, at[len(at)-5:])
			}
			if diff := cmp.Diff(want[p], got); diff != "" {
				t.Errorf("policy %q (-want +got):\n%s", p, diff)
			}
		}
	})
}

// TestWorkflowOfTheNight runs a workflow by its schedule for a week, with a plane that is started again in the middle of one
// of its runs: each night has one run of it, complete, by the graph as it was when that run began.
func TestWorkflowOfTheNight(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDays(t, time.Date(2000, 7, 3, 12, 0, 0, 0, time.UTC))
		d.took = func(string, int) time.Duration { return 20 * time.Minute }
		ctx := t.Context()
		if _, err := d.glue.CreateWorkflow(ctx, &awsglue.CreateWorkflowInput{Name: aws.String("night"), DefaultRunProperties: map[string]string{"day": "?"}}); err != nil {
			t.Fatal(err)
		}
		for _, job := range []string{"a", "b", "c", "d"} {
			d.job(job)
		}
		trigger := func(name string, kind types.TriggerType, cron string, watched []string, jobs ...string) {
			t.Helper()
			in := &awsglue.CreateTriggerInput{Name: &name, WorkflowName: aws.String("night"), Type: kind, StartOnCreation: true}
			if cron != "" {
				in.Schedule = &cron
			}
			for _, j := range jobs {
				in.Actions = append(in.Actions, types.Action{JobName: aws.String(j)})
			}
			if len(watched) > 0 {
				in.Predicate = &types.Predicate{Logical: types.LogicalAnd}
			}
			for _, j := range watched {
				in.Predicate.Conditions = append(in.Predicate.Conditions, types.Condition{JobName: aws.String(j), LogicalOperator: types.LogicalOperatorEquals, State: types.JobRunStateSucceeded})
			}
			if _, err := d.glue.CreateTrigger(ctx, in); err != nil {
				t.Fatal(err)
			}
		}
		trigger("t0", types.TriggerTypeScheduled, "cron(0 1 * * ? *)", nil, "a")
		trigger("t1", types.TriggerTypeConditional, "", []string{"a"}, "b", "c")
		trigger("t2", types.TriggerTypeConditional, "", []string{"b", "c"}, "d")
		time.Sleep(13*time.Hour + 25*time.Minute) // Tuesday 01:25: b and c run
		d.down(30 * time.Minute)                  // they end meanwhile
		time.Sleep(6*24*time.Hour + 12*time.Hour)
		out, err := d.glue.GetWorkflowRuns(ctx, &awsglue.GetWorkflowRunsInput{Name: aws.String("night"), IncludeGraph: aws.Bool(true)})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, r := range slices.Backward(out.Runs) {
			st := r.Statistics
			got = append(got, fmt.Sprintf("%s %s %d of %d", r.StartedOn.UTC().Format("Mon 15:04"), r.Status, st.SucceededActions, st.TotalActions))
		}
		var want []string
		for _, day := range strings.Fields("Tue Wed Thu Fri Sat Sun Mon") {
			want = append(want, day+" 01:00 COMPLETED 4 of 4")
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("runs (-want +got):\n%s", diff)
		}
	})
}

// TestEventWindows has events start a workflow in batches: three at once, or what came within ten minutes of the first. A
// plane that is started again while a batch fills goes on with it.
func TestEventWindows(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDays(t, time.Date(2000, 8, 1, 8, 0, 0, 0, time.UTC))
		ctx := t.Context()
		must := func(_ any, err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		d.job("load")
		must(d.glue.CreateWorkflow(ctx, &awsglue.CreateWorkflowInput{Name: aws.String("arrivals")}))
		must(d.glue.CreateTrigger(ctx, &awsglue.CreateTriggerInput{Name: aws.String("batch"), WorkflowName: aws.String("arrivals"), Type: types.TriggerTypeEvent,
			EventBatchingCondition: &types.EventBatchingCondition{BatchSize: aws.Int32(3), BatchWindow: aws.Int32(600)},
			Actions:                []types.Action{{JobName: aws.String("load")}}}))
		must(d.bus.PutRule(ctx, &eventbridge.PutRuleInput{Name: aws.String("arrived"), EventPattern: aws.String(`{"source": ["shop"], "detail": {"kind": ["file"]}}`)}))
		must(d.bus.PutTargets(ctx, &eventbridge.PutTargetsInput{Rule: aws.String("arrived"), Targets: []bustypes.Target{
			{Id: aws.String("w"), Arn: aws.String("arn:aws:glue:" + region + ":" + dayAccount + ":workflow/arrivals"), RoleArn: aws.String("arn:aws:iam::" + dayAccount + ":role/any")}}}))
		send := func(details ...string) {
			t.Helper()
			var entries []bustypes.PutEventsRequestEntry
			for _, kind := range details {
				entries = append(entries, bustypes.PutEventsRequestEntry{Source: aws.String("shop"), DetailType: aws.String("Arrival"), Detail: aws.String(`{"kind": "` + kind + `"}`)})
			}
			out, err := d.bus.PutEvents(ctx, &eventbridge.PutEventsInput{Entries: entries})
			if err != nil || out.FailedEntryCount != 0 {
				t.Fatal(out, err)
			}
		}
		time.Sleep(time.Minute)       // 08:01
		send("file", "other", "file") // two of them count
		time.Sleep(4 * time.Minute)   // 08:05
		send("file", "file")          // the batch is full, one is over
		time.Sleep(3 * time.Minute)   // 08:08
		d.down(2 * time.Minute)       // 08:10
		time.Sleep(20 * time.Minute)  // the window of the one ended at 08:15
		send("file")                  // 08:30
		d.down(30 * time.Minute)      // its window ends without a plane, at 08:40
		time.Sleep(20 * time.Minute)
		out, err := d.glue.GetWorkflowRuns(ctx, &awsglue.GetWorkflowRunsInput{Name: aws.String("arrivals")})
		must(out, err)
		var got []string
		for _, r := range slices.Backward(out.Runs) {
			c := r.StartingEventBatchCondition
			got = append(got, fmt.Sprintf("%s %s size %d window %d events %d", r.StartedOn.UTC().Format("15:04"), r.Status, aws.ToInt32(c.BatchSize),
				aws.ToInt32(c.BatchWindow), strings.Count(r.WorkflowRunProperties["aws:eventIds"], "-")/4))
		}
		want := []string{"08:05 COMPLETED size 3 window 0 events 3", "08:15 COMPLETED size 0 window 600 events 1", "09:00 COMPLETED size 0 window 600 events 1"}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("runs (-want +got):\n%s", diff)
		}
	})
}
