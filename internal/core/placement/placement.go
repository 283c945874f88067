// Package placement decides on which subnet a run goes: candidates, their categories and order, the health of subnets and
// zones, and the concrete addresses that a lease takes. It is pure.
package placement

import "net/netip"

// Strategy orders the candidates of a run within their category.
type Strategy string

// The strategies. Capacity is the default.
const (
	Capacity Strategy = "capacity" // most free addresses first
	Random   Strategy = "random"
	Ordered  Strategy = "ordered" // as the connections are listed
	Spread   Strategy = "spread"  // the least loaded zone first
)

// Subnet is a subnet that Tenon keeps the addresses of.
type Subnet struct {
	ID, VPC, Zone string
	CIDR          netip.Prefix
	Cordoned      bool // nothing new is placed on it
}

// Outcome is what an attempt told about its subnet.
type Outcome int

// The outcomes.
const (
	Unknown       Outcome = iota // nothing: it ended for other reasons before the network counted
	Worked                       // its workers got their addresses
	NetworkFailed                // for want of addresses, or of a connection
)
