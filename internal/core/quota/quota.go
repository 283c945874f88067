// Package quota says what fits. A Ledger holds limits and leases; a lease is what one attempt of a run takes, as a
// Vector over the resources. Usage is always the sum of the leases; nothing else counts it. Integers only.
//
// A resource is counted in pools: the account's slots and DPUs once per region, as AWS does; addresses once per subnet;
// workers and memory of this machine once for all regions; runs of a job once per job. Acquire never takes a pool over its
// limit. A limit that is lowered below what is in use takes nothing away: the pool admits again when enough leases have
// ended.
//
// A Tree divides what a region's account has among queues. The two are asked one after the other: the ledger knows who
// holds what, the tree who may.
package quota

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"time"
)

// Resource is one thing that runs compete for, in the order in which a shortage is reported.
type Resource int

// The resources of one machine and its accounts.
const (
	JobRuns     Resource = iota // runs of one job: MaxConcurrentRuns
	Slots                       // concurrent runs of the account in a region
	DPUs                        // standard DPUs of the account in a region, in quarters
	FlexDPUs                    // FLEX DPUs of the account in a region, in quarters
	Addresses                   // free addresses of a subnet
	Workers                     // attempts that this machine runs at once
	MemoryBytes                 // memory of this machine that attempts may use
	resources                   // how many there are
)

// resourceNames are the words of a waiting run's explanation.
var resourceNames = [resources]string{
	"concurrent runs of the job", "account run slots", "account DPUs", "account FLEX DPUs", "subnet addresses", "local workers", "local memory",
}

// String names the resource as users know it.
func (r Resource) String() string { return resourceNames[r] }

// Shared reports whether runs of different jobs compete for r.
func (r Resource) Shared() bool { return r != JobRuns }

// Format writes an amount of r in its own unit.
func (r Resource) Format(n int64) string {
	if n == NoLimit || n > Unlimited/2 {
		return "unlimited"
	}
	switch r {
	case DPUs, FlexDPUs:
		return fmt.Sprintf("%g", float64(n)/4)
	case MemoryBytes:
		return fmt.Sprintf("%.1f GiB", float64(n)/(1<<30))
	}
	return fmt.Sprint(n)
}

// Vector is an amount of every resource. In a need, a zero means that the resource does not matter to the run.
type Vector [resources]int64

// only is v without all but one resource.
func (v Vector) only(r Resource) (rest Vector) {
	rest[r] = v[r]
	return rest
}

// keys are the names of the resources where a Vector is stored.
var keys = [resources]string{"job_runs", "slots", "dpus_quarters", "flex_dpus_quarters", "addresses", "workers", "memory_bytes"}

// MarshalJSON writes the amounts that are not zero, by name: stored vectors outlive changes of the list.
func (v Vector) MarshalJSON() ([]byte, error) {
	doc := []byte{'{'}
	for r, n := range v {
		if n == 0 {
			continue
		}
		if len(doc) > 1 {
			doc = append(doc, ',')
		}
		doc = strconv.AppendInt(append(append(append(doc, '"'), keys[r]...), '"', ':'), n, 10)
	}
	return append(doc, '}'), nil
}

// UnmarshalJSON reads what MarshalJSON wrote. A name that is not known is an error: it would be capacity lost.
func (v *Vector) UnmarshalJSON(b []byte) error {
	var named map[string]int64
	if err := json.Unmarshal(b, &named); err != nil {
		return fmt.Errorf("quota: vector: %w", err)
	}
	*v = Vector{}
	for name, n := range named {
		r := slices.Index(keys[:], name)
		if r < 0 {
			return fmt.Errorf("quota: vector: unknown resource %q", name)
		}
		v[r] = n
	}
	return nil
}

// Resources lists all resources in the order of Vector.
func Resources() []Resource {
	all := make([]Resource, resources)
	for i := range all {
		all[i] = Resource(i)
	}
	return all
}

// Pool is where one resource is counted.
type Pool struct {
	Resource Resource
	Scope    string // the region, the job, the subnet (region/id), or empty for this machine
}

// Lease is what one attempt of a run holds, or would.
type Lease struct {
	ID     string // of the run: a run has at most one lease
	Region string
	Job    string // the unit of MaxConcurrentRuns: a job's name with its region and incarnation
	Need   Vector

	Attempt   int
	Queue     string
	Subnet    string    // where its addresses are; empty: none
	VPC       string    // of that subnet; empty: not known
	Addresses []string  // as in glue.Placement
	Since     time.Time // admitted
	Visible   time.Time // its addresses show in observations made from then on; zero: not yet
	Until     time.Time // draining: when its addresses are free; zero: it is not draining
}

// Pool returns where the lease's need of r is counted.
func (l *Lease) Pool(r Resource) Pool {
	switch r {
	case JobRuns:
		return Pool{r, l.Job}
	case Slots, DPUs, FlexDPUs:
		return Pool{r, l.Region}
	case Addresses:
		return Pool{r, l.Region + "/" + l.Subnet}
	}
	return Pool{Resource: r}
}

// Shortage says that a need is larger than what is free.
type Shortage struct {
	Pool  Pool
	Need  int64
	Free  int64 // never negative
	Limit int64
}
