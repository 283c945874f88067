package conformance

import (
	"context"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/ratelimit"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/glue"
	"github.com/aws/aws-sdk-go-v2/service/glue/types"
)

// Kills of a usual run of TestFlowCrash, and of a soak.
const (
	fewFlowKills  = 10
	soakFlowKills = 150
)

// fireKillPoints are the places around the two commits of a firing.
var fireKillPoints = []string{"controller.before_fire=0.3", "controller.after_fire=0.3", "controller.after_answer=0.1", "controller.before_commit=0.05"}

// TestFlowCrash kills the plane around the commits of firings, and workers at random, while StartTrigger is called. Each call
// is made until it is answered, as an SDK does, and is one run of the first job; each of those, however it ended, is
// followed by one run of the second.
func TestFlowCrash(t *testing.T) {
	kills := fewFlowKills
	if os.Getenv("TENON_SOAK") != "" {
		kills = soakFlowKills
	}
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	p := newCrashPlane(t, seed)
	for _, job := range []string{"first", "second"} {
		p.job(job, "pythonshell", script(t, "tick.py"), func(in *glue.CreateJobInput) { // one at a time: the others wait
			in.DefaultArguments = map[string]string{"--id": job, "--marks": p.marks}
		})
	}
	p.trigger(&glue.CreateTriggerInput{Name: aws.String("hand"), Type: types.TriggerTypeOnDemand, Actions: starts("first")})
	p.trigger(&glue.CreateTriggerInput{Name: aws.String("then"), Type: types.TriggerTypeConditional, Actions: starts("second"),
		Predicate: when(types.LogicalAny, "first SUCCEEDED", "first FAILED"), StartOnCreation: true})
	ctx, cancel := context.WithCancel(t.Context())
	calls := 0
	var load sync.WaitGroup
	load.Go(func() { calls = p.startTriggers(ctx) })
	for range kills {
		p.killAround(fireKillPoints)
	}
	p.env = nil
	p.reboot()
	cancel()
	load.Wait()
	firsts := p.allOver("first", calls)
	followed := map[string]int{}
	for _, run := range p.allOver("second", calls) {
		out, err := p.glue().GetJobRun(t.Context(), &glue.GetJobRunInput{JobName: aws.String("second"), RunId: run.Id, PredecessorsIncluded: true})
		if err != nil {
			t.Fatal(err)
		}
		for _, pre := range out.JobRun.PredecessorRuns {
			followed[*pre.RunId]++
		}
	}
	ends := map[types.JobRunState]int{}
	for _, run := range firsts {
		ends[run.JobRunState]++
		if followed[*run.Id] != 1 {
			t.Errorf("run %s of first, %s, is followed by %d runs of second", *run.Id, run.JobRunState, followed[*run.Id])
		}
	}
	t.Logf("%d calls of StartTrigger, %d runs of first: %v", calls, len(firsts), ends)
	if calls < kills || ends[types.JobRunStateSucceeded] == 0 {
		t.Errorf("this tests too little")
	}
}

// startTriggers calls StartTrigger until ctx ends, each call until it is answered, and returns how many were.
func (p *crashPlane) startTriggers(ctx context.Context) (calls int) {
	c := glue.NewFromConfig(p.aws(), func(o *glue.Options) {
		o.BaseEndpoint = aws.String(p.endpoint)
		o.Retryer = retry.NewStandard(func(so *retry.StandardOptions) {
			so.MaxAttempts, so.MaxBackoff, so.RateLimiter = 10_000, 100*time.Millisecond, ratelimit.None // longer than the plane is ever down
		})
	})
	for ctx.Err() == nil {
		if _, err := c.StartTrigger(context.WithoutCancel(ctx), &glue.StartTriggerInput{Name: aws.String("hand")}); err != nil {
			p.t.Error(err)
			return calls
		}
		calls++
		sleep(ctx, 150*time.Millisecond)
	}
	return calls
}

// allOver waits until a job has so many runs and none is open, and returns them. That may take long, for hundreds of fires wait
// after the last of many kills; but one more run has to end every few minutes.
func (p *crashPlane) allOver(job string, n int) []types.JobRun {
	p.t.Helper()
	var runs []types.JobRun
	for over, ended := false, -1; !over; {
		waitFor(p.t, 3*time.Minute, "one more run of "+job+" to end", func() bool {
			sleep(p.t.Context(), 200*time.Millisecond) // it takes a while to list them all
			before := ended
			runs, ended = p.runsOf(job)
			over = ended == len(runs) && len(runs) >= n
			return over || ended > before
		})
	}
	if len(runs) != n {
		p.t.Errorf("%d runs of %s, want %d", len(runs), job, n)
	}
	return runs
}

// runsOf lists the runs of a job, and counts those that have ended.
func (p *crashPlane) runsOf(job string) (runs []types.JobRun, ended int) {
	p.t.Helper()
	pages := glue.NewGetJobRunsPaginator(p.glue(), &glue.GetJobRunsInput{JobName: &job})
	for pages.HasMorePages() {
		page, err := pages.NextPage(p.t.Context())
		if err != nil {
			p.t.Fatal(err)
		}
		runs = append(runs, page.JobRuns...)
	}
	for _, r := range runs {
		if r.CompletedOn != nil {
			ended++
		}
	}
	return runs, ended
}
