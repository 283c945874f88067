package api

import (
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"tenon/internal/driver/store"
	"tenon/internal/glue"
	"tenon/internal/wire"
)

// TestTagEvents: a change of tags is noted with who made it and the keys, never the values; one that is refused is not.
func TestTagEvents(t *testing.T) {
	db, err := store.Open(t.Context(), store.Config{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	a := New(slog.New(slog.DiscardHandler), db, nil, nil, Config{Account: "123456789012"})
	d := store.Definition{Region: "us-east-1", Kind: glue.KindJob, Name: "j", Doc: []byte("{}")}
	if err := db.Commit(t.Context(), time.Now(), func(tx *store.Tx) error { return tx.CreateDefinition(&d) }); err != nil {
		t.Fatal(err)
	}
	c := Call{Region: "us-east-1", AccessKey: "AKID"}
	arn := "arn:aws:glue:us-east-1:123456789012:job/"

	tag := &wire.TagResourceRequest{ResourceArn: ptr(arn + "j"), TagsToAdd: map[string]string{"team": "secret-value", "cost": "secret-value"}}
	if _, err := a.tagResource(t.Context(), c, tag); err != nil {
		t.Fatal(err)
	}
	untag := &wire.UntagResourceRequest{ResourceArn: ptr(arn + "j"), TagsToRemove: []string{"cost"}}
	if _, err := a.untagResource(t.Context(), c, untag); err != nil {
		t.Fatal(err)
	}
	tag.ResourceArn = ptr(arn + "none")
	if _, err := a.tagResource(t.Context(), c, tag); glue.CodeOf(err) != glue.CodeEntityNotFound {
		t.Errorf("a job that is not there: %v", err)
	}

	var got []string
	err = db.Read(t.Context(), func(r *store.Reader) error {
		events, err := r.EventsAfter(0, store.MaxEvents)
		for _, e := range events {
			got = append(got, strings.Join([]string{string(e.Kind), e.Job, e.Who, string(e.Detail)}, " "))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		`definition.tagged j AKID {"kind":"job","name":"j","keys":["cost","team"]}`,
		`definition.tagged j AKID {"kind":"job","name":"j","keys":["cost"],"removed":true}`,
	}
	if !slices.Equal(got, want) {
		t.Errorf("events are %q", got)
	}
}
