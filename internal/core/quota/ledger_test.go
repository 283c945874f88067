package quota

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// books is a ledger's definition, written down without anything kept: leases and observations.
type books struct {
	limits   map[Pool]int64
	active   map[string]*activeLease
	draining []Lease
	seen     map[Pool]int64
	at       map[Pool]time.Time
}

// activeLease is a lease, and what the ledger counts of it.
type activeLease struct {
	Lease
	held Holding
}

// pool is what the leases say of a pool.
func (b *books) pool(p Pool) (used, reserved, draining, hidden int64) {
	look := func(l Lease, drain bool) {
		n := l.Need[p.Resource]
		if n == 0 || l.Pool(p.Resource) != p {
			return
		}
		used += n
		if drain {
			draining += n
		} else if l.Visible.IsZero() {
			reserved += n
		}
		if at, observed := b.at[p]; observed && (l.Visible.IsZero() || l.Visible.After(at)) {
			hidden += n
		}
	}
	for _, h := range b.active {
		lease := h.Lease
		lease.Visible = h.held.Visible
		look(lease, false)
	}
	for _, l := range b.draining {
		look(l, true)
	}
	return used, reserved, draining, hidden
}

// free is what is left of a pool, by SCHEDULING's formula.
func (b *books) free(p Pool) int64 {
	used, _, _, hidden := b.pool(p)
	free := Unlimited - used
	if limit := b.limits[p]; limit != NoLimit {
		free = limit - used
	}
	if seen, observed := b.seen[p]; observed {
		free = min(free, seen-hidden)
	}
	return max(0, free)
}

// TestLedger compares a ledger with its definition over any sequence of operations: every count, what fits, and that what
// Acquire takes never exceeds a limit.
func TestLedger(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		seed := rapid.Uint64().Draw(t, "seed")
		l := NewLedger(Vector{})
		b := &books{limits: map[Pool]int64{}, active: map[string]*activeLease{}, seen: map[Pool]int64{}, at: map[Pool]time.Time{}}
		now := epoch
		for range opsPerCheck() {
			now = now.Add(time.Duration(pick(&seed, 3)) * time.Second)
			lease := drawLease(&seed)
			b.learn(l, &lease)
			switch pick(&seed, 12) {
			case 0, 1, 2, 3:
				checkAcquire(t, l, b, lease)
			case 4:
				if h := b.active[lease.ID]; h != nil {
					l.Release(&h.held)
					delete(b.active, lease.ID)
				}
			case 5, 6:
				b.drain(t, l, lease.ID, now.Add(time.Duration(pick(&seed, 40))*time.Second))
			case 7:
				if h := b.active[lease.ID]; h != nil {
					since := h.held.Visible
					if l.Started(&h.held, now); since.IsZero() && h.held.Visible != now || !since.IsZero() && h.held.Visible != since {
						t.Fatalf("%+v: started at %v", h, now)
					}
				}
			case 8:
				p, at := lease.Pool(Addresses), now.Add(-time.Duration(pick(&seed, 60))*time.Second)
				if free := pick(&seed, 15); l.Observe(p, free, at) {
					b.seen[p], b.at[p] = free, at
				}
			case 9:
				checkRestore(t, l, b, lease, now)
			case 10:
				limit := pick(&seed, 20) - 1
				r := Resource(pick(&seed, int64(resources)))
				l.SetLimit(lease.Pool(r), limit)
				b.limits[lease.Pool(r)] = limit
			case 11:
				b.expire(t, l, now)
			}
			checkLedger(t, l, b)
		}
	})
}

// drawLease draws what one of a few runs may want.
func drawLease(seed *uint64) Lease {
	letters := []string{"a", "b"}
	lease := Lease{ID: fmt.Sprint("r", pick(seed, 9)), Attempt: int(pick(seed, 3)), Region: letters[pick(seed, 2)],
		Job: letters[pick(seed, 2)], Subnet: letters[pick(seed, 2)]}
	for r := range lease.Need {
		lease.Need[r] = pick(seed, 5)
	}
	return lease
}

// learn gives every pool of a lease that is new a limit.
func (b *books) learn(l *Ledger, lease *Lease) {
	for _, r := range Resources() {
		p := lease.Pool(r)
		if _, known := b.limits[p]; !known {
			b.limits[p] = 12
			l.SetLimit(p, 12)
		}
	}
}

// checkAcquire: a lease is taken if it fits, and then no limit is exceeded.
func checkAcquire(t *rapid.T, l *Ledger, b *books, lease Lease) {
	fits := true
	for _, r := range Resources() {
		short, refused := l.refusing(&lease, r)
		if want := lease.Need[r] > 0 && lease.Need[r] > b.free(lease.Pool(r)); refused != want {
			t.Fatalf("%+v of %+v: refused %v, want %v", lease, r, refused, want)
		} else if refused && (short.Free != b.free(short.Pool) || short.Limit != b.limits[short.Pool] || short.Need != lease.Need[r]) {
			t.Fatalf("%+v is not so", short)
		}
		fits = fits && !refused
	}
	if b.active[lease.ID] != nil || l.Drains(lease.ID, lease.Attempt) {
		return // a run has one, and so has an attempt
	}
	h := &activeLease{lease, Holding{Need: lease.Need}}
	if err := l.Acquire(&h.held, l.MetersOf(&lease)); (err == nil) != fits {
		t.Fatalf("fits %v, acquire says %v", fits, err)
	} else if err != nil {
		return
	}
	b.active[lease.ID] = h
	for _, r := range Resources() {
		p := lease.Pool(r)
		if used, _, _, _ := b.pool(p); lease.Need[r] > 0 && b.limits[p] != NoLimit && used > b.limits[p] {
			t.Fatalf("%s of %q: %d used of %d", r, p.Scope, used, b.limits[p])
		}
	}
}

// drain releases a run of which the addresses stay.
func (b *books) drain(t *rapid.T, l *Ledger, id string, until time.Time) {
	h := b.active[id]
	if h == nil {
		return
	}
	delete(b.active, id)
	l.Release(&h.held)
	drain := h.Lease
	drain.Visible, drain.Until = h.held.Visible, until
	if err := l.Drain(&drain); err != nil {
		t.Fatal(err)
	}
	if drain.Need != (Vector{Addresses: h.Need[Addresses]}) {
		t.Fatalf("%+v drains, the need was %v", drain, h.Need)
	}
	b.draining = append(b.draining, drain)
}

// held reports whether a lease would be a second one of an attempt that drains.
func (b *books) held(lease *Lease) bool {
	return slices.ContainsFunc(b.draining, func(d Lease) bool { return d.key() == lease.key() })
}

// expire ends drains.
func (b *books) expire(t *rapid.T, l *Ledger, now time.Time) {
	wake := l.NextDrain()
	ended := l.ExpireDrains(now)
	if due := !wake.IsZero() && !wake.After(now); due != (len(ended) > 0) {
		t.Fatalf("next drain at %v, now %v: %d ended", wake, now, len(ended))
	}
	b.draining = slices.DeleteFunc(b.draining, func(d Lease) bool { return !d.Until.After(now) })
	if len(l.Draining()) != len(b.draining) {
		t.Fatalf("%d drain, want %d", len(l.Draining()), len(b.draining))
	}
}

// checkRestore puts a lease back, whatever fits.
func checkRestore(t *rapid.T, l *Ledger, b *books, lease Lease, now time.Time) {
	if lease.Attempt == 1 {
		lease.Until = now.Add(time.Minute)
	}
	if lease.Attempt == 2 {
		lease.Visible = now
	}
	if a := b.active[lease.ID]; a != nil && (lease.Until.IsZero() || a.Attempt == lease.Attempt) {
		return // a run has one, and so has an attempt
	}
	held, h := b.held(&lease), &activeLease{Lease: lease}
	if held != l.Drains(lease.ID, lease.Attempt) {
		t.Fatalf("%s drains: %v, want %v", lease.ID, !held, held)
	}
	restore := func() error { return l.Restore(&h.held, &lease) }
	if !lease.Until.IsZero() {
		restore = func() error { return l.Drain(&lease) }
	}
	if err := restore(); (err == nil) == held {
		t.Fatalf("restore of %+v, held %v: %v", lease, held, err)
	} else if err != nil {
		return
	}
	if lease.Until.IsZero() {
		b.active[lease.ID] = h
		return
	}
	b.draining = append(b.draining, lease)
}

// checkLedger compares every count.
func checkLedger(t *rapid.T, l *Ledger, b *books) {
	if err := l.Audit(); err != nil {
		t.Fatal(err)
	}
	if l.Len() != len(b.active) {
		t.Fatalf("%d leases, want %d", l.Len(), len(b.active))
	}
	for p := range b.limits {
		m := l.Meter(p)
		used, reserved, draining, hidden := b.pool(p)
		if m.Used() != used || m.Reserved() != reserved || m.Draining() != draining || m.hidden != hidden || m.Free() != b.free(p) {
			t.Fatalf("%+v: leases say used %d, reserved %d, draining %d, hidden %d, free %d", m, used, reserved, draining, hidden, b.free(p))
		}
	}
}

// TestAuditFindsDrift: the audit sees every count that is wrong.
func TestAuditFindsDrift(t *testing.T) {
	for name, spoil := range map[string]func(*Meter){
		"used":     func(m *Meter) { m.used++ },
		"reserved": func(m *Meter) { m.reserved-- },
		"draining": func(m *Meter) { m.draining++ },
		"hidden":   func(m *Meter) { m.hidden-- },
	} {
		l := NewLedger(Vector{Addresses: 10})
		lease := &Lease{ID: "r", Subnet: "a", Need: Vector{Addresses: 3}}
		if err := l.Acquire(&Holding{Need: lease.Need}, l.MetersOf(lease)); err != nil {
			t.Fatal(err)
		}
		l.Observe(lease.Pool(Addresses), 10, epoch)
		if err := l.Audit(); err != nil {
			t.Fatal(err)
		}
		spoil(l.Meter(lease.Pool(Addresses)))
		if l.Audit() == nil {
			t.Errorf("%s: nothing found", name)
		}
	}
}

func TestVectorJSON(t *testing.T) {
	v := Vector{JobRuns: 1, DPUs: 8, MemoryBytes: 1 << 40}
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	if want := `{"job_runs":1,"dpus_quarters":8,"memory_bytes":1099511627776}`; string(b) != want {
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

// refusing reports whether resource r has no room for the lease, and by how much.
func (l *Ledger) refusing(lease *Lease, r Resource) (Shortage, bool) {
	need := lease.Need[r]
	if need == 0 {
		return Shortage{}, false
	}
	m := l.Meter(lease.Pool(r))
	if need <= m.Free() {
		return Shortage{}, false
	}
	return m.shortage(need), true
}
