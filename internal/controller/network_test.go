package controller

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"tenon/internal/attempt"
	"tenon/internal/core/placement"
	"tenon/internal/core/scheduler"
	"tenon/internal/driver/executor/fake"
	"tenon/internal/glue"
)

// TestNetworkRetries: a run that its subnet fails is tried again elsewhere, apart from MaxRetries, and is told of once.
func TestNetworkRetries(t *testing.T) {
	for name, fail := range map[string]fake.Plan{
		"before the script": {Network: true, Error: "no addresses"},
		"at the start":      {Network: true, StartError: "no addresses"},
		"in AWS's words":    {StartError: networkTexts[0]},
	} {
		t.Run(name, func(t *testing.T) {
			plan := func(s attempt.Spec) fake.Plan {
				switch s.Key.Attempt {
				case 0, 1:
					return fail
				case 2:
					return fake.Plan{State: glue.RunFailed, Error: "boom"}
				}
				return fake.Plan{}
			}
			bubble(t, Config{Admission: placed(0)}, plan, func(t *testing.T, p *plane) {
				req := spread("j", 4)
				req.Job.MaxRetries = 1
				id := p.submit(req)
				var subnets []string
				for n := range 2 {
					for p.get(id).Attempt == n {
						<-time.After(time.Second)
					}
					run := p.get(id)
					subnets = append(subnets, run.Placement.Subnet)
					if run.State != glue.RunWaiting || run.NetworkTries != n+1 || len(run.Avoid) != n+1 || run.Avoid[n].Subnet != run.Placement.Subnet {
						t.Fatalf("after attempt %d: %s, %d tries, avoids %v", n, run.State, run.NetworkTries, run.Avoid)
					}
					least := networkBase << n / 2
					if d := run.RetryAt.Sub(run.Modified); d < least || d > 2*least {
						t.Errorf("the backoff after attempt %d is %s", n, d)
					}
					if d := p.detail(id, glue.EventRunRetry); d["network"] != true || d["subnet"] != run.Placement.Subnet {
						t.Errorf("run.retry has %v", d)
					}
				}
				if subnets[0] == subnets[1] {
					t.Errorf("the second attempt was on %s again", subnets[1])
				}
				time.Sleep(5 * time.Minute)
				run := p.wait(id, glue.RunSucceeded)
				if run.Attempt != 3 || run.NetworkTries != 2 {
					t.Errorf("%d attempts, %d of the network", run.Attempt, run.NetworkTries)
				}
				if d := p.detail(id, glue.EventRunRetry); d["network"] != false {
					t.Errorf("the script's retry has %v", d)
				}
				p.nothingLeft()
			})
		})
	}
}

// TestNetworkRetriesEnd after as many as the run, or else the plane, allows.
func TestNetworkRetriesEnd(t *testing.T) {
	none := 0
	for name, c := range map[string]struct {
		cfg      Config
		tags     map[string]string
		attempts int
	}{
		"two by default":     {attempts: 2},
		"the plane's":        {cfg: Config{NetworkRetries: &none}, attempts: 0},
		"the job's":          {cfg: Config{NetworkRetries: &none}, tags: map[string]string{"tenon:network-retries": "1"}, attempts: 1},
		"the job wants none": {tags: map[string]string{"tenon:network-retries": "0"}, attempts: 0},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, c.cfg, func(attempt.Spec) fake.Plan { return fake.Plan{Network: true, Error: "no addresses"} }, func(t *testing.T, p *plane) {
				req := request(job("j"))
				req.Tags, req.Job.MaxRetries = c.tags, 9
				id := p.submit(req)
				time.Sleep(10 * time.Minute)
				if run := p.get(id); run.State != glue.RunFailed || run.Attempt != c.attempts || run.ErrorMessage != "no addresses" {
					t.Errorf("run is %s after attempt %d: %q", run.State, run.Attempt, run.ErrorMessage)
				}
			})
		})
	}
}

// TestScriptsAreNoNetwork: what a script says of networks is its own affair.
func TestScriptsAreNoNetwork(t *testing.T) {
	began := &attempt.Result{State: glue.RunFailed, ErrorMessage: networkTexts[0], Started: time.Unix(1, 0)}
	if got := outcomeOf(activeRun(), began); got != placement.Unknown {
		t.Errorf("the outcome is %d", got)
	}
	began.Started = time.Time{}
	if got := outcomeOf(activeRun(), began); got != placement.NetworkFailed {
		t.Errorf("before the script the outcome is %d", got)
	}
}

// TestAvoidDecays: a subnet is forgotten when its time is over, and stands in the list once.
func TestAvoidDecays(t *testing.T) {
	r, now := activeRun(), time.Unix(1000, 0)
	r.avoid("a", now)
	r.avoid("b", now.Add(time.Minute))
	r.avoid("a", now.Add(2*time.Minute))
	if len(r.Avoid) != 2 || r.Avoid[1].Subnet != "a" || !r.Avoid[1].Until.Equal(now.Add(12*time.Minute)) {
		t.Errorf("avoids %v", r.Avoid)
	}
	r.avoid("", now.Add(11*time.Minute))
	if len(r.Avoid) != 1 || r.Avoid[0].Subnet != "a" {
		t.Errorf("later avoids %v", r.Avoid)
	}
}

// TestBreaker: a subnet that fails runs in a row takes no more until one run has tried it, and the record tells.
func TestBreaker(t *testing.T) {
	var broken shared[bool]
	broken.set(true)
	plan := func(attempt.Spec) fake.Plan {
		return fake.Plan{Network: broken.get(), Error: "no addresses", Duration: time.Second}
	}
	bubble(t, Config{Admission: placed(0)}, plan, func(t *testing.T, p *plane) {
		for range 3 {
			req := spread("j", 4)
			req.Subnets, req.Tags = both[:1], map[string]string{"tenon:network-retries": "0"}
			id := p.submit(req)
			p.wait(id, glue.RunFailed)
		}
		broken.set(false)
		req := spread("j", 4)
		req.Subnets = both[:1]
		id := p.submit(req)
		time.Sleep(30 * time.Second)
		run := p.get(id)
		if e := p.c.Explain(&run.JobRun); run.State != glue.RunWaiting || e.Reason.Tier != scheduler.TierBreaker {
			t.Errorf("the run is %s: %s", run.State, e.Reason)
		}
		p.wait(p.submit(spread("k", 4)), glue.RunRunning) // the other subnet works
		time.Sleep(time.Minute)
		p.wait(id, glue.RunSucceeded)
		var states []string
		for _, e := range p.events("") {
			var d healthDetail
			if err := json.Unmarshal(e.Detail, &d); err != nil || e.Kind != glue.EventSubnetHealth || d.Subnet != "subnet-a" {
				t.Fatalf("event %s %s, %v", e.Kind, e.Detail, err)
			}
			states = append(states, d.State)
		}
		if got := strings.Join(states, " "); got != "open half-open closed" {
			t.Errorf("the breaker was %s", got)
		}
	})
}
