package metrics

import (
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"tenon/internal/core/forecast"
	"tenon/internal/core/placement"
	"tenon/internal/core/quota"
	"tenon/internal/core/scheduler"
)

// family is one metric of how things stand.
type family struct {
	desc *prometheus.Desc
	kind prometheus.ValueType
}

// gauge and total make a family.
func gauge(name, help string, labels ...string) family {
	return family{prometheus.NewDesc(name, help, labels, nil), prometheus.GaugeValue}
}

func total(name, help string, labels ...string) family {
	return family{prometheus.NewDesc(name, help, labels, nil), prometheus.CounterValue}
}

// families are all of them.
var families = struct {
	poolUsed, poolReserved, poolDraining, poolFree, poolLimit                             family
	queueWaiting, queueRunning, queueShare, queueOldest, queueHeld                        family
	subnetUsable, subnetUsed, subnetLingering, subnetFree, subnetWaiting, subnetHealth    family
	turns, turnsFailed, commands, commandsQueued, open, waiting, leases, audits, drifts   family
	etaStarts, etaInside, etaEarly, etaLate, etaMissed, etaError                          family
	commits, commitCalls, commitsFailed, refused, unknown, commitBusy, callsQueued, store family
}{
	poolUsed:     gauge("tenon_pool_used", "In use of a resource, with what is reserved and draining: runs, DPU, bytes.", "region", "resource"),
	poolReserved: gauge("tenon_pool_reserved", "Held by attempts that are admitted and not started.", "region", "resource"),
	poolDraining: gauge("tenon_pool_draining", "Held by attempts that have ended and whose capacity is not free yet.", "region", "resource"),
	poolFree:     gauge("tenon_pool_free", "Free of a resource.", "region", "resource"),
	poolLimit:    gauge("tenon_pool_limit", "The limit of a resource; none where there is none.", "region", "resource"),

	queueWaiting: gauge("tenon_queue_waiting_runs", "Runs in line.", "region", "queue"),
	queueRunning: gauge("tenon_queue_running_runs", "Runs that hold capacity, with those of queues below.", "region", "queue"),
	queueShare:   gauge("tenon_queue_dominant_share", "Largest part of a resource that is in use, divided by the queue's weight.", "region", "queue"),
	queueOldest:  gauge("tenon_queue_oldest_waiting_seconds", "How long the first run in line has waited; 0 where none waits.", "region", "queue"),
	queueHeld:    gauge("tenon_queue_held", "1 where nothing of the queue starts because it is held.", "region", "queue"),

	subnetUsable:    gauge("tenon_subnet_addresses_usable", "Addresses that a subnet can give.", "region", "subnet", "zone"),
	subnetUsed:      gauge("tenon_subnet_addresses_used", "Addresses that are given, with those that linger.", "region", "subnet", "zone"),
	subnetLingering: gauge("tenon_subnet_addresses_lingering", "Addresses of ended attempts that are not free yet.", "region", "subnet", "zone"),
	subnetFree:      gauge("tenon_subnet_addresses_free", "Addresses that are free.", "region", "subnet", "zone"),
	subnetWaiting:   gauge("tenon_subnet_waiting_runs", "Runs in line that can go to no other subnet.", "region", "subnet", "zone"),
	subnetHealth:    gauge("tenon_subnet_health", "1 for the state that the subnet is in, 0 for the others: ok, open, half-open, cordoned, gone.", "region", "subnet", "zone", "state"),

	turns:          total("tenon_loop_turns_total", "Turns of the controller's loop."),
	turnsFailed:    total("tenon_loop_failed_turns_total", "Turns that could not be made durable."),
	commands:       total("tenon_loop_commands_total", "Commands that were decided."),
	commandsQueued: gauge("tenon_loop_queued_commands", "Commands that wait for the loop."),
	open:           gauge("tenon_runs_open", "Runs that are not final."),
	waiting:        gauge("tenon_runs_waiting", "Runs in line."),
	leases:         gauge("tenon_leases", "Attempts that hold capacity, without those whose addresses linger."),
	audits:         total("tenon_lease_audits_total", "Comparisons of what the memory counts with the leases in the store."),
	drifts:         total("tenon_lease_drifts_total", "Comparisons that found a difference: above 0 there is an error in Tenon."),

	etaStarts: total("tenon_eta_starts_total", "Started runs whose expected start was scored, by estimate: first given, or any at random.", "estimate"),
	etaInside: total("tenon_eta_inside_total", "Starts within the range that was given; four of five should be.", "estimate"),
	etaEarly:  total("tenon_eta_early_total", "Starts before the range that was given.", "estimate"),
	etaLate:   total("tenon_eta_late_total", "Starts after the range that was given.", "estimate"),
	etaError:  total("tenon_eta_error_seconds_total", "Sum of the distances between expected and real start.", "estimate"),
	etaMissed: total("tenon_eta_missed_total", "Started runs that had waited and were told no time: it was not known yet."),

	commits:       total("tenon_store_commits_total", "Transactions that were tried."),
	commitCalls:   total("tenon_store_calls_total", "Calls that shared those transactions."),
	commitsFailed: total("tenon_store_failed_commits_total", "Transactions that failed."),
	unknown:       total("tenon_store_unknown_commits_total", "Transactions of which nobody knows whether they are durable: the state was loaded again."),
	refused:       total("tenon_store_refused_calls_total", "Calls that were refused while the store could only be read."),
	commitBusy:    total("tenon_store_busy_seconds_total", "Time spent in transactions."),
	callsQueued:   gauge("tenon_store_queued_calls", "Calls that wait for the next transaction."),
	store:         gauge("tenon_store_read_only", "1 while the store refuses to write because writing failed."),
}

// standing reads the Sources at each scrape.
type standing struct {
	src Sources
	now func() time.Time
}

// Describe tells nothing: which families there are depends on the Sources.
func (s *standing) Describe(chan<- *prometheus.Desc) {}

// Collect sends how things stand.
func (s *standing) Collect(out chan<- prometheus.Metric) {
	send := func(f family, v float64, labels ...string) {
		out <- prometheus.MustNewConstMetric(f.desc, f.kind, v, labels...)
	}
	if s.src.View != nil {
		if v := s.src.View(); v != nil {
			admission(send, v, s.now())
		}
	}
	if s.src.Loop != nil {
		loop(send, s.src.Loop())
	}
	if s.src.Calibration != nil {
		c := s.src.Calibration()
		estimates(send, "first", c.First)
		estimates(send, "any", c.Any)
		send(families.etaMissed, float64(c.Missed))
	}
	if s.src.Store != nil {
		commits(send, s.src.Store())
	}
}

// send sends one value.
type send func(f family, v float64, labels ...string)

// admission tells of pools, queues and subnets.
func admission(send send, v *scheduler.View, now time.Time) {
	f := &families
	var regions []string
	for _, p := range v.Pools() {
		switch p.Pool.Resource {
		case quota.JobRuns, quota.Addresses: // by job: no; by subnet: below
			continue
		case quota.Slots:
			regions = append(regions, p.Pool.Scope)
		}
		name, unit := resource(p.Pool.Resource)
		labels := []string{p.Pool.Scope, name}
		send(f.poolUsed, float64(p.Used)/unit, labels...)
		send(f.poolReserved, float64(p.Reserved)/unit, labels...)
		send(f.poolDraining, float64(p.Draining)/unit, labels...)
		if p.Limit != scheduler.NoLimit {
			send(f.poolFree, float64(p.Free)/unit, labels...)
			send(f.poolLimit, float64(p.Limit)/unit, labels...)
		}
	}
	for _, region := range regions {
		for _, q := range v.Queues(region) {
			age := 0.0
			if q.Waiting > 0 && !q.Oldest.IsZero() {
				age = max(now.Sub(q.Oldest).Seconds(), 0)
			}
			send(f.queueWaiting, float64(q.Waiting), region, q.Name)
			send(f.queueRunning, float64(q.Running), region, q.Name)
			send(f.queueShare, q.Share, region, q.Name)
			send(f.queueOldest, age, region, q.Name)
			send(f.queueHeld, bit(q.Stopped), region, q.Name)
		}
		for _, s := range v.Subnets(region) {
			labels := []string{region, s.ID, s.Zone}
			send(f.subnetUsable, float64(s.Usable), labels...)
			send(f.subnetUsed, float64(s.Used), labels...)
			send(f.subnetLingering, float64(s.Lingering), labels...)
			send(f.subnetFree, float64(s.Free), labels...)
			send(f.subnetWaiting, float64(s.Waiting), labels...)
			state := health(&s)
			for _, other := range healthStates {
				send(f.subnetHealth, bit(state == other), append(labels, other)...)
			}
		}
	}
}

// resource is the label of a resource, and how many of what is counted make one of what is shown.
func resource(r quota.Resource) (name string, unit float64) {
	switch r {
	case quota.Slots:
		return "concurrent_runs", 1
	case quota.DPUs:
		return "dpus", 4
	case quota.FlexDPUs:
		return "flex_dpus", 4
	case quota.Workers:
		return "workers", 1
	case quota.MemoryBytes:
		return "memory_bytes", 1
	}
	return strings.ReplaceAll(r.String(), " ", "_"), 1
}

// healthStates are the states of a subnet.
var healthStates = []string{"ok", "open", "half-open", "cordoned", "gone"}

// health is the one that it is in.
func health(s *scheduler.SubnetUse) string {
	switch {
	case s.Gone:
		return "gone"
	case s.Cordoned:
		return "cordoned"
	case s.Health.State == placement.Open, s.Health.State == placement.HalfOpen:
		return string(s.Health.State)
	}
	return "ok"
}

// loop tells of the controller.
func loop(send send, l Loop) {
	f := &families
	send(f.turns, float64(l.Turns))
	send(f.turnsFailed, float64(l.Failed))
	send(f.commands, float64(l.Commands))
	send(f.commandsQueued, float64(l.Queued))
	send(f.open, float64(l.Open))
	send(f.waiting, float64(l.Waiting))
	send(f.leases, float64(l.Leases))
	send(f.audits, float64(l.Audits))
	send(f.drifts, float64(l.Drifts))
}

// estimates tells how one kind of estimates fared.
func estimates(send send, which string, s forecast.Score) {
	f := &families
	send(f.etaStarts, float64(s.Starts), which)
	send(f.etaInside, float64(s.Inside), which)
	send(f.etaEarly, float64(s.Early), which)
	send(f.etaLate, float64(s.Late), which)
	send(f.etaError, s.Absolute, which)
}

// commits tells of the store.
func commits(send send, s Store) {
	f := &families
	send(f.commits, float64(s.Commits))
	send(f.commitCalls, float64(s.Calls))
	send(f.commitsFailed, float64(s.Failed))
	send(f.unknown, float64(s.Unknown))
	send(f.refused, float64(s.Refused))
	send(f.commitBusy, s.Busy.Seconds())
	send(f.callsQueued, float64(s.Queued))
	send(f.store, bit(s.ReadOnly))
}

// bit is 1 for true.
func bit(b bool) float64 {
	if b {
		return 1
	}
	return 0
}
