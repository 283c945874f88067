package quota

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"
	"pgregory.net/rapid"
)

// TestScripts runs testdata/script/*.txt. The commands:
//
//	limits [slots=N] [dpus=N] [flex=N] [workers=N] [memory=N]   of every pool
//	job NAME max=N                                              MaxConcurrentRuns
//	acquire ID | restore ID [region=R] [job=J] [dpus=N] ...     dpus in quarters
//	release ID
//	free [region=R] [job=J]                                     what is left
func TestScripts(t *testing.T) {
	datadriven.Walk(t, "testdata/script", func(t *testing.T, path string) {
		l := NewLedger(Vector{})
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			lease := Lease{Region: "us-east-1", Job: "j"}
			d.MaybeScanArgs(t, "region", &lease.Region)
			d.MaybeScanArgs(t, "job", &lease.Job)
			if len(d.CmdArgs) > 0 && len(d.CmdArgs[0].Vals) == 0 {
				lease.ID = d.CmdArgs[0].Key
			}
			amounts := Vector{JobRuns: 1, Slots: 1, Workers: 1}
			for r, key := range map[Resource]string{Slots: "slots", DPUs: "dpus", FlexDPUs: "flex", Workers: "workers", MemoryBytes: "memory"} {
				n := int(amounts[r])
				d.MaybeScanArgs(t, key, &n)
				amounts[r] = int64(n)
			}
			lease.Need = amounts
			switch d.Cmd {
			case "limits":
				l.SetLimits(amounts)
			case "job":
				n := 0
				d.ScanArgs(t, "max", &n)
				l.SetJob(d.CmdArgs[0].Key, int64(n))
			case "acquire":
				if short, never := l.Never(&lease); never {
					return spell("never", short)
				}
				for _, r := range Resources() {
					if short, refused := l.Refusing(&lease, r); refused {
						return spell("no", short)
					}
				}
				if err := l.Acquire(lease); err != nil {
					return err.Error()
				}
			case "restore":
				if err := l.Restore(lease); err != nil {
					return err.Error()
				}
			case "release":
				if _, held := l.Release(lease.ID); !held {
					return "held nothing"
				}
			case "free":
				var out []string
				for _, r := range Resources() {
					p := lease.Pool(r)
					if r == Addresses && lease.Subnet == "" {
						continue
					}
					out = append(out, fmt.Sprintf("%s: %s of %s", r, r.Format(l.Free(p)), r.Format(l.Limit(p))))
				}
				return strings.Join(out, "\n")
			default:
				d.Fatalf(t, "unknown command %s", d.Cmd)
			}
			return "ok"
		})
	})
}

// spell says a shortage.
func spell(word string, s Shortage) string {
	r := s.Pool.Resource
	return fmt.Sprintf("%s: %s: needs %s, %s of %s free", word, r, r.Format(s.Need), r.Format(s.Free), r.Format(s.Limit))
}

// TestLedger: over any sequence of operations usage is the sum of the leases, Acquire never takes a pool over its limit,
// and what was acquired can be given back, once.
func TestLedger(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		amount := rapid.Int64Range(0, 6)
		vector := rapid.Custom(func(t *rapid.T) (v Vector) {
			for r := range v {
				v[r] = amount.Draw(t, "amount")
			}
			return v
		})
		id := rapid.Custom(func(t *rapid.T) string { return fmt.Sprint("r", rapid.IntRange(0, 9).Draw(t, "id")) })
		job := rapid.SampledFrom([]string{"a", "b"})
		limits := vector.Draw(t, "limits")
		l := NewLedger(limits)
		held := map[string]bool{}
		for range rapid.IntRange(1, 200).Draw(t, "operations") {
			lease := Lease{ID: id.Draw(t, "run"), Region: job.Draw(t, "region"), Job: job.Draw(t, "job"), Need: vector.Draw(t, "need")}
			switch rapid.IntRange(0, 4).Draw(t, "operation") {
			case 0, 1:
				fits := l.Fits(&lease)
				if err := l.Acquire(lease); (err == nil) != (fits && !held[lease.ID]) {
					t.Fatalf("fits %v, held %v, acquire says %v", fits, held[lease.ID], err)
				} else if err == nil {
					held[lease.ID] = true
					for _, r := range Resources() {
						if p := lease.Pool(r); lease.Need[r] > 0 && l.Used(p) > l.Limit(p) {
							t.Fatalf("%s of %q: %d used of %d", r, p.Scope, l.Used(p), l.Limit(p))
						}
					}
				}
			case 2:
				if _, ok := l.Release(lease.ID); ok != held[lease.ID] {
					t.Fatalf("release of %s: %v, was held: %v", lease.ID, ok, held[lease.ID])
				}
				delete(held, lease.ID)
			case 3:
				l.SetJob(lease.Job, amount.Draw(t, "max"))
			case 4:
				l.SetLimits(vector.Draw(t, "limits"))
			}
			if err := l.Audit(); err != nil {
				t.Fatal(err)
			}
			if l.Len() != len(held) {
				t.Fatalf("%d leases, want %d", l.Len(), len(held))
			}
		}
	})
}

func TestVectorJSON(t *testing.T) {
	v := Vector{JobRuns: 1, DPUs: 8, MemoryBytes: 1 << 40}
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	if want := `{"dpus_quarters":8,"job_runs":1,"memory_bytes":1099511627776}`; string(b) != want {
		t.Errorf("vector is %s, want %s", b, want)
	}
	var back Vector
	if err := json.Unmarshal(b, &back); err != nil || back != v {
		t.Errorf("read back: %v, %v", back, err)
	}
	if err := json.Unmarshal([]byte(`{"gpus":1}`), &back); err == nil {
		t.Error("an unknown resource was lost in silence")
	}
}
