package history

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// update rewrites testdata/sample.
var update = flag.Bool("update", false, "rewrite testdata/sample")

// printed is a JobRun as the AWS CLI prints it: its keys in its order, times in ISO 8601 with microseconds and an offset.
type printed struct {
	ID              string            `json:"Id"`
	Attempt         int               `json:"Attempt"`
	PreviousRunID   string            `json:"PreviousRunId,omitempty"`
	TriggerName     string            `json:"TriggerName,omitempty"`
	JobName         string            `json:"JobName"`
	JobMode         string            `json:"JobMode"`
	StartedOn       string            `json:"StartedOn"`
	LastModifiedOn  string            `json:"LastModifiedOn"`
	CompletedOn     string            `json:"CompletedOn,omitempty"`
	JobRunState     string            `json:"JobRunState"`
	Arguments       map[string]string `json:"Arguments,omitempty"`
	ErrorMessage    string            `json:"ErrorMessage,omitempty"`
	PredecessorRuns []string          `json:"PredecessorRuns"`
	Allocated       int               `json:"AllocatedCapacity"`
	ExecutionTime   int               `json:"ExecutionTime"`
	Timeout         int               `json:"Timeout"`
	MaxCapacity     float64           `json:"MaxCapacity"`
	WorkerType      string            `json:"WorkerType,omitempty"`
	NumberOfWorkers int               `json:"NumberOfWorkers,omitempty"`
	LogGroupName    string            `json:"LogGroupName"`
	GlueVersion     string            `json:"GlueVersion"`
	ExecutionClass  string            `json:"ExecutionClass,omitempty"`
}

// sampleJob is one job of the sample.
type sampleJob struct {
	name       string
	kind       string
	workers    int
	dpus       float64
	perHour    float64 // by day
	minutes    float64 // median
	most       int
	class      string
	connection []string
}

// sampleJobs share 60 DPUs and a /26.
var sampleJobs = []sampleJob{
	{name: "orders-ingest", kind: "G.1X", workers: 10, dpus: 10, perHour: 7, minutes: 14, most: 4, class: "STANDARD", connection: []string{"warehouse-a"}},
	{name: "orders-publish", kind: "G.2X", workers: 5, dpus: 10, perHour: 2, minutes: 22, most: 1, class: "STANDARD", connection: []string{"warehouse-a", "warehouse-b"}},
	{name: "ledger-rebuild", kind: "G.2X", workers: 20, dpus: 40, perHour: 0.4, minutes: 55, most: 2, class: "STANDARD", connection: []string{"warehouse-b"}},
	{name: "export-csv", kind: "G.1X", workers: 4, dpus: 4, perHour: 2, minutes: 6, most: 10, class: "FLEX"},
}

// stampForm is how the AWS CLI prints a time.
const stampForm = "2006-01-02T15:04:05.000000-07:00"

// sample makes the files of an account of one day.
func sample() map[string]any {
	rnd := rand.New(rand.NewPCG(7, 11))
	begin := time.Date(2026, 3, 3, 0, 0, 0, 0, time.FixedZone("", 3600))
	files := map[string]any{}
	for _, j := range sampleJobs {
		var runs []printed
		var busy []time.Time
		for at := begin; at.Before(begin.Add(24 * time.Hour)); {
			at = at.Add(time.Duration(rnd.ExpFloat64() / j.perHour * float64(time.Hour)))
			byDay := at.Hour() >= 7 && at.Hour() < 19
			if !byDay && rnd.Float64() < 0.7 {
				continue
			}
			runs = append(runs, j.run(rnd, at, byDay, &busy))
		}
		for i, k := 0, len(runs)-1; i < k; i, k = i+1, k-1 { // the newest first
			runs[i], runs[k] = runs[k], runs[i]
		}
		files["runs/"+j.name+".json"] = map[string]any{"JobRuns": runs}
	}
	files["jobs.json"] = map[string]any{"Jobs": jobsOf(begin)}
	files["connections.json"] = map[string]any{"ConnectionList": []any{connectionOf("warehouse-a", "subnet-0a11", "eu-west-1a"), connectionOf("warehouse-b", "subnet-0b22", "eu-west-1b")}}
	files["subnets.json"] = map[string]any{"Subnets": []any{subnetOf("subnet-0a11", "eu-west-1a", "10.20.1.0/27", 27), subnetOf("subnet-0b22", "eu-west-1b", "10.20.2.0/26", 59)}}
	return files
}

// run makes a run of a job. busy is until when each of the runs goes on that the job may have at once.
func (j sampleJob) run(rnd *rand.Rand, at time.Time, byDay bool, busy *[]time.Time) printed {
	took := j.minutes * math.Exp(0.4*rnd.NormFloat64())
	waited := 0.0
	if byDay && rnd.Float64() < 0.5 {
		waited = rnd.ExpFloat64() * 9
	}
	refused := byDay && rnd.Float64() < 0.06
	slices.SortFunc(*busy, time.Time.Compare)
	if !refused && len(*busy) == j.most { // it waits for the first of them
		waited = max(waited, (*busy)[0].Sub(at).Minutes()+0.2)
		*busy = (*busy)[1:]
	}
	r := printed{ID: fmt.Sprintf("jr_%016x%016x%016x%016x", rnd.Uint64(), rnd.Uint64(), rnd.Uint64(), rnd.Uint64()), JobName: j.name, JobMode: "SCRIPT", TriggerName: j.name + "-hourly",
		StartedOn: at.Format(stampForm), JobRunState: "SUCCEEDED", PredecessorRuns: []string{}, Allocated: int(j.dpus), ExecutionTime: int(took * 60), Timeout: 2880,
		MaxCapacity: j.dpus, WorkerType: j.kind, NumberOfWorkers: j.workers, LogGroupName: "/aws-glue/jobs", GlueVersion: "4.0", ExecutionClass: j.class}
	end := at.Add(time.Duration((waited+took)*60+22+rnd.Float64()*20) * time.Second)
	if refused {
		r.JobRunState, r.ExecutionTime, end = "FAILED", 0, at.Add(time.Duration(20+rnd.IntN(600))*time.Second)
		r.ErrorMessage = []string{"Max concurrent runs exceeded", "Resource unavailable. Please retry later.",
			"The specified subnet does not have enough free addresses to satisfy the request."}[rnd.IntN(3)]
	} else if rnd.Float64() < 0.04 {
		r.JobRunState, r.ErrorMessage = "FAILED", "An error occurred while calling o104.pyWriteDynamicFrame. No such file or directory 's3://orders/in/part-0.csv'"
	}
	if !refused {
		*busy = append(*busy, end)
	}
	r.CompletedOn, r.LastModifiedOn = end.Format(stampForm), end.Format(stampForm)
	return r
}

// jobsOf makes the definitions.
func jobsOf(begin time.Time) (jobs []any) {
	for _, j := range sampleJobs {
		job := map[string]any{"Name": j.name, "JobMode": "SCRIPT", "Role": "arn:aws:iam::123456789012:role/glue-etl", "CreatedOn": begin.AddDate(-1, 0, 0).Format(stampForm),
			"LastModifiedOn": begin.AddDate(0, -1, 0).Format(stampForm), "ExecutionProperty": map[string]any{"MaxConcurrentRuns": j.most},
			"Command":          map[string]any{"Name": "glueetl", "ScriptLocation": "s3://etl-scripts/" + j.name + ".py", "PythonVersion": "3"},
			"DefaultArguments": map[string]any{"--job-language": "python", "--job-bookmark-option": "job-bookmark-enable"}, "MaxRetries": 0, "AllocatedCapacity": int(j.dpus),
			"Timeout": 2880, "MaxCapacity": j.dpus, "WorkerType": j.kind, "NumberOfWorkers": j.workers, "GlueVersion": "4.0", "ExecutionClass": j.class}
		if len(j.connection) > 0 {
			job["Connections"] = map[string]any{"Connections": j.connection}
		}
		jobs = append(jobs, job)
	}
	return jobs
}

// connectionOf makes a connection of type NETWORK.
func connectionOf(name, subnet, zone string) any {
	return map[string]any{"Name": name, "ConnectionType": "NETWORK", "ConnectionProperties": map[string]any{}, "PhysicalConnectionRequirements": map[string]any{
		"SubnetId": subnet, "SecurityGroupIdList": []string{"sg-0c33"}, "AvailabilityZone": zone}}
}

// subnetOf makes a subnet.
func subnetOf(id, zone, cidr string, free int) any {
	return map[string]any{"AvailabilityZone": zone, "AvailableIpAddressCount": free, "CidrBlock": cidr, "DefaultForAz": false, "MapPublicIpOnLaunch": false,
		"State": "available", "SubnetId": id, "VpcId": "vpc-0d44", "OwnerId": "123456789012", "Tags": []any{map[string]string{"Key": "Name", "Value": "private-" + zone}},
		"SubnetArn": "arn:aws:ec2:" + zone[:len(zone)-1] + ":123456789012:subnet/" + id}
}

// sampleDir is where the sample lies.
const sampleDir = "testdata/sample"

// TestSample keeps the sample files what the generator makes of them.
func TestSample(t *testing.T) {
	for name, v := range sample() {
		b, err := json.MarshalIndent(v, "", "    ")
		if err != nil {
			t.Fatal(err)
		}
		b = append(b, '\n')
		path := filepath.Join(sampleDir, filepath.FromSlash(name))
		if *update {
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, b, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		old, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(old, b) {
			t.Errorf("%s is not what the generator makes; run with -update", path)
		}
	}
}

// readSample reads the whole sample.
func readSample(t *testing.T) *Export {
	t.Helper()
	x := &Export{}
	err := filepath.WalkDir(sampleDir, func(path string, d os.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".json") {
			return err
		}
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		defer f.Close()
		return x.Read(path, f)
	})
	if err != nil {
		t.Fatal(err)
	}
	return x
}
