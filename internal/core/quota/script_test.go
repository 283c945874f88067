package quota

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/datadriven"
)

// epoch is when scripts begin; their times are minutes after it.
var epoch = time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)

// minutes reads a time of a script: minutes after epoch.
func minutes(t *testing.T, d *datadriven.TestData, key string) time.Time {
	n := 0
	d.ScanArgs(t, key, &n)
	return epoch.Add(time.Duration(n) * time.Minute)
}

// TestScripts runs testdata/script/*.txt. The commands:
//
//	limits [slots=N] [dpus=N] [flex=N] [workers=N] [memory=N]   of every pool
//	slots region=R max=N                                        of one region
//	job NAME max=N                                              MaxConcurrentRuns
//	subnet NAME usable=N
//	acquire ID [region=R] [job=J] [attempt=N] [dpus=N] [addresses=N subnet=S] ...   dpus in quarters
//	restore ID ... [visible=M] [until=M]
//	started ID at=M                     its addresses show to observers from then on
//	release ID | drain ID until=M | expire at=M | next
//	observe subnet=S free=N at=M        somebody outside counted
//	free [region=R] [job=J]             what is left
//	addresses subnet=S                  how its addresses stand
//
// Times are minutes.
func TestScripts(t *testing.T) {
	datadriven.Walk(t, "testdata/script", func(t *testing.T, path string) {
		l := NewLedger(Vector{})
		held, leases := map[string]*Holding{}, map[string]Lease{}
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			lease := scriptLease(t, d)
			number := func(key string) (n int64) { d.ScanArgs(t, key, &n); return n }
			switch d.Cmd {
			case "limits":
				l.SetLimits(lease.Need)
			case "slots":
				l.SetLimit(lease.Pool(Slots), number("max"))
			case "job":
				l.SetJob(d.CmdArgs[0].Key, number("max"))
			case "subnet":
				lease.Subnet = lease.ID
				l.SetLimit(lease.Pool(Addresses), number("usable"))
			case "acquire":
				h := &Holding{Need: lease.Need}
				if out := acquire(l, h, &lease); out != "ok" {
					return out
				}
				held[lease.ID], leases[lease.ID] = h, lease
			case "restore":
				if !lease.Until.IsZero() {
					if err := l.Drain(&lease); err != nil {
						return err.Error()
					}
					break
				}
				h := &Holding{}
				if err := l.Restore(h, &lease); err != nil {
					return err.Error()
				}
				held[lease.ID], leases[lease.ID] = h, lease
			case "started":
				l.Started(held[lease.ID], minutes(t, d, "at"))
			case "release":
				l.Release(held[lease.ID])
			case "drain":
				drain, h := leases[lease.ID], held[lease.ID]
				l.Release(h)
				if drain.Need[Addresses] == 0 {
					return "0 addresses drain"
				}
				drain.Visible, drain.Until = h.Visible, lease.Until
				if err := l.Drain(&drain); err != nil {
					return err.Error()
				}
				return fmt.Sprintf("%d addresses drain", drain.Need[Addresses])
			case "expire":
				return spellLeases(l.ExpireDrains(minutes(t, d, "at")))
			case "next":
				return fmt.Sprintf("%g", l.NextDrain().Sub(epoch).Minutes())
			case "observe":
				if !l.Observe(lease.Pool(Addresses), number("free"), minutes(t, d, "at")) {
					return "too old"
				}
			case "free":
				return spellFree(l, &lease)
			case "addresses":
				m := l.Meter(lease.Pool(Addresses))
				return fmt.Sprintf("%d of %d free; %d used: %d reserved, %d draining", m.Free(), m.Limit(), m.Used(), m.Reserved(), m.Draining())
			default:
				d.Fatalf(t, "unknown command %s", d.Cmd)
			}
			if err := l.Audit(); err != nil {
				t.Fatal(err)
			}
			return "ok"
		})
	})
}

// scriptLease reads the lease that a command is about.
func scriptLease(t *testing.T, d *datadriven.TestData) Lease {
	lease := Lease{Region: "us-east-1", Job: "j", Need: Vector{JobRuns: 1, Slots: 1, Workers: 1}}
	if len(d.CmdArgs) > 0 && len(d.CmdArgs[0].Vals) == 0 {
		lease.ID = d.CmdArgs[0].Key
	}
	d.MaybeScanArgs(t, "region", &lease.Region)
	d.MaybeScanArgs(t, "job", &lease.Job)
	d.MaybeScanArgs(t, "subnet", &lease.Subnet)
	d.MaybeScanArgs(t, "attempt", &lease.Attempt)
	for r, key := range map[Resource]string{Slots: "slots", DPUs: "dpus", FlexDPUs: "flex", Workers: "workers", MemoryBytes: "memory", Addresses: "addresses"} {
		d.MaybeScanArgs(t, key, &lease.Need[r])
	}
	if d.HasArg("visible") {
		lease.Visible = minutes(t, d, "visible")
	}
	if d.HasArg("until") {
		lease.Until = minutes(t, d, "until")
	}
	return lease
}

// acquire takes a lease, or says why not.
func acquire(l *Ledger, h *Holding, lease *Lease) string {
	if short, never := l.Never(lease); never {
		return spell("never", short)
	}
	for _, r := range Resources() {
		if short, refused := l.refusing(lease, r); refused {
			return spell("no", short)
		}
	}
	if err := l.Acquire(h, l.MetersOf(lease)); err != nil {
		return err.Error()
	}
	return "ok"
}

// spell says a shortage.
func spell(word string, s Shortage) string {
	r := s.Pool.Resource
	return fmt.Sprintf("%s: %s: needs %s, %s of %s free", word, r, r.Format(s.Need), r.Format(s.Free), r.Format(s.Limit))
}

// spellFree says what is left of every pool of a lease.
func spellFree(l *Ledger, lease *Lease) string {
	var out []string
	for _, r := range Resources() {
		if p := lease.Pool(r); r != Addresses || lease.Subnet != "" {
			out = append(out, fmt.Sprintf("%s: %s of %s", r, r.Format(l.Free(p)), r.Format(l.Limit(p))))
		}
	}
	return strings.Join(out, "\n")
}

// spellLeases lists leases.
func spellLeases(leases []Lease) string {
	if len(leases) == 0 {
		return "none"
	}
	var out []string
	for _, l := range leases {
		out = append(out, fmt.Sprintf("%s, attempt %d: %d addresses of %s", l.ID, l.Attempt, l.Need[Addresses], l.Subnet))
	}
	return strings.Join(out, "\n")
}
