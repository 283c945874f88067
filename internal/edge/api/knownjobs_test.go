package api

import (
	"errors"
	"strings"
	"testing"
	"time"

	"tenon/internal/driver/store"
	"tenon/internal/glue"
	"tenon/internal/wire"
)

// TestKnownJob: a job that was read before is the one that the store has, whatever becomes of it: changed, tagged, deleted,
// made again, beside another of the same name elsewhere.
func TestKnownJob(t *testing.T) {
	a := open(t, nil)
	c := Call{Region: "us-east-1"}
	change := func(f func(tx *store.Tx) error) {
		t.Helper()
		if err := a.db.Commit(t.Context(), time.Now(), f); err != nil {
			t.Fatal(err)
		}
	}
	shown := func(what, role string, version int64) *glue.Job {
		t.Helper()
		var job *glue.Job
		for range 2 { // read, and kept
			var err error
			if job, err = a.job(t.Context(), c.Region, "j"); err != nil || job.Role != role || job.Version != version {
				t.Fatalf("%s: %+v, %v", what, job, err)
			}
		}
		return job
	}
	for _, region := range []string{c.Region, "eu-west-1"} {
		change(func(tx *store.Tx) error {
			return tx.CreateDefinition(&store.Definition{Region: region, Kind: glue.KindJob, Name: "j", Doc: []byte(`{"Role":"` + region + `"}`)})
		})
	}
	first := shown("created", "us-east-1", 1)
	if again, err := a.job(t.Context(), c.Region, "j"); err != nil || again != first {
		t.Errorf("it is read again: %v", err)
	}
	if other, err := a.job(t.Context(), "eu-west-1", "j"); err != nil || other.Role != "eu-west-1" {
		t.Errorf("in another region: %+v, %v", other, err)
	}
	change(func(tx *store.Tx) error {
		_, err := tx.UpdateDefinition(c.Region, glue.KindJob, "j", 0, []byte(`{"Role":"new"}`))
		return err
	})
	shown("updated", "new", 2)
	change(func(tx *store.Tx) error { return tx.PutTags(c.Region, glue.KindJob, "j", map[string]string{"k": "v"}) })
	if job := shown("tagged", "new", 2); job.Tags["k"] != "v" {
		t.Errorf("tags are %v", job.Tags)
	}
	change(func(tx *store.Tx) error { return tx.DeleteDefinition(c.Region, glue.KindJob, "j", 0) })
	if _, err := a.job(t.Context(), c.Region, "j"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("deleted: %v", err)
	}
	_, err := a.getJobRun(t.Context(), c, &wire.GetJobRunRequest{JobName: ptr("j"), RunId: ptr("jr_1")})
	if glue.CodeOf(err) != glue.CodeEntityNotFound || !strings.Contains(err.Error(), "Job with name: j not found.") {
		t.Errorf("a run of a job that is gone: %v", err)
	}
	change(func(tx *store.Tx) error {
		return tx.CreateDefinition(&store.Definition{Region: c.Region, Kind: glue.KindJob, Name: "j", Doc: []byte(`{"Role":"third"}`)})
	})
	if job := shown("made again", "third", 1); job.Incarnation <= first.Incarnation {
		t.Errorf("incarnation %d, before %d", job.Incarnation, first.Incarnation)
	}
}

// TestKnownJobsBound: what is kept has a bound, and what was read as of an older number, or of none, is not kept.
func TestKnownJobsBound(t *testing.T) {
	var k knownJobs
	of := func(name string) jobName { return jobName{"r", name} }
	job := func(bytes int) *glue.Job { return &glue.Job{Doc: make([]byte, bytes)} }
	k.put(0, of("a"), job(1))
	k.put(2, of("b"), job(maxKnownBytes-1))
	k.put(1, of("c"), job(1))
	k.put(2, of("d"), job(1))
	for name, want := range map[string]bool{"a": false, "b": true, "c": false, "d": true} {
		if got := k.get(2, of(name)) != nil; got != want {
			t.Errorf("%s is kept: %v", name, got)
		}
	}
	for _, asOf := range []int64{0, 1, 3} {
		if k.get(asOf, of("b")) != nil {
			t.Errorf("b is known as of %d", asOf)
		}
	}
	k.put(2, of("e"), job(1))
	if k.get(2, of("b")) != nil || k.get(2, of("e")) == nil {
		t.Error("past the bound, what was there goes and what comes is kept")
	}
}
