// Package quota says what fits: limits, the vector that one run needs, and the leases that hold it. Usage is always the
// sum of the leases; nothing else counts it. Integers only.
package quota

// Resource is one thing that runs compete for.
type Resource string

// The resources of the small form: the account's run slots and DPUs, and this machine's workers and memory.
const (
	Slots        Resource = "account run slots"
	DPUs         Resource = "account DPUs"      // in quarters
	FlexDPUs     Resource = "account FLEX DPUs" // in quarters
	Workers      Resource = "local workers"     // attempts that this machine runs at once
	MachineBytes Resource = "local memory"      // bytes
	JobRuns      Resource = "runs of the job"   // per job: MaxConcurrentRuns
)
