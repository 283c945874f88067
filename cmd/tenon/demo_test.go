package main

import (
	"strings"
	"testing"

	"tenon/internal/core/placement"
	"tenon/internal/demo"
	"tenon/internal/plane"
)

// TestQuotaConfig checks that what the demonstration of quotas shows as its limits is what its server is configured with.
func TestQuotaConfig(t *testing.T) {
	cfg, err := plane.ParseConfig(demo.QuotaConfig)
	if err != nil {
		t.Fatal(err)
	}
	adm := cfg.Admission()
	if len(adm.Default.Subnets) != 1 {
		t.Fatalf("%d subnets", len(adm.Default.Subnets))
	}
	have := demo.Held{Slots: adm.Default.Slots, QuarterDPUs: adm.Default.QuarterDPUs, Addresses: placement.Usable(adm.Default.Subnets[0].CIDR)}
	if have != demo.QuotaLimit || adm.Placement.ReleaseLag != demo.QuotaLag {
		t.Errorf("configured %+v and a lag of %s, shown %+v and %s", have, adm.Placement.ReleaseLag, demo.QuotaLimit, demo.QuotaLag)
	}
	if l := cfg.Executor.Local; int64(l.Parallel) <= demo.QuotaLimit.Slots || l.Memory < plane.Size(l.Parallel)*l.RunMemory {
		t.Errorf("the machine would bind before the quotas: %d at once, %s of %s", l.Parallel, l.RunMemory, l.Memory)
	}
}

// TestPolling plays 120 equal runs of five seconds under polling, where the arithmetic is plain: with exact accounting 50
// start at once, 50 after five minutes, 20 after ten; by the published formula (59 - 50 x 1) / 1 = 9 at each poll.
func TestPolling(t *testing.T) {
	r := &demo.QuotaReport{Limit: demo.QuotaLimit, Seconds: 10}
	for range 120 {
		r.Runs = append(r.Runs, demo.QuotaRun{Addresses: 1, DPUs: 1, Held: 5})
	}
	text, err := polling(r)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"takes 10m05s for", "exact accounting, 60 times", "formula 1h05m, 390 times. "} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing in %q", want, text)
		}
	}
}

// TestQuotaPicture checks that the picture of the demonstration keeps its height while runs wait, whatever they wait for,
// and fits the terminal that it asks for.
func TestQuotaPicture(t *testing.T) {
	long := strings.Repeat("Waiting for something that takes many words to say. ", 20)
	for _, blocked := range []map[string]string{
		{}, {demo.ForSlots: long}, {demo.ForSlots: "short"}, {demo.ForSlots: long, demo.ForDPUs: long, demo.ForAddresses: long, demo.ForTurn: long},
	} {
		var b strings.Builder
		con := &console{err: &b, errWidth: quotaWidth, noColor: true}
		counts := map[string]int{}
		for what := range blocked {
			counts[what] = 7
		}
		s := &quotaShow{con: con, picture: newPicture(con)}
		s.draw(&demo.Scene{Replay: &demo.Replay{Limit: demo.QuotaLimit}, Of: 120, Blocked: blocked, Counts: counts})
		if s.picture.lines != quotaRows {
			t.Errorf("%d reasons: %d lines, want %d", len(blocked), s.picture.lines, quotaRows)
		}
		for line := range strings.Lines(b.String()) {
			line = strings.NewReplacer("\x1b[K", "", "\x1b[?25l", "", "\x1b[J", "", "\r", "", "\n", "").Replace(line)
			if n := len([]rune(line)); n > quotaWidth {
				t.Errorf("a line of %d columns: %s", n, line)
			}
		}
	}
}
