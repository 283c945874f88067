package api

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tenon/internal/core/audit"
	"tenon/internal/driver/store"
	"tenon/internal/glue"
	"tenon/internal/wire"
)

// recorded is an API whose store holds n events a second apart: every tenth is of job a and run jr_a, and every
// thousandth of that run alone; the run was submitted with the first after the middle.
func recorded(t *testing.T, n int) *API {
	t.Helper()
	a := open(t, nil)
	at := time.Date(2026, 11, 26, 9, 0, 0, 0, time.UTC)
	for base := 0; base < n; base += 1000 {
		err := a.db.Commit(t.Context(), at, func(tx *store.Tx) error {
			for i := base; i < min(base+1000, n); i++ {
				e := glue.Event{At: at.Add(time.Duration(i) * time.Second), Region: "us-east-1", Kind: glue.EventRunStarted, Job: "b",
					Run: fmt.Sprint("jr_", i), Detail: json.RawMessage(`{"text":"<&>"}`)}
				if i%10 == 0 {
					e.Job = "a"
				}
				if i > n/2 && i%1000 == 999 {
					e.Run = "jr_a"
				}
				if err := tx.AppendEvent(&e); err != nil {
					return err
				}
			}
			if base > 0 {
				return nil
			}
			return tx.InsertRun(&store.Run{JobRun: glue.JobRun{ID: "jr_a", Region: "us-east-1", Job: "b", State: glue.RunRunning,
				Submitted: at.Add(time.Duration(n/2) * time.Second)}})
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return a
}

// list gathers all that in asks for, and how many calls that took.
func list(t *testing.T, a *API, in AuditInput) (seqs []int64, calls int) {
	t.Helper()
	for more := true; more; calls++ {
		out, err := a.listAudit(t.Context(), Call{Region: "us-east-1"}, &in)
		if err != nil {
			t.Fatal(err)
		}
		if len(out.Records) > max(in.Limit, glue.DefaultPageSize) || out.More && (in.Before == 0 && out.Last <= in.After || in.Before > 0 && out.Last >= in.Before) {
			t.Fatalf("%+v: %d records up to %d", in, len(out.Records), out.Last)
		}
		for _, r := range out.Records {
			seqs = append(seqs, r.Seq)
		}
		if more = out.More; in.Before > 0 {
			in.Before = out.Last
		} else {
			in.After = out.Last
		}
	}
	return seqs, calls
}

func TestListAudit(t *testing.T) {
	if testing.Short() {
		t.Skip("tens of thousands of events take minutes under the race detector, and nothing here is concurrent")
	}
	const n = 2 * auditScan
	a := recorded(t, n)
	all, calls := list(t, a, AuditInput{Limit: glue.MaxPageSize})
	if len(all) != n || calls != n/glue.MaxPageSize {
		t.Errorf("all: %d records in %d calls", len(all), calls)
	}
	for i, seq := range all {
		if seq != int64(i+1) {
			t.Fatalf("record %d has number %d", i, seq)
		}
	}
	ofJob, _ := list(t, a, AuditInput{JobName: "a", Limit: 999})
	if len(ofJob) != n/10 || ofJob[0] != 1 || ofJob[1] != 11 {
		t.Errorf("of a job: %d records from %v", len(ofJob), ofJob[:2])
	}
	ofRun, calls := list(t, a, AuditInput{RunID: "jr_a"})
	if len(ofRun) != n/2/1000 || calls != 2 { // a scan of all takes three
		t.Errorf("of a run: %v in %d calls", ofRun, calls)
	}
	if none, calls := list(t, a, AuditInput{JobName: "c"}); len(none) != 0 || calls != 3 {
		t.Errorf("of no job: %v in %d calls", none, calls)
	}
	late, _ := list(t, a, AuditInput{Since: time.Date(2026, 11, 26, 9, 0, n-3, 0, time.UTC)})
	if diff := cmp.Diff([]int64{n - 2, n - 1, n}, late); diff != "" {
		t.Errorf("since: %s", diff)
	}
	for _, in := range []AuditInput{{After: n - 30, Limit: 7}, {After: n - 2000, JobName: "a"}, {RunID: "jr_a"}, {Since: time.Date(2026, 11, 26, 9, 0, n-3, 0, time.UTC)}} {
		forth, _ := list(t, a, in)
		in.Before = math.MaxInt64
		back, _ := list(t, a, in)
		slices.Reverse(back)
		if diff := cmp.Diff(forth, back); diff != "" || len(forth) == 0 {
			t.Errorf("%+v: backwards %s", in, diff)
		}
	}
	for _, bad := range []AuditInput{{After: -1}, {Before: -1}, {Limit: -1}, {Limit: glue.MaxPageSize + 1}} {
		if _, err := a.listAudit(t.Context(), Call{}, &bad); glue.CodeOf(err) != glue.CodeInvalidInput {
			t.Errorf("%+v: %v", bad, err)
		}
	}
}

// TestVerifyAudit checks in steps, and on the way of the records over the wire: what a client reads is what was hashed.
func TestVerifyAudit(t *testing.T) {
	if testing.Short() {
		t.Skip("tens of thousands of events take minutes under the race detector, and nothing here is concurrent")
	}
	const n = verifyStep + 10
	a := recorded(t, n)
	var in VerifyInput
	var records int64
	var last *AuditProof
	for calls := 0; last == nil || last.More; calls++ {
		p, err := a.verifyAudit(t.Context(), Call{}, &in)
		if err != nil || !p.OK || calls > 1 {
			t.Fatalf("call %d: %+v, %v", calls, p, err)
		}
		records += p.Records
		in.After, in.Hash, last = p.Last, p.Head, p
	}
	if records != n || last.Last != n {
		t.Errorf("%d records up to %d", records, last.Last)
	}
	for _, bad := range []VerifyInput{{After: -1}, {After: 5}, {After: 5, Hash: "x"}, {Limit: verifyStep + 1}} {
		if _, err := a.verifyAudit(t.Context(), Call{}, &bad); glue.CodeOf(err) != glue.CodeInvalidInput {
			t.Errorf("%+v: %v", bad, err)
		}
	}
	p, err := a.verifyAudit(t.Context(), Call{}, &VerifyInput{After: 5, Hash: last.Head})
	if err != nil || p.OK || p.Broken != 5 {
		t.Errorf("from another hash: %+v, %v", p, err)
	}

	out, err := a.listAudit(t.Context(), Call{Region: "us-east-1"}, &AuditInput{Limit: 100})
	if err != nil {
		t.Fatal(err)
	}
	body, err := wire.Encode(out)
	if err != nil {
		t.Fatal(err)
	}
	var read AuditList
	if err := json.Unmarshal(body, &read); err != nil {
		t.Fatal(err)
	}
	var chainer audit.Chainer
	var link audit.Link
	for _, r := range read.Records {
		hash, err := audit.ParseHash(r.Hash)
		if err != nil {
			t.Fatal(err)
		}
		e := glue.Event{Seq: r.Seq, At: r.At, Region: r.Region, Kind: glue.EventKind(r.Event), Job: r.JobName, Run: r.RunID,
			Attempt: r.Attempt, Who: r.Who, Detail: r.Detail}
		var broken *audit.Break
		if link, broken = chainer.Check(link, &e, hash); broken != nil {
			t.Fatal(broken.Problem)
		}
	}
}
