package controller

import (
	"strings"
	"time"

	"tenon/internal/attempt"
	"tenon/internal/core/placement"
	"tenon/internal/glue"
)

// Retries after failures of the network. They are apart from MaxRetries: the script did nothing wrong. Each chooses its
// subnet anew, and passes over those that just failed while there are others.
const (
	networkBase = 30 * time.Second // before the first, doubled for each further one
	networkMax  = 10 * time.Minute
	avoidFor    = 10 * time.Minute // a subnet that failed a run is passed over by it so long
)

// networkTexts are what AWS says when the network of a subnet keeps a run from starting: too few addresses, no connection
// that passes its check, no way to S3. They count only of an attempt whose script never began: a script may say anything.
var networkTexts = []string{
	"The specified subnet does not have enough free addresses to satisfy the request",
	"Unable to resolve any valid connection",
	"VPC S3 endpoint validation failed for SubnetId",
}

// outcomeOf says how the subnet of r's attempt did.
func outcomeOf(r *run, res *attempt.Result) placement.Outcome {
	switch {
	case res.State == glue.RunFailed && (res.Network || res.Started.IsZero() && networkText(res.ErrorMessage)):
		return placement.NetworkFailed
	case !r.lease.Visible.IsZero():
		return placement.Worked
	}
	return placement.Unknown
}

// networkText reports whether a message tells of a failure of the network.
func networkText(message string) bool {
	for _, text := range networkTexts {
		if strings.Contains(message, text) {
			return true
		}
	}
	return false
}

// networkRetries is how often r may be tried again after failures of the network.
func (s *state) networkRetries(r *run) int {
	if r.NetworkRetries != nil {
		return *r.NetworkRetries
	}
	return *s.policy.NetworkRetries
}

// avoid has the attempts to come pass over a subnet for a while, and forgets those whose time is over.
func (r *run) avoid(subnet string, now time.Time) {
	var left []glue.Avoided // a new list: the old one may be with readers
	for _, a := range r.Avoid {
		if a.Subnet != subnet && a.Until.After(now) {
			left = append(left, a)
		}
	}
	if subnet != "" {
		left = append(left, glue.Avoided{Subnet: subnet, Until: now.Add(avoidFor)})
	}
	r.Avoid = left
}
