//go:build unix

package controller

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// freeSpace is how many bytes a process without privileges may still write below dir.
func freeSpace(dir string) (int64, error) {
	var st unix.Statfs_t
	if err := unix.Statfs(dir, &st); err != nil {
		return 0, fmt.Errorf("free space of %s: %w", dir, err)
	}
	return int64(st.Bavail) * int64(st.Bsize), nil
}
