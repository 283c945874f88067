package plane

import (
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"tenon/internal/core/scheduler"
)

// FuzzParseConfig: no text breaks the reader; a refusal is one line; and the scheduler takes whatever is accepted, whose
// subnets lie apart and whose queues are promised no more than there is.
func FuzzParseConfig(f *testing.F) {
	for _, text := range []string{
		"", "listen: 127.0.0.1:1\n", "quotas: {dpus: 12.5, jobs: }\n", "a: &a [*a]\n", "quotas: &q {jobs: 1}\nregions: {a: {quotas: *q}}\n",
		"<<: {listen: 127.0.0.1:1}\n", "queues:\n- {name: a, weight: 2, dpus: {nominal: 4, borrow: 0, lend: 1}}\n- {name: b, parent: a}\n",
		"subnets: [{id: s, zone: a, cidr: 10.0.0.0/26}]\nregions: {eu-west-1: {subnets: []}}\n", "queues: [{name: a, parent: a}]",
		"reservation: {after: 1s}\nplacement: {strategy: random, release_lag: 1h}\n", "? [a]\n: b\n", "queues: {a: b}", "- a\n", "a\n", "\xff", "s3:\n", "!!binary x",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		c, err := ParseConfig([]byte(text))
		if err != nil {
			if s := err.Error(); s == "" || strings.Contains(strings.TrimSpace(s), "\n") && !strings.Contains(text, "\n") {
				t.Errorf("refused with %q", s)
			}
			return
		}
		a := c.admission()
		if _, err := scheduler.New(a).Step(scheduler.Event{Tick: true}, time.Unix(0, 0)); err != nil {
			t.Errorf("the scheduler refuses what was accepted: %v", err)
		}
		for i, s := range a.Default.Subnets {
			for _, o := range a.Default.Subnets[:i] {
				if s.VPC == o.VPC && s.CIDR.Overlaps(o.CIDR) {
					t.Errorf("%v overlaps %v", s, o)
				}
			}
		}
		sum := int64(0)
		for _, q := range a.Queues {
			if q.Slots != nil {
				sum += q.Slots.Nominal
			}
		}
		if sum > a.Default.Slots {
			t.Errorf("promised %d of %d", sum, a.Default.Slots)
		}
		if _, err := yaml.Marshal(c); err != nil {
			t.Error(err)
		}
		if changes := compare(c, c); len(changes) != 0 {
			t.Errorf("it differs from itself: %v", changes)
		}
	})
}
