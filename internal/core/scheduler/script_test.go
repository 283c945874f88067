package scheduler

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/datadriven"

	"tenon/internal/core/placement"
	"tenon/internal/core/quota"
	"tenon/internal/glue"
)

// epoch is when scripts begin; their times are counted from it.
var epoch = time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)

// TestScripts runs testdata/script/*.txt. What the commands say of a run or a queue is optional; amounts are whole.
//
// The configuration, which stays but for what is named:
//
//	limits [slots=N] [dpus=N] [flex=N] [workers=N] [memory=GiB]
//	subnets [ID|ZONE|CIDR[|cordoned[|VPC]]] ...
//	queues: one a line of the input: NAME [parent=Q] [weight=N] [held] [slots=S] [dpus=S] [flex=S] [borrow_max_run=D]
//	  where S is nominal[,borrow[,lend]], - being no limit
//	placement [strategy=S] [extra=N] [lag=D] [after=N] [pause=D]
//	reservation [after=D] [timeout_only=D] [off]
//
// What happens:
//
//	submit ID [job=J] [cap=N] [dpus=N] [memory=GiB] [region=R] [queue=Q] [priority=N] [at=T] [flex] [held]
//	    [workers=N] [min=N] [on=SUBNET|...] [strategy=S] [avoid=SUBNET|...] [timeout=D] [predicted=D]
//	restore ID ...                                 a run that holds its lease already
//	release ID [worked|failed]                     the attempt ended; failed is for the network's sake
//	started ID | remove ID | tick | disk free=GiB min=GiB
//	hold [ID] [queue=Q] | unhold [ID] [queue=Q] | boost ID priority=N
//	limit JOB most=N                               of its runs at once
//	observe SUBNET free=N [at=T]
//
// What is asked:
//
//	why ID | helps ID | position ID
//	lacks ID ...                                   what the account lacks for a run like submit's
//	waiting [queue=Q] | shares | pools | subnets | wake | where ID: why it was placed there
//
// Every command of the first two groups prints what was decided. now=T moves the time first.
func TestScripts(t *testing.T) {
	datadriven.Walk(t, "testdata/script", func(t *testing.T, path string) {
		sc := &script{now: epoch, runs: map[string]Run{}, placed: map[string]glue.Placement{}, cfg: Config{
			Default: Region{Slots: 100, QuarterDPUs: 400, FlexQuarterDPUs: 40}, Workers: 100, MemoryBytes: 100 << 30}}
		sc.s = New(sc.cfg)
		datadriven.RunTest(t, path, sc.run)
	})
}

// script is one file's state.
type script struct {
	s      *State
	cfg    Config
	now    time.Time
	runs   map[string]Run
	placed map[string]glue.Placement
}

// run carries out one command.
func (sc *script) run(t *testing.T, d *datadriven.TestData) string {
	if d.HasArg("now") {
		sc.now = epoch.Add(duration(t, d, "now"))
	}
	if out, asked := sc.ask(t, d); asked {
		return out
	}
	ev, ok := sc.configure(t, d)
	if !ok {
		ev = sc.event(t, d)
	}
	decided, err := sc.s.Step(ev, sc.now)
	if err != nil {
		return err.Error()
	}
	if err := sc.s.Audit(); err != nil {
		return err.Error()
	}
	for _, a := range decided.Admitted {
		sc.placed[a.Run.ID] = a.Placement()
	}
	return spell(&decided)
}

// configure reads a change of the configuration.
func (sc *script) configure(t *testing.T, d *datadriven.TestData) (Event, bool) {
	c := &sc.cfg
	switch d.Cmd {
	case "limits":
		c.Default.Slots = number(t, d, "slots", c.Default.Slots)
		c.Default.QuarterDPUs = 4 * number(t, d, "dpus", c.Default.QuarterDPUs/4)
		c.Default.FlexQuarterDPUs = 4 * number(t, d, "flex", c.Default.FlexQuarterDPUs/4)
		c.Workers = number(t, d, "workers", c.Workers)
		c.MemoryBytes = number(t, d, "memory", c.MemoryBytes>>30) << 30
	case "subnets":
		c.Default.Subnets = nil
		for _, a := range d.CmdArgs {
			if a.Key == "now" {
				continue
			}
			f := append(strings.Split(a.Key, "|"), "", "")
			c.Default.Subnets = append(c.Default.Subnets, placement.Subnet{ID: f[0], VPC: cmp.Or(f[4], "vpc"), Zone: f[1], CIDR: netip.MustParsePrefix(f[2]),
				Cordoned: f[3] == "cordoned"})
		}
	case "queues":
		c.Queues = nil
		for line := range strings.Lines(d.Input) {
			c.Queues = append(c.Queues, scriptQueue(t, strings.Fields(line)))
		}
	case "placement":
		text := string(c.Placement.Strategy)
		d.MaybeScanArgs(t, "strategy", &text)
		c.Placement.Strategy = placement.Strategy(text)
		c.Placement.ExtraAddresses = number(t, d, "extra", c.Placement.ExtraAddresses)
		c.Placement.BreakerAfter = int(number(t, d, "after", int64(c.Placement.BreakerAfter)))
		if d.HasArg("lag") {
			c.Placement.ReleaseLag = duration(t, d, "lag")
		}
		if d.HasArg("pause") {
			c.Placement.BreakerPause = duration(t, d, "pause")
		}
	case "reservation":
		c.Reservation.Off = d.HasArg("off")
		if d.HasArg("after") {
			c.Reservation.After = duration(t, d, "after")
		}
		if d.HasArg("timeout_only") {
			c.Reservation.TimeoutOnly = duration(t, d, "timeout_only")
		}
	default:
		return Event{}, false
	}
	own := *c
	own.Queues, own.Default.Subnets = slices.Clone(c.Queues), slices.Clone(c.Default.Subnets)
	return Event{Configure: &own}, true
}

// scriptQueue reads a line of queues.
func scriptQueue(t *testing.T, words []string) Queue {
	q := Queue{Name: words[0]}
	for _, w := range words[1:] {
		key, value, _ := strings.Cut(w, "=")
		n, _ := strconv.Atoi(value)
		switch key {
		case "parent":
			q.Parent = value
		case "weight":
			q.Weight = int64(n)
		case "held":
			q.Held = true
		case "slots":
			q.Slots = scriptShare(value, 1)
		case "dpus":
			q.QuarterDPUs = scriptShare(value, 4)
		case "flex":
			q.FlexQuarterDPUs = scriptShare(value, 4)
		case "borrow_max_run":
			d, err := time.ParseDuration(value)
			if err != nil {
				t.Fatal(err)
			}
			q.BorrowMaxRun = d
		default:
			t.Fatalf("unknown word %s", w)
		}
	}
	return q
}

// scriptShare reads nominal[,borrow[,lend]].
func scriptShare(text string, unit int64) *Share {
	amounts := [3]int64{0, NoLimit, NoLimit}
	for i, f := range strings.Split(text, ",") {
		if n, err := strconv.ParseInt(f, 10, 64); err == nil {
			amounts[i] = n * unit
		}
	}
	return &Share{Nominal: amounts[0], Borrow: amounts[1], Lend: amounts[2]}
}

// event reads what happens.
func (sc *script) event(t *testing.T, d *datadriven.TestData) (ev Event) {
	first := ""
	if len(d.CmdArgs) > 0 && len(d.CmdArgs[0].Vals) == 0 {
		first = d.CmdArgs[0].Key
	}
	switch d.Cmd {
	case "submit", "restore":
		r := sc.scriptRun(t, d)
		sc.runs[r.ID] = r
		if d.Cmd == "submit" {
			ev.Submit = &r
		} else {
			lease := r.Lease()
			lease.Since = sc.now
			ev.Restore = &Admission{Run: r, Lease: lease}
		}
	case "release":
		ev.Release = &Release{ID: first}
		if d.HasArg("worked") {
			ev.Release.Outcome = placement.Worked
		} else if d.HasArg("failed") {
			ev.Release.Outcome = placement.NetworkFailed
		}
	case "started":
		ev.Started = &Started{ID: first}
	case "remove":
		ev.Remove = &Remove{ID: first}
	case "tick":
		ev.Tick = true
	case "disk":
		ev.Disk = &Disk{FreeBytes: number(t, d, "free", 0) << 30, MinBytes: number(t, d, "min", 1) << 30}
	case "hold", "unhold":
		ev.Hold = &Hold{ID: first, Held: d.Cmd == "hold"}
		d.MaybeScanArgs(t, "queue", &ev.Hold.Queue)
		if r, ok := sc.runs[first]; ok {
			r.Held = ev.Hold.Held
			sc.runs[first] = r
		}
	case "boost":
		ev.Boost = &Boost{ID: first, Priority: int(number(t, d, "priority", 0))}
		r := sc.runs[first]
		r.Priority = ev.Boost.Priority
		sc.runs[first] = r
	case "limit":
		ev.Limit = &Limit{Job: first, Most: number(t, d, "most", 0)}
	case "observe":
		ev.Observe = &Observe{Region: "us-east-1", Subnet: first, Free: number(t, d, "free", 0), At: sc.now}
		if d.HasArg("at") {
			ev.Observe.At = epoch.Add(duration(t, d, "at"))
		}
	default:
		d.Fatalf(t, "unknown command %s", d.Cmd)
	}
	return ev
}

// ask answers a question.
func (sc *script) ask(t *testing.T, d *datadriven.TestData) (string, bool) {
	v := sc.s.View()
	var r Run
	if len(d.CmdArgs) > 0 {
		r = sc.runs[d.CmdArgs[0].Key]
	}
	queue := ""
	d.MaybeScanArgs(t, "queue", &queue)
	var out []string
	switch d.Cmd {
	case "why":
		return v.Reason(r, sc.now).String(), true
	case "helps":
		out = v.Reason(r, sc.now).Helps()
	case "position":
		place, of := v.Position(r)
		return fmt.Sprintf("%d of %d", place, of), true
	case "waiting":
		return strings.Join(v.Waiting("us-east-1", queue), " "), true
	case "lacks":
		short, lacks := sc.s.AccountLacks(sc.scriptRun(t, d))
		if !lacks {
			return "nothing", true
		}
		res := short.Pool.Resource
		return fmt.Sprintf("%s: needs %s, %s of %s free", res, res.Format(short.Need), res.Format(short.Free), res.Format(short.Limit)), true
	case "wake":
		if at := sc.s.NextWake(); !at.IsZero() {
			return at.Sub(epoch).String(), true
		}
		return "never", true
	case "where":
		p := sc.placed[r.ID]
		return p.Why, true
	case "shares":
		for _, q := range v.Queues("us-east-1") {
			out = append(out, fmt.Sprintf("%s: %d waiting, %d running, share %.3f", q.Name, q.Waiting, q.Running, q.Share))
		}
	case "pools":
		for _, p := range v.Pools() {
			if p.Pool.Resource != quota.JobRuns {
				f := p.Pool.Resource.Format
				out = append(out, fmt.Sprintf("%s of %q: used %s (%s reserved, %s draining), free %s of %s", p.Pool.Resource, p.Pool.Scope, f(p.Used), f(p.Reserved), f(p.Draining), f(p.Free), f(p.Limit)))
			}
		}
	case "subnets":
		if len(d.CmdArgs) > 0 {
			return "", false
		}
		for _, s := range v.Subnets("us-east-1") {
			if s.Gone {
				out = append(out, fmt.Sprintf("%s: gone, %d in use, %d lingering", s.ID, s.Used, s.Lingering))
				continue
			}
			out = append(out, fmt.Sprintf("%s: %d of %d free, %d lingering, %s, %d wait for it alone", s.ID, s.Free, s.Usable, s.Lingering, s.Health.State, s.Waiting))
		}
	default:
		return "", false
	}
	return strings.Join(out, "\n"), true
}

// scriptRun reads the arguments of submit.
func (sc *script) scriptRun(t *testing.T, d *datadriven.TestData) Run {
	r := Run{
		ID: d.CmdArgs[0].Key, Region: "us-east-1", Job: "job", Flex: d.HasArg("flex"), Held: d.HasArg("held"), Submitted: sc.now,
		MaxJobRuns: number(t, d, "cap", 1000), QuarterDPUs: 4 * number(t, d, "dpus", 1), MemoryBytes: number(t, d, "memory", 1) << 30,
		Workers: number(t, d, "workers", 2), MinWorkers: number(t, d, "min", 0), Priority: int(number(t, d, "priority", 0)),
		Attempt: int(number(t, d, "attempt", 0)),
	}
	strategy, on, avoid := "", "", ""
	d.MaybeScanArgs(t, "job", &r.Job)
	d.MaybeScanArgs(t, "region", &r.Region)
	d.MaybeScanArgs(t, "queue", &r.Queue)
	d.MaybeScanArgs(t, "strategy", &strategy)
	d.MaybeScanArgs(t, "on", &on)
	d.MaybeScanArgs(t, "avoid", &avoid)
	r.Strategy = placement.Strategy(strategy)
	for _, id := range strings.FieldsFunc(on, func(c rune) bool { return c == '|' }) {
		r.Choices = append(r.Choices, glue.Choice{Connection: "to-" + id, Subnet: id})
	}
	for _, id := range strings.FieldsFunc(avoid, func(c rune) bool { return c == '|' }) {
		r.Avoid = append(r.Avoid, glue.Avoided{Subnet: id, Until: sc.now.Add(10 * time.Minute)})
	}
	if d.HasArg("at") {
		r.NotBefore = epoch.Add(duration(t, d, "at"))
	}
	if d.HasArg("timeout") {
		r.Timeout = duration(t, d, "timeout")
	}
	if d.HasArg("predicted") {
		r.Predicted = duration(t, d, "predicted")
	}
	return r
}

// number reads an integer argument.
func number(t *testing.T, d *datadriven.TestData, key string, otherwise int64) int64 {
	n := int(otherwise)
	d.MaybeScanArgs(t, key, &n)
	return int64(n)
}

// duration reads a time argument; without a unit it is seconds.
func duration(t *testing.T, d *datadriven.TestData, key string) time.Duration {
	text := ""
	d.ScanArgs(t, key, &text)
	if n, err := strconv.Atoi(text); err == nil {
		return time.Duration(n) * time.Second
	}
	took, err := time.ParseDuration(text)
	if err != nil {
		d.Fatalf(t, "%v", err)
	}
	return took
}

// spell says what was decided.
func spell(d *Decisions) string {
	var out []string
	for _, x := range d.Draining {
		out = append(out, fmt.Sprintf("%s drains in %s until %s", x.ID, x.Subnet, x.Until.Sub(epoch)))
	}
	for _, x := range d.Drained {
		out = append(out, fmt.Sprintf("%s has drained in %s", x.ID, x.Subnet))
	}
	for _, h := range d.Health {
		line := fmt.Sprintf("breaker of %s: %s", h.Subnet, h.State)
		if !h.Until.IsZero() {
			line += fmt.Sprintf(" until %s", h.Until.Sub(epoch))
		}
		out = append(out, line)
	}
	var plain []string
	for _, a := range d.Admitted {
		if len(a.addresses) == 0 {
			plain = append(plain, a.Run.ID)
			continue
		}
		out = append(out, fmt.Sprintf("start %s on %s: %s", a.Run.ID, a.Subnet(), strings.Join(placement.Spell(a.addresses), ", ")))
	}
	if len(plain) > 0 {
		out = append(out, "start "+strings.Join(plain, " "))
	}
	if len(d.Admitted) == 0 {
		out = append(out, "nothing starts")
	}
	return strings.Join(out, "\n")
}

// limits is a configuration of one kind of region and a machine.
type limits struct{ Slots, QuarterDPUs, FlexQuarterDPUs, Workers, MemoryBytes int64 }

// config spells it for the scheduler.
func (l limits) config() Config {
	return Config{Default: Region{Slots: l.Slots, QuarterDPUs: l.QuarterDPUs, FlexQuarterDPUs: l.FlexQuarterDPUs},
		Workers: l.Workers, MemoryBytes: l.MemoryBytes}
}
