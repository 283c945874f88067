package scheduler

import (
	"fmt"

	"tenon/internal/core/quota"
)

// Validate refuses a configuration that the scheduler could not keep: queues that are no tree, subnets without an IPv4 range
// or with the same name. What is merely unwise is not its affair.
func (c Config) Validate() error {
	c = c.withDefaults()
	if _, err := quota.NewTree(c.nodes(), c.Default.vector()); err != nil {
		return err
	}
	for name, region := range c.Regions {
		if err := region.validate(); err != nil {
			return fmt.Errorf("region %s: %w", name, err)
		}
	}
	return c.Default.validate()
}

// validate refuses subnets of which no addresses could be kept.
func (r *Region) validate() error {
	seen := map[string]bool{}
	for _, s := range r.Subnets {
		switch {
		case s.ID == "" || seen[s.ID]:
			return fmt.Errorf("subnet %q: its name is empty, or another's", s.ID)
		case !s.CIDR.IsValid() || !s.CIDR.Addr().Is4():
			return fmt.Errorf("subnet %s: %s is no range of IPv4 addresses", s.ID, s.CIDR)
		}
		seen[s.ID] = true
	}
	return nil
}
