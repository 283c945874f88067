//go:build !linux

package local

import (
	"fmt"
	"os"

	"tenon/internal/driver/attemptdir"
)

// selfExecutable is the running program's file.
func selfExecutable() (string, error) { return os.Executable() }

// reachable is the path of a socket in dir, if it fits an address.
func reachable(dir attemptdir.Dir, name string) (path string, done func(), err error) {
	path = dir.File(name)
	if len(path) > maxSocketPath {
		return "", nil, fmt.Errorf("local: %s is longer than the %d bytes of a socket's path: choose a shorter data directory", path, maxSocketPath)
	}
	return path, func() {}, nil
}
