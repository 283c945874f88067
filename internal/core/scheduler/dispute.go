package scheduler

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"tenon/internal/core/placement"
	"tenon/internal/core/quota"
)

// Accepts refuses a configuration in which another subnet could give away addresses that a lease holds or drains: a block
// changes hands only when all of its addresses are free. Step refuses such a configuration in the same words.
func (s *State) Accepts(cfg Config, now time.Time) error {
	leases := s.ledger.Draining()
	for _, h := range slices.SortedFunc(slices.Values(s.running), func(a, b *Holder) int { return strings.Compare(a.Run.ID, b.Run.ID) }) {
		leases = append(leases, h.spelled())
	}
	changed := map[string][]placement.Subnet{}
	for i := range leases {
		l := &leases[i]
		if len(l.Addresses) == 0 || over(l, now) {
			continue
		}
		after := cfg.subnets(l.Region)
		among, known := changed[l.Region]
		if !known { // subnets that stay as they are were looked at before
			before := s.cfg.subnets(l.Region)
			among = slices.DeleteFunc(slices.Clone(after), func(c placement.Subnet) bool {
				return slices.ContainsFunc(before, func(b placement.Subnet) bool { return b.ID == c.ID && b.VPC == c.VPC && b.CIDR == c.CIDR })
			})
			changed[l.Region] = among
		}
		if err := disputed(l, among, after); err != nil {
			return err
		}
	}
	return nil
}

// over reports whether a lease drained before now, and only has to be told of.
func over(l *quota.Lease, now time.Time) bool { return !l.Until.IsZero() && !l.Until.After(now) }

// disputed says which of some subnets could give away what a lease holds: one of another id whose block has some of its
// addresses, in its VPC. Where one of both VPCs is not known they are taken for one, unless the lease's own subnet still has
// the addresses: subnets of one VPC do not overlap, so the other is of another.
func disputed(l *quota.Lease, among, all []placement.Subnet) error {
	kept := slices.ContainsFunc(all, func(c placement.Subnet) bool { return c.ID == l.Subnet && within(c.CIDR, l.Addresses) })
	for _, c := range among {
		same := l.VPC != "" && c.VPC == l.VPC || !kept && (l.VPC == "" || c.VPC == "")
		if c.ID == l.Subnet || !same || !within(c.CIDR, l.Addresses) {
			continue
		}
		return fmt.Errorf("subnet %s cannot have %s yet: %s holds %s, given to it in subnet %s; leave the block there, cordoned, until all of its addresses are free",
			c.ID, c.CIDR, l.ID, strings.Join(l.Addresses, ", "), l.Subnet)
	}
	return nil
}

// within reports whether a block has some of the addresses in ranges. Their ends may lie outside of it.
func within(block netip.Prefix, ranges []string) bool {
	return slices.ContainsFunc(ranges, func(text string) bool {
		r, err := placement.ParseRange(text)
		return err == nil && r.Overlaps(block)
	})
}

// subnets are those of a region.
func (c *Config) subnets(region string) []placement.Subnet {
	if r, named := c.Regions[region]; named {
		return r.Subnets
	}
	return c.Default.Subnets
}
