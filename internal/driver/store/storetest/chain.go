package storetest

import (
	"encoding/json"
	"testing"
	"time"

	"tenon/internal/core/audit"
	"tenon/internal/driver/store"
	"tenon/internal/glue"
)

// intact fails the test unless every stored event is chained to the one before, up to the last. Each test ends with it.
func (s *state) intact() (head audit.Link) {
	s.t.Helper()
	s.read(func(r *store.Reader) error {
		last, err := r.LastEvent()
		if err != nil {
			return err
		}
		v, err := r.VerifyEvents(audit.Link{}, store.MaxVerify)
		if v.Broken != nil || v.More || last > 0 && v.Head.Seq != last || v.Head != s.db.Tip() {
			s.t.Errorf("the chain up to event %d does not hold: %+v, broken %+v", last, v, v.Broken)
		}
		head = v.Head
		return err
	})
	return head
}

// append commits n events a second apart, from a time on.
func (s *state) append(n int, from time.Time) {
	s.t.Helper()
	s.commit(func(tx *store.Tx) error {
		for i := range n {
			e := event(i)
			e.At = from.Add(time.Duration(i) * time.Second)
			if err := tx.AppendEvent(e); err != nil {
				return err
			}
		}
		return nil
	})
}

// testChain hands out the hashes that anybody can compute, and verifies them in steps.
func testChain(t *testing.T, s *state) {
	odd := &glue.Event{Region: region, Kind: glue.EventRunEnded, Job: "Zürich", Run: "jr_1", Attempt: 2, Who: "AKIA",
		Detail: json.RawMessage("{ \"error\": \"<a> & b\",\n\t\"n\": 1.50 }")}
	s.commit(func(tx *store.Tx) error { return tx.AppendEvent(odd) })
	s.append(9, epoch)
	var rows []store.ChainedEvent
	s.read(func(r *store.Reader) (err error) {
		rows, err = r.ChainAfter(0, store.MaxEvents)
		return err
	})
	events := s.events()
	var c audit.Chainer
	var link audit.Link
	for i := range rows {
		again, err := json.Marshal(rows[i].Event) // what is handed on as JSON is what was hashed
		var e glue.Event
		if err == nil {
			err = json.Unmarshal(again, &e)
		}
		if err != nil {
			t.Fatal(err)
		}
		link = c.Next(link.Hash, &e)
		if link.Hash != rows[i].Hash || link.Seq != int64(i+1) {
			t.Fatalf("event %d has the hash %s, computed %s", rows[i].Seq, rows[i].Hash, link.Hash)
		}
		same(t, "event", rows[i].Event, events[i])
	}
	if head := s.intact(); head != link || len(rows) != 10 {
		t.Errorf("%d events up to %v, computed %v", len(rows), head, link)
	}
	var steps []int64
	for at, more := (audit.Link{}), true; more; {
		s.read(func(r *store.Reader) error {
			v, err := r.VerifyEvents(at, 4)
			if at, more = v.Head, v.More; v.Broken != nil || v.First != at.Seq-v.Records+1 {
				t.Errorf("in steps: %+v", v)
			}
			steps = append(steps, v.Records)
			return err
		})
	}
	same(t, "steps", steps, []int64{4, 4, 2})
	s.read(func(r *store.Reader) error { // from the end there is nothing to do, from what never was there is no way
		v, err := r.VerifyEvents(link, 4)
		if v.Records != 0 || v.Head != link || v.More || v.Broken != nil {
			t.Errorf("from the end: %+v", v)
		}
		for _, never := range []audit.Link{{Seq: 4, Hash: rows[4].Hash}, {Seq: 11, Hash: link.Hash}} {
			v, err2 := r.VerifyEvents(never, 4)
			if err2 != nil || v.Broken == nil || v.Broken.Seq != never.Seq {
				t.Errorf("from %v: %+v, %v", never, v, err2)
			}
		}
		return err
	})
	s.refuseRead(func(r *store.Reader) error { _, err := r.VerifyEvents(link, store.MaxVerify+1); return err })
	s.refuseRead(func(r *store.Reader) error { _, err := r.ChainAfter(0, 0); return err })
}

// testChainPruned keeps the chain over what retention deletes, to the last event and beyond.
func testChainPruned(t *testing.T, s *state) {
	s.append(10, epoch)
	head := s.intact()
	var early audit.Link
	s.read(func(r *store.Reader) error {
		v, err := r.VerifyEvents(audit.Link{}, 2)
		early = v.Head
		return err
	})
	prune := func(n int) {
		s.commit(func(tx *store.Tx) error {
			deleted, err := tx.PruneEvents(epoch.Add(time.Hour), n)
			if deleted != n {
				t.Errorf("deleted %d, want %d", deleted, n)
			}
			return err
		})
	}
	prune(6)
	s.reopen()
	if got := s.intact(); got != head {
		t.Errorf("pruning moved the head from %v to %v", head, got)
	}
	s.read(func(r *store.Reader) error { // whoever was at work goes on behind what was deleted
		v, err := r.VerifyEvents(early, 100)
		if v.Broken != nil || v.Pruned != 6 || v.First != 7 || v.Records != 4 {
			t.Errorf("from a deleted event: %+v", v)
		}
		return err
	})
	prune(4)
	if got := s.intact(); got != head {
		t.Errorf("with no event left the head is %v, want %v", got, head)
	}
	s.reopen()
	s.append(1, epoch)
	if got := s.intact(); got.Seq != 11 {
		t.Errorf("the next event is %v", got)
	}
}
