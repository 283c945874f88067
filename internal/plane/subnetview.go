package plane

import (
	"slices"

	"tenon/internal/core/scheduler"
)

// subnets lists the configured subnets of a region as the scheduler counts them, for EC2's clients.
func (p *Plane) subnets(region string) []scheduler.SubnetUse {
	return slices.DeleteFunc(p.ctl.View().Subnets(region), func(s scheduler.SubnetUse) bool { return s.Gone })
}
