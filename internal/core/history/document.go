// Package history reads what AWS tells of a Glue account's past (the JSON of `aws glue get-job-runs`, `get-jobs`,
// `get-connections` and `aws ec2 describe-subnets`) and makes it the input of a forecast: the same runs, submitted at the
// same times, for as long, under Tenon's scheduler.
//
// Nothing is dropped in silence: a Report says how many runs were read, used and left out, and for what reason. What AWS
// does not tell is said too: it has no time at which a run left the queue, and a run that StartJobRun refused has left no
// trace.
package history

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strings"
	"time"
)

// Stamp is a time as the AWS CLI prints it: ISO 8601, or seconds since 1970 (its setting cli_timestamp_format, and
// version 1).
type Stamp struct{ time.Time }

// UnmarshalJSON reads a Stamp.
func (s *Stamp) UnmarshalJSON(b []byte) error {
	if string(b) == "null" {
		return nil
	}
	if b[0] != '"' {
		var seconds float64
		if err := json.Unmarshal(b, &seconds); err != nil || math.Abs(seconds) > maxSeconds {
			return fmt.Errorf("%s is not a time in seconds since 1970", b)
		}
		s.Time = time.UnixMilli(int64(math.Round(seconds * 1000))).UTC()
		return nil
	}
	var text string
	if err := json.Unmarshal(b, &text); err != nil {
		return err
	}
	for _, form := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999Z0700", "2006-01-02 15:04:05.999999999Z07:00"} {
		if t, err := time.Parse(form, text); err == nil {
			s.Time = t.UTC()
			return nil
		}
	}
	return fmt.Errorf("%q is not a time such as 2026-03-02T10:00:00+00:00", text)
}

// maxSeconds bounds a time in seconds: the year 9999.
const maxSeconds = 253402300799

// Run is a JobRun of `aws glue get-job-runs`.
type Run struct {
	ID              string            `json:"Id"`
	Attempt         int               `json:"Attempt"`
	PreviousRunID   string            `json:"PreviousRunId"`
	JobName         string            `json:"JobName"`
	StartedOn       Stamp             `json:"StartedOn"`
	CompletedOn     Stamp             `json:"CompletedOn"`
	State           string            `json:"JobRunState"`
	ErrorMessage    string            `json:"ErrorMessage"`
	Arguments       map[string]string `json:"Arguments"`
	ExecutionTime   float64           `json:"ExecutionTime"` // seconds
	Timeout         float64           `json:"Timeout"`       // minutes
	MaxCapacity     float64           `json:"MaxCapacity"`   // DPUs
	WorkerType      string            `json:"WorkerType"`
	NumberOfWorkers int64             `json:"NumberOfWorkers"`
	ExecutionClass  string            `json:"ExecutionClass"`
}

// Job is a Job of `aws glue get-jobs`.
type Job struct {
	Name              string            `json:"Name"`
	ExecutionProperty ExecutionProperty `json:"ExecutionProperty"`
	DefaultArguments  map[string]string `json:"DefaultArguments"`
	Connections       ConnectionsList   `json:"Connections"`
	Timeout           float64           `json:"Timeout"` // minutes
	MaxCapacity       float64           `json:"MaxCapacity"`
	WorkerType        string            `json:"WorkerType"`
	NumberOfWorkers   int64             `json:"NumberOfWorkers"`
	Command           struct {
		Name string `json:"Name"`
	} `json:"Command"`
}

// ExecutionProperty is a job's MaxConcurrentRuns.
type ExecutionProperty struct {
	MaxConcurrentRuns int64 `json:"MaxConcurrentRuns"`
}

// ConnectionsList names a job's connections.
type ConnectionsList struct {
	Connections []string `json:"Connections"`
}

// Connection is a Connection of `aws glue get-connections`.
type Connection struct {
	Name     string `json:"Name"`
	Physical struct {
		SubnetID string `json:"SubnetId"`
	} `json:"PhysicalConnectionRequirements"`
}

// Subnet is a Subnet of `aws ec2 describe-subnets`.
type Subnet struct {
	ID        string `json:"SubnetId"`
	VPC       string `json:"VpcId"`
	Zone      string `json:"AvailabilityZone"`
	CIDR      string `json:"CidrBlock"`
	Available int64  `json:"AvailableIpAddressCount"`
}

// Export is everything that was read.
type Export struct {
	Runs        []Run
	Jobs        []Job
	Connections []Connection
	Subnets     []Subnet
}

// maxItems bounds what an Export holds of each kind.
const maxItems = 2_000_000

// page is any document: the output of one call, or one page of it.
type page struct {
	JobRuns        []Run
	JobRun         *Run
	Jobs           []Job
	Job            *Job
	ConnectionList []Connection
	Connection     *Connection
	Subnets        []Subnet
}

// Read adds documents that stand one after the other in r, as pages and calls may be concatenated. What a document is
// shows in its keys; a plain list (--query 'JobRuns[]') is known by the keys of its first item. name is that of the file,
// for errors.
func (x *Export) Read(name string, r io.Reader) error {
	text, err := unmarked(r)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	dec := json.NewDecoder(text)
	for n := 1; ; n++ {
		var raw json.RawMessage
		err := dec.Decode(&raw)
		if errors.Is(err, io.EOF) {
			if n == 1 {
				return fmt.Errorf("%s: the file is empty", name)
			}
			return nil
		}
		if err == nil {
			err = x.add(raw)
		}
		if err != nil {
			if syntax := new(json.SyntaxError); errors.As(err, &syntax) {
				err = fmt.Errorf("not JSON: %w", err)
			}
			return fmt.Errorf("%s: document %d: %w", name, n, err)
		}
		if max(len(x.Runs), len(x.Jobs), len(x.Connections), len(x.Subnets)) > maxItems {
			return fmt.Errorf("%s: more than %d items", name, maxItems)
		}
	}
}

// unmarked passes over the mark that programs of Windows put before UTF-8. UTF-16, which its PowerShell writes, is refused.
func unmarked(r io.Reader) (io.Reader, error) {
	text := bufio.NewReader(r)
	begin, err := text.Peek(3)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	switch {
	case bytes.HasPrefix(begin, []byte("\xff\xfe")), bytes.HasPrefix(begin, []byte("\xfe\xff")):
		return nil, errors.New("it is UTF-16, as PowerShell writes it: save it as UTF-8")
	case bytes.HasPrefix(begin, []byte("\xef\xbb\xbf")):
		_, err = text.Discard(len(begin))
		return text, err
	}
	return text, nil
}

// add takes one document.
func (x *Export) add(raw json.RawMessage) error {
	raw = bytes.TrimSpace(raw)
	if raw[0] == '[' {
		return x.addList(raw)
	}
	var keys map[string]json.RawMessage
	if err := json.Unmarshal(raw, &keys); err != nil {
		return errors.New("not an object: expected what an AWS command prints")
	}
	var p page
	known := false
	for key := range keys {
		switch key {
		case "JobRuns", "JobRun", "Jobs", "Job", "ConnectionList", "Connection", "Subnets":
			known = true
		}
	}
	if !known {
		return fmt.Errorf("it has no JobRuns, Jobs, ConnectionList or Subnets, but %s", cmp.Or(strings.Join(slices.Sorted(maps.Keys(keys)), ", "), "nothing"))
	}
	if err := json.Unmarshal(raw, &p); err != nil {
		return err
	}
	x.take(&p)
	return nil
}

// addList takes a plain list of items.
func (x *Export) addList(raw json.RawMessage) error {
	var items []map[string]json.RawMessage
	if err := json.Unmarshal(raw, &items); err != nil {
		return errors.New("a list, but not of objects")
	}
	if len(items) == 0 {
		return nil
	}
	var p page
	var into any
	has := func(key string) bool { _, ok := items[0][key]; return ok }
	switch {
	case has("JobRunState"):
		into = &p.JobRuns
	case has("CidrBlock"):
		into = &p.Subnets
	case has("ConnectionType"):
		into = &p.ConnectionList
	case has("Command"):
		into = &p.Jobs
	default:
		return fmt.Errorf("a list of neither runs, jobs, connections nor subnets: its first item has %s",
			strings.Join(slices.Sorted(maps.Keys(items[0])), ", "))
	}
	if err := json.Unmarshal(raw, into); err != nil {
		return err
	}
	x.take(&p)
	return nil
}

// take adds the items of a document.
func (x *Export) take(p *page) {
	x.Runs = append(x.Runs, p.JobRuns...)
	x.Jobs = append(x.Jobs, p.Jobs...)
	x.Connections = append(x.Connections, p.ConnectionList...)
	x.Subnets = append(x.Subnets, p.Subnets...)
	if p.JobRun != nil {
		x.Runs = append(x.Runs, *p.JobRun)
	}
	if p.Job != nil {
		x.Jobs = append(x.Jobs, *p.Job)
	}
	if p.Connection != nil {
		x.Connections = append(x.Connections, *p.Connection)
	}
}
