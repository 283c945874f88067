package plane

import (
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"time"

	"tenon/internal/core/placement"
	"tenon/internal/glue"
)

// Subnet is a subnet that Tenon keeps the addresses of.
type Subnet struct {
	ID       string `yaml:"id"`
	VPC      string `yaml:"vpc"`  // subnets of one VPC do not overlap
	Zone     string `yaml:"zone"` // e.g. us-east-1a
	CIDR     string `yaml:"cidr"` // IPv4, /16 to /28
	Cordoned bool   `yaml:"cordoned"`
}

// Placement says how runs are put on subnets.
type Placement struct {
	Strategy       string   `yaml:"strategy"`        // capacity, random, ordered or spread
	ExtraAddresses Whole    `yaml:"extra_addresses"` // that each run takes beside one a worker
	ReleaseLag     Duration `yaml:"release_lag"`     // addresses come back so long after an attempt ended
	NetworkRetries *Whole   `yaml:"network_retries"` // of a run, apart from its MaxRetries; 0 is none
	BreakerAfter   Whole    `yaml:"breaker_after"`   // failures in a row that take a subnet out
	BreakerPause   Duration `yaml:"breaker_pause"`   // before it is tried again; doubled with each failure
}

// Region is what differs in one region from the rest.
type Region struct {
	Quotas  Quotas   `yaml:"quotas"`  // concurrent_runs, dpus and flex_dpus; what is absent is as everywhere
	Subnets []Subnet `yaml:"subnets"` // nil: as everywhere; an empty list is none
}

// Bounds of subnets and placement.
const (
	maxSubnets        = 200     // of one region: AWS's default for one VPC
	leastPrefixBits   = 16      // AWS's bounds of an IPv4 subnet, /16 to /28
	mostPrefixBits    = 28      //
	maxExtraAddresses = 1 << 16 // more than any subnet has
	maxReleaseLag     = Duration(24 * time.Hour)
	maxNetworkRetries = 10 // as Glue's MaxRetries
	maxBreakerAfter   = 1000
	maxBreakerPause   = Duration(time.Hour)
	maxRegions        = 40 // as many as have definitions
)

// defaultVPC is the VPC of subnets that name none.
const defaultVPC = "vpc-default"

// regionQuotas may differ by region.
var regionQuotas = []string{glue.QuotaConcurrentRuns, glue.QuotaDPUs, glue.QuotaFlexDPUs}

var (
	// plainName is the form of the names that an operator gives: queues, subnets, VPCs, zones.
	plainName  = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$`)
	regionName = regexp.MustCompile(`^[a-z0-9-]{1,64}$`)
)

// nameForm says plainName in words.
const nameForm = "1 to 63 letters, digits, - and _, beginning with a letter or digit"

// strategies in the order of documentation.
var strategies = []string{string(placement.Capacity), string(placement.Random), string(placement.Ordered), string(placement.Spread)}

// withDefaults fills what is absent.
func (p Placement) withDefaults() Placement {
	p.Strategy = or(p.Strategy, strategies[0])
	p.BreakerAfter = or(p.BreakerAfter, 3)
	p.BreakerPause = or(p.BreakerPause, Duration(time.Minute))
	if p.NetworkRetries == nil {
		twice := Whole(2)
		p.NetworkRetries = &twice
	}
	return p
}

// validate refuses what cannot work.
func (p Placement) validate() error {
	switch {
	case !slices.Contains(strategies, p.Strategy):
		return refuse("placement.strategy", "%q is not one of %s", p.Strategy, strings.Join(strategies, ", "))
	case p.ExtraAddresses < 0 || p.ExtraAddresses > maxExtraAddresses:
		return refuse("placement.extra_addresses", "%d is not between 0 and %d", p.ExtraAddresses, maxExtraAddresses)
	case p.ReleaseLag < 0 || p.ReleaseLag > maxReleaseLag:
		return refuse("placement.release_lag", "%s is not between 0 and %s", p.ReleaseLag, time.Duration(maxReleaseLag))
	case *p.NetworkRetries < 0 || *p.NetworkRetries > maxNetworkRetries:
		return refuse("placement.network_retries", "%d is not between 0 and %d", *p.NetworkRetries, maxNetworkRetries)
	case p.BreakerAfter < 1 || p.BreakerAfter > maxBreakerAfter:
		return refuse("placement.breaker_after", "%d is not between 1 and %d", p.BreakerAfter, maxBreakerAfter)
	case p.BreakerPause < Duration(time.Second) || p.BreakerPause > maxBreakerPause:
		return refuse("placement.breaker_pause", "%s is not between 1s and %s", p.BreakerPause, maxBreakerPause)
	}
	return nil
}

// withDefaults fills what is absent.
func (s Subnet) withDefaults() Subnet {
	s.VPC = or(s.VPC, defaultVPC)
	return s
}

// subnetsWithDefaults fills what is absent in each; nil stays nil.
func subnetsWithDefaults(all []Subnet) []Subnet {
	filled := slices.Clone(all)
	for i, s := range filled {
		filled[i] = s.withDefaults()
	}
	return filled
}

// validate refuses a malformed subnet.
func (s Subnet) validate(at string) error {
	for _, f := range []struct{ key, value string }{{"id", s.ID}, {"vpc", s.VPC}, {"zone", s.Zone}} {
		if f.value == "" {
			return refuse(joinKey(at, f.key), "a subnet needs one")
		}
		if !plainName.MatchString(f.value) {
			return refuse(joinKey(at, f.key), "%q is not "+nameForm, f.value)
		}
	}
	at = joinKey(at, "cidr")
	prefix, err := netip.ParsePrefix(s.CIDR)
	switch {
	case err != nil || !prefix.Addr().Is4():
		return refuse(at, "%q is not an IPv4 block such as 10.0.1.0/24", s.CIDR)
	case prefix.Bits() < leastPrefixBits || prefix.Bits() > mostPrefixBits:
		return refuse(at, "%s is not between /%d and /%d, as AWS's subnets are", s.CIDR, leastPrefixBits, mostPrefixBits)
	case prefix != prefix.Masked():
		return refuse(at, "%s is an address within the block %s: give the block", s.CIDR, prefix.Masked())
	}
	return nil
}

// validateSubnets refuses malformed, doubled and overlapping subnets of one region.
func validateSubnets(at string, all []Subnet) error {
	if len(all) > maxSubnets {
		return refuse(at, "%d subnets are more than the %d that one region has", len(all), maxSubnets)
	}
	for i, s := range all {
		if err := s.validate(indexKey(at, i)); err != nil {
			return err
		}
		for j, other := range all[:i] {
			if s.ID == other.ID {
				return refuse(joinKey(indexKey(at, i), "id"), "subnet %s stands twice: it is %s too", s.ID, indexKey(at, j))
			}
			if s.VPC == other.VPC && s.prefix().Overlaps(other.prefix()) {
				return refuse(joinKey(indexKey(at, i), "cidr"), "%s of subnet %s overlaps %s of subnet %s in %s", s.CIDR, s.ID, other.CIDR, other.ID, s.VPC)
			}
		}
	}
	return nil
}

// prefix is the block of a subnet that was validated.
func (s Subnet) prefix() netip.Prefix { return netip.MustParsePrefix(s.CIDR) }

// validateRegions refuses what cannot differ by region.
func (c Config) validateRegions() error {
	if len(c.Regions) > maxRegions {
		return refuse("regions", "%d regions are more than %d", len(c.Regions), maxRegions)
	}
	for _, name := range c.regionNames() {
		at, r := joinKey("regions", name), c.Regions[name]
		if !regionName.MatchString(name) {
			return refuse(at, "%q is not the name of a region, such as eu-west-1", name)
		}
		for key := range r.Quotas {
			if !slices.Contains(regionQuotas, key) {
				return refuse(joinKey(at, "quotas."+key), "it is the same in all regions: set quotas.%s; by region differ %s", key, strings.Join(regionQuotas, ", "))
			}
		}
		if err := r.Quotas.validate(joinKey(at, "quotas")); err != nil {
			return err
		}
		if err := validateSubnets(joinKey(at, "subnets"), r.Subnets); err != nil {
			return err
		}
	}
	return nil
}
