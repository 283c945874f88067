package forecast

import "math"

// Comparison is what a Change does.
type Comparison struct {
	Samples int            `json:"Samples"`
	Base    []QueueOutcome `json:"Base"`
	Changed []QueueOutcome `json:"Changed,omitempty"`
	Runs    []RunOutcome   `json:"Runs,omitempty"` // the added ones
	Guess   bool           `json:"Guess,omitempty"`
	Notes   []string       `json:"Notes,omitempty"`
	// Waits is, by reason, the time that runs waited for it in Base: where the waits came from. The longest first.
	Waits []WaitShare `json:"Waits,omitempty"`
	// Use is how far the limits were used in Base.
	Use []Use `json:"Use,omitempty"`
}

// WaitShare is how long runs waited for one thing, in run-seconds: the mean over the samples.
type WaitShare struct {
	Region  string  `json:"Region"`
	Tier    string  `json:"Tier"`
	Pool    string  `json:"Pool"`
	Seconds float64 `json:"Seconds"`
	Runs    int     `json:"Runs"`
}

// Use is how far a limit was used, from the begin to the last submit. Amounts are in the pool's unit.
type Use struct {
	Region string  `json:"Region,omitempty"` // empty: this machine, whose workers all regions share
	Pool   string  `json:"Pool"`
	Limit  float64 `json:"Limit"`
	Mean   float64 `json:"Mean"`
	Peak   float64 `json:"Peak"`
}

// QueueOutcome is how the runs of a queue fare: those that wait now, or come as Arrivals. Waits are in seconds from now,
// or from the submit of a run that comes later; a run that does not start waits for the rest of the horizon.
type QueueOutcome struct {
	Region   string  `json:"Region"`
	Queue    string  `json:"Queue"`
	Runs     int     `json:"Runs"`
	Started  int     `json:"Started"` // within the horizon
	WaitP50  float64 `json:"WaitP50Seconds"`
	WaitP90  float64 `json:"WaitP90Seconds"`
	WaitMax  float64 `json:"WaitMaxSeconds"`
	WaitMean float64 `json:"WaitMeanSeconds"`
	Finish   float64 `json:"FinishSeconds"` // of the last one that started: seconds from now, the median of the samples; -1: none starts
}

// RunOutcome is how one added run fares: medians of the samples, in seconds from now. -1: it does not start.
type RunOutcome struct {
	Run    string  `json:"Run"`
	Start  float64 `json:"StartSeconds"`
	Finish float64 `json:"FinishSeconds"`
	Why    string  `json:"Why,omitempty"` // what it waited for longest
}

// milli rounds seconds, and other amounts, to what is worth telling.
func milli(x float64) float64 { return math.Round(x*1000) / 1000 }
