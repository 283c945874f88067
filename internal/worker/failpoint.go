//go:build failpoints

package worker

import (
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"syscall"
)

// failpoint kills this process, as kill -9 does, if TENON_FAILPOINTS names the point. The variable is a comma-separated
// list of
//
//	name         always
//	name=0.25    with that probability
//	name=/path   once: only the process that creates the file
func failpoint(name string) {
	for entry := range strings.SplitSeq(os.Getenv("TENON_FAILPOINTS"), ",") {
		point, when, conditional := strings.Cut(entry, "=")
		if point != name {
			continue
		}
		if conditional {
			if p, err := strconv.ParseFloat(when, 64); err == nil {
				if rand.Float64() >= p {
					continue
				}
			} else if f, err := os.OpenFile(when, os.O_CREATE|os.O_EXCL, 0o600); err != nil {
				continue
			} else {
				_ = f.Close() // empty
			}
		}
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL) // cannot fail on oneself
		select {}                                      // the signal is on its way
	}
}
