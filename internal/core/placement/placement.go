// Package placement decides on which subnet a run goes. It is pure: time is a parameter and chance a seed.
//
// Rank orders the candidates of a run, says of each whether the run may go there now, and why. A Book hands out the
// concrete addresses of one subnet. Health keeps the circuit breakers: it tells which subnets nothing should go to for a
// while, since runs failed on them for the network's sake. How many addresses are free is core/quota's to know.
package placement

import (
	"net/netip"
	"slices"
)

// Strategy orders the candidates of a run within their category.
type Strategy string

// The strategies. Capacity is the default.
const (
	Capacity Strategy = "capacity" // most free addresses first
	Random   Strategy = "random"
	Ordered  Strategy = "ordered" // as the connections are listed
	Spread   Strategy = "spread"  // the least loaded zone first
)

// Strategies are all of them, the default first.
func Strategies() []Strategy { return []Strategy{Capacity, Random, Ordered, Spread} }

// Known reports whether s is one of them, or empty, which is the default.
func (s Strategy) Known() bool { return s == "" || slices.Contains(Strategies(), s) }

// Subnet is a subnet that Tenon keeps the addresses of.
type Subnet struct {
	ID, VPC, Zone string
	CIDR          netip.Prefix
	Cordoned      bool // nothing new is placed on it
}

// The bounds of a subnet, which are AWS's, and how many of its addresses AWS keeps: the network's, the router's, the name
// server's, one for the future, and the last.
const (
	MinBits       = 16
	MaxBits       = 28
	reservedFirst = 4
	reservedLast  = 1
)

// Usable is how many addresses of a block can be handed out: all but AWS's five; 0 for a block that no subnet can have.
func Usable(cidr netip.Prefix) int64 {
	if !cidr.IsValid() || !cidr.Addr().Is4() || cidr.Bits() < MinBits || cidr.Bits() > MaxBits {
		return 0
	}
	return int64(1)<<(32-cidr.Bits()) - reservedFirst - reservedLast
}

// Usable is how many addresses of s can be handed out.
func (s *Subnet) Usable() int64 { return Usable(s.CIDR) }

// Outcome is what an attempt told about its subnet.
type Outcome int

// The outcomes.
const (
	Unknown       Outcome = iota // nothing: it ended for other reasons before the network counted
	Worked                       // its workers got their addresses
	NetworkFailed                // for want of addresses, or of a connection
)
