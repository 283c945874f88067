package rules

import "testing"

// TestPoolIsFair: deliveries of one target that hang leave places to the others, and are served in the end.
func TestPoolIsFair(t *testing.T) {
	p := newPool(4)
	release := make(chan struct{})
	hung := &delivery{rule: "hung"}
	for range 20 {
		p.run(t.Context(), hung.of(), func() result { <-release; return result{delivery: hung} })
	}
	well := &delivery{rule: "well"}
	for range 5 {
		p.run(t.Context(), well.of(), func() result { return result{delivery: well} })
	}
	for range 5 {
		if r := <-p.results; r.delivery != well {
			t.Fatalf("a delivery of %s came", r.rule)
		}
	}
	close(release)
	for range 20 {
		if r := <-p.results; r.delivery != hung {
			t.Fatalf("a delivery of %s came", r.rule)
		}
	}
	p.wait()
	if len(p.slots)+len(p.own[hung.of()]) != 0 {
		t.Error("a place is not given back")
	}
}
