package plane

import (
	"os"
	"strconv"
	"strings"
	"testing"
)

// TestForgetStart lets go of the program's code while it runs: less of it is mapped, and it runs on.
func TestForgetStart(t *testing.T) {
	before := fileMemory(t)
	if err := forgetStart(); err != nil {
		t.Fatal(err)
	}
	if after := fileMemory(t); after >= before {
		t.Errorf("%d KiB of files are mapped, %d before", after, before)
	}
}

// fileMemory is how much of files is mapped into this process and in memory, in KiB.
func fileMemory(t *testing.T) int {
	t.Helper()
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(status), "RssFile:")
	n, err := strconv.Atoi(strings.Fields(rest)[0])
	if err != nil {
		t.Fatal(err)
	}
	return n
}
