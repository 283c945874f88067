package plane

import "tenon/internal/core/scheduler"

// subnets lists the subnets of a region as the scheduler counts them, for EC2's clients.
func (p *Plane) subnets(region string) []scheduler.SubnetUse { return p.ctl.View().Subnets(region) }
