package scheduler

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/datadriven"
)

// epoch is when scripts begin; their times are seconds after it.
var epoch = time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)

// TestScripts runs testdata/script/*.txt. The commands:
//
//	limits [slots=N] [dpus=N] [flex=N] [workers=N] [memory=GiB]   new limits; those not named stay
//	submit ID [job=J] [cap=N] [dpus=N] [memory=GiB] [region=R] [at=S] [flex]
//	restore ID ...                                                a run that holds its lease already
//	release ID | remove ID | tick | disk free=GiB min=GiB
//	why ID                                                        the reason of a waiting run
//	lacks ID ...                                                  what the account lacks for a run like submit's
//
// Every command but why and lacks prints the runs it starts. now=S moves the time first.
func TestScripts(t *testing.T) {
	datadriven.Walk(t, "testdata/script", func(t *testing.T, path string) {
		lim := limits{Slots: 100, QuarterDPUs: 400, FlexQuarterDPUs: 40, Workers: 100, MemoryBytes: 100 << 30}
		s := New(lim.config())
		runs := map[string]Run{}
		now := epoch
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			if d.HasArg("now") {
				now = epoch.Add(time.Duration(number(t, d, "now", 0)) * time.Second)
			}
			var ev Event
			switch d.Cmd {
			case "limits":
				lim.Slots = number(t, d, "slots", lim.Slots)
				lim.QuarterDPUs = 4 * number(t, d, "dpus", lim.QuarterDPUs/4)
				lim.FlexQuarterDPUs = 4 * number(t, d, "flex", lim.FlexQuarterDPUs/4)
				lim.Workers = number(t, d, "workers", lim.Workers)
				lim.MemoryBytes = number(t, d, "memory", lim.MemoryBytes>>30) << 30
				l := lim.config()
				ev.Configure = &l
			case "submit", "restore":
				r := scriptRun(t, d)
				runs[r.ID] = r
				if d.Cmd == "submit" {
					ev.Submit = &r
				} else {
					ev.Restore = &Admission{Run: r, Lease: r.Lease()}
				}
			case "release":
				ev.Release = &Release{ID: d.CmdArgs[0].Key}
			case "remove":
				ev.Remove = &Remove{ID: d.CmdArgs[0].Key}
			case "tick":
				ev.Tick = true
			case "disk":
				ev.Disk = &Disk{FreeBytes: number(t, d, "free", 0) << 30, MinBytes: number(t, d, "min", 1) << 30}
			case "lacks":
				short, lacks := s.AccountLacks(scriptRun(t, d))
				if !lacks {
					return "nothing"
				}
				res := short.Pool.Resource
				return fmt.Sprintf("%s: needs %s, %s of %s free", res, res.Format(short.Need), res.Format(short.Free), res.Format(short.Limit))
			case "why":
				return s.View().Reason(runs[d.CmdArgs[0].Key], now).String()
			default:
				d.Fatalf(t, "unknown command %s", d.Cmd)
			}
			decided, err := s.Step(ev, now)
			if err != nil {
				return err.Error()
			}
			return list(decided.Admitted)
		})
	})
}

// scriptRun reads the arguments of submit.
func scriptRun(t *testing.T, d *datadriven.TestData) Run {
	r := Run{
		ID: d.CmdArgs[0].Key, Region: "us-east-1", Job: "job", Flex: d.HasArg("flex"),
		MaxJobRuns: number(t, d, "cap", 1000), QuarterDPUs: 4 * number(t, d, "dpus", 1), MemoryBytes: number(t, d, "memory", 1) << 30,
	}
	d.MaybeScanArgs(t, "job", &r.Job)
	d.MaybeScanArgs(t, "region", &r.Region)
	if d.HasArg("at") {
		r.NotBefore = epoch.Add(time.Duration(number(t, d, "at", 0)) * time.Second)
	}
	return r
}

// number reads an integer argument.
func number(t *testing.T, d *datadriven.TestData, key string, otherwise int64) int64 {
	n := int(otherwise)
	d.MaybeScanArgs(t, key, &n)
	return int64(n)
}

// list spells admissions.
func list(admitted []Admission) string {
	if len(admitted) == 0 {
		return "nothing starts"
	}
	var ids []string
	for _, a := range admitted {
		ids = append(ids, a.Run.ID)
	}
	return fmt.Sprintf("start %s", strings.Join(ids, " "))
}
