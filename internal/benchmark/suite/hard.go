package suite

import (
	"fmt"
	"math/rand/v2"
	"time"

	"tenon/internal/core/scheduler"
)

// networkRetries is how often a start that failed for its network is tried again: production's default.
const networkRetries = 2

// S4 takes addresses away: they linger after their runs, others use a tenth of them and are seen late, and at six hours a
// zone is lost. No run may fail for want of an address.
func S4(r *Report, scale Scale) error {
	for _, linger := range []time.Duration{0, 15 * time.Minute, time.Hour} {
		cfg := capacity(1000, 4000)
		cfg.Default.Subnets = subnets(3, 24)
		cfg.Placement.ReleaseLag = linger
		load := .55 / (1 + linger.Minutes()/12) // a third is lost later; lingering is load too: a run holds its addresses for about 12 minutes
		t := mixed("S4", cfg, load, .2, scale.Day/2, 11, kinds[:4])
		t.Linger = linger
		t.Faults = outsiders(t, scale.Day/2, 13)
		tenon := NewTenon(t)
		p, err := Play(t, "tenon", tenon)
		if err != nil {
			return err
		}
		if tenon.Err() != nil {
			return tenon.Err()
		}
		failed := 0
		for i := range p.Runs {
			if p.Runs[i].Failures > networkRetries {
				failed++
			}
		}
		waits := p.Waits("")
		name := fmt.Sprintf("addresses linger %s: ", linger)
		r.atMost("S4", name+"runs failed for addresses or zone", float64(failed), 0, "",
			fmt.Sprintf("%d runs; %d starts found no address, %d a lost zone, and were tried again", len(waits), p.NoAddress, p.LostZone))
		r.add("S4", name+"mean wait", seconds(Mean(waits)), "s", "p99 "+number(seconds(Quantile(waits, .99)))+" s")
		r.safe("S4", p)
	}
	return nil
}

// outsiders makes the faults of S4: others' use of each subnet wanders around a tenth of it, by a few addresses a minute;
// the first zone is lost after half of the trace.
func outsiders(t *Trace, span time.Duration, seed uint64) []Fault {
	random := rand.New(rand.NewPCG(seed, 2))
	var faults []Fault
	use := map[string]int64{}
	lost := false
	for at := time.Duration(0); at < span; at += time.Minute {
		f := Fault{At: Epoch.Add(at), Outside: map[string]int64{}}
		for _, s := range t.Config.Default.Subnets {
			usable := int64(1)<<(32-s.CIDR.Bits()) - 5
			if at == 0 {
				use[s.ID] = usable / 10
			}
			use[s.ID] = min(usable/5, max(0, use[s.ID]+random.Int64N(7)-3))
			f.Outside[s.ID] = use[s.ID]
		}
		if !lost && at >= span/2 {
			lost = true
			f.Zone, f.Lost = t.Config.Default.Subnets[0].Zone, true
		}
		faults = append(faults, f)
	}
	return faults
}

// S5 floods one of ten queues that share an account which they all want: the others must not notice.
func S5(r *Report, scale Scale) error {
	const queues, flooder = 10, "queue-0"
	of := []kind{{"small", 1, 5, 4, 4 * time.Minute, .6, 20}}
	trace := func(flood bool) *Trace {
		cfg := capacity(1000, 500)
		for q := range queues {
			cfg.Queues = append(cfg.Queues, scheduler.Queue{Name: fmt.Sprintf("queue-%d", q), Weight: 1})
		}
		t := mixed("S5", cfg, 1, 0, scale.Day/4, 17, of)
		for i := range t.Arrivals {
			run := &t.Arrivals[i].Run
			run.Queue = fmt.Sprintf("queue-%d", i%queues)
			run.Job = run.Queue + "/" + run.Job
		}
		if flood {
			for i := range scale.Flood {
				a := t.Arrivals[i%len(t.Arrivals)]
				a.At, a.Class = Epoch.Add(time.Hour), "flood"
				a.Run.Queue, a.Run.Job = flooder, fmt.Sprintf("%s/flood-%d", flooder, i%20)
				t.Arrivals = append(t.Arrivals, a)
			}
		}
		t.number()
		t.Horizon = Epoch.Add(scale.Day / 4)
		return t
	}
	var p99 [2]time.Duration
	for i, flood := range []bool{false, true} {
		t := trace(flood)
		tenon := NewTenon(t)
		p, err := Play(t, "tenon", tenon)
		if err != nil {
			return err
		}
		if tenon.Err() != nil {
			return tenon.Err()
		}
		var others []Outcome
		for _, o := range p.Runs {
			if o.Arrival.Run.Queue != flooder {
				others = append(others, o)
			}
		}
		waits := (&Played{Runs: others, End: p.End}).Waits("")
		p99[i] = Quantile(waits, .99)
		name := "its share"
		if flood {
			name = fmt.Sprintf("%s runs at once", number(float64(scale.Flood)))
		}
		r.add("S5", "others' p99 wait while one of ten queues sends "+name, seconds(p99[i]), "s", fmt.Sprintf("mean %s s, %s decisions/s",
			number(seconds(Mean(waits))), number(float64(p.Steps)/p.Wall.Seconds())))
		r.atMost("S5", "limits crossed", float64(p.Crossed), 0, "", "")
	}
	r.atMost("S5", "others' p99 wait, flooded against not", over(p99[1], p99[0]), 1.1, "x", "")
	return nil
}
