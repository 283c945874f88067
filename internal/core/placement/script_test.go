package placement

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/datadriven"

	"tenon/internal/glue"
)

// epoch is when scripts begin; their times are seconds after it.
var epoch = time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)

// seconds reads a time of a script.
func seconds(t *testing.T, d *datadriven.TestData, key string) time.Time {
	n := 0
	d.ScanArgs(t, key, &n)
	return epoch.Add(time.Duration(n) * time.Second)
}

// TestRankScripts runs testdata/rank/*.txt. The commands:
//
//	subnets      a line for each: NAME zone=Z free=N [cordoned] [open] [half-open] [probed] [used=N of=N]
//	rank choices=(A,B) workers=N [extra=N] [min=N] [strategy=S] [avoid=A] [seed=N]
//
// rank prints the candidates in the order of preference, what the run would take there, and why it goes where it goes.
// The connection of subnet a is net-a. used and of are those of the zone.
func TestRankScripts(t *testing.T) {
	datadriven.Walk(t, "testdata/rank", func(t *testing.T, path string) {
		stands := map[string]Stand{}
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			switch d.Cmd {
			case "subnets":
				stands = map[string]Stand{}
				for line := range strings.Lines(d.Input) {
					name, s := scriptStand(t, strings.Fields(line))
					stands[name] = s
				}
				return "ok"
			case "rank":
				r, of, err := scriptRequest(t, d, stands)
				if err != nil {
					return err.Error()
				}
				return spellRanked(&r, of, Rank(nil, &r, of, epoch))
			}
			d.Fatalf(t, "unknown command %s", d.Cmd)
			return ""
		})
	})
}

// scriptStand reads a line of subnets.
func scriptStand(t *testing.T, words []string) (name string, s Stand) {
	s = Stand{Managed: true, Health: Closed}
	for _, w := range words[1:] {
		key, value, _ := strings.Cut(w, "=")
		var n int64
		if value != "" && key != "zone" {
			if _, err := fmt.Sscan(value, &n); err != nil {
				t.Fatal(err)
			}
		}
		switch key {
		case "zone":
			s.Zone = value
		case "free":
			s.Free = n
		case "used":
			s.ZoneUsed = n
		case "of":
			s.ZoneUsable = n
		case "cordoned":
			s.Cordoned = true
		case "open", "half-open":
			s.Health = State(key)
		case "probed":
			s.Probed = true
		default:
			t.Fatalf("unknown word %s", w)
		}
	}
	return words[0], s
}

// scriptRequest reads the arguments of rank.
func scriptRequest(t *testing.T, d *datadriven.TestData, stands map[string]Stand) (r Request, of []Stand, err error) {
	for _, a := range d.CmdArgs {
		switch a.Key {
		case "choices":
			for _, id := range a.Vals {
				r.Choices = append(r.Choices, glue.Choice{Connection: "net-" + id, Subnet: id})
				of = append(of, stands[id])
			}
		case "avoid":
			for _, id := range a.Vals {
				r.Avoid = append(r.Avoid, glue.Avoided{Subnet: id, Until: epoch.Add(time.Minute)})
			}
		}
	}
	d.ScanArgs(t, "workers", &r.Workers)
	d.MaybeScanArgs(t, "extra", &r.Extra)
	d.MaybeScanArgs(t, "min", &r.MinWorkers)
	d.MaybeScanArgs(t, "seed", &r.Seed)
	strategy := ""
	d.MaybeScanArgs(t, "strategy", &strategy)
	if r.Strategy = Strategy(strategy); !r.Strategy.Known() {
		return r, of, fmt.Errorf("Unknown strategy specified: %s", strategy)
	}
	return r, of, nil
}

// spellRanked lists candidates, and the decision.
func spellRanked(r *Request, of []Stand, ranked []Candidate) string {
	var b strings.Builder
	for i := range ranked {
		c := &ranked[i]
		free := fmt.Sprint(c.Free, " free")
		if c.Free < 0 {
			free = "unknown"
		}
		fmt.Fprintf(&b, "%-6s %-9s %s", r.Choices[c.Choice].Connection, c.Category, free)
		if c.Note != NoteNone {
			fmt.Fprintf(&b, ", %s", c.Note)
		}
		if c.Admissible() {
			fmt.Fprintf(&b, " -> %d workers take %d", c.Workers, c.Take)
		}
		b.WriteString("\n")
	}
	first := best(ranked)
	if first == nil {
		return b.String() + "The run waits.\n"
	}
	return b.String() + r.Why(ranked, first, func(i int32) string { return of[i].Zone }) + "\n"
}

// TestHealthScripts runs testdata/health/*.txt. The commands:
//
//	health after=N pause=SECONDS               new breakers
//	subnets                                    a line for each: NAME ZONE [cordoned]
//	failed|worked|unknown SUBNET RUN at=S      what a run told
//	try SUBNET RUN                             a run is put there
//	tick at=S | wake
//	show                                       how every subnet stands
func TestHealthScripts(t *testing.T) {
	datadriven.Walk(t, "testdata/health", func(t *testing.T, path string) {
		h := NewHealth(0, 0)
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			key, run := Key{Region: "r"}, ""
			if len(d.CmdArgs) > 1 {
				key.Subnet, run = d.CmdArgs[0].Key, d.CmdArgs[1].Key
			}
			outcomes := map[string]Outcome{"failed": NetworkFailed, "worked": Worked, "unknown": Unknown}
			switch d.Cmd {
			case "health":
				after, pause := 0, 0
				d.ScanArgs(t, "after", &after)
				d.ScanArgs(t, "pause", &pause)
				h = NewHealth(after, time.Duration(pause)*time.Second)
			case "subnets":
				var all []Subnet
				for line := range strings.Lines(d.Input) {
					words := strings.Fields(line)
					all = append(all, Subnet{ID: words[0], Zone: words[1], Cordoned: len(words) > 2})
				}
				h.Place("r", all)
			case "failed", "worked", "unknown":
				status, moved := h.Report(key, run, outcomes[d.Cmd], seconds(t, d, "at"))
				if moved {
					return spellStatus(h, status)
				}
				return "nothing moves"
			case "try":
				h.Try(key, run)
			case "tick":
				var out []string
				for _, s := range h.Tick(seconds(t, d, "at")) {
					out = append(out, spellStatus(h, s))
				}
				return strings.Join(append(out, "ok"), "\n")
			case "wake":
				if h.NextWake().IsZero() {
					return "never"
				}
				return fmt.Sprint(h.NextWake().Sub(epoch).Seconds())
			case "show":
				var out []string
				for _, s := range h.All() {
					out = append(out, spellStatus(h, s))
				}
				return strings.Join(out, "\n")
			default:
				d.Fatalf(t, "unknown command %s", d.Cmd)
			}
			return "ok"
		})
	})
}

// spellStatus says how a breaker stands, and what that means to a run.
func spellStatus(h *Health, s Status) string {
	out := fmt.Sprintf("%s %s", s.Subnet, s.State)
	if s.State == Open {
		out += fmt.Sprintf(" until %g", s.Until.Sub(epoch).Seconds())
	}
	if s.Failures > 0 {
		out += fmt.Sprintf(", %d failures", s.Failures)
	}
	if s.Probe != "" {
		out += ", probe " + s.Probe
	} else if _, probed := h.Stand(Key{s.Region, s.Subnet}); probed {
		out += ", its zone is tried"
	}
	if h.ZoneOpen(s.Region, s.Zone) {
		out += ", zone " + s.Zone + " open"
	}
	return out
}

// TestBookScripts runs testdata/book/*.txt. The commands: book CIDR, take N, return RANGE..., restore RANGE..., free.
func TestBookScripts(t *testing.T) {
	datadriven.Walk(t, "testdata/book", func(t *testing.T, path string) {
		var b *Book
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			var ranges []Range
			if d.Cmd == "restore" || d.Cmd == "return" {
				var err error
				if ranges, err = ParseRanges(strings.Fields(d.Input)); err != nil {
					return err.Error()
				}
			}
			switch d.Cmd {
			case "book":
				cidr, err := netip.ParsePrefix(strings.TrimSpace(d.Input))
				if err != nil {
					return err.Error()
				}
				if b, err = NewBook(cidr); err != nil {
					return err.Error()
				}
				return fmt.Sprint(b.Free(), " free")
			case "take":
				n := int64(0)
				if _, err := fmt.Sscan(d.CmdArgs[0].Key, &n); err != nil {
					t.Fatal(err)
				}
				got, err := b.Take(nil, n)
				if err != nil {
					return err.Error()
				}
				return strings.Join(Spell(got), "\n")
			case "restore":
				if err := b.Restore(ranges); err != nil {
					return err.Error()
				}
			case "return":
				if err := b.Return(ranges); err != nil {
					return err.Error()
				}
			case "free":
			default:
				d.Fatalf(t, "unknown command %s", d.Cmd)
			}
			return fmt.Sprint(b.Free(), " free")
		})
	})
}

// best is the first candidate that the run may go to; nil if there is none.
func best(ranked []Candidate) *Candidate {
	for i := range ranked {
		if ranked[i].Admissible() {
			return &ranked[i]
		}
	}
	return nil
}
