package scheduler

import (
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tenon/internal/core/placement"
	"tenon/internal/core/quota"
	"tenon/internal/glue"
)

// recommend is a published formula for how many Glue jobs to start, given the account's concurrent runs, those active,
// the addresses of the subnet, and the workers and extra addresses of a job. It is the control of the properties: they
// have to find out what is wrong with it. loops says that the published code never ends.
func recommend(account, active, addresses, workers, extra int64) (n int64, loops bool) {
	capacity := min(account-active, addresses/workers)
	if capacity == 0 || extra == 0 {
		return 0, true
	}
	return (addresses - capacity*extra) / workers, false
}

// TestPublishedFormula holds the cases that are known of it.
func TestPublishedFormula(t *testing.T) {
	for _, c := range []struct {
		what                                       string
		account, active, addresses, workers, extra int64
		want                                       int64
		loops                                      bool
	}{
		{"nothing free: never ends", 50, 50, 300, 10, 12, 0, true},
		{"no extra addresses: never ends", 50, 0, 300, 10, 0, 0, true},
		{"negative: all but six start", 50, 0, 300, 10, 12, -6, false},
		{"exact fit: none start where 15 fit", 50, 0, 60, 2, 2, 0, false},
	} {
		if n, loops := recommend(c.account, c.active, c.addresses, c.workers, c.extra); n != c.want || loops != c.loops {
			t.Errorf("%s: %d, %v; want %d, %v", c.what, n, loops, c.want, c.loops)
		}
	}
}

// published is the formula in the place of the scheduler: at each tick it starts as many of the waiting runs as the
// formula recommends, a negative number as a slice is written, up to so many from the end. Nothing is counted between
// deciding and starting but the runs that are active.
type published struct {
	cfg     Config
	waiting []Run
	active  map[string][]placement.Range // addresses by run
	book    *placement.Book
}

// Step is of core.
func (p *published) Step(ev Event, now time.Time) (d Decisions, err error) {
	switch {
	case ev.Submit != nil:
		p.waiting = append(p.waiting, *ev.Submit)
	case ev.Release != nil:
		if err := p.book.Return(p.active[ev.Release.ID]); err != nil {
			return d, err
		}
		delete(p.active, ev.Release.ID)
	case ev.Tick && len(p.waiting) > 0:
		sub := p.cfg.Default.Subnets[0]
		first := p.waiting[0]
		n, loops := recommend(p.cfg.Default.Slots, int64(len(p.active)), sub.Usable(), first.Workers, p.cfg.Placement.ExtraAddresses)
		if loops {
			return d, nil // charitably
		}
		if n < 0 {
			n = max(0, n+int64(len(p.waiting)))
		}
		n = min(n, int64(len(p.waiting)))
		for _, r := range p.waiting[:n] {
			d.Admitted = append(d.Admitted, p.start(&r, &sub))
		}
		p.waiting = slices.Delete(p.waiting, 0, int(n))
	}
	return d, nil
}

// start gives a run addresses, as AWS would; where there are none left, the attempt fails for their want.
func (p *published) start(r *Run, sub *placement.Subnet) *Holder {
	lease := r.Lease()
	lease.Subnet = sub.ID
	lease.Need[quota.Addresses] = r.Workers + p.cfg.Placement.ExtraAddresses
	addresses, _ := p.book.Take(nil, lease.Need[quota.Addresses])
	p.active[r.ID] = addresses
	return &Holder{Run: r, Holding: quota.Holding{Need: lease.Need}, found: &lease, addresses: addresses}
}

// TestPropertiesRefuseThePublishedFormula: in the scheduler's place the formula fails, for crossing a limit and for
// leaving runs that fit. In a soak too it has few operations to show it in: with more, nothing else would be found.
func TestPropertiesRefuseThePublishedFormula(t *testing.T) {
	found := map[string]bool{}
	rapid.Check(t, func(t *rapid.T) {
		d := dice(rapid.Uint64().Draw(t, "seed"))
		p := newPlay(t, &d, false)
		p.w.cfg = Config{Default: Region{Slots: 5 + d.amount(20), QuarterDPUs: 400, Subnets: []placement.Subnet{{ID: "s0", Zone: "z0",
			CIDR: netip.MustParsePrefix("10.0.0.0/26")}}}, Workers: NoLimit, MemoryBytes: NoLimit,
			Placement: Placement{ExtraAddresses: d.amount(4)}, Reservation: Reservation{Off: true}}
		book, err := placement.NewBook(p.w.cfg.Default.Subnets[0].CIDR)
		if err != nil {
			t.Fatal(err)
		}
		p.c = &published{cfg: p.w.cfg, active: map[string][]placement.Range{}, book: book}
		workers := 1 + d.amount(10)
		for range fewOperations {
			ev := Event{Tick: true}
			switch {
			case d.one(3):
				r := Run{ID: p.run().ID, Region: "east", Job: "east/j", MaxJobRuns: 1000, QuarterDPUs: 4, Workers: workers, Choices: []glue.Choice{{Connection: "to-s0", Subnet: "s0"}}}
				ev = Event{Submit: &r}
			case d.one(3) && len(p.w.leases) > 0:
				ev = Event{Release: &Release{ID: choose(&d, p.w.leases)}}
			}
			p.w.apply(ev, p.w.now.Add(time.Second))
			err := p.check(ev)
			if err == nil {
				continue
			}
			switch {
			case strings.Contains(err.Error(), "is left"):
				found["leaves runs that fit"] = true
				continue // it is known; what else?
			case strings.Contains(err.Error(), "of account run slots"):
				found["crosses the account's limit"] = true
			case strings.Contains(err.Error(), "addresses of"):
				found["takes addresses that are not free"] = true
			}
			return
		}
	})
	for _, fault := range []string{"leaves runs that fit", "crosses the account's limit", "takes addresses that are not free"} {
		if !found[fault] {
			t.Errorf("the properties do not find that the formula %s", fault)
		}
	}
}
