package scheduler

import (
	"fmt"
	"slices"

	"tenon/internal/glue"
)

// linger notes what runs that have ended still hold of a subnet.
func (v *View) linger(why *Reason) {
	if why.Tier == TierSubnet && !why.Cordoned {
		pool := why.Shortage.Pool
		why.Linger, why.Back = v.meter(pool).Draining(), v.drains[pool]
	}
}

// lacksAddresses reports whether addresses are short, alone or with something else.
func (r *Reason) lacksAddresses() bool {
	return r.Tier == TierSubnet || slices.ContainsFunc(r.Also, func(also Reason) bool { return also.Tier == TierSubnet })
}

// lingering says how many addresses runs that have ended still hold, if any.
func (r *Reason) lingering() string {
	if r.Linger == 0 {
		return ""
	}
	return fmt.Sprintf(", %d lingering", r.Linger)
}

// release says what the first of the holders gives back, and when.
func (r *Reason) release() string {
	what, when := "the end of ", "expected at "+r.clock(r.Next)
	if r.NextLag {
		what = "the addresses of "
	}
	if r.NextMost {
		when = "at " + r.clock(r.Next) + " at the latest"
	}
	if r.NextFew {
		when += ", and of others after it"
	}
	return what + glue.ShortRunID(r.NextID) + ", " + when
}
