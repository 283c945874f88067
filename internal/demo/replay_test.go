package demo

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tenon/internal/glue"
)

// begin is when the events of the tests begin.
var begin = time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)

// play replays a story, one event a line: second, kind, run, detail.
func play(t *testing.T, limit Held, story string) *Replay {
	t.Helper()
	p := newReplay(limit)
	for line := range strings.Lines(story) {
		f := strings.SplitN(strings.TrimSpace(line), " ", 4)
		if len(f) < 3 {
			continue
		}
		at, err := time.ParseDuration(f[0])
		if err != nil {
			t.Fatal(err)
		}
		e := glue.Event{Seq: p.Last + 1, At: begin.Add(at), Kind: glue.EventKind(f[1]), Run: f[2]}
		if len(f) == 4 {
			e.Detail = json.RawMessage(f[3])
		}
		if err := p.apply(&e); err != nil {
			t.Fatal(err)
		}
	}
	return p
}

// TestReplay follows three runs through two slots and five addresses: what is held after the last event, the peak, and
// for what each waited.
func TestReplay(t *testing.T) {
	const story = `
		0s run.submitted a {"quarter_dpus":4,"workers":1}
		0s run.submitted b {"quarter_dpus":16,"workers":4}
		0s run.submitted c {"quarter_dpus":16,"workers":4}
		0s run.admitted a {"wait_us":1000,"need":{"slots":1,"dpus_quarters":4,"addresses":1,"memory_bytes":9}}
		0s run.admitted b {"wait_us":1000,"need":{"slots":1,"dpus_quarters":16,"addresses":4}}
		1s run.started a {}
		4s run.ended a {"state":"SUCCEEDED","released":{"slots":1},"draining_until":"2026-11-26T12:00:30Z"}
		6s run.ended b {"state":"FAILED","released":{"slots":1},"draining_until":"2026-11-26T12:00:30Z"}
		9s lease.drained a {"subnet":"s","addresses":1}
		9s lease.drained b {"subnet":"s","addresses":4}
		10s run.admitted c {"wait_us":10000000,"need":{"slots":1,"dpus_quarters":16,"addresses":4}}
		11s run.ended c {"state":"SUCCEEDED","released":{"slots":1}}`
	limit := Held{Slots: 2, QuarterDPUs: 100, Addresses: 5}
	p := play(t, limit, story)
	if p.Used != (Held{}) || p.Linger != 0 || len(p.Crossed) > 0 || p.Peak != (Held{2, 20, 5}) || p.Events != 12 {
		t.Errorf("used %v, linger %d, peak %v, crossed %q, %d events", p.Used, p.Linger, p.Peak, p.Crossed, p.Events)
	}
	want := map[string]time.Duration{ForSlots: 4 * time.Second, ForAddresses: 5 * time.Second, ForTurn: time.Second}
	if diff := cmp.Diff(want, p.Waits); diff != "" {
		t.Error(diff)
	}
	if p.runs["a"].Phase != Done || p.runs["b"].Phase != Failed || p.runs["c"].Waited != 10*time.Second {
		t.Errorf("%+v %+v %+v", p.runs["a"], p.runs["b"], p.runs["c"])
	}
	half := play(t, limit, story[:strings.Index(story, "9s lease.drained b")])
	if half.Used != (Held{Addresses: 4}) || half.Linger != 4 {
		t.Errorf("with b's addresses lingering: used %v, linger %d", half.Used, half.Linger)
	}
}

// TestCrossed checks that one moment over a limit is told, whichever it is, and what was given back twice as well.
func TestCrossed(t *testing.T) {
	const a, b = `0s run.admitted a {"need":{"slots":1,"dpus_quarters":8,"addresses":3}}`, `
		0s run.admitted b {"need":{"slots":1,"dpus_quarters":8,"addresses":3}}`
	for _, tc := range []struct {
		name  string
		limit Held
		story string
		want  string
	}{
		{"all fits", Held{2, 16, 6}, a + b, ""},
		{"slots", Held{1, 16, 6}, a + b, "after event 2, run.admitted of b, 2 run slots were held of 1"},
		{"DPUs", Held{2, 15, 6}, a + b, "16 quarter DPUs were held of 15"},
		{"addresses", Held{2, 16, 5}, a + b, "6 addresses were held of 5"},
		{"addresses that linger", Held{2, 16, 5}, a + `
			1s run.ended a {"state":"SUCCEEDED","draining_until":"2026-11-26T12:00:30Z"}` + b, "6 addresses were held of 5"},
		{"addresses that came back", Held{2, 16, 5}, a + `
			1s run.ended a {"state":"SUCCEEDED"}` + b, ""},
		{"a retry holds nothing", Held{1, 8, 3}, a + `
			1s run.retry a {}` + b, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got := strings.Join(play(t, tc.limit, tc.story).Crossed, "\n")
			if (tc.want == "") != (got == "") || !strings.Contains(got, tc.want) {
				t.Errorf("crossed: %q, want %q", got, tc.want)
			}
		})
	}
}

// TestInstances checks the file of instances: 120 of them, whose needs bind each of the three limits, though none alone.
func TestInstances(t *testing.T) {
	list, err := readInstances(instancesFile)
	if err != nil {
		t.Fatal(err)
	}
	ids, workers, dpus := map[string]bool{}, int32(0), int32(0)
	for _, i := range list {
		ids[i.id] = true
		workers += i.workers
		dpus += i.workers * map[string]int32{"G.1X": 1, "G.8X": 8}[i.workerType]
	}
	if len(list) != 120 || len(ids) != 120 || int64(workers) <= QuotaLimit.Addresses || int64(dpus)*4 <= QuotaLimit.QuarterDPUs {
		t.Errorf("%d instances, %d ids, %d workers, %d DPUs", len(list), len(ids), workers, dpus)
	}
	if _, err := readInstances([]byte("id,worker_type,workers\n1,G.1X,x\n")); err == nil {
		t.Error("a number of workers that is none is taken")
	}
}

// TestSceneWords: what the server says of a waiting run stands beside what is short only where it speaks of that.
func TestSceneWords(t *testing.T) {
	replay := newReplay(QuotaLimit)
	replay.Used.QuarterDPUs = QuotaLimit.QuarterDPUs
	need := Held{Slots: 1, QuarterDPUs: 4, Addresses: 1}
	replay.runs = map[string]*Instance{"jr_1": {Phase: Waiting, need: need}, "jr_2": {Phase: Waiting, need: need}, "jr_3": {Phase: Running, need: need}}
	var waits waitingList
	text := `{"Runs": [{"RunId": "jr_1", "Detail": "For addresses.", "Reason": {"Pool": "subnet addresses"}},
		{"RunId": "jr_2", "Detail": "For DPUs.", "Reason": {"Pool": "account DPUs"}}, {"RunId": "jr_3"}]}`
	if err := json.Unmarshal([]byte(text), &waits); err != nil {
		t.Fatal(err)
	}
	s := &Scene{Replay: replay, Blocked: map[string]string{}, Counts: map[string]int{}}
	s.sort(&waits)
	if s.Counts[ForDPUs] != 2 || len(s.Counts) != 1 || s.Blocked[ForDPUs] != "For DPUs." || len(s.Blocked) != 1 {
		t.Errorf("%v, %q", s.Counts, s.Blocked)
	}
}

// TestQuotaJudge checks that a wrong outcome is told, each in its own way, and a right one is not.
func TestQuotaJudge(t *testing.T) {
	const rows = 1000
	for _, tc := range []struct {
		name string
		harm func(*QuotaReport, *Replay)
		want string
	}{
		{"right", func(*QuotaReport, *Replay) {}, ""},
		{"an instance failed", func(r *QuotaReport, _ *Replay) {
			r.Succeeded--
			r.Runs = []QuotaRun{{Run: "jr_1"}, {Run: "jr_2", Error: "ValueError: x"}}
		}, "119 of 120 instances succeeded\nthe first that failed is jr_2: ValueError: x"},
		{"a limit was crossed", func(r *QuotaReport, _ *Replay) { r.Crossed = []string{"after event 7"} }, "after event 7"},
		{"a lease leaks", func(_ *QuotaReport, p *Replay) { p.Used.Addresses = 3 }, "3 addresses are still held"},
		{"a record is lost", func(r *QuotaReport, _ *Replay) { r.Records-- }, "kept 997 records, expected 998"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r, p := &QuotaReport{Instances: 120, Succeeded: 120, Input: rows, Records: rows - erroneousRows}, newReplay(QuotaLimit)
			tc.harm(r, p)
			r.judge(p)
			got := strings.Join(r.Off, "\n")
			if (tc.want == "") != (got == "") || !strings.Contains(got, tc.want) {
				t.Errorf("off: %q, want %q", got, tc.want)
			}
		})
	}
}
