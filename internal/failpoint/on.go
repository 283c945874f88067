//go:build failpoints

package failpoint

import (
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"syscall"
)

// Enabled tells whether this binary has failpoints.
const Enabled = true

// Hit kills this process if the environment names the point.
func Hit(name string) {
	for entry := range strings.SplitSeq(os.Getenv(Env), ",") {
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
