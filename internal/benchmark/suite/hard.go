package suite

import (
	"errors"
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

// S5 floods one of ten queues that share an account: the others must not notice. The account is full without the flood,
// so that everybody lives on its share; where it is just full now and then, a flood also fills the gaps, and its runs are
// not stopped when others come.
func S5(r *Report, scale Scale) error {
	for _, load := range []float64{1, 1.05} {
		quiet, err := flooded(r, scale, load, false)
		if err != nil {
			return err
		}
		loud, err := flooded(r, scale, load, true)
		if err != nil {
			return err
		}
		name := fmt.Sprintf("load %.2f: others' p99 wait, flooded against not", load)
		if load > 1 {
			r.atMost("S5", name, over(loud, quiet), 1.1, "x", "")
		} else {
			r.add("S5", name, over(loud, quiet), "x", "")
		}
	}
	return nil
}

// Queues of S5.
const (
	floodQueues = 10
	flooder     = "queue-0"
)

// flooded plays S5 and returns the p99 wait of the other queues' runs.
func flooded(r *Report, scale Scale, load float64, flood bool) (time.Duration, error) {
	cfg := capacity(1000, 500)
	for q := range floodQueues {
		cfg.Queues = append(cfg.Queues, scheduler.Queue{Name: fmt.Sprintf("queue-%d", q), Weight: 1})
	}
	t := mixed("S5", cfg, load, 0, scale.Day/4, 17, []kind{{"small", 1, 5, 4, 4 * time.Minute, .6, 20}})
	for i := range t.Arrivals {
		run := &t.Arrivals[i].Run
		run.Queue = fmt.Sprintf("queue-%d", i%floodQueues)
		run.Job = run.Queue + "/" + run.Job
	}
	sends := "its share"
	if flood {
		sends = number(float64(scale.Flood)) + " runs at once"
		for i := range scale.Flood {
			a := t.Arrivals[i%len(t.Arrivals)]
			a.At, a.Class = Epoch.Add(time.Hour), "flood"
			a.Run.Queue, a.Run.Job = flooder, fmt.Sprintf("%s/flood-%d", flooder, i%20)
			t.Arrivals = append(t.Arrivals, a)
		}
	}
	t.number()
	t.Horizon = Epoch.Add(scale.Day / 4)
	tenon := NewTenon(t)
	p, err := Play(t, "tenon", tenon)
	if err = errors.Join(err, tenon.Err()); err != nil {
		return 0, err
	}
	var others []Outcome
	for _, o := range p.Runs {
		if o.Arrival.Run.Queue != flooder {
			others = append(others, o)
		}
	}
	waits := (&Played{Runs: others, End: p.End}).Waits("")
	p99 := Quantile(waits, .99)
	r.add("S5", fmt.Sprintf("load %.2f: others' p99 wait, one of ten queues sends %s", load, sends), seconds(p99), "s",
		fmt.Sprintf("mean %s s, %s decisions/s", number(seconds(Mean(waits))), number(float64(p.Steps)/p.Wall.Seconds())))
	r.atMost("S5", "limits crossed", float64(p.Crossed), 0, "", "")
	return p99, nil
}
