package glue

import "time"

// Placement is the decision record of one attempt: where it was put, out of what, and why. It stands on the run, and is
// the first line of its output log.
type Placement struct {
	At         time.Time `json:"at"`
	Attempt    int       `json:"attempt,omitempty"`
	Strategy   string    `json:"strategy,omitempty"`
	Connection string    `json:"connection,omitempty"` // the chosen one
	Subnet     string    `json:"subnet,omitempty"`     // its subnet; empty: the run takes no addresses
	Zone       string    `json:"zone,omitempty"`
	Workers    int64     `json:"workers,omitempty"`   // that it was placed with; less than asked for only with tenon:min-workers
	Addresses  []string  `json:"addresses,omitempty"` // "10.0.0.4" or "10.0.0.4-10.0.0.9", in order; the driver's is the first
	// Candidates are all that were looked at, in the order of preference.
	Candidates []Candidate `json:"candidates,omitempty"`
	Why        string      `json:"why,omitempty"` // one sentence
}

// Candidate is one place that a run could have gone to.
type Candidate struct {
	Connection string `json:"connection,omitempty"`
	Subnet     string `json:"subnet,omitempty"`
	Zone       string `json:"zone,omitempty"`
	Category   string `json:"category"`       // good, usable, full, unchecked
	Free       int64  `json:"free"`           // addresses; -1: not known
	Note       string `json:"note,omitempty"` // why it is not preferred: breaker open, cordoned, just failed
}

// Driver is the address of the run's driver, or empty where it takes none.
func (p *Placement) Driver() string {
	if p == nil || len(p.Addresses) == 0 {
		return ""
	}
	first := p.Addresses[0]
	for i := range first {
		if first[i] == '-' {
			return first[:i]
		}
	}
	return first
}
