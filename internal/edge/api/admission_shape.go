package api

import (
	"encoding/json"
	"time"

	"tenon/internal/core/forecast"
	"tenon/internal/glue"
)

// The shapes of Tenon's own operations on admission. Amounts are in the unit that Unit names; -1 is no limit.

// QuotaInput asks for the quotas of a region: ListQuotas.
type QuotaInput struct {
	Region string `json:"Region,omitempty"` // empty: the request's
}

// QuotaList is all quotas of a region.
type QuotaList struct {
	Region string  `json:"Region"`
	Quotas []Quota `json:"Quotas"`
}

// Quota is one limit and how far it is used. Used contains Reserved and Draining.
type Quota struct {
	Name     string  `json:"Name"`            // concurrent_runs, dpus, ..., as in tenon.yaml
	Scope    string  `json:"Scope,omitempty"` // a queue, a job, a subnet, "machine"; empty: the account
	Unit     string  `json:"Unit"`            // runs, DPU, addresses, bytes, ...
	Used     float64 `json:"Used"`
	Reserved float64 `json:"Reserved"` // admitted, not started yet
	Draining float64 `json:"Draining"` // ended, not free yet
	Free     float64 `json:"Free"`
	Limit    float64 `json:"Limit"`
	Source   string  `json:"Source"` // configured, or the AWS default's Service Quotas code
}

// QueueList is all queues of a region: ListQueues.
type QueueList struct {
	Region string      `json:"Region"`
	Queues []QueueInfo `json:"Queues"`
}

// QueueInfo is one queue and how it stands in a region.
type QueueInfo struct {
	Name     string       `json:"Name"`
	Parent   string       `json:"Parent,omitempty"`
	Weight   int64        `json:"Weight"`
	Priority int          `json:"Priority"`
	Held     bool         `json:"Held"`
	Gone     bool         `json:"Gone"` // no longer configured, with runs in it
	Waiting  int          `json:"Waiting"`
	Running  int          `json:"Running"`
	Share    float64      `json:"DominantShare"` // weighted
	MaxWait  string       `json:"MaxWait,omitempty"`
	Shares   []QueueShare `json:"Shares,omitempty"`
	Oldest   time.Time    `json:"OldestWaiting,omitzero"`
}

// QueueShare is a queue's quota of one resource.
type QueueShare struct {
	Resource string  `json:"Resource"`
	Used     float64 `json:"Used"`
	Borrowed float64 `json:"Borrowed"`
	Nominal  float64 `json:"Nominal"`
	Borrow   float64 `json:"Borrow"`
	Lend     float64 `json:"Lend"`
}

// WaitingInput asks for waiting runs in the order of their position: ListWaiting.
type WaitingInput struct {
	Queue     string `json:"Queue,omitempty"`
	JobName   string `json:"JobName,omitempty"`
	Limit     int    `json:"Limit,omitempty"`
	NextToken string `json:"NextToken,omitempty"`
}

// WaitingList is a page of waiting runs. Total is how many are in line in the queue, or in all of them: of whatever job, and
// without those that are listed behind the line, held or between two attempts.
type WaitingList struct {
	Runs      []RunExplanation `json:"Runs"`
	Total     int              `json:"Total"`
	NextToken string           `json:"NextToken,omitempty"`
}

// ExplainInput names a run: ExplainRun.
type ExplainInput struct {
	RunID string `json:"RunId"`
}

// RunExplanation says where a run stands, and why it waits if it does.
type RunExplanation struct {
	RunID     string        `json:"RunId"`
	JobName   string        `json:"JobName"`
	State     glue.RunState `json:"State"`
	Attempt   int           `json:"Attempt,omitempty"`
	Queue     string        `json:"Queue"`
	Priority  int           `json:"Priority"`
	Submitted time.Time     `json:"Submitted"`
	Started   time.Time     `json:"Started,omitzero"`
	Error     string        `json:"Error,omitempty"` // of one that has ended: its ErrorMessage

	Detail   string      `json:"Detail,omitempty"` // the StateDetail: the rest, in words
	Reason   *WaitReason `json:"Reason,omitempty"`
	Position int         `json:"Position,omitempty"` // in its queue, from 1
	Of       int         `json:"Of,omitempty"`
	Ahead    []string    `json:"Ahead,omitempty"` // a few of the runs before it
	Expected *Expected   `json:"Expected,omitempty"`
	Helps    []string    `json:"Helps,omitempty"` // what would let it start: phrases, any of which would help

	Placement *glue.Placement `json:"Placement,omitempty"`
	Avoid     []glue.Avoided  `json:"Avoid,omitempty"`
}

// WaitReason is what blocks a run, in numbers.
type WaitReason struct {
	Tier    string       `json:"Tier"`            // never, job, queue, account, subnet, machine, reserved, held, retry, breaker, disk, turn
	Words   string       `json:"Words,omitempty"` // the sentence about it
	Pool    string       `json:"Pool,omitempty"`
	Scope   string       `json:"Scope,omitempty"`
	Unit    string       `json:"Unit,omitempty"`
	Need    float64      `json:"Need,omitempty"`
	Free    float64      `json:"Free"`
	Limit   float64      `json:"Limit,omitempty"`
	Holders []string     `json:"Holders,omitempty"` // a few runs that hold it
	Held    int          `json:"HolderCount,omitempty"`
	For     string       `json:"ReservedFor,omitempty"`       // a run
	Next    time.Time    `json:"NextRelease,omitzero"`        // of the holder that is expected to end first: when it gives back
	NextRun string       `json:"NextReleaseRun,omitempty"`    // which that is
	Latest  bool         `json:"NextReleaseLatest,omitempty"` // NextRelease is its Timeout: it may end before
	Until   time.Time    `json:"Until,omitzero"`              // retry, breaker
	Linger  int64        `json:"Lingering,omitempty"`         // addresses of the subnet that ended runs still hold
	Back    time.Time    `json:"LingeringUntil,omitzero"`     // when the first of those come back
	Also    []WaitReason `json:"Also,omitempty"`              // what is short as well
}

// Expected is when a run should start: the median, and a range that holds four times of five.
type Expected struct {
	P50     time.Time `json:"P50,omitzero"`
	Low     time.Time `json:"Low,omitzero"`
	High    time.Time `json:"High,omitzero"`
	More    bool      `json:"More,omitempty"`       // after High, nobody knows when
	Guess   bool      `json:"Guess,omitempty"`      // any time would be a guess: there is none
	Untimed string    `json:"UntimedJob,omitempty"` // with Guess: a job that it depends on and that has not run before
	Made    time.Time `json:"Made"`
}

// SubnetList is the subnets of a region: ListSubnets.
type SubnetList struct {
	Region  string       `json:"Region"`
	Subnets []SubnetInfo `json:"Subnets"`
}

// SubnetInfo is one subnet and its addresses.
type SubnetInfo struct {
	ID        string    `json:"SubnetId"`
	VPC       string    `json:"VpcId"`
	Zone      string    `json:"AvailabilityZone"`
	CIDR      string    `json:"CidrBlock"`
	Usable    int64     `json:"Usable"`
	Used      int64     `json:"Used"` // without Lingering
	Lingering int64     `json:"Lingering"`
	Free      int64     `json:"Free"`
	Health    string    `json:"Health"` // ok, cordoned, open, half-open; gone: not configured any more, but not all of its addresses are free
	Until     time.Time `json:"Until,omitzero"`
	Failures  int       `json:"Failures"`
	Waiting   int       `json:"Waiting"` // runs that wait for it alone
}

// HoldInput holds a run or a queue, or lets it go on: Hold. Exactly one of RunID and Queue is set.
type HoldInput struct {
	RunID string `json:"RunId,omitempty"`
	Queue string `json:"Queue,omitempty"`
	Held  bool   `json:"Held"`
}

// BoostInput changes the priority of a waiting run: Boost.
type BoostInput struct {
	RunID    string `json:"RunId"`
	Priority int    `json:"Priority"`
}

// SimulateInput asks what would be: Simulate.
type SimulateInput struct {
	Change  forecast.Change `json:"Change"`
	Samples int             `json:"Samples,omitempty"`
}

// AuditInput asks for records after a sequence number, the oldest first; or, with Before, for those before that number, the
// newest first: ListAudit.
type AuditInput struct {
	After   int64  `json:"After"`
	Before  int64  `json:"Before,omitempty"`
	Limit   int    `json:"Limit,omitempty"`
	RunID   string `json:"RunId,omitempty"`
	JobName string `json:"JobName,omitempty"`
	// Since leaves out what is from before a time.
	Since time.Time `json:"Since,omitzero"`
}

// AuditList is a page of the audit.
type AuditList struct {
	Records []AuditRecord `json:"Records"`
	Last    int64         `json:"Last"` // sequence number to go on after, or before
	More    bool          `json:"More,omitempty"`
}

// AuditRecord is one decision: who, when, what and why. Hash is over the record's event and the hash before it.
type AuditRecord struct {
	Seq     int64     `json:"Seq"`
	At      time.Time `json:"At"`
	Action  string    `json:"Action"` // submit, refuse, admit, start, release, drain, end, hold, boost, configure, ...
	Region  string    `json:"Region"`
	JobName string    `json:"JobName,omitempty"`
	RunID   string    `json:"RunId,omitempty"`
	Attempt int       `json:"Attempt,omitempty"`
	Who     string    `json:"Who,omitempty"`
	Why     string    `json:"Why,omitempty"`
	Event   string    `json:"Event"` // the event's kind

	// Detail is the event's, byte for byte as it is hashed: who writes it anew must not change it.
	Detail json.RawMessage `json:"Detail,omitempty"`
	Hash   string          `json:"Hash"` // hex SHA-256
}

// VerifyInput asks for a check of the records after one whose hash is known, or, with none, from the oldest on: VerifyAudit.
// That one must be there, and have that hash: so a hash that was noted once shows whether anything before it was changed.
type VerifyInput struct {
	After int64  `json:"After,omitempty"`
	Hash  string `json:"Hash,omitempty"`
	Limit int    `json:"Limit,omitempty"` // most records to check; 0 is as many as one call may
}

// AuditProof is what VerifyAudit found.
type AuditProof struct {
	OK      bool      `json:"OK"`
	Records int64     `json:"Records"`
	First   int64     `json:"First"`             // 0: there were none
	Last    int64     `json:"Last"`              // the last record that fits
	Head    string    `json:"Head"`              // its hash
	More    bool      `json:"More,omitempty"`    // go on from Last and Head
	Broken  int64     `json:"Broken,omitempty"`  // the first record that does not fit
	Problem string    `json:"Problem,omitempty"` // how it does not fit
	Pruned  int64     `json:"Pruned,omitempty"`  // records past retention before First; the chain goes on from their last hash
	At      time.Time `json:"At"`
}

// ConfigInput is a tenon.yaml to apply, or, with Reload, a wish to read the server's own again: ApplyConfig.
type ConfigInput struct {
	Text   string `json:"Text,omitempty"`
	Reload bool   `json:"Reload,omitempty"`
	DryRun bool   `json:"DryRun,omitempty"`
}

// ConfigOutput says what ApplyConfig changed, by key.
type ConfigOutput struct {
	Changed []ConfigChange `json:"Changed"`
	DryRun  bool           `json:"DryRun,omitempty"`
}

// ConfigChange is one key of the configuration before and after.
type ConfigChange struct {
	Key    string `json:"Key"`
	Before string `json:"Before"`
	After  string `json:"After"`
}
