package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"
)

// memoryBytes is the memory of this machine, or of the control group that this process is confined to.
func memoryBytes() (int64, error) {
	text, err := os.ReadFile("/proc/meminfo")
	if err != nil {
		return 0, err
	}
	var kib int64
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, "MemTotal:"); ok {
			if _, err := fmt.Sscan(rest, &kib); err != nil {
				return 0, err
			}
		}
	}
	total := kib << 10
	for _, path := range []string{"/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"} {
		limit, err := os.ReadFile(path)
		if err != nil {
			continue
		}
		if n, err := strconv.ParseInt(strings.TrimSpace(string(limit)), 10, 64); err == nil && n < total {
			total = n
		}
	}
	return total, nil
}
