package demo

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/csv"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"tenon/internal/client"
	"tenon/internal/glue"
	"tenon/internal/wire"
)

// The job of the demonstration of quotas, the file of its instances, and the configuration of its server: 50 run slots
// as a fresh AWS account had them, and one subnet of 64 addresses, five of which AWS keeps.
var (
	//go:embed scripts/medicare.py
	medicareScript []byte
	//go:embed scripts/instances.csv
	instancesFile []byte
	//go:embed scripts/quota.yaml
	QuotaConfig []byte
)

// Names of what the demonstration of quotas makes, and what its configuration says.
const (
	MedicareJob  = "medicare"
	demoSubnet   = "subnet-demo"
	demoNetwork  = "demo-network"
	instanceLine = 3 // fields of a line of the file of instances
)

// QuotaLag is how long the addresses of a run linger after its end, as the configuration says.
const QuotaLag = 2 * time.Second

// QuotaLimit is what the configuration limits.
var QuotaLimit = Held{Slots: 50, QuarterDPUs: 4 * 100, Addresses: 59}

// Quota runs many instances of one job against limits that they do not fit into. All fields are required but Tell.
type Quota struct {
	Glue    *client.Client
	Objects *client.Objects
	Rows    int
	Every   time.Duration // how often it looks
	Timeout time.Duration // of the whole
	Tell    func(*Scene)  // hears of every look; may be nil
}

// Scene is what a look found.
type Scene struct {
	Since     time.Duration // the first submit
	Replay    *Replay
	Instances []*Instance // in the order of the file; those not submitted yet are missing
	Of        int
	Blocked   map[string]string // by what is short: the server's own words on the first run that waits for it; none for its turn
	Counts    map[string]int    // how many wait for it
}

// Count is how many instances are in a phase.
func (s *Scene) Count(p Phase) int {
	n := 0
	for _, i := range s.Instances {
		if i.Phase == p {
			n++
		}
	}
	return n
}

// QuotaReport is what came out.
type QuotaReport struct {
	Instances int        `json:"instances"`
	Succeeded int        `json:"succeeded"`
	Seconds   float64    `json:"seconds"` // from the first submit to the last end
	Input     int64      `json:"input_records"`
	Records   int64      `json:"records"` // that the instances kept: all but those whose provider has no number
	Events    int        `json:"events"`  // from which all below is added up
	Limit     Held       `json:"limit"`
	Peak      Held       `json:"peak"`
	Crossed   []string   `json:"crossed"` // moments at which more was held than a limit
	Waits     []WaitFor  `json:"waits"`
	Median    float64    `json:"median_wait_seconds"`
	Longest   float64    `json:"longest_wait_seconds"`
	Runs      []QuotaRun `json:"runs"` // in the order of the file
	Off       []string   `json:"off"`  // ways in which the outcome differs from what it must be
}

// QuotaRun is one instance as it went.
type QuotaRun struct {
	Run       string  `json:"run"`
	State     string  `json:"state"`
	Addresses int64   `json:"addresses"`
	DPUs      float64 `json:"dpus"`
	Waited    float64 `json:"waited_seconds"`
	Held      float64 `json:"held_seconds"` // from its admission to its end
	Error     string  `json:"error,omitempty"`
}

// WaitFor is how long runs waited for one thing.
type WaitFor struct {
	For        string  `json:"for"`
	RunSeconds float64 `json:"run_seconds"`
}

// instance is a line of the file of instances.
type instance struct {
	id, workerType string
	workers        int32
}

// readInstances reads the file of instances.
func readInstances(file []byte) ([]instance, error) {
	r := csv.NewReader(bytes.NewReader(file))
	r.FieldsPerRecord = instanceLine
	lines, err := r.ReadAll()
	if err != nil {
		return nil, fmt.Errorf("demo: instances: %w", err)
	}
	var out []instance
	for _, l := range lines[1:] {
		workers, err := strconv.ParseInt(l[2], 10, 32)
		if err != nil {
			return nil, fmt.Errorf("demo: instances: workers: %w", err)
		}
		out = append(out, instance{l[0], l[1], int32(workers)})
	}
	return out, nil
}

// Run makes the input and the job, starts every instance at once, and looks on until all have ended. The error is about
// what kept it from going through; what came out wrong is in the report.
func (q *Quota) Run(ctx context.Context) (*QuotaReport, error) {
	ctx, cancel := context.WithTimeout(ctx, q.Timeout)
	defer cancel()
	instances, err := readInstances(instancesFile)
	if err != nil {
		return nil, err
	}
	if err := q.prepare(ctx); err != nil {
		return nil, fmt.Errorf("demo: %w", err)
	}
	begun, err := lastEvent(ctx, q.Glue)
	if err != nil {
		return nil, fmt.Errorf("demo: %w", err)
	}
	started := make(chan error, 1)
	go func() { started <- q.start(ctx, instances) }()
	replay, err := q.watch(ctx, len(instances), begun, started)
	if err != nil {
		return nil, fmt.Errorf("demo: %w", err)
	}
	return q.report(ctx, replay, len(instances))
}

// prepare makes the input, the connection and the job.
func (q *Quota) prepare(ctx context.Context) error {
	if err := q.Objects.MakeBucket(ctx, Bucket); err != nil {
		return err
	}
	var input bytes.Buffer
	if err := Write(&input, q.Rows, seed); err != nil {
		return err
	}
	script, err := q.Objects.Put(ctx, Bucket, "scripts/medicare.py", medicareScript)
	if err != nil {
		return err
	}
	for key, body := range map[string][]byte{"input/charges.csv": input.Bytes(), "instances.csv": instancesFile} {
		if _, err := q.Objects.Put(ctx, Bucket, key, body); err != nil {
			return err
		}
	}
	network, kind, subnet, zone := demoNetwork, "NETWORK", demoSubnet, "us-east-1a"
	err = q.Glue.Call(ctx, "CreateConnection", wire.CreateConnectionRequest{ConnectionInput: &wire.ConnectionInput{
		Name: &network, ConnectionType: &kind, ConnectionProperties: map[string]string{},
		PhysicalConnectionRequirements: &wire.PhysicalConnectionRequirements{SubnetId: &subnet, AvailabilityZone: &zone}}}, nil)
	if err != nil {
		return err
	}
	name, role, command, many := MedicareJob, "tenon", glue.CommandETL, int32(1000)
	workerType, workers := "G.1X", int32(1)
	return q.Glue.Call(ctx, "CreateJob", wire.CreateJobRequest{Name: &name, Role: &role, WorkerType: &workerType, NumberOfWorkers: &workers,
		Command:           &wire.JobCommand{Name: &command, ScriptLocation: &script},
		Connections:       &wire.ConnectionsList{Connections: []string{demoNetwork}},
		ExecutionProperty: &wire.ExecutionProperty{MaxConcurrentRuns: &many}}, nil)
}

// start starts every instance, in the order of the file.
func (q *Quota) start(ctx context.Context, instances []instance) error {
	job := MedicareJob
	for _, i := range instances {
		err := q.Glue.Call(ctx, "StartJobRun", wire.StartJobRunRequest{JobName: &job, WorkerType: &i.workerType, NumberOfWorkers: &i.workers,
			Arguments: map[string]string{"--id": i.id, "--of": strconv.Itoa(len(instances)),
				"--input_path": "s3://" + Bucket + "/input/", "--output_path": "s3://" + Bucket + "/output/"}}, nil)
		if err != nil {
			return err
		}
	}
	return nil
}

// The shapes of Tenon's own operations, as far as they are used here: those of edge/api lie above this floor.
type (
	eventInput struct {
		After int64
		Limit int
	}
	eventList    struct{ Events []glue.Event }
	waitingInput struct {
		JobName string
		Limit   int
	}
	waitingList struct {
		Runs []struct {
			RunId  string
			Detail string
			Reason struct{ Pool string }
		}
	}
)

// lastEvent is the number of the newest event.
func lastEvent(ctx context.Context, c *client.Client) (last int64, err error) {
	for {
		var page eventList
		if err := c.Admin(ctx, "ListEvents", eventInput{last, glue.MaxPageSize}, &page); err != nil {
			return 0, err
		}
		if n := len(page.Events); n > 0 {
			last = page.Events[n-1].Seq
		}
		if len(page.Events) < glue.MaxPageSize {
			return last, nil
		}
	}
}

// read takes every event that came since the last.
func (q *Quota) read(ctx context.Context, replay *Replay) error {
	for {
		var page eventList
		if err := q.Glue.Admin(ctx, "ListEvents", eventInput{replay.Last, glue.MaxPageSize}, &page); err != nil {
			return err
		}
		for i := range page.Events {
			if err := replay.apply(&page.Events[i]); err != nil {
				return err
			}
		}
		if len(page.Events) < glue.MaxPageSize {
			return nil
		}
	}
}

// watch looks on until every instance has ended and every address is free again.
func (q *Quota) watch(ctx context.Context, of int, after int64, started <-chan error) (*Replay, error) {
	replay := newReplay(QuotaLimit)
	replay.Last = after
	tick := time.NewTicker(q.Every)
	defer tick.Stop()
	for {
		if err := q.read(ctx, replay); err != nil {
			return nil, err
		}
		scene, err := q.look(ctx, replay, of)
		if err != nil {
			return nil, err
		}
		if q.Tell != nil {
			q.Tell(scene)
		}
		if scene.Count(Done)+scene.Count(Failed) == of && replay.Linger == 0 {
			return replay, nil
		}
		select {
		case <-ctx.Done():
			return nil, errors.Join(ctx.Err(), fmt.Errorf("%d of %d instances have ended", scene.Count(Done)+scene.Count(Failed), of))
		case err := <-started:
			if err != nil {
				return nil, err
			}
			started = nil
		case <-tick.C:
		}
	}
}

// look makes the scene of the moment. Why runs wait is asked of the server.
func (q *Quota) look(ctx context.Context, replay *Replay, of int) (*Scene, error) {
	s := &Scene{Replay: replay, Instances: replay.order, Of: of, Blocked: map[string]string{}, Counts: map[string]int{}}
	if len(s.Instances) > 0 {
		s.Since = time.Since(s.Instances[0].Submitted)
	}
	var waits waitingList
	if err := q.Glue.Admin(ctx, "ListWaiting", waitingInput{MedicareJob, of}, &waits); err != nil {
		return nil, err
	}
	s.sort(&waits)
	return s, nil
}

// sort counts the waiting runs by what is short for them. The server's words are taken only where they speak of that too: its
// picture may be of another moment than the events.
func (s *Scene) sort(waits *waitingList) {
	for _, w := range waits.Runs {
		r := s.Replay.runs[w.RunId]
		if r == nil || r.Phase != Waiting {
			continue
		}
		what := s.Replay.Short(r)
		if s.Counts[what]++; s.Blocked[what] == "" && strings.HasSuffix(w.Reason.Pool, what) {
			s.Blocked[what] = w.Detail
		}
	}
}

// report adds up what came out, and compares it with what it must be.
func (q *Quota) report(ctx context.Context, p *Replay, of int) (*QuotaReport, error) {
	r := &QuotaReport{Instances: of, Events: p.Events, Limit: p.Limit, Peak: p.Peak, Crossed: p.Crossed}
	var first, last time.Time
	var waits []float64
	for _, i := range p.order {
		if i.Phase == Done {
			r.Succeeded++
		}
		if first.IsZero() || i.Submitted.Before(first) {
			first = i.Submitted
		}
		if i.ended.After(last) {
			last = i.ended
		}
		waits = append(waits, i.Waited.Seconds())
		r.Runs = append(r.Runs, QuotaRun{Run: i.Run, State: i.state, Addresses: i.need.Addresses, DPUs: float64(i.need.QuarterDPUs) / 4,
			Waited: i.Waited.Seconds(), Held: i.ended.Sub(i.admitted).Seconds(), Error: i.message})
		files := struct{ Usage glue.Usage }{}
		if err := q.Glue.Admin(ctx, "GetRunFiles", struct{ JobName, RunId string }{MedicareJob, i.Run}, &files); err != nil {
			return nil, err
		}
		r.Records += files.Usage.RecordsWritten
	}
	slices.Sort(waits)
	r.Seconds, r.Median, r.Longest = last.Sub(first).Seconds(), waits[len(waits)/2], waits[len(waits)-1]
	for _, what := range []string{ForSlots, ForDPUs, ForAddresses, ForTurn} {
		r.Waits = append(r.Waits, WaitFor{what, p.Waits[what].Seconds()})
	}
	r.Input = int64(q.Rows)
	r.judge(p)
	return r, nil
}

// judge says how the outcome differs from what it must be: every instance succeeds, no limit is ever crossed, everything
// is given back, and each record is kept by one instance, but for those whose provider has no number.
func (r *QuotaReport) judge(p *Replay) {
	off := func(format string, args ...any) { r.Off = append(r.Off, fmt.Sprintf(format, args...)) }
	if r.Succeeded != r.Instances {
		off("%d of %d instances succeeded", r.Succeeded, r.Instances)
		if i := slices.IndexFunc(r.Runs, func(r QuotaRun) bool { return r.Error != "" }); i >= 0 {
			off("the first that failed is %s: %s", r.Runs[i].Run, r.Runs[i].Error)
		}
	}
	for _, c := range r.Crossed {
		off("%s", c)
	}
	if p.Used != (Held{}) {
		off("at the end %d run slots, %d quarter DPUs and %d addresses are still held", p.Used.Slots, p.Used.QuarterDPUs, p.Used.Addresses)
	}
	if want := r.Input - erroneousRows; r.Records != want {
		off("the instances kept %d records, expected %d", r.Records, want)
	}
}
