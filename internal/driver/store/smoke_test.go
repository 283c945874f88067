package store

import (
	"context"
	"testing"
	"time"

	"tenon/internal/glue"
)

func TestSmoke(t *testing.T) {
	db, err := Open(t.Context(), Config{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	ctx := context.Background()
	var run Run
	err = db.Commit(ctx, time.Now(), func(tx *Tx) error {
		run.ID, run.Region, run.Job, run.State = "jr_1", "us-east-1", "j", glue.RunWaiting
		if err := tx.InsertRun(&run); err != nil {
			return err
		}
		d := Definition{Region: "r", Kind: "job", Name: "x", Doc: []byte(`{}`)}
		if err := tx.CreateDefinition(&d); err != nil {
			return err
		}
		return tx.AppendEvent(&glue.Event{Region: "r", Kind: glue.EventRunSubmitted})
	})
	if err != nil {
		t.Fatal(err)
	}
	err = db.Read(ctx, func(r *Reader) error {
		got, err := r.GetRun("us-east-1", "jr_1")
		t.Logf("%+v", got)
		ev, err2 := r.EventsAfter(0, 10)
		t.Logf("%+v %v", ev, err2)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
