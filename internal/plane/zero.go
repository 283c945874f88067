package plane

import (
	"go.yaml.in/yaml/v3"
)

// refuseZeros refuses a 0 that is written where the zero value stands for the default: whoever writes it means something
// else, most often "no limit" or "never". c is what doc said, without defaults.
func refuseZeros(doc *yaml.Node, c Config) error {
	l := c.Executor.Local
	for _, k := range []struct {
		key  string
		zero bool
	}{
		{"executor.local.parallel", l.Parallel == 0},
		{"executor.local.memory", l.Memory == 0},
		{"executor.local.run_memory", l.RunMemory == 0},
		{"executor.local.log_bytes", l.LogBytes == 0},
		{"executor.local.scratch_bytes", l.ScratchBytes == 0},
		{"executor.local.processes", l.Processes == 0},
		{"executor.local.open_files", l.OpenFiles == 0},
		{"executor.local.threads", l.Threads == 0},
		{"retention.runs", c.Retention.Runs == 0},
		{"retention.logs", c.Retention.Logs == 0},
		{"placement.breaker_after", c.Placement.BreakerAfter == 0},
		{"placement.breaker_pause", c.Placement.BreakerPause == 0},
		{"reservation.after", c.Reservation.After == 0},
		{"reservation.timeout_only_after", c.Reservation.TimeoutOnly == 0},
	} {
		if n := lookUp(doc, steps(k.key)); k.zero && n != nil && n.ShortTag() != "!!null" {
			return refuse(k.key, "0 is not possible; leave the key out for the default")
		}
	}
	return nil
}
