package glue

import (
	"math"
	"strings"
)

// quarterDPUs is the size of one worker of each documented type, in quarters of a DPU (GLUE documentation of worker
// types; the R and Z types count memory-optimised DPUs one for one).
var quarterDPUs = map[string]int64{
	"Standard": 4, "G.025X": 1, "G.1X": 4, "G.2X": 8, "G.4X": 16, "G.8X": 32, "G.12X": 48, "G.16X": 64,
	"R.1X": 4, "R.2X": 8, "R.4X": 16, "R.8X": 32, "Z.2X": 8,
}

// maxWorkers is the documented maximum of NumberOfWorkers for a type; types not listed have 299.
var maxWorkers = map[string]int{"G.2X": 149, "R.2X": 149, "Z.2X": 149}

// Capacity is how much of the service one run takes.
type Capacity struct {
	WorkerType      string
	NumberOfWorkers int
	QuarterDPUs     int64
	MaxCapacity     float64 // DPUs
}

// defaultSparkCapacity is MaxCapacity of a Spark job that names neither capacity nor workers.
const defaultSparkCapacity = 10

// ResolveCapacity applies Glue's rules to what a job or run asks for; zero values mean absent. maxCapacity is in DPUs.
// Errors are InvalidInputException with Glue's own texts where users have reported them.
func ResolveCapacity(command, workerType string, workers int, maxCapacity *float64) (Capacity, error) {
	if (workerType == "") != (workers == 0) {
		return Capacity{}, Invalid("Please set both Worker Type and Number of Workers.")
	}
	if workerType != "" && maxCapacity != nil {
		return Capacity{}, Invalid("Please do not set Max Capacity if using Worker Type and Number of Workers.")
	}
	if command == CommandShell {
		return shellCapacity(workerType, maxCapacity)
	}
	if workerType != "" {
		return workerCapacity(workerType, workers)
	}
	dpus := float64(defaultSparkCapacity)
	if maxCapacity != nil {
		dpus = *maxCapacity
	}
	if dpus != math.Trunc(dpus) || dpus < 2 || dpus > 100 {
		return Capacity{}, Invalid("Allocated capacity must be a whole number of DPUs between 2 and 100, got %v.", dpus)
	}
	return Capacity{QuarterDPUs: int64(dpus) * 4, MaxCapacity: dpus}, nil
}

// shellCapacity is the rule of pythonshell: 1/16 DPU (the default) or 1. The sixteenth counts as a quarter.
func shellCapacity(workerType string, maxCapacity *float64) (Capacity, error) {
	if workerType != "" {
		return Capacity{}, Invalid("Worker Type and Number of Workers are not supported for python shell jobs. Please set Max Capacity to 0.0625 or 1.")
	}
	dpus := 0.0625
	if maxCapacity != nil {
		dpus = *maxCapacity
	}
	if dpus != 0.0625 && dpus != 1 {
		return Capacity{}, Invalid("Max Capacity of a python shell job must be 0.0625 or 1, got %v.", dpus)
	}
	return Capacity{QuarterDPUs: int64(math.Ceil(dpus * 4)), MaxCapacity: dpus}, nil
}

// workerCapacity sizes workers of one type. An unknown type is refused by name: its size would be a guess.
func workerCapacity(workerType string, workers int) (Capacity, error) {
	size, ok := quarterDPUs[workerType]
	if !ok {
		return Capacity{}, Invalid("Worker Type %s is not supported; supported are %s.", workerType, strings.Join(WorkerTypes(), ", "))
	}
	most, ok := maxWorkers[workerType]
	if !ok {
		most = 299
	}
	if workers < 1 || workers > most {
		return Capacity{}, Invalid("To use Worker Type %s, maximum allowed value of Number of Workers is %d.", workerType, most)
	}
	q := size * int64(workers)
	return Capacity{WorkerType: workerType, NumberOfWorkers: workers, QuarterDPUs: q, MaxCapacity: float64(q) / 4}, nil
}

// WorkerTypes lists the worker types whose size Tenon knows, smallest family first.
func WorkerTypes() []string {
	return []string{"Standard", "G.025X", "G.1X", "G.2X", "G.4X", "G.8X", "G.12X", "G.16X", "R.1X", "R.2X", "R.4X", "R.8X", "Z.2X"}
}
