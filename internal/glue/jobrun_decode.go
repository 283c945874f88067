package glue

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"
)

// Decode makes r the run that doc, its JSON, describes. It is json.Unmarshal for documents that json.Marshal wrote, in a
// sixth of the time: half of a read, and most of a start with many runs in line, was spent in decoding.
//
// The strings of r share the memory of doc.
func (r *JobRun) Decode(doc string) error {
	d := runDecoder{text: doc}
	if d.run(r); !d.odd && d.at == len(doc) {
		return nil
	}
	*r = JobRun{}
	return json.Unmarshal([]byte(doc), r)
}

// runDecoder reads the JSON of a run as json.Marshal writes it: without spaces, null, or members that it does not know.
// Anything else is odd, and left to package json; so a member that is added to JobRun is read before it is added here.
type runDecoder struct {
	text string
	at   int  // the next byte
	odd  bool // found what it does not know; nothing read counts
}

// run reads the whole document.
func (d *runDecoder) run(r *JobRun) {
	*r = JobRun{}
	d.object(func(name string) {
		switch name {
		case "region":
			r.Region = d.string()
		case "id":
			r.ID = d.string()
		case "job":
			r.Job = d.string()
		case "incarnation":
			r.Incarnation = d.int()
		case "attempt":
			r.Attempt = int(d.int())
		case "state":
			r.State = RunState(d.string())
		case "state_detail":
			r.StateDetail = d.string()
		case "error_message":
			r.ErrorMessage = d.string()
		case "previous_run":
			r.PreviousRun = d.string()
		case "trigger":
			r.Trigger = d.string()
		case "flow":
			r.Flow = d.string()
		case "workflow":
			r.Workflow = d.string()
		case "cause":
			r.Cause = &Cause{}
			d.object(func(name string) { d.cause(name, r.Cause) })
		case "delayed":
			r.Delayed = list(d, func(s *RunState) { *s = RunState(d.string()) })
		case "submitted":
			r.Submitted = d.time()
		case "started":
			r.Started = d.time()
		case "modified":
			r.Modified = d.time()
		case "completed":
			r.Completed = d.time()
		case "retry_at":
			r.RetryAt = d.time()
		case "executed":
			r.Executed = time.Duration(d.int())
		default:
			d.wish(name, r)
		}
	})
}

// cause reads a member of a Cause.
func (d *runDecoder) cause(name string, c *Cause) {
	switch name {
	case "kind":
		c.Kind = CauseKind(d.string())
	case "time":
		c.Time = d.time()
	case "missed":
		c.Missed = d.bool()
	case "who":
		c.Who = d.string()
	case "rule":
		c.Rule = d.string()
	case "events":
		c.Events = d.strings()
	case "runs":
		c.Runs = list(d, d.predecessor)
	case "window":
		c.Window = d.bool()
	default:
		d.odd = true
	}
}

// predecessor reads a Predecessor.
func (d *runDecoder) predecessor(p *Predecessor) {
	d.object(func(name string) {
		switch name {
		case "job":
			p.Job = d.string()
		case "run":
			p.Run = d.string()
		default:
			d.odd = true
		}
	})
}

// wish reads the members that say what is to be run.
func (d *runDecoder) wish(name string, r *JobRun) {
	switch name {
	case "command":
		d.object(func(name string) { d.command(name, &r.Command) })
	case "arguments":
		r.Arguments = map[string]string{}
		d.object(func(name string) { r.Arguments[name] = d.string() })
	case "connections":
		r.Connections = d.strings()
	case "max_retries":
		r.MaxRetries = int(d.int())
	case "timeout_minutes":
		r.TimeoutMinutes = int(d.int())
	case "max_concurrent":
		r.MaxConcurrent = int(d.int())
	case "queuing":
		r.QueuingEnabled = d.bool()
	case "worker_type":
		r.WorkerType = d.string()
	case "number_of_workers":
		r.NumberOfWorkers = int(d.int())
	case "quarter_dpus":
		r.QuarterDPUs = d.int()
	case "max_capacity":
		r.MaxCapacity = d.float()
	case "glue_version":
		r.GlueVersion = d.string()
	case "execution_class":
		r.ExecutionClass = d.string()
	case "job_mode":
		r.JobMode = d.string()
	case "security_configuration":
		r.SecurityConfig = d.string()
	case "maintenance_window":
		r.Window = d.string()
	case "profile":
		r.Profile = d.string()
	case "session_policy":
		r.SessionPolicy = d.string()
	case "log_group":
		r.LogGroup = d.string()
	case "principal":
		r.Principal = d.string()
	case "usage":
		d.object(func(name string) { d.usage(name, &r.Usage) })
	default:
		d.admission(name, r)
	}
}

// admission reads the members that say how it is admitted.
func (d *runDecoder) admission(name string, r *JobRun) {
	switch name {
	case "queue":
		r.Queue = d.string()
	case "priority":
		r.Priority = int(d.int())
	case "held":
		r.Held = d.bool()
	case "strategy":
		r.Strategy = d.string()
	case "min_workers":
		r.MinWorkers = int(d.int())
	case "network_tries":
		r.NetworkTries = int(d.int())
	case "network_retries":
		n := int(d.int())
		r.NetworkRetries = &n
	case "subnets":
		r.Subnets = list(d, func(c *Choice) {
			d.object(func(name string) { d.choice(name, c) })
		})
	case "avoid":
		r.Avoid = list(d, func(a *Avoided) {
			d.object(func(name string) { d.avoided(name, a) })
		})
	case "placement":
		r.Placement = &Placement{}
		d.object(func(name string) { d.placement(name, r.Placement) })
	default:
		d.odd = true
	}
}

// choice reads a member of a Choice.
func (d *runDecoder) choice(name string, c *Choice) {
	switch name {
	case "connection":
		c.Connection = d.string()
	case "subnet":
		c.Subnet = d.string()
	default:
		d.odd = true
	}
}

// avoided reads a member of an Avoided.
func (d *runDecoder) avoided(name string, a *Avoided) {
	switch name {
	case "subnet":
		a.Subnet = d.string()
	case "until":
		a.Until = d.time()
	default:
		d.odd = true
	}
}

// placement reads a member of a Placement.
func (d *runDecoder) placement(name string, p *Placement) {
	switch name {
	case "at":
		p.At = d.time()
	case "attempt":
		p.Attempt = int(d.int())
	case "strategy":
		p.Strategy = d.string()
	case "connection":
		p.Connection = d.string()
	case "subnet":
		p.Subnet = d.string()
	case "zone":
		p.Zone = d.string()
	case "workers":
		p.Workers = d.int()
	case "addresses":
		p.Addresses = d.strings()
	case "candidates":
		p.Candidates = list(d, func(c *Candidate) {
			d.object(func(name string) { d.candidate(name, c) })
		})
	case "why":
		p.Why = d.string()
	default:
		d.odd = true
	}
}

// candidate reads a member of a Candidate.
func (d *runDecoder) candidate(name string, c *Candidate) {
	switch name {
	case "connection":
		c.Connection = d.string()
	case "subnet":
		c.Subnet = d.string()
	case "zone":
		c.Zone = d.string()
	case "category":
		c.Category = d.string()
	case "free":
		c.Free = d.int()
	case "note":
		c.Note = d.string()
	default:
		d.odd = true
	}
}

// command reads a member of a Command.
func (d *runDecoder) command(name string, c *Command) {
	switch name {
	case "Name":
		c.Name = d.string()
	case "ScriptLocation":
		c.ScriptLocation = d.string()
	case "PythonVersion":
		c.PythonVersion = d.string()
	case "Runtime":
		c.Runtime = d.string()
	default:
		d.odd = true
	}
}

// usage reads a member of a Usage.
func (d *runDecoder) usage(name string, u *Usage) {
	switch name {
	case "files_read":
		u.FilesRead = d.int()
	case "bytes_read":
		u.BytesRead = d.int()
	case "records_read":
		u.RecordsRead = d.int()
	case "files_written":
		u.FilesWritten = d.int()
	case "bytes_written":
		u.BytesWritten = d.int()
	case "records_written":
		u.RecordsWritten = d.int()
	case "peak_memory":
		u.PeakMemory = d.int()
	default:
		d.odd = true
	}
}

// next takes the byte c if it comes next.
func (d *runDecoder) next(c byte) bool {
	if d.at < len(d.text) && d.text[d.at] == c {
		d.at++
		return true
	}
	return false
}

// must takes the byte c, which has to come next.
func (d *runDecoder) must(c byte) { d.odd = !d.next(c) || d.odd }

// object reads an object, calling member to read the value of each name.
func (d *runDecoder) object(member func(name string)) {
	d.must('{')
	if d.next('}') {
		return
	}
	for !d.odd {
		name := d.string()
		d.must(':')
		if member(name); !d.next(',') {
			break
		}
	}
	d.must('}')
}

// list reads a list, calling element to read each into its place.
func list[T any](d *runDecoder, element func(*T)) []T {
	d.must('[')
	all := []T{}
	if d.next(']') {
		return all
	}
	for !d.odd {
		var v T
		element(&v)
		if all = append(all, v); !d.next(',') {
			break
		}
	}
	d.must(']')
	return all
}

// strings reads a list of strings.
func (d *runDecoder) strings() []string { return list(d, func(s *string) { *s = d.string() }) }

// string reads a string. What is not plain ASCII is read by package json.
func (d *runDecoder) string() string {
	d.must('"')
	begin, plain := d.at, true
	for ; d.at < len(d.text) && d.text[d.at] != '"'; d.at++ {
		switch c := d.text[d.at]; {
		case c == '\\':
			plain = false
			d.at++ // the escaped byte is no end
		case c < ' ' || c > '~':
			plain = false
		}
	}
	if d.at >= len(d.text) {
		d.odd = true
		return ""
	}
	end := d.at
	d.at++
	if plain {
		return d.text[begin:end]
	}
	var s string
	d.odd = json.Unmarshal([]byte(d.text[begin-1:end+1]), &s) != nil || d.odd
	return s
}

// word reads up to the end of a member.
func (d *runDecoder) word() string {
	begin := d.at
	for d.at < len(d.text) && d.text[d.at] != ',' && d.text[d.at] != '}' {
		d.at++
	}
	return d.text[begin:d.at]
}

// int reads a whole number.
func (d *runDecoder) int() int64 {
	word := d.word()
	n, err := strconv.ParseInt(word, 10, 64)
	digits := strings.TrimPrefix(word, "-")
	d.odd = err != nil || word[0] == '+' || len(digits) > 1 && digits[0] == '0' || d.odd // no JSON, but Go's
	return n
}

// float reads a number.
func (d *runDecoder) float() float64 {
	word := d.word()
	f, err := strconv.ParseFloat(word, 64)
	d.odd = err != nil || !json.Valid([]byte(word)) || d.odd
	return f
}

// bool reads a boolean.
func (d *runDecoder) bool() bool {
	word := d.word()
	d.odd = word != "true" && word != "false" || d.odd
	return word == "true"
}

// time reads a time.
func (d *runDecoder) time() time.Time {
	var t time.Time
	d.odd = t.UnmarshalText([]byte(d.string())) != nil || d.odd
	return t
}
