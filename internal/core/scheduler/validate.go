package scheduler

import (
	"fmt"
	"maps"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"time"

	"tenon/internal/core/placement"
	"tenon/internal/core/quota"
)

// The bounds of a configuration.
const (
	maxWeight   = 1_000_000
	maxPriority = 1000
	maxDuration = 366 * 24 * time.Hour
	maxSubnets  = 1000 // of a region
	maxExtra    = 1 << 16
	maxBreaker  = 1 << 20
)

// ConfigError says what is wrong with a configuration, and where: "queues[2].parent".
type ConfigError struct{ Path, Message string }

// Error writes the path and what is wrong.
func (e *ConfigError) Error() string { return e.Path + ": " + e.Message }

// wrong makes a ConfigError.
func wrong(path, format string, args ...any) error {
	return &ConfigError{path, fmt.Sprintf(format, args...)}
}

// queueName is what a queue may be called: it stands in tags, arguments and sentences.
var queueName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$`)

// Validate refuses a configuration that could not be kept: queues that are no tree, shares, limits and times that are
// negative or enormous, subnets that overlap or have the same name, unknown strategies. The error is a *ConfigError. What
// is merely unwise is not its affair: limits may be smaller than the shares of queues.
func (c Config) Validate() error {
	if err := c.validateQueues(); err != nil {
		return err
	}
	if err := c.Default.validate("default"); err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(c.Regions)) {
		region := c.Regions[name]
		if err := region.validate("regions." + name); err != nil {
			return err
		}
	}
	if err := amounts("", []amount{{"workers", c.Workers, NoLimit}, {"memory", c.MemoryBytes, NoLimit}}, quota.Unlimited); err != nil {
		return err
	}
	p := &c.Placement
	if !p.Strategy.Known() {
		return wrong("placement.strategy", "Unknown strategy specified: %s", p.Strategy)
	}
	if err := amounts("placement.", []amount{{"extra_addresses", p.ExtraAddresses, 0}}, maxExtra); err != nil {
		return err
	}
	if err := amounts("placement.", []amount{{"breaker_after", int64(p.BreakerAfter), 0}}, maxBreaker); err != nil {
		return err
	}
	return durations([]span{{"placement.release_lag", p.ReleaseLag}, {"placement.breaker_pause", p.BreakerPause}, {"reservation.after", c.Reservation.After},
		{"reservation.timeout_only_after", c.Reservation.TimeoutOnly}, {"reservation.every", c.Reservation.Every}})
}

// amount is a number of the configuration and the least that it may be.
type amount struct {
	key   string
	value int64
	least int64
}

// amounts refuses numbers that are out of bounds.
func amounts(at string, list []amount, most int64) error {
	for _, a := range list {
		if a.value < a.least {
			return wrong(at+a.key, "%d is negative", a.value)
		}
		if a.value > most {
			return wrong(at+a.key, "%d is too much: at most %d is possible", a.value, most)
		}
	}
	return nil
}

// span is a time of the configuration.
type span struct {
	path  string
	value time.Duration
}

// durations refuses times that are out of bounds.
func durations(list []span) error {
	for _, d := range list {
		if d.value < 0 {
			return wrong(d.path, "%s is negative", d.value)
		}
		if d.value > maxDuration {
			return wrong(d.path, "%s is too long: at most %s is possible", d.value, maxDuration)
		}
	}
	return nil
}

// validateQueues refuses queues that are no tree, or have what they cannot.
func (c *Config) validateQueues() error {
	index := map[string]int{}
	for i := range c.Queues {
		q, at := &c.Queues[i], fmt.Sprintf("queues[%d].", i)
		if !queueName.MatchString(q.Name) {
			return wrong(at+"name", "%q is no name of a queue: letters, digits, '.', '_' and '-', at most 63", q.Name)
		}
		if first, twice := index[q.Name]; twice {
			return wrong(at+"name", "queue %s stands twice: it is queues[%d] too", q.Name, first)
		}
		index[q.Name] = i
		if err := amounts(at, []amount{{"weight", q.Weight, 0}}, maxWeight); err != nil {
			return err
		}
		if q.Priority < -maxPriority || q.Priority > maxPriority {
			return wrong(at+"priority", "%d is not between %d and %d", q.Priority, -maxPriority, maxPriority)
		}
		if err := durations([]span{{at + "max_wait", q.MaxWait}, {at + "borrow_max_run", q.BorrowMaxRun}}); err != nil {
			return err
		}
		for _, s := range []struct {
			key   string
			share *Share
		}{{"concurrent_runs.", q.Slots}, {"dpus.", q.QuarterDPUs}, {"flex_dpus.", q.FlexQuarterDPUs}} {
			if s.share == nil {
				continue
			}
			list := []amount{{"nominal", s.share.Nominal, 0}, {"borrow", s.share.Borrow, NoLimit}, {"lend", s.share.Lend, NoLimit}}
			if err := amounts(at+s.key, list, quota.MaxAmount); err != nil {
				return err
			}
		}
	}
	if err := c.validateTree(index); err != nil {
		return err
	}
	all := c.withDefaults()
	if _, err := quota.NewTree(all.nodes(), c.Default.vector()); err != nil {
		return wrong("queues", "%v", err)
	}
	return nil
}

// validateTree refuses parents that are not there, and circles.
func (c *Config) validateTree(index map[string]int) error {
	for i := range c.Queues {
		at := fmt.Sprintf("queues[%d].parent", i)
		path := []string{c.Queues[i].Name}
		for up := c.Queues[i].Parent; up != ""; {
			j, known := index[up]
			switch {
			case !known:
				at = fmt.Sprintf("queues[%d].parent", index[path[len(path)-1]])
				return wrong(at, "queue %s is not configured; configured are %s", up, strings.Join(c.queueNames(), ", "))
			case slices.Contains(path, up):
				return wrong(at, "the parents of queue %s run in a circle: %s", path[0], strings.Join(append(path, up), " under "))
			}
			if path = append(path, up); len(path) > quota.MaxDepth {
				return wrong(at, "queue %s has more than %d queues above it", path[0], quota.MaxDepth-1)
			}
			up = c.Queues[j].Parent
		}
	}
	return nil
}

// queueNames lists the queues in order.
func (c *Config) queueNames() []string {
	names := make([]string, len(c.Queues))
	for i := range c.Queues {
		names[i] = c.Queues[i].Name
	}
	return names
}

// validate refuses limits that are out of bounds, and subnets of which no addresses could be kept.
func (r *Region) validate(at string) error {
	list := []amount{{"concurrent_runs", r.Slots, NoLimit}, {"dpus", r.QuarterDPUs, NoLimit}, {"flex_dpus", r.FlexQuarterDPUs, NoLimit}}
	if err := amounts(at+".", list, quota.MaxAmount); err != nil {
		return err
	}
	if len(r.Subnets) > maxSubnets {
		return wrong(at+".subnets", "%d subnets, at most %d are possible", len(r.Subnets), maxSubnets)
	}
	blocks := map[string][]netip.Prefix{} // by VPC
	for i, s := range r.Subnets {
		at := fmt.Sprintf("%s.subnets[%d]", at, i)
		first := slices.IndexFunc(r.Subnets, func(o placement.Subnet) bool { return o.ID == s.ID })
		switch {
		case s.ID == "":
			return wrong(at+".id", "a subnet needs a name")
		case first < i:
			return wrong(at+".id", "subnet %s is configured twice", s.ID)
		case s.Usable() == 0:
			return wrong(at+".cidr", "%s of subnet %s is no block of IPv4 addresses between /%d and /%d", s.CIDR, s.ID, placement.MinBits, placement.MaxBits)
		}
		for _, o := range blocks[s.VPC] {
			if o.Overlaps(s.CIDR) {
				return wrong(at+".cidr", "%s of subnet %s overlaps %s", s.CIDR, s.ID, o)
			}
		}
		blocks[s.VPC] = append(blocks[s.VPC], s.CIDR)
	}
	return nil
}
