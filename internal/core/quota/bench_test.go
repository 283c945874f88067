package quota

import (
	"fmt"
	"testing"
)

// BenchmarkLedger measures taking a lease of six resources and giving it back, among a thousand others.
func BenchmarkLedger(b *testing.B) {
	l := NewLedger(Vector{Slots: 10_000, DPUs: 1 << 30, Addresses: 1 << 20, Workers: 10_000, MemoryBytes: 1 << 50})
	lease := func(i int) *Lease {
		return &Lease{ID: fmt.Sprintf("jr_%08d", i), Region: "us-east-1", Job: fmt.Sprint("job-", i%50), Subnet: fmt.Sprint("subnet-", i%6), Queue: "default",
			Need: Vector{JobRuns: 1, Slots: 1, DPUs: 40, Addresses: 10, Workers: 1, MemoryBytes: 1 << 30}}
	}
	for i := range 1000 {
		next := lease(i)
		l.SetJob(next.Job, 1000)
		if err := l.Acquire(&Holding{Need: next.Need}, l.MetersOf(next)); err != nil {
			b.Fatal(err)
		}
	}
	next := lease(1001)
	h := &Holding{Need: next.Need}
	b.ReportAllocs()
	for b.Loop() {
		if err := l.Acquire(h, l.MetersOf(next)); err != nil {
			b.Fatal(err)
		}
		l.Release(h)
	}
}

// BenchmarkTree measures asking for, taking and giving back in a queue three deep, with three resources.
func BenchmarkTree(b *testing.B) {
	var nodes []Node
	share := &Share{Nominal: 100, Borrow: 100, Lend: 50}
	for i := range 20 {
		nodes = append(nodes, Node{Name: fmt.Sprint("team-", i), Slots: share, DPUs: share},
			Node{Name: fmt.Sprint("team-", i, "-batch"), Parent: fmt.Sprint("team-", i), DPUs: share},
			Node{Name: fmt.Sprint("team-", i, "-night"), Parent: fmt.Sprint("team-", i, "-batch")})
	}
	t, err := NewTree(nodes, Vector{Slots: 10_000, DPUs: 10_000, FlexDPUs: 10_000})
	if err != nil {
		b.Fatal(err)
	}
	need := Vector{Slots: 1, DPUs: 10}
	b.ReportAllocs()
	for b.Loop() {
		if _, refused := t.Refusing("team-7-night", DPUs, 10); refused {
			b.Fatal("refused")
		}
		t.Add("team-7-night", need)
		t.Sub("team-7-night", need)
	}
}
