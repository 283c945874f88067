package history

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tenon/internal/core/forecast"
	"tenon/internal/core/scheduler"
	"tenon/internal/glue"
)

// limits is AWS's default account, of 60 DPUs.
func limits() scheduler.Config {
	return scheduler.Config{Default: scheduler.Region{Slots: 200, QuarterDPUs: 4 * 60, FlexQuarterDPUs: 4 * 50}, Workers: 1 << 40, MemoryBytes: 1 << 40}
}

// TestReplayOfTheSample: the sample's runs are played, waits have causes, and something helps.
func TestReplayOfTheSample(t *testing.T) {
	x := readSample(t)
	in, report, err := x.Replay(limits(), "eu-west-1")
	if err != nil {
		t.Fatal(err)
	}
	if report.Read != len(x.Runs) || report.Used != report.Read || len(in.Arrivals) != report.Used || report.Read < 100 {
		t.Errorf("read %d, used %d, arrivals %d", report.Read, report.Used, len(in.Arrivals))
	}
	if report.Refused == 0 || report.Drawn < report.Refused || report.Subnets != 2 {
		t.Errorf("%+v", report)
	}
	if report.StartUp < 20 || report.StartUp > 50 {
		t.Errorf("start-up of %.0f s, the sample's is 22 s to 42 s", report.StartUp)
	}
	for _, a := range in.Arrivals {
		if a.Took < 0 || a.Run.QuarterDPUs == 0 || (a.Run.Workers > 0) != (len(a.Run.Choices) > 0) {
			t.Fatalf("arrival %+v", a)
		}
	}
	opts := forecast.Options{Samples: 2, Horizon: 30 * 24 * time.Hour, MaxPositions: forecast.NoBound, Seed: 1}
	got, advice, err := forecast.Advise(in, "eu-west-1", opts, nil)
	if err != nil {
		t.Fatal(err)
	}
	started, sum := 0, 0.0
	for _, q := range got.Base {
		started += q.Started
		sum += q.WaitMean * float64(q.Runs)
	}
	if started != report.Used {
		t.Errorf("%d of %d runs started", started, report.Used)
	}
	causes := 0.0
	for _, w := range got.Waits {
		causes += w.Seconds
	}
	if sum == 0 || causes < 0.98*sum || causes > 1.02*sum {
		t.Errorf("runs waited %.0f s, the causes explain %.0f s: %+v", sum, causes, got.Waits)
	}
	if len(advice) == 0 || advice[0].Saved <= 0 {
		t.Errorf("nothing helps: %+v", advice)
	}
	for i := 1; i < len(advice); i++ {
		if advice[i].Saved > advice[i-1].Saved {
			t.Errorf("%q saves more and stands behind", advice[i].What)
		}
	}
	t.Logf("waits %+v; advice %+v; use %+v", got.Waits, advice, got.Use)
}

// one is an export of documents.
func one(t *testing.T, documents ...string) *Export {
	t.Helper()
	x := &Export{}
	for _, d := range documents {
		if err := x.Read("test.json", strings.NewReader(d)); err != nil {
			t.Fatal(err)
		}
	}
	return x
}

// aRun is a run of the AWS CLI with some fields more.
func aRun(id, fields string) string {
	return `{"Id":"` + id + `","JobName":"j","StartedOn":"2026-03-02T10:00:00.500000+01:00","CompletedOn":"2026-03-02T10:05:00+01:00","JobRunState":"SUCCEEDED","ExecutionTime":270,"WorkerType":"G.2X","NumberOfWorkers":5` + fields + `}`
}

// TestForms: whole documents, pages one after the other, plain lists, single items; times as text and as numbers.
func TestForms(t *testing.T) {
	want := one(t, `{"JobRuns":[`+aRun("a", "")+`,`+aRun("b", "")+`]}`)
	epoch := strings.NewReplacer(`"2026-03-02T10:00:00.500000+01:00"`, `1772442000.5`, `"2026-03-02T10:05:00+01:00"`, `1772442300`)
	for name, text := range map[string]string{
		"pages":  `{"JobRuns":[` + aRun("a", "") + `],"NextToken":"x"}` + "\n" + `{"JobRuns":[` + aRun("b", "") + `]}`,
		"list":   `[` + aRun("a", "") + `,` + aRun("b", "") + `]`,
		"marked": "\xef\xbb\xbf" + `[` + aRun("a", "") + `,` + aRun("b", "") + `]`,
		"single": `{"JobRun":` + aRun("a", "") + `}{"JobRun":` + aRun("b", "") + `}`,
		"epoch":  `{"JobRuns":[` + epoch.Replace(aRun("a", "")) + `,` + epoch.Replace(aRun("b", "")) + `]}`,
		"empty":  `{"JobRuns":[]}` + `{"JobRuns":[` + aRun("a", "") + `,` + aRun("b", "") + `]}` + `[]`,
	} {
		if diff := cmp.Diff(want, one(t, text)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// TestRefusedFiles: what is none of the four documents is refused by name.
func TestRefusedFiles(t *testing.T) {
	for text, says := range map[string]string{
		"":                          "the file is empty",
		"\xff\xfe{\x00}\x00":        "it is UTF-16",
		`{}`:                        "document 1: it has no JobRuns, Jobs, ConnectionList or Subnets, but nothing",
		`{"Buckets":[]}`:            "document 1: it has no JobRuns, Jobs, ConnectionList or Subnets, but Buckets",
		`{"JobRuns":[]}{"JobRuns":`: "document 2: unexpected EOF",
		`{"JobRuns":[{"Id":7}]}`:    "document 1: json: cannot unmarshal number",
		`{"JobRuns":[{"StartedOn":"yesterday"}]}`: `"yesterday" is not a time`,
		`{"JobRuns":[{"StartedOn":1e300}]}`:       "1e300 is not a time",
		`[{"Arn":"x"}]`:                           "a list of neither runs, jobs, connections nor subnets: its first item has Arn",
		`[1]`:                                     "a list, but not of objects",
		`"x"`:                                     "not an object",
	} {
		x := &Export{}
		err := x.Read("f.json", strings.NewReader(text))
		if err == nil || !strings.Contains(err.Error(), says) || !strings.HasPrefix(err.Error(), "f.json: ") {
			t.Errorf("%s: %v, want %q", text, err, says)
		}
	}
}

// TestSkipped: each run is used, or counted for a reason.
func TestSkipped(t *testing.T) {
	x := one(t, `{"JobRuns":[`+strings.Join([]string{
		aRun("good", ""), aRun("good", ""),
		strings.Replace(aRun("timeless", ""), `"StartedOn":"2026-03-02T10:00:00.500000+01:00",`, "", 1),
		strings.Replace(aRun("jobless", ""), `"JobName":"j",`, "", 1),
		strings.Replace(aRun("sizeless", ""), `"WorkerType":"G.2X","NumberOfWorkers":5`, `"MaxCapacity":0`, 1),
		aRun("strange", `,"WorkerType":"G.99X"`),
		aRun("backward", `,"CompletedOn":"2026-03-02T09:00:00+01:00"`),
		aRun("full", `,"JobRunState":"FAILED","ErrorMessage":"Max concurrent runs exceeded","ExecutionTime":0`),
		aRun("full_attempt_1", `,"Attempt":1,"PreviousRunId":"full"`),
		aRun("open", `,"JobRunState":"RUNNING","CompletedOn":null`),
		aRun("old", `,"WorkerType":"","NumberOfWorkers":0,"MaxCapacity":10.0`),
		strings.ReplaceAll(aRun("ancient", ""), "2026-", "1653-"),
		strings.ReplaceAll(aRun("distant", ""), "2026-", "9999-"),
		aRun("giant", `,"WorkerType":"G.8X","NumberOfWorkers":1000000000000000000`),
		aRun("endless", `,"ExecutionTime":1e300,"Timeout":1e300`),
		aRun("shell", `,"WorkerType":"","NumberOfWorkers":0,"MaxCapacity":0.0625`),
	}, ",")+`]}`)
	in, r, err := x.Replay(limits(), "us-east-1")
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	left := 0
	for _, s := range r.Skipped {
		got[s.Like], left = s.Why, left+s.Runs
	}
	want := map[string]string{"good": skipTwice, "timeless": skipTime, "jobless": skipJob, "sizeless": skipCapacity, "strange": skipType, "backward": skipBackward, "full_attempt_1": skipRetry, "ancient": skipFar}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if r.Read != 16 || r.Used != 6 || left != 10 || r.Drawn != 3 || r.Refused != 1 {
		t.Errorf("%+v", r)
	}
	var sizes []int64
	for _, a := range in.Arrivals {
		sizes = append(sizes, a.Run.QuarterDPUs)
		if a.Took < 0 || a.Run.Timeout <= 0 {
			t.Errorf("%+v takes %s", a.Run, a.Took)
		}
		if a.Run.Choices != nil || a.Run.Workers != 0 {
			t.Errorf("%+v takes addresses, and its job names no connection", a.Run)
		}
	}
	if diff := cmp.Diff([]int64{40, 40, 40, 40, 40, 1}, sizes); diff != "" {
		t.Errorf("quarter-DPUs: %s", diff)
	}
	if _, _, err := one(t, `{"JobRuns":[]}`).Replay(limits(), "us-east-1"); err != ErrNothing {
		t.Errorf("an empty history: %v", err)
	}
}

// TestPriorities: what is no priority is not one in silence.
func TestPriorities(t *testing.T) {
	runs := `{"JobRuns":[` + aRun("a", `,"Arguments":{"--tenon-priority":"50"}`) + `,` + aRun("b", `,"Arguments":{"--tenon-priority":"high"}`) + `]}`
	in, report, err := one(t, runs).Replay(limits(), "us-east-1")
	if err != nil {
		t.Fatal(err)
	}
	if a, b := in.Arrivals[0].Run.Priority, in.Arrivals[1].Run.Priority; a != 50 || b != 0 {
		t.Errorf("priorities %d and %d", a, b)
	}
	if notes := strings.Join(report.Notes, " "); !strings.Contains(notes, `--tenon-priority of 1 run is no number between -1000 and 1000, as "high"`) {
		t.Errorf("notes: %s", notes)
	}
}

// TestPeaks: a job that had two runs at once had a limit of two, whatever its definition says now.
func TestPeaks(t *testing.T) {
	job := `{"Jobs":[{"Name":"j","Command":{"Name":"glueetl"},"ExecutionProperty":{"MaxConcurrentRuns":1}}]}`
	in, report, err := one(t, job, `{"JobRuns":[`+aRun("a", "")+`,`+aRun("b", "")+`]}`).Replay(limits(), "us-east-1")
	if err != nil || in.Arrivals[0].Run.MaxJobRuns != 2 || !strings.Contains(strings.Join(report.Notes, " "), "1 job had more runs at once") {
		t.Errorf("limit %d, notes %v, %v", in.Arrivals[0].Run.MaxJobRuns, report.Notes, err)
	}
	later := strings.NewReplacer("10:00:00.5", "10:10:00.5", "10:05:00", "10:15:00").Replace(aRun("b", ""))
	in, _, err = one(t, job, `{"JobRuns":[`+aRun("a", "")+`,`+later+`]}`).Replay(limits(), "us-east-1")
	if err != nil || in.Arrivals[0].Run.MaxJobRuns != 1 {
		t.Errorf("one after the other: limit %d, %v", in.Arrivals[0].Run.MaxJobRuns, err)
	}
}

// TestChoices: a job's connections lead to subnets; where they are not described, to every subnet.
func TestChoices(t *testing.T) {
	job := `{"Jobs":[{"Name":"j","Command":{"Name":"glueetl"},"ExecutionProperty":{"MaxConcurrentRuns":3},"Connections":{"Connections":["a","jdbc","b"]}}]}`
	subnets := `{"Subnets":[{"SubnetId":"s1","AvailabilityZone":"us-east-1a","CidrBlock":"10.0.1.0/24"},{"SubnetId":"s2","AvailabilityZone":"us-east-1b","CidrBlock":"10.0.2.0/24"}]}`
	runs := `{"JobRuns":[` + aRun("a", "") + `]}`
	in, _, err := one(t, runs, job, subnets, `{"ConnectionList":[{"Name":"a","PhysicalConnectionRequirements":{"SubnetId":"s2"}},{"Name":"jdbc"},{"Name":"b","PhysicalConnectionRequirements":{"SubnetId":"elsewhere"}}]}`).Replay(limits(), "us-east-1")
	if err != nil {
		t.Fatal(err)
	}
	r := in.Arrivals[0].Run
	if diff := cmp.Diff([]glue.Choice{{Connection: "a", Subnet: "s2"}, {Connection: "b", Subnet: "elsewhere"}}, r.Choices); diff != "" || r.Workers != 5 || r.MaxJobRuns != 3 {
		t.Errorf("%+v: %s", r, diff)
	}
	in, report, err := one(t, runs, job, subnets).Replay(limits(), "us-east-1")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]glue.Choice{{Connection: "a", Subnet: "s1"}, {Connection: "a", Subnet: "s2"}}, in.Arrivals[0].Run.Choices); diff != "" || !strings.Contains(strings.Join(report.Notes, " "), "they are taken to reach every subnet") {
		t.Errorf("%s %v", diff, report.Notes)
	}
	in, report, err = one(t, runs, `{"Subnets":[{"SubnetId":"six","Ipv6Native":true}]}`, job, subnets).Replay(limits(), "us-east-1")
	if err != nil || len(in.Arrivals[0].Run.Choices) != 2 || report.Subnets != 2 || !strings.Contains(strings.Join(report.Notes, " "), "1 subnet without an IPv4 block") {
		t.Errorf("a subnet of IPv6 alone: %v %v", report.Notes, err)
	}
	if _, _, err := one(t, runs, `{"Subnets":[{"SubnetId":"s1","CidrBlock":"fd00::/64"}]}`).Replay(limits(), "us-east-1"); err == nil || !strings.Contains(err.Error(), "s1") {
		t.Errorf("an IPv6 block: %v", err)
	}
}
