package local

import (
	"fmt"
	"os"
	"path/filepath"

	"tenon/internal/driver/attemptdir"
)

// selfExecutable is the running program, also after its file was replaced.
func selfExecutable() (string, error) { return "/proc/self/exe", nil }

// reachable is a path of a socket in dir that fits an address, however deep dir lies: a long one goes through a handle
// of the directory, which done gives back.
func reachable(dir attemptdir.Dir, name string) (path string, done func(), err error) {
	path = dir.File(name)
	if len(path) <= maxSocketPath {
		return path, func() {}, nil
	}
	f, err := os.Open(string(dir))
	if err != nil {
		return "", nil, fmt.Errorf("local: %w", err)
	}
	return filepath.Join("/proc/self/fd", fmt.Sprint(f.Fd()), name), func() { _ = f.Close() }, nil
}
