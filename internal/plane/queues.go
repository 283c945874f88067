package plane

import (
	"errors"
	"slices"
	"time"

	"tenon/internal/core/scheduler"
	"tenon/internal/glue"
)

// Queue is a line of runs with a share of the account. Queues form a tree under the account.
type Queue struct {
	Name           string   `yaml:"name"`
	Parent         string   `yaml:"parent"` // another queue; empty is the account
	Weight         *Whole   `yaml:"weight"` // against its siblings'; 1
	Priority       Whole    `yaml:"priority"`
	ConcurrentRuns *Share   `yaml:"concurrent_runs"`
	DPUs           *Share   `yaml:"dpus"`
	FlexDPUs       *Share   `yaml:"flex_dpus"`
	MaxWait        Duration `yaml:"max_wait"`       // 0 is the plane's max_wait
	BorrowMaxRun   Duration `yaml:"borrow_max_run"` // only runs with a Timeout up to this may borrow; 0 is any
	Held           bool     `yaml:"held"`
}

// Share is what a queue may use of one resource.
type Share struct {
	Nominal float64  `yaml:"nominal"` // its own whenever it wants it, but for what it lends
	Borrow  *float64 `yaml:"borrow"`  // most beyond; absent is what there is
	Lend    *float64 `yaml:"lend"`    // most of nominal that others may use; absent is all
}

// Reservation bounds how long large runs wait behind small ones.
type Reservation struct {
	After       Duration `yaml:"after"`              // a run that waits so long for shared capacity gets it set aside
	TimeoutOnly Duration `yaml:"timeout_only_after"` // from then on only Timeouts count as ends of runs
}

// Bounds of queues.
const (
	maxQueues      = 1000
	maxWeight      = 1_000_000
	maxPriority    = 1000 // as tenon:priority
	maxReservation = Duration(7 * 24 * time.Hour)
)

// withDefaults fills what is absent.
func (q Queue) withDefaults() Queue {
	if q.Weight == nil {
		one := Whole(1)
		q.Weight = &one
	}
	return q
}

// withDefaultQueue adds the queue of runs that name none behind the others, which so keep their places.
func withDefaultQueue(all []Queue) []Queue {
	var filled []Queue
	for _, q := range all {
		filled = append(filled, q.withDefaults())
	}
	if !slices.ContainsFunc(all, func(q Queue) bool { return q.Name == scheduler.DefaultQueue }) {
		filled = append(filled, Queue{Name: scheduler.DefaultQueue}.withDefaults())
	}
	return filled
}

// withDefaults fills what is absent.
func (r Reservation) withDefaults() Reservation {
	r.After = or(r.After, Duration(10*time.Minute))
	r.TimeoutOnly = or(r.TimeoutOnly, max(r.After, Duration(time.Hour)))
	return r
}

// validate refuses what cannot work.
func (r Reservation) validate() error {
	switch {
	case r.After < Duration(time.Second) || r.After > maxReservation:
		return refuse("reservation.after", "%s is not between 1s and %s", r.After, maxReservation)
	case r.TimeoutOnly < r.After || r.TimeoutOnly > maxReservation:
		return refuse("reservation.timeout_only_after", "%s is not between reservation.after, %s, and %s", r.TimeoutOnly, r.After, maxReservation)
	}
	return nil
}

// validateQueues refuses malformed queues, what the scheduler refuses, a tree that is none first of all, and queues that are
// promised more than there is. The scheduler names keys as the file does.
func (c Config) validateQueues() error {
	if len(c.Queues) > maxQueues {
		return refuse("queues", "%d queues are more than %d", len(c.Queues), maxQueues)
	}
	for i, q := range c.Queues {
		if err := q.validate(indexKey("queues", i)); err != nil {
			return err
		}
	}
	var wrong *scheduler.ConfigError
	if err := c.admission().Validate(); errors.As(err, &wrong) {
		return refuse(wrong.Path, "%s", wrong.Message)
	} else if err != nil {
		return err
	}
	return c.validateNominals()
}

// queueNames lists the queues in order.
func (c Config) queueNames() []string {
	names := make([]string, len(c.Queues))
	for i, q := range c.Queues {
		names[i] = q.Name
	}
	return names
}

// validate refuses a malformed queue.
func (q Queue) validate(at string) error {
	switch {
	case q.Name == "":
		return refuse(joinKey(at, "name"), "a queue needs one")
	case !plainName.MatchString(q.Name):
		return refuse(joinKey(at, "name"), "%q is not "+nameForm, q.Name)
	case *q.Weight < 1 || *q.Weight > maxWeight:
		return refuse(joinKey(at, "weight"), "%d is not between 1 and %d", *q.Weight, maxWeight)
	case q.Priority < -maxPriority || q.Priority > maxPriority:
		return refuse(joinKey(at, "priority"), "%d is not between %d and %d", q.Priority, -maxPriority, maxPriority)
	case q.MaxWait < 0:
		return refuse(joinKey(at, "max_wait"), "%s is negative", q.MaxWait)
	case q.BorrowMaxRun < 0:
		return refuse(joinKey(at, "borrow_max_run"), "%s is negative", q.BorrowMaxRun)
	}
	for _, r := range shared {
		if s := r.of(q); s != nil {
			if err := s.validate(joinKey(at, r.quota), r.unit); err != nil {
				return err
			}
		}
	}
	return nil
}

// validate refuses impossible amounts.
func (s *Share) validate(at, unit string) error {
	amounts := []struct {
		key   string
		value *float64
	}{{"nominal", &s.Nominal}, {"borrow", s.Borrow}, {"lend", s.Lend}}
	for _, a := range amounts {
		if a.value == nil {
			continue
		}
		if err := checkAmount(joinKey(at, a.key), unit, *a.value); err != nil {
			return err
		}
	}
	if s.Lend != nil && *s.Lend > s.Nominal {
		return refuse(joinKey(at, "lend"), "%s is more than nominal, %s", glue.FormatAmount(*s.Lend), glue.FormatAmount(s.Nominal))
	}
	return nil
}

// shared are the resources that queues have shares of.
var shared = []struct {
	quota, unit string
	of          func(Queue) *Share
}{
	{glue.QuotaConcurrentRuns, glue.UnitRuns, func(q Queue) *Share { return q.ConcurrentRuns }},
	{glue.QuotaDPUs, glue.UnitDPU, func(q Queue) *Share { return q.DPUs }},
	{glue.QuotaFlexDPUs, glue.UnitDPU, func(q Queue) *Share { return q.FlexDPUs }},
}

// validateNominals refuses queues that are promised together more than there is, in any region: nobody could have his
// nominal amount whenever he wants it.
func (c Config) validateNominals() error {
	for _, r := range shared {
		where, limit := "quotas."+r.quota, c.Quotas.limit(r.quota)
		for _, name := range c.regionNames() {
			if own, ok := c.Regions[name].Quotas[r.quota]; ok && own < limit {
				where, limit = "regions."+name+".quotas."+r.quota, own
			}
		}
		sum := 0.0
		for i, q := range c.Queues {
			s := r.of(q)
			if s == nil || s.Nominal == 0 {
				continue
			}
			at := joinKey(joinKey(indexKey("queues", i), r.quota), "nominal")
			if s.Nominal > limit {
				return refuse(at, "%s is more than %s, which is %s", glue.FormatAmount(s.Nominal), where, glue.FormatAmount(limit))
			}
			if sum += s.Nominal; sum > limit {
				return refuse(at, "the queues up to %s have %s together, which is more than %s, which is %s",
					q.Name, glue.FormatAmount(sum), where, glue.FormatAmount(limit))
			}
		}
	}
	return nil
}
